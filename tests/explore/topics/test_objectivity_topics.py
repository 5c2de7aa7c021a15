"""Topics of objectivity show what the reports show, for every municipality, and answer for every unit."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from region import INFLATED, objectivity_region

from oko_lib.explore.choice import Choice, Scale
from oko_lib.explore.directions import explored
from oko_lib.explore.explorer import row_units
from oko_lib.explore.hotspots import places
from oko_lib.explore.lens import Lens
from oko_lib.explore.section import settle
from oko_lib.explore.topics.parts import Pair, gaps, verdict
from oko_lib.methods.proportions import wilson
from oko_lib.report.objectivity import open_report
from oko_lib.settings.loading import SettingsError

EXPLORED = explored("objectivity")
TOPICS = {topic.key: topic for topic in EXPLORED.topics}


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    return Lens(objectivity_region(tmp_path_factory).root)


def view_of(lens, key, municipality="reg77_m004", **chosen):
    choice = settle(TOPICS[key], lens, Choice(year=2026, municipality=municipality, **chosen))
    return choice, TOPICS[key].draw(lens, choice)


def code_of(lens, school):
    return lens.context("objectivity", 2026, "reg77_m004").results.region.schools.loc[school, "municipality_code"]


@pytest.mark.parametrize("key", list(TOPICS))
def test_every_topic_draws_for_every_municipality_and_answers_for_every_unit(lens, key):
    drawn = 0
    for _, code in lens.municipalities("objectivity", 2026)[::3]:
        try:
            _, view = view_of(lens, key, code)
        except SettingsError:
            continue
        drawn += 1
        named = {unit for unit in row_units(view) if unit}
        assert named == set(view.units), (key, code)
        for unit in ["", *view.units]:
            found = view.behind(unit)
            assert found is None or (found.title and found.facts)
        if view.figure is not None:
            spots = places(view.figure.content, view.spots)
            assert {spot["unit"] for spot in spots} <= set(view.units)
            width, height = (72 * side for side in view.figure.content.get_size_inches())
            assert all(0 <= spot["x"] <= width and 0 <= spot["y"] <= height for spot in spots)
    assert drawn == 4


@pytest.mark.parametrize(
    ("key", "of_report"),
    [
        ("schools", lambda report: report.schools_table()),
        ("works", lambda report: report.works_table()),
        ("years", lambda report: report.dynamics_table()),
        ("attention", lambda report: report.attention_table()),
    ],
)
def test_the_numbers_are_those_of_the_report(lens, key, of_report):
    _, view = view_of(lens, key)
    report = open_report("reg77_m004", 2026, workspace_root=str(lens.workspace.root))
    assert view.table.rows == of_report(report).rows
    assert view.table.rows


def test_a_number_and_what_is_behind_it_agree(lens):
    _, view = view_of(lens, "schools", measure="lowered")
    school, name = next(iter(view.units.items()))
    row = next(row for row in view.table.rows if row[0] == name)
    facts = dict(view.behind(school).facts)
    value, interval = row[2].split(" ", 1)
    assert facts["Значение"].startswith(value)
    assert facts["Интервал (95\u202f%)"].startswith(interval.strip("()").split("–")[0])
    lowered, pairs = facts["Из чего"].split(" из ")
    assert pairs == row[1]
    assert abs(100 * int(lowered) / int(pairs) - float(value.replace(",", "."))) < 0.06
    assert view.behind(school).units.rows
    assert all(norm.source and norm.clause for norm in view.behind(school).norms)


def test_a_spot_stands_where_the_school_does(lens):
    _, view = view_of(lens, "schools", measure="raised")
    axes = view.figure.content.axes[0]
    fit = lens.context("objectivity", 2026, "reg77_m004").results.region.agreement.schools["raised"]
    height = 72 * view.figure.content.get_figheight()
    for spot, place in zip(view.spots, places(view.figure.content, view.spots), strict=True):
        x, y = axes.transData.inverted().transform((place["x"], height - place["y"]))
        assert x == pytest.approx(fit.units.loc[spot.unit, "n"], rel=0.01)
        assert y == pytest.approx(fit.units.loc[spot.unit, "share"], abs=0.001)


def test_raising_the_border_never_adds_a_school(lens):
    before = None
    for border in range(0, 101, 10):
        choice, view = view_of(lens, "threshold", measure="lowered", threshold=float(border))
        assert choice.threshold == border
        units = set(view.units)
        assert before is None or units <= before
        before = units
    assert before == set()


def test_exactly_the_border_counts(lens):
    context = lens.context("objectivity", 2026, "reg77_m004")
    by_school = context.results.region.agreement.by_school.set_index("school")
    offers = TOPICS["threshold"].offers(lens, Choice(year=2026, municipality="reg77_m004", measure="lowered"))
    assert isinstance(offers["threshold"], Scale)
    _, everybody = view_of(lens, "threshold", measure="lowered", threshold=0.0)
    for border in range(0, 101, 5):
        _, view = view_of(lens, "threshold", measure="lowered", threshold=float(border))
        expected = {
            school for school in everybody.units
            if 100 * int(by_school.loc[school, "lowered_n"]) >= border * int(by_school.loc[school, "n_pairs"])
        }  # fmt: skip
        assert set(view.units) == expected


def test_the_works_of_one_school_add_up_to_the_table_of_schools(lens):
    school = next(iter(view_of(lens, "schools")[1].units))
    _, works = view_of(lens, "works", school=school)
    pairs = [int(value) for value in (row[1] for row in works.table.values)]
    _, schools = view_of(lens, "schools")
    row = next(values for values, unit in zip(schools.table.values, row_units(schools), strict=True) if unit == school)
    assert sum(pairs) == row[1]


def test_two_schools_are_compared_work_by_work_and_nothing_is_concluded_from_all_works_together(lens):
    choice, view = view_of(lens, "compare_schools")
    assert choice.school != choice.beside
    rows = {row[0]: row for row in view.table.rows}
    assert all(row[-1] == "—" for label, row in rows.items() if label.startswith("Все работы"))
    assert all(row[-1] != "—" for label, row in rows.items() if not label.startswith("Все работы"))
    assert len(rows) == 3 + 4


def test_the_planted_school_differs_from_its_neighbour(lens):
    code = code_of(lens, INFLATED)
    neighbours = [school for school in lens.context("objectivity", 2026, code).schools_of_year() if school != INFLATED]
    told = [
        view_of(lens, "compare_schools", code, school=INFLATED, beside=neighbour)[1].text for neighbour in neighbours
    ]
    assert sum(not text.startswith("Отличие неслучайно в 0") for text in told) > len(told) / 2


def test_the_change_from_the_first_year_to_the_last_is_that_of_the_report(lens):
    _, view = view_of(lens, "compare_years", beside_year=2024)
    report = open_report("reg77_m004", 2026, workspace_root=str(lens.workspace.root)).dynamics_table()
    changes = {row[0].removesuffix(", %"): row[-2] for row in report.values}
    for label, *_, gap, _ in view.table.values:
        for part in ("value", "low", "high"):
            assert gap[part] == pytest.approx(changes[label][part]), label
    assert len(view.table.values) == 3


def test_intervals_of_many_rows_hold_together():
    first, second = wilson(30, 100), wilson(45, 100)
    (alone,) = gaps([Pair("а", first, second)], 0.95, 10)
    among = gaps([Pair(str(number), first, second) for number in range(20)], 0.95, 10)[0]
    assert alone.value == among.value == pytest.approx(-0.15)
    assert among.interval.low < alone.interval.low
    assert verdict(alone) == "отличие неслучайно"
    assert verdict(among) == "неразличимо"


def test_small_groups_are_not_compared(lens):
    (gap,) = gaps([Pair("а", wilson(3, 9, minimum_n=10), wilson(45, 100))], 0.95, 10)
    assert verdict(gap) == "м.д."


def test_a_misspelt_topic_is_suggested():
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду «schools»"):
        EXPLORED.topic("scools")
    with pytest.raises(SettingsError, match="objectivity"):
        explored("objektivity")
