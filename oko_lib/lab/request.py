"""A kernel as Jupyter asks for it, and whether a process imported in advance can become that kernel."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_LAUNCHER = "ipykernel_launcher"

#: Read when the interpreter starts or a library is imported: in a process already started they would have no effect.
_EARLY_PREFIXES = ("PYTHON", "LD_", "DYLD_", "LC_", "MPLCONFIG", "MATPLOTLIB", "OMP_", "OPENBLAS_", "MKL_", "ARROW_")
_EARLY_NAMES = frozenset({"LANG", "HOME", "USERPROFILE", "NUMEXPR_NUM_THREADS", "PYDEVD_USE_FRAME_EVAL"})
#: The interpreter's own business with itself on macOS; Jupyter removes it from what kernels get.
_NOT_EARLY = frozenset({"PYTHONEXECUTABLE"})


@dataclass(frozen=True)
class KernelRequest:
    """What to become.

    Parameters
    ----------
    arguments : list of str
        Command line of the kernel after the launcher's name.
    environment : dict
        The whole environment of the kernel.
    folder : str
        Where it works.
    """

    arguments: list[str]
    environment: dict[str, str]
    folder: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> KernelRequest:
        return cls(content["arguments"], content["environment"], content["folder"])

    @classmethod
    def of(cls, command: list[str], options: dict[str, Any]) -> KernelRequest | None:
        """Return the request behind a kernel's command and the options of its start; None if it is no usual kernel.

        Parameters
        ----------
        command : list of str
            As the kernel specification gives it.
        options : dict
            As for ``subprocess.Popen``; other than environment and folder only the notions of Jupyter are understood.
        """
        unusual = {
            name for name, value in options.items() if value and name not in ("env", "cwd", "kernel_id", "kernel_name")
        }
        if unusual or _LAUNCHER not in command or command[command.index(_LAUNCHER) - 1] != "-m":
            return None
        environment = dict(options.get("env") or os.environ)
        folder = os.path.abspath(os.path.expanduser(options.get("cwd") or os.getcwd()))
        # Matplotlib reads it in the folder where it is first imported.
        if not Path(folder).is_dir() or Path(folder, "matplotlibrc").exists():
            return None
        return cls(command[command.index(_LAUNCHER) + 1 :], environment, folder)


def early_variables(environment: dict[str, str]) -> dict[str, str]:
    """Return those variables that a running process cannot be given any more."""
    return {
        name: value
        for name, value in environment.items()
        if (name.startswith(_EARLY_PREFIXES) or name in _EARLY_NAMES) and name not in _NOT_EARLY
    }
