"""Memory that is free but still held: given back to the system between the steps of a region.

Libraries keep what they have freed for their next question. While a region is computed, the next question is of another
kind, and several regions are computed side by side: what one holds in vain adds to the peak of all.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import sys
from functools import cache

from oko_lib.store import connection


def give_back() -> None:
    """Give free memory back to the system: of DuckDB (its engine goes too), of Arrow, of the C library.

    Takes some milliseconds, and 20 more at the next question to the store, which starts an engine again. What was read
    stays as it is.
    """
    import pyarrow as pa

    # An engine keeps the pages of its largest question for as long as it lives.
    connection.close()
    pa.default_memory_pool().release_unused()
    trim = _trim()
    if trim is not None:
        trim(0)


def set_aside() -> None:
    """Keep the collector of garbage from what there is now: regions are many objects and live long.

    A pass over a region of a thousand schools takes a quarter of a second, while somebody waits for a figure.
    """
    gc.freeze()
    _back_at_exit()


@cache
def _back_at_exit() -> None:
    # What is still put aside when the interpreter ends is taken for a leak by libraries that count.
    atexit.register(gc.unfreeze)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    """The C library's call to return free pages; None where there is no such call."""
    if sys.platform != "linux":
        return None
    with contextlib.suppress(OSError, AttributeError):
        return ctypes.CDLL("libc.so.6").malloc_trim
    return None
