"""The store: versioned tables on disk, the only room that touches them.

Write with :class:`Store`, read with :class:`Snapshot`. How it works and why: ``docs/store.md``.
"""

from oko_lib.store.errors import StoreError
from oko_lib.store.load import Load
from oko_lib.store.pupil_secret import keep_fingerprint, kept_fingerprint
from oko_lib.store.snapshot import Snapshot
from oko_lib.store.store import CleanReport, Store

__all__ = ["CleanReport", "Load", "Snapshot", "Store", "StoreError", "keep_fingerprint", "kept_fingerprint"]
