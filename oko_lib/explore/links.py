"""Addresses under which the browser that shows a notebook can open a file of the working place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote

import psutil


def browser_address(path: Path) -> str | None:
    """Return the address of `path` on the Jupyter server that shows it, or None if no running one does.

    The server of this kernel is preferred; any other whose folder holds the file serves as well.
    """
    return _address(path, "files")


def lab_address(path: Path) -> str | None:
    """Return the address under which JupyterLab opens a notebook or a folder; as :func:`browser_address`."""
    return _address(path, "lab/tree")


def _address(path: Path, view: str) -> str | None:
    own = os.environ.get("JPY_PARENT_PID", "")
    found = [server for server in _servers() if _below(path, server)]
    found.sort(key=lambda server: str(server.get("pid")) != own)
    if not found:
        return None
    relative = path.resolve().relative_to(Path(found[0]["root_dir"]).resolve()).as_posix()
    return f"{found[0].get('base_url') or '/'}{view}/{quote(relative)}"


def _servers() -> list[dict]:
    """Return what running servers have written of themselves; read here, because their own library loads slowly."""
    from jupyter_core.paths import jupyter_runtime_dir

    found = []
    for file in sorted(Path(jupyter_runtime_dir()).glob("jpserver-*.json")):
        try:
            server = json.loads(file.read_text(encoding="utf-8"))
            if psutil.pid_exists(int(server["pid"])):
                found.append(server)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _below(path: Path, server: dict) -> bool:
    root = server.get("root_dir")
    return bool(root) and path.resolve().is_relative_to(Path(root).resolve())
