"""Keep a second of useless work out of every process that reads notebooks.

``nbformat`` → ``jsonschema`` imports ``rfc3987_syntax`` when it is there; that package builds five Earley grammars at
import (1.3 s measured on 2 cores) for a format check that notebooks never need. ``jsonschema`` treats it as optional.
"""

from __future__ import annotations

import sys


def skip_slow_imports() -> None:
    """Make ``import rfc3987_syntax`` fail fast. Call before the first import of ``nbformat``; harmless later."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
