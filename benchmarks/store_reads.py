"""What reading through the store costs beside plain DuckDB over one sorted Parquet file of the same rows.

    python benchmarks/store_reads.py [--rows 5000000] [--repeats 7]

Two questions: one municipality's rows of one year as a frame, and a group-by over everything. Two states: nothing
superseded, and 1 % of the slices corrected by 250 small files. Plain DuckDB knows of no corrections, so in the second
state the store does more. Runs alternate and medians are compared.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from oko_lib.store import Load, Store

RESULTS = "vpr_results_by_participant"
SCHOOLS, GRADES, SUBJECTS, YEARS = 1000, 5, 5, 5


def rows_of_year(year: int, pupils: int) -> pa.Table:
    """Every school × grade × subject with `pupils` participants of random marks."""
    return duckdb.sql(
        f"""
        SELECT {year}::INTEGER AS year, (4 + g)::INTEGER AS grade, 'Предмет ' || s AS subject,
               'edu24' || lpad(o::VARCHAR, 4, '0') AS login, p::VARCHAR AS participant_code, true AS present,
               CASE WHEN p % 2 = 0 THEN 'м' ELSE 'ж' END AS gender,
               [(random() * 2)::SMALLINT for t in range(12)]::SMALLINT[] AS task_scores,
               (random() * 20)::INTEGER AS primary_score,
               (2 + floor(random() * 4))::INTEGER AS mark, (2 + floor(random() * 4))::INTEGER AS journal_mark,
               'Лист1' AS source_sheet, p::INTEGER AS source_row
        FROM range({SCHOOLS}) a(o), range({GRADES}) b(g), range({SUBJECTS}) c(s), range({pupils}) d(p)
        """
    ).to_arrow_table()


def as_load(name: str, rows: pa.Table) -> Load:
    return Load(name, name, name, "benchmark", 1, len(rows), len(rows), 0, 0, {RESULTS: rows})


def medians(functions: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds per function; the functions take turns, so that a busy moment hits them all."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(repeats + 1):
        for name, function in functions.items():
            begin = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - begin)
    return {name: statistics.median(values[1:]) for name, values in seconds.items()}


def compare(title: str, snapshot, plain: Path, repeats: int) -> None:
    logins = [f"edu24{number:04d}" for number in range(300, 316)]
    listed = ", ".join(f"'{login}'" for login in logins)
    source = f"read_parquet('{plain.as_posix()}')"
    group = "SELECT year, subject, mark, count(*) AS n, avg(primary_score) AS score FROM {} GROUP BY ALL"
    connection = duckdb.connect()
    pairs = {
        "municipality × year": (
            lambda: snapshot.read(RESULTS, where={"year": 2024, "login": logins}),
            lambda: connection.sql(f"SELECT * FROM {source} WHERE year = 2024 AND login IN ({listed})").df(),
        ),
        "group-by of all rows": (
            lambda: snapshot.sql(group.format(RESULTS)),
            lambda: connection.sql(group.format(source)).df(),
        ),
    }
    for question, (ours, theirs) in pairs.items():
        found = medians({"store": ours, "plain": theirs}, repeats)
        print(
            f"{title:24} {question:22} store {found['store'] * 1000:7.0f} ms   plain {found['plain'] * 1000:7.0f} ms"
            f"   ratio {found['store'] / found['plain']:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    pupils = max(1, options.rows // (SCHOOLS * GRADES * SUBJECTS * YEARS))
    with tempfile.TemporaryDirectory() as folder:
        store, plain = Store(Path(folder) / "store"), Path(folder) / "plain.parquet"
        seconds, count = 0.0, 0
        for year in range(2021, 2021 + YEARS):
            rows = rows_of_year(year, pupils)
            begin = time.perf_counter()
            store.append([as_load(str(year), rows)])
            seconds, count = seconds + time.perf_counter() - begin, count + len(rows)
        print(f"{count} rows appended in {YEARS} loads: {seconds:.1f} s, {count / seconds:.0f} rows/s")
        files = [path.as_posix() for path in (store.root / RESULTS).glob("*.parquet")]
        everything = f"SELECT * FROM read_parquet({files}) ORDER BY year, login"
        duckdb.sql(f"COPY ({everything}) TO '{plain.as_posix()}' (COMPRESSION zstd)")
        compare("nothing superseded", store.snapshot(), plain, options.repeats)
        rows = rows_of_year(2024, pupils)
        corrections = []
        for number in range(250):
            one = rows.filter(pc.equal(rows["login"], f"edu24{number * 4:04d}"))
            one = one.filter(pc.and_(pc.equal(one["grade"], 5), pc.equal(one["subject"], "Предмет 1")))
            corrections.append(as_load(f"correction {number}", one))
        store.append(corrections)
        begin = time.perf_counter()
        snapshot = Store(store.root).snapshot()
        print(f"snapshot of {len(snapshot.loads())} loads: {(time.perf_counter() - begin) * 1000:.0f} ms")
        compare("250 corrections", snapshot, plain, options.repeats)


if __name__ == "__main__":
    main()
