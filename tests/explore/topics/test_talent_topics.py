"""Topics of talent show what the reports show, for every municipality, and answer for every unit."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "report"))
sys.path.insert(0, str(Path(__file__).parents[2] / "indicators"))

import talent_store as made
from low_results_shown import JUDGING, TRACES

from oko_lib.explore.choice import Choice, Scale
from oko_lib.explore.directions import explored
from oko_lib.explore.explorer import row_units
from oko_lib.explore.hotspots import places
from oko_lib.explore.lens import Lens
from oko_lib.explore.section import settle
from oko_lib.explore.topics.talent_coverage import BELOW, REACHED
from oko_lib.report.talent import open_regional_report, open_report
from oko_lib.settings.loading import SettingsError

TESTS = Path(__file__).parents[2]
EXPLORED = explored("talent")
TOPICS = {topic.key: topic for topic in EXPLORED.topics}
NORTH, MIDDLE, SOUTH = (made.code(number) for number in range(3))


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    return Lens(made.written(tmp_path_factory).root)


@pytest.fixture(scope="module")
def report(lens):
    return open_report(NORTH, workspace_root=str(lens.workspace.root))


def view_of(lens, key, municipality=NORTH, year=made.YEAR, **chosen):
    choice = settle(TOPICS[key], lens, Choice(year=year, municipality=municipality, **chosen))
    return TOPICS[key].draw(lens, choice)


def answers(view):
    """Everything that is behind the units of a view, and behind the whole."""
    return {unit: found for unit in ["", *view.units] if (found := view.behind(unit)) is not None}


def whole(view):
    """Check what holds of every view, whatever its data."""
    assert {unit for unit in row_units(view) if unit} == set(view.units)
    found = answers(view)
    assert set(view.units) <= set(found)
    said = [view.text, *(text for row in view.table.rows for text in row)]
    for answer in found.values():
        assert answer.title
        assert answer.facts
        assert all(norm.source and norm.clause for norm in answer.norms)
        assert not answer.method or (TESTS.parent / "docs/ru/methods" / f"{answer.method}.md").is_file()
        said += [answer.title, *(text for fact in answer.facts for text in fact)]
    assert view.text.strip()
    assert [text for text in said if TRACES.search(text) or JUDGING.search(text)] == []
    if view.figure is not None:
        assert {spot.unit for spot in view.spots} <= set(view.units)
        width, height = (72 * side for side in view.figure.content.get_size_inches())
        for spot in places(view.figure.content, view.spots):
            assert 0 <= spot["x"] <= width
            assert 0 <= spot["y"] <= height


def drawn_or_said(lens, key, municipality, year=made.YEAR):
    """The view, or what is said instead of it."""
    try:
        return view_of(lens, key, municipality, year)
    except SettingsError as error:
        return str(error)


@pytest.mark.parametrize("key", list(TOPICS))
def test_every_topic_draws_for_every_municipality_and_year_and_answers_for_every_unit(lens, key):
    newest, *others = lens.years("talent")
    asked = [(code, newest) for _, code in lens.municipalities("talent", newest)]
    asked += [(lens.municipalities("talent", year)[0][1], year) for year in others]
    found = [drawn_or_said(lens, key, code, year) for code, year in asked]
    for view in found:
        if isinstance(view, str):
            assert re.search("[а-я]", view)
        else:
            whole(view)
    # Of the first year there is none before it to lay beside.
    assert sum(not isinstance(view, str) for view in found) == (4 if key == "compare_years" else 5)


@pytest.mark.parametrize("key", [topic.key for topic in EXPLORED.topics if topic.whole_region])
def test_the_region_is_drawn_as_well(lens, key):
    view = view_of(lens, key, "")
    whole(view)
    assert view.figure is not None


@pytest.mark.parametrize("case", ["no keys", "no forms", "no olympiads", "one school"])
def test_where_data_lack_it_says_so(tmp_path_factory, case):
    lens = Lens(made.written(tmp_path_factory, case).root)
    code = lens.municipalities("talent", made.YEAR)[0][1]
    for key in TOPICS:
        view = drawn_or_said(lens, key, code)
        if isinstance(view, str):
            assert re.search("[а-я]", view)
            continue
        whole(view)
        assert view.figure is not None or re.search("Рисунка нет|Сравнить нельзя", view.text), key


# --- the same numbers as the reports ---------------------------------------------------------------------------------


def test_the_numbers_are_those_of_the_report(lens, report):
    assert view_of(lens, "stages").table.rows == report.stages_table().rows
    assert view_of(lens, "home").table.rows == report.home_table().rows
    assert view_of(lens, "subjects").table.rows == report.strength_table().rows
    regional = open_regional_report(workspace_root=str(lens.workspace.root))
    assert view_of(lens, "stages", "").table.rows == regional.stages_table().rows


def test_coverage_of_a_school_is_that_of_the_report(lens, report):
    of_report = {row[0]: (row[1], row[2], row[3]) for row in report.coverage_table().rows[:-1]}
    view = view_of(lens, "coverage", measure="covered")
    assert {row[0]: (row[1], row[2], row[3]) for row in view.table.rows} == of_report
    taking_part = {row[0]: row[4] for row in report.coverage_table().rows[:-1]}
    view = view_of(lens, "coverage", measure="olympians")
    assert {row[0]: row[3].split(" ")[0] for row in view.table.rows} == taking_part


def test_a_number_and_what_is_behind_it_agree(lens):
    view = view_of(lens, "stages")
    row = {row[0]: row for row in view.table.rows}["муниципальный"]
    facts = dict(view.behind("municipal").facts)
    assert (facts["Школ"], facts["Людей"], facts["Участий"]) == (row[1], row[2], row[3])
    assert row[6].split(" ")[0] in facts["Дипломы, от участий"]
    parts = view.behind("municipal").units
    assert sum(int(values[1]) for values in parts.values) == int(row[3].replace("\u202f", ""))

    view = view_of(lens, "coverage", measure="olympians")
    for school, name in view.units.items():
        row = next(row for row in view.table.rows if row[0] == name)
        said = dict(view.behind(school).facts)["Значение"]
        value = row[3].split(" ")[0]
        assert value in said or (value == "м.д." and "вывод невозможен" in said)


def test_a_pair_of_schools_and_what_is_behind_it_agree(lens):
    view = view_of(lens, "compare")
    for label, name in view.units.items():
        row = next(row for row in view.table.rows if row[0] == name)
        facts = " ".join(text for _, text in view.behind(label).facts)
        for value in (row[1].split(" ")[0], row[3].split(" ")[0]):
            assert value in facts or value in ("м.д.", "…", "—")


def test_one_subject_shows_every_school_that_took_part(lens):
    units = lens.context("talent", made.YEAR, NORTH).results.strength
    view = view_of(lens, "subjects", subject="Физика")
    assert set(view.units) == set(units.loc[units["subject"] == "Физика", "school"])
    judged = units[(units["subject"] == "Физика") & units["shrunk"].notna()].set_index("school")["shrunk"]
    assert {spot.unit: round(spot.x, 6) for spot in view.spots} == {
        school: round(float(np.clip(value, -0.3, 0.3)), 6) for school, value in judged.items()
    }


# --- the border ------------------------------------------------------------------------------------------------------


def plain(names):
    return {re.sub(r"[\u00a0\u202f]", " ", name) for name in names}


def below(lens, border, municipality=NORTH, measure="covered"):
    view = view_of(lens, "coverage", municipality, measure=measure, threshold=float(border))
    return {row[0] for row in view.table.rows if row[4] == BELOW}, {
        row[0] for row in view.table.rows if row[4] == REACHED
    }


@pytest.mark.parametrize("measure", ["covered", "olympians"])
def test_a_higher_border_never_removes_a_school_from_those_below(lens, measure):
    before, everyone = set(), None
    for border in range(0, 41, 4):
        now, rest = below(lens, border, measure=measure)
        assert before <= now
        assert everyone in (None, now | rest)
        before, everyone = now, now | rest
    assert below(lens, 0, measure=measure)[0] == set()
    assert before


def test_exactly_the_border_is_not_below_it(lens):
    # The second municipality covers exactly 10 % everywhere.
    assert below(lens, 10, MIDDLE)[0] == set()
    assert below(lens, 11, MIDDLE)[0] == below(lens, 11, MIDDLE)[0] | below(lens, 10, MIDDLE)[1]


def test_the_border_begins_at_the_norm_and_the_planted_villages_lie_below_it(lens):
    scale = TOPICS["coverage"].offers(lens, Choice(year=made.YEAR, municipality=NORTH))["threshold"]
    assert isinstance(scale, Scale)
    assert scale.usual == 10
    assert plain(below(lens, scale.usual)[0]) == {made.label(number) for number in made.VILLAGES}


# --- places ----------------------------------------------------------------------------------------------------------


def test_a_spot_lies_where_the_figure_drew_the_school(lens):
    view = view_of(lens, "home")
    assert view.spots
    for spot in view.spots:
        axes = view.figure.content.axes[spot.axes]
        drawn = [
            np.asarray(line.get_xydata()) for line in axes.lines if line.get_gid() in ("above", "below", "indistinct")
        ]
        assert any(np.isclose(points, (spot.x, spot.y)).all(axis=1).any() for points in drawn)


def test_a_spot_of_the_border_lies_at_the_row_and_the_share_of_its_school(lens):
    view = view_of(lens, "coverage", measure="olympians")
    page = view.figure.content.axes[0]
    rows = {text.get_text().replace("\u00a0", " "): text.get_position()[1] for text in page.texts}
    assert len(view.spots) > 5
    for spot in view.spots:
        name = view.units[spot.unit].replace("\u00a0", " ").replace("\u202f", " ")
        assert abs(rows[name] - spot.y) < 4
        share = next(values[3] for values in view.table.values if values[0].replace("\u00a0", " ") == name)
        assert spot.x == pytest.approx(share["value"])


def test_a_spot_of_the_funnel_lies_on_the_bar_of_its_stage(lens):
    view = view_of(lens, "stages")
    heights = [spot.y for spot in view.spots]
    assert [spot.unit for spot in view.spots] == ["school", "municipal", "regional"][: len(heights)]
    assert heights == sorted(heights)
