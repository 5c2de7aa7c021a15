"""The explorer of all indicators shows every value the reports print, with their words, and what is behind each."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "report"))
sys.path.insert(0, str(Path(__file__).parents[2] / "indicators"))

import quality_samples as quality
import talent_store as talent
from low_results_shown import JUDGING, TRACES

from oko_lib.explore.choice import Choice
from oko_lib.explore.directions import explored
from oko_lib.explore.explorer import row_units
from oko_lib.explore.hotspots import places
from oko_lib.explore.lens import Lens
from oko_lib.explore.section import settle
from oko_lib.explore.topics.indicator_compare import APART, TOUCHING
from oko_lib.indicators import regional
from oko_lib.indicators.all_values import valued_directions
from oko_lib.report.objectivity import open_regional_report as open_regional_objectivity
from oko_lib.report.objectivity import open_report as open_objectivity
from oko_lib.report.talent import open_regional_report as open_regional_talent
from oko_lib.report.talent import open_report as open_talent
from oko_lib.report.training_quality import open_regional_report as open_regional_quality
from oko_lib.report.training_quality import open_report as open_quality
from oko_lib.settings.loading import SettingsError

TESTS = Path(__file__).parents[2]
EXPLORED = explored("indicators")
TOPICS = {topic.key: topic for topic in EXPLORED.topics}
NORTH = talent.code(0)


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    return Lens(talent.written(tmp_path_factory).root)


@pytest.fixture(scope="module")
def marks(tmp_path_factory):
    """Works of ВПР and diagnostic works: three directions at once."""
    return Lens(quality.written(tmp_path_factory).root)


def view_of(lens, key, municipality=NORTH, year=talent.YEAR, **chosen):
    choice = settle(TOPICS[key], lens, Choice(year=year, municipality=municipality, **chosen))
    return TOPICS[key].draw(lens, choice)


def drawn_or_said(*where, **chosen):
    """The view, or what is said instead of it."""
    try:
        return view_of(*where, **chosen)
    except SettingsError as error:
        return str(error)


def whole(view):
    """Check what holds of every view, whatever its data."""
    assert {unit for unit in row_units(view) if unit} == set(view.units)
    said = [view.text, *(text for row in view.table.rows for text in row)]
    for unit in ["", *view.units]:
        found = view.behind(unit)
        if found is None:
            assert unit == ""
            continue
        assert found.title
        assert found.facts
        assert not found.method or (TESTS.parent / "docs/ru/methods" / f"{found.method}.md").is_file()
        said += [found.title, *(text for fact in found.facts for text in fact)]
    assert [text for text in said if TRACES.search(text) or JUDGING.search(text)] == []
    assert view.figure is not None or re.search("Рисун(ка нет|ок — в теме)", view.text)
    if view.figure is not None:
        width, height = (72 * side for side in view.figure.content.get_size_inches())
        for spot in places(view.figure.content, view.spots):
            assert spot["unit"] in view.units
            assert 0 <= spot["x"] <= width
            assert 0 <= spot["y"] <= height


@pytest.mark.parametrize("key", list(TOPICS))
def test_every_topic_draws_for_every_municipality_and_year_and_answers_for_every_unit(lens, key):
    topic = TOPICS[key]
    newest, *others = lens.years("indicators")
    codes = [code for _, code in lens.municipalities("indicators", newest)] if topic.municipal else []
    asked = [(code, newest) for code in [*codes, *([""] if topic.whole_region else [])]]
    asked += [((codes or [""])[0], year) for year in others[:1]]
    found = [drawn_or_said(lens, key, *each) for each in asked]
    assert [view for view in found if isinstance(view, str)] == []
    for view in found:
        whole(view)


def test_several_directions_stand_together_and_apart(marks):
    code = quality.code(0)
    for key in TOPICS:
        view = drawn_or_said(marks, key, code if TOPICS[key].municipal else "", quality.YEAR)
        if isinstance(view, str):
            assert re.search("[а-я]", view)
        else:
            whole(view)
    apart = [view_of(marks, "values", code, quality.YEAR, measure=name) for name in ("training_quality", "objectivity")]
    together = view_of(marks, "values", code, quality.YEAR, measure="all")
    assert {row[-1] for row in together.table.rows} >= {"Качество подготовки", "Объективность ВПР"}
    assert len(together.table.rows) >= sum(len(view.table.rows) for view in apart)


@pytest.mark.parametrize("key", ["values", "schools", "compare"])
def test_values_are_narrowed_to_a_subject_and_a_grade(marks, key):
    topic, asked = TOPICS[key], Choice(year=quality.YEAR, municipality=quality.code(0), measure="all")
    asked = settle(topic, marks, asked)
    # The column of the direction is there only where there are several.
    everything = {row[0]: row[:5] for row in topic.draw(marks, asked).table.rows}
    subjects = [value for _, value in topic.offers(marks, asked)["subject"]]
    assert subjects[0] == ""
    assert len(subjects) > 1
    seen = set()
    for subject in subjects[1:]:
        one = settle(topic, marks, asked.having(subject=subject))
        assert one.subject == subject
        rows = {row[0]: row[:5] for row in topic.draw(marks, one).table.rows}
        # Numbers of readings stay those of the whole list.
        assert rows.items() <= everything.items()
        assert not seen & set(rows)
        seen |= set(rows)
        of_grades = []
        for _, grade in topic.offers(marks, one)["grade"][1:]:
            of_grades += [row[0] for row in topic.draw(marks, one.having(grade=grade)).table.rows]
        assert sorted(of_grades) == sorted(rows)
    over_works = set(everything) - seen
    assert over_works
    assert [everything[name] for name in over_works if "кл." in everything[name][2]] == []


def test_where_no_value_is_of_one_work_nothing_is_narrowed(lens):
    choice = settle(TOPICS["values"], lens, Choice(year=talent.YEAR, municipality=NORTH, measure="talent"))
    assert not {"subject", "grade"} & set(TOPICS["values"].offers(lens, choice))


def test_exams_and_diagnostic_works_of_one_subject_are_found_together():
    from oko_lib.explore.topics.indicator_parts import Shown
    from oko_lib.explore.topics.indicator_works import work_of
    from oko_lib.indicators.values import IndicatorValue
    from oko_lib.methods.result import Estimate

    def work(code, reading=""):
        value = IndicatorValue(code, "municipality", "m", 2026, "показатель", Estimate(None, None, 0), reading)
        return work_of(Shown(None, value, "", ""))

    assert work("1.2.3-M01", "formal") == ("Математика", 9)
    assert work("1.2.3-R03", "reliable") == ("Математика", 11)
    assert work("1.2.3-S06") == work("1.2.3-S07") == ("Математика", 11)
    assert work("1.2.3-S12") == ("читательская грамотность", 6)
    assert work("1.1.2-M01", "reading_literacy · 6; не достигли базового") == ("читательская грамотность", 6)
    assert work("1.1.1-S01", "Русский язык · 5 · А") == ("Русский язык", 5)
    assert work("1.1.1-M03", "9 и 11 классы, по итоговой аттестации") is None


# --- every value the reports print -----------------------------------------------------------------------------------


def without_number(table, *columns):
    """Rows of a table as code and the columns named, the number of a reading left out."""
    return [(row[0].partition("\u00a0·")[0], *(row[column] for column in columns)) for row in table.rows]


def test_it_shows_every_value_the_reports_on_talent_print(lens):
    root = str(lens.workspace.root)
    for code, report in (
        (NORTH, open_talent(NORTH, workspace_root=root)),
        ("", open_regional_talent(workspace_root=root)),
    ):
        view = view_of(lens, "values", code, measure="talent")
        assert without_number(view.table, 1, 2, 3, 4) == without_number(report.indicators_table(), 2, 3, 4, 5)
        assert len(view.table.rows) > 20


def test_it_shows_every_flag_of_a_school(lens):
    table = open_talent(NORTH, workspace_root=str(lens.workspace.root)).school_indicators_table()
    asked = Choice(year=talent.YEAR, municipality=NORTH, measure="talent")
    names = dict(TOPICS["schools"].offers(lens, asked)["school"])
    assert set(names) == {row[0] for row in table.rows}
    for row in table.rows[:3]:
        view = view_of(lens, "schools", measure="talent", school=names[row[0]])
        shown = {cells[0]: cells[3] for cells in view.table.rows}
        assert shown == {column.key: text for column, text in zip(table.columns[1:], row[1:], strict=True)}


def test_it_shows_every_value_the_reports_on_training_print(marks):
    root, code = str(marks.workspace.root), quality.code(0)
    report = open_quality(code, workspace_root=root)
    printed = without_number(report.indicators_table(), 2, 3, 4, 5)
    own = without_number(view_of(marks, "values", code, quality.YEAR, measure="training_quality").table, 1, 2, 3, 4)
    assert set(printed) <= set(own)
    # The rest stands in the workbook: by nosology, by school, and the schools' own.
    book = report.all_indicators().table
    offers = TOPICS["schools"].offers(marks, Choice(year=quality.YEAR, municipality=code, measure="training_quality"))
    shown = {("муниципалитет", *row) for row in own}
    for name, school in offers["school"]:
        view = view_of(marks, "schools", code, quality.YEAR, measure="training_quality", school=school)
        shown |= {(name, *row) for row in without_number(view.table, 1, 2, 3, 4)}
    assert {(row[1], row[0], row[2], row[3], row[4], row[5]) for row in book.rows} <= shown
    regional_rows = without_number(open_regional_quality(workspace_root=root).indicators_table(), 2, 3, 4, 5)
    assert without_number(view_of(marks, "values", "", quality.YEAR, measure="training_quality").table, 1, 2, 3, 4) == (
        regional_rows
    )


def test_objectivity_has_the_numbers_of_its_reports(marks):
    root, code = str(marks.workspace.root), quality.code(0)

    def first(text):
        return text.split("\u202f")[0].split(" ")[0]

    for unit, works in (
        (code, open_objectivity(code, workspace_root=root).works_table()),
        ("", open_regional_objectivity(workspace_root=root).works_table()),
    ):
        total = {column.key: text for column, text in zip(works.columns, works.rows[-1], strict=True)}
        view = view_of(marks, "values", unit, quality.YEAR, measure="objectivity")
        shown = {row[1]: first(row[3]) for row in view.table.rows if row[0].startswith(("1.1.4-M01", "1.1.4-R01"))}
        assert shown["понизившие"] == first(total["lowered"])
        assert shown["повысившие"] == first(total["raised"])


# --- one indicator ---------------------------------------------------------------------------------------------------


def test_one_indicator_is_the_same_over_municipalities_over_years_and_in_the_list(lens):
    key = "talent|1.3.9-M01|педагоги, подготовленные к работе с одарёнными|"
    over = view_of(lens, "municipalities", "", measure=key)
    assert [row[0] for row in over.table.rows] == [name for name, _ in lens.municipalities("indicators", talent.YEAR)]
    listed = next(row for row in view_of(lens, "values", measure="talent").table.rows if row[0] == "1.3.9-M01")
    name = over.units[NORTH]
    row = next(row for row in over.table.rows if row[0] == name)
    assert row[1:] == listed[3:5]
    years = view_of(lens, "over_years", measure=key)
    assert next(row for row in years.table.rows if row[0] == str(talent.YEAR))[1:] == listed[3:5]
    assert len(years.table.rows) == len(talent.YEARS)

    facts = dict(over.behind(NORTH).facts)
    assert (facts["Значение"], facts["Из чего"]) == (listed[3], listed[4])
    norm = over.behind(NORTH).norms[0]
    assert norm.value == 1.0
    assert "1.6" in norm.clause
    spot = next(spot for spot in over.spots if spot.unit == NORTH)
    numbers = [int(part.replace("\u202f", "")) for part in listed[4].replace("\u202fиз\u202f", "|").split("|")]
    assert spot.x == pytest.approx(numbers[0] / numbers[1])
    lines = [line for axes in over.figure.content.axes for line in axes.lines if line.get_gid() == "line"]
    assert [line.get_xdata()[0] for line in lines] == [1.0]


def test_a_value_by_school_is_what_the_municipality_is_made_of(marks):
    view = view_of(marks, "values", quality.code(0), quality.YEAR, measure="objectivity")
    name = next(name for name in view.units if name.startswith("1.1.4-M01"))
    row = next(row for row in view.table.rows if row[0] == name)
    parts = view.behind(name).units
    assert sum(
        int(cells[2].replace("\u202fиз\u202f", "|").split("|")[0]) for cells in parts.rows if "из" in cells[2]
    ) == (int(row[4].replace("\u202fиз\u202f", "|").split("|")[0]))


def test_two_municipalities_beside_each_other_have_the_values_of_their_lists(lens):
    beside = talent.code(1)
    view = view_of(lens, "compare", beside=beside, measure="talent")
    own, other = (view_of(lens, "values", code, measure="talent").table.rows for code in (NORTH, beside))
    assert [row[3] for row in view.table.rows] == [row[3] for row in own]
    assert [row[5] for row in view.table.rows] == [row[3] for row in other]
    assert {row[-1] for row in view.table.rows} <= {APART, TOUCHING, "—"}


def test_directions_without_data_are_left_out_and_it_is_said_what_they_lack(lens):
    view = view_of(lens, "values")
    offered = [
        name for _, name in TOPICS["values"].offers(lens, Choice(year=talent.YEAR, municipality=NORTH))["measure"]
    ]
    assert offered == ["talent"]
    for direction in valued_directions():
        assert (direction.title_ru in view.text) == (direction.name != "talent")
    assert "результатов ВПР" in view.text


def test_values_are_computed_once_for_all_municipalities(lens):
    view_of(lens, "values", measure="talent")
    regional.forget()
    fresh = Lens(lens.workspace.root)
    with regional.only_cached():
        for code in (NORTH, talent.code(2), ""):
            assert view_of(fresh, "values", code, measure="talent").table.rows
