"""Figures of the direction on talents: stages, school × subject, two stages; nothing clipped, hidden or overlapping."""

from __future__ import annotations

import math

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from test_figures import shown_texts
from test_figures_low_results import LONG, check_odd, check_page, drawn, few, frames, names, shares, sizes, texts_of
from typst_helper import pages, squeezed

from oko_lib.report.figure import ReportFigure, to_svg
from oko_lib.report.figures.home_and_away import home_and_away
from oko_lib.report.figures.stage_funnel import stage_funnel
from oko_lib.report.figures.standing import hatched, too_few
from oko_lib.report.figures.subject_map import MOST_SUBJECTS, subject_map, subject_maps

SUBJECTS = [
    "Английский язык", "Астрономия", "Биология", "География", "Информатика", "Искусство (МХК)", "Испанский язык",
    "История", "Итальянский язык", "Китайский язык", "Литература", "Математика", "Немецкий язык", "ОБЗР",
    "Обществознание", "Право", "Русский язык", "Труд (технология)", "Физика", "Физическая культура",
    "Французский язык", "Химия", "Экология", "Экономика",
]  # fmt: skip
MEASURES = {"came": "Пришли на муниципальный этап, % победителей и призёров", "result": "Балл на муниципальном этапе"}


def stages_frame() -> pd.DataFrame:
    rows = [
        ("Школьный", 3126, 8412, 1744, 402, 0.2305, 0.2114, 0.2509, 0.214),
        ("Муниципальный", 402, 611, 402, 21, 0.0522, 0.0344, 0.0787, 0.061),
        ("Региональный", 21, 24, 9, 2, 0.2222, 0.063, 0.547, 0.087),
        ("Заключительный", 2, 2, None, None, None, None, None, None),
    ]
    columns = ["stage", "persons", "entries", "base", "went_on", "share", "low", "high", "region_share"]
    return pd.DataFrame(rows, columns=columns)


def stages_missing() -> pd.DataFrame:
    frame = stages_frame()
    frame.loc[1, frame.columns[1:]] = None
    frame.loc[0, ["base", "went_on", "share", "low", "high"]] = None
    return frame.assign(stage=["Школьный", "Муниципальный", LONG, "Заключительный"])


def map_frame(schools: int, subjects: list[str], groups: tuple[str, ...] = ()) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    rows = []
    for number in range(schools, 0, -1):
        for subject in subjects:
            n, value = int(rng.gamma(1, 30)), rng.normal(0, 0.12)
            if not n:
                continue
            state = "above" if value > 0.13 else "below" if value < -0.13 else "indistinct"
            row = {"school": LONG if number == 3 else f"Большеулуйская СОШ № {number}", "subject": subject, "n": n}
            row |= {"value": value, "state": state} if n >= 10 else {"value": None, "state": None}
            rows.append({**row, **({"group": groups[number % len(groups)]} if groups else {})})
    return pd.DataFrame(rows)


def cell(school: str, subject: str, n: object, value: object, state: object) -> dict:
    return {"school": school, "subject": subject, "n": n, "value": value, "state": state}


def both_stages(own: int = 12, schools: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for measure in MEASURES:
        for number in range(schools):
            expected, n = float(np.clip(rng.normal(0.5, 0.1), 0, 1)), int(rng.integers(10, 60))
            half = 1.96 * math.sqrt(0.25 / n)
            observed = float(np.clip(expected + rng.normal(0, half / 2.5), 0, 1))
            state = "indistinct"
            if number in {1, 2}:
                n, expected, observed, half, state = [(24, 0.8, 0.12, 0.1, "below"), (30, 0.5, 0.98, 0.1, "above")][
                    number - 1
                ]
            if number == 3:
                n = 7
            rows.append(
                {
                    "measure": measure, "label": f"Большеулуйская СОШ № {number}", "own": number < own, "n": n,
                    "expected": expected, "observed": observed, "low": max(0.0, observed - half),
                    "high": min(1.0, observed + half), "state": state,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def two(frame: pd.DataFrame, **more):
    return home_and_away(frame, measures=MEASURES, hide_below=10, **more)


MAKERS = {
    "stages": lambda: stage_funnel(stages_frame(), hide_below=10),
    "stages without data": lambda: stage_funnel(stages_missing(), hide_below=10),
    "one stage": lambda: stage_funnel(stages_frame().head(1), hide_below=10),
    "map": lambda: subject_map(map_frame(12, SUBJECTS[:10]), full_at=0.3),
    "large map": lambda: subject_map(map_frame(30, SUBJECTS), full_at=0.3),
    "map of one cell": lambda: subject_map(pd.DataFrame([cell("СОШ № 1", "Право", 12, 0.1, "above")]), full_at=0.3),
    "map of groups": lambda: subject_maps(map_frame(60, SUBJECTS, ("Город Ачинск", LONG)), full_at=0.3)[0],
    "two stages": lambda: two(both_stages()),
    "two stages of sixty schools": lambda: two(both_stages(60)),
    "two stages of one school": lambda: two(both_stages(3)[lambda rows: rows["label"].str.endswith("№ 2")]),
}


@pytest.mark.parametrize("name", list(MAKERS))
def test_nothing_is_clipped_small_or_overlapping(name):
    check_page(MAKERS[name]())


@pytest.mark.parametrize("name", list(MAKERS))
def test_svg_is_well_formed_and_the_same_every_time(name):
    svg = to_svg(MAKERS[name]())
    assert svg == to_svg(MAKERS[name]())
    # The numbers of a large map are five hundred texts.
    assert len(svg) < (240_000 if name in {"large map", "map of groups"} else 80_000)
    root = etree.fromstring(svg.encode())
    written = squeezed("".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")))
    for text in texts_of(MAKERS[name]()):
        assert squeezed(text) in written


def test_text_and_alternative_text_reach_the_pdf():
    made = [
        ReportFigure(MAKERS[name](), number=place, caption=f"Подпись {name}", alt=f"Описание {name}")
        for place, name in enumerate(("stages", "map", "two stages"), 1)
    ]
    for item in made:
        bundle = item._repr_mimebundle_()
        assert item.alt in bundle["text/vnd.typst"]
        assert f'aria-label="{item.alt}"' in bundle["text/html"]
    page = squeezed("".join(pages(*made)))
    for word in ("Муниципальный", "23,1%(21,1–25,1)", "Астрономия", "нетучастников", "Наблюдалось", "Подписьmap"):
        assert word in page


def test_settings_of_the_caller_come_back():
    before = dict(matplotlib.rcParams)
    for name in ("stages", "map", "two stages"):
        MAKERS[name]()
    assert dict(matplotlib.rcParams) == before


# Stages ---------------------------------------------------------------------------------------------------------------


def test_stages_name_both_units_and_the_way_between_them():
    figure = stage_funnel(stages_frame(), hide_below=10)
    texts = texts_of(figure)
    for text in ("Детей,", "чел.", "Участий,", "3 126", "8 412", "перешли 402 из 1 744", "регион 21,4 %"):
        assert text in texts
    assert texts_of(figure, "share") == ["23,1 % (21,1–25,1)", "5,2 % (3,4–7,9)", "м.д."]
    assert drawn(figure, "own") == drawn(figure, "interval") == 2  # nine children have no share
    assert drawn(figure, "region") == 3


def test_bars_taper_with_the_numbers_and_stand_in_the_middle():
    figure = stage_funnel(stages_frame(), hide_below=10)
    for name, counts in (("entries", (8412, 611, 24)), ("persons", (3126, 402))):
        bars = [patch for patch in figure.axes[0].patches if patch.get_gid() == name]
        assert len(bars) == 4
        centres = {round(bar.get_x() + bar.get_width() / 2, 6) for bar in bars}
        assert len(centres) == 1
        widths = [bar.get_width() for bar in bars]
        assert widths == sorted(widths, reverse=True)
        largest = next(patch for patch in figure.axes[0].patches if patch.get_gid() == "entries").get_width()
        for width, count in zip(widths, counts, strict=False):
            assert width / largest == pytest.approx(max(count / 8412, 0.008))
    assert drawn(figure, "slope") == 3


@pytest.mark.parametrize(("base", "share"), [(9, "м.д."), (10, "20,0 % (5,7–51,0)")])
def test_exactly_the_least_group_has_a_share(base, share):
    frame = stages_frame()
    frame.loc[0, ["base", "went_on", "share", "low", "high"]] = [base, 2, 0.2, 0.0567, 0.5098]
    assert texts_of(stage_funnel(frame, hide_below=10), "share")[0] == share


def test_a_missing_stage_is_said_in_words():
    figure = stage_funnel(stages_missing(), hide_below=10)
    assert texts_of(figure).count("нет данных") == 3  # the stage itself and the ways to and from it
    assert drawn(figure, "persons") == 3
    assert drawn(figure, "slope") == 1
    nothing = stages_frame().assign(**dict.fromkeys(stages_frame().columns[1:]))
    empty = stage_funnel(nothing, hide_below=10)
    check_page(empty)
    assert texts_of(empty).count("нет данных") == 7
    assert drawn(empty, "persons") == drawn(empty, "own") == drawn(empty, "region") == 0


def test_scale_of_shares_is_fixed_and_values_beyond_stand_at_its_edge():
    frame = stages_frame()
    frame.loc[0, ["share", "low", "high", "region_share"]] = [0.9, 0.85, 0.93, 0.7]
    figure = stage_funnel(frame, hide_below=10)
    panel = figure.axes[1]
    assert panel.get_xlim() == (0, 0.5)
    assert max(float(line.get_xdata()[0]) for line in panel.lines if line.get_gid() == "own") == 0.5
    assert texts_of(figure, "share")[0] == "90,0 % (85,0–93,0)"


# School × subject -----------------------------------------------------------------------------------------------------


def small_map(**more):
    rows = [
        cell("СОШ № 2", "Право", 40, 0.3, "above"), cell("СОШ № 2", "Химия", 30, -0.05, "below"),
        cell("СОШ № 10", "Право", 20, 0.02, "indistinct"), cell("СОШ № 10", "Химия", 4, None, None),
        cell("СОШ № 1", "Право", 0, None, None),
    ]  # fmt: skip
    return subject_map(pd.DataFrame(rows), full_at=0.3, **more)


def test_states_of_cells_are_told_by_more_than_colour():
    figure = small_map()
    assert [drawn(figure, kind) for kind in ("above", "below", "indistinct", "few", "none")] == [1, 1, 1, 1, 2]
    assert drawn(figure, "corner above") == drawn(figure, "corner below") == 1
    assert sorted(texts_of(figure, "n")) == ["20", "30", "4", "40"]
    above, below = (
        next(patch for patch in figure.axes[0].patches if patch.get_gid() == f"corner {state}").get_path().get_extents()
        for state in ("above", "below")
    )
    # Upper right in the first column of the second row, lower left in the second column of the same row.
    assert above.ymin < below.ymin
    assert above.xmax < below.xmin < above.xmax + 5


def test_colour_is_stronger_farther_from_the_region():
    def shade(value: float) -> float:
        frame = pd.DataFrame([cell("СОШ № 1", "Право", 40, value, "above" if value > 0 else "below")])
        patches = subject_map(frame, full_at=0.3).axes[0].patches
        colour = next(patch for patch in patches if patch.get_gid() in {"above", "below"}).get_facecolor()
        return float(np.dot(colour[:3], (0.299, 0.587, 0.114)))

    for sign in (1, -1):
        shades = [shade(sign * value) for value in (0.01, 0.1, 0.2, 0.3)]
        assert shades == sorted(shades, reverse=True)
        assert len(set(shades)) == 4
        assert shade(sign * 0.9) == shades[-1]


def test_subjects_nobody_took_part_in_stay_as_columns():
    figure = small_map(subjects=["Химия", "Право", "Экология"])
    heads = [item for item in shown_texts(figure) if item.get_rotation() == 90]
    assert [item.get_text() for item in heads] == ["Химия", "Право", "Экология"]
    assert drawn(figure, "none") == 5


def test_a_pair_given_twice_is_refused():
    frame = pd.DataFrame([cell("СОШ № 1", "Право", 12, 0.1, "above")] * 2)
    with pytest.raises(ValueError, match="две строки"):
        subject_map(frame, full_at=0.3)


def test_what_does_not_fit_is_refused_and_cut_into_sheets():
    frame = map_frame(60, SUBJECTS)
    with pytest.raises(ValueError, match="Разделите"):
        subject_map(frame, full_at=0.3)
    sheets = subject_maps(frame, full_at=0.3)
    assert len(sheets) == 2
    wide = map_frame(4, [f"Предмет № {number}" for number in range(MOST_SUBJECTS + 1)])
    with pytest.raises(ValueError, match="Разделите"):
        subject_map(wide, full_at=0.3)
    assert len(subject_maps(wide, full_at=0.3)) == 2


@pytest.mark.parametrize(
    ("schools", "groups"),
    [(1, ()), (34, ("Ачинск", "Н-ский округ")), (70, ("Ачинск", "Ачинский район", "Н-ский округ"))],
)
def test_sheets_lose_no_cell(schools, groups):
    frame = map_frame(schools, [*SUBJECTS, "Китайский язык как второй"], groups)
    sheets = subject_maps(frame, full_at=0.3)
    for figure in sheets:
        check_page(figure)
    for kind, state in (("above", "above"), ("below", "below"), ("indistinct", "indistinct")):
        assert sum(drawn(figure, kind) for figure in sheets) == int((frame["state"] == state).sum())
    assert sum(drawn(figure, "few") for figure in sheets) == int(frame["state"].isna().sum())
    counted = sorted(int(text) for figure in sheets for text in texts_of(figure, "n"))
    assert counted == sorted(frame["n"])
    for figure in sheets:
        bold = [item.get_text() for item in shown_texts(figure) if item.get_weight() == "bold"]
        assert bool(bold) == bool(groups)


def test_slanted_lines_stay_in_their_box():
    ax = small_map().axes[0]
    hatched(ax, [(10.0, 24.5, 3.0, 18.0)], "#000000", gid="test")
    ends = next(patch for patch in ax.patches if patch.get_gid() == "test").get_path().vertices
    assert len(ends) >= 6
    assert ends[:, 0].min() >= 10
    assert ends[:, 0].max() <= 24.5
    assert ends[:, 1].min() >= 3
    assert ends[:, 1].max() <= 18
    with_slope = np.diff(ends.reshape(-1, 2, 2), axis=1)[:, 0]
    assert with_slope[:, 0] == pytest.approx(-with_slope[:, 1])


# Two stages -----------------------------------------------------------------------------------------------------------


def test_only_schools_beyond_chance_are_named():
    figure = two(both_stages())
    assert sorted(texts_of(figure, "point-label")) == sorted(
        ["Большеулуйская СОШ № 1 (24)", "Большеулуйская СОШ № 2 (30)"] * 2
    )
    assert drawn(figure, "above") == drawn(figure, "below") == 2
    assert drawn(figure, "indistinct") == 2 * (12 - 3)  # one school is too small
    assert drawn(figure, "interval") == 2 * 11
    assert texts_of(figure).count("не показано школ (детей меньше 10): 1") == 2


@pytest.mark.parametrize(("n", "there"), [(9, 0), (10, 1)])
def test_exactly_the_least_group_is_drawn(n, there):
    frame = both_stages(12, 12).query("measure == 'came'").reset_index(drop=True)
    frame.loc[5, ["n", "state"]] = [n, "below"]
    figure = home_and_away(frame, measures={"came": "Пришли"}, hide_below=10)
    assert sum(text.startswith("Большеулуйская СОШ № 5 ") for text in texts_of(figure, "point-label")) == there


def test_the_line_is_where_the_next_stage_is_as_expected():
    figure = two(both_stages())
    for ax in figure.axes:
        assert ax.get_xlim() == ax.get_ylim() == (0, 1)
        line = next(line for line in ax.lines if line.get_gid() == "diagonal")
        assert list(line.get_xdata()) == list(line.get_ydata()) == [0, 1]


def test_own_schools_only_and_other_schools_have_their_key():
    assert "остальные школы региона" in texts_of(two(both_stages()))
    assert "остальные школы региона" not in texts_of(two(both_stages().query("own")))


def test_a_measure_without_schools_says_so_and_none_is_refused():
    frame = both_stages(12, 12)
    frame.loc[frame["measure"] == "result", "observed"] = None
    assert "мало данных" in texts_of(two(frame))
    with pytest.raises(ValueError, match="обоих результатов"):
        two(frame.assign(observed=None))
    with pytest.raises(ValueError, match="обоих результатов"):
        two(frame.assign(n=3))


def test_many_schools_beyond_chance_keep_the_farthest():
    frame = both_stages(40, 60)
    frame.loc[frame["own"], "state"] = "above"
    figure = two(frame, max_labels=6)
    labels = texts_of(figure, "point-label")
    assert 2 <= len(labels) <= 12
    assert "Большеулуйская СОШ № 1 (24)" in labels
    check_page(figure)


# Bad and odd input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "frame", "column"),
    [
        (lambda frame: stage_funnel(frame, hide_below=10), stages_frame(), "went_on"),
        (lambda frame: subject_map(frame, full_at=1), map_frame(2, SUBJECTS[:2]), "value"),
        (lambda frame: subject_maps(frame, full_at=1), map_frame(2, SUBJECTS[:2]), "subject"),
        (two, both_stages(2, 4), "expected"),
    ],
)
def test_missing_columns_and_empty_frames_are_refused_in_words(make, frame, column):
    with pytest.raises(KeyError, match=column):
        make(frame.drop(columns=column))
    with pytest.raises(ValueError, match="нет строк"):
        make(frame.iloc[:0])


def test_a_group_of_unknown_size_is_not_called_too_few():
    assert too_few(9, 10)
    assert not too_few(10, 10)
    assert not too_few(None, 10)
    assert not too_few(math.nan, 10)


states = st.sampled_from(["above", "below", "indistinct", None, "?"])


@few
@given(frames({"stage": names, "persons": sizes, "entries": sizes, "base": sizes, "went_on": sizes,
               **dict.fromkeys(["share", "low", "high", "region_share"], shares)}, 5), names)  # fmt: skip
def test_odd_stages(frame, region):
    figure = stage_funnel(frame, hide_below=10, region=region)
    check_odd(figure)
    assert len(texts_of(figure, "share")) == len(frame) - 1


@few
@given(
    st.lists(
        st.fixed_dictionaries(
            {"school": names, "subject": names, "n": sizes, "value": st.one_of(st.none(), st.floats(-2, 2)),
             "state": states, "group": st.one_of(st.none(), names)}
        ),
        min_size=1, max_size=12, unique_by=lambda row: (row["group"], row["school"], row["subject"]),
    )
)  # fmt: skip
def test_odd_maps(rows):
    sheets = subject_maps(pd.DataFrame(rows), full_at=0.3)
    for figure in sheets:
        check_odd(figure)
    kinds = ("above", "below", "indistinct", "few", "none")
    pairs = {(row["group"], row["school"]) for row in rows}
    subjects = {row["subject"] for row in rows}
    assert sum(drawn(figure, kind) for figure in sheets for kind in kinds) == len(pairs) * len(subjects)


@few
@given(frames({"measure": st.sampled_from(list(MEASURES)), "label": names, "own": st.booleans(), "n": sizes,
               "expected": st.floats(0, 1), "observed": st.floats(0, 1), "low": shares, "high": shares,
               "state": states}, 14))  # fmt: skip
def test_odd_pairs_of_stages(frame):
    shown = frame["n"].isna() | (frame["n"] >= 10)
    if not shown.any():
        with pytest.raises(ValueError, match="обоих результатов"):
            two(frame)
        return
    figure = two(frame)
    check_odd(figure)
    marked = sum(drawn(figure, state) for state in ("above", "below", "indistinct"))
    assert marked == int((shown & frame["own"]).sum())
