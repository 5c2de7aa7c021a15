"""The start page as it was last seen: shown at once, while the data are looked at anew."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from oko_lib.explore.start_page import StartContent
from oko_lib.settings.workspace import Workspace

_NAME = ".start-page.json"
_CONTENT = TypeAdapter(StartContent)


def _file(workspace: Workspace) -> Path:
    return workspace.outputs / _NAME


def kept(workspace: Workspace) -> StartContent | None:
    """Return the page as it was last seen; None if nobody has, or another version of the program."""
    if not workspace.store.is_dir():
        # Data that are gone are not told of.
        return None
    try:
        return _CONTENT.validate_json(_file(workspace).read_bytes())
    except (OSError, ValidationError):
        return None


def keep(workspace: Workspace, content: StartContent) -> None:
    """Remember the page; a working place nobody may write to does without."""
    file = _file(workspace)
    unfinished = file.with_name(f"{_NAME}.{os.getpid()}")
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(_CONTENT.dump_json(content))
        os.replace(unfinished, file)
