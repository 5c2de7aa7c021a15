"""Workbooks of one plain table: rows before they are written, so that dirt may still change them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from oko_lib.demo.files.workbook import Value
from oko_lib.demo.simulate import Region

Rows = list[list[Value]]


@dataclass
class Book:
    """One workbook of one sheet before it is written; dirt may change its rows.

    Parameters
    ----------
    folder, name : str
    layout : str
        Name of the mapping that reads it.
    rows : list of list
        From row 1 on, the headings first.
    """

    folder: str
    name: str
    layout: str
    rows: Rows

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}.xlsx"


def municipality_schools(region: Region) -> dict[str, range]:
    """Row numbers of the schools of each municipality: they stand together."""
    code = region.schools["municipality_code"]
    return {
        name: range(int(places[0]), int(places[-1]) + 1)
        for name, places in code.groupby(code, sort=False).indices.items()
    }


def cells_of(values: pd.Series) -> list[Value]:
    """Plain cells: None where missing, «да» and «нет» for flags."""
    if values.dtype == bool:
        return np.where(values, "да", "нет").tolist()
    if pd.api.types.is_extension_array_dtype(values.dtype) and values.hasnans:
        plain = values.to_numpy(dtype=object, na_value=None)
        return plain.tolist()
    return values.tolist()
