"""From what exactly a report was built: data, code, notebook, parameters, norms."""

from __future__ import annotations

import hashlib
import json
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import oko_lib
from oko_lib.batch.directions import Direction
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.store import Snapshot

#: Libraries whose version may change a figure or the look of a report; kept in the run journal.
LIBRARIES = (
    "papermill",
    "pandas",
    "numpy",
    "scipy",
    "statsmodels",
    "matplotlib",
    "duckdb",
    "deltalake",
    "pyarrow",
    "typst",
    "nbconvert",
    "pypandoc-binary",
    "python-docx",
    "xlsxwriter",
)

#: Parameters that say where the workbench lies, not what the report is about.
_PLACES = frozenset({"workspace_root"})


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
    return f"{oko_lib.__version__}+{files_digest(list(package.rglob('*.py')), package)}"


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


def library_versions() -> dict[str, str]:
    """Return name → version of the libraries that matter; «нет» for one that is missing."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "нет"
    return found


def norms_digest(workspace: Workspace, direction: Direction) -> str:
    """Return a digest of the parameter files `direction` rests on.

    Raises
    ------
    SettingsError
        If one of them is missing.
    """
    folder = workspace.parameters
    return files_digest([path for name in direction.norms for path in _parameter_files(folder, name)], folder)


def _parameter_files(folder: Path, name: str) -> list[Path]:
    """Return the file called `name`, or all files of the folder called so; hidden files are the system's, not ours."""
    path = folder / name
    if path.is_file():
        return [path]
    hidden = (".", "~")
    found = [item for item in path.rglob("*") if item.is_file() and not item.name.startswith(hidden)]
    if not found:
        raise SettingsError(f"Нет файла параметров parameters/{name}: верните его из исходной поставки.")
    return found


def fingerprint(
    workspace: Workspace, snapshot: Snapshot, direction: Direction, notebook: Path, parameters: dict[str, object]
) -> dict[str, str]:
    """Return the fingerprint of one report: part → value, and ``short`` over all of them.

    Two reports with the same ``short`` were built from the same data, code, notebook, parameters and norms, on
    whatever machine and in whatever folder.
    """
    said = {name: value for name, value in sorted(parameters.items()) if name not in _PLACES}
    parts = {
        "data": snapshot.version,
        "code": code_version(),
        "notebook": files_digest([notebook], notebook.parent),
        "parameters": json.dumps(said, ensure_ascii=False),
        "norms": norms_digest(workspace, direction),
    }
    return {"short": short_digest(parts), **parts}
