"""Direction on schools with low results over the demo region: planted truths, reports, sheets of two pages."""

import re

import pypdfium2
import pytest
from oko_command import MADE, oko

from oko_lib.indicators.low_results.region import TABLES, region_low_results
from oko_lib.indicators.session import open_session
from oko_lib.settings.low_results_norms import load_low_results_norms

CITY = "reg99_m003"


@pytest.fixture(scope="module")
def region(root, taken):
    return region_low_results(open_session(root, norms=load_low_results_norms, tables=TABLES))


@pytest.fixture(scope="module")
def planted(truth):
    kinds = {}
    for plant in truth["low_results"]["plants"]:
        kinds.setdefault(plant["kind"], []).append(plant["login"])
    return kinds


@pytest.fixture(scope="module")
def reports(root, taken):
    return oko("run", "--root", str(root), "--municipality", CITY, "--region", "--direction", "low_results_dynamics")


def text_of(path):
    document = pypdfium2.PdfDocument(path)
    return [page.get_textpage().get_text_range() for page in document]


def test_schools_that_keep_changing_are_found_over_the_years(region, planted):
    states = region.dynamics.composite_trend.units["state"]
    assert list(states.reindex(planted["improving"])) == ["growth"] * len(planted["improving"])
    assert list(states.reindex(planted["declining"])) == ["decline"] * len(planted["declining"])


def test_schools_that_only_jump_by_chance_are_not_called_changing(region, planted):
    changing = {*planted["improving"], *planted["declining"]}
    trend = region.dynamics.composite_trend.units["state"].dropna()
    others = trend[~trend.index.isin(changing)]
    assert (others != "indistinct").mean() <= 0.05
    judged, called = 0, 0
    for change in region.dynamics.measures:
        states = change.schools["state"].dropna()
        states = states[~states.index.isin(changing)]
        judged, called = judged + len(states), called + int((states != "indistinct").sum())
    assert judged > 400
    assert called / judged <= 0.06  # five per cent of tests, each school in seven of them: one region's luck on top
    flat = trend.reindex(planted["flat_small"]).dropna()
    assert len(flat) >= 3
    assert set(flat) == {"indistinct"}


def test_growth_by_numbers_alone_is_common_and_told_apart(region):
    judged = [change.schools.dropna(subset="state") for change in region.dynamics.measures]
    formal = sum(int(rows["formal"].astype(bool).sum()) for rows in judged) / sum(map(len, judged))
    reliable = sum(int((rows["state"] == "growth").sum()) for rows in judged) / sum(map(len, judged))
    assert 0.3 < formal < 0.7
    assert reliable < 0.1


def test_the_federal_rule_names_the_schools_the_truth_names(region, truth):
    flags = truth["low_results"]["federal_rule"][str(region.year)]
    readings = region.identification["federal"].readings
    named = {name: set(found.schools.index[found.schools["listed"].fillna(False)]) for name, found in readings.items()}
    assert named == {"all": set(flags["both"]), "any": {*flags["several"], *flags["repeated"]}}
    assert len(named["all"]) > 5


def test_schools_low_every_year_are_known_by_the_lists(region, planted):
    assert set(planted["stable_low"]) <= set(region.listed.schools)


def test_resilient_schools_are_mostly_planted_ones(region, planted):
    found = region.context.resilience.schools
    resilient = set(found.loc[found["resilient"].fillna(False).astype(bool), "school"])
    assert resilient & set(planted["resilient"])
    assert len(resilient - set(planted["resilient"])) <= 2


def test_reports_and_sheets_are_built(root, reports):
    assert reports["exit"] == 0
    assert {report["status"] for report in reports["reports"]} <= MADE
    sheets = [report for report in reports["reports"] if report["school"]]
    assert sheets
    names = {report["school"]: report["school_name"] for report in sheets}
    for report in sheets:
        (pdf,) = (root / "outputs" / "2026" / CITY / "schools" / report["school"]).glob("*.pdf")
        pages = text_of(pdf)
        assert len(pages) == 2, report["school"]
        whole = "\n".join(pages)
        assert report["school"] in whole
        assert not [other for login, other in names.items() if login != report["school"] and other in whole]
        assert "не используются для оценки" in whole.replace("\r\n", " ").replace("\n", " ")
        assert not re.search(r"\bnan\b|None|<NA>|Traceback|report\.", whole)


def test_the_report_opens_with_what_changed_and_for_whom(root, reports):
    pages = text_of(root / "outputs" / "2026" / CITY / "low_results_dynamics.pdf")
    first = " ".join(pages[0].split())
    assert re.search(r"Главное.*(списка|нет школ списка)", first)
    whole = "\n".join(pages)
    tables = [int(number) for number in re.findall(r"Таблица (\d+) —", whole)]
    assert tables == list(range(1, len(tables) + 1))
    assert len(tables) >= 18
    assert not re.search(r"\bnan\b|None|<NA>|Traceback|report\.", whole)
