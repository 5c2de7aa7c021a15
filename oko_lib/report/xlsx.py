"""All tables of a report as an Excel workbook: real numbers, ready to print, nothing a cell's text could execute."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import lxml.html
import xlsxwriter
from lxml import etree
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from oko_lib.report import palette
from oko_lib.report.docx import read_notebook
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.exporters.pieces import pieces
from oko_lib.report.typst_escape import clean

_MAX_NAME = 31
_MAX_HEADER = 255
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")
_HEADER_ROW = 2
_PORTRAIT_COLUMNS = 6
#: Kinds of display objects that are sheets of the workbook; the second is printed nowhere else.
_TABLES = ("table", "workbook_table")


@dataclass(frozen=True)
class SheetColumn:
    """One Excel column: its header, number format and contents."""

    title: str
    number_format: str
    right: bool
    values: list[object]


@dataclass(frozen=True)
class Sheet:
    """One table as it goes into the workbook."""

    title: str
    short: str
    columns: list[SheetColumn]
    total: bool = False
    notes: list[str] = field(default_factory=list)
    empty: str = ""


def write_xlsx(nb: Mapping[str, Any] | Path | str, path: Path, meta: ReportMeta) -> Path:
    """Write all tables of an executed notebook, one sheet each, with a contents sheet and a fingerprint sheet.

    Numbers are numbers (shares as fractions with a per cent format, differences of shares in percentage points); an
    estimate takes three columns: value and both bounds. Text is always written as text: a cell that begins with «=»
    stays what it says.

    Parameters
    ----------
    nb : notebook node or path of an .ipynb file
        Our own tables and the HTML tables of a methodologist's own frames are taken.
    path : Path
        File to write.
    meta : ReportMeta
        Title, mark, fingerprint.
    """
    return write_sheets(_sheets(read_notebook(nb)), path, meta)


def write_sheets(sheets: list[Sheet], path: Path, meta: ReportMeta) -> Path:
    """Write tables that come from no notebook, in the same look; see :func:`write_xlsx`."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), {**options, "nan_inf_to_errors": False}) as book:
        _Book(book, meta).write(sheets)
    return Path(path)


# --- what goes in --------------------------------------------------------------------------------------------------


def _sheets(nb: Mapping[str, Any]) -> list[Sheet]:
    made: list[Sheet] = []
    foreign = 0
    for piece in pieces(nb):
        if piece.kind != "output":
            continue
        if piece.semantic.get("kind") in _TABLES:
            made.append(table_sheet(piece.semantic))
        elif not piece.semantic and "<table" in piece.mime_text("text/html").lower():
            for columns in _foreign(piece.mime_text("text/html")):
                foreign += 1
                title = f"Дополнительная таблица {foreign}"
                made.append(Sheet(title, f"Доп. {foreign}", columns))
    return made


def table_sheet(described: Mapping[str, Any]) -> Sheet:
    """Return what a report table says of itself (:meth:`ReportTable.described`) as a sheet."""
    number, caption = described.get("number"), str(described.get("caption", ""))
    rows, values = described.get("rows", []), described.get("values", [])
    columns: list[SheetColumn] = []
    for index, column in enumerate(described.get("columns", [])):
        texts = [row[index] for row in rows]
        raws = [row[index] for row in values] if values else texts
        columns += _columns(column, texts, raws)
    return Sheet(
        title=f"Таблица {number} — {caption}" if number is not None else caption,
        short=f"Табл. {number}" if number is not None else str(described.get("sheet") or caption),
        columns=columns,
        total=bool(described.get("total_row")) and bool(rows),
        notes=[str(note) for note in described.get("notes", [])],
        empty="" if rows else str(described.get("empty") or "Нет строк, которые можно показать."),
    )


def _columns(column: Mapping[str, Any], texts: Sequence[str], raws: Sequence[object]) -> list[SheetColumn]:
    """One column, or three (value, lower and upper bound) when it holds estimates with intervals."""
    kind, digits = column.get("kind", "text"), int(column.get("digits") or 0)
    title = " — ".join(str(part) for part in (column.get("group"), column.get("title")) if part)
    look, right = _number_format(kind, digits), column.get("align") == "right"

    def shown(text: str, raw: object, key: str) -> object:
        if isinstance(raw, Mapping):
            raw = raw.get(key, text if key == "value" else None)
            return _scaled(raw, kind) if not isinstance(raw, str) else raw
        if key != "value":
            return None
        if isinstance(raw, bool) or raw is None or isinstance(raw, str):
            return text
        return _scaled(raw, kind)

    pairs = list(zip(texts, raws, strict=True))
    main = SheetColumn(title, look, right, [shown(text, raw, "value") for text, raw in pairs])
    if not any(isinstance(raw, Mapping) and raw.get("low") is not None for raw in raws):
        return [main]
    bounds = [
        SheetColumn(f"{title}: {name}", look, True, [shown(text, raw, key) for text, raw in pairs])
        for key, name in (("low", "нижняя граница"), ("high", "верхняя граница"))
    ]
    return [main, *bounds]


def _scaled(value: object, kind: str) -> object:
    return value * 100 if kind == "points" and isinstance(value, int | float) else value


def _number_format(kind: str, digits: int) -> str:
    places = "." + "0" * digits if digits else ""
    return {
        "share": f"0{places}%",
        "points": f"+#,##0{places};\u2212#,##0{places};0{places}",
        "integer": "#,##0",
        "number": f"#,##0{places}",
        "p_value": "0.000",
        "year": "0",
    }.get(kind, "General")


def _foreign(html: str) -> list[list[SheetColumn]]:
    """Plain HTML tables (a frame a methodologist displayed): spans are not kept, numbers become numbers."""
    try:
        root = lxml.html.fragment_fromstring(clean(html), create_parent="div")
    except (etree.ParserError, ValueError):
        return []
    found = []
    for table in root.iter("table"):
        rows = [
            [" ".join("".join(cell.itertext()).split()) for cell in row if cell.tag in {"td", "th"}]
            for row in table.iter("tr")
        ]
        rows = [row for row in rows if row]
        if len(rows) < 2:
            continue
        width = max(len(row) for row in rows)
        rows = [row + [""] * (width - len(row)) for row in rows]
        found.append(
            [
                SheetColumn(rows[0][index], "General", False, [_typed(row[index]) for row in rows[1:]])
                for index in range(width)
            ]
        )
    return found


def _typed(text: str) -> object:
    # Codes like «0123» keep their zero.
    if _PLAIN_NUMBER.fullmatch(text) and not re.match(r"-?0\d", text):
        return float(text) if "." in text else int(text)
    return text


# --- how it is written ---------------------------------------------------------------------------------------------


class _Book:
    def __init__(self, book: xlsxwriter.Workbook, meta: ReportMeta) -> None:
        self.book, self.meta = book, meta
        self._formats: dict[tuple, Format] = {}
        self._names: set[str] = set()
        built = datetime(meta.built_on.year, meta.built_on.month, meta.built_on.day)
        book.set_properties(
            {
                "title": meta.title,
                "subject": meta.running_header,
                "author": meta.author,
                "comments": meta.mode_mark,
                "created": built.replace(tzinfo=UTC),
            }
        )
        self.built = built

    def look(self, **properties: object) -> Format:
        """A cell format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            base = {"font_name": "PT Sans", "font_size": 10, "valign": "top"}
            self._formats[key] = self.book.add_format({**base, **properties})
        return self._formats[key]

    def write(self, sheets: list[Sheet]) -> None:
        contents = self.book.add_worksheet(self._name("Содержание"))
        names = [self._name(sheet.short) for sheet in sheets]
        self._contents(contents, sheets, names)
        for sheet, name in zip(sheets, names, strict=True):
            self._table(self.book.add_worksheet(name), sheet)
        self._fingerprint(self.book.add_worksheet(self._name("Отпечаток")))

    def _name(self, wanted: str) -> str:
        """A sheet name Excel takes: at most 31 characters, no forbidden ones, not used yet."""
        base = _FORBIDDEN.sub(" ", clean(wanted)).strip(" '")[:_MAX_NAME].strip(" '") or "Таблица"
        name, number = base, 1
        while name.casefold() in self._names or name.casefold() in {"history", "журнал"}:
            number += 1
            tail = f" ({number})"
            name = base[: _MAX_NAME - len(tail)].rstrip() + tail
        self._names.add(name.casefold())
        return name

    def _page(self, page: Worksheet, *, wide: bool) -> None:
        page.set_paper(9)  # A4
        if wide:
            page.set_landscape()
        page.set_margins(left=0.6, right=0.5, top=0.8, bottom=0.8)
        page.fit_to_pages(1, 0)
        page.hide_gridlines(2)

        def safe(text: str, room: int) -> str:
            return clean(text).replace("\n", " ")[:room].replace("&", "&&")

        head = f"&L&8{safe(self.meta.running_header, 110)}"
        page.set_header(head[:_MAX_HEADER])
        mark, short = safe(self.meta.mode_mark, 60), safe(self.meta.fingerprint_short, 40)
        page.set_footer(f"&L&8 {mark}&C&8 {short}&R&8Стр. &P из &N"[:_MAX_HEADER])

    def _text(self, page: Worksheet, row: int, column: int, text: object, **look: object) -> None:
        page.write_string(row, column, clean(text)[:32_000], self.look(**look))

    def _contents(self, page: Worksheet, sheets: list[Sheet], names: list[str]) -> None:
        self._page(page, wide=False)
        page.set_column(0, 0, 14)
        page.set_column(1, 1, 90)
        self._text(page, 0, 0, self.meta.title, bold=True, font_size=16, font_color=palette.ACCENT)
        self._text(page, 1, 0, self.meta.running_header, font_color=palette.MUTED)
        self._text(page, 2, 0, self.meta.mode_mark, font_color=palette.MUTED)
        for column, title in enumerate(("Лист", "Таблица")):
            self._text(page, 4, column, title, bold=True, font_color=palette.ACCENT, bottom=2)
        link = self.look(font_color=palette.BLUE, underline=1)
        for row, (sheet, name) in enumerate(zip(sheets, names, strict=True), start=5):
            quoted = name.replace("'", "''")
            page.write_url(row, 0, f"internal:'{quoted}'!A1", link, string=name)
            self._text(page, row, 1, sheet.title, text_wrap=True)
        if not sheets:
            self._text(page, 5, 0, "В отчёте нет таблиц.")

    def _table(self, page: Worksheet, sheet: Sheet) -> None:
        columns = sheet.columns
        self._page(page, wide=len(columns) > _PORTRAIT_COLUMNS)
        self._text(page, 0, 0, sheet.title, bold=True, font_size=12, font_color=palette.ACCENT)
        if sheet.empty:
            self._text(page, _HEADER_ROW, 0, sheet.empty)
            self._notes(page, _HEADER_ROW + 2, sheet)
            return
        length = len(columns[0].values) if columns else 0
        for index, column in enumerate(columns):
            page.set_column(index, index, _width(column, first=index == 0))
            head = {"bold": True, "font_color": palette.ACCENT, "text_wrap": True, "bottom": 2, "valign": "bottom"}
            self._text(page, _HEADER_ROW, index, column.title, align="right" if column.right else "left", **head)
            for row, value in enumerate(column.values):
                last = sheet.total and row == length - 1
                self._cell(page, _HEADER_ROW + 1 + row, index, value, column, last)
        page.set_row(_HEADER_ROW, 15 * max(_header_lines(column, index == 0) for index, column in enumerate(columns)))
        page.freeze_panes(_HEADER_ROW + 1, 1)
        page.repeat_rows(_HEADER_ROW)
        last_row = _HEADER_ROW + length - sheet.total
        if last_row > _HEADER_ROW:
            page.autofilter(_HEADER_ROW, 0, last_row, len(columns) - 1)
        self._notes(page, _HEADER_ROW + length + 2, sheet)

    def _cell(self, page: Worksheet, row: int, index: int, value: object, column: SheetColumn, last: bool) -> None:
        frame = {"bold": True, "top": 2} if last else {"bottom": 1, "bottom_color": palette.RULE_LIGHT}
        side = "right" if column.right else "left"
        if isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e300:
            page.write_number(row, index, value, self.look(num_format=column.number_format, align=side, **frame))
        elif value is None:
            page.write_blank(row, index, None, self.look(**frame))
        else:
            self._text(page, row, index, value, align=side, text_wrap=not column.right, **frame)

    def _notes(self, page: Worksheet, row: int, sheet: Sheet) -> None:
        for number, note in enumerate(sheet.notes):
            self._text(page, row + number, 0, note, font_size=9, font_color=palette.MUTED)

    def _fingerprint(self, page: Worksheet) -> None:
        self._page(page, wide=False)
        page.set_column(0, 0, 32)
        page.set_column(1, 1, 80)
        self._text(page, 0, 0, "Отпечаток отчёта", bold=True, font_size=12, font_color=palette.ACCENT)
        rows = {
            "Отчёт": self.meta.title,
            "Муниципалитет": self.meta.municipality,
            "Направление": self.meta.direction,
            "Год": self.meta.year,
            "Отпечаток (кратко)": self.meta.fingerprint_short,
            **self.meta.fingerprint,
        }
        self._text(page, 2, 0, "Построен", font_color=palette.MUTED)
        page.write_datetime(2, 1, self.built, self.look(num_format="dd.mm.yyyy", align="left"))
        for row, (key, value) in enumerate(rows.items(), start=3):
            self._text(page, row, 0, key, font_color=palette.MUTED)
            self._text(page, row, 1, value, text_wrap=True)


def _width(column: SheetColumn, first: bool) -> float:
    texts = [value for value in column.values if isinstance(value, str)]
    longest = max((len(text) for text in texts), default=8)
    words = max((len(word) for word in column.title.split()), default=8)
    return float(min(46 if first or not column.right else 18, max(9, words + 2, longest + 2 if texts else 9)))


def _header_lines(column: SheetColumn, first: bool) -> int:
    return min(8, max(1, -(-len(column.title) // max(1, int(_width(column, first)) - 2))))
