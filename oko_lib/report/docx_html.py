"""HTML (from Markdown or from a methodologist's own output) as Word paragraphs, lists and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

import lxml.html
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from lxml import etree

from oko_lib.report import docx_parts as parts
from oko_lib.report import palette
from oko_lib.report.style import SANS

_SKIPPED = {"script", "style", "head", "template", "noscript", "button", "input", "annotation"}
_BLOCKS = {
    "p", "div", "section", "article", "header", "footer", "main", "figure", "figcaption", "ul", "ol", "li", "table",
    "blockquote", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd", "details", "summary", "center",
}  # fmt: skip
_MONO = "PT Mono"
_DEEPEST_LIST = 3


def formulas_in(html: str) -> list[str]:
    """Return the TeX of the formulas pandoc wrote into HTML as MathML."""
    if "<math" not in html:
        return []
    return [_tex(node) for node in _parsed(html).iter("math")]


def _tex(math: etree._Element) -> str:
    found = next((node for node in math.iter("annotation")), None)
    return (found.text or "").strip() if found is not None else " ".join("".join(math.itertext()).split())


def _parsed(html: str) -> etree._Element:
    return lxml.html.fragment_fromstring(parts.clean(html), create_parent="div")


class HtmlWriter:
    """Writes HTML fragments to the end of a document.

    Parameters
    ----------
    document : docx document
        Where to write.
    equations : mapping
        TeX → Word equation, see :func:`oko_lib.report.formulas.word_equations`.
    picture : callable
        ``picture(source, alt)`` writes a picture.
    """

    def __init__(
        self,
        document: WordDocument,
        equations: Mapping[str, etree._Element],
        picture: Callable[[str, str], None],
    ) -> None:
        self.document = document
        self.equations = equations
        self.picture = picture
        self._wrote = False

    def write(self, html: str) -> bool:
        """Write a fragment; False when there was nothing to show in it."""
        self._wrote = False
        try:
            root = _parsed(html)
        except (etree.ParserError, ValueError):
            return False
        self._blocks(root)
        return self._wrote

    # --- blocks ----------------------------------------------------------------------------------------------------

    def _blocks(self, node: etree._Element, style: str | None = None) -> None:
        """Write the children of a block: runs of inline content become paragraphs of their own."""
        inline: list[object] = [node.text or ""]
        for child in node:
            if not isinstance(child.tag, str) or child.tag in _SKIPPED:
                pass
            elif child.tag in _BLOCKS:
                self._flush(inline, style)
                inline = []
                self._block(child)
            else:
                inline.append(child)
            inline.append(child.tail or "")
        self._flush(inline, style)

    def _flush(self, inline: list[object], style: str | None = None) -> Paragraph | None:
        has_text = any((item.strip() if isinstance(item, str) else _shows(item)) for item in inline)
        if not has_text:
            return None
        paragraph = self.document.add_paragraph(style=style)
        self._inline_run(paragraph, inline)
        self._wrote = True
        return paragraph

    def _block(self, node: etree._Element) -> None:
        tag = node.tag
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self._flush([node.text or "", *_with_tails(node)], f"Heading {tag[1]}")
        elif tag in {"ul", "ol"}:
            self._list(node, 1)
        elif tag == "table":
            self._table(node)
        elif tag == "pre":
            self._preformatted(node)
        elif tag == "hr":
            line = self.document.add_paragraph()
            parts.borders(line._p.get_or_add_pPr(), "pBdr", bottom=(palette.RULE, 0.75))
        elif tag == "blockquote":
            before = len(self.document.paragraphs)
            self._blocks(node)
            for paragraph in self.document.paragraphs[before:]:
                paragraph.paragraph_format.left_indent = Mm(8)
        else:
            self._blocks(node)

    def _preformatted(self, node: etree._Element) -> None:
        text = "".join(node.itertext()).strip("\n")
        for line in text.split("\n") if text.strip() else ():
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            parts.write(paragraph, line, font=_MONO, size=8.5)
            self._wrote = True

    def _list(self, node: etree._Element, depth: int) -> None:
        base = "List Number" if node.tag == "ol" else "List Bullet"
        level = min(depth, _DEEPEST_LIST)
        style = base if level == 1 else f"{base} {level}"
        number = parts.restart_numbering(self.document, style) if node.tag == "ol" else None
        for item in node:
            if item.tag == "li":
                self._item(item, style, number, depth)

    def _item(self, item: etree._Element, style: str, number: int | None, depth: int) -> None:
        inline: list[object] = [item.text or ""]

        def flush() -> None:
            paragraph = self._flush(inline, style)
            if paragraph is not None:
                paragraph.paragraph_format.space_after = Pt(2)
                if number is not None:
                    parts.number_with(paragraph, number)
            inline.clear()

        for child in item:
            if child.tag in {"ul", "ol"}:
                flush()
                self._list(child, depth + 1)
            elif child.tag == "p":
                flush()
                inline.extend([child.text or "", *_with_tails(child)])
                flush()
            elif isinstance(child.tag, str) and child.tag in _BLOCKS:
                flush()
                self._block(child)
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                inline.append(child)
            inline.append(child.tail or "")
        flush()

    # --- tables ----------------------------------------------------------------------------------------------------

    def _table(self, node: etree._Element) -> None:
        heads, rows = _rows(node)
        if not rows:
            return
        caption = next((child for child in node if child.tag == "caption"), None)
        if caption is not None:
            self._flush([caption.text or "", *_with_tails(caption)], "Caption")
        grid = _grid(rows)
        width = max(len(row) for row in grid)
        table = self.document.add_table(rows=len(grid), cols=width)
        table.autofit = True
        for number, row in enumerate(table.rows):
            if number < heads:
                parts.repeat_header(row)
            parts.keep_row_whole(row)
        # Table.cell() looks through the whole table at every call.
        lines = list(table.rows)

        def cell_at(row: int, column: int) -> _Cell:
            return _Cell(lines[row]._tr.tc_at_grid_offset(column), table)

        done: set[int] = set()
        for at, line in enumerate(grid):
            for column, source in enumerate(line):
                if source is None or id(source) in done:
                    continue
                done.add(id(source))
                last_row, last_column = _extent(grid, at, column, source)
                cell = cell_at(at, column)
                if (last_row, last_column) != (at, column):
                    cell = cell.merge(cell_at(last_row, last_column))
                self._cell(cell, source, at < heads, at < len(grid) - 1)
        self._wrote = True
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _cell(self, cell: _Cell, source: etree._Element, head: bool, line_below: bool) -> None:
        for extra in cell.paragraphs[1:]:
            extra._p.getparent().remove(extra._p)
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(1.5)
        self._inline_run(paragraph, [source.text or "", *_with_tails(source)])
        bold = head or source.tag == "th"
        for run in paragraph.runs:
            parts.dress(run, bold=bold or run.bold, italic=run.italic, size=8.5, font=SANS)
        css = (source.get("style") or "").replace(" ", "") + (source.get("align") or "")
        text = "".join(source.itertext()).strip().replace("\u2212", "-").replace(",", ".").rstrip("%\u202f\u00a0 ")
        if "text-align:right" in css or css == "right" or (not head and _is_number(text)):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        elif "text-align:center" in css:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        ink, weight = (palette.ACCENT, 1) if head else (palette.RULE_LIGHT, 0.5)
        parts.borders(cell._tc.get_or_add_tcPr(), "tcBorders", bottom=(ink, weight))

    # --- inline ----------------------------------------------------------------------------------------------------

    def _inline_run(self, paragraph: Paragraph, items: list[object], **look: object) -> None:
        for item in items:
            if isinstance(item, str):
                self._text(paragraph, item, **look)
            elif isinstance(item.tag, str) and item.tag not in _SKIPPED:
                self._inline(paragraph, item, **look)

    def _inline(self, paragraph: Paragraph, node: etree._Element, **look: object) -> None:
        tag = node.tag
        inner = [node.text or "", *_with_tails(node)]
        if tag == "br":
            paragraph.add_run().add_break()
        elif tag == "img":
            self.picture(node.get("src") or "", node.get("alt") or "")
            self._wrote = True
        elif tag == "math":
            self._formula(paragraph, _tex(node))
        elif tag in {"strong", "b"}:
            self._inline_run(paragraph, inner, **{**look, "bold": True})
        elif tag in {"em", "i", "cite", "var"}:
            self._inline_run(paragraph, inner, **{**look, "italic": True})
        elif tag in {"code", "kbd", "samp", "tt"}:
            self._inline_run(paragraph, inner, **{**look, "font": _MONO, "size": 9})
        elif tag in {"sub", "sup"}:
            before = len(paragraph.runs)
            self._inline_run(paragraph, inner, **look)
            for run in paragraph.runs[before:]:
                run.font.subscript, run.font.superscript = tag == "sub", tag == "sup"
        elif tag == "a" and (node.get("href") or "").startswith(("http://", "https://", "mailto:")):
            self._link(paragraph, inner, node.get("href"), look)
        else:
            self._inline_run(paragraph, inner, **look)

    def _text(self, paragraph: Paragraph, text: str, **look: object) -> None:
        # Line ends and indents of the source are spaces on the page; no-break spaces stay.
        words = " ".join(text.replace("\n", " ").split(" "))
        while "  " in words:
            words = words.replace("  ", " ")
        if not paragraph.runs and not paragraph._p.findall(qn("w:hyperlink")):
            words = words.lstrip(" ")
        if words:
            parts.write(paragraph, words, **look)

    def _link(self, paragraph: Paragraph, inner: list[object], href: str, look: Mapping[str, object]) -> None:
        relation = self.document.part.relate_to(href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = parts.element("hyperlink")
        link.set(qn("r:id"), relation)
        before = list(paragraph._p)
        self._inline_run(paragraph, inner, **{**look, "ink": palette.ACCENT})
        for made in [child for child in paragraph._p if child not in before]:
            link.append(made)
        paragraph._p.append(link)

    def _formula(self, paragraph: Paragraph, tex: str) -> None:
        equation = self.equations.get(tex)
        if equation is None:
            parts.write(paragraph, tex, italic=True)
        else:
            paragraph._p.append(deepcopy(equation))


def _with_tails(node: etree._Element) -> Iterator[object]:
    for child in node:
        yield child
        yield child.tail or ""


def _shows(node: etree._Element) -> bool:
    """Whether an inline element leaves anything on the page."""
    if not isinstance(node.tag, str):
        return False
    return bool("".join(node.itertext()).strip()) or any(True for _ in node.iter("img", "math"))


def _rows(table: etree._Element) -> tuple[int, list[etree._Element]]:
    """Number of heading rows, and all rows of this table (not of tables inside it)."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    heads = sum(1 for row in rows if row.getparent().tag == "thead")
    if not heads and rows and all(cell.tag == "th" for cell in rows[0]):
        heads = 1
    return heads, rows


def _grid(rows: list[etree._Element]) -> list[list[etree._Element | None]]:
    """Every place of the table with the cell that covers it."""
    grid: list[list[etree._Element | None]] = [[] for _ in rows]
    for at, row in enumerate(rows):
        column = 0
        for cell in row:
            if cell.tag not in {"td", "th"}:
                continue
            while column < len(grid[at]) and grid[at][column] is not None:
                column += 1
            wide, tall = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - at)
            for below in range(at, at + tall):
                line = grid[below]
                line.extend([None] * (column + wide - len(line)))
                line[column : column + wide] = [cell] * wide
            column += wide
    width = max((len(line) for line in grid), default=0)
    for line in grid:
        line.extend([None] * (width - len(line)))
    return grid


def _extent(grid: list[list[etree._Element | None]], row: int, column: int, cell: etree._Element) -> tuple[int, int]:
    last_row, last_column = row, column
    while last_row + 1 < len(grid) and grid[last_row + 1][column] is cell:
        last_row += 1
    while last_column + 1 < len(grid[row]) and grid[row][last_column + 1] is cell:
        last_column += 1
    return last_row, last_column


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name) or "1"
    return max(1, min(int(text), 200)) if text.isdecimal() else 1


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
