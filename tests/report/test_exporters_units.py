"""Parts of the exporters on their own: escaping, Markdown, tables, styles, files."""

from __future__ import annotations

import io

import lxml.html
import pandas as pd
import pytest
import typst
from pypdf import PdfReader

from oko_lib.report.exporters import markdown, styles
from oko_lib.report.exporters.atomic import write_atomically
from oko_lib.report.exporters.html_typst import FragmentConverter
from oko_lib.report.exporters.images import Assets, find, read_raster, read_svg
from oko_lib.report.exporters.meta import INTERNAL_MARK, ReportMeta
from oko_lib.report.exporters.pieces import plain
from oko_lib.report.exporters.styles import Sheet
from oko_lib.report.exporters.table_grid import Grid, read_grid
from oko_lib.report.exporters.table_layout import LANDSCAPE_WIDTH, PORTRAIT_WIDTH, lay_out
from oko_lib.report.typst_escape import breakable, escape, string


def printed(markup: str) -> str:
    return PdfReader(io.BytesIO(typst.compile(markup.encode()))).pages[0].extract_text()


def grid_of(html: str) -> Grid:
    root = lxml.html.fragment_fromstring(html, create_parent="div")
    table = next(root.iter("table"))
    return read_grid(
        table, Sheet.of(root).resolve(root), lambda cell: (escape(cell.text_content()), cell.text_content())
    )


@pytest.mark.parametrize(
    "text",
    ["#[]$*_@<>`\\~", "- пункт", "= не заголовок", "1. не список", "/ термин: нет", "// не примечание", "/* тоже */",
     "a...b--c", "https://example.org/x", "\"кавычки\" 'апостроф'", "-1", "\\",
     "конец ]", "#let x = 1", "+ плюс", "&{}|^%;:"],
)  # fmt: skip
def test_escaped_text_prints_as_written(text):
    assert printed(f"#[{escape(text)}]").strip() == text
    assert printed(f"#text({string(text)})").strip() == text


def test_line_ends_become_line_breaks_and_never_escape_what_follows():
    assert escape("а\r\nб\n") == "а \\ б"
    assert printed(f"#[{escape('а' + chr(10))}]в").split() == ["ав"]


def test_long_names_break_at_joints_and_runs_anywhere():
    assert breakable("название_столбца_в_таблице").split("\u200b") == ["название_", "столбца_", "в_", "таблице"]
    assert max(map(len, breakable("f" * 100).split("\u200b"))) <= 20
    assert breakable("12345.678 и слово") == "12345.678 и слово"


def test_markdown_texts_do_not_touch_each_other():
    texts = ["# A\n\n```открыт", "обычный", "<!-- не закрыт", "[a]: https://x.org\n\n[a]", "[a]", "последний"]
    parts = markdown.convert(texts, "typst")
    assert "обычный" in parts[1]
    assert "последний" in parts[5]
    assert "link" in parts[3]
    assert "link" not in parts[4]
    assert all("okoseparator" not in part for part in parts)


def test_bare_environments_are_formulas_but_not_inside_code():
    assert markdown.prepare("\\begin{align}a\\end{align}").startswith("$$")
    assert markdown.prepare("```\n\\begin{align}a\\end{align}\n```").startswith("```")
    assert markdown.prepare("$$\n\\begin{align}a\\end{align}\n$$").count("$$") == 2


def test_markdown_links_into_the_notebook_are_plain_text():
    assert "link" not in markdown.convert(["[раздел](#нет-такого) <a href='#x'>y</a>"], "typst")[0]


def test_grid_of_a_multiindex_frame():
    columns = pd.MultiIndex.from_product([["А", "Б"], ["x", "y"]])
    index = pd.MultiIndex.from_product([["р1", "р2"], [5, 6]])
    grid = grid_of(pd.DataFrame(1.5, index=index, columns=columns).to_html())
    assert (grid.rows, grid.columns, grid.head, grid.index) == (6, 6, 2, 2)
    assert [(c.text, c.columns) for c in grid.cells if c.columns > 1] == [("А", 2), ("Б", 2)]
    assert [(c.text, c.rows) for c in grid.cells if c.rows > 1] == [("р1", 2), ("р2", 2)]
    assert grid.numeric_columns()[2:] == [True] * 4


def test_spans_over_the_edge_are_clamped_and_holes_filled():
    grid = grid_of(
        "<table><tr><td rowspan=9 colspan=2>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr><tr></tr></table>"
    )
    covered = [
        (cell.row + down, cell.column + right)
        for cell in grid.cells
        for down in range(cell.rows)
        for right in range(cell.columns)
    ]
    assert len(covered) == len(set(covered)) == grid.rows * grid.columns


def test_layout_prefers_upright_then_turned_then_cut():
    def layouts(columns: int, rows: int, text: str = "1234567.89") -> list:
        body = "".join("<tr>" + f"<th>{row}</th>" + f"<td>{text}</td>" * columns + "</tr>" for row in range(rows))
        head = "<thead><tr><th></th>" + "<th>x</th>" * columns + "</tr></thead>"
        return lay_out(grid_of(f"<table>{head}<tbody>{body}</tbody></table>"))

    upright, turned, cut, short = layouts(5, 3), layouts(13, 60), layouts(60, 60), layouts(13, 3)
    assert [len(found) for found in (upright, turned)] == [1, 1]
    assert not upright[0].landscape
    assert turned[0].landscape
    assert len(cut) > 1
    assert len(short) > 1  # a turned page for three rows would be an empty page
    for layout in [*upright, *turned, *cut, *short]:
        assert sum(layout.widths) <= (LANDSCAPE_WIDTH if layout.landscape else PORTRAIT_WIDTH) + 0.1
    assert all(part.grid.index == 1 for part in cut)
    assert sum(part.grid.columns - 1 for part in cut) == 60


def test_a_styler_keeps_its_colours_and_bars():
    styler = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]}).style
    styler = styler.bar(subset=["a"], color="#5fba7d").map(
        lambda _: "background-color: #ffee00; color: navy", subset=["b"]
    )
    markup = FragmentConverter(Assets(), lambda _: None).convert(styler.to_html()).markup
    assert 'rgb("#ffee00ff")' in markup
    assert 'fill: rgb("#000080ff")' in markup
    assert 'gradient.linear((rgb("#5fba7dff"), 0.00%)' in markup


@pytest.mark.parametrize(
    ("css", "stops"),
    [
        ("linear-gradient(90deg, #ff0000 50.0%, transparent 50.0%)", [0.0, 0.5, 0.5, 1.0]),
        ("linear-gradient(90deg, transparent 20%, red 20%, red 60%, transparent 60%)", [0.0, 0.2, 0.2, 0.6, 0.6, 1.0]),
        ("linear-gradient(180deg, red, blue)", []),
        ("linear-gradient(90deg, nonsense(, red)", []),
    ],
)
def test_bars(css, stops):
    assert [at for _, at in styles.bar({"background": css})] == stops


def test_html_text_keeps_its_words_and_links():
    made = FragmentConverter(Assets(), lambda _: None).convert(
        "<p>раз <b>два</b> <i>три</i><br>четыре <a href='https://x.org/?a=1#b'>ссылка</a></p><script>нет()</script>"
        "<div hidden>скрыто</div><img src='нет.png' alt='рис'>"
    )
    assert made.markup.startswith("#par[раз #strong[два] #emph[три]#linebreak();четыре #link(")
    assert "нет()" not in made.markup
    assert "скрыто" not in made.markup
    assert "изображение не найдено" in made.markup


def test_pictures_come_from_nowhere_but_near(tmp_path):
    for src in (
        "https://example.org/a.png",
        "//example.org/a.png",
        "file:///etc/hosts",
        "нет.png",
        "attachment:нет",
        "data:x",
    ):
        assert find(src, {}, tmp_path) is None
    assert read_svg("<html/>") is None
    assert read_svg('<svg xmlns="http://www.w3.org/2000/svg" width="2in" height="1in"/>').width == pytest.approx(144)
    assert read_raster(b"\x89PNG\r\n\x1a\n" + b"0" * 50) is None


def test_terminal_colours_and_progress_bars_are_flattened():
    assert plain("\x1b[31mкрасный\x1b[0m\n10%\r50%\r100%\nвсё") == "красный\n100%\nвсё"


def test_meta_round_trip_and_defaults():
    meta = ReportMeta("Т", "М", "Н", "2025", "", "ab", {"k": "v"})
    assert ReportMeta.from_notebook({"metadata": {"oko": meta.to_metadata()}, "cells": []}) == meta
    bare = ReportMeta.from_notebook({"metadata": {}, "cells": [{"cell_type": "markdown", "source": "# Мой отчёт"}]})
    assert (bare.title, bare.mode_mark) == ("Мой отчёт", INTERNAL_MARK)
    odd = ReportMeta.from_notebook({"metadata": {"oko": {"built_on": "вчера", "fingerprint": 5}}, "cells": []}, "имя")
    assert (odd.title, odd.fingerprint) == ("имя", {})


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    target = tmp_path / "отчёт.pdf"
    target.write_text("старый")

    def fail(part):
        part.write_text("полов")
        raise OSError("диск полон")

    with pytest.raises(OSError, match="диск полон"):
        write_atomically(target, fail)
    assert target.read_text() == "старый"
    assert [path.name for path in tmp_path.iterdir()] == ["отчёт.pdf"]
