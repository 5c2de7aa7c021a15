"""The store with a country in it: memory, speed beside plain DuckDB over plain Parquet, and one municipality's rows.

    python benchmarks/store.py                        # 100 000 000 results, in a temporary folder (5 GB)
    python benchmarks/store.py --folder FOLDER        # keep the rows, go on where an earlier run was stopped
    python benchmarks/store.py --rows 2000000 --repeats 5

The rows go through ``Store.append``, as intake's do, one file per region, year and work; then 8 % of one year come
again in files that replace others whole and 4 % in files that replace parts of others. Everything is asked in two
states: *clean* (as of before the corrections) and *corrected*. The plain Parquet holds the same visible rows in the
same order, written by DuckDB in row groups of the same size, one file per year. The same functions ask both sides, in
turn within one process; medians are compared. Every measurement has a fresh process of its own.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
from store_rows import REGIONS, RESULTS, YEAR, YEARS, Size, corrections, loads_of, login, registers

from oko_lib.indicators.vpr_frames import mark_counts_by_class, mark_counts_by_school, participation
from oko_lib.indicators.years import years_with_results
from oko_lib.store import Snapshot, Store, parquet
from oko_lib.store.connection import cursor
from oko_lib.store.query import visible_rows
from oko_lib.tables import TABLES

#: Regions of one append: 4 million rows of a hundred million. Every append reads the whole list of loads anew.
_TOGETHER = 17
_SMALL = ("school_logins", "score_scales", "vpr_tasks")
_STATES = ("clean", "corrected")

# Means and shares by school × subject × grade, written the way the directions ask for them.
_MEANS = """
    select coalesce(history.school_id, results.login) as school, subject, grade, count(*)::int as n,
           avg(primary_score / scale.max_score) as mean_share, stddev_samp(primary_score) as spread,
           count(*) filter (where primary_score < scale.mark3_min)::int as n_low,
           count(*) filter (where primary_score >= scale.mark4_min)::int as n_good,
           count(*) filter (where journal_mark > mark)::int as n_lowered, count(journal_mark)::int as n_journal
    from vpr_results_by_participant as results
    left join school_logins as history on history.login = results.login
    left join score_scales as scale using (year, grade, subject)
    where present and year = ?
    group by all
    order by all
"""
_TASKS = """
    select subject, grade, position, count(*)::int as n, avg(greatest(score, 0)) as mean_score
    from (
        select subject, grade, unnest(task_scores) as score, generate_subscripts(task_scores, 1) as position
        from vpr_results_by_participant
        where present and year = ? and form_id is not null
    )
    group by all
    order by all
"""
_DISTRIBUTION = """
    select year, subject, grade, mark, count(*)::int as n, avg(primary_score) as mean_score
    from vpr_results_by_participant
    group by all
    order by all
"""

#: What is asked of either side: regional tables of one year, then two questions to all years.
QUESTIONS: dict[str, Callable] = {
    "marks by school × work": lambda source: mark_counts_by_school(source, YEAR, YEAR),
    "marks by class × work": lambda source: mark_counts_by_class(source, YEAR, YEAR),
    "participation by school × work": lambda source: participation(source, YEAR),
    "means, shares by school × work": lambda source: source.sql(_MEANS, [YEAR]),
    "solved tasks by work": lambda source: source.sql(_TASKS, [YEAR]),
    "all years: distribution of marks": lambda source: source.sql(_DISTRIBUTION),
    "all years: which there are": years_with_results,
}


class Plain:
    """The same tables as plain Parquet files, asked by an ordinary DuckDB connection."""

    def __init__(self, folder: Path, state: str) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET enable_progress_bar = false")
        for name, paths in plain_files(folder, state).items():
            listed = ", ".join(parquet.literal(path.as_posix()) for path in paths)
            self.connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listed}])")

    def sql(self, query: str, params: Sequence[object] | Mapping[str, object] | None = None) -> pd.DataFrame:
        return self.connection.sql(query, params=params).to_arrow_table().to_pandas()


def plain_files(folder: Path, state: str) -> dict[str, list[Path]]:
    """Plain files of every table; only the questions' year differs between the states."""
    plain = folder / "plain"
    years = [plain / f"{year}{'-corrected' if (year, state) == (YEAR, 'corrected') else ''}.parquet" for year in YEARS]
    return {RESULTS: years} | {name: [plain / f"{name}.parquet"] for name in _SMALL}


def snapshot_of(folder: Path, state: str) -> Snapshot:
    store = Store(folder / "store")
    if state == "corrected":
        return store.snapshot()
    return store.snapshot(as_of=json.loads((folder / "clean.json").read_text())["sequence"])


def fill(folder: Path, size: Size) -> None:
    """Append what `folder` lacks; stopped anywhere, it goes on from there."""
    store = Store(folder / "store", lock_wait_seconds=60)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = folder / "size.json"
    asked = {"mean": size.mean, "regions": size.regions}
    if wanted.exists() and {"regions": REGIONS} | json.loads(wanted.read_text()) != asked:
        raise SystemExit(f"{folder} holds another number of rows: {wanted.read_text()}")
    wanted.write_text(json.dumps(asked))
    there = set(store.history()["content_hash"])
    if "register schools" not in there:
        store.append(registers(size))
    begin, rows, seconds = time.perf_counter(), 0, 0.0
    for year in YEARS:
        for first in range(1, size.regions + 1, _TOGETHER):
            regions = range(first, min(first + _TOGETHER, size.regions + 1))
            if f"{year}-{first:02d}-4-Математика" in there:
                continue
            loads = loads_of(size, year, regions)
            start = time.perf_counter()
            store.append(loads)
            seconds, rows = seconds + time.perf_counter() - start, rows + sum(load.read_rows for load in loads)
            print(f"\r{year} region {first:2d}: {rows:,} rows, append {seconds:.0f} s", end="", file=sys.stderr)
    print(file=sys.stderr)
    clean = folder / "clean.json"
    if rows or not clean.exists():
        note = {"sequence": store.snapshot().sequence, "rows": rows, "append_seconds": seconds}
        clean.write_text(json.dumps(note | {"all_seconds": time.perf_counter() - begin, "peak": peak_gb()}))
    if "correction 1 0" not in there:
        start = time.perf_counter()
        store.append(corrections(size, YEAR))
        print(f"corrections: {time.perf_counter() - start:.0f} s", file=sys.stderr)


def write_plain(folder: Path) -> None:
    """Write the same visible rows as plain Parquet, sorted as the store sorts them."""
    (folder / "plain").mkdir(exist_ok=True)
    for state in _STATES:
        snapshot = None
        for name, paths in plain_files(folder, state).items():
            for path in paths:
                if path.exists():
                    continue
                snapshot = snapshot or snapshot_of(folder, state)
                _copy(snapshot, name, path, int(path.stem[:4]) if name == RESULTS else None)


def _copy(snapshot: Snapshot, name: str, path: Path, year: int | None) -> None:
    condition = "" if year is None else f"WHERE year = {year} ORDER BY year, login, subject, grade, participant_code"
    half = path.with_suffix(".part")
    with cursor() as own:
        own.execute(f"SET temp_directory = {parquet.literal(str(path.parent))}")
        rows = visible_rows(own, TABLES[name], snapshot.sources[name], snapshot.root)
        own.execute(
            f"COPY (SELECT * FROM ({rows}) {condition}) TO {parquet.literal(half.as_posix())} "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    half.rename(path)


def peak_gb() -> float:
    """Largest memory this process ever had, in gigabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def measure_memory(folder: Path, state: str) -> dict:
    """Open the store and make all tables once, in a process that does nothing else."""
    before = peak_gb()
    start, cpu = time.perf_counter(), time.process_time()
    snapshot = snapshot_of(folder, state)
    opened = {"open_seconds": time.perf_counter() - start, "open_cpu": time.process_time() - cpu}
    opened["open_peak"] = peak_gb()
    frames, seconds = {}, {}
    for name, ask in QUESTIONS.items():
        start = time.perf_counter()
        frames[name] = ask(snapshot)
        seconds[name] = time.perf_counter() - start
    frames = {name: frame for name, frame in frames.items() if isinstance(frame, pd.DataFrame)}
    cells = {name: (len(frame), int(frame.memory_usage().sum())) for name, frame in frames.items()}
    return opened | {"imports_peak": before, "peak": peak_gb(), "seconds": seconds, "frames": cells}


def measure_opening(folder: Path, state: str, repeats: int) -> dict:
    """Open the store anew `repeats` times."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        snapshot_of(folder, state)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "peak": peak_gb()}


def measure_speed(folder: Path, state: str, repeats: int) -> dict:
    """Ask both sides in turn and see that they answer alike."""
    sides = {"store": snapshot_of(folder, state), "plain": Plain(folder, state)}
    found = {}
    for name, ask in QUESTIONS.items():
        wall, cpu, answers = {side: [] for side in sides}, {side: [] for side in sides}, {}
        for turn in range(repeats + 1):
            for side in sorted(sides, reverse=bool(turn % 2)):
                start, spent = time.perf_counter(), time.process_time()
                answers[side] = ask(sides[side])
                wall[side].append(time.perf_counter() - start)
                cpu[side].append(time.process_time() - spent)
        same = (
            _alike(answers["store"], answers["plain"])
            if isinstance(answers["store"], pd.DataFrame)
            else answers["store"] == answers["plain"]
        )
        found[name] = {
            "same": bool(same),
            "wall": {side: statistics.median(values[1:]) for side, values in wall.items()},
            "cpu": {side: statistics.median(values[1:]) for side, values in cpu.items()},
        }
    return found


def _alike(ours: pd.DataFrame, theirs: pd.DataFrame) -> bool:
    try:
        # Sums of fractions depend on the order of rows in their last digits.
        pd.testing.assert_frame_equal(ours, theirs, check_dtype=False, rtol=1e-9)
    except AssertionError:
        return False
    return True


def measure_slices(folder: Path, state: str, repeats: int) -> dict:
    """Read rows of 16 schools of one year; another municipality every time."""
    snapshot, plain = snapshot_of(folder, state), Plain(folder, state)
    regions = json.loads((folder / "size.json").read_text()).get("regions", REGIONS)
    seconds: dict[str, list[tuple[float, float]]] = {}
    rows = 0
    for turn in range(repeats):
        # 29 municipalities of 16 schools fit in a region.
        schools = [login(1 + 7 * turn % regions, 1 + 16 * (turn % 29) + place) for place in range(16)]
        listed = ", ".join(parquet.literal(item) for item in schools)
        condition = f"WHERE year = {YEAR} AND login IN ({listed})"
        marks = f"SELECT login, grade, subject, mark, count(*) AS n FROM {RESULTS} {condition} GROUP BY ALL"
        asked = {
            "rows, store": partial(snapshot.read, RESULTS, where={"year": YEAR, "login": schools}),
            "rows, plain": partial(plain.sql, f"SELECT * FROM {RESULTS} {condition} ORDER BY year, login"),
            "marks, store": partial(snapshot.sql, marks),
            "marks, plain": partial(plain.sql, marks),
        }
        for name, ask in asked.items():
            start, spent = time.perf_counter(), time.process_time()
            answer = ask()
            times = (time.perf_counter() - start, time.process_time() - spent)
            seconds.setdefault(name, []).append(times)
            rows = max(rows, len(answer)) if name == "rows, store" else rows
    return {"rows": rows, "times": seconds}


def alone(function: Callable[..., dict], *arguments: object) -> dict:
    """Call `function` in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def report(folder: Path, repeats: int, states: Sequence[str]) -> dict:
    found: dict[str, dict] = {}
    for state in states:
        found[state] = {
            "memory": alone(measure_memory, folder, state),
            "opening": alone(measure_opening, folder, state, repeats),
            "slices": alone(measure_slices, folder, state, 30),
            "speed": alone(measure_speed, folder, state, repeats),
        }
        show(state, found[state])
    return found


def show(state: str, found: dict) -> None:
    memory, slices, opening = found["memory"], found["slices"], found["opening"]
    print(f"\n## {state}\n")
    print(
        f"opening a snapshot: first {memory['open_seconds']:.2f} s ({memory['open_cpu']:.2f} s CPU), "
        f"median {statistics.median(opening['seconds']):.2f} s, peak {opening['peak']:.2f} GB"
    )
    print(
        f"all tables once: {sum(memory['seconds'].values()):.1f} s; peak memory {memory['peak']:.2f} GB "
        f"(after imports {memory['imports_peak']:.2f}, after opening {memory['open_peak']:.2f}; "
        f"the frames themselves {sum(size for _, size in memory['frames'].values()) / 1024**3:.2f})"
    )
    print(f"\none municipality of one year ({slices['rows']} rows), ms: first, median, least, worst; median CPU")
    for name, times in slices["times"].items():
        wall, cpu = [one for one, _ in times[1:]], statistics.median(one for _, one in times[1:])
        figures = (times[0][0], statistics.median(wall), min(wall), max(wall))
        print(f"- {name}: {', '.join(f'{value * 1000:.0f}' for value in figures)}; {cpu * 1000:.0f}")
    print("\n| question | rows | store s | plain s | ratio | store CPU s | plain CPU s | ratio | same answer |")
    print("|---|---|---|---|---|---|---|---|---|")
    sums = {kind: dict.fromkeys(("store", "plain"), 0.0) for kind in ("wall", "cpu")}
    for name, row in found["speed"].items():
        cells = []
        for kind in ("wall", "cpu"):
            for side in ("store", "plain"):
                sums[kind][side] += row[kind][side]
            cells += [*(row[kind][side] for side in ("store", "plain")), row[kind]["store"] / row[kind]["plain"]]
        rows = memory["frames"].get(name, ("", 0))[0]
        print(f"| {name} | {rows} | {' | '.join(f'{cell:.2f}' for cell in cells)} | {row['same']} |")
    cells = []
    for kind in sums.values():
        cells += [kind["store"], kind["plain"], kind["store"] / kind["plain"]]
    print(f"| together | | {' | '.join(f'{cell:.2f}' for cell in cells)} | |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--regions", type=int, default=REGIONS, help="of 471 schools each; 1: a region's own store")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the rows here and use what is there")
    parser.add_argument(
        "--fill-only", action="store_true", help="with --folder: write the store's rows, measure nothing"
    )
    parser.add_argument("--state", choices=_STATES, help="only this state")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    folder = (options.folder or Path(tempfile.mkdtemp(prefix="oko-store-"))).absolute()
    try:
        fill(folder, Size(options.rows, options.regions))
        if options.fill_only:
            return
        alone(write_plain, folder)
        store = Store(folder / "store")
        files = store.snapshot().sources[RESULTS].files
        rows = int(duckdb.execute("SELECT count(*) FROM read_parquet(?)", [list(files)]).fetchone()[0])
        size = sum(Path(file).stat().st_size for file in files)
        print(f"{rows:,} rows in {len(files)} files, {size / 1024**3:.2f} GB; {len(store.history())} loads")
        print(json.dumps(json.loads((folder / "clean.json").read_text())))
        del store
        found = report(folder, options.repeats, [options.state] if options.state else _STATES)
        if options.json:
            options.json.write_text(json.dumps(found, ensure_ascii=False, indent=1))
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
