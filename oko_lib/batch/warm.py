"""What is done once per run, before any report: imports, the pinned data, results about the whole region."""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import oko_lib.report
from oko_lib.batch.directions import Direction
from oko_lib.batch.pool import Answer, Pool
from oko_lib.batch.progress import Progress
from oko_lib.batch.spec import ReportSpec
from oko_lib.indicators import regional
from oko_lib.indicators.memory import give_back
from oko_lib.indicators.session import pin
from oko_lib.intake.layouts.registry import all_layouts
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot

#: Modules that reports and exporters import on first use, besides those of the report room.
_PRELOADED = ("duckdb", "matplotlib.backends.backend_svg", "papermill", "pypdfium2", "scipy.stats", "typst")

#: Only the command line of nbconvert asks for it, half a second of imports.
_FOR_NBCONVERT = "oko_lib.report.exporters.nbconvert_exporters"


@dataclass(frozen=True)
class PrepareJob:
    """Computes, in a process of its own, what all reports of a direction share, and leaves it in the cache.

    Parameters
    ----------
    workspace, snapshot, year
        See ``Direction.prepare``.
    direction : Direction
        Whose results.
    """

    workspace: Workspace
    snapshot: Snapshot
    direction: Direction
    year: int

    @property
    def id(self) -> str:
        return f"{self.year}/{self.direction.name}"

    @property
    def log(self) -> Path:
        return self.workspace.outputs / str(self.year) / "logs" / f"prepare-{self.direction.name}.out.log"

    def perform(self) -> bool:
        """Compute; the answer tells whether it could be done."""
        return prepare_direction(self.workspace, self.snapshot, self.direction, self.year)


def prepare_direction(workspace: Workspace, snapshot: Snapshot, direction: Direction, year: int) -> bool:
    """Let the direction compute what its reports share; on failure leave a log and answer False.

    Each report then computes it itself and fails or not with its own explanation: one broken direction must not stop
    the others.
    """
    if direction.prepare is None:
        return True
    log = workspace.outputs / str(year) / "logs" / f"prepare-{direction.name}.log"
    try:
        direction.prepare(workspace, snapshot, year)
    except regional.NotComputedError:
        raise
    except Exception:
        with contextlib.suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            log.write_text(traceback.format_exc(), encoding="utf-8")
        return False
    log.unlink(missing_ok=True)
    return True


def prepare_run(
    workspace: Workspace,
    snapshot: Snapshot,
    work: Sequence[tuple[Direction, int]],
    pool: Pool,
    progress: Progress,
) -> None:
    """Have ready in this process, and in the cache for others, what the reports of `work` share.

    What no earlier run has left in the cache is computed by processes of the pool, several at once, and then read here.
    """
    with contextlib.suppress(SettingsError):  # the report that needs them will say what is wrong
        all_layouts(workspace)
    missing = [item for item in work if not take_from_cache(workspace, snapshot, *item)]
    if not missing:
        return
    progress.tell("phase", f"Считаю данные региона: {', '.join(item.title_ru for item, _ in missing)}")
    if pool.method != "fork" or not regional.file_cache_in_use() or len(missing) == 1 or pool.jobs == 1:
        # Spawned workers find the results in the cache as well; computed here they are there at once.
        for direction, year in missing:
            prepare_direction(workspace, snapshot, direction, year)
        return
    jobs = [PrepareJob(workspace, snapshot, direction, year) for direction, year in missing]
    # Else every child gets a copy of its own of most of what is imported: two of them hold a third more.
    with settled_memory():
        events = list(pool.run(jobs))
    done = {event.job.id: event.result for event in events if isinstance(event, Answer) and event.result is not None}
    for job in jobs:
        if done.get(job.id):
            prepare_direction(workspace, snapshot, job.direction, job.year)


def take_from_cache(workspace: Workspace, snapshot: Snapshot, direction: Direction, year: int) -> bool:
    """Have ready what the direction's reports share, if that takes no computing; answer whether it is."""
    try:
        with regional.only_cached():
            return prepare_direction(workspace, snapshot, direction, year)
    except regional.NotComputedError:
        return False


def prepare_worker(workspace: Workspace, snapshot: Snapshot) -> None:
    """Make a process that was started afresh ready for reports; results about the region it finds in the cache."""
    import_heavy_modules()
    pin(workspace.root, snapshot)


@contextlib.contextmanager
def settled_memory() -> Iterator[None]:
    """Put everything that is there aside from the collector of garbage while the block runs.

    It would write into every object it visits, and a fork then gets its own copy of memory it could share.
    """
    gc.collect()
    give_back()
    gc.freeze()
    try:
        yield
    finally:
        # What is still put aside when the interpreter ends is taken for a leak by libraries that count.
        gc.unfreeze()


def directions_of(specs: Sequence[ReportSpec]) -> list[tuple[Direction, int]]:
    """Return each direction and year of the reports once."""
    return list({(spec.direction.name, spec.year): (spec.direction, spec.year) for spec in specs}.values())


@cache
def import_heavy_modules() -> None:
    """Import and try once what every report needs; forks inherit it. A second call does nothing.

    Nothing here may compile Typst: a fork after that hangs.
    """
    import matplotlib as mpl

    # A batch has no window to draw in.
    mpl.use("agg")
    import matplotlib.pyplot as plt

    from oko_lib.batch.shell import report_shell

    for name in _PRELOADED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(oko_lib.report.__path__, "oko_lib.report.", onerror=lambda name: None):
        if module.name == _FOR_NBCONVERT:
            continue
        # What cannot be imported will be said by the report that needs it, and by no other.
        with contextlib.suppress(ImportError):
            importlib.import_module(module.name)
    # The first figure of a process reads the fonts and the first shell imports its parts: once here, not per report.
    figure, axes = plt.subplots()
    axes.set_title("Проба 1")
    figure.canvas.draw()
    plt.close(figure)
    with report_shell() as shell:
        shell.run_cell("None")
    # Half a second of every report otherwise: word forms, fonts, widths of letters.
    from oko_lib.report.warm import warm_up

    warm_up()
