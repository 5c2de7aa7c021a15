"""From what exactly a report was built: data, code, notebook, parameters, norms."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import oko_lib
from oko_lib.batch.directions import Direction
from oko_lib.intake.layouts.registry import all_layouts
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.store import Snapshot
from oko_lib.store.ledger import FOLLOWERS
from oko_lib.store.snapshot import REGISTERS

#: Libraries whose version may change a figure or the look of a report.
LIBRARIES = (
    "papermill",
    "ipython",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "matplotlib",
    "seaborn",
    "duckdb",
    "deltalake",
    "pyarrow",
    "typst",
    "nbconvert",
    "pypandoc-binary",
    "python-docx",
    "xlsxwriter",
    "pymorphy3",
)

#: Files of the package that decide what a report says and how it looks.
_SOURCES = frozenset({".py", ".typ", ".lua", ".css", ".html"})

#: Parameters that say where the workbench lies, not what the report is about.
_PLACES = frozenset({"workspace_root", "as_of"})


def short_digest(*parts: object) -> str:
    """Return twelve hexadecimal digits for `parts` (JSON types)."""
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def files_digest(paths: list[Path], base: Path) -> str:
    """Return a digest of names and contents; line ends do not count (a checkout on Windows may change them)."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.relative_to(base).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:12]


@cache
def code_version() -> str:
    """Return package version and digest of its sources, for example ``0.1.0+3f2a…``.

    The digest is what counts: a commit says nothing about changes that were not committed.
    """
    package = Path(oko_lib.__file__).resolve().parent
    sources = [path for path in package.rglob("*") if path.suffix in _SOURCES]
    return f"{oko_lib.__version__}+{files_digest(sources, package)}"


@cache
def commit() -> str | None:
    """Return the git commit of the project, None when it is not a checkout or git is not there."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=PROJECT_ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


@cache
def library_versions() -> dict[str, str]:
    """Return name → version of Python and of the libraries that matter; «нет» for one that is missing."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "нет"
    return {"python": platform.python_version(), **found}


def ingredients(workspace: Workspace, snapshot: Snapshot, direction: Direction) -> dict[str, str]:
    """Return what all reports of a direction are made from: ingredient → version or digest.

    Ingredients are named ``data:TABLE``, ``files:LAYOUT``, ``norms:FILE``, ``code``, ``library:NAME``; each report adds
    its ``notebook`` (:func:`files_digest`) and its ``parameters`` (:func:`parameters_ingredient`). Two reports with the
    same ingredients are the same, on whatever machine and in whatever folder.

    Parameters
    ----------
    snapshot : Snapshot
        The pinned data; of them only the tables the direction reads count (``Direction.reads``), so that protocols of
        an olympiad do not make reports on ВПР build again.

    Raises
    ------
    SettingsError
        If a parameter file is missing.
    """
    return {
        **of_data(workspace, snapshot, direction),
        **of_norms(workspace, direction),
        "code": code_version(),
        **{f"library:{name}": found for name, found in library_versions().items()},
    }


def parameters_ingredient(parameters: Mapping[str, object]) -> str:
    """Return checked parameters of a notebook as an ingredient; those that say where things lie do not count."""
    said = {name: value for name, value in sorted(parameters.items()) if name not in _PLACES}
    return json.dumps(said, ensure_ascii=False, default=str)


def fingerprint_of(made_from: Mapping[str, str]) -> dict[str, str]:
    """Return the fingerprint a report prints: its ingredients in few words, and ``short`` over all of them."""
    parts = {
        "data": _digest_of_kind(made_from, "data:", "files:"),
        "code": made_from["code"],
        "notebook": made_from["notebook"],
        "parameters": made_from["parameters"],
        "norms": _digest_of_kind(made_from, "norms:"),
        "libraries": _digest_of_kind(made_from, "library:"),
    }
    return {"short": short_digest(parts), **parts}


def _digest_of_kind(made_from: Mapping[str, str], *kinds: str) -> str:
    return short_digest({name: value for name, value in made_from.items() if name.startswith(kinds)})


def of_data(workspace: Workspace, snapshot: Snapshot, direction: Direction) -> dict[str, str]:
    """Return a digest of each table the direction reads and, if it tells of files, of each kind of files."""
    if direction.reads is None:
        return {"data:*": snapshot.version}
    tables = [name for name in direction.reads if name not in FOLLOWERS]
    found = {f"data:{name}": snapshot.version_of([name]) for name in tables}
    if len(tables) < len(direction.reads):
        of_results = {*tables} - REGISTERS
        layouts = [layout.name for layout in all_layouts(workspace) if layout.tables & of_results]
        found |= {f"files:{name}": snapshot.version_of([], [name]) for name in layouts}
    return found


def of_norms(workspace: Workspace, direction: Direction) -> dict[str, str]:
    """Return a digest of each parameter file the direction rests on.

    Raises
    ------
    SettingsError
        If one of them is missing.
    """
    folder = workspace.parameters
    files = [path for name in direction.norms for path in _parameter_files(folder, name)]
    return {f"norms:{path.relative_to(folder).as_posix()}": files_digest([path], folder) for path in files}


def _parameter_files(folder: Path, name: str) -> list[Path]:
    """Return the file called `name`, or all files of the folder called so; hidden files are the system's, not ours."""
    path = folder / name
    if path.is_file():
        return [path]
    hidden = (".", "~")
    found = [item for item in path.rglob("*") if item.is_file() and not item.name.startswith(hidden)]
    if not found:
        raise SettingsError(f"Нет файла параметров parameters/{name}: верните его из исходной поставки.")
    return sorted(found)
