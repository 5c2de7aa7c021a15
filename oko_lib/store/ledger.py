"""Which loads are seen, and in which slices: the visibility rule, computed once for all loads up to a moment.

The rule. Every load claims the slices its rows belong to. A slice shows the rows of one load only: the one of the
highest rank, and among equals the latest. A load is *active* while it wins at least one slice. A load without slices
(every row was quarantined) is active until a file of the same path is loaded again. Loads and quarantined cells are
seen while their load is active.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

import duckdb
import pandas as pd
import pyarrow as pa

from oko_lib.store import parquet, slices
from oko_lib.store.connection import cursor
from oko_lib.store.ids import batch_of
from oko_lib.tables import TABLES

#: Tables whose rows follow their load as a whole.
FOLLOWERS = ("loads", "quarantine")


@dataclass(frozen=True)
class TableVisibility:
    """What of one table is seen.

    Parameters
    ----------
    load_ids : pyarrow.Array or None
        Loads with at least one visible row; None when every load has one.
    hidden, winners : pyarrow.Table or None
        At most one is given: (load_id, slice columns) pairs not to show, or pairs to show and no others, whichever
        is shorter.
    lost : mapping of str to str
        Load that claimed slices not shown from it, be it one or all → digest of these slices.
    """

    load_ids: pa.Array | None = None
    hidden: pa.Table | None = None
    winners: pa.Table | None = None
    lost: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """What is seen, condensed part by part; equal data give equal digests in any store.

    Parameters
    ----------
    tables : mapping of str to str
        Table → digest of the files its visible rows come from and of the slices they show. Tables of
        :data:`FOLLOWERS` and tables without rows are absent.
    layouts : mapping of str to str
        Layout → digest of its active loads: their files and the numbers of rows taken and put aside.
    """

    tables: Mapping[str, str] = field(default_factory=dict)
    layouts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ledger:
    """State of the store after one batch.

    Parameters
    ----------
    loads : DataFrame
        One row per load in order of loading: columns of `loads` except ``slices``, plus ``active``, ``current``
        (loading the same again would change nothing), ``n_slices``, ``n_visible`` and ``digest`` of the slices.
    tables : mapping of str to TableVisibility
        A table no load has rows of is absent.
    fingerprint : str
        Hash of what is seen: the same data give the same in any store, in whatever order they came.
    contents : Contents
        The same by table and by layout.
    """

    loads: pd.DataFrame
    tables: Mapping[str, TableVisibility]
    fingerprint: str
    contents: Contents

    @cached_property
    def batches(self) -> frozenset[str]:
        """Committed batches."""
        return frozenset(batch_of(identifier) for identifier in self.loads["load_id"])

    @cached_property
    def known(self) -> dict[tuple[str, str], str]:
        """Latest load by content and layout, of those that are pointless to load again."""
        here = self.loads[self.loads["current"]]
        return dict(zip(zip(here["content_hash"], here["layout"], strict=True), here["load_id"], strict=True))

    @property
    def sequence(self) -> int:
        """Number of the latest load, 0 when there is none."""
        return int(self.loads["sequence"].max()) if len(self.loads) else 0

    @property
    def loaded_at(self) -> datetime | None:
        """Moment of the latest commit (UTC), None when there is none."""
        return self.loads["loaded_at"].max().to_pydatetime().astimezone(UTC) if len(self.loads) else None


def digest_sql(number: str = "code", condition: str = "") -> str:
    """Return the SQL aggregate that condenses a set of slices, whatever their order, to 32 hexadecimal digits.

    `number` is ``md5_number`` of the slice's text.
    """
    return f"printf('%032x', coalesce(bit_xor({number}){condition}, 0::UHUGEINT))"


# A claim is kept as a number of 128 bits, not as text: there may be millions, and all but a few are never disputed.
_CLAIMS = """
CREATE TEMP TABLE claims AS
SELECT sequence, load_id, rank, split_part(slice, '|', 1) AS table_name, md5_number(slice) AS code
FROM (SELECT sequence, load_id, rank, unnest(slices) AS slice FROM listed)
"""

_PAIRS = """
CREATE TEMP TABLE pairs AS
WITH disputed AS (
    SELECT code, arg_max(sequence, rank::BIGINT * 4294967296 + sequence) AS sequence, max(rank) AS rank
    FROM claims SEMI JOIN (SELECT code FROM claims GROUP BY code HAVING count(*) > 1) USING (code) GROUP BY code
)
SELECT claims.sequence, load_id, table_name, code, coalesce(disputed.sequence = claims.sequence, true) AS wins,
       coalesce(disputed.rank > claims.rank, false) AS outranked
FROM claims LEFT JOIN disputed USING (code)
"""

_LOADS = f"""
WITH counted AS (
    SELECT sequence, count(*) AS n_slices, count(*) FILTER (wins) AS n_visible, bool_and(wins OR outranked) AS current,
           {digest_sql()} AS digest, {digest_sql(condition=" FILTER (wins)")} AS visible_digest
    FROM pairs GROUP BY sequence
), latest AS (
    SELECT file_path, max(sequence) AS last, arg_max(n_claims, sequence) = 0 AS last_is_bare
    FROM committed WHERE file_path IS NOT NULL GROUP BY file_path
), joined AS (
    SELECT committed.* EXCLUDE (n_claims), coalesce(n_slices, 0) AS n_slices, coalesce(n_visible, 0) AS n_visible,
           coalesce(digest, '{"0" * 32}') AS digest, coalesce(visible_digest, '{"0" * 32}') AS visible_digest, current,
           coalesce(last, committed.sequence) = committed.sequence AS is_last,
           coalesce(last_is_bare, false) AS last_is_bare
    FROM committed LEFT JOIN counted USING (sequence) LEFT JOIN latest USING (file_path)
)
SELECT * EXCLUDE (is_last, last_is_bare)
           -- Loading it again would also put away the remarks of a later file of the same path without accepted rows.
           REPLACE (coalesce(current, true) AND (is_last OR (n_slices > 0 AND NOT last_is_bare)) AS current),
       CASE WHEN n_slices = 0 THEN is_last ELSE n_visible > 0 END AS active
FROM joined ORDER BY sequence
"""


def read_ledger(files: Sequence[str], up_to: int | None = None) -> Ledger:
    """Return the state of the store from its `loads` files.

    Parameters
    ----------
    files : sequence of str
        Parquet files of the table `loads`, in the version that was opened.
    up_to : int or None
        Number of the last load to take; None for all.
    """
    names = [column.name for column in TABLES["loads"].all_columns]
    with cursor() as own:
        if files:
            source, condition = (
                parquet.scan(files, unite=True),
                "" if up_to is None else f"WHERE sequence <= {int(up_to)}",
            )
        else:
            own.register("nothing", TABLES["loads"].arrow_schema.empty_table())
            source, condition = "nothing", ""
        own.execute(f"CREATE TEMP VIEW listed AS SELECT {', '.join(names)} FROM {source} {condition}")
        own.execute(
            "CREATE TEMP TABLE committed AS SELECT * EXCLUDE (slices), coalesce(len(slices), 0) AS n_claims FROM listed"
        )
        own.execute(_CLAIMS)
        own.execute(_PAIRS)
        loads = own.sql(_LOADS).to_arrow_table().to_pandas()
        loads["loaded_at"] = loads["loaded_at"].astype("datetime64[us, UTC]")
        tables = _table_visibility(own)
        contents = Contents(_contents_of_tables(own), _contents_of_layouts(loads))
    if not loads["active"].all():
        lost = dict.fromkeys(loads.loc[~loads["active"], "load_id"], "all")
        tables |= dict.fromkeys(FOLLOWERS, TableVisibility(load_ids=_ids(loads[loads["active"]]), lost=lost))
    elif len(loads):
        tables |= dict.fromkeys(FOLLOWERS, TableVisibility())
    return Ledger(loads.drop(columns="visible_digest"), tables, _fingerprint(loads), contents)


def _table_visibility(own: duckdb.DuckDBPyConnection) -> dict[str, TableVisibility]:
    counts = (
        own.sql(
            "SELECT table_name, load_id, count(*) AS claimed, count(*) FILTER (wins) AS won, "
            f"{digest_sql(condition=' FILTER (NOT wins)')} AS lost "
            "FROM pairs GROUP BY table_name, load_id ORDER BY table_name, load_id"
        )
        .to_arrow_table()
        .to_pandas()
    )
    result = {}
    for name, group in counts.groupby("table_name"):
        if name not in TABLES or (group["claimed"] == group["won"]).all():
            result[str(name)] = TableVisibility()
            continue
        seen = group[group["won"] > 0]
        load_ids = _ids(seen) if len(seen) < len(group) else None
        losers = group[group["won"] < group["claimed"]]
        lost = dict(zip(losers["load_id"], losers["lost"], strict=True))
        n_hidden, n_won = int((seen["claimed"] - seen["won"]).sum()), int(seen["won"].sum())
        if n_hidden == 0:
            result[str(name)] = TableVisibility(load_ids, lost=lost)
        elif n_hidden <= n_won:
            own.register("seen", pa.table({"load_id": _ids(seen)}))
            hidden = _pairs(own, str(name), "NOT wins AND load_id IN (SELECT load_id FROM seen)")
            result[str(name)] = TableVisibility(load_ids, hidden=hidden, lost=lost)
        else:
            result[str(name)] = TableVisibility(load_ids, winners=_pairs(own, str(name), "wins"), lost=lost)
    return result


def _ids(loads: pd.DataFrame) -> pa.Array:
    return pa.array(loads["load_id"], type=pa.string())


def _pairs(own: duckdb.DuckDBPyConnection, name: str, condition: str) -> pa.Table:
    """Return (load_id, slice columns) of one table, typed as its columns are."""
    return own.sql(
        f"""
        WITH wanted AS (
            SELECT sequence, code FROM pairs WHERE table_name = {parquet.literal(name)} AND {condition}
        ), texts AS (
            SELECT sequence, load_id, unnest(slices) AS slice FROM listed
            WHERE sequence IN (SELECT sequence FROM wanted)
        )
        SELECT load_id, {slices.decode_sql(TABLES[name])}
        FROM texts JOIN wanted ON wanted.sequence = texts.sequence AND wanted.code = md5_number(slice)
        """
    ).to_arrow_table()


_SHOWN_BY_TABLE = f"""
SELECT table_name, content_hash, layout, rank, {digest_sql()} AS digest
FROM pairs JOIN committed USING (sequence) WHERE wins GROUP BY table_name, sequence, content_hash, layout, rank
"""


def _contents_of_tables(own: duckdb.DuckDBPyConnection) -> dict[str, str]:
    shown = own.sql(_SHOWN_BY_TABLE).to_arrow_table().to_pandas()
    columns = ["content_hash", "layout", "rank", "digest"]
    return {str(name): _hash_of_rows(group[columns]) for name, group in shown.groupby("table_name")}


def _contents_of_layouts(loads: pd.DataFrame) -> dict[str, str]:
    active = loads.loc[loads["active"], [*_OF_A_LOAD, "layout"]]
    by_word = active.assign(word=active["layout"].str.split("+")).explode("word")
    return {str(word): _hash_of_rows(group[_OF_A_LOAD]) for word, group in by_word.groupby("word")}


_OF_A_LOAD = ["content_hash", "accepted_rows", "quarantined_rows", "visible_digest"]


def _fingerprint(loads: pd.DataFrame) -> str:
    """Hash what is seen; nothing in it depends on times, paths, ids or the order of loading."""
    shown = ["content_hash", "layout", "rank", "accepted_rows", "quarantined_rows", "n_visible", "visible_digest"]
    return _hash_of_rows(loads.loc[loads["active"], shown])


def _hash_of_rows(frame: pd.DataFrame) -> str:
    lines = sorted("|".join(map(str, row)) for row in frame.itertuples(index=False, name=None))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
