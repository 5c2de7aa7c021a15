"""The HTML report: one file, offline, nothing that runs."""

from __future__ import annotations

import re
from datetime import date

import lxml.html
import pytest
from exporters_samples import OKO, code, figure_png, figure_svg, frame, long_frame, nasty, output
from nbformat.v4 import new_markdown_cell, new_notebook

from oko_lib.report.exporters import ReportMeta
from oko_lib.report.exporters.clean_html import Cleaner
from oko_lib.report.exporters.html import html_text

META = ReportMeta(
    "Отчёт <1>", "Н-ский район", "Объективность", "2025", fingerprint_short="ab12cd34", built_on=date(2026, 11, 22)
)
LOADING = (
    "src",
    "srcset",
    "data",
    "action",
    "formaction",
    "poster",
    "background",
    "{http://www.w3.org/1999/xlink}href",
)


@pytest.fixture(scope="module")
def page() -> tuple[str, list[str]]:
    nb, sentinels = nasty()
    return html_text(nb, META), sentinels


def assert_offline(html: str) -> None:
    tree = lxml.html.document_fromstring(html)
    assert not list(tree.iter("script", "iframe", "object", "embed", "link", "base", "form"))
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on"), (node.tag, name)
            assert "javascript:" not in value.lower()
            if name in LOADING or (name in ("href", "xlink:href") and node.tag != "a"):
                assert value.startswith(("data:", "#")), (node.tag, name, value[:80])
    for style in tree.iter("style"):
        assert "@import" not in style.text
        assert all(found.startswith(("data:", "#")) for found in re.findall(r"url\(\s*['\"]?([^'\")]+)", style.text))


def test_offline_and_complete(page):
    html, sentinels = page
    assert_offline(html)
    text = lxml.html.document_fromstring(html).text_content().replace("\u200b", "")
    assert [word for word in sentinels if word not in text] == []
    assert "НЕ_ПЕЧАТАТЬ" not in text
    assert len(html.encode()) < 3_000_000


def test_language_mark_fingerprint_alt_and_contents(page):
    tree = lxml.html.document_fromstring(page[0])
    assert tree.get("lang") == "ru"
    text = tree.text_content()
    assert "для служебного пользования" in text
    assert "отпечаток ab12cd34" in text
    assert "Отчёт <1>" in tree.findtext(".//title")
    assert all(img.get("alt") for img in tree.iter("img"))
    assert all(svg.get("aria-label") for svg in tree.iter("svg"))
    links = tree.xpath("//nav//a/@href")
    assert links or len(tree.xpath("//main//h1|//main//h2|//main//h3")) < 4
    assert all(tree.get_element_by_id(link[1:]) is not None for link in links)


def test_formulas_are_mathml(page):
    assert "<math" in page[0]
    assert "mtable" in page[0]


def test_hostile_html_is_harmless():
    hostile = (
        '<img src="https://evil.example/a.png" onerror="x()"><img src=x:1><a href="javascript:alert(1)">a</a>'
        '<svg onload="x()">'
        '<script>x()</script><image href="https://evil.example/b.png"/><a xlink:href="javascript:x()">t</a></svg>'
        '<style>@import "https://evil.example/c.css"; p { background: url(https://evil.example/d.png) }</style>'
        '<div style="background:url(//evil.example/e)">слова</div><iframe src="https://evil.example"></iframe>'
        '<form action="https://evil.example"><input>внутри</form>'
        '<meta http-equiv="refresh" content="0;url=https://evil.example">'
        '<video src="https://evil.example/v"></video><table background="https://evil.example/t"><tr><td>я</td></tr>'
        '</table><svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><foreignObject><script>x()</script>'
        "</foreignObject></svg>"
    )
    nb = new_notebook(cells=[code(output({"text/html": hostile})), new_markdown_cell(hostile)])
    html = html_text(nb, META)
    assert_offline(html)
    assert "evil.example/d" not in html
    assert "evil.example/e" not in html
    assert "слова" in html
    assert "внутри" in html


def test_figures_do_not_share_ids():
    svg = figure_svg("один")
    own = {
        "image/svg+xml": svg,
        "text/html": f"<figure>{svg}<figcaption>Рисунок 1</figcaption></figure>",
        OKO: {"kind": "figure"},
    }
    html = html_text(new_notebook(cells=[code(output({"image/svg+xml": svg})), code(output(own))]), META)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "viewBox" in html
    assert "clipPath" in html
    assert html.count("<svg") == 2
    for reference in set(re.findall(r'(?:href="#|url\(#)([^")]+)', html)):
        assert reference in ids


def test_styles_of_a_styler_are_kept_and_repeated_ones_not():
    cleaner = Cleaner()
    for _ in range(2):
        cleaner.clean(
            "<style>#T_1 td { color: red }</style><table id='T_1'><tr><td>1</td></tr></table>", lambda _: None
        )
    assert cleaner.styles == ["#T_1 td { color: red }"]


def test_numbers_stand_right_and_words_left():
    html = html_text(new_notebook(cells=[code(frame(long_frame(3)))]), META)
    cells = lxml.html.document_fromstring(html).xpath("//td")
    assert {("oko-num" in (cell.get("class") or "")) == cell.text.startswith("Школа") for cell in cells} == {False}


def test_contents_stand_before_the_first_section_and_after_the_title():
    own = {"text/html": "<header><h1>Название</h1></header>", "text/plain": "x", OKO: {"kind": "title"}}
    sections = [new_markdown_cell(f"## Раздел {n}") for n in range(5)]
    html = html_text(new_notebook(cells=[code(output(own)), *sections]), META)
    assert html.index("Название</h1>") < html.index("<nav") < html.index("Раздел 0</h2>")
    assert html.count("<h1") == 1


def test_pictures_are_inside():
    html = html_text(new_notebook(cells=[code(output({"image/png": figure_png()}))]), META)
    assert 'src="data:image/png;base64,' in html
    assert html == html_text(new_notebook(cells=[code(output({"image/png": figure_png()}))]), META)
