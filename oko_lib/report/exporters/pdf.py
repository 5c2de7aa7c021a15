"""Notebook → PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .blocks import build
from .compile import compile_pdf
from .images import Assets
from .meta import ReportMeta
from .pieces import pieces


def pdf_bytes(nb: Mapping[str, Any], meta: ReportMeta, folder: Path | None = None) -> bytes:
    """Return the report as PDF.

    Parameters
    ----------
    nb : notebook node
        An executed notebook (nbformat 4).
    meta : ReportMeta
    folder : Path, optional
        Where relative image addresses start.

    Notes
    -----
    Starts the Typst compiler, whose threads do not survive a fork: never call it in a process that forks afterwards.
    """
    assets = Assets()
    return compile_pdf(build(pieces(nb), assets, folder), assets, meta)
