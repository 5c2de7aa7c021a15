"""The report as a Word document: real headings, lists, tables, pictures with alt texts, equations and page fields."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.section import WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Emu, Mm, Pt
from lxml import etree

from oko_lib.report import docx_parts as parts
from oko_lib.report import palette
from oko_lib.report.docx_html import HtmlWriter, formulas_in
from oko_lib.report.docx_tables import write_table
from oko_lib.report.exporters.markdown import MarkdownError, convert
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.exporters.pieces import ERROR_TEXT, WIDGET_TEXT, Piece, pieces
from oko_lib.report.formulas import word_equations
from oko_lib.report.rasters import svg_to_png
from oko_lib.report.style import MM, SANS, TEXT_WIDTH_MM

_PICTURES = ("image/png", "image/jpeg", "image/gif")


def write_docx(nb: Mapping[str, Any] | Path | str, path: Path, meta: ReportMeta) -> Path:
    """Write the Word document of an executed notebook.

    Parameters
    ----------
    nb : notebook node or path of an .ipynb file
        Markdown cells and outputs are taken, code and hidden cells are not.
    path : Path
        File to write.
    meta : ReportMeta
        Running header, mark, fingerprint, properties.

    Returns
    -------
    Path
        `path`. What cannot be shown in Word (an interactive element, a broken picture) leaves a sentence in its place.
    """
    _Report(read_notebook(nb), meta).save(Path(path))
    return Path(path)


def read_notebook(nb: Mapping[str, Any] | Path | str) -> Mapping[str, Any]:
    """Return a notebook node, read from a file when a path is given."""
    if isinstance(nb, Mapping):
        return nb
    import nbformat

    return nbformat.read(nb, as_version=4)


class _Report:
    """One document being written, piece by piece."""

    def __init__(self, nb: Mapping[str, Any], meta: ReportMeta) -> None:
        self.meta = meta
        self.pieces = list(pieces(nb))
        self.document = Document()
        parts.set_up(self.document, meta.lang)
        self._section(self.document.sections[0], wide=False)
        self._properties()
        self.html = self._html_of_markdown()
        formulas = [tex for text in self.html.values() for tex in formulas_in(text)]
        self.writer = HtmlWriter(self.document, word_equations(formulas), self._picture)
        self.wide = False
        self._attachments: Mapping[str, Mapping[str, str]] = {}

    def save(self, path: Path) -> None:
        for piece in self.pieces:
            self._write(piece)
        if self.meta.fingerprint:
            self._fingerprint()
        parts.save(self.document, path)

    # --- page ------------------------------------------------------------------------------------------------------

    def _section(self, section, wide: bool) -> None:
        parts.set_page(section, wide)
        footer = " · ".join(part for part in (self.meta.mode_mark, self.meta.fingerprint_short) if part)
        parts.furnish(section, self.meta.running_header, footer)

    def _turn(self, wide: bool) -> None:
        if wide != self.wide:
            self.wide = wide
            self._section(self.document.add_section(WD_SECTION.NEW_PAGE), wide)

    def _properties(self) -> None:
        properties = self.document.core_properties
        properties.title, properties.author, properties.language = self.meta.title, self.meta.author, self.meta.lang
        properties.subject = self.meta.running_header
        properties.comments = self.meta.mode_mark
        built = self.meta.built_on
        properties.created = properties.modified = datetime(built.year, built.month, built.day, tzinfo=UTC)
        properties.last_modified_by = self.meta.author
        properties.revision = 1

    # --- pieces ----------------------------------------------------------------------------------------------------

    def _html_of_markdown(self) -> dict[str, str]:
        texts = [self._markdown(piece) for piece in self.pieces]
        wanted = [text for text in texts if text]
        try:
            return dict(zip(wanted, convert(wanted, "html"), strict=True))
        except MarkdownError:
            return {text: f"<pre>{_escaped(text)}</pre>" for text in wanted}

    @staticmethod
    def _markdown(piece: Piece) -> str:
        if piece.kind == "markdown":
            return piece.text
        if piece.kind == "output" and not piece.semantic:
            return piece.mime_text("text/markdown") or (
                piece.mime_text("text/latex") if "text/html" not in piece.data else ""
            )
        return ""

    def _write(self, piece: Piece) -> None:
        described = piece.semantic
        kind = described.get("kind") if described else None
        own = {
            "table": self._table,
            "figure": self._figure,
            "findings": self._findings,
            "title": self._title,
            "note": self._note,
        }.get(kind)
        self._turn(bool(described.get("wide")) if kind == "table" else False)
        if own:
            own(described, piece)
        elif self._markdown(piece):
            self._attachments = piece.attachments
            self.writer.write(self.html[self._markdown(piece)])
        elif piece.kind == "error":
            self._plain(f"{ERROR_TEXT}\n{piece.text}")
        elif piece.kind == "stream":
            self._plain(piece.text)
        else:
            self._foreign(piece)

    def _foreign(self, piece: Piece) -> None:
        if piece.is_widget:
            self._plain(WIDGET_TEXT)
            return
        if "text/html" in piece.data and self.writer.write(piece.mime_text("text/html")):
            return
        if "image/svg+xml" in piece.data and self._add_picture(svg_to_png(piece.mime_text("image/svg+xml")), "Рисунок"):
            return
        for mime in _PICTURES:
            if mime in piece.data and self._add_picture(_decoded(piece.mime_text(mime)), "Рисунок"):
                return
        self._plain(piece.mime_text("text/plain"))

    def _plain(self, text: str) -> None:
        for line in text.strip("\n").split("\n"):
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            parts.write(paragraph, line, font="PT Mono", size=8.5)

    # --- our own objects -------------------------------------------------------------------------------------------

    def _table(self, described: Mapping[str, Any], piece: Piece) -> None:
        write_table(self.document, described)

    def _figure(self, described: Mapping[str, Any], piece: Piece) -> None:
        alt = str(described.get("alt") or described.get("caption") or "Рисунок")
        if not self._add_picture(svg_to_png(piece.mime_text("image/svg+xml")), alt, keep=True):
            self._plain(f"Рисунок не удалось перенести в Word: {alt}")
        head = f"Рисунок {described['number']} — " if described.get("number") is not None else ""
        caption = self.document.add_paragraph(style="Caption")
        parts.write(caption, head, bold=True, ink=palette.ACCENT)
        parts.write(caption, described.get("caption", ""))

    def _findings(self, described: Mapping[str, Any], piece: Piece) -> None:
        heading = self.document.add_paragraph(style="Heading 2")
        parts.write(heading, described.get("title", ""))
        heading.paragraph_format.space_after = Pt(0)
        parts.boxed(heading, palette.ACCENT_TINT, palette.ACCENT)
        for item in described.get("items", []):
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            parts.write(paragraph, f"• {item}")
            parts.boxed(paragraph, palette.ACCENT_TINT, palette.ACCENT)
        self._gap()

    def _title(self, described: Mapping[str, Any], piece: Piece) -> None:
        add = self.document.add_paragraph
        if described.get("mark"):
            mark = add()
            mark.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            parts.write(mark, described["mark"], size=8.5, ink=palette.MUTED, font=SANS)
        head = " · ".join(str(described[key]) for key in ("direction", "year") if described.get(key))
        parts.write(add(), head, size=9.5, ink=palette.MUTED, font=SANS)
        parts.write(add(style="Title"), described.get("title", ""))
        parts.write(add(), described.get("municipality", ""), bold=True, size=12.5, font=SANS)
        if described.get("subtitle"):
            parts.write(add(), described["subtitle"], ink=palette.MUTED, font=SANS)
        for key, value in described.get("facts", []):
            line = add()
            line.paragraph_format.space_after = Pt(0)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(32))
            line.paragraph_format.left_indent, line.paragraph_format.first_line_indent = Mm(32), -Mm(32)
            parts.write(line, f"{key}\t", size=9, ink=palette.MUTED, font=SANS)
            parts.write(line, value, size=9, font=SANS)
        self._gap()

    def _note(self, described: Mapping[str, Any], piece: Piece) -> None:
        paragraph = self.document.add_paragraph()
        title, body = described.get("title"), described.get("body") or described.get("text", "")
        if title:
            parts.write(paragraph, f"{str(title).rstrip('.')}. ", bold=True)
        parts.write(paragraph, body)
        lines = [paragraph]
        if described.get("source"):
            lines.append(self.document.add_paragraph())
            parts.write(lines[-1], f"Основание: {described['source']}.", size=8.5, ink=palette.MUTED)
        for line in lines:
            line.paragraph_format.space_after = Pt(2)
            parts.boxed(line, None, palette.GREY)
        self._gap()

    def _gap(self) -> None:
        # Word joins neighbouring boxed paragraphs; an empty one keeps two boxes apart.
        self.document.add_paragraph().paragraph_format.space_after = Pt(0)

    def _fingerprint(self) -> None:
        self._turn(False)
        self.document.add_paragraph("Отпечаток", style="Heading 2")
        for key, value in self.meta.fingerprint.items():
            line = self.document.add_paragraph()
            line.paragraph_format.space_after = Pt(0)
            parts.write(line, f"{key}: ", size=8.5, ink=palette.MUTED, font=SANS)
            parts.write(line, value, size=8.5, font="PT Mono")

    # --- pictures --------------------------------------------------------------------------------------------------

    def _picture(self, source: str, alt: str) -> None:
        """A picture inside Markdown or foreign HTML: attached to the cell or written into the address."""
        data = None
        if source.startswith("attachment:"):
            files = self._attachments.get(source.removeprefix("attachment:"), {})
            data = next((_decoded(content) for mime, content in files.items() if mime in _PICTURES), None)
        elif source.startswith("data:image/") and ";base64," in source:
            data = _decoded(source.split(";base64,", 1)[1])
        if not self._add_picture(data, alt or "Рисунок"):
            self._plain(f"Рисунок: {alt or 'без подписи'}")

    def _add_picture(self, data: bytes | None, alt: str, keep: bool = False) -> bool:
        if not data:
            return False
        paragraph = self.document.add_paragraph()
        try:
            picture = paragraph.add_run().add_picture(BytesIO(data))
        except Exception:  # python-docx knows no common error for broken and unknown pictures
            paragraph._p.getparent().remove(paragraph._p)
            return False
        widest = Emu(round(TEXT_WIDTH_MM * MM * 12700))
        if picture.width > widest:
            picture.height = Emu(round(picture.height * widest / picture.width))
            picture.width = widest
        tallest = Mm(235)
        if picture.height > tallest:
            picture.width = Emu(round(picture.width * tallest / picture.height))
            picture.height = tallest
        picture._inline.docPr.set("descr", parts.clean(alt))
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.keep_with_next = keep
        return True


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _escaped(text: str) -> str:
    holder = etree.Element("x")
    holder.text = parts.clean(text)
    return etree.tostring(holder, encoding="unicode")[3:-4]
