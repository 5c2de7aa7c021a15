"""Has the code changed since a warm process imported it? Kernels must never run what is no longer in the files."""

from __future__ import annotations

import hashlib
import os
import site
import sysconfig
from pathlib import Path

import oko_lib


def fingerprint(package: Path | None = None) -> str:
    """Return a digest of names, sizes and times of the package's files and of what is installed beside it.

    A few milliseconds: nothing is read. Installing, upgrading or removing a library changes the folder it lies in.
    """
    digest = hashlib.sha256()
    package = package or Path(oko_lib.__file__).parent
    for folder, inner, files in os.walk(package):
        inner[:] = sorted(name for name in inner if name != "__pycache__")
        for name in sorted(files):
            path = os.path.join(folder, name)
            try:
                state = os.stat(path)
            except OSError:
                # An editor is just replacing it; the next look sees the result.
                digest.update(f"{path} gone\n".encode(errors="surrogateescape"))
                continue
            digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode(errors="surrogateescape"))
    for folder in _library_folders():
        try:
            digest.update(f"{folder} {os.stat(folder).st_mtime_ns}\n".encode(errors="surrogateescape"))
        except OSError:
            continue
    return digest.hexdigest()


def _library_folders() -> list[str]:
    paths = sysconfig.get_paths()
    folders = {paths["purelib"], paths["platlib"]}
    if site.ENABLE_USER_SITE:
        folders.add(site.getusersitepackages())
    return sorted(folders)
