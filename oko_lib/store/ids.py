"""Load ids: ``00000123-1f2e3d4c`` = running number, then the batch the load was committed with.

The number makes ids sort as time, so that the minimum and maximum a data file keeps about its ``load_id`` column tell
which loads it may hold. The batch part tells rows of a batch that never got committed from those of the batch that
took the same numbers afterwards.
"""

from __future__ import annotations

import re
import secrets

_PATTERN = re.compile(r"\d{8}-[0-9a-f]{8}")


def new_batch() -> str:
    """Return a fresh batch name: eight hexadecimal digits."""
    return secrets.token_hex(4)


def load_id(sequence: int, batch: str) -> str:
    """Return the id of load number `sequence` of `batch`."""
    return f"{sequence:08d}-{batch}"


def batch_of(identifier: str) -> str:
    """Return the batch part of a load id."""
    return identifier.partition("-")[2]


def sequence_of(identifier: str) -> int:
    """Return the running number of a load id."""
    return int(identifier.partition("-")[0])


def after(sequence: int) -> str:
    """Return a text larger than every load id up to number `sequence` and smaller than those of later loads."""
    return f"{sequence + 1:08d}"


def is_load_id(text: str) -> bool:
    """Return whether `text` looks like a load id."""
    return _PATTERN.fullmatch(text) is not None
