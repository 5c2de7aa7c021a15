"""Exporters: an executed notebook → PDF, offline HTML, DOCX, XLSX.

Nothing heavy is imported here, and the Typst compiler starts only inside :func:`export`: its threads do not survive a
fork, so a process that forks workers must leave exporting to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .atomic import write_atomically
from .meta import ReportMeta

if TYPE_CHECKING:
    from .nbconvert_exporters import OkoHtmlExporter, OkoPdfExporter

__all__ = ["FORMATS", "OkoHtmlExporter", "OkoPdfExporter", "ReportMeta", "export", "warm_up"]

FORMATS = ("pdf", "html", "docx", "xlsx")


def export(
    nb: Mapping[str, Any] | Path | str,
    out_dir: Path,
    stem: str,
    formats: Iterable[str] = FORMATS,
    meta: ReportMeta | None = None,
) -> dict[str, Path]:
    """Write a report in the wanted formats; each file appears whole or not at all.

    Parameters
    ----------
    nb : notebook node, or path of an .ipynb file
        An executed notebook.
    out_dir : Path
        Made if missing.
    stem : str
        File name without its ending.
    formats : iterable of {"pdf", "html", "docx", "xlsx"}
    meta : ReportMeta, optional
        By default what the notebook keeps in its metadata under ``oko``.

    Returns
    -------
    dict of Path
        Format → file written, in the order asked for.

    Raises
    ------
    ValueError
        An unknown format; nothing is written then.
    PdfError
        The PDF cannot be made at all (a damaged installation); foreign content never causes it.
    """
    wanted = list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise ValueError(f"неизвестный формат: {', '.join(unknown)}; можно: {', '.join(FORMATS)}")
    node, folder = _read(nb)
    meta = meta or ReportMeta.from_notebook(node, default_title=stem)
    return {name: _write(name, node, Path(out_dir) / f"{stem}.{name}", meta, folder) for name in wanted}


def _read(nb: Mapping[str, Any] | Path | str) -> tuple[Mapping[str, Any], Path | None]:
    if isinstance(nb, Mapping):
        return nb, None
    import nbformat

    return nbformat.read(nb, as_version=4), Path(nb).parent


def _write(name: str, node: Mapping[str, Any], path: Path, meta: ReportMeta, folder: Path | None) -> Path:
    if name == "pdf":
        from .pdf import pdf_bytes

        data = pdf_bytes(node, meta, folder)
        return write_atomically(path, lambda part: part.write_bytes(data))
    if name == "html":
        from .html import html_text

        text = html_text(node, meta, folder)
        return write_atomically(path, lambda part: part.write_bytes(text.encode("utf-8", "replace")))
    if name == "docx":
        from oko_lib.report.docx import write_docx

        return write_atomically(path, lambda part: write_docx(node, part, meta))
    from oko_lib.report.xlsx import write_xlsx

    return write_atomically(path, lambda part: write_xlsx(node, part, meta))


def warm_up(nb: Mapping[str, Any] | None = None) -> None:
    """Do once what every export needs, safely before a fork: imports, font tables, the notebook's fixed Markdown.

    Starts no compiler. ``nb`` may be the notebook before execution: its prose is the same for all municipalities.
    """
    from . import compile as _compile
    from . import html, markdown, pdf  # noqa: F401
    from .font_metrics import text_width
    from .pieces import pieces

    text_width("а")
    text_width("а", bold=True)
    _compile.load_fonts()
    if nb is not None:
        texts = [piece.text for piece in pieces(nb) if piece.kind == "markdown"]
        markdown.convert(texts, "typst")
        markdown.convert(texts, "html")


def __getattr__(name: str) -> Any:
    # nbconvert costs half a second to import; only the command line of Jupyter asks for these.
    if name in ("OkoPdfExporter", "OkoHtmlExporter"):
        from . import nbconvert_exporters

        return getattr(nbconvert_exporters, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
