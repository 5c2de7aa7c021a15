"""Where things lie: the folders of one working place."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

#: The project the package was installed from (editable install): its parameters and notebooks are the fallback.
PROJECT_ROOT = Path(__file__).resolve().parents[2]

#: Top folder of the working place for notebooks opened by ``oko lab``.
ROOT_VARIABLE = "OKO_ROOT"


@dataclass(frozen=True)
class Workspace:
    """Folders of a working place.

    Data and outputs always lie under `root`; parameters and notebooks are taken from `root` when it has them and
    from the project otherwise, so that an empty folder can serve as a working place.

    Parameters
    ----------
    root : Path
        Top folder.
    """

    root: Path

    @classmethod
    def at(cls, root: str | Path | None = None) -> Workspace:
        """Return the working place at `root`; by default the one ``oko lab`` was opened for, else the project's own."""
        chosen = root if root is not None else os.environ.get(ROOT_VARIABLE) or PROJECT_ROOT
        return cls(Path(chosen).resolve())

    def _own_or_project(self, name: str) -> Path:
        own = self.root / name
        return own if own.is_dir() else PROJECT_ROOT / name

    @property
    def parameters(self) -> Path:
        return self._own_or_project("parameters")

    @property
    def notebooks(self) -> Path:
        return self._own_or_project("notebooks")

    def make_own_notebooks(self) -> bool:
        """Copy the project's notebooks into a working place that has none; tells whether that was needed.

        Notebooks of its own can be changed without changing the project, and JupyterLab can show the place as a whole.
        """
        own = self.root / "notebooks"
        if own.is_dir():
            return False
        shutil.copytree(PROJECT_ROOT / "notebooks", own, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        return True

    @property
    def raw(self) -> Path:
        return self.root / "data" / "raw"

    @property
    def store(self) -> Path:
        return self.root / "data" / "store"

    @property
    def returns(self) -> Path:
        """Workbooks to send back to those whose rows were quarantined."""
        return self.root / "data" / "returns"

    @property
    def pupil_secret(self) -> Path:
        """The secret with which keys of pupils are made; see :mod:`oko_lib.settings.secret`."""
        return self.root / "data" / "secret" / "pupil_key"

    @property
    def demo_truth(self) -> Path:
        """Planted truths of the demo region."""
        return self.root / "data" / "demo_truth.json"

    @property
    def outputs(self) -> Path:
        return self.root / "outputs"
