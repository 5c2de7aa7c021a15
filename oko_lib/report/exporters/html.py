"""Notebook → one HTML file that needs nothing else: no network, no scripts, fonts and pictures inside."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

import lxml.html

from . import images, markdown
from .blocks import CONTENTS_TAG, markdown_of
from .clean_html import Cleaner, data_address
from .clean_svg import placeholder_html
from .meta import ReportMeta
from .pieces import ERROR_TEXT, TYPST_MIME, WIDGET_TEXT, Piece, pieces
from .table_grid import read_grid

_HERE = Path(__file__).parent
_FACES = (
    ("PT Sans", "normal", 400, "PTS55F"),
    ("PT Sans", "normal", 700, "PTS75F"),
    ("PT Serif", "normal", 400, "PTF55F"),
    ("PT Serif", "italic", 400, "PTF56F"),
    ("PT Serif", "normal", 700, "PTF75F"),
)
_CONTENTS_FROM = 4  # headings
_PICTURES = ("image/svg+xml", "image/png", "image/jpeg")


def html_text(nb: Mapping[str, Any], meta: ReportMeta, folder: Path | None = None) -> str:
    """Return the report as one offline HTML page; parameters as for ``pdf_bytes``."""
    page = _Page(list(pieces(nb)), folder)
    body = page.body()
    shown = f"отпечаток {meta.fingerprint_short}" if meta.fingerprint_short else ""
    details = "; ".join(f"{name}: {value}" for name, value in meta.fingerprint.items())
    if not page.has_title and "<h1" not in body[:200]:
        body = f"<h1>{escape(meta.title)}</h1>\n{body}"
    fields = {
        "lang": meta.lang,
        "title": " · ".join(part for part in (meta.title, meta.running_header) if part),
        "author": meta.author,
        "description": details,
        "running": meta.running_header,
        "mark": meta.mode_mark,
        "fingerprint": shown,
    }
    made = {name: escape(value) for name, value in fields.items()}
    made |= {"body": body, "foreign_styles": "\n".join(page.cleaner.styles)}
    made |= {"fonts": _font_faces(), "style": _asset("page.css")}
    return Template(_asset("page.html")).substitute(made)


class _Page:
    def __init__(self, listed: list[Piece], folder: Path | None) -> None:
        self.cleaner = Cleaner()
        self.has_title = any(piece.semantic.get("kind") == "title" for piece in listed)
        self._pieces = listed
        self._folder = folder
        self._headings: list[tuple[int, str, str]] = []
        self._converted = _html_of_markdown([text for piece in listed if (text := _markdown_of_page(piece))])

    def body(self) -> str:
        """The pieces one after another, the contents before the first section."""
        parts: list[str] = []
        place = None
        for piece in self._pieces:
            known = len(self._headings)
            made = self._piece(piece)
            if made and place is None and (CONTENTS_TAG in piece.tags or len(self._headings) > known) and parts:
                place = len(parts)
            parts += [made] if made else []
        contents = self._contents()
        if contents:
            parts.insert(place or 0, contents)
        return "\n".join(parts)

    def _contents(self) -> str:
        if len(self._headings) < _CONTENTS_FROM:
            return ""
        items = "".join(
            f'<li class="level-{level}"><a href="#{escape(anchor)}">{escape(text)}</a></li>'
            for level, anchor, text in self._headings
        )
        listed = f"<details open><summary>Содержание</summary><ul>{items}</ul></details>"
        return f'<nav class="oko-contents" aria-label="Содержание">{listed}</nav>'

    def _piece(self, piece: Piece) -> str:
        if piece.kind == "markdown":
            return self._markdown(piece.text, piece.attachments)
        if piece.kind == "stream":
            return f"<pre>{escape(piece.text.strip(chr(10)))}</pre>"
        if piece.kind == "error":
            return f'<div class="oko-frame"><p>{escape(ERROR_TEXT)}</p><pre>{escape(piece.text)}</pre></div>'
        return self._output(piece)

    def _output(self, piece: Piece) -> str:
        if piece.semantic and "text/html" in piece.data:
            return self._fragment(piece.mime_text("text/html"), {})
        if piece.is_widget and not any(mime in piece.data for mime in _PICTURES):
            return placeholder_html(WIDGET_TEXT)
        for mime in _PICTURES:
            if mime in piece.data and (made := self._picture(piece, mime)):
                return made
        if "text/html" in piece.data:
            made = self._fragment(piece.mime_text("text/html"), {})
            return made or placeholder_html(WIDGET_TEXT)
        if source := _markdown_of_page(piece):
            return self._markdown(source, {})
        text = piece.mime_text("text/plain").strip("\n")
        return f"<pre>{escape(text)}</pre>" if text.strip() else ""

    def _picture(self, piece: Piece, mime: str) -> str:
        meta = piece.metadata.get(mime)
        meta = meta if isinstance(meta, Mapping) else {}
        alt = str(meta.get("alt") or piece.metadata.get("alt") or piece.semantic.get("alt") or images.DEFAULT_ALT)
        if mime == "image/svg+xml":
            svg = self.cleaner.figure(piece.mime_text(mime), alt)
            return f"<figure>{svg}</figure>" if svg else ""
        picture = images.read_raster(images.decode(piece.data[mime]), meta)
        if picture is None:
            return ""
        width = round(picture.width / 0.75)
        return f'<figure><img src="{data_address(picture)}" alt="{escape(alt)}" width="{width}"></figure>'

    def _markdown(self, text: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
        return self._fragment(self._converted.get(text, ""), attachments, headings=True)

    def _fragment(self, html: str, attachments: Mapping[str, Mapping[str, str]], headings: bool = False) -> str:
        root = self.cleaner.clean(html, lambda src: images.find(src, attachments, self._folder))
        if root is None:
            return ""
        if headings:
            self._note_headings(root)
        for table in root.xpath(".//table[not(ancestor::*[contains(@class, 'oko-tbl')])][not(ancestor::table)]"):
            _align_numbers(table)
            _scrolling(table)
        made = self.cleaner.finish(root).strip()
        # Bare wrappers without text or picture are what is left of an interactive output.
        has_content = root.text_content().strip() or any(True for _ in root.iter("img", "hr")) or "<svg" in made
        return made if has_content else ""

    def _note_headings(self, root: lxml.html.HtmlElement) -> None:
        for node in root.iter("h1", "h2", "h3"):
            text = " ".join(node.text_content().split())
            if not text:
                continue
            anchor = node.get("id")
            if not anchor:
                anchor = f"razdel-{len(self._headings) + 1}"
                node.set("id", anchor)
            self._headings.append((int(node.tag[1]), anchor, text))


def _markdown_of_page(piece: Piece) -> str:
    """Like for Typst, but a Typst form does not count here."""
    if piece.kind == "output" and TYPST_MIME in piece.data:
        rest = {mime: value for mime, value in piece.data.items() if mime != TYPST_MIME}
        piece = Piece("output", data=rest, metadata=piece.metadata)
    return markdown_of(piece)


def _html_of_markdown(texts: list[str]) -> dict[str, str]:
    try:
        return dict(zip(texts, markdown.convert(texts, "html"), strict=True))
    except markdown.MarkdownError:
        return {text: f"<pre>{escape(text)}</pre>" for text in texts}


def _scrolling(table: lxml.html.HtmlElement) -> None:
    wrapper = table.makeelement("div", {"class": "oko-scroll", "tabindex": "0"})
    table.addprevious(wrapper)
    wrapper.tail, table.tail = table.tail, None
    wrapper.append(table)


def _align_numbers(table: lxml.html.HtmlElement) -> None:
    """Columns of numbers to the right, columns of words to the left: pandas sends all of them right."""
    nodes: list[lxml.html.HtmlElement] = []

    def remember(node: lxml.html.HtmlElement) -> tuple[str, str]:
        nodes.append(node)
        return str(len(nodes) - 1), " ".join(node.text_content().split())

    grid = read_grid(table, {}, remember)
    if grid is None:
        return
    numeric = grid.numeric_columns()
    for cell in grid.cells:
        if cell.markup and cell.columns == 1 and numeric[cell.column]:
            node = nodes[int(cell.markup)]
            node.set("class", f"{node.get('class', '')} oko-num".strip())


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _font_faces() -> str:
    faces = []
    for family, style, weight, name in _FACES:
        data = base64.b64encode((_HERE / "webfonts" / f"{name}.woff").read_bytes()).decode()
        faces.append(
            f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
            f'src: url("data:font/woff;base64,{data}") format("woff"); }}'
        )
    return "\n".join(faces)
