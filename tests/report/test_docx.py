"""The Word document, read back."""

from __future__ import annotations

import zipfile

import docx
import nbformat
import nbformat.v4 as v4
import pytest
from docx.oxml.ns import qn
from notebook_helper import META, notebook, output, the_figure, the_table

from oko_lib.report.docx import write_docx
from oko_lib.report.formulas import word_equations


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return docx.Document(str(write_docx(notebook(), tmp_path_factory.mktemp("word") / "r.docx", META)))


def texts(document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs if paragraph.text.strip()]


def test_tables_hold_what_the_report_shows(document):
    table = document.tables[1]
    assert [cell.text for cell in table.rows[1].cells] == [
        "Школа", "Участников", "Понизили, %", "Повысили, %", "Отличие, п.п.",
    ]  # fmt: skip
    assert [cell.text for cell in table.rows[0].cells][2:4] == ["Отметки", "Отметки"]
    assert [[cell.text for cell in row.cells] for row in table.rows[2:]] == the_table().rows


def test_header_rows_are_repeated(document):
    rows = document.tables[1].rows
    repeated = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
    assert repeated == [True, True, *[False] * (len(rows) - 2)]


def test_headings_lists_and_links(document):
    styles = {paragraph.text: paragraph.style.name for paragraph in document.paragraphs}
    assert styles["Раздел первый"] == "Heading 1"
    assert styles["Главное"] == "Heading 2"
    assert styles["один"] == "List Number"
    assert styles["глубже"] == "List Bullet 2"
    links = [relation.target_ref for relation in document.part.rels.values() if relation.is_external]
    assert links == ["https://example.org/a"]
    paragraph = next(item for item in document.paragraphs if item.text.startswith("Текст"))
    assert [run.text for run in paragraph.runs if run.bold] == ["жирный"]
    assert "ссылка" in paragraph.text


def test_formulas_are_equations(document):
    assert len(list(document.element.iter(qn("m:oMath")))) == 2


def test_captions_stand_above_tables_and_below_figures(document):
    body = list(document.element.body)
    caption = next(item for item in document.paragraphs if item.text.startswith("Таблица 1 — "))
    assert body[body.index(caption._p) + 1].tag == qn("w:tbl")
    below = next(item for item in document.paragraphs if item.text.startswith("Рисунок 1 — "))
    above = body[body.index(below._p) - 1]
    assert next(above.iter(qn("wp:docPr"))).get("descr") == "Гистограмма первичных баллов"


def test_empty_table_and_unknown_outputs_are_words(document):
    lines = texts(document)
    assert "Нет строк, которые можно показать." in lines
    assert any("неизвестное" in line for line in lines)
    assert any("ZeroDivisionError" in line for line in lines)
    assert not any("municipality =" in line for line in lines)


def test_foreign_frame_and_picture(document):
    assert [cell.text for cell in document.tables[-1].rows[1].cells] == ["0", "=2+2", "1.5"]
    assert len(document.inline_shapes) == 2


def test_pages_are_a4_with_header_and_page_fields(document):
    first = document.sections[0]
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    assert first.header.paragraphs[0].text == META.running_header
    footer = first.footer.paragraphs[0]
    assert "для служебного пользования" in footer.text
    assert "ab12cd34" in footer.text
    fields = [item.text.strip() for item in footer._p.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_wide_table_has_its_own_turned_section(document):
    turned = [round(section.page_width.mm) for section in document.sections]
    assert turned == [210, 297, 210]


def test_language_and_properties(document):
    assert next(document.styles.element.iter(qn("w:lang"))).get(qn("w:val")) == "ru-RU"
    assert document.core_properties.title == META.title
    assert any("v7" in line for line in texts(document))


def test_equal_content_gives_equal_bytes(tmp_path):
    one, two = (write_docx(notebook(), tmp_path / name, META).read_bytes() for name in ("a.docx", "b.docx"))
    assert one == two


def test_takes_a_file_and_survives_broken_content(tmp_path):
    cells = [
        v4.new_markdown_cell("Незакрытый **текст $x и [ссылка](\n\n![нет](attachment:нет.png)\n\n```\nкод"),
        v4.new_code_cell(
            "x", outputs=[v4.new_output("display_data", data={"image/png": "не картинка", "text/plain": "П"})]
        ),
        v4.new_code_cell(
            "x", outputs=[v4.new_output("display_data", data={"text/html": "<table><tr><td rowspan=9>я"})]
        ),
        v4.new_code_cell("x", outputs=[v4.new_output("display_data", data={"text/html": "<script>1</script>"})]),
        output(the_figure()),
    ]
    cells[-1]["outputs"][0]["data"]["image/svg+xml"] = "<svg"
    path = tmp_path / "n.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    lines = texts(docx.Document(str(write_docx(path, tmp_path / "r.docx", META))))
    assert "П" in lines
    assert any("не удалось перенести" in line for line in lines)
    assert zipfile.is_zipfile(tmp_path / "r.docx")


def test_a_broken_formula_stays_text():
    found = word_equations(["\\frac{a}{b}", "\\frac{", "x^2"])
    assert "\\frac{a}{b}" in found
    assert "x^2" in found
    assert "\\frac{" not in found
