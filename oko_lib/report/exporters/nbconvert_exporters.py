"""``jupyter nbconvert --to oko-pdf`` and ``--to oko-html``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from traitlets import default

from .meta import ReportMeta


class _OkoExporter(Exporter):
    """Common part: what the notebook says about itself, and where its pictures lie."""

    def _prepared(self, nb: Any, resources: Any, kw: dict[str, Any]) -> tuple[Any, Any, ReportMeta, Path | None]:
        node, resources = super().from_notebook_node(nb, resources, **kw)
        known = resources.get("metadata", {})
        meta = ReportMeta.from_notebook(node, default_title=str(known.get("name", "")))
        return node, resources, meta, Path(known["path"]) if known.get("path") else None


class OkoPdfExporter(_OkoExporter):
    """Report as PDF."""

    export_from_notebook = "PDF (отчёт ОКО)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _default_file_extension(self) -> str:
        return ".pdf"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[bytes, Any]:
        """Return the PDF's bytes and nbconvert's resources."""
        from .pdf import pdf_bytes

        node, resources, meta, folder = self._prepared(nb, resources, kw)
        return pdf_bytes(node, meta, folder), resources


class OkoHtmlExporter(_OkoExporter):
    """Report as one offline HTML file."""

    export_from_notebook = "HTML (отчёт ОКО, без сети)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _default_file_extension(self) -> str:
        return ".html"

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[str, Any]:
        """Return the page's text and nbconvert's resources."""
        from .html import html_text

        node, resources, meta, folder = self._prepared(nb, resources, kw)
        return html_text(node, meta, folder), resources
