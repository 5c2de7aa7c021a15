"""One batch on its way in: rows of all its loads, their slices, and which of them are news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from oko_lib.store.conform import BATCH_INDEX, conform
from oko_lib.store.connection import cursor
from oko_lib.store.ids import load_id
from oko_lib.store.ledger import FOLLOWERS, digest_sql
from oko_lib.store.load import Load
from oko_lib.store.slices import encode_sql
from oko_lib.tables import TABLES, Table, table

#: Rank of a claim to a path; there the latest wins, whatever the files are.
_PATH_RANK = 0


@dataclass(frozen=True)
class Batch:
    """Checked rows of a list of loads.

    Parameters
    ----------
    loads : tuple of Load
    tables : dict of str to pyarrow.Table
        Rows by table, with the load's number in the batch instead of ``load_id``; tables without rows are absent.
    slices : list of list of str
        Sorted slices of every load.
    digests : list of str
        Condensed slices of every load.
    """

    loads: tuple[Load, ...]
    tables: dict[str, pa.Table]
    slices: list[list[str]]
    digests: list[str]


def prepare(loads: Sequence[Load]) -> Batch:
    """Check the rows of `loads` and find their slices.

    Raises
    ------
    ValueError
        If a load does not fit the table definitions or its counts do not add up (a mistake in our code).
    """
    for load in loads:
        _check_counts(load)
    names = [load.file_name for load in loads]
    wanted = dict.fromkeys(name for load in loads for name in load.tables)
    tables: dict[str, pa.Table] = {}
    for name in wanted:
        if name in FOLLOWERS:
            raise ValueError(f"table {name} is kept by the store itself")
        parts = [(index, load.tables[name]) for index, load in enumerate(loads) if name in load.tables]
        rows = conform(_definition(name), parts, names)
        if rows is not None:
            tables[name] = rows
    cells = [(index, load.quarantine) for index, load in enumerate(loads) if load.quarantine is not None]
    quarantine = conform(TABLES["quarantine"], cells, names)
    found, digests = _slices(tables, len(loads))
    if quarantine is not None:
        tables["quarantine"] = quarantine
    return Batch(tuple(loads), tables, found, digests)


def _definition(name: str) -> Table:
    try:
        return table(name)
    except KeyError as error:
        raise ValueError(str(error)) from None


def _check_counts(load: Load) -> None:
    parts = load.accepted_rows + load.quarantined_rows + load.non_data_rows
    if load.read_rows != parts:
        raise ValueError(f"file {load.file_name}: read {load.read_rows} rows, accounted for {parts}")


def _slices(tables: dict[str, pa.Table], count: int) -> tuple[list[list[str]], list[str]]:
    found: list[list[str]] = [[] for _ in range(count)]
    with cursor() as own:
        own.execute("CREATE TEMP TABLE claims (load INTEGER, slice VARCHAR)")
        for name, rows in tables.items():
            own.register("arriving", rows)
            own.execute(f"INSERT INTO claims SELECT DISTINCT {BATCH_INDEX}, {encode_sql(TABLES[name])} FROM arriving")
            own.unregister("arriving")
        claims = own.sql("SELECT load, slice FROM claims ORDER BY load, slice").to_arrow_table()
        digests = own.sql(
            f"SELECT n.load, {digest_sql('md5_number(slice)')} AS digest "
            f"FROM range({count}) AS n(load) LEFT JOIN claims USING (load) GROUP BY n.load ORDER BY n.load"
        ).to_arrow_table()
    numbers, texts = claims.column("load").to_numpy(), claims.column("slice").to_pylist()
    edges = np.searchsorted(numbers, np.arange(count + 1))
    for index in range(count):
        found[index] = texts[edges[index] : edges[index + 1]]
    return found, digests.column("digest").to_pylist()


def choose(batch: Batch, known: pd.DataFrame, force: bool) -> tuple[list[int], list[str | int]]:
    """Decide which loads of a batch are news.

    A load is no news when loading it would change nothing one can see: the same content was read by the same layout
    into the same slices before, and each of these slices still shows that load or one of higher rank.

    Parameters
    ----------
    batch : Batch
    known : DataFrame
        Loads of the ledger.
    force : bool
        Take every load, also those that bring nothing new.

    Returns
    -------
    kept : list of int
        Numbers of the loads to write.
    answers : list of str or int
        For every load of the batch: the id of the load already there, or the place in `kept`.
    """
    here = known[known["current"]]
    old = {
        (row.content_hash, row.layout, row.rank, row.digest): row.load_id
        for row in here[["content_hash", "layout", "rank", "digest", "load_id"]].itertuples(index=False)
    }
    bare = known[known["active"] & (known["n_slices"] == 0) & known["file_path"].notna()]
    # Path → the load without accepted rows that now speaks for it; any other load of the path puts it away.
    speaking: dict[str, str | int] = dict(zip(bare["file_path"], bare["load_id"], strict=True))
    new: dict[tuple, int] = {}
    holders: dict[str, tuple[int, int]] = {}
    kept: list[int] = []
    answers: list[str | int] = []
    for index, load in enumerate(batch.loads):
        identity = (load.content_hash, load.layout, load.rank, batch.digests[index])
        claims, rank = batch.slices[index], load.rank
        if not claims:
            # No accepted row: what can replace this load is any later load of its path, of whatever rank.
            claims, rank = [_path_claim(load)], _PATH_RANK
        if not force and identity in new:
            twin = new[identity]
            seen = all(holders[claim][0] > rank or holders[claim][1] == twin for claim in claims)
            if seen and speaking.get(load.file_path, twin) == twin:
                answers.append(twin)
                continue
        elif not force and identity in old:
            seen = all(claim not in holders or holders[claim][0] > rank for claim in claims)
            if seen and speaking.get(load.file_path, old[identity]) == old[identity]:
                answers.append(old[identity])
                continue
        place = len(kept)
        kept.append(index)
        answers.append(place)
        new[identity] = place
        for claim in claims:
            holders[claim] = max(holders.get(claim, (rank, place)), (rank, place))
        holders[_path_claim(load)] = (_PATH_RANK, place)
        speaking.pop(load.file_path, None)
        if load.file_path is not None and not batch.slices[index]:
            speaking[load.file_path] = place
    return kept, answers


def _path_claim(load: Load) -> str:
    return f"|path|{load.file_path}" if load.file_path is not None else f"|content|{load.content_hash}"


def rows_to_write(batch: Batch, name: str, kept: Sequence[int], first: int, batch_name: str) -> pa.Table:
    """Return the rows of one table of the kept loads with their load ids, in the order they lie on disk."""
    definition, rows = TABLES[name], batch.tables[name]
    place = np.full(len(batch.loads), -1, dtype=np.int64)
    place[list(kept)] = np.arange(len(kept))
    own_place = place[rows.column(BATCH_INDEX).to_numpy()]
    if (own_place < 0).any():
        rows, own_place = rows.filter(pa.array(own_place >= 0)), own_place[own_place >= 0]
    ids = pa.array([load_id(first + position, batch_name) for position in range(len(kept))], type=pa.string())
    rows = rows.drop_columns([BATCH_INDEX]).add_column(0, "load_id", ids.take(pa.array(own_place)))
    order = [(column, "ascending") for column in disk_order(definition)]
    return rows.take(pc.sort_indices(rows, sort_keys=order)) if len(rows) > 1 else rows


def disk_order(definition: Table) -> tuple[str, ...]:
    """Return the columns rows are sorted by on disk: the year, then who, then what.

    Readers ask for the schools of one municipality in a year far more often than for a subject in all schools.
    """
    order = (*definition.partition_by, *reversed(definition.slice_key), *definition.key)
    return tuple(dict.fromkeys(column for column in order if column != "load_id")) or ("load_id",)
