"""The workbook of a form: a sheet that explains, a sheet to fill, and the lists to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from oko_lib.forms.form import Form, FormColumn
from oko_lib.forms.schools import Place
from oko_lib.intake.checks.mapped_rows import TABLE_RULES
from oko_lib.tables import TABLES, ColumnType

GUIDE_SHEET = "Как заполнить"
DATA_SHEET = "Данные"
LISTS_SHEET = "Справочники"
#: Rows below the filled ones that still have lists and bounds.
_SPARE_ROWS = 500
#: Excel's limits for texts of a validation.
_TITLE, _MESSAGE = 32, 255
#: Widths of the columns of the explaining sheet, in characters.
_GUIDE_WIDTHS = (34, 14, 62, 52)
_ACCENT, _PALE, _GREY = "#1F3864", "#D9E2F3", "#F2F2F2"


@dataclass
class _Formats:
    title: Format
    head: Format
    wrap: Format
    needed: Format
    other: Format
    given: Format
    text: Format
    plain: Format


def _formats(book: xlsxwriter.Workbook) -> _Formats:
    heading = {"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1}
    return _Formats(
        title=book.add_format({"bold": True, "font_size": 14, "font_color": _ACCENT}),
        head=book.add_format({"bold": True, "bottom": 1, "valign": "top"}),
        wrap=book.add_format({"text_wrap": True, "valign": "top"}),
        needed=book.add_format({**heading, "bg_color": _ACCENT, "font_color": "#FFFFFF"}),
        other=book.add_format({**heading, "bg_color": _PALE}),
        given=book.add_format({"bg_color": _GREY, "border": 1, "border_color": "#D0D0D0"}),
        text=book.add_format({"num_format": "@", "border": 1, "border_color": "#D0D0D0"}),
        plain=book.add_format({"border": 1, "border_color": "#D0D0D0"}),
    )


def write_workbook(file: Path, form: Form, rows: list[dict[str, object]], place: Place | None, year: int) -> None:
    """Write a form.

    Parameters
    ----------
    file : Path
        Where.
    form : Form
        What it asks for.
    rows : list of dict
        Rows filled in beforehand: column → value, the school's name under the empty name.
    place : Place or None
        Municipality, for headings and the list of logins.
    year : int
        Year, for headings.
    """
    with xlsxwriter.Workbook(str(file)) as book:
        book.set_properties({"title": form.title_ru, "comments": f"Форма сбора {form.kind}"})
        formats = _formats(book)
        data = book.add_worksheet(DATA_SHEET)
        guide = book.add_worksheet(GUIDE_SHEET)
        lists = book.add_worksheet(LISTS_SHEET)
        lists.hide()
        _write_guide(guide, form, place, year, formats)
        _write_data(data, lists, form, rows, place, year, formats)
        data.activate()


def _write_data(
    data: Worksheet,
    lists: Worksheet,
    form: Form,
    rows: list[dict[str, object]],
    place: Place | None,
    year: int,
    formats: _Formats,
) -> None:
    last = len(rows) + _SPARE_ROWS
    fixed = 0
    for number, column in enumerate(form.columns):
        data.write_string(0, number, column.heading, formats.needed if column.needed else formats.other)
        is_text = column.column is not None and column.column.type is ColumnType.STRING and not column.choices
        # Text format: Excel must not turn «9/1» into a date or cut leading zeros of a code.
        data.set_column(number, number, _width(column), formats.text if is_text else formats.plain)
        if column.name in ("", "login"):
            fixed = number + 1
        choices = tuple(login for login, _ in place.schools) if place and column.name == "login" else column.choices
        rule = _validation(column, _written(lists, number, choices) if choices else None)
        if rule is not None:
            data.data_validation(1, number, last, number, rule)
    for line, row in enumerate(rows, start=1):
        for number, column in enumerate(form.columns):
            if column.name in row:
                data.write(line, number, row[column.name], formats.given)
    data.set_row(0, 60)
    data.freeze_panes(1, fixed)
    data.set_landscape()
    data.set_paper(9)
    data.fit_to_pages(1, 0)
    data.repeat_rows(0)
    title = " · ".join((form.title_ru, *([place.name] if place else []), str(year)))
    data.set_header("&L" + title.replace("&", "&&"))  # «&» begins a command there
    data.set_footer("&Rстр. &P из &N")


def _width(column: FormColumn) -> float:
    if column.name == "":
        return 36
    if column.choices:
        return min(34, max(12, max(map(len, column.choices)) + 3))
    if column.name == "year":
        return 8
    longest_word = max(map(len, column.heading.split()))
    return max(11, longest_word + 4)


def _written(lists: Worksheet, column: int, choices: tuple[str, ...]) -> str:
    """Write a list on the sheet of lists and return its address; without a heading, so that it is no table."""
    for line, choice in enumerate(choices):
        lists.write_string(line, column, choice)
    letters = xlsxwriter.utility.xl_col_to_name(column)
    return f"='{LISTS_SHEET}'!${letters}$1:${letters}${len(choices)}"


def _validation(column: FormColumn, source: str | None) -> dict[str, object] | None:
    """Return what Excel lets into a column, None when anything goes."""
    if column.column is None:
        return None
    texts = {
        "error_title": _cut(column.heading, _TITLE),
        "error_message": _cut(f"Здесь нужно: {column.allowed_ru}. Исправьте значение.", _MESSAGE),
    }
    if source is not None:
        # The present list of schools may be incomplete: another login is asked about, not refused.
        kind = {"error_type": "warning"} if column.name == "login" else {}
        return {"validate": "list", "source": source, **texts, **kind}
    if column.is_number:
        low, high = column.bounds
        whole = column.column.type is ColumnType.INT
        return {
            "validate": "integer" if whole else "decimal",
            "criteria": "between",
            "minimum": int(low) if whole else low,
            "maximum": int(high) if whole else high,
            **texts,
        }
    return None


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,.") + "…"


def _write_guide(guide: Worksheet, form: Form, place: Place | None, year: int, formats: _Formats) -> None:
    for number, width in enumerate(_GUIDE_WIDTHS):
        guide.set_column(number, number, width)
    guide.write_string(0, 0, form.title_ru, formats.title)
    guide.write_string(1, 0, f"{place.name} · {year}" if place else str(year))
    line = 3
    for number, text in enumerate(_instructions(form), start=1):
        guide.merge_range(line, 0, line, 3, f"{number}. {text}", formats.wrap)
        guide.set_row(line, _height((text,), (sum(_GUIDE_WIDTHS),)))
        line += 1
    line += 1
    for column, text in enumerate(("Столбец", "Обязателен", "Что писать", "Пояснение")):
        guide.write_string(line, column, text, formats.head)
    for column in form.columns:
        line += 1
        cells = (column.heading, "да" if column.needed else "нет", column.allowed_ru, _explanation(column))
        for number, text in enumerate(cells):
            guide.write_string(line, number, text, formats.wrap)
        guide.set_row(line, _height(cells, _GUIDE_WIDTHS))
    line += 2
    guide.write_string(line, 0, "Что проверит загрузка", formats.head)
    for text in _checks(form):
        line += 1
        guide.write_string(line, 0, text)
    guide.set_landscape()
    guide.set_paper(9)
    guide.fit_to_pages(1, 0)


def _height(texts: tuple[str, ...], widths: tuple[int, ...]) -> float:
    """Return the height of a row whose texts wrap: Excel does not grow rows that another program wrote."""
    return 15 * max(1 + len(text) // width for text, width in zip(texts, widths, strict=True))


def _instructions(form: Form) -> list[str]:
    definition = TABLES[form.table]
    steps = [
        f"Заполняйте лист «{DATA_SHEET}». Одна строка — {definition.grain_ru}.",
        "Заголовки столбцов не меняйте; столбцы с тёмным заголовком обязательны. Порядок столбцов и строк не важен.",
        "Год — календарный: учебный год 2025/2026 — это 2026. Серые ячейки заполнены заранее; проверьте их.",
        "Строку, по которой данных нет, оставьте как есть: пока в ней только вписанное заранее, она не считается.",
        "Нет данных — оставьте ячейку пустой. Ноль пишите, только если это действительно ноль.",
        "Если строк не хватает, скопируйте строку школы ниже последней.",
    ]
    if definition.personal:
        steps.append("Имён, дат рождения, СНИЛС в форме быть не должно: участник — это код; иное не загрузится.")
    steps.append("Проверить заполненную форму: oko form check ФАЙЛ. Загрузить: oko ingest ФАЙЛ.")
    return steps


def _explanation(column: FormColumn) -> str:
    """Return what the table says about a column; codes of closed lists say nothing to those who choose titles."""
    if column.column is None or (column.choices and column.column.words):
        return ""
    return column.column.description_ru


def _checks(form: Form) -> list[str]:
    titles = [rule.title_ru for rule in TABLE_RULES.get(form.table, ())]
    repeat = "Две строки об одном и том же"
    return [f"— {text}" for text in dict.fromkeys((*titles, repeat))]
