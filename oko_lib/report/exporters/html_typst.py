"""A fragment of foreign HTML (a frame, a Styler, a card) as Typst markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import lxml.html
from lxml import etree

from ..typst_escape import breakable, escape, string
from .images import Assets, Picture
from .styles import Sheet, Style, colour
from .table_grid import read_grid
from .table_typst import table_markup

_SKIPPED = frozenset(
    {"script", "style", "head", "title", "template", "noscript", "iframe", "object", "embed", "link", "meta"}
    | {"button", "input", "select", "textarea"}
)
_BLOCKS = frozenset(
    {"p", "div", "section", "article", "header", "footer", "main", "aside", "h1", "h2", "h3", "h4", "h5", "h6", "ul"}
    | {"ol", "dl", "table", "pre", "blockquote", "hr", "details", "summary", "figure", "figcaption", "form", "nav"}
    | {"fieldset", "center", "address"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD = frozenset({"b", "strong", "th"})
_ITALIC = frozenset({"i", "em", "cite", "var", "dfn"})
_MAX_DEPTH = 60
_BREAK = "#linebreak();"  # a backslash would escape whatever bracket comes to stand behind it


@dataclass
class Converted:
    """Typst markup of a fragment; ``landscape`` if a table in it needs the page turned."""

    markup: str
    landscape: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to print."""
        return not self.markup.strip()


@dataclass
class FragmentConverter:
    """Converts fragments; ``find`` gets the address of an image and returns the picture or None."""

    assets: Assets
    find: Callable[[str], Picture | None]
    _styles: dict[etree._Element, Style] = field(default_factory=dict)
    _landscape: bool = False

    def convert(self, html: str) -> Converted:
        """Convert one fragment. Whatever cannot be read as HTML prints as its text."""
        root = parse_fragment(html)
        if root is None:
            return Converted("")
        self._styles = Sheet.of(root).resolve(root)
        self._landscape = False
        blocks = self._blocks(root)
        return Converted("\n\n".join(blocks), self._landscape)

    def _blocks(self, node: etree._Element, depth: int = 0) -> list[str]:
        """Block-level content of ``node``: runs of inline content become paragraphs."""
        blocks: list[str] = []
        run: list[str] = []

        def flush() -> None:
            text = "".join(run).strip(" ")
            run.clear()
            if text.replace(_BREAK, "").strip(" "):
                blocks.append(f"#par[{text}]")

        run.append(_text(node.text))
        for child in node:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and not self._is_hidden(child):
                if depth < _MAX_DEPTH and (child.tag in _BLOCKS or self._holds_block(child)):
                    flush()
                    blocks += self._block(child, depth + 1)
                else:
                    run.append(self._inline(child, depth + 1))
            run.append(_text(child.tail))
        flush()
        return blocks

    def _block(self, node: etree._Element, depth: int) -> list[str]:
        tag = node.tag
        if tag == "table":
            return self._table(node)
        if tag in _HEADINGS or tag == "summary":
            inner = self._inline_content(node, depth)
            return [f"#oko-subhead[{inner}]"] if inner.replace(_BREAK, "").strip(" ") else []
        if tag in ("ul", "ol"):
            items = [f"[{_joined(self._blocks(item, depth))}]" for item in node if item.tag == "li"]
            return [f"#{'list' if tag == 'ul' else 'enum'}({', '.join(items)})"] if items else []
        if tag == "dl":
            return [block for item in node if isinstance(item.tag, str) for block in self._blocks(item, depth)]
        if tag == "pre":
            return [f"#oko-mono({string(''.join(node.itertext()).strip(chr(10)))})"]
        if tag == "blockquote":
            return [f"#quote(block: true)[{_joined(self._blocks(node, depth))}]"]
        if tag == "hr":
            return ["#oko-rule"]
        return self._blocks(node, depth)

    def _table(self, node: etree._Element) -> list[str]:
        def cell(element: etree._Element) -> tuple[str, str]:
            inner = self._inline_content(element, 0)
            # Nested tables and paragraphs in a cell print as its lines of text.
            return inner, breakable(_plain(element))

        grid = read_grid(node, self._styles, cell)
        if grid is None:
            return []
        markup, landscape = table_markup(grid)
        self._landscape = self._landscape or landscape
        return [markup]

    def _inline_content(self, node: etree._Element, depth: int) -> str:
        parts = [_text(node.text)]
        for child in node:
            if isinstance(child.tag, str) and child.tag not in _SKIPPED and not self._is_hidden(child):
                inner = self._inline(child, depth + 1)
                parts.append(_BREAK + inner if child.tag in _BLOCKS and "".join(parts).strip(" ") else inner)
            parts.append(_text(child.tail))
        return "".join(parts).strip(" ")

    def _inline(self, node: etree._Element, depth: int) -> str:
        tag = node.tag
        if tag == "br":
            return _BREAK
        if tag == "img":
            return self._image(node)
        if tag == "svg" or depth > _MAX_DEPTH:
            return escape(" ".join("".join(node.itertext()).split())) if tag != "svg" else ""
        if tag in ("code", "kbd", "samp", "tt"):
            return f"#raw({string(''.join(node.itertext()))})"
        inner = self._inline_content(node, depth)
        if not inner:
            return " " if (node.text or "").isspace() else ""
        # The blanks that are inside the element in HTML must stand outside it here.
        before = " " if (node.text or "")[:1].isspace() else ""
        after = " " if (_last_text(node) or "")[-1:].isspace() else ""
        return f"{before}{self._wrapped(node, inner)}{after}"

    def _wrapped(self, node: etree._Element, inner: str) -> str:
        tag = node.tag
        style = self._styles.get(node, {})
        if tag in _BOLD or style.get("font-weight") in ("bold", "600", "700", "800", "900"):
            inner = f"#strong[{inner}]"
        if tag in _ITALIC or style.get("font-style") == "italic":
            inner = f"#emph[{inner}]"
        if tag in ("sub", "sup"):
            inner = f"#{'sub' if tag == 'sub' else 'super'}[{inner}]"
        if tag in ("s", "del", "strike"):
            inner = f"#strike[{inner}]"
        tint = colour(style.get("color"))
        if tint and tag not in ("td", "th"):
            red, green, blue = (round(channel * 255) for channel in tint[:3])
            inner = f'#text(fill: rgb("#{red:02x}{green:02x}{blue:02x}"))[{inner}]'
        href = node.get("href", "") if tag == "a" else ""
        if href.startswith(("http://", "https://", "mailto:")):
            inner = f"#link({string(href)})[{inner}]"
        return inner

    def _image(self, node: etree._Element) -> str:
        picture = self.find(node.get("src", ""))
        alt = node.get("alt") or node.get("title") or ""
        if picture is None:
            return f"#emph[{escape(missing_image_text(alt, node.get('src', '')))}]"
        return f"#box({self.assets.markup(picture, alt)})"

    def _holds_block(self, node: etree._Element) -> bool:
        return any(isinstance(child.tag, str) and child.tag in _BLOCKS for child in node.iterdescendants())

    def _is_hidden(self, node: etree._Element) -> bool:
        return self._styles.get(node, {}).get("display") == "none" or node.get("hidden") is not None


def missing_image_text(alt: str, src: str) -> str:
    """What stands where an image could not be found."""
    name = "" if src.startswith("data:") else src[:120]
    named = " — ".join(part for part in (alt.strip(), name) if part)
    return f"[изображение не найдено: {named}]" if named else "[изображение не найдено]"


def parse_fragment(html: str) -> etree._Element | None:
    """Parse a fragment into one ``<div>``; None if there is nothing in it."""
    if not html.strip():
        return None
    try:
        return lxml.html.fragment_fromstring(html.replace("\x00", ""), create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


def _text(text: str | None) -> str:
    """Escaped text with its outer blanks kept as one space: they separate words from neighbouring elements."""
    if not text:
        return ""
    folded = _fold(text)
    if not folded:
        return " "
    before = " " if text[0] in " \t\r\n\f" else ""
    after = " " if text[-1] in " \t\r\n\f" else ""
    return f"{before}{escape(breakable(folded))}{after}"


def _fold(text: str) -> str:
    # Non-breaking spaces are content, not white space between words.
    for white in "\t\r\n\f":
        text = text.replace(white, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


def _plain(node: etree._Element) -> str:
    lines: list[str] = [""]

    def walk(element: etree._Element) -> None:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        if element.tag == "br" or (element.tag in _BLOCKS and element is not node):
            lines.append("")
        lines[-1] += element.text or ""
        for child in element:
            walk(child)
            lines[-1] += child.tail or ""

    walk(node)
    return "\n".join(_fold(line) for line in lines).strip("\n")


def _last_text(node: etree._Element) -> str | None:
    return node[-1].tail if len(node) else node.text


def _joined(blocks: list[str]) -> str:
    return "\n\n".join(blocks)
