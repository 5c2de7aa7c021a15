"""Imports of a warm process: all that notebooks use, the kernel itself included."""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Iterator

#: What a methodologist types, and what an IPython kernel imports while it starts or at its first message.
_LIBRARIES = (
    *("numpy", "pandas", "scipy.stats", "matplotlib.pyplot", "seaborn", "duckdb", "ipywidgets"),
    *("statsmodels.api", "statsmodels.formula.api"),
    *(
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.zmqshell",
        "ipykernel.debugger",
        "ipykernel.pylab.backend_inline",
    ),
    *("ipykernel.comm", "ipykernel.displayhook", "ipykernel.subshell_manager", "IPython.core.completerlib"),
    *("IPython.core.pylabtools", "IPython.core.async_helpers", "jedi", "debugpy", "psutil", "sqlite3"),
)

#: By name, because some of these rooms lie above this one: a kernel holds whatever a notebook may import.
_ROOMS = ("methods", "tables", "settings", "store", "indicators", "disclosure", "report", "batch", "explore")


def preload() -> None:
    """Import, and leave no trace that a kernel started in the ordinary way would not have.

    Raises
    ------
    RuntimeError
        If Typst has compiled meanwhile: kernels forked off this process would hang in it.
    """

    _forget_folder()
    # The debugger would say on import, where nobody debugs, that Python's own modules are frozen.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    with _as_in_a_kernel():
        importlib.import_module("pandas")
    import matplotlib as mpl

    settings = dict(mpl.rcParams)
    # Parts of packages come and go with versions, and code being edited may be broken: what cannot be imported here
    # will be said by the cell that needs it, hence the suppressing, here and below.
    for name in _LIBRARIES:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    with contextlib.suppress(Exception):
        from oko_lib.batch.warm import import_heavy_modules

        import_heavy_modules()
    for room in _ROOMS:
        _import_room(f"oko_lib.{room}")
    _forget_trials(settings)
    from oko_lib.report.typst_state import has_compiled

    if has_compiled():
        raise RuntimeError("Typst has compiled while importing: no fork of this process could compile")


def _import_room(name: str) -> None:
    with contextlib.suppress(Exception):
        room = importlib.import_module(name)
        for module in pkgutil.walk_packages(room.__path__, f"{name}.", onerror=lambda name: None):
            if not module.name.endswith("__main__"):
                with contextlib.suppress(Exception):
                    importlib.import_module(module.name)


def _forget_folder() -> None:
    """Take the folder this process was started in off the search path; a kernel puts its own there."""
    if sys.path and sys.path[0] == os.getcwd():
        del sys.path[0]


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Let libraries that settle at import how they will display find what they would find in a kernel."""

    class Shell:
        kernel = None

    builtins.get_ipython = Shell  # type: ignore[attr-defined]
    try:
        with contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="UTF-8")):
            yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def _forget_trials(settings: dict[str, object]) -> None:
    """Undo what the trial figure and the trial shell of a batch leave behind; `settings` are matplotlib's before."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib_inline.backend_inline import configure_inline_support
    from matplotlib_inline.config import InlineBackend

    plt.close("all")
    mpl.rcParams.update({name: value for name, value in settings.items() if name != "backend"})
    mpl.interactive(False)
    # Made with the trial shell's settings; a kernel makes its own with its user's.
    InlineBackend.clear_instance()
    # It announces the formats of figures only to the first shell of a process.
    configure_inline_support.__dict__.pop("current_backend", None)
    # What is imported stays: the collector need not touch it, and pages stay shared among kernels.
    gc.collect()
    gc.freeze()
