"""One file taken in: what the intake hands to the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

#: Rows of one table: pandas or Arrow.
Rows = pd.DataFrame | pa.Table


@dataclass(frozen=True)
class Load:
    """Rows of one source file and the account of what became of them.

    Parameters
    ----------
    file_name : str
        Name without folders.
    file_path : str or None
        Path relative to the working place. A later load of the same path replaces a load that brought no accepted
        row at all (see :mod:`oko_lib.store.ledger`).
    content_hash : str
        SHA-256 of the file's bytes. What else decides the content of the rows (a year given by hand) shows in the
        slices, and the store compares those too.
    layout : str
        Layout the file was read by.
    rank : int
        Higher wins over lower whatever the time: 2 — ФИС ОКО report or directory, 1 — collection form.
    read_rows, accepted_rows, quarantined_rows, non_data_rows : int
        ``read = accepted + quarantined + non_data``; anything else is refused.
    tables : mapping of str to DataFrame or pyarrow.Table
        Accepted rows by table name: own columns plus ``source_sheet`` and ``source_row``; ``load_id`` is the store's.
    quarantine : DataFrame, pyarrow.Table or None
        Cells of quarantined rows.
    """

    file_name: str
    file_path: str | None
    content_hash: str
    layout: str
    rank: int
    read_rows: int
    accepted_rows: int
    quarantined_rows: int
    non_data_rows: int
    tables: Mapping[str, Rows] = field(default_factory=dict)
    quarantine: Rows | None = None
