"""Topics of quality of training: the numbers are the report's, and what is behind them is the same."""

import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "indicators")]

import quality_samples as made  # noqa: E402
from topic_checks import drawn_or_told, facts_of, row_of, view_of, whole  # noqa: E402

from oko_lib.explore.directions import explored  # noqa: E402
from oko_lib.explore.lens import Lens  # noqa: E402
from oko_lib.report.training_quality import open_report, words  # noqa: E402
from oko_lib.settings.loading import SettingsError  # noqa: E402

EXPLORED = explored("training_quality")
KEYS = [topic.key for topic in EXPLORED.topics]
YEAR = made.YEAR
PLACE = made.code(0)
WORK = ("Математика", 4)


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    return Lens(made.written(tmp_path_factory).root)


@pytest.fixture(scope="module")
def report(lens):
    return open_report(PLACE, workspace_root=str(lens.workspace.root))


@pytest.fixture(scope="module")
def results(report):
    return report.context.results


def draw(lens, key, municipality=PLACE, **chosen):
    return view_of(lens, EXPLORED, key, YEAR, municipality, **chosen)[1]


@pytest.mark.parametrize("key", KEYS)
def test_every_topic_draws_for_everything_offered(lens, key):
    assert drawn_or_told(lens, EXPLORED, key) >= 3


@pytest.mark.parametrize("case", made.CASES)
def test_data_that_lack_something_give_whole_views_or_a_reason(tmp_path_factory, case):
    poor = Lens(made.written(tmp_path_factory, case).root)
    assert sum(drawn_or_told(poor, EXPLORED, key, [YEAR]) for key in KEYS) > 0


def test_tables_and_figures_are_those_of_the_report(lens, report):
    for key, table in (
        ("marks", report.works_table()),
        ("schools", report.schools_table()),
        ("levels", report.levels_table()),
    ):
        assert draw(lens, key).table.rows == table.rows, key
        assert table.rows
    assert draw(lens, "marks").figure.svg == report.marks_figure().svg


# --- Marks -----------------------------------------------------------------------------------------------------------


def test_a_subject_leaves_its_rows_as_they_are(lens, report):
    every = {row[0]: row for row in report.works_table().rows}
    view = draw(lens, "marks", subject="Математика", grade=0)
    assert {row[0]: row for row in view.table.rows} == {
        name: row for name, row in every.items() if name.startswith("Математика")
    }
    for work in view.units:
        facts, cells = facts_of(view, work), row_of(view, work)
        value, _, interval = cells["failing"].partition(" ")
        assert facts["«2»: значение"].startswith(value)
        assert interval.strip("()") in facts.get("«2»: интервал (95\u202f%)", "")
        part, _, of = facts["«2»: из чего"].partition(" из ")
        assert of == cells["n"]
        schools = view.behind(work).units.values
        assert all("value" in values[2] for values in schools)
        assert int(part) == round(sum(values[2]["value"] * values[1] for values in schools))


def test_schools_of_a_work_add_up_to_the_municipality(lens, results):
    view = draw(lens, "marks", subject=WORK[0], grade=WORK[1])
    works = results.own.works
    row = works[(works["subject"] == WORK[0]) & (works["grade"] == WORK[1])].iloc[0]
    rows = [
        dict(zip([column.key for column in view.table.columns], values, strict=True)) for values in view.table.values
    ]
    assert sum(one["n"] for one in rows) == row["n"]
    assert all("value" in one["failing"] for one in rows)
    assert sum(one["failing"]["value"] * one["n"] for one in rows) == pytest.approx(row["failing"].numerator)
    assert len(view.units) == row["n_schools"]
    for school in view.units:
        classes = view.behind(school).units
        own = next(one for one in rows if one["name"] == view.units[school])
        assert sum(values[2] for values in classes.values) == own["n"]


# --- Schools ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", ["failing", "good"])
def test_spots_of_the_funnel_lie_at_the_standardised_share(lens, results, share):
    view = draw(lens, "schools", measure=share)
    units = results.region.marks.schools[share].units
    if view.figure is None:
        assert "не построена" in view.text
        return
    assert view.spots
    for spot in view.spots:
        low, high = view.figure.content.axes[0].get_ylim()
        assert spot.x == units.loc[spot.unit, "n"]
        assert spot.y == pytest.approx(min(max(units.loc[spot.unit, "share"], low), high))


@pytest.mark.parametrize("share", ["failing", "good"])
def test_what_is_behind_a_school_is_its_row(lens, share):
    view = draw(lens, "schools", measure=share)
    for school in view.units:
        cells, facts = row_of(view, school), facts_of(view, school)
        assert facts["Значение"].startswith(cells[share].partition(" ")[0])
        assert facts["Среди школ региона"] == cells[f"{share}_place"]
        assert facts["За год"] == cells[f"{share}_change"]
        assert facts["Из чего"].endswith(f" из {cells['n']}")


# --- Tasks -----------------------------------------------------------------------------------------------------------


def test_tasks_of_the_municipality_are_those_of_the_results(lens, results):
    view = draw(lens, "skills", subject=WORK[0], grade=WORK[1], school="")
    own = results.own.completion
    own = own[(own["subject"] == WORK[0]) & (own["grade"] == WORK[1])].set_index("task")
    assert set(view.units) == set(own.index)
    for spot in view.spots:
        assert spot.x == pytest.approx(own.loc[spot.unit, "completion"])
    keys = [column.key for column in view.table.columns]
    for values in view.table.values:
        row = dict(zip(keys, values, strict=True))
        assert row["completion"]["value"] == pytest.approx(own.loc[row["task"], "completion"])
        assert row["state"] == words.told(words.BESIDE, own.loc[row["task"], "state"])
        assert facts_of(view, row["task"])["Вывод"] == row["state"]
    assert len({spot.y for spot in view.spots}) == len(view.units)


def test_tasks_of_a_school_are_beside_what_is_expected_of_it(lens, results):
    tasks = results.region.tasks.schools
    fallen = tasks[tasks["school"].isin(results.schools) & (tasks["state"] == "below")]
    assert len(fallen)
    for school, subject, grade in fallen[["school", "subject", "grade"]].drop_duplicates().itertuples(index=False):
        view = draw(lens, "skills", subject=subject, grade=int(grade), school=school)
        whole(view)
        rows = tasks[(tasks["school"] == school) & (tasks["subject"] == subject) & (tasks["grade"] == grade)]
        below = set(rows.loc[rows["state"] == "below", "task"].astype(str))
        assert {task for task in view.units if row_of(view, task)["state"] == "ниже ожидаемого"} == below
        drawn = [line for line in view.figure.content.axes[1].lines if line.get_gid() == "below"]
        marked = set(drawn[0].get_ydata())
        assert {spot.unit for spot in view.spots if spot.y in marked} == below


# --- Levels, side by side --------------------------------------------------------------------------------------------


def test_levels_of_schools_add_up(lens, results):
    own = results.own.levels.iloc[0]
    view = draw(lens, "levels", subject=own["domain"], grade=int(own["grade"]))
    assert sum(values[1] for values in view.table.values) == own["n"]
    rows = results.own.school_levels.set_index(["school", "domain", "grade"])
    for school in view.units:
        estimate = rows.loc[(school, own["domain"], own["grade"]), "below"]
        facts = facts_of(view, school)
        assert facts["Участников"] == row_of(view, school)["n"]
        if estimate.given:
            assert facts["Из чего"] == f"{estimate.numerator:.0f} из {estimate.denominator:.0f}"


@pytest.mark.parametrize("measure", ["failing", "good"])
def test_two_schools_show_the_shares_of_each(lens, results, measure):
    first, second = results.own.schools.index[:2]
    view = draw(lens, "compare_schools", school=first, beside=second, measure=measure)
    for school, column in ((first, 1), (second, 3)):
        shares = {
            words.work(*key): results.own.schools_of_work(*key).set_index("school") for key in _works(results)
        }  # fmt: skip
        for values in view.table.values:
            estimate = shares[values[0]].loc[school, measure]
            assert values[column]["n"] == estimate.n
            if estimate.given:
                assert values[column]["value"] == pytest.approx(estimate.value)
    assert view.table.rows


def _works(results):
    return [(row.subject, int(row.grade)) for row in results.own.works.itertuples()]


@pytest.mark.parametrize("measure", ["failing", "good"])
def test_two_years_change_as_the_report_says_and_other_scales_are_not_compared(lens, results, measure):
    view = draw(lens, "compare_years", school="", beside_year=YEAR - 1, measure=measure)
    works = {words.work(row["subject"], row["grade"]): row for _, row in results.own.works.iterrows()}
    for values in view.table.values:
        change = works[values[0]][f"{measure}_change"]
        if change.given:
            assert values[5]["value"] == pytest.approx(change.value)
            assert values[5]["low"] == pytest.approx(change.interval.low)
    other = words.work(*made.OTHER_SCALE)
    assert other not in view.units
    assert f"{other}: шкалы" in view.text


def test_one_year_cannot_be_laid_beside_another(tmp_path_factory):
    poor = Lens(made.written(tmp_path_factory, "one year").root)
    with pytest.raises(SettingsError, match="только за один год"):
        draw(poor, "compare_years")
