"""The return workbook: the sender's own sheets with the wrong cells coloured and commented, ready to send back."""

from __future__ import annotations

import datetime as dt
import math
import os
import re
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from oko_lib.intake import wording
from oko_lib.intake.addresses import address, column_letters
from oko_lib.intake.context import Context
from oko_lib.intake.drafts import Draft, Issue
from oko_lib.intake.outgoing import may_hold_names
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import shown
from oko_lib.intake.veil import without_names

#: First sheet of a return workbook; intake passes it over when the workbook comes back.
GUIDE_SHEET = "Что исправить"
SUFFIX = " — исправить"
_SOURCE_PROPERTY = "oko_source"
_FILL = "#FFD08A"
_NAMES = (
    " Вместо имён стоят ключи (p-…, n-…), вместо дат рождения — «скрыто»: не меняйте их. Там, где просят вписать имя "
    "или дату заново, впишите их поверх."
)
_LEFT_OUT = "Лист не опознан, и на нём могут быть имена, поэтому он сюда не переписан. Загрузке он не нужен."
#: More than so many lines nobody works through one by one; the colours on the sheet show the rest.
_GUIDE_LINES = 5000
_SUFFIX_AT_END = re.compile(rf"{re.escape(SUFFIX)}(?: \([^()]*\))?$")


@dataclass
class _Formats:
    date: Format
    moment: Format
    wrong: Format
    wrong_date: Format
    head: Format
    wrap: Format
    link: Format
    title: Format


def _formats(book: xlsxwriter.Workbook) -> _Formats:
    day, minute = "dd.mm.yyyy", "dd.mm.yyyy hh:mm"
    wrong = {"bg_color": _FILL, "border": 1, "border_color": "#B36B00"}
    return _Formats(
        date=book.add_format({"num_format": day}),
        moment=book.add_format({"num_format": minute}),
        wrong=book.add_format(wrong),
        wrong_date=book.add_format({**wrong, "num_format": day}),
        head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        wrap=book.add_format({"text_wrap": True, "valign": "top"}),
        link=book.add_format({"font_color": "#1F4E99", "underline": 1, "valign": "top"}),
        title=book.add_format({"bold": True, "font_size": 14}),
    )


def write_return_workbook(
    path: Path,
    content_hash: str,
    sheets: list[Sheet],
    guides: list[Sheet],
    known: list[tuple],
    drafts: list[Draft],
    context: Context,
) -> Path:
    """Write the return workbook under a temporary name.

    Parameters
    ----------
    path : Path
        The sender's file.
    content_hash : str
        Its fingerprint.
    sheets, guides : list of Sheet
        All its sheets, and those of them that are guides of an earlier return.
    known : list of (Sheet, Layout, Header)
        Recognised sheets.
    drafts : list of Draft
        What was made of them, in the same order.

    Returns
    -------
    Path
        The file, to be renamed by :func:`final_name`.
    """
    context.returns.mkdir(parents=True, exist_ok=True)
    part = context.returns / f".{uuid.uuid4().hex}.part"
    # Rows are streamed to disk: a region's file has a million cells.
    book = xlsxwriter.Workbook(str(part), {"constant_memory": True, "strings_to_urls": False})
    try:
        book.set_custom_property(_SOURCE_PROPERTY, source_mark(path, context.root))
        formats = _formats(book)
        by_sheet = {id(sheet): draft for (sheet, _, _), draft in zip(known, drafts, strict=True)}
        kept = [sheet for sheet in sheets if sheet not in guides]
        names = _sheet_names(kept, by_sheet)
        guide = book.add_worksheet(GUIDE_SHEET)
        _write_guide(guide, path, kept, names, by_sheet, formats)
        named = any(draft.outgoing is not None and draft.outgoing.veil is not None for draft in drafts)
        for sheet, name in zip(kept, names, strict=True):
            draft, target = by_sheet.get(id(sheet)), book.add_worksheet(name)
            if draft is None and (named or may_hold_names(sheet)):
                target.write_string(0, 0, _LEFT_OUT)
            else:
                _write_sheet(target, sheet, draft, formats)
    finally:
        book.close()
    return part


def _sheet_names(sheets: list[Sheet], by_sheet: dict[int, Draft]) -> list[str]:
    """Return names Excel accepts (a CSV has none), all different."""
    names: list[str] = []
    for sheet in sheets:
        draft = by_sheet.get(id(sheet))
        called = without_names(sheet.name if draft is None else draft.sheet)
        name = re.sub(r"[\[\]:*?/\\]", " ", called).strip("' ")[:31] or "Лист1"
        while name.casefold() in {other.casefold() for other in (*names, GUIDE_SHEET)}:
            name = f"{name[:27]} ({len(names) + 2})"
        names.append(name)
    return names


def _common_work(drafts: list[Draft]) -> tuple[str | None, str | None]:
    """Return the lines that carry the work and the school, if all sheets share them."""
    first = drafts[0].carried if drafts else {}
    if any(draft.carried != first for draft in drafts):
        return None, None
    title = None
    if all(first.get(name) for name in ("year", "grade", "subject")):
        title = f"ВПР {first['year']} {first['subject']} {first['grade']} класс"
    login = first.get("login")
    return title, f"ОО ({login})" if login else None


def _write_guide(
    guide: Worksheet, path: Path, sheets: list[Sheet], names: list[str], by_sheet: dict[int, Draft], formats: _Formats
) -> None:
    drafts = list(by_sheet.values())
    wrong_rows = sum(len({issue.candidate for issue in draft.issues}) for draft in drafts)
    title, school = _common_work(drafts)
    guide.set_column(0, 0, 22)
    guide.set_column(1, 1, 8)
    guide.set_column(2, 2, 9)
    guide.set_column(3, 4, 24)
    guide.set_column(5, 5, 90)
    guide.write_string(0, 0, GUIDE_SHEET, formats.title)
    guide.write_string(1, 0, f"Файл: {path.name}")
    guide.write_string(2, 0, title or "")
    guide.write_string(3, 0, school or "")
    guide.write_string(
        4,
        0,
        f"Ошибки найдены {wording.in_rows(wrong_rows)}; эти строки пока не загружены. Исправьте закрашенные ячейки на "
        "следующих листах (пояснение — в примечании к ячейке), сохраните и пришлите эту книгу: она заменит прежний "
        "файл целиком." + (_NAMES if any(draft.outgoing.veil is not None for draft in drafts) else ""),
    )
    for column, text in enumerate(("Лист", "Строка", "Ячейка", "Столбец", "Что стоит", "Что сделать")):
        guide.write_string(6, column, text, formats.head)
    guide.freeze_panes(7, 0)
    line = 7
    for sheet, name in zip(sheets, names, strict=True):
        draft = by_sheet.get(id(sheet))
        for issue in sorted(draft.issues, key=_order) if draft else ():
            if line - 7 >= _GUIDE_LINES:
                guide.write_string(line, 0, "Остальные ячейки закрашены на листах.")
                return
            row = int(draft.sheet_rows[issue.candidate])
            column = issue.column
            cell = address(row, column if column is not None else 0)
            guide.write_string(line, 0, name, formats.wrap)
            guide.write_number(line, 1, row + 1, formats.wrap)
            if line < 60_000:  # Excel allows 65 530 links a sheet
                guide.write_url(line, 2, f"internal:'{name.replace(chr(39), chr(39) * 2)}'!{cell}", formats.link, cell)
            guide.write_string(
                line, 3, draft.titles.get(column, "") if column is not None else "вся строка", formats.wrap
            )
            guide.write_string(
                line, 4, draft.found(issue.candidate, column) if column is not None else "", formats.wrap
            )
            guide.write_string(line, 5, issue.message, formats.wrap)
            line += 1


def _order(issue: Issue) -> tuple[int, int]:
    return issue.candidate, -1 if issue.column is None else issue.column


def _write_sheet(target: Worksheet, sheet: Sheet, draft: Draft | None, formats: _Formats) -> None:
    wrong: dict[tuple[int, int], list[str]] = {}
    totals: dict[int, str] = {}
    total_column: int | None = None
    if draft is not None:
        first_column = min(draft.titles, default=0)
        for issue in sorted(draft.issues, key=_order):
            row = int(draft.sheet_rows[issue.candidate])
            column = first_column if issue.column is None else issue.column
            wrong.setdefault((row, column), []).append(issue.message)
        totals = _total_formulas(draft)
        total_column = draft.sum_columns[0] if draft.sum_columns else None
        target.freeze_panes(draft.header_row + 1, 0)
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            messages = wrong.get((number, column))
            cell = cell if draft is None else draft.outgoing.cell(number, column, cell)
            if number in totals and column == total_column and (messages is None or cell in ("", 0)):
                mark = formats.wrong if messages else None
                target.write_formula(number, column, totals[number], mark, cell if isinstance(cell, float) else 0)
            else:
                _write_cell(target, number, column, cell, formats, is_wrong=messages is not None)
            if messages:
                text = "\n".join(messages)
                target.write_comment(
                    number, column, text, {"author": "ОКО", "width": 300, "height": 40 + 18 * (len(text) // 40 + 1)}
                )


def _total_formulas(draft: Draft) -> dict[int, str]:
    """Return the formulas of totals by row: the form computes them, so a corrected score must change its total."""
    if draft.sum_columns is None:
        return {}
    _, tasks = draft.sum_columns
    ranges = _ranges(tasks)

    def formula(line: int) -> str:
        parts = (f"{column_letters(first)}{line}:{column_letters(last)}{line}" for first, last in ranges)
        return f"=SUM({','.join(parts)})"

    return {int(row): formula(int(row) + 1) for row in draft.sheet_rows}


def _ranges(columns: tuple[int, ...]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for column in sorted(columns):
        if ranges and ranges[-1][1] == column - 1:
            ranges[-1] = (ranges[-1][0], column)
        else:
            ranges.append((column, column))
    return ranges


def _write_cell(target: Worksheet, row: int, column: int, cell: object, formats: _Formats, *, is_wrong: bool) -> None:
    mark = formats.wrong if is_wrong else None
    # Programs that write workbooks leave «nan» in a number's place now and then; it says nothing.
    if cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell)):
        if is_wrong:
            target.write_blank(row, column, None, mark)
    elif isinstance(cell, bool):
        target.write_boolean(row, column, cell, mark)
    elif isinstance(cell, int | float):
        target.write_number(row, column, cell, mark)
    elif isinstance(cell, dt.datetime):
        target.write_datetime(row, column, cell, formats.wrong_date if is_wrong else formats.moment)
    elif isinstance(cell, dt.date):
        target.write_datetime(row, column, cell, formats.wrong_date if is_wrong else formats.date)
    elif isinstance(cell, str):
        target.write_string(row, column, cell[:32767], mark)
    else:
        target.write_string(row, column, shown(cell), mark)


def source_mark(path: Path, root: Path) -> str:
    """Return the path of the sender's file as a return workbook remembers it: relative to the working place."""
    absolute = path.resolve()
    try:
        text = absolute.relative_to(root).as_posix()
    except ValueError:
        text = absolute.as_posix()
    return text[-250:]


def _belongs_to(workbook: Path, mark: str) -> bool:
    try:
        with zipfile.ZipFile(workbook) as archive:
            text = archive.read("docProps/custom.xml").decode("utf-8")
    except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError):
        return False
    from xml.sax.saxutils import escape

    return f">{escape(mark)}<" in text


def final_name(part: Path, source: Path, root: Path, taken: set[Path]) -> Path:
    """Give a return workbook its name «<file> — исправить.xlsx» and return it.

    A workbook of an earlier intake of the same file is replaced; one of another file with the same name, and one the
    sender is correcting right now (the source itself), is left alone and the new one gets a number.

    Parameters
    ----------
    part : Path
        The workbook under its temporary name.
    source : Path
        The sender's file.
    root : Path
        Top folder of the working place.
    taken : set of Path
        Names given out during this intake.
    """
    stem = _SUFFIX_AT_END.sub("", source.stem)
    mark = source_mark(source, root)
    number = 1
    while True:
        # The folder tells «РУ 4 …» of one municipality from that of another.
        tail = ("", f" ({source.resolve().parent.name})")[number - 1] if number <= 2 else f" ({number - 1})"
        target = part.with_name(f"{stem}{SUFFIX}{tail}.xlsx")
        free = not target.exists() or (_belongs_to(target, mark) and target.resolve() != source.resolve())
        if target not in taken and free:
            break
        number += 1
    try:
        os.replace(part, target)
    except PermissionError:  # open in Excel: leave it and write beside it
        taken.add(target)
        return final_name(part, source, root, taken)
    taken.add(target)
    return target
