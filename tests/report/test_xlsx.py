"""The workbook, read back."""

from __future__ import annotations

from datetime import datetime

import nbformat.v4 as v4
import openpyxl
import pytest
from notebook_helper import META, notebook, output, the_table

from oko_lib.report.xlsx import write_xlsx


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return openpyxl.load_workbook(write_xlsx(notebook(), tmp_path_factory.mktemp("excel") / "r.xlsx", META))


def test_one_sheet_for_each_table(book):
    assert book.sheetnames == ["Содержание", "Табл. 1", "Табл. 2", "Табл. 3", "Доп. 1", "Отпечаток"]


def test_values_are_numbers_with_formats(book):
    page = book["Табл. 1"]
    assert page["A1"].value == "Таблица 1 — Согласие отметок: ВПР и журнал"
    assert [cell.value for cell in page[3]] == [
        "Школа",
        "Участников",
        "Отметки — Понизили, %",
        "Отметки — Понизили, %: нижняя граница",
        "Отметки — Понизили, %: верхняя граница",
        "Отметки — Повысили, %",
        "Отличие, п.п.",
        "Отличие, п.п.: нижняя граница",
        "Отличие, п.п.: верхняя граница",
    ]
    first = [cell.value for cell in page[4]]
    assert first[:6] == ["=1+1", 1234, 0.3725, 0.341, 0.404, 0.021]
    assert first[6:] == pytest.approx([3.1, -0.4, 6.6])
    assert [cell.number_format for cell in page[4]][1:3] == ["#,##0", "0.0%"]
    assert [cell.value for cell in page[6]][:4] == ["@школа", 7, "м.д.", None]
    assert page["F5"].value == "…"
    assert [cell.value for cell in page[7]][:2] == ["Всего", 1334]
    assert page["A7"].font.bold


def test_text_is_never_a_formula(book):
    for page in book:
        assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert book["Доп. 1"]["B4"].value == "=2+2"
    assert book["Доп. 1"]["C4"].value == 1.5
    assert book["Доп. 1"]["B5"].value == "0123"


def test_notes_empty_table_and_print_setup(book):
    page = book["Табл. 1"]
    assert "мало данных" in page["A9"].value
    assert "Нет строк" in book["Табл. 3"]["A3"].value
    assert page.print_title_rows == "$3:$3"
    assert page.page_setup.paperSize == 9
    assert page.page_setup.orientation == "landscape"
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.freeze_panes == "B4"
    assert "для служебного пользования" in page.oddFooter.left.text
    assert "&P" in page.oddFooter.right.text
    assert "Н-ский муниципальный район" in page.oddHeader.left.text


def test_contents_link_to_the_sheets(book):
    page = book["Содержание"]
    assert page["A6"].value == "Табл. 1"
    assert page["A6"].hyperlink.location == "'Табл. 1'!A1"
    assert page["B6"].value.startswith("Таблица 1 — ")


def test_fingerprint(book):
    found = {row[0].value: row[1].value for row in book["Отпечаток"].iter_rows(min_row=3)}
    assert found["Данные"] == "v7"
    assert found["Построен"] == datetime(2026, 11, 22)
    assert found["Муниципалитет"] == META.municipality


def test_names_of_sheets_are_short_different_and_allowed(tmp_path):
    cells = [output(the_table()) for _ in range(3)]
    for cell in cells:
        described = cell["outputs"][0]["data"]["application/vnd.oko+json"]
        described["number"], described["caption"] = None, "Очень [длинное]: название/таблицы? с * 'кавычками'"
    names = openpyxl.load_workbook(write_xlsx(v4.new_notebook(cells=cells), tmp_path / "r.xlsx", META)).sheetnames
    assert len({name.casefold() for name in names}) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_report_without_tables_says_so(tmp_path):
    book = openpyxl.load_workbook(write_xlsx(v4.new_notebook(), tmp_path / "r.xlsx", META))
    assert book["Содержание"]["A6"].value == "В отчёте нет таблиц."


def test_equal_content_gives_equal_bytes(tmp_path):
    one, two = (write_xlsx(notebook(), tmp_path / name, META).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert one == two
