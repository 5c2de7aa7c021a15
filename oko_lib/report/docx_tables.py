"""Report tables as Word tables.

The table is written as markup in one go: built cell by cell through python-docx, a table of a hundred schools takes
seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt

from oko_lib.report import docx_parts as parts
from oko_lib.report import palette
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.layout import INSET, Segment, geometry
from oko_lib.report.style import SANS
from oko_lib.report.table import EMPTY

_SIDES = ("left", "right", "center")


def write_table(document: WordDocument, described: Mapping[str, Any]) -> None:
    """Write a table from its description (``application/vnd.oko+json``) with caption and notes.

    A table without rows becomes a sentence.
    """
    number, caption = described.get("number"), described.get("caption", "")
    line = document.add_paragraph(style="Caption")
    if number is not None:
        parts.write(line, f"Таблица {number} — ", bold=True, ink=palette.ACCENT)
    parts.write(line, caption)
    line.paragraph_format.keep_with_next = True
    rows = [[str(text) for text in row] for row in described.get("rows", [])]
    if rows:
        line._p.addnext(parse_xml(_markup(described, rows)))
    else:
        parts.write(document.add_paragraph(), described.get("empty") or EMPTY)
    for note in described.get("notes", []):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(0)
        parts.write(paragraph, note, size=8, ink=palette.MUTED, font=SANS)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _markup(described: Mapping[str, Any], rows: list[list[str]]) -> str:
    columns = [
        ColumnSpec(
            key=str(column.get("key", "")),
            title=str(column.get("title", "")),
            unit="",
            align=column.get("align") if column.get("align") in _SIDES else "left",
            group=str(column.get("group") or ""),
        )
        for column in described["columns"]
    ]
    has_total = bool(described.get("total_row"))
    printed = [[[Segment(row[index])] for row in rows] for index in range(len(columns))]
    made = geometry(columns, printed, has_total, bool(described.get("wide")))
    widths = [round((width + 2 * INSET) * 20) for width in made.widths]  # twentieths of a point
    body = []
    for number, row in enumerate(rows):
        total = has_total and number == len(rows) - 1
        lines = _line("top", palette.ACCENT, 8) if total else ""
        lines += _line("bottom", palette.RULE_LIGHT, 4)
        cells = "".join(
            _cell(text, column.side, width, made.size, lines, bold=total)
            for text, column, width in zip(row, columns, widths, strict=True)
        )
        body.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    inner = round(INSET * 20)
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{inner}" w:type="dxa"/><w:right w:w="{inner}" w:type="dxa"/></w:tblCellMar>'
        f'<w:tblLook w:val="0020" w:firstRow="1"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>'
        f"{_head(columns, widths, made.size)}{''.join(body)}</w:tbl>"
    )


def _head(columns: list[ColumnSpec], widths: list[int], size: float) -> str:
    """One heading row, or two when columns are grouped; both are repeated on every page."""
    under = _line("bottom", palette.ACCENT, 8)
    grouped = any(column.group for column in columns)
    rows = []
    if grouped:
        cells, start = "", 0
        while start < len(columns):
            column, end = columns[start], start + 1
            while column.group and end < len(columns) and columns[end].group == column.group:
                end += 1
            if column.group:
                span = f'<w:gridSpan w:val="{end - start}"/>'
                line = _line("bottom", palette.RULE, 4)
                cells += _cell(column.group, "center", sum(widths[start:end]), size, line, span=span, head=True)
            else:
                merge = '<w:vMerge w:val="restart"/>'
                cells += _cell(column.title, column.side, widths[start], size, under, span=merge, head=True)
            start = end
        rows.append(cells)
    rows.append(
        "".join(
            _cell("", column.side, width, size, under, span="<w:vMerge/>", head=True)
            if grouped and not column.group
            else _cell(column.title, column.side, width, size, under, head=True)
            for column, width in zip(columns, widths, strict=True)
        )
    )
    return "".join(f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>" for cells in rows)


def _line(side: str, colour: str, eighths: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="{colour.lstrip("#")}"/>'


def _cell(
    text: str, side: str, width: int, size: float, lines: str, *, span: str = "", bold: bool = False, head: bool = False
) -> str:
    shown = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in parts.clean(text).split("\n"))
    weight = "<w:b/>" if bold or head else ""
    ink = f'<w:color w:val="{palette.ACCENT.lstrip("#")}"/>' if head else ""
    keep, stand = ("<w:keepNext/>", '<w:vAlign w:val="bottom"/>') if head else ("", "")
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}<w:tcBorders>{lines}</w:tcBorders>{stand}</w:tcPr>'
        f'<w:p><w:pPr>{keep}<w:spacing w:before="30" w:after="30"/><w:jc w:val="{side}"/></w:pPr>'
        f'<w:r><w:rPr><w:rFonts w:ascii="{SANS}" w:hAnsi="{SANS}" w:cs="{SANS}" w:eastAsia="{SANS}"/>{weight}{ink}'
        f'<w:sz w:val="{round(size * 2)}"/></w:rPr>{shown}</w:r></w:p></w:tc>'
    )
