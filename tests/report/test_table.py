"""Report tables: texts, alignment, widths, and their forms in HTML and Typst."""

from __future__ import annotations

import json
import math

import lxml.html
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typst_helper import pages, squeezed

from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason, TestResult
from oko_lib.report.columns import ColumnSpec, cell, raw
from oko_lib.report.layout import MAX_PORTRAIT_COLUMNS, segments
from oko_lib.report.style import TEXT_WIDTH_MM, text_width
from oko_lib.report.table import ReportTable, natural_key

N = "\u202f"
REFUSED = Estimate(None, None, 7, refusal=Refusal(RefusalReason.TOO_FEW, 7, 10))


def share(value: float, low: float, high: float, n: int = 50) -> Estimate:
    return Estimate(value, Interval(low, high), n)


COLUMNS = [
    ColumnSpec("school", "Школа"),
    ColumnSpec("n", "Участников", kind="integer"),
    ColumnSpec("lowered", "Понизили", kind="share", group="Отметки"),
    ColumnSpec("raised", "Повысили", kind="share", group="Отметки"),
    ColumnSpec("difference", "Отличие", kind="points"),
    ColumnSpec("robust", "Неслучайно", kind="flag"),
]


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "school": ["СОШ № 10", "СОШ № 2 #[x] $a$", "Ёлкинская ООШ"],
            "n": [1234, 93, 7],
            "lowered": [share(0.372, 0.341, 0.404), share(0.05, 0.009, 0.2), REFUSED],
            "raised": [0.021, 0.1, np.nan],
            "difference": [share(0.031, -0.004, 0.066), share(-0.1, -0.2, 0.0), None],
            "robust": [True, False, None],
        }
    )


def table(**options) -> ReportTable:
    defaults = {"caption": "Согласие отметок.", "number": 3, "label": "tbl-agreement"}
    return ReportTable.build(frame(), COLUMNS, **{**defaults, **options})


def test_cells_are_printed_exactly():
    made = table()
    assert made.title == "Таблица 3 — Согласие отметок"
    assert made.rows == [
        ["СОШ № 10", f"1{N}234", "37,2 (34,1–40,4)", "2,1", "+3,1 (−0,4…+6,6)", "да"],
        ["СОШ № 2 #[x] $a$", "93", "5,0 (0,9–20,0)", "10,0", "−10,0 (−20,0…0,0)", "нет"],
        ["Ёлкинская ООШ", "7", "м.д.", "…", "…", "…"],
    ]
    assert [column.header for column in COLUMNS[2:5]] == ["Понизили, %", "Повысили, %", "Отличие, п.п."]


def test_meaning_of_codes_is_explained_only_when_they_occur():
    assert table().notes == ("м.д. — мало данных для вывода; «…» — нет данных.",)
    plain = ReportTable.build(frame().head(2), COLUMNS[:2], "Без кодов")
    assert plain.notes == ()


def test_total_row_stands_last_and_is_marked():
    made = table(total_row={"n": 1334, "lowered": share(0.3, 0.28, 0.32)}, sort="school")
    assert [row[0] for row in made.rows] == ["Ёлкинская ООШ", "СОШ № 2 #[x] $a$", "СОШ № 10", "Всего"]
    assert made.rows[-1] == ["Всего", f"1{N}334", "30,0 (28,0–32,0)", "—", "—", ""]
    assert made._repr_mimebundle_()["application/vnd.oko+json"]["total_row"] is True


def test_unknown_columns_are_refused_with_a_suggestion():
    with pytest.raises(KeyError, match="lowered"):
        ReportTable.build(frame(), [ColumnSpec("lowred", "Понизили")], "Т")
    with pytest.raises(KeyError, match="итог"):
        table(total_row={"итог": 1})
    with pytest.raises(KeyError, match="school"):
        table(sort="scool")


def test_description_is_json_and_keeps_raw_values():
    described = table()._repr_mimebundle_()["application/vnd.oko+json"]
    again = json.loads(json.dumps(described, allow_nan=False))
    assert again["values"][0] == [
        "СОШ № 10",
        1234,
        {"value": 0.372, "low": 0.341, "high": 0.404, "n": 50},
        0.021,
        {"value": 0.031, "low": -0.004, "high": 0.066, "n": 50},
        True,
    ]
    assert again["values"][2][2] == {"code": "м.д.", "n": 7}
    assert again["values"][2][3] is None
    assert (again["kind"], again["number"], again["label"], again["wide"]) == ("table", 3, "tbl-agreement", False)


def test_frame_is_left_as_it_was():
    given_frame = frame()
    before = given_frame.copy(deep=True)
    ReportTable.build(given_frame, COLUMNS, "Т", sort="school")
    pd.testing.assert_frame_equal(given_frame, before)


def test_html_holds_every_cell_and_repeats_nothing():
    root = lxml.html.fragment_fromstring(table(total_row={"n": 1334})._repr_mimebundle_()["text/html"], "div")
    for hidden in root.xpath("//span[@class='oko-pad']"):
        hidden.drop_tree()
    cells = [[item.text_content() for item in row.iter("td")] for row in root.iter("tr")]
    assert [row for row in cells if row] == table(total_row={"n": 1334}).rows
    assert root.findtext(".//caption") == "Таблица 3 — Согласие отметок"
    assert [item.get("colspan") for item in root.iter("th") if item.get("colspan")] == ["2"]


def test_typst_prints_every_cell():
    made = table(total_row={"n": 1334}, notes=["Доли — от пар."])
    text = squeezed("".join(pages(made)))
    for row in made.rows:
        for value in row:
            assert squeezed(value) in text
    assert "Таблица3—Согласиеотметок" in text
    assert "Доли—отпар." in text


def test_ordinary_spaces_stay_ordinary_in_the_pdf():
    text = "".join(pages(table(caption="Доля 37,2\u202f% и обычные пробелы")))
    assert "и обычные пробелы" in text
    assert "\u202f" not in text


def test_empty_table_is_a_sentence():
    made = ReportTable.build(frame().head(0), COLUMNS, "Пустая", 4, "tbl-empty", total_row={"n": 0})
    assert made.rows == []
    assert not made.wide
    assert "Нет строк" in made._repr_mimebundle_()["text/html"]
    assert "<table" not in made._repr_mimebundle_()["text/html"]
    assert "Нет строк" in "".join(pages(made))


def test_long_table_repeats_its_header_and_keeps_its_caption():
    rows = pd.DataFrame({"school": [f"Школа {index}" for index in range(120)], "n": range(120)})
    made = ReportTable.build(rows, COLUMNS[:2], "Длинная", 1, "tbl-long", total_row={"n": 7140})
    # The caption falls on the end of a page and must go along with its table.
    text = pages(made, before="#v(245mm)")
    holders = [page for page in text if "Школа" in page]
    assert len(holders) >= 3
    assert all("Участников" in page for page in holders)
    assert "Длинная" in holders[0]
    assert holders[0].index("Длинная") < holders[0].index("Школа 0")
    assert "Всего" in holders[-1]


def test_ten_columns_turn_the_page_and_nine_do_not():
    data = pd.DataFrame({f"c{index}": [1] for index in range(MAX_PORTRAIT_COLUMNS + 1)})
    columns = [ColumnSpec(f"c{index}", f"С{index}", kind="integer") for index in range(MAX_PORTRAIT_COLUMNS + 1)]
    assert ReportTable.build(data, columns, "Т").wide
    assert not ReportTable.build(data, columns[:-1], "Т").wide
    assert ReportTable.build(data, columns[:2], "Т", wide=True).wide
    assert "page(flipped: true)" in ReportTable.build(data, columns, "Т")._repr_mimebundle_()["text/vnd.typst"]


def test_natural_order():
    names = ["СОШ № 10", "СОШ № 2", "Ёлка", "Ель", None]
    assert sorted(names, key=natural_key) == ["Ёлка", "Ель", "СОШ № 2", "СОШ № 10", None]


def test_other_kinds_of_values():
    assert cell(Refusal(RefusalReason.NO_DATA), COLUMNS[1]).text == "…"
    assert cell(TestResult(5.0, 3.0, 0.0004, 93), ColumnSpec("p", "p", kind="p_value")).text == f"<{N}0,001"
    assert cell(Interval(0.1, 0.2), COLUMNS[2]).text == "10,0–20,0"
    assert cell(2026, ColumnSpec("y", "Год", kind="year")).text == "2026"
    assert cell(None, ColumnSpec("y", "Год", kind="year", missing="—")).text == "—"
    assert cell(3.14, COLUMNS[0]).text == "3,14"
    assert cell(share(0.372, 0.3, 0.4), ColumnSpec("s", "С", kind="share", interval=False)).text == "37,2"
    assert raw(np.float64(0.5)) == 0.5
    assert raw(pd.NA) is None


shares = st.tuples(*[st.floats(min_value=0, max_value=1, allow_nan=False)] * 3).map(sorted)


@settings(max_examples=60)
@given(st.lists(shares, min_size=1, max_size=8))
def test_bounds_stand_under_each_other(triples):
    column = ColumnSpec("s", "С", kind="share")
    cells = [cell(share(value, low, high), column) for low, value, high in triples]
    cut = segments(cells, column)
    assert ["".join(part.text for part in row if not part.hidden) for row in cut] == [item.text for item in cells]
    # Behind the value everything has the same width, so decimal commas meet in a right-aligned column.
    tails = [text_width("".join(part.text for part in row[1:]), 9) for row in cut]
    assert max(tails) - min(tails) < 0.05


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(min_size=0, max_size=60), min_size=1, max_size=7), st.integers(min_value=1, max_value=9))
def test_columns_fit_the_page(texts, width):
    data = pd.DataFrame([{f"c{index}": texts[index % len(texts)] for index in range(width)}])
    columns = [ColumnSpec(f"c{index}", texts[(index + 1) % len(texts)]) for index in range(width)]
    made = ReportTable.build(data, columns, "Т", wide=False)
    used = sum(made._geometry.widths) + 8 * width
    assert used <= TEXT_WIDTH_MM * 72 / 25.4 + 0.1
    assert all(part > 0 and math.isfinite(part) for part in made._geometry.widths)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=0, max_size=40), min_size=2, max_size=6))
def test_any_text_compiles(texts):
    data = pd.DataFrame({"a": texts, "b": texts[::-1]})
    made = ReportTable.build(data, [ColumnSpec("a", texts[0], group=texts[-1]), ColumnSpec("b", texts[1])], texts[0], 1)
    assert pages(made)
