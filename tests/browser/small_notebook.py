"""Notebooks that tests write themselves."""

from pathlib import Path

import nbformat


def write_notebook(path: Path, *cells: nbformat.NotebookNode) -> None:
    """Write a notebook of `cells`."""
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)
