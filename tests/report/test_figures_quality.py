"""Figures of the direction on quality of training: profiles of tasks and distributions; nothing clipped or hidden."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from test_figures_low_results import LONG, check_odd, check_page, drawn, few, frames, names, shares, sizes, texts_of
from typst_helper import pages, squeezed

from oko_lib.report.figure import ReportFigure, to_svg
from oko_lib.report.figures.mark_distribution import distribution_by_school
from oko_lib.report.figures.order import natural_key, portions
from oko_lib.report.figures.skill_profile import skill_multiples, skill_profile
from oko_lib.report.figures.stacked import LEVELS, MARKS, marks_distribution

SKILLS = (
    "Умение решать текстовые задачи",
    "Использование начальных математических знаний для описания и объяснения окружающих предметов, процессов, "
    "явлений, для оценки количественных и пространственных отношений предметов, процессов, явлений",
    "Умение вычислять периметр прямоугольника, площадь прямоугольника и квадрата",
)


def profile_frame(tasks: int = 14, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for task in range(tasks, 0, -1):
        expected, basic = float(rng.uniform(0.25, 0.85)), task < 9
        share = float(np.clip(expected + rng.normal(0, 0.07), 0.05, 0.95))
        state = "below" if share < expected - 0.12 else "above" if share > expected + 0.12 else "indistinct"
        rows.append(
            {
                "task": "5.1" if task == 5 else str(task), "skill": SKILLS[task % 3], "level": "Б" if basic else "П",
                "n": 64, "share": share, "low": max(0.0, share - 0.12), "high": min(1.0, share + 0.12),
                "region_share": expected + 0.03, "expected": expected, "state": state,
                "zone_low": 0.57 if basic else 0.285, "zone_high": 0.6 if basic else 0.3,
            }
        )  # fmt: skip
    rows[0].update(share=0.2, low=0.1, high=0.3, expected=0.6, state="below")
    if tasks > 3:
        rows[1].update(share=0.9, low=0.82, high=0.97, expected=0.6, state="above")
        rows[2].update(n=7)
        rows[3].update(n=None, share=None, low=None, high=None, expected=None, state=None)
    return pd.DataFrame(rows)


def profiles_frame(schools: int = 9, tasks: int = 14) -> pd.DataFrame:
    parts = [
        profile_frame(tasks, number).assign(school=LONG if number == 3 else f"Большеулуйская СОШ № {number}")
        for number in range(schools, 0, -1)
    ]
    return pd.concat(parts, ignore_index=True)


def shares_row(label: str, n: int, parts: dict[str, str], **more: object) -> dict:
    row = {"school": label, "n": n, **dict(zip(parts, (0.125, 0.35, 0.375, 0.15), strict=True))}
    for part, low, high in ((next(iter(parts)), 0.061, 0.237), (list(parts)[-1], 0.08, 0.27)):
        row |= {f"{part}_low": low, f"{part}_high": high}
    return {**row, **more}


def schools_frame(schools: int = 12, parts: dict[str, str] = MARKS) -> pd.DataFrame:
    rows = [
        shares_row("Регион", 31250, parts, scope="region"),
        *[
            shares_row(LONG if number == 3 else f"Большеулуйская СОШ № {number}", 10 + number, parts, scope="school")
            for number in range(schools, 0, -1)
        ],
        shares_row("Н-ский район", 1820, parts, scope="own"),
    ]
    return pd.DataFrame(rows)


def levels_frame() -> pd.DataFrame:
    rows = [
        {**shares_row("", n, LEVELS), "label": label, "scope": scope}
        for label in ("КДР · Читательская грамотность · 4", "КДР · Математическая грамотность, 6 класс")
        for scope, n in (("own", 93), ("region", 29589))
    ]
    return pd.DataFrame(rows)


MAKERS = {
    "profile": lambda: skill_profile(profile_frame(), hide_below=10),
    "profile without texts": lambda: skill_profile(profile_frame(26).drop(columns=["skill", "level"]), hide_below=10),
    "profile of one task": lambda: skill_profile(profile_frame(1), hide_below=10),
    "profiles": lambda: skill_multiples(profiles_frame(), hide_below=10)[0],
    "profiles, last sheet": lambda: skill_multiples(profiles_frame(), hide_below=10)[-1],
    "profile of one school": lambda: skill_multiples(profiles_frame(1, 30), hide_below=10)[0],
    "schools": lambda: distribution_by_school(schools_frame(), hide_below=10),
    "one school": lambda: distribution_by_school(schools_frame(1).query("scope == 'school'"), hide_below=10),
    "levels by school": lambda: distribution_by_school(schools_frame(5, LEVELS), parts=LEVELS, hide_below=10),
    "levels": lambda: marks_distribution(levels_frame(), parts=LEVELS),
}  # fmt: skip


@pytest.mark.parametrize("name", list(MAKERS))
def test_nothing_is_clipped_small_or_overlapping(name):
    check_page(MAKERS[name]())


@pytest.mark.parametrize("name", list(MAKERS))
def test_svg_is_well_formed_small_and_the_same_every_time(name):
    svg = to_svg(MAKERS[name]())
    assert svg == to_svg(MAKERS[name]())
    assert len(svg) < 100_000
    root = etree.fromstring(svg.encode())
    written = squeezed("".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")))
    for text in texts_of(MAKERS[name]()):
        assert squeezed(text) in written


def test_text_and_alternative_text_reach_the_pdf():
    shown = ("profile", "schools", "levels")
    made = [ReportFigure(MAKERS[name](), caption=name, alt=f"Описание {name}") for name in shown]
    for item in made:
        assert item.alt in item._repr_mimebundle_()["text/vnd.typst"]
    page = squeezed("".join(pages(*made)))
    for word in ("Умениерешатьтекстовыезадачи", "ожидаемоепообщемууровню", "Муниципалитет", "недостаточный"):
        assert word in page


def test_settings_of_the_caller_come_back():
    before = dict(matplotlib.rcParams)
    for name in ("profile", "profiles", "schools"):
        MAKERS[name]()
    assert dict(matplotlib.rcParams) == before


# Profile --------------------------------------------------------------------------------------------------------------


def test_tasks_stand_in_order_of_their_numbers():
    written = texts_of(skill_profile(profile_frame(), hide_below=10), "task")
    assert written == ["1", "2", "3", "4", "5.1", *map(str, range(6, 15))]
    assert written == sorted(written, key=natural_key)


def test_what_falls_out_is_told_by_shape_and_word():
    frame = profile_frame()
    figure = skill_profile(frame, hide_below=10)
    told = frame[(frame["n"] >= 10) & frame["share"].notna()]
    for state, word in (("above", "выше"), ("below", "ниже"), ("indistinct", "неразличимо")):
        wanted = int((told["state"] == state).sum())
        assert wanted
        assert texts_of(figure, "state").count(word) == drawn(figure, state) == wanted
    assert texts_of(figure, "state").count("м.д.") == 2
    lines = [line for ax in figure.axes for line in ax.lines]
    shapes = {line.get_marker() for line in lines if line.get_gid() in {"above", "below", "indistinct"}}
    assert len(shapes) == 3


def test_every_value_has_its_interval_and_the_region_beside_it():
    frame = profile_frame()
    figure = skill_profile(frame, hide_below=10)
    assert drawn(figure, "interval") == drawn(figure, "expected") == len(frame) - 2
    assert drawn(figure, "region") == len(frame)
    assert "20,0 (10,0–30,0)" in texts_of(figure)
    assert figure.axes[1].get_xlim() == (0, 1)


def test_no_completion_of_few_children_is_written():
    frame = profile_frame(1).assign(n=9)
    figure = skill_profile(frame, hide_below=10)
    texts = texts_of(figure)
    assert texts.count("м.д.") == 2
    assert not any("(" in text and "–" in text for text in texts)
    assert drawn(figure, "below") == drawn(figure, "interval") == drawn(figure, "expected") == 0
    assert "20,0 (10,0–30,0)" in texts_of(skill_profile(frame.assign(n=10), hide_below=10))


def test_zones_follow_the_level_of_the_task():
    figure = skill_profile(profile_frame(), hide_below=10)
    band = next(patch for patch in figure.axes[1].patches if patch.get_gid() == "border").get_path()
    edges = band.vertices.reshape(-1, 5, 2)[:, :, 0]
    assert len(edges) == 14
    assert {(row.min(), row.max()) for row in edges} == {(0.57, 0.6), (0.285, 0.3)}
    assert "пограничная зона" in texts_of(figure)
    without = skill_profile(profile_frame().drop(columns=["zone_low", "zone_high"]), hide_below=10)
    assert drawn(without, "border") == 0
    assert "пограничная зона" not in texts_of(without)


def test_all_missing_is_said_row_by_row():
    nothing = dict.fromkeys(["n", "share", "low", "high", "region_share", "expected", "state"])
    figure = skill_profile(profile_frame().assign(**nothing), hide_below=10)
    check_page(figure)
    assert texts_of(figure).count("нет данных") == 14
    assert texts_of(figure, "state") == ["м.д."] * 14
    few_data = skill_profile(profile_frame().assign(**nothing).assign(n=12), hide_below=10)
    assert texts_of(few_data).count("мало данных") == 14


def test_too_many_tasks_are_refused():
    frame = pd.concat([profile_frame().assign(task=f"{part}.1") for part in range(60)])
    with pytest.raises(ValueError, match="Разделите"):
        skill_profile(frame, hide_below=10)
    with pytest.raises(ValueError, match="Разделите"):
        skill_multiples(profiles_frame(1, 70), hide_below=10)


# Small multiples ------------------------------------------------------------------------------------------------------


def test_every_school_has_its_panel_by_name():
    frame = profiles_frame(60, 6)
    frame["school"] = frame["school"].str.replace("Большеулуйская СОШ", "Школа")
    sheets = skill_multiples(frame, hide_below=10)
    for figure in sheets:
        check_page(figure)
    assert sum(len(figure.axes) for figure in sheets) == 60
    heads = [text for figure in sheets for text in texts_of(figure) if text.startswith("Школа")]
    assert heads == [f"Школа № {number}" for number in range(1, 61) if number != 3]
    told = frame[(frame["n"] >= 10) & frame["share"].notna()]
    for state in ("above", "below", "indistinct"):
        assert sum(drawn(figure, state) for figure in sheets) == int((told["state"] == state).sum())


def test_tasks_that_fall_out_are_named_above_the_panel():
    figure = skill_multiples(profile_frame(6).assign(school="СОШ № 1"), hide_below=10)[0]
    said = texts_of(figure, "said")
    assert len(said) == 1
    assert said[0].startswith("ниже: 6")
    assert said[0].endswith("выше: 5.1")
    assert "n = 7–64" in texts_of(figure)
    assert texts_of(figure).count("м.д.") == 2
    quiet = profile_frame(6).assign(school="СОШ № 1", state="indistinct")
    assert texts_of(skill_multiples(quiet, hide_below=10)[0], "said") == []


def test_a_task_one_school_did_not_have_stays_as_an_empty_row():
    frame = profiles_frame(2, 5)
    frame = frame[(frame["school"] != "Большеулуйская СОШ № 1") | (frame["task"] != "1")]
    figure = skill_multiples(frame, hide_below=10)[0]
    assert [len(ax.get_yticks()) for ax in figure.axes] == [5, 5]
    with pytest.raises(ValueError, match="в двух строках"):
        skill_multiples(pd.concat([frame, frame]), hide_below=10)


# Distributions --------------------------------------------------------------------------------------------------------


def test_schools_by_name_then_municipality_and_region():
    figure = distribution_by_school(schools_frame(), hide_below=10)
    written = texts_of(figure, "name")
    assert [text for text in written if text.startswith("Большеулуйская")] == [
        f"Большеулуйская СОШ № {number}" for number in range(1, 13) if number != 3
    ]
    assert written[-2:] == ["Муниципалитет", "Регион"]
    assert "31 250" in texts_of(figure)
    assert texts_of(figure, "lowest") == ["12,5 (6,1–23,7)"] * 14


def bars(figure) -> list[float]:
    return [patch.get_width() for ax in figure.axes for patch in ax.patches if hasattr(patch, "get_width")]


def test_bars_are_as_long_as_the_shares_and_fill_the_row():
    widths = bars(distribution_by_school(schools_frame(3), hide_below=10))
    assert widths == pytest.approx([0.125, 0.35, 0.375, 0.15] * 5)


@pytest.mark.parametrize(("n", "there"), [(9, 0), (10, 4)])
def test_no_share_of_few_children_is_drawn(n, there):
    figure = distribution_by_school(pd.DataFrame([shares_row("СОШ № 1", n, MARKS)]), hide_below=10)
    assert len(bars(figure)) == there
    assert ("мало данных" in texts_of(figure)) == (not there)
    assert texts_of(figure, "lowest") == (["12,5 (6,1–23,7)"] if there else ["м.д."])


def test_all_missing_distributions_are_said_row_by_row():
    frame = schools_frame(5).assign(**dict.fromkeys(MARKS))
    figure = distribution_by_school(frame, hide_below=10)
    check_page(figure)
    assert texts_of(figure).count("мало данных") == 7
    assert bars(figure) == []


def test_sixty_schools_are_refused_and_portions_help():
    frame = schools_frame(60)
    with pytest.raises(ValueError, match="Разделите"):
        distribution_by_school(frame, hide_below=10)
    totals = frame[frame["scope"] != "school"]
    for part in portions(frame[frame["scope"] == "school"], 30):
        figure = distribution_by_school(pd.concat([part, totals]), hide_below=10)
        check_page(figure)
        assert len(texts_of(figure, "lowest")) == 32


def test_levels_and_marks_are_drawn_by_the_same_function():
    levels = texts_of(marks_distribution(levels_frame(), parts=LEVELS))
    assert all(word in levels for word in LEVELS.values())
    marks = levels_frame().rename(columns=dict(zip(LEVELS, MARKS, strict=True)))
    assert bars(marks_distribution(marks)) == bars(marks_distribution(levels_frame(), parts=LEVELS))
    with pytest.raises(ValueError, match="четыре части"):
        marks_distribution(marks, parts={"mark_2": "«2»", "mark_5": "«5»"})


# Bad and odd input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "frame", "column"),
    [
        (lambda frame: skill_profile(frame, hide_below=10), profile_frame(), "expected"),
        (lambda frame: skill_multiples(frame, hide_below=10), profiles_frame(2), "school"),
        (lambda frame: distribution_by_school(frame, hide_below=10), schools_frame(), "mark_4"),
        (lambda frame: marks_distribution(frame, parts=LEVELS), levels_frame(), "basic"),
    ],
)
def test_missing_columns_and_empty_frames_are_refused_in_words(make, frame, column):
    with pytest.raises(KeyError, match=column):
        make(frame.drop(columns=column))
    with pytest.raises(ValueError, match="нет строк"):
        make(frame.iloc[:0])


states = st.sampled_from(["above", "below", "indistinct", None, "?"])
task_row = {
    "task": names, "n": sizes, "state": states, "skill": st.one_of(st.none(), names),
    "level": st.sampled_from(["Б", "П", "В", None]),
    **dict.fromkeys(["share", "low", "high", "region_share", "expected", "zone_low", "zone_high"], shares),
}  # fmt: skip


@few
@given(frames(task_row, 10))
def test_odd_tasks(frame):
    figure = skill_profile(frame, hide_below=10)
    check_odd(figure)
    assert len(texts_of(figure, "state")) == len(frame)


@few
@given(frames({**task_row, "school": names}, 10, "task"), st.integers(1, 4))
def test_odd_schools(frame, columns):
    for figure in skill_multiples(frame, hide_below=10, columns=columns):
        check_odd(figure)


@few
@given(
    st.lists(st.tuples(names, sizes, st.lists(st.floats(0.01, 1), min_size=4, max_size=4)), min_size=1, max_size=12),
    st.sampled_from([MARKS, LEVELS]),
)
def test_odd_distributions(rows, parts):
    frame = pd.DataFrame(
        [
            {"school": name, "n": n, **{part: value / sum(given) for part, value in zip(parts, given, strict=True)}}
            for name, n, given in rows
        ]
    )
    figure = distribution_by_school(frame, parts=parts, hide_below=10)
    check_odd(figure)
    shown = [n is None or n >= 10 for _, n, _ in rows]
    assert len(bars(figure)) == 4 * sum(shown)
