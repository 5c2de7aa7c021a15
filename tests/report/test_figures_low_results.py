"""Figures of the direction on schools with low results: order, states and zones, nothing clipped or overlapping."""

from __future__ import annotations

import math
import re
import string

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from matplotlib.collections import LineCollection
from matplotlib.text import Text
from test_figures import shown_texts
from typst_helper import pages, squeezed

from oko_lib.report.figure import ReportFigure, to_svg
from oko_lib.report.figures.changes import STATES, changes_chart
from oko_lib.report.figures.context_scatter import context_scatter
from oko_lib.report.figures.dynamics import dynamics
from oko_lib.report.figures.history import list_history_chart
from oko_lib.report.figures.level_flow import LEVELS, level_flow
from oko_lib.report.figures.measures import measures_chart
from oko_lib.report.figures.order import by_name, natural_key, portions
from oko_lib.report.figures.risk_profile import risk_profile
from oko_lib.report.figures.school_lines import school_lines
from oko_lib.report.figures.threshold_strip import threshold_strip
from oko_lib.report.style import TEXT_WIDTH_IN

LONG = "Средняя общеобразовательная школа имени Героя Советского Союза А. П. Кузнецова посёлка Новочернореченский"
YEARS = (2023, 2024, 2025, 2026)


def changes_frame(schools: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = []
    for number in range(schools, 0, -1):
        before, now = rng.beta(4, 5, 2)
        n_before, n_now = rng.integers(8, 90, 2)
        change, half = now - before - 0.03, 1.8 * math.sqrt(0.25 / n_before + 0.25 / n_now)
        state = "growth" if change > half else "decline" if change < -half else "indistinct"
        rows.append(
            {
                "school": LONG if number == 3 else f"СОШ № {number}", "n_before": n_before, "n_now": n_now,
                "share_before": before, "share_now": now, "change": change, "change_low": change - half,
                "change_high": change + half, "state": state, "fluctuation": 0.06 + 0.3 / math.sqrt(n_now),
            }
        )  # fmt: skip
    rows[1].update(n_before=None, share_before=None, change=None, change_low=None, change_high=None, state=None)
    return pd.DataFrame(rows)


def changes(schools: int = 6):
    return changes_chart(
        changes_frame(schools), before="2025", now="2026", what="Получили «4» и «5»\nна ОГЭ, %", region=(0.44, 0.47)
    )


def measures_frame() -> pd.DataFrame:
    titles = [f"Доля ШНОР, в которых увеличилась доля участников, получивших «4» и «5», мера {n}" for n in range(1, 8)]
    frame = pd.DataFrame({"title": titles, "n": 23, "formal": 0.565, "reliable": 0.13})
    frame = frame.assign(reliable_low=0.051, reliable_high=0.287)
    frame.loc[5, ["n", "formal", "reliable", "reliable_low", "reliable_high"]] = [0, None, None, None, None]
    frame.loc[6, ["n", "formal", "reliable", "reliable_low", "reliable_high"]] = [3, None, None, None, None]
    return frame


def strip_row(school: str, procedure: str, n_below: int, n: int, **more: object) -> dict:
    share = n_below / n if n else None
    row = {"school": school, "procedure": procedure, "n": n, "n_below": n_below, "share": share}
    low, high = (max(0.0, share - 0.15), min(1.0, share + 0.2)) if n else (None, None)
    return {**row, "low": low, "high": high, "probability": 0.5 if n else None, "share_before": 0.28, **more}


def strip_frame(schools: int = 5) -> pd.DataFrame:
    works = ("ОГЭ · Математика", "ВПР · Русский язык · 5", "КДР · Естественнонаучная грамотность · 8")
    rows = [
        strip_row(LONG if number == 2 else f"Большеулуйская СОШ № {number}", work, (number * 7 + place) % 20, 40)
        for number in range(schools, 0, -1)
        for place, work in enumerate(works[: 1 + number % 3])
    ]
    return pd.DataFrame([*rows, strip_row("СОШ № 1", works[0], 0, 0, share_before=None)])


def scatter_frame(own: int = 8, n: int = 300) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    expected = rng.normal(0, 0.25, n)
    actual, half = expected + rng.normal(0, 0.4, n), rng.uniform(0.15, 0.5, n)
    half[1] = np.nan
    frame = pd.DataFrame({"expected": expected, "actual": actual, "low": actual - half, "high": actual + half})
    return frame.assign(own=np.arange(n) < own, label=[f"Большеулуйская СОШ № {index}" for index in range(n)])


def history_frame(schools: int = 7) -> pd.DataFrame:
    listed = {1: [0, 1, 1, 0], 2: [1, 1, 1, 1], 3: [0, 0, None, 1], 4: [0, 0, 0, 1], 5: [1, None, None, None]}
    rows = [
        {"school": LONG if number == 6 else f"СОШ № {number}", "year": year, "listed": None if on is None else bool(on)}
        for number in range(schools, 0, -1)
        for year, on in zip(YEARS, listed.get(number, [0, 0, 0, 0]), strict=True)
    ]
    return pd.DataFrame(rows)


def lines_frame(works: int = 4, years: tuple[int, ...] = (2024, 2025, 2026)) -> pd.DataFrame:
    rows = [
        {
            "procedure": f"ВПР · Русский язык · {4 + work}", "year": year, "n": 20 + work, "share": share,
            "low": max(0.0, share - 0.15), "high": min(1.0, share + 0.15), "region_share": 0.5,
        }
        for work in range(works)
        for year in years
        for share in [0.3 + 0.1 * ((work + year) % 5)]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def risk_row(factor: str, value: object, state: object, **more: object) -> dict:
    known = value is not None
    row = {"factor": factor, "kind": "share", "n": 412, "value": value, "state": state}
    row |= {"low": value - 0.03 if known else None, "high": value + 0.03 if known else None}
    row |= {"region_median": 0.08, "region_q1": 0.05, "region_q3": 0.12, "scale_left": 0.0, "scale_right": 0.3}
    return {**row, **more}


def risk_frame() -> pd.DataFrame:
    return pd.DataFrame(
        [
            risk_row("Низкая посещаемость: пропуски уроков без уважительной причины", 0.11, "moderate"),
            risk_row("Доля обучающихся из группы риска", 0.19, "strong"),
            risk_row("Родители с высшим образованием", 0.1, "none", scale_left=0.8, scale_right=0.0),
            risk_row("Вакансии", 1, "none", kind="number", low=None, high=None, digits=0, scale_right=5, n=None),
            risk_row("Оснащённость", None, "strong"),
            risk_row("Дефициты педагогов " * 8, 0.93, "strong"),
        ]
    )


def flow_frame() -> pd.DataFrame:
    counts = [[12, 21, 10, 0], [9, 64, 71, 12], [2, 38, 203, 88], [0, 3, 61, 97]]
    rows = [
        {"level_before": before, "level_now": now, "n": counts[i][j]}
        for i, before in enumerate(LEVELS)
        for j, now in enumerate(LEVELS)
    ]
    return pd.DataFrame(rows)


MAKERS = {
    "changes": changes,
    "changes of thirty schools": lambda: changes(30),
    "measures": lambda: measures_chart(measures_frame()),
    "threshold": lambda: threshold_strip(strip_frame(), before="2025"),
    "scatter": lambda: context_scatter(scatter_frame(), low_context_to=-0.1),
    "history": lambda: list_history_chart(history_frame(), YEARS),
    "history of thirty schools": lambda: list_history_chart(history_frame(30), list(range(2014, 2027))),
    "lines": lambda: school_lines(lines_frame()),
    "risk": lambda: risk_profile(risk_frame()),
    "flow": lambda: level_flow(flow_frame()),
    "flow with hidden cells": lambda: level_flow(flow_frame(), hide_below=10),
}


def texts_of(figure, gid: str | None = None) -> list[str]:
    return [item.get_text().replace("\u00a0", " ") for item in shown_texts(figure) if gid in (None, item.get_gid())]


def drawn(figure, gid: str) -> int:
    """Number of marks or lines of one kind."""
    total = 0
    for ax in figure.axes:
        total += sum(len(line.get_xdata()) for line in ax.lines if line.get_gid() == gid)
        total += sum(len(item.get_paths()) for item in ax.collections if item.get_gid() == gid)
        for patch in ax.patches:
            if patch.get_gid() == gid:
                path = patch.get_path()
                total += 1 if path.codes is None else int((path.codes == path.MOVETO).sum())
    return total


def check_page(figure) -> None:
    """Everything a printed figure must keep, whatever it shows."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    assert figure.get_figwidth() == pytest.approx(TEXT_WIDTH_IN)
    assert figure.get_figheight() <= 9.0
    boxes = []
    for item in shown_texts(figure):
        assert item.get_fontsize() >= 8
        assert item.get_fontname() == "PT Sans"
        box = Text.get_window_extent(item, renderer)
        assert box.x0 >= -0.5, item.get_text()
        assert box.x1 <= figure.bbox.x1 + 0.5, item.get_text()
        assert box.y0 >= -0.5, item.get_text()
        assert box.y1 <= figure.bbox.y1 + 0.5, item.get_text()
        # Letters reach neither end of the line box: neighbouring lines may share an edge of it.
        boxes.append((item.get_text(), box.x0 + 0.5, box.x1 - 0.5, box.y0 + 2.2, box.y1 - 2.2))
    for index, (text, left, right, low, high) in enumerate(boxes):
        for other, o_left, o_right, o_low, o_high in boxes[index + 1 :]:
            apart = left >= o_right or o_left >= right or low >= o_high or o_low >= high
            assert apart, f"«{text}» runs into «{other}»"


@pytest.mark.parametrize("name", list(MAKERS))
def test_nothing_is_clipped_small_or_overlapping(name):
    check_page(MAKERS[name]())


@pytest.mark.parametrize("name", list(MAKERS))
def test_svg_is_well_formed_small_and_the_same_every_time(name):
    svg = to_svg(MAKERS[name]())
    assert svg == to_svg(MAKERS[name]())
    assert len(svg) < 80_000
    root = etree.fromstring(svg.encode())
    written = squeezed("".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")))
    for text in texts_of(MAKERS[name]()):
        assert squeezed(text) in written


def test_text_of_the_figures_stays_text_in_the_pdf():
    made = [ReportFigure(MAKERS[name](), caption=name) for name in ("changes", "threshold", "risk", "flow")]
    page = squeezed("".join(pages(*made)))
    for word in ("неразличимо", "ОГЭ·Математика", "выраженсильно", "недостаточный"):
        assert word in page


def test_settings_of_the_caller_come_back():
    before = dict(matplotlib.rcParams)
    for make in MAKERS.values():
        make()
    assert dict(matplotlib.rcParams) == before


def test_a_dollar_in_a_name_is_a_letter():
    frame = changes_frame(2).assign(school=["Школа $х_1$ и $", "Школа $\\frac$"])
    texts = texts_of(changes_chart(frame))
    svg = to_svg(changes_chart(frame))
    for name in frame["school"]:
        assert name in texts
        assert name in svg


# Order ----------------------------------------------------------------------------------------------------------------


def test_schools_are_ordered_as_a_person_counts():
    names = ["СОШ № 10", "гимназия № 1", "СОШ № 2", "Ёлкинская ООШ", "Еловская СОШ", "СОШ № 2 корпус 1"]
    assert sorted(names, key=natural_key) == [
        "гимназия № 1", "Ёлкинская ООШ", "Еловская СОШ", "СОШ № 2", "СОШ № 2 корпус 1", "СОШ № 10",
    ]  # fmt: skip


def test_rows_stand_in_order_of_names_whatever_the_results():
    frame = changes_frame(12).sort_values("share_now")
    figure = changes_chart(frame)
    names = [text for text in texts_of(figure) if text.startswith("СОШ")]
    assert names == [f"СОШ № {number}" for number in range(1, 13) if number != 3]
    places = [item.get_position()[1] for item in shown_texts(figure) if item.get_text().startswith("СОШ")]
    assert places == sorted(places)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 99)), min_size=1, max_size=40), st.integers(1, 8))
def test_portions_lose_nothing_and_tear_no_school(pairs, rows):
    frame = pd.DataFrame(pairs, columns=["number", "value"])
    frame["school"] = [f"СОШ № {number}" for number in frame["number"]]
    parts = list(portions(frame, rows))
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), by_name(frame))
    for part in parts:
        assert len(part) <= rows or len(set(part["school"])) == 1
    seen = [school for part in parts for school in part["school"].unique()]
    assert len(seen) == len(set(seen))


def test_too_many_rows_are_refused_and_portions_help():
    frame = changes_frame(60)
    with pytest.raises(ValueError, match="Разделите"):
        changes_chart(frame)
    for part in portions(frame, 30):
        check_page(changes_chart(part))
    with pytest.raises(ValueError, match="Разделите"):
        threshold_strip(strip_frame(40))


# Changes --------------------------------------------------------------------------------------------------------------


def test_states_are_words_and_shapes():
    frame = changes_frame(20)
    figure = changes_chart(frame, region=(0.4, 0.5))
    expected = [STATES[state][0] if state in STATES else "м.д." for state in by_name(frame)["state"]]
    assert texts_of(figure, "state") == expected
    assert {"рост", "снижение", "неразличимо", "м.д."} == set(expected)
    for code in STATES:
        assert drawn(figure, code) == int((frame["state"] == code).sum())
    assert drawn(figure, "now") == 20
    assert drawn(figure, "before") == 19  # one school has no earlier year
    shapes = {line.get_gid(): line.get_marker() for ax in figure.axes for line in ax.lines if line.get_gid() in STATES}
    assert len(set(shapes.values())) == 3


def test_every_change_has_its_interval():
    frame = changes_frame(20)
    panel = changes_chart(frame).axes[-1]
    lines = [item for item in panel.collections if isinstance(item, LineCollection) and item.get_gid() == "interval"]
    ends = sorted(tuple(path.vertices[:, 0]) for item in lines for path in item.get_paths())
    given_rows = frame.dropna(subset=["change"])
    wanted = sorted(
        zip(given_rows["change_low"].clip(-0.4, 0.4), given_rows["change_high"].clip(-0.4, 0.4), strict=True)
    )
    assert np.array(ends) == pytest.approx(np.array(wanted))


def test_scale_is_the_same_for_every_municipality():
    small = changes_frame(4).assign(share_before=0.5, share_now=0.51, change=0.01, change_low=0.0, change_high=0.02)
    for frame in (small, changes_frame(9)):
        shares, change = changes_chart(frame).axes[1:]
        assert shares.get_xlim() == (0, 1)
        assert change.get_xlim() == (-0.4, 0.4)


def test_band_is_drawn_only_when_known():
    frame = changes_frame()
    assert drawn(changes_chart(frame), "fluctuation") == 6
    assert "обычные колебания" in texts_of(changes_chart(frame))
    without = changes_chart(frame.drop(columns="fluctuation"))
    assert drawn(without, "fluctuation") == 0
    assert "обычные колебания" not in texts_of(without)


# Measures -------------------------------------------------------------------------------------------------------------


def test_measures_keep_the_order_of_the_document():
    figure = measures_chart(measures_frame())
    assert drawn(figure, "formal") == drawn(figure, "reliable") == drawn(figure, "interval") == 5
    texts = texts_of(figure)
    order = [int(match[1]) for text in texts if (match := re.search(r"мера (\d)", text))]
    assert order == [1, 2, 3, 4, 5, 6, 7]
    assert texts.count("13,0 (5,1–28,7)") == 5
    assert texts.count("нет данных") == 1
    assert texts.count("мало данных") == 1


def test_bars_are_as_long_as_the_shares():
    figure = measures_chart(measures_frame())
    widths = {patch.get_gid(): patch.get_width() for patch in figure.axes[1].patches}
    assert widths == pytest.approx({"formal": 0.565, "reliable": 0.13})


# Threshold ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_below", "n", "zone"),
    [(3, 10, "reached"), (29, 100, "risk"), (1, 4, "risk"), (24, 100, "below"), (6, 20, "reached"), (59, 197, "risk")],
)
def test_exactly_the_threshold_counts(n_below, n, zone):
    figure = threshold_strip(pd.DataFrame([strip_row("СОШ № 1", "ОГЭ · Математика", n_below, n)]))
    assert {name: drawn(figure, name) for name in ("below", "risk", "reached")} == {
        name: int(name == zone) for name in ("below", "risk", "reached")
    }
    assert f"{n_below} из {n}" in texts_of(figure)


def test_no_probability_is_a_certainty():
    rows = [
        strip_row("СОШ № 1", f"Работа {value}", 5, 20, probability=value) for value in (0.0, 0.004, 0.5, 0.996, 1.0)
    ]
    texts = texts_of(threshold_strip(pd.DataFrame(rows)))
    assert texts.count("< 0,01") == 2
    assert texts.count("> 0,99") == 2
    assert "0,50" in texts
    assert not {"0,00", "1,00"} & set(texts)


def test_nobody_took_part_is_said_in_words():
    figure = threshold_strip(strip_frame())
    assert "нет участников" in texts_of(figure)
    rows = len(strip_frame())
    assert sum(drawn(figure, zone) for zone in ("below", "risk", "reached")) == rows - 1
    assert drawn(figure, "interval") == rows - 1
    assert drawn(figure, "before") == rows - 1


def test_the_grade_of_a_long_work_stays():
    long = [text for text in texts_of(threshold_strip(strip_frame()), "procedure") if text.startswith("КДР")]
    assert long
    for text in long:
        assert "…" in text
        assert text.endswith(" · 8")


def test_without_a_risk_zone_there_are_two_marks():
    figure = threshold_strip(strip_frame(), 0.5, risk_from=None)
    assert drawn(figure, "risk") == 0
    assert "зона риска" not in texts_of(figure)
    assert "50 % и более" in texts_of(figure)
    assert 0.5 in figure.axes[1].get_xticks()


# Expected and actual --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("own", [1, 5, 15])
def test_own_schools_are_labelled_with_intervals(own):
    figure = context_scatter(scatter_frame(own))
    labels = texts_of(figure, "point-label")
    assert len(labels) == own
    assert drawn(figure, "interval") == own - (own > 1)  # the second school's interval is not known
    check_page(figure)


def test_many_own_schools_are_labelled_where_they_differ_most():
    frame = scatter_frame(40)
    frame.loc[0, ["expected", "actual", "low", "high"]] = [-0.3, 0.8, 0.7, 0.9]
    labels = texts_of(context_scatter(frame), "point-label")
    assert len(labels) <= 15
    assert "Большеулуйская СОШ № 0" in labels


def test_diagonal_is_where_both_are_equal():
    figure = context_scatter(scatter_frame(), x_range=(-1, 1), y_range=(-0.5, 2))
    line = next(line for line in figure.axes[0].lines if line.get_gid() == "diagonal")
    assert list(line.get_xdata()) == list(line.get_ydata()) == [-0.5, 1]


@pytest.mark.parametrize(("upper", "zones"), [(None, 0), (0.0, 1), (-0.2, 1), (-9.0, 0), (9.0, 1)])
def test_zone_of_low_context_and_its_key_go_together(upper, zones):
    figure = context_scatter(scatter_frame(), low_context_to=upper, x_range=(-1, 1))
    assert sum(text.startswith("треть школ") for text in texts_of(figure)) == zones
    spans = [patch for patch in figure.axes[0].patches if hasattr(patch, "get_width")]
    assert len(spans) == zones


def test_schools_without_a_result_are_left_out():
    frame = scatter_frame(4)
    frame.loc[0, "actual"] = None
    assert len(texts_of(context_scatter(frame), "point-label")) == 3
    with pytest.raises(ValueError, match="обоих результатов"):
        context_scatter(frame.assign(expected=None))


# History --------------------------------------------------------------------------------------------------------------


def test_history_signs_and_words():
    figure = list_history_chart(history_frame(5), YEARS)
    assert drawn(figure, "square") == 2 + 4 + 1 + 1 + 1
    assert drawn(figure, "box") == 2 + 0 + 2 + 3 + 0
    assert drawn(figure, "point") == 0 + 0 + 1 + 0 + 3
    assert drawn(figure, "entry") == 2  # the gap of the third school is neither an entry nor an exit
    assert drawn(figure, "exit") == 1
    assert texts_of(figure, "state") == ["выход", "остаётся", "в списке", "вход", "нет данных"]
    texts = texts_of(figure)
    for text in ("2 из 4", "4 из 4", "1 из 3", "1 из 1"):
        assert text in texts


def test_total_counts_schools_with_data():
    texts = texts_of(list_history_chart(history_frame(5), YEARS))
    at = texts.index("2 из 5")
    assert texts[at : at + 4] == ["2 из 5", "2 из 4", "2 из 3", "3 из 4"]
    assert "Всего в списке" not in texts_of(list_history_chart(history_frame(5), YEARS, total=False))


def test_twice_on_the_list_in_a_year_is_once():
    rows = [("СОШ № 1", 2025, True), ("СОШ № 1", 2025, False), ("СОШ № 1", 2025, True), ("СОШ № 1", 2026, False)]
    frame = pd.DataFrame(rows, columns=["school", "year", "listed"])
    figure = list_history_chart(frame, (2025, 2026))
    assert (drawn(figure, "square"), drawn(figure, "box"), drawn(figure, "exit")) == (1, 1, 1)
    assert "1 из 2" in texts_of(figure)


def test_too_many_years_are_refused():
    with pytest.raises(ValueError, match="последние годы"):
        list_history_chart(history_frame(), range(2000, 2027))
    with pytest.raises(ValueError, match="ни один год"):
        list_history_chart(history_frame(), [])


# One school over the years --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("works", "years", "in_a_row"), [(1, 3, 2), (2, 3, 2), (3, 3, 3), (4, 3, 4), (4, 4, 2), (6, 3, 4), (6, 5, 2)]
)
def test_panels_stand_two_to_four_in_a_row(works, years, in_a_row):
    figure = school_lines(lines_frame(works, tuple(range(2027 - years, 2027))))
    assert len(figure.axes) == works
    lefts = sorted({round(ax.get_position().x0, 3) for ax in figure.axes})
    assert len(lefts) == min(works, in_a_row)
    check_page(figure)


def test_panels_say_n_and_have_a_line_for_the_region():
    figure = school_lines(lines_frame(2))
    assert all("n = 2" in item.get_text().replace("\u00a0", " ") for item in figure.axes[0].get_xticklabels())
    for ax in figure.axes:
        assert len(ax.lines) == 2
        region = next(line for line in ax.lines if set(line.get_ydata()) == {0.5})
        assert len(region.get_xdata()) == 3
        assert ax.get_ylim() == (0, 1)
        assert sum(len(item.get_paths()) for item in ax.collections) == 3


def test_columns_of_dynamics_are_three_unless_told():
    rows = lines_frame(4).rename(columns={"procedure": "panel", "share": "value"}).assign(scope="own")
    for columns, expected in ((None, 3), (2, 2), (4, 4)):
        figure = dynamics(rows, **({} if columns is None else {"columns": columns}))
        assert len({round(ax.get_position().x0, 3) for ax in figure.axes}) == expected


# Risk profile ---------------------------------------------------------------------------------------------------------


def test_risk_states_are_words():
    figure = risk_profile(risk_frame())
    assert texts_of(figure, "state") == [
        "выражен умеренно", "выражен сильно", "нет", "нет", "нет данных", "выражен сильно",
    ]  # fmt: skip
    assert [drawn(figure, state) for state in ("strong", "moderate", "none")] == [2, 1, 2]
    texts = texts_of(figure)
    assert "11,0 % (8,0–14,0)" in texts
    assert "1" in texts
    assert drawn(figure, "region") == 6


def test_the_right_end_is_always_the_side_of_risk():
    frame = pd.DataFrame(
        [
            risk_row("Больше — хуже", 0.24, "strong"),
            risk_row("Меньше — хуже", 0.2, "strong", scale_left=1.0, scale_right=0.0),
        ]
    )
    line = next(line for line in risk_profile(frame).axes[1].lines if line.get_gid() == "strong")
    assert line.get_xdata()[0] == pytest.approx(0.8)
    lines = [line for line in risk_profile(frame).axes[1].lines if line.get_gid() == "strong"]
    assert [float(line.get_xdata()[0]) for line in lines] == pytest.approx([0.8, 0.8])


# Levels ---------------------------------------------------------------------------------------------------------------


def test_levels_show_counts_rows_and_totals():
    figure = level_flow(flow_frame())
    texts = texts_of(figure)
    assert drawn(figure, "cell") == 16
    for text in ("203", "61,3 %", "27,9 %", "691", "345", "156"):
        assert text in texts
    assert [text for text in texts if text in LEVELS.values()] == [*LEVELS.values()] * 2


def test_levels_of_another_dictionary():
    frame = pd.DataFrame([{"level_before": "low", "level_now": "high", "n": 4}])
    texts = texts_of(level_flow(frame, titles={"low": "ниже базового", "high": "базовый и выше"}))
    assert texts.count("ниже базового") == 2
    with pytest.raises(ValueError, match="неизвестный уровень «low»"):
        level_flow(frame)


counts = st.lists(st.one_of(st.just(0), st.integers(0, 30)), min_size=16, max_size=16).filter(any)


@settings(max_examples=15, deadline=None)
@given(counts, st.integers(2, 12))
def test_hidden_numbers_cannot_be_got_back(numbers, limit):
    codes = list(LEVELS)
    frame = pd.DataFrame(
        [
            {"level_before": codes[spot // 4], "level_now": codes[spot % 4], "n": n}
            for spot, n in enumerate(numbers)
        ]
    )  # fmt: skip
    texts = texts_of(level_flow(frame, hide_below=limit))
    hidden = [n for n in numbers if n < limit]
    assert texts.count("м.д.") == len(hidden)
    printed = sorted(int(text) for text in texts if text.isdecimal())
    if hidden:
        assert printed == sorted(n for n in numbers if n >= limit)  # neither totals of rows nor of columns
        whole_rows = [numbers[start : start + 4] for start in (0, 4, 8, 12) if min(numbers[start : start + 4]) >= limit]
        assert sum("%" in text for text in texts) == 4 * len(whole_rows)


# Bad and odd input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "frame", "column"),
    [
        (changes_chart, changes_frame(), "change_low"),
        (measures_chart, measures_frame(), "reliable_low"),
        (threshold_strip, strip_frame(), "probability"),
        (context_scatter, scatter_frame(), "expected"),
        (lambda frame: list_history_chart(frame, YEARS), history_frame(), "listed"),
        (school_lines, lines_frame(), "region_share"),
        (risk_profile, risk_frame(), "scale_left"),
        (level_flow, flow_frame(), "level_now"),
    ],
)
def test_missing_columns_and_empty_frames_are_refused_in_words(make, frame, column):
    with pytest.raises(KeyError, match=column):
        make(frame.drop(columns=column))
    with pytest.raises(ValueError, match="нет строк"):
        make(frame.iloc[:0])


letters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИКЛМНОПРСТУФХ" + string.digits + " «»№-.,$_^&<\\"
names = st.text(letters, min_size=1, max_size=140)
shares = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 0.3]), st.floats(0, 1))
differences = st.one_of(st.none(), st.floats(-1, 1))
sizes = st.one_of(st.none(), st.sampled_from([0, 1, 12345]), st.integers(0, 500))
few = settings(max_examples=8, deadline=None)


def frames(row: dict, most: int, key: str | None = None) -> st.SearchStrategy[pd.DataFrame]:
    unique = None if key is None else (lambda item: item[key])
    rows = st.lists(st.fixed_dictionaries(row), min_size=1, max_size=most, unique_by=unique)
    return rows.map(pd.DataFrame)


def check_odd(figure) -> None:
    check_page(figure)
    etree.fromstring(to_svg(figure).encode())


@few
@given(
    frames(
        {
            "school": names, "n_before": sizes, "n_now": sizes, "share_before": shares, "share_now": shares,
            "change": differences, "change_low": differences, "change_high": differences,
            "state": st.sampled_from([*STATES, None, "?"]), "fluctuation": shares,
        },
        8,
    ),
    st.booleans(),
)  # fmt: skip
def test_odd_changes(frame, region):
    figure = changes_chart(frame, region=(0.5, 0.5) if region else None)
    check_odd(figure)
    assert len(texts_of(figure, "state")) == len(frame)


@few
@given(frames({"title": names, "n": sizes, **dict.fromkeys(["formal", "reliable"], shares),
               **dict.fromkeys(["reliable_low", "reliable_high"], shares)}, 7))  # fmt: skip
def test_odd_measures(frame):
    check_odd(measures_chart(frame))


@few
@given(frames({"school": names, "procedure": names, "n": sizes, "n_below": st.one_of(st.none(), st.integers(0, 50)),
               **dict.fromkeys(["share", "low", "high", "probability", "share_before"], shares)}, 8))  # fmt: skip
def test_odd_strips(frame):
    figure = threshold_strip(frame)
    check_odd(figure)
    assert len(texts_of(figure, "procedure")) == len([name for name in frame["procedure"] if name.strip()])


@few
@given(frames({"label": names, "own": st.booleans(), "expected": st.floats(-3, 3), "actual": st.floats(-3, 3),
               "low": st.one_of(st.none(), st.floats(-4, 0)), "high": st.one_of(st.none(), st.floats(0, 4))},
              12), st.one_of(st.none(), st.floats(-3, 3)))  # fmt: skip
def test_odd_scatters(frame, low_context_to):
    check_odd(context_scatter(frame.assign(label=frame["label"].str[:26]), low_context_to=low_context_to))


@few
@given(frames({"school": names, "year": st.sampled_from(YEARS), "listed": st.sampled_from([True, False, None])}, 12))
def test_odd_histories(frame):
    figure = list_history_chart(frame, YEARS)
    check_odd(figure)
    schools = frame["school"].nunique()
    assert len(texts_of(figure, "state")) == schools
    assert sum(drawn(figure, sign) for sign in ("square", "box", "point")) == schools * len(YEARS)


@few
@given(frames({"factor": names, "kind": st.sampled_from(["share", "number"]), "n": sizes,
               "state": st.sampled_from(["strong", "moderate", "none", "no_data", None]), "value": shares,
               **dict.fromkeys(["low", "high", "region_median", "region_q1", "region_q3"], shares),
               "scale_left": shares, "scale_right": shares}, 8))  # fmt: skip
def test_odd_profiles(frame):
    figure = risk_profile(frame)
    check_odd(figure)
    assert len(texts_of(figure, "state")) == len(frame)


@few
@given(frames({"procedure": names, "year": st.sampled_from(YEARS), "n": sizes, "share": shares,
               "region_share": shares}, 6, "procedure"))  # fmt: skip
def test_odd_lines(frame):
    spread = frame["share"].astype(float)
    figure = school_lines(frame.assign(low=(spread - 0.1).clip(0, 1), high=(spread + 0.1).clip(0, 1)), years=YEARS[:2])
    assert len(figure.axes) == frame["procedure"].nunique()
    etree.fromstring(to_svg(figure).encode())
