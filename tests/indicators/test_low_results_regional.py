"""The regional report on schools with low results: what its tables count, what its sentences may say."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from low_results_samples import (
    BASE,
    CURRENT,
    FALLEN,
    GROWN,
    NO_PASSPORT,
    PLACES,
    SCHOOLS,
    SILENT,
    YEAR,
    code,
    login,
    region,
    session,
    written,
)

from oko_lib.indicators.low_results.identification import Status, early_warning
from oko_lib.indicators.low_results.measures import MEASURES
from oko_lib.indicators.low_results.region import FEDERAL
from oko_lib.indicators.low_results.summary import NO_MUNICIPALITY, OUTCOMES, _schools, near_schools, region_summary
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.low_results.regional import NUMBERING, open_regional_report
from oko_lib.report.notes import Note
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.workspace import PROJECT_ROOT

NOTEBOOK = PROJECT_ROOT / "notebooks" / "low_results_dynamics_region.ipynb"
#: Words no report may use of schools.
FORBIDDEN = re.compile(r"худш|лучш(ая|ие|их) школ|виноват|наруши|завысил|рейтинг|улучшил|ухудшил", re.IGNORECASE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return written(tmp_path_factory)


@pytest.fixture(scope="module")
def report(workspace):
    return open_regional_report(YEAR, "internal", str(workspace.root))


@pytest.fixture(scope="module")
def summary(report):
    return report.context.results


@pytest.fixture(scope="module")
def shown(report):
    """Everything the notebook shows, by method, in reading order."""
    return {name: getattr(report, name)() for name in notebook_calls()}


def notebook_calls() -> list[str]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]).strip() for cell in cells if cell["cell_type"] == "code"]
    return [found[1] for source in sources if (found := re.fullmatch(r"report\.(\w+)\(\)", source))]


def text_of(item) -> str:
    """Return everything a reader reads."""
    if isinstance(item, FindingsBox):
        return " ".join(item.sentences)
    if isinstance(item, ReportTable):
        return " ".join([item.caption, item.empty, *item.notes, *(text for row in item.rows for text in row)])
    if isinstance(item, ReportFigure):
        return f"{item.caption} {item.alt}"
    if isinstance(item, Note):
        return item.full_text
    if isinstance(item, TitleBlock):
        return " ".join([item.title, *(value for _, value in item.fact_rows)])
    return item.data


def column(table: ReportTable, key: str) -> list[str]:
    place = [each.key for each in table.columns].index(key)
    return [row[place] for row in table.rows]


def test_numbers_of_tables_and_figures_run_in_the_order_of_the_notebook(shown):
    tables = [item.number for item in shown.values() if isinstance(item, ReportTable)]
    figures = [item.number for item in shown.values() if isinstance(item, ReportFigure)]
    assert tables == list(range(1, len(NUMBERING.tables) + 1))
    assert figures == sorted(figures)
    assert len(notebook_calls()) == len(set(notebook_calls())) > 35


def test_nothing_unfinished_or_judging_is_said(shown):
    for name, item in shown.items():
        text = text_of(item)
        assert not re.search(r"\bnan\b|\bNone\b|<NA>|\.\.(?!\.)|,\s*\.|  ", text), (name, text)
        assert not FORBIDDEN.search(text), (name, text)


def test_first_finding_says_whose_results_changed(shown, summary):
    first = shown["findings"].sentences[0]
    assert login(GROWN) in summary.states["growth"]
    assert login(FALLEN) in summary.states["decline"]
    assert re.search(rf"выросли у одной школы — СОШ №\s{GROWN + 1} \({PLACES[GROWN % 3]} район\)", first)
    assert re.search(rf"снизились у одной школы — СОШ №\s{FALLEN + 1} ", first)
    check = shown["to_check"].sentences
    assert any(f"№\u00a0{FALLEN + 1} " in line and "неслучайное снижение" in line for line in check)


def test_states_of_the_base_list_are_complete_and_disjoint(summary):
    every = [school for state in OUTCOMES for school in summary.states[state]]
    assert sorted(every) == sorted(login(number) for number in BASE)


def test_municipalities_add_up_to_the_region(summary, shown):
    counts = summary.municipalities
    assert (counts[list(OUTCOMES)].sum(axis=1) == counts["schools"]).all()
    assert summary.total.to_dict() == counts.sum().to_dict()
    assert summary.total["schools"] == SCHOOLS
    assert summary.total["base"] == len(BASE)
    assert summary.total["current"] == len(CURRENT)
    assert summary.total["entered"] == len(set(CURRENT) - set(BASE))
    assert summary.total["left"] == len(set(BASE) - set(CURRENT))
    assert "вошла 1\u00a0школа, вышла 1, остались 4" in shown["lists_text"].data
    table = shown["municipalities_table"]
    names = column(table, "name")
    assert names == [*(f"{name} муниципальный район" for name in sorted(PLACES)), "Регион"]
    assert int(column(table, "schools")[-1]) == sum(int(each) for each in column(table, "schools")[:-1])


def test_schools_nobody_places_are_counted_not_dropped(summary):
    lost = summary.region.schools["municipality_code"].mask(summary.region.schools.index == login(2))
    moved = replace(summary.region, schools=summary.region.schools.assign(municipality_code=lost))
    rows = _schools(moved)
    assert rows.loc[login(2), "municipality_code"] == NO_MUNICIPALITY
    assert len(rows) == SCHOOLS


def test_return_to_the_mean_is_named_where_schools_were_chosen_by_results(shown, summary):
    text = shown["changes_text"].data
    assert "возврат к среднему" in text
    assert f"отобраны по низким результатам {YEAR - 1} года (часть — по условиям работы)" in text
    table = shown["return_table"]
    assert len(table.rows) == len(summary.region.returns)
    found = [item for item in summary.region.returns.values() if item.refusal is None]
    words = {"больше возврата", "меньше возврата", "неотличимо от возврата", "мало школ списка"}
    assert set(column(table, "verdict")) <= words
    assert column(table, "verdict").count("мало школ списка") == len(table.rows) - len(found)


def test_measures_stand_on_the_base_list_of_the_region(summary, shown):
    assert {item.measure.number for item in summary.measures} == {item.number for item in MEASURES}
    assert all(item.n_listed == len(BASE) for item in summary.measures)
    codes = column(shown["indicators_table"], "code")
    assert codes == [f"1.2.3-R{number:02d}" for number in range(1, 8) for _ in range(2)]


def test_growth_model_says_in_words_how_it_ended(summary, shown):
    table = shown["growth_table"]
    assert len(table.rows) == len(summary.courses) == 8
    for row, course in zip(column(table, "outcome"), summary.courses.values(), strict=True):
        if course.model.refusal is not None:
            assert row.startswith("ответа нет")
        elif course.model.boundary:
            assert row.startswith("на границе")
        else:
            assert row == "сошёлся"
    for course in summary.courses.values():
        if course.model.refusal is None:
            # One school's year cannot be steadier than the draw of its pupils allows for: √(p(1 - p)/n) at most 0.5/√n.
            assert 0 < course.residual < 1.5 / course.typical_n**0.5


def test_sensitivity_falls_with_the_threshold_and_meets_the_rule_at_its_own(summary, shown):
    federal = summary.region.identification[FEDERAL]
    for item in summary.sensitivity:
        assert list(item.counts.index) == list(range(20, 41))
        assert item.counts.is_monotonic_decreasing
        if item.method == FEDERAL:
            assert item.counts[30] == int(federal.readings[item.reading].schools["listed"].fillna(False).sum())
    table = shown["sensitivity_table"]
    assert len(table.rows) == 21
    assert any("30\u202f%" in note for note in table.notes)


def test_near_schools_are_off_the_list_in_force(summary):
    federal = summary.region.identification[FEDERAL]
    current = {login(number) for number in CURRENT}
    every = set(early_warning(federal, 0.0).index)
    assert every & current, "the list names schools that the rule does not"
    assert set(near_schools(summary.region, 0.0).index) == every - current


@pytest.mark.parametrize("name", ["cohorts_table", "methods_table", "near_table", "resilient_table"])
def test_schools_stand_beside_their_municipality_and_by_name(shown, name):
    table = shown[name]
    assert [each.key for each in table.columns[:2]] == ["municipality", "school"]
    places = column(table, "municipality")
    assert places == sorted(places)
    pairs = list(zip(places, column(table, "school"), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert all(len(values) == len(table.columns) for values in table.values)
    named = {f"№\u00a0{number + 1}": code(number) for number in range(SCHOOLS)}
    for place, school in pairs:
        where = named[school.removeprefix("СОШ ")]
        assert place == f"{PLACES[int(where[-3:]) - 1]} район"


def test_methods_table_has_the_rows_of_the_named_schools_only(shown, summary):
    by_all = {
        school
        for result in summary.region.identification.values()
        for school in result.schools.index[result.schools["status"].isin([Status.LISTED, Status.RISK_ZONE])]
    }
    assert len(shown["methods_table"].rows) >= len(by_all | {login(number) for number in CURRENT})


def test_cells_hold_every_school_once(summary, shown):
    assert int(summary.cells["schools"].sum()) == len(summary.region.context.matrix.schools)
    assert (summary.cells["listed"] <= summary.cells["schools"]).all()
    assert shown["matrix_table"].has_total


def test_unknown_passport_and_silence_are_not_zero(summary, shown):
    assert summary.without_passport == (login(NO_PASSPORT),)
    assert "паспорта этого года нет у 1\u00a0школы" in shown["causes_text"].data
    assert summary.support.silent == (login(SILENT),)
    assert "не подала 1\u00a0школа списков" in shown["causes_text"].data
    listed = len({*BASE, *CURRENT})
    # Two factors need the passport and the context; neither is known of one listed school.
    assert (summary.risks["known"] <= listed - 1).all()
    where = summary.support_counts.loc[code(SILENT)]
    assert where["listed"] - where["reported"] == 1


def test_support_adds_up_and_counts_only_who_reported(summary, shown):
    total = summary.support_total
    assert total["listed"] == len({*BASE, *CURRENT})
    assert total["teachers"] == 20 * (total["listed"] - 1)
    assert summary.support.coverage.value == pytest.approx(13 / 20)
    columns = ["listed", "reported", "teachers", "teachers_supported"]
    assert summary.support_counts[columns].sum().to_dict() == total[columns].to_dict()
    assert column(shown["support_table"], "coverage")[-1] == "65,0"


def test_risks_are_counted_over_listed_schools(summary):
    rows = summary.region.risks.schools
    own = rows[rows["school"].isin({login(number) for number in (*BASE, *CURRENT)}) & (rows["factor"] == "failing")]
    assert summary.risks.loc["failing", "strong"] == int((own["risk"] == "strong").sum()) >= 1


def test_a_region_without_lists_says_so(tmp_path):
    workspace = region(tmp_path, schools=24, lists=False, only="counts")
    report = open_regional_report(YEAR, "internal", str(workspace.root))
    assert "Опубликованных списков ШНОР в данных нет" in report.lists_text().data
    for name in notebook_calls():
        text = text_of(getattr(report, name)())
        assert not re.search(r"\bnan\b|\bNone\b|<NA>", text), (name, text)


def test_one_year_of_data_refuses_instead_of_guessing(tmp_path):
    workspace = region(tmp_path, schools=24, years=[YEAR])
    report = open_regional_report(YEAR, "internal", str(workspace.root))
    summary = report.context.results
    assert all(course.model.refusal is not None for course in summary.courses.values())
    assert set(column(report.growth_table(), "residual")) == {"—"}
    assert "нет школ с данными за три года" in column(report.growth_table(), "outcome")[0]
    assert "данных для вывода мало" in report.measures_figure().caption
    assert not any(summary.states[state] for state in ("growth", "decline", "indistinct"))
    for name in notebook_calls():
        text_of(getattr(report, name)())


def test_summary_is_of_the_same_data_as_reports_of_municipalities(workspace, summary):
    again = region_summary(session(workspace))
    assert again.region is summary.region
    pd.testing.assert_frame_equal(again.municipalities, summary.municipalities)
