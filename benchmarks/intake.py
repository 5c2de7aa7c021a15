"""Rows per second and memory of the whole intake of a region, beside ``pandas.read_excel`` alone on the same files.

    python benchmarks/intake.py                      # 1 000 schools × 4 works, one file per school and work
    python benchmarks/intake.py --per municipality   # the same rows in one file per municipality and work
    python benchmarks/intake.py --folder FOLDER      # files you have

Whole intake: finding and hashing files, reading cells, recognising the layout, checks, quarantine, store, cross-check.
``pandas.read_excel`` does only the reading, with openpyxl (its default engine) and with calamine; with ``--sample N``
it is timed on N evenly chosen files and scaled up by their rows, and the output says so.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import tempfile
import threading
import time
from pathlib import Path

import psutil

TASKS = 17
MAXIMA = [1, 2, 1, 2, 3, 1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1]
WORKS = (("Русский язык", 4), ("Математика", 4), ("Русский язык", 5), ("Математика", 5))
HEADER = [
    *("ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант"),
    *(f"{number + 1} ({maximum}б)" for number, maximum in enumerate(MAXIMA)),
    *("Первичный балл", "Отметка", "Отметка по журналу"),
]


def school_rows(school: int, grade: int, source: random.Random) -> list[list[object]]:
    """Group heading and participants of one school."""
    login = f"edu99{school:04}"
    name = f"МБОУ «Средняя общеобразовательная школа № {school}»({login})"
    place = f"Муниципальный район {school // 25 + 1}(reg99_m{school // 25 + 1:03})"
    pupils = max(5, int(source.lognormvariate(3.7, 0.6)))
    rows: list[list[object]] = [[f"{name} | Кол-во участников: {pupils}"]]
    for number in range(1, pupils + 1):
        scores: list[object] = [source.randint(0, maximum) for maximum in MAXIMA]
        total = sum(scores)
        if source.random() < 0.1:
            place_of_x = source.randrange(TASKS)
            total -= scores[place_of_x]
            scores[place_of_x] = "X"
        mark = min(5, max(2, 2 + total * 4 // sum(MAXIMA)))
        rows.append(
            [login, place, name, grade * 10000 + number, 1 + number % 3, 1 + number % 2, *scores, total, mark, mark]
        )
    return rows


def make_region(folder: Path, schools: int, per: str) -> None:
    """Write the files of a region."""
    import xlsxwriter

    source = random.Random(20261122)
    size = {"school": 1, "municipality": 25, "region": schools}[per]
    for first in range(0, schools, size):
        for subject, grade in WORKS:
            members = range(first, min(first + size, schools))
            body = [row for school in members for row in school_rows(school, grade, source)]
            path = folder / f"{first // 25 + 1:03}" / f"{first:04}" / f"{subject} {grade}.xlsx"
            path.parent.mkdir(parents=True, exist_ok=True)
            with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
                sheet = book.add_worksheet("Индивидуальные результаты")
                title = [
                    ["Индивидуальные результаты"], [], [f"ВПР 2026 {subject} {grade} класс"], ["Предмет:", subject],
                    ["Максимальный первичный балл:", sum(MAXIMA)], ["Дата:", "20.04.2026"], [], HEADER,
                ]  # fmt: skip
                for number, row in enumerate([*title, *body]):
                    sheet.write_row(number, 0, row)


class Memory:
    """Peak memory of this process and its children, looked at twenty times a second."""

    def __init__(self) -> None:
        self.peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._stop.is_set():
            total = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)
            self._stop.wait(0.05)


def cpu_seconds() -> float:
    """Processor time of this process and its finished children: on a busy machine a fairer measure than the clock."""
    times = psutil.Process().cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def time_pandas(files: list[Path], engine: str) -> tuple[float, float, int]:
    """Return seconds, processor seconds and rows of reading files one after another."""
    import pandas as pd

    rows = 0
    start, busy = time.perf_counter(), cpu_seconds()
    for path in files:
        rows += len(pd.read_excel(path, header=None, engine=engine))
    return time.perf_counter() - start, cpu_seconds() - busy, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="files to take in; a region is made otherwise")
    parser.add_argument("--schools", type=int, default=1000)
    parser.add_argument("--per", choices=("school", "municipality", "region"), default="school")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--sample", type=int, default=200, help="files pandas is timed on; 0 for all")
    options = parser.parse_args()

    from oko_lib.intake import IntakeOptions, ingest
    from oko_lib.settings.workspace import Workspace

    work = Path(tempfile.mkdtemp(prefix="oko_intake_"))
    try:
        folder = options.folder or work / "files"
        if options.folder is None:
            make_region(folder, options.schools, options.per)
        files = sorted(path for path in folder.rglob("*.xlsx") if not path.name.startswith("~$"))
        print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, {os.cpu_count()} cores")
        with Memory() as memory:
            start, busy = time.perf_counter(), cpu_seconds()
            report = ingest([folder], Workspace.at(work / "place"), options=IntakeOptions(jobs=options.jobs))
            seconds, busy = time.perf_counter() - start, cpu_seconds() - busy
        rows = sum(file.read for file in report.files)
        failed = sum(file.error is not None for file in report.files)
        print(
            f"whole intake, {options.jobs} processes: {seconds:.1f} s ({busy:.1f} s of processor), {rows} rows, "
            f"{rows / seconds:.0f} rows/s, peak {memory.peak / 1e9:.2f} GB (all processes), files refused: {failed}"
        )
        start = time.perf_counter()
        again = ingest([folder], Workspace.at(work / "place"), options=IntakeOptions(jobs=options.jobs))
        same = sum(file.status == "unchanged" for file in again.files)
        print(f"the same folder again: {time.perf_counter() - start:.1f} s, unchanged: {same}")
        step = max(1, len(files) // options.sample) if options.sample else 1
        chosen = files[::step]
        note = "" if len(chosen) == len(files) else f" (scaled from {len(chosen)} files)"
        for engine in ("openpyxl", "calamine"):
            taken, spent, read = time_pandas(chosen, engine)
            # Eight lines a file stand above the table.
            scale = rows / (read - 8 * len(chosen))
            print(
                f"pandas.read_excel alone, {engine}, one process{note}: {taken * scale:.1f} s "
                f"({spent * scale:.1f} s of processor), {rows / (taken * scale):.0f} rows/s; whole intake is "
                f"{taken * scale / seconds:.1f} times as fast by the clock, {spent * scale / busy:.1f} by the processor"
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
