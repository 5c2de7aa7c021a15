"""Topics of schools with low results: the numbers are the report's, the rule moves with its threshold."""

import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "indicators")]

from low_results_samples import FALLEN, SMALL, YEAR, code, login, written  # noqa: E402
from topic_checks import drawn_or_told, facts_of, row_of, view_of, whole  # noqa: E402

from oko_lib.explore.choice import Choice, Scale  # noqa: E402
from oko_lib.explore.directions import explored  # noqa: E402
from oko_lib.explore.lens import Lens  # noqa: E402
from oko_lib.explore.section import settle  # noqa: E402
from oko_lib.indicators.low_results.identification import identify  # noqa: E402
from oko_lib.methods.result import Estimate  # noqa: E402
from oko_lib.report.low_results import open_report, open_school_report  # noqa: E402
from oko_lib.report.numbers import percent  # noqa: E402
from oko_lib.settings.loading import SettingsError  # noqa: E402

EXPLORED = explored("low_results_dynamics")
KEYS = [topic.key for topic in EXPLORED.topics]
#: Regions that lack something, and the years looked at: where little has to be computed, all of them.
CASES = {"one year": None, "counts only": [YEAR], "diagnostic works only": None, "federal": [YEAR]}
PLACE = code(FALLEN)
ANSWERS = {"входит": True, "нет": False, "м.д.": None}


@pytest.fixture(scope="module")
def lens(tmp_path_factory):
    return Lens(written(tmp_path_factory).root)


def draw(lens, key, municipality=PLACE, **chosen):
    return view_of(lens, EXPLORED, key, YEAR, municipality, **chosen)[1]


@pytest.fixture(scope="module")
def report(lens):
    return open_report(PLACE, workspace_root=str(lens.workspace.root))


@pytest.mark.parametrize("key", KEYS)
def test_every_topic_draws_for_everything_offered(lens, key):
    assert drawn_or_told(lens, EXPLORED, key, [YEAR]) >= 3


@pytest.mark.parametrize("case", CASES)
def test_data_that_lack_something_give_whole_views_or_a_reason(tmp_path_factory, case):
    poor = Lens(written(tmp_path_factory, case).root)
    assert sum(drawn_or_told(poor, EXPLORED, key, CASES[case]) for key in KEYS) > 0


# --- Numbers of the report -------------------------------------------------------------------------------------------


def test_tables_and_figures_are_those_of_the_report(lens, report):
    changes = draw(lens, "changes", measure="listed")
    assert changes.table.rows == report.changes_table().rows
    assert changes.table.rows
    assert changes.figure.title == report.changes_figure().title
    risks = draw(lens, "risks")
    assert risks.table.rows == report.context_table().rows
    assert risks.table.rows
    school = draw(lens, "school", school=login(FALLEN))
    own = open_school_report(PLACE, login(FALLEN), workspace_root=str(lens.workspace.root))
    assert school.table.rows == own.changes_table().rows
    assert school.figure.title == own.lines_figure().title


def test_a_measure_shows_all_schools_and_its_spots_lie_at_their_shares(lens, report):
    view = draw(lens, "changes", measure="1")
    change = report.context.results.region.dynamics.measures[0]
    assert set(view.units) <= set(report.context.results.schools)
    assert len(view.spots) > 10
    for spot in view.spots:
        assert spot.x == pytest.approx(float(change.schools.loc[spot.unit, "share_last"]))
        cells, facts = row_of(view, spot.unit), facts_of(view, spot.unit)
        assert facts["Этот год"].startswith(cells["share_now"])
        assert facts["Этот год"].endswith(f"{cells['n_now']} участников")
        assert cells["shown"] in (facts["Вывод"], "м.д.", "…")
    assert len({spot.y for spot in view.spots}) == len(view.spots)


def test_spots_of_conditions_lie_at_the_results(lens, report):
    view = draw(lens, "risks")
    fit = report.context.results.region.context.fits[YEAR].schools.set_index("school")
    assert {spot.unit for spot in view.spots} == set(view.units)
    for spot in view.spots:
        assert (spot.x, spot.y) == pytest.approx(tuple(fit.loc[spot.unit, ["predicted", "result"]]))


def test_risks_of_a_school_are_told_as_in_its_table(lens):
    view = draw(lens, "risks", school=login(FALLEN))
    whole(view)
    assert len(view.spots) > 3
    for factor in view.units:
        cells, facts = row_of(view, factor), facts_of(view, factor)
        assert (cells["value"], cells["median"]) == (facts["Значение"], facts["Середина по региону"])
        assert cells["risk"] == facts["Вывод"]


# --- The rule and its threshold --------------------------------------------------------------------------------------


def answers(view) -> dict[str, dict[str, object]]:
    keys = [column.key for column in view.table.columns]
    names = {name: unit for unit, name in view.units.items()}
    rows = [dict(zip(keys, row, strict=True)) for row in view.table.rows]
    return {names[row["school"]]: {key: ANSWERS.get(row.get(key)) for key in ("usual", "tried")} for row in rows}


def listed_at(view, key="tried") -> set[str]:
    return {school for school, said in answers(view).items() if said[key]}


def scale(lens, municipality) -> Scale:
    return EXPLORED.topic("rule").offers(lens, Choice(year=YEAR, municipality=municipality))["threshold"]


@pytest.mark.parametrize("municipality", ["", PLACE])
def test_at_its_own_threshold_the_rule_names_whom_the_report_names(lens, municipality):
    assert scale(lens, municipality).usual == 30
    choice = settle(EXPLORED.topic("rule"), lens, Choice(year=YEAR, municipality=municipality))
    view = EXPLORED.topic("rule").draw(lens, choice)
    context = lens.context(EXPLORED.name, YEAR, municipality)
    region = context.results.region
    inside = set(context.results.schools) if municipality else set(region.schools.index)
    assert choice.measure == "federal/all"
    assert choice.threshold == 30
    assert listed_at(view, "usual") == region.identification["federal"].listed() & inside
    assert listed_at(view, "usual")


@pytest.mark.parametrize(("tried", "reading"), [(21, "all"), *((tried, "any") for tried in (20, 22, 25, 33, 38))])
def test_another_threshold_answers_as_the_rule_with_it(lens, reading, tried):
    region = lens.context(EXPLORED.name, YEAR, "").results.region
    method = region.identification["federal"].method
    criteria = tuple(item.model_copy(update={"threshold": Decimal(tried)}) for item in method.criteria)
    own = identify(method.model_copy(update={"criteria": criteria}), region.outcomes, region.lists, YEAR)
    expected = own.readings[reading].schools["listed"].fillna(False)
    view = draw(lens, "rule", "", measure=f"federal/{reading}", threshold=float(tried))
    assert listed_at(view) == set(expected.index[expected.astype(bool)])
    counts = dict(zip(*(line.tolist() for line in _line(view)), strict=True))
    assert counts[tried / 100] == expected.sum()
    for school in list(view.units)[:10]:
        rows = view.behind(school).units
        keys = [column.key for column in rows.columns]
        for values in rows.values:
            row = dict(zip(keys, values, strict=True))
            assert row["tried"] == (row["below"] * 100 >= tried * row["n"])


def _line(view):
    (line,) = [line for line in view.figure.content.axes[0].lines if line.get_gid() == "counts"]
    return line.get_xdata(), line.get_ydata()


@pytest.mark.parametrize("measure", ["federal/all", "federal/any"])
def test_a_higher_threshold_never_adds_a_school(lens, measure):
    before = None
    for threshold in range(20, 41):
        now = listed_at(draw(lens, "rule", measure=measure, threshold=float(threshold))) if threshold != 30 else None
        if now is None:
            now = listed_at(draw(lens, "rule", measure=measure, threshold=30.0), "usual")
        assert before is None or now <= before
        before = now
    assert listed_at(draw(lens, "rule", measure=measure, threshold=20.0)) > before


def test_the_sentence_names_who_comes_in_and_who_goes(lens):
    low, high = (draw(lens, "rule", measure="federal/all", threshold=float(value)) for value in (20, 40))
    added = listed_at(low) - listed_at(low, "usual")
    gone = listed_at(high, "usual") - listed_at(high)
    assert added
    assert gone
    for view, schools, word in ((low, added, "добавля"), (high, gone, "выход")):
        said = view.text.partition("Из-за смены порога")[2]
        assert word in said
        assert {school for school, name in view.units.items() if name in said} == schools


def test_spots_of_the_rule_lie_at_the_critical_share_and_behind_says_the_same(lens):
    view = draw(lens, "rule", measure="federal/any", threshold=25.0)
    assert len({spot.x for spot in view.spots}) > 1
    for spot in view.spots:
        cells, facts = row_of(view, spot.unit), facts_of(view, spot.unit)
        assert facts["Правило выполнено до порога"].startswith(percent(spot.x))
        assert percent(spot.x).startswith(cells["critical"])
        assert cells["usual"] == facts["При пороге 30\u202f% (правило)"]
        assert cells["tried"] == facts["При пороге 25\u202f%"]
        assert cells["probability"] in facts["Вероятность, что правило выполнено"]
        assert view.behind(spot.unit).norms[0].value == 30


def test_without_a_rule_with_one_threshold_nothing_is_tried(lens, monkeypatch):
    monkeypatch.setattr("oko_lib.explore.topics.low_results_rule.readings", lambda region: {})
    with pytest.raises(SettingsError, match="пробовать нечего"):
        draw(lens, "rule")


# --- Side by side ----------------------------------------------------------------------------------------------------


def test_two_schools_show_the_shares_of_each(lens):
    first, second = login(FALLEN), login(FALLEN + 3)
    view = draw(lens, "compare_schools", school=first, beside=second, measure="below")
    region = lens.context(EXPLORED.name, YEAR, PLACE).results.region
    rows = region.outcomes[(region.outcomes["year"] == YEAR) & (region.outcomes["kind"] != "ВПР")]
    both = [rows[(rows["school"] == one) & rows["n_below"].notna()].set_index("procedure") for one in (first, second)]
    common = both[0].index.intersection(both[1].index)
    assert len(view.table.rows) == len(common) > 0
    found = {values[0]: values for values in view.table.values}
    from oko_lib.report.low_results import words

    for procedure in common:
        values = found[words.procedure(procedure)]
        for cell, rows in zip((values[1], values[3]), both, strict=True):
            if "value" in cell:
                assert cell["value"] == pytest.approx(rows.loc[procedure, "n_below"] / rows.loc[procedure, "n"])
            assert cell["n"] == rows.loc[procedure, "n"]


def test_two_years_of_the_municipality_change_as_the_report_says(lens, report):
    view = draw(lens, "compare_years", beside_year=YEAR - 1, school="")
    pooled: dict[str, Estimate] = report.context.results.pooled
    from oko_lib.report.low_results import words

    found = {values[0]: values for values in view.table.values}
    assert found
    told = {words.procedure(key): change for key, change in pooled.items()}
    for label, values in found.items():
        if told[label].given:
            assert values[5]["value"] == pytest.approx(told[label].value)
            assert values[5]["low"] == pytest.approx(told[label].interval.low)


def test_too_few_pupils_give_no_difference(lens):
    view = draw(lens, "compare_schools", school=login(SMALL), beside=login(FALLEN), municipality=code(SMALL))
    assert {row[-1] for row in view.table.rows} == {"м.д."}
