"""Executed notebooks as files: whole in one go, in compact JSON.

A notebook of a report holds every number of its tables. The indented JSON of nbformat is written by the slow encoder of
the standard library, after a deep copy: a tenth of a report's time, twice per report. Nobody compares these files line
by line; what reads notebooks reads both forms.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


def write_notebook(notebook: NotebookNode, path: str | Path) -> None:
    """Write `notebook` to `path`.

    Raises
    ------
    nbformat.ValidationError
        It is not a notebook of format 4.
    """
    import nbformat

    nbformat.validate(notebook)
    text = json.dumps(notebook, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


@contextlib.contextmanager
def papermill_writes_compactly() -> Iterator[None]:
    """Let papermill write what it has executed by :func:`write_notebook` while the block runs."""
    import papermill.execute

    own = papermill.execute.write_ipynb
    papermill.execute.write_ipynb = write_notebook
    try:
        yield
    finally:
        papermill.execute.write_ipynb = own
