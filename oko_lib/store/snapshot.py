"""What a reader holds: the visible data of one moment, fixed for as long as it is held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

import duckdb
import pandas as pd

from oko_lib.store.connection import Session, session
from oko_lib.store.errors import StoreError
from oko_lib.store.frames import to_frame
from oko_lib.store.ledger import Contents
from oko_lib.store.query import mentioned, visible_rows, where_sql
from oko_lib.store.source import TableSource
from oko_lib.tables import TABLES, Column, Table, table

#: Small tables that files of many kinds bring along.
REGISTERS = frozenset({"municipalities", "schools", "school_logins"})
_PROVENANCE = frozenset({"source_sheet", "source_row", "load_id"})
_NOTHING = TableSource()


@dataclass(frozen=True)
class Snapshot:
    """Visible rows of all tables at one moment.

    Holds file names and the list of what is hidden, nothing open: it can be pickled, sent to another process of this
    machine, or used in a forked child. Loads that come later do not show in it.

    Parameters
    ----------
    root : Path
        Store folder.
    fingerprint : str
        SHA-256 of what is visible; equal data give an equal fingerprint in any store.
    created_at : datetime
        When the snapshot was taken (UTC).
    loaded_at : datetime or None
        When the newest load it knows was committed (UTC); None in an empty store.
    sequence : int
        Number of that load, 0 in an empty store.
    sources : mapping of str to TableSource
        Where the rows of each table are; a table without rows may be absent.
    contents : Contents
        What is visible, condensed by table and by layout.
    """

    root: Path
    fingerprint: str
    created_at: datetime
    loaded_at: datetime | None
    sequence: int
    sources: Mapping[str, TableSource] = field(repr=False, hash=False)
    contents: Contents = field(default_factory=Contents, repr=False, hash=False)

    @property
    def version(self) -> str:
        """First 12 digits of the fingerprint."""
        return self.fingerprint[:12]

    def version_of(self, tables: Iterable[str], layouts: Iterable[str] = ()) -> str:
        """Return 12 digits that change when what is visible of `tables` changes, and with nothing else.

        Parameters
        ----------
        tables : iterable of str
            Tables. Of registers (:data:`REGISTERS`) the rows count, not the files they come from: most files state
            again which school is whose.
        layouts : iterable of str
            Layouts whose loads are told of (files, accepted and quarantined rows).
        """
        parts = [(name, self._register_digest(name)) for name in sorted({*tables} & REGISTERS)]
        parts += [(name, self.contents.tables.get(name, "")) for name in sorted({*tables} - REGISTERS)]
        parts += [(f"layout {name}", self.contents.layouts.get(name, "")) for name in sorted({*layouts})]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    def _register_digest(self, name: str) -> str:
        said = [column.name for column in table(name).columns if column.name not in _PROVENANCE]
        listed = ", ".join(f"coalesce({column}::VARCHAR, chr(0))" for column in said)
        query = f"SELECT DISTINCT concat_ws(chr(1), {listed}) AS said FROM {name} ORDER BY said"
        return hashlib.sha256("\n".join(self.sql(query)["said"]).encode()).hexdigest()

    def read(
        self, name: str, columns: Sequence[str] | None = None, where: Mapping[str, object] | None = None
    ) -> pd.DataFrame:
        """Return visible rows of one table, ordered by its key.

        Parameters
        ----------
        name : str
            Table.
        columns : sequence of str, optional
            Columns to return, in this order; all by default, provenance last.
        where : mapping, optional
            Column → value, or list of values any of which may match; None means an empty cell. Conditions are joined
            by "and".

        Returns
        -------
        DataFrame
            Types as :func:`oko_lib.store.frames.to_frame` says, also when there is no row.

        Raises
        ------
        KeyError
            If there is no such table or column; the message names the nearest one.
        TypeError
            If a value in `where` is not of its column's type.
        StoreError
            If the files have been deleted meanwhile.
        """
        definition = table(name)
        wanted = [_column(definition, item) for item in (columns or [item.name for item in definition.all_columns])]
        for item in where or {}:
            _column(definition, item)
        order = dict.fromkeys((*definition.key, "source_sheet", "source_row", "load_id"))
        query = (
            f"SELECT {', '.join(column.name for column in wanted)} FROM {name}{where_sql(definition, where or {})}"
            f" ORDER BY {', '.join(order)}"
        )
        with session() as asked, self._errors():
            self._show(asked, name)
            return to_frame(asked.own.sql(query).to_arrow_table(), wanted)

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] | None = None) -> pd.DataFrame:
        """Return the result of a DuckDB query in which every table is a view of its visible rows.

        Parameters
        ----------
        query : str
            One SELECT. Without ORDER BY the order of rows is not promised.
        params : sequence or mapping, optional
            Values for ``?`` or ``$name``.

        Raises
        ------
        StoreError
            If DuckDB refuses the query; the message holds its words.
        """
        with session() as asked, self._errors():
            _check_select(asked.own, query)
            for name in mentioned(query, TABLES):
                self._show(asked, name)
            return asked.own.sql(query, params=params).to_arrow_table().to_pandas()

    def loads(self) -> pd.DataFrame:
        """Return the loads that are seen, in order of loading, without their lists of slices."""
        wanted = [column.name for column in TABLES["loads"].all_columns if column.name != "slices"]
        return self.read("loads", wanted).sort_values("sequence", ignore_index=True)

    def _show(self, asked: Session, name: str) -> None:
        """Make the view of a table unless the session has it from an earlier question."""
        shown = (table(name), self.sources.get(name, _NOTHING))
        there = asked.views.get(name)
        # Compared by identity: equal ones that are not the same are only made anew.
        if there is None or any(old is not new for old, new in zip(there, shown, strict=True)):
            asked.views.pop(name, None)
            rows = visible_rows(asked.own, *shown, self.root)
            asked.own.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {rows}")
            asked.views[name] = shown

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Say what to do when DuckDB refuses."""
        try:
            yield
        except duckdb.IOException as error:
            raise StoreError(
                f"Файлы этого снимка данных в папке {self.root} не читаются: хранилище с тех пор чистили или папка "
                f"недоступна. Откройте данные заново. Подробности: {str(error).splitlines()[0]}"
            ) from error
        except duckdb.Error as error:
            raise StoreError(f"Запрос к данным не выполнен. {error}") from error


def _check_select(own: duckdb.DuckDBPyConnection, query: str) -> None:
    """Refuse what is not one question: a reader changes nothing and writes no files."""
    try:
        kinds = [str(statement.type) for statement in own.extract_statements(query)]
    except duckdb.Error as error:
        raise StoreError(f"Запрос к данным не выполнен. {error}") from error
    if len(kinds) != 1 or not any(kind in kinds[0] for kind in ("SELECT", "EXPLAIN")):
        raise StoreError("К данным можно обратиться только одним запросом SELECT.")


def _column(definition: Table, name: str) -> Column:
    try:
        return definition.column(name)
    except KeyError:
        known = [column.name for column in definition.all_columns]
        near = get_close_matches(str(name), known, n=1)
        hint = f"; возможно, вы имели в виду {near[0]}" if near else f"; есть {', '.join(known)}"
        raise KeyError(f"в таблице {definition.name} нет столбца {name}{hint}") from None
