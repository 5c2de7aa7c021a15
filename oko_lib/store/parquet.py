"""How a list of Parquet files is written in DuckDB's SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def scan(files: Iterable[str], unite: bool = False) -> str:
    """Return the SQL source that reads `files` (at least one) as one table.

    DuckDB takes every path for a pattern, so the characters of patterns are protected; folders called ``a=b`` must
    not become columns. `unite`: files need not have the same columns; those written before a column was added simply
    lack it.
    """
    paths = ", ".join(literal(re.sub(r"([*?\[])", r"[\1]", path)) for path in files)
    return f"read_parquet([{paths}], hive_partitioning=false{', union_by_name=true' if unite else ''})"
