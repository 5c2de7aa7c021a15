"""Pieces of a notebook → blocks of Typst markup, each able to stand (or fail) alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..typst_escape import breakable, escape, string
from . import images, markdown
from .html_typst import FragmentConverter, missing_image_text
from .pieces import ERROR_TEXT, TYPST_MIME, WIDGET_TEXT, Piece

BROKEN_TEXT = "Этот фрагмент не удалось сверстать; показан его исходный текст."
CONTENTS_TAG = "contents"

_MARK = re.compile("\ue000(image|html):([0-9a-f]*):([0-9a-f]*)\ue001")
_HEADING = re.compile(r"^(=+)(?= )", re.MULTILINE)
_OWN_PAGE = "#page(flipped: true)["
_MATHLESS = re.compile(r"^\s*(\$|\\\(|\\\[|\\begin\{)")


@dataclass(frozen=True)
class Block:
    """Typst markup of one piece.

    ``source`` is what to show in a frame if the compiler refuses the markup; ``landscape`` asks for a turned page;
    ``role`` is the kind of display object («title», «findings», …), empty for anything else.
    """

    markup: str
    source: str
    landscape: bool = False
    role: str = ""
    tags: frozenset[str] = frozenset()

    @property
    def heading_levels(self) -> list[int]:
        """Levels of the headings in the markup, in order."""
        return [len(marks) for marks in _HEADING.findall(self.markup)]

    @property
    def starts_with_heading(self) -> bool:
        """Whether the first thing in the block is a heading."""
        return bool(_HEADING.match(self.markup.lstrip()))

    @property
    def is_heading_only(self) -> bool:
        """Whether there is nothing but headings in the block."""
        lines = [line for line in self.markup.splitlines() if line.strip()]
        return bool(lines) and all(_HEADING.match(line) for line in lines)

    def framed(self) -> Block:
        """The block as its source text in a frame: always accepted by the compiler."""
        return replace(self, markup=f"#oko-frame({string(BROKEN_TEXT)}, oko-mono({string(self.source[:6000])}))")


def build(pieces: Iterable[Piece], assets: images.Assets, folder: Path | None = None) -> list[Block]:
    """Turn pieces into blocks; pictures are collected in ``assets``.

    Parameters
    ----------
    pieces : iterable of Piece
    assets : Assets
        Receives the picture files the markup refers to.
    folder : Path, optional
        Where relative image addresses start: the notebook's folder.
    """
    listed = list(pieces)
    builder = _Builder(assets, folder, _typst_of_markdown([text for p in listed if (text := markdown_of(p))]))
    built = [builder.block(piece) for piece in listed]
    whole = [block for block in built if block is not None and block.markup.strip()]
    return _with_sound_headings([part for block in whole for part in _split_off_last_heading(block)])


def _split_off_last_heading(block: Block) -> list[Block]:
    """Let a heading at the end of a text be a block of its own: it goes with what follows, onto a turned page too."""
    body, _, last = block.markup.rstrip().rpartition("\n\n")
    if not body.strip() or not _HEADING.match(last.lstrip()) or "\n" in last.strip() or block.role:
        return [block]
    return [replace(block, markup=body), replace(block, markup=last, tags=frozenset())]


def _typst_of_markdown(texts: list[str]) -> dict[str, str]:
    """All Markdown of the notebook in one pandoc call; without pandoc the texts print as they were written."""
    try:
        return dict(zip(texts, markdown.convert(texts, "typst"), strict=True))
    except markdown.MarkdownError:
        return {text: _as_written(text) for text in texts}


def _as_written(text: str) -> str:
    return "\n\n".join(f"#par[{escape(breakable(part))}]" for part in re.split(r"\n\s*\n", text) if part.strip())


def markdown_of(piece: Piece) -> str:
    """The Markdown a piece will be printed from; empty if it is printed from something else."""
    if piece.kind == "markdown":
        return piece.text
    if piece.kind != "output" or any(mime in piece.data for mime in _BEFORE_MARKDOWN):
        return ""
    latex = piece.mime_text("text/latex").strip()
    if latex and "text/html" not in piece.data:
        return latex if _MATHLESS.match(latex) else f"$${latex}$$"
    return piece.mime_text("text/markdown") if "text/html" not in piece.data else ""


_BEFORE_MARKDOWN = (TYPST_MIME, "image/svg+xml", "image/png", "image/jpeg")


def _unwrapped(block: Block, wide: bool) -> Block:
    """Take over the turning of the page: neighbouring wide tables then share one, and pages do not nest."""
    body = block.markup.strip()
    if body.startswith(_OWN_PAGE) and body.endswith("]"):
        return replace(block, markup=body[len(_OWN_PAGE) : -1], landscape=True)
    return replace(block, landscape=block.landscape or (wide and "#page(" not in body))


class _Builder:
    def __init__(self, assets: images.Assets, folder: Path | None, converted: Mapping[str, str]) -> None:
        self._assets = assets
        self._folder = folder
        self._converted = converted

    def block(self, piece: Piece) -> Block | None:
        if piece.kind == "markdown":
            return Block(self._markdown(piece.text, piece.attachments), piece.text, tags=piece.tags)
        if piece.kind == "stream":
            return Block(f"#oko-mono({string(piece.text.strip(chr(10)))})", piece.text, tags=piece.tags)
        if piece.kind == "error":
            markup = f"#oko-frame({string(ERROR_TEXT)}, oko-mono({string(piece.text)}))"
            return Block(markup, piece.text, tags=piece.tags)
        return self._output(piece)

    def _output(self, piece: Piece) -> Block | None:
        role = str(piece.semantic.get("kind", ""))
        source = piece.mime_text("text/plain") or piece.mime_text("text/html") or piece.mime_text(TYPST_MIME)
        if role == "figure" and TYPST_MIME not in piece.data:
            figure = self._own_figure(piece)
            if figure:
                return Block(figure, source, role=role, tags=piece.tags)
        ways: list[tuple[str, Callable[[Piece], str | Block]]] = [
            (TYPST_MIME, lambda p: p.mime_text(TYPST_MIME)),
            ("image/svg+xml", self._picture),
            ("image/png", self._picture),
            ("image/jpeg", self._picture),
            ("text/html", self._html),
            ("text/latex", lambda p: self._markdown(markdown_of(p), {})),
            ("text/markdown", lambda p: self._markdown(markdown_of(p), {})),
        ]
        # The plain form of a widget or of an interactive chart is a line of code, and its HTML is a script.
        if piece.is_widget and not any(mime in piece.data for mime in _BEFORE_MARKDOWN):
            return Block(f"#oko-placeholder({string(WIDGET_TEXT)})", source, tags=piece.tags)
        for mime, way in ways:
            if mime in piece.data:
                made = way(piece)
                block = made if isinstance(made, Block) else Block(made, source, role=role, tags=piece.tags)
                if block.markup.strip():
                    return _unwrapped(block, bool(piece.semantic.get("wide")))
        text = piece.mime_text("text/plain").strip("\n")
        if text.strip():
            return Block(f"#oko-mono({string(text)})", text, tags=piece.tags)
        if "text/html" in piece.data:  # nothing was left of it: it lived by its script
            return Block(f"#oko-placeholder({string(WIDGET_TEXT)})", source, tags=piece.tags)
        return None

    def _own_figure(self, piece: Piece) -> str:
        picture = images.read_svg(piece.mime_text("image/svg+xml"))
        if picture is None:
            return ""
        described = piece.semantic
        caption = str(described.get("caption") or "")
        alt = str(described.get("alt") or caption)
        shown = self._assets.markup(picture, alt)
        number = described.get("number")
        title = " — ".join(part for part in (f"Рисунок {number}" if number else "", caption) if part)
        return f"#oko-figure({shown}, caption: {f'[{escape(title)}]' if title else 'none'})"

    def _picture(self, piece: Piece) -> str:
        for mime in ("image/svg+xml", "image/png", "image/jpeg"):
            if mime not in piece.data:
                continue
            meta = _mapping(piece.metadata.get(mime))
            if mime == "image/svg+xml":
                picture = images.read_svg(piece.mime_text(mime))
            else:
                picture = images.read_raster(images.decode(piece.data[mime]), meta)
            if picture:
                alt = str(meta.get("alt") or piece.metadata.get("alt") or images.DEFAULT_ALT)
                return f"#block(above: 8pt, below: 10pt, {self._assets.markup(picture, alt)})"
        return ""

    def _html(self, piece: Piece) -> Block | str:
        made = self._fragment(piece.mime_text("text/html"), {})
        if not made.markup.strip() and piece.mime_text("text/plain").strip():
            return f"#oko-placeholder({string(WIDGET_TEXT)})"
        return Block(made.markup, piece.mime_text("text/plain"), made.landscape, tags=piece.tags)

    def _fragment(self, html: str, attachments: Mapping[str, Mapping[str, str]]) -> Any:
        return FragmentConverter(self._assets, lambda src: images.find(src, attachments, self._folder)).convert(html)

    def _markdown(self, text: str, attachments: Mapping[str, Mapping[str, str]]) -> str:
        def fill(found: re.Match[str]) -> str:
            kind, first, second = found[1], bytes.fromhex(found[2]).decode(), bytes.fromhex(found[3]).decode()
            if kind == "html":
                return str(self._fragment(first, attachments).markup)
            picture = images.find(first, attachments, self._folder)
            if picture is None:
                return f"#emph[{escape(missing_image_text(second, first))}]"
            return f"#box({self._assets.markup(picture, second)})"

        return _MARK.sub(fill, self._converted.get(text, ""))


def _with_sound_headings(blocks: list[Block]) -> list[Block]:
    """Let headings begin at level 1 and never skip one: bookmarks and screen readers follow the levels."""
    levels = [level for block in blocks for level in block.heading_levels]
    shift = min(levels, default=1) - 1
    last = 0

    def sound(found: re.Match[str]) -> str:
        nonlocal last
        last = min(len(found[1]) - shift, last + 1)
        return "=" * last

    return [replace(block, markup=_HEADING.sub(sound, block.markup)) for block in blocks]


def contents_place(blocks: list[Block]) -> int | None:
    """Index of the block the contents stand before; None if the report has no place for them.

    A cell tagged ``contents`` decides. Otherwise: the first section after the main findings, in a notebook without
    findings the second section.
    """
    for number, block in enumerate(blocks):
        if CONTENTS_TAG in block.tags:
            return number
    sections = [n for n, block in enumerate(blocks) if block.starts_with_heading]
    findings = [n for n, block in enumerate(blocks) if block.role == "findings"]
    if not findings:
        return sections[1] if len(sections) > 1 else None
    for at, section in enumerate(sections):
        end = sections[at + 1] if at + 1 < len(sections) else len(blocks)
        if section > findings[0] and not any(section < n < end for n in findings):
            return section
    return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
