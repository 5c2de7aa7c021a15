"""A batch of reports: stock papermill and nbconvert, ``oko run``, and plain functions without any notebook.

    python benchmarks/batch.py                                   # a demo region of its own, four municipalities of it
    python benchmarks/batch.py --root WORKSPACE --take 0         # all municipalities of a workspace (it is copied)
    python benchmarks/batch.py --rounds 5 --json batch.json --out batch.md

Three ways, in turn within every round, each command a fresh process:

* stock: ``python -m papermill`` with the kernel ``python3``, then ``jupyter nbconvert --to webpdf`` with the
  distribution's Chromium, one report after the other; every notebook computing the region itself (``OKO_CACHE=0``), and
  once more with our file cache of the region's results already filled;
* oko run: ``oko run --formats pdf --force``, the cache of the region emptied before;
* floor: the notebooks' calls as plain functions in forked children, as many at a time, after the same preparation
  with the cache emptied, to PDF by the same exporter (see ``batch_floor.py``).

Stock builds reports one by one and none depends on another, so some of each kind tell what the set takes; ``--stock 0``
builds all. Needs Linux, the extra ``bench`` and Chromium.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import batch_floor
from batch_process import Usage, measure
from batch_table import FLOOR, OKO, STOCK_OFF, STOCK_ON, markdown, of_run, of_stock

#: As `oko run` sets them: several processes that each used all processors would only get in each other's way.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_OKO = [str(Path(sys.executable).with_name("oko"))]


@dataclass(frozen=True)
class Report:
    """A report to build, as the three ways need to know it."""

    id: str
    stem: str
    notebook: str
    direction: str
    parameters: dict[str, object]


@dataclass
class Bench:
    """A workspace of its own, and what is built in it."""

    root: Path
    scratch: Path
    browsers: Path
    year: int
    reports: list[Report]
    jobs: int
    selection: list[str]
    stock: int
    prints: dict[str, dict[str, str]] = field(default_factory=dict)

    def oko(self) -> dict[str, object]:
        """Run ``oko run`` and return what it came to."""
        self._forget_region()
        command = [*_OKO, "run", "--root", str(self.root), *self.selection, "--year", str(self.year), "--no-schools"]
        usage = self._measure([*command, "--formats", "pdf", "--force", "--jobs", str(self.jobs), "--json"])
        outcomes = json.loads(_checked(usage, "oko run").output)["reports"]
        self.prints = {item["id"]: item["fingerprint"] for item in outcomes}
        return of_run(usage, self._began(), {item["id"]: item["seconds"] for item in outcomes})

    def _began(self) -> float:
        """Return when the last run began its first report."""
        newest = "select id from runs order by started desc limit 1"
        with closing(sqlite3.connect(self.root / "outputs" / "journal.sqlite")) as journal:
            (text,) = journal.execute(f"select min(started) from run_reports where run_id = ({newest})").fetchone()
        return datetime.fromisoformat(text).timestamp()

    def floor(self) -> dict[str, object]:
        """Build the same reports by plain functions; the last ``oko run`` gives their prints and headers."""
        self._forget_region()
        folder = self.scratch / "floor"
        shutil.rmtree(folder, ignore_errors=True)
        job = folder / "job.json"
        items = [self._floor_item(report, folder / str(number)) for number, report in enumerate(self.reports)]
        job.write_text(json.dumps(self._floor_job(items)))
        usage = self._measure([sys.executable, str(Path(__file__).resolve()), "--floor", str(job)], _ONE_THREAD)
        answer = json.loads(_checked(usage, "floor").output)
        return of_run(usage, answer["began"], answer["seconds"])

    def _floor_item(self, report: Report, folder: Path) -> dict[str, object]:
        folder.mkdir(parents=True)
        # A notebook file has its keys sorted; the report prints the parts of its fingerprint in their own order.
        meta = json.loads(self._built(report, "ipynb").read_text())["metadata"]["oko"]
        meta["fingerprint"] = self.prints[report.id]
        places = {"folder": str(folder), "result": str(folder / "seconds")}
        return {**asdict(report), **places, "meta": meta}

    def _floor_job(self, items: Sequence[Mapping[str, object]]) -> dict[str, object]:
        return {
            "root": str(self.root),
            "year": self.year,
            "jobs": self.jobs,
            "directions": list(dict.fromkeys(report.direction for report in self.reports)),
            "notebooks": sorted({report.notebook for report in self.reports}),
            "reports": list(items),
        }

    def compare(self) -> dict[str, tuple[bool, bool]]:
        """Return report → whether floor and ``oko run`` have equal pages and equal text."""
        same = {}
        for number, report in enumerate(self.reports):
            floor = pdf_pages(self.scratch / "floor" / str(number) / f"{report.stem}.pdf")
            own = pdf_pages(self._built(report, "pdf"))
            same[report.id] = (len(floor) == len(own), floor == own)
        return same

    def with_stock(self, number: int, cache: bool) -> dict[str, object]:
        """Build some reports of each kind by stock tools; others in each round."""
        samples = [self._one_stock(report, cache) for report in chosen(self.reports, self.stock, number)]
        return of_stock(samples, counts(self.reports))

    def _one_stock(self, report: Report, cache: bool) -> dict[str, object]:
        folder = self.scratch / "stock"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        given = [("-p" if isinstance(v, int) else "-r", name, str(v)) for name, v in report.parameters.items()]
        executed = folder / f"{report.stem}.ipynb"
        command = [sys.executable, "-m", "papermill", str(self.root / "notebooks" / report.notebook), str(executed)]
        command += ["-k", "python3", *(word for words in given for word in words)]
        executing = _checked(self._measure(command, {"OKO_CACHE": "1" if cache else "0"}), f"papermill {report.id}")
        command = [sys.executable, "-m", "nbconvert", "--to", "webpdf", "--disable-chromium-sandbox", str(executed)]
        printing = _checked(
            self._measure(command, {"PLAYWRIGHT_BROWSERS_PATH": str(self.browsers)}), f"webpdf {report.id}"
        )
        return {
            "id": report.id,
            "stem": report.stem,
            "wall": executing.wall + printing.wall,
            "cpu": executing.cpu + printing.cpu,
            "pdf_wall": printing.wall,
            "pdf_cpu": printing.cpu,
            "peak_mb": max(executing.peak_mb, printing.peak_mb),
            "pages": len(pdf_pages(executed.with_suffix(".pdf"))),
        }

    def _measure(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> Usage:
        # Python looks for modules where it is started: all ways shall find the installed package, not one of them
        # the sources that happen to lie in the current folder.
        return measure(command, env, cwd=self.scratch)

    def _built(self, report: Report, kind: str) -> Path:
        return self.root / "outputs" / f"{report.id}.{kind}"

    def _forget_region(self) -> None:
        shutil.rmtree(self.root / "data" / "cache", ignore_errors=True)


def chosen(reports: Sequence[Report], each: int, number: int) -> list[Report]:
    """Return `each` reports of every kind, others in every round; all of them for 0."""
    kinds: dict[str, list[Report]] = {}
    for report in reports:
        kinds.setdefault(report.stem, []).append(report)
    picked = []
    for items in kinds.values():
        take = min(each or len(items), len(items))
        picked += [items[(number * take + step) % len(items)] for step in range(take)]
    return picked


def counts(reports: Sequence[Report]) -> dict[str, int]:
    """Return stem → number of reports."""
    return dict(Counter(report.stem for report in reports))


def pdf_pages(path: Path) -> list[str]:
    """Return the text of each page."""
    import pypdfium2

    with closing(pypdfium2.PdfDocument(path)) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _checked(usage: Usage, what: str) -> Usage:
    if usage.code != 0:
        raise SystemExit(f"{what}: exit code {usage.code}\n{usage.errors[-3000:]}\n{usage.output[-3000:]}")
    return usage


def planned(root: Path, directions: Sequence[str], take: int) -> tuple[int, list[Report], list[str]]:
    """Return the year, the reports, and how to ask ``oko run`` for them; `take` 0 is all municipalities."""
    from oko_lib.batch.directions import DIRECTIONS
    from oko_lib.batch.plan import Selection, plan_reports
    from oko_lib.indicators.registers import municipality_register
    from oko_lib.settings.workspace import Workspace
    from oko_lib.store import Store

    workspace = Workspace.at(root)
    snapshot = Store(workspace.store).snapshot()
    codes = list(municipality_register(snapshot)["municipality_code"])[:take] if take else []
    selection = Selection(
        municipalities=tuple(codes), all=not codes, region=True, directions=tuple(directions), no_schools=True
    )
    plan = plan_reports(workspace, snapshot, selection, DIRECTIONS)
    asked = [word for code in codes for word in ("--municipality", code)] or ["--all"]
    asked += ["--region", *(word for name in directions for word in ("--direction", name))]
    return plan.year, [_report(spec, root) for spec in plan.specs], asked


def _report(spec, root: Path) -> Report:
    given = {"year": spec.year, "mode": "internal", "workspace_root": str(root)}
    if not spec.is_region:
        given["municipality"] = spec.municipality_code
    return Report(spec.id, spec.stem, spec.notebook, spec.direction.name, given)


def make_region(root: Path, municipalities: int) -> None:
    """Make a demo region at `root` and take its files in."""
    _checked(measure([*_OKO, "demo", "--root", str(root), "--municipalities", str(municipalities)]), "oko demo")
    # One file of the demo is nobody's on purpose: the exit code is not 0.
    measure([*_OKO, "ingest", "--root", str(root), str(root / "data" / "raw")])


def browsers_folder(folder: Path, chromium: str) -> Path:
    """Make a folder in which playwright finds the distribution's Chromium where it looks for its own."""
    import playwright

    listed = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    known = {item["name"]: item["revision"] for item in json.loads(listed.read_text())["browsers"]}
    shell = folder / f"chromium_headless_shell-{known['chromium-headless-shell']}" / "chrome-headless-shell-linux64"
    shell.mkdir(parents=True)
    (shell / "chrome-headless-shell").symlink_to(chromium)
    return folder


@contextmanager
def workspace(root: Path | None, municipalities: int) -> Iterator[tuple[Path, Path]]:
    """Give a workspace to write in and a scratch folder, both removed at the end."""
    with tempfile.TemporaryDirectory(prefix="oko-bench-") as folder:
        own, scratch = Path(folder) / "workspace", Path(folder) / "scratch"
        scratch.mkdir()
        if root is None:
            make_region(own, municipalities)
        else:
            shutil.copytree(root, own, ignore=shutil.ignore_patterns("outputs", "cache", "raw", "returns"))
            (own / "outputs").mkdir()
        yield own, scratch


def run(options: argparse.Namespace) -> dict[str, object]:
    """Measure all ways in turn and return the result."""
    chromium = options.chromium or shutil.which("chromium")
    with workspace(options.root, options.municipalities) as (root, scratch):
        year, reports, selection = planned(root, options.directions, options.take)
        browsers = browsers_folder(scratch / "browsers", chromium) if options.with_stock else scratch
        bench = Bench(root, scratch, browsers, year, reports, options.jobs, selection, options.stock)
        # Reads the files into memory, writes compiled Python, and gives the floor its prints: not counted.
        _say("warm-up", bench.oko())
        rounds, compared = [], {}
        for number in range(options.rounds):
            rounds.append(_round(bench, number, options.with_stock, compared))
        return {
            "rounds": rounds,
            "counts": counts(reports),
            "municipalities": options.municipalities if options.root is None else _municipalities(root),
            "jobs": options.jobs,
            "stock_reports": f"{options.stock} of each kind in a round" if options.stock else "all",
            "machine": f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}",
            "compared": summary(compared),
        }


def _round(bench: Bench, number: int, with_stock: bool, compared: dict) -> dict[str, object]:
    ways = {OKO: bench.oko, FLOOR: bench.floor}
    if with_stock:
        ways[STOCK_OFF] = lambda: bench.with_stock(number, cache=False)
        # The floor or oko run before it has filled the cache.
        ways[STOCK_ON] = lambda: bench.with_stock(number, cache=True)
    order = list(ways) if number % 2 == 0 else [FLOOR, OKO, *list(ways)[:1:-1]]
    done = {}
    for way in order:
        done[way] = ways[way]()
        _say(f"round {number + 1}, {way}", done[way])
        if way == FLOOR:
            compared.update({(number, name): same for name, same in bench.compare().items()})
    return {way: done[way] for way in (STOCK_OFF, STOCK_ON, FLOOR, OKO) if way in done}


def _say(what: str, done: Mapping[str, object]) -> None:
    wall, cpu = done["wall_per_report"], done["cpu_per_report"]
    print(f"{what}: {wall:.2f} s and {cpu:.2f} CPU s per report", file=sys.stderr, flush=True)


def summary(compared: Mapping[tuple[int, str], tuple[bool, bool]]) -> dict[str, object]:
    """Return how many pairs of PDFs are equal, and which are not."""
    return {
        "pairs": len(compared),
        "equal_pages": sum(pages for pages, _ in compared.values()),
        "equal_text": sum(text for _, text in compared.values()),
        "different": sorted({name for (_, name), (_, text) in compared.items() if not text}),
    }


def _municipalities(root: Path) -> int:
    from oko_lib.indicators.registers import municipality_register
    from oko_lib.settings.workspace import Workspace
    from oko_lib.store import Store

    return len(municipality_register(Store(Workspace.at(root).store).snapshot()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, help="workspace with data; copied; by default a demo region is made")
    parser.add_argument("--municipalities", type=int, default=12, help="size of that demo region")
    parser.add_argument("--take", type=int, default=4, help="municipalities reported; 0 for all")
    parser.add_argument("--directions", type=lambda text: text.split(","), default=[], help="by comma; default all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2, help="reports at a time for the floor and oko run")
    parser.add_argument("--stock", type=int, default=1, help="reports of each kind by stock tools in a round; 0 all")
    parser.add_argument("--no-stock", dest="with_stock", action="store_false", help="only the floor and oko run")
    parser.add_argument("--chromium", help="its program, if it is not on the path")
    parser.add_argument("--out", type=Path, help="file for the Markdown; default standard output")
    parser.add_argument("--json", type=Path, help="file for everything measured")
    parser.add_argument("--floor", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Run the benchmark, or be the floor's process of it."""
    options = _options()
    if options.floor:
        return batch_floor.run(options.floor)
    result = run(options)
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=1))
    text = markdown(result)
    if options.out:
        options.out.write_text(text)
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
