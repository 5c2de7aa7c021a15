"""The PDF of a notebook: nothing awkward is fatal, everything meant for the reader is there, nothing else."""

from __future__ import annotations

import io
from datetime import date

import pytest
from exporters_samples import (
    OKO,
    code,
    figure_png,
    figure_svg,
    frame,
    long_frame,
    nasty,
    output,
    regression_html,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pypdf import PdfReader

from oko_lib.report.exporters import ReportMeta
from oko_lib.report.exporters.pdf import pdf_bytes

META = ReportMeta(
    "Объективность результатов",
    "Н-ский район",
    "Объективность",
    "2025",
    fingerprint_short="ab12cd34",
    fingerprint={"данные": "0011"},
    built_on=date(2026, 11, 22),
)


def read(nb: object, meta: ReportMeta = META) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_bytes(nb, meta)))


def page_texts(reader: PdfReader) -> list[str]:
    return [page.extract_text().replace("\u200b", "") for page in reader.pages]


def titles(outline: list) -> list[str]:
    return [title for item in outline for title in (titles(item) if isinstance(item, list) else [item.title])]


@pytest.fixture(scope="module")
def awkward() -> tuple[PdfReader, list[str], list[str]]:
    nb, sentinels = nasty()
    reader = read(nb)
    return reader, page_texts(reader), sentinels


def test_every_awkward_cell_is_there(awkward):
    _, pages, sentinels = awkward
    text = "\n".join(pages)
    assert [word for word in sentinels if word not in text] == []


def test_no_code_no_hidden_cells_no_object_names(awkward):
    text = "\n".join(awkward[1])
    for absent in ("КОД_НЕ_ПЕЧАТАТЬ", "НЕ_ПЕЧАТАТЬ", "IntSlider", "alert", "TRACE", "<Axes", "Styler", "In ["):
        assert absent not in text


def test_placeholders_and_frames_speak_russian(awkward):
    text = " ".join(" ".join(awkward[1]).split())
    assert "Интерактивный элемент: в печатной версии не показан." in text
    assert "изображение не найдено: нет такого sentMISSING" in text
    assert "Расчёт этого фрагмента не завершён." in text
    assert text.count("Этот фрагмент не удалось сверстать") == 2  # the two broken Typst outputs, nothing else


def test_running_header_footer_and_page_numbers(awkward):
    _, pages, _ = awkward
    for number, text in enumerate(pages, 1):
        assert f"стр. {number} из {len(pages)}" in text
        assert "для служебного пользования" in text
        assert "ab12cd34" in text
        assert ("Н-ский район · Объективность · 2025" in text) == (number > 1)


def test_bookmarks_follow_the_headings(awkward):
    found = titles(awkward[0].outline)
    assert found == ["Проверка sentHEAD", "Особые знаки sentSPECIAL", "Формулы sentMATH"]


def test_contents_on_page_two_of_reports_of_more_than_six_pages():
    def report(lines: int) -> list[str]:
        findings = {"text/vnd.typst": "Главное\n\n#v(18cm)", OKO: {"kind": "findings"}}
        sections = [new_markdown_cell(f"## Раздел {n}\n\n" + "строка\n\n" * lines) for n in range(6)]
        return page_texts(read(new_notebook(cells=[code(output(findings)), *sections])))

    long, short = report(40), report(20)
    assert len(long) > 6
    assert ["Содержание" in text for text in long[:3]] == [False, True, False]
    assert "Раздел 5" in long[1]
    assert len(short) <= 6
    assert "Содержание" not in "".join(short)


def test_document_properties_and_accessibility(awkward):
    reader = awkward[0]
    assert reader.metadata.title == META.title
    assert reader.metadata.author == META.author
    assert reader.metadata.creation_date.date() == META.built_on
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "ru"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_all_pages_are_a4(awkward):
    for page in awkward[0].pages:
        sides = sorted((round(float(page.mediabox.width)), round(float(page.mediabox.height))))
        assert sides == [595, 842]


def test_header_of_a_long_table_is_repeated_on_every_page():
    pages = page_texts(read(new_notebook(cells=[code(frame(long_frame(150)))])))
    assert len(pages) >= 3
    assert all("ШапкаДлинной" in text for text in pages)
    assert "Школа № 149" in pages[-1]


def test_equal_input_gives_equal_bytes():
    nb = new_notebook(cells=[new_markdown_cell("# Раз\n\n$x^2$"), code(output({"image/svg+xml": figure_svg("рис")}))])
    assert pdf_bytes(nb, META) == pdf_bytes(nb, META)


def test_a_statsmodels_summary_prints_as_tables():
    text = " ".join(page_texts(read(new_notebook(cells=[code(output({"text/html": regression_html()}))]))))
    for word in ("OLS Regression Results", "Durbin-Watson", "coef"):
        assert word in text


def test_figure_text_is_text_in_the_report_font():
    reader = read(new_notebook(cells=[code(output({"image/svg+xml": figure_svg("Кириллица в рисунке")}))]))
    assert "Кириллица в рисунке" in page_texts(reader)[0]
    fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    fonts |= {
        str(font.get_object()["/BaseFont"])
        for form in reader.pages[0]["/Resources"].get("/XObject", {}).values()
        for font in form.get_object().get("/Resources", {}).get("/Font", {}).values()
    }
    assert fonts
    assert all("PTS" in name or "PTF" in name for name in fonts), fonts


def test_alt_text_reaches_the_pdf():
    data = pdf_bytes(
        new_notebook(cells=[code(output({"image/png": figure_png()}, {"image/png": {"alt": "столбцы по школам"}}))]),
        META,
    )
    tree = PdfReader(io.BytesIO(data)).trailer["/Root"]["/StructTreeRoot"]
    assert "столбцы по школам" in _alts(tree, set())


def _alts(node: object, seen: set) -> list[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if id(node) in seen:
        return []
    seen.add(id(node))
    if isinstance(node, list):
        return [alt for item in node for alt in _alts(item, seen)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (_alts(node["/K"], seen) if "/K" in node else [])


def test_own_objects_are_printed_from_their_typst_form():
    table = {
        "text/vnd.typst": "Вид *Typst*",
        "text/html": "<p>вид HTML</p>",
        "text/plain": "вид текст",
        OKO: {"kind": "note"},
    }
    text = page_texts(read(new_notebook(cells=[code(output(table))])))[0]
    assert "Вид Typst" in text
    assert "вид HTML" not in text


def test_wide_own_tables_share_a_turned_page_with_their_heading():
    wide = {"text/vnd.typst": "#page(flipped: true)[ШИРОКАЯ]\n", OKO: {"kind": "table", "wide": True}}
    nb = new_notebook(
        cells=[
            new_markdown_cell("# Начало\n\nтекст\n\n## Подробно"),
            code(output(wide)),
            code(output(wide)),
            new_markdown_cell("конец"),
        ]
    )
    reader = read(nb)
    pages = page_texts(reader)
    assert len(pages) == 3
    assert "Подробно" in pages[1]
    assert pages[1].count("ШИРОКАЯ") == 2
    assert reader.pages[1].mediabox.width > reader.pages[1].mediabox.height


def test_a_figure_without_typst_form_gets_its_caption():
    own = {
        "image/svg+xml": figure_svg("x"),
        OKO: {"kind": "figure", "number": 4, "caption": "Что видно", "alt": "описание"},
    }
    assert "Рисунок 4 — Что видно" in page_texts(read(new_notebook(cells=[code(output(own))])))[0]


def test_heading_levels_never_skip():
    nb = new_notebook(cells=[new_markdown_cell("## Два\n\n#### Четыре\n\n# Один\n\nтекст")])
    reader = read(nb)
    assert titles(reader.outline) == ["Два", "Четыре", "Один"]
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_attachments_and_nearby_files_are_found(tmp_path):
    import base64

    (tmp_path / "р 1.png").write_bytes(base64.b64decode(figure_png()))
    nb = new_notebook(cells=[new_markdown_cell("![рис](<р 1.png>) ![нет](https://example.org/a.png)")])
    reader = PdfReader(io.BytesIO(pdf_bytes(nb, META, tmp_path)))
    assert len(reader.pages[0].images) == 1
    assert "изображение не найдено: нет" in page_texts(reader)[0]


def test_an_empty_notebook_is_a_report_too():
    assert META.title in page_texts(read(new_notebook()))[0]


def test_broken_pictures_do_not_stop_the_report():
    cut = figure_png()[:400]
    nb = new_notebook(
        cells=[
            code(output({"image/png": cut, "text/plain": "вместо рисунка"})),
            code(output({"image/svg+xml": "<svg><не закрыт", "text/plain": "вместо вектора"})),
            new_code_cell(
                "x", outputs=[new_output("display_data", data={"image/jpeg": "%%%", "text/plain": "вместо фото"})]
            ),
        ]
    )
    text = page_texts(read(nb))[0]
    for word in ("вместо рисунка", "вместо вектора", "вместо фото"):
        assert word in text
