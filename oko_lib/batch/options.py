"""How a run builds, and what is refused before anything is executed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from oko_lib.batch.pool import available_cpus
from oko_lib.settings.loading import SettingsError

PUBLIC_REFUSED = (
    "Режим public пока не строится: без защиты малых групп по опубликованным таблицам можно узнать отдельных детей. "
    "Стройте служебные отчёты (--mode internal)."
)
#: Parameters of notebooks that have an option of their own.
_RESERVED = frozenset({"municipality", "school", "year", "mode", "workspace_root", "as_of"})
_LEAST_MEMORY = 1 << 30


@dataclass(frozen=True)
class RunOptions:
    """How to build.

    Parameters
    ----------
    jobs : int or None
        Processes at once; None for one per processor.
    mode : str
        ``internal``; ``public`` is refused.
    engine : str
        ``inprocess`` executes notebooks in the report's own process, ``kernel`` starts a Jupyter kernel for each.
    method : str or None
        ``fork`` or ``spawn``; None for what this system does best.
    timeout : float or None
        Seconds a report may take.
    memory : int or None
        Bytes a report's process may hold for itself; None for a fair share of the machine's.
    formats : tuple of str
        Files besides the executed notebook.
    as_of : str or None
        Load id or time: the data as they stood then.
    parameters : dict
        Further parameters of the notebooks, beyond those the plan gives.
    force : bool
        Build also what has not changed.
    dry_run : bool
        Only say what would be built and why.
    scheduler : str or None
        Address of a Dask scheduler whose workers build the reports.
    """

    jobs: int | None = None
    mode: str = "internal"
    engine: Literal["inprocess", "kernel"] = "inprocess"
    method: str | None = None
    timeout: float | None = 600.0
    memory: int | None = None
    formats: tuple[str, ...] = ("pdf", "html", "docx", "xlsx")
    as_of: str | None = None
    parameters: dict[str, object] = field(default_factory=dict)
    force: bool = False
    dry_run: bool = False
    scheduler: str | None = None


def refuse_wrong_options(options: RunOptions) -> None:
    """Refuse what would fail every report.

    Raises
    ------
    SettingsError
        With what is allowed.
    """
    if options.mode == "public":
        raise SettingsError(PUBLIC_REFUSED)
    if options.mode != "internal":
        raise SettingsError(f"Нет режима «{options.mode}». Есть internal (служебный) и, позже, public.")
    if options.jobs is not None and options.jobs < 1:
        raise SettingsError(f"--jobs: нужно число от 1, задано {options.jobs}.")
    if options.timeout is not None and options.timeout <= 0:
        raise SettingsError(f"--timeout: нужно положительное число секунд, задано {options.timeout:g}.")
    if options.memory is not None and options.memory <= 0:
        raise SettingsError(f"--memory: нужно положительное число мегабайт, задано {options.memory >> 20}.")
    if options.engine not in ("inprocess", "kernel"):
        raise SettingsError(f"Нет способа выполнения «{options.engine}». Есть inprocess и kernel.")
    if options.method not in (None, "fork", "spawn"):
        raise SettingsError(f"Нет способа запуска «{options.method}». Есть fork и spawn.")
    reserved = sorted(_RESERVED & set(options.parameters))
    if reserved:
        raise SettingsError(f"Параметр «{reserved[0]}» задаётся своим ключом команды, а не через --set.")


def memory_share(options: RunOptions, jobs: int) -> int:
    """Return the bytes a report may hold: what was asked for, else three quarters of the machine's over all jobs."""
    import psutil

    if options.memory is not None:
        return options.memory
    return max(_LEAST_MEMORY, psutil.virtual_memory().total * 3 // 4 // jobs)


def jobs_at_once(options: RunOptions, n_tasks: int) -> int:
    """Return how many reports to build at once."""
    return max(1, min(options.jobs or available_cpus(), n_tasks))
