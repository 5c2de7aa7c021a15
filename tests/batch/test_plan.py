"""Which reports are planned, and what is refused with which words."""

from dataclasses import replace
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oko_sample_direction import BOTH, CONTEXT, DIRECTIONS, MUNICIPALITIES, SAMPLE

from oko_lib.batch import Direction, ReportSpec, Selection, direction, plan_reports
from oko_lib.batch.available import available
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

M1, M2, M3, M4 = MUNICIPALITIES
PUSHKIN = "МБОУ «Средняя школа № 2 имени А. С. Пушкина»"


@pytest.fixture(scope="module")
def snapshot(stored):
    return Store(stored / "data" / "store").snapshot()


@pytest.fixture(scope="module")
def plan(stored, snapshot):
    def planned(known=BOTH, **selection):
        return plan_reports(Workspace.at(stored), snapshot, Selection(**selection), known)

    return planned


@pytest.fixture(scope="module")
def ids(plan):
    """Identifiers of the reports of the first direction alone, or of those given."""

    def planned(known=DIRECTIONS, **selection):
        return [spec.id for spec in plan(known, **selection).specs]

    return planned


def sheet(municipality, school):
    return f"2026/{municipality}/schools/{school}/context_school"


def test_all_means_every_municipality_with_results_and_the_region(ids):
    assert ids(all=True) == [
        "2026/region/sample_region",
        "2026/reg99_m002/sample",
        "2026/reg99_m003/sample",
        "2026/reg99_m001/sample",
    ]


def test_code_or_name_in_any_spelling(ids):
    for wanted in ("reg99_m001", "REG99_M001", "город Северск", "  ГОРОД   северск "):
        assert ids(municipalities=(wanted,)) == ["2026/reg99_m001/sample"]


def test_the_same_municipality_twice_is_one_report(ids):
    assert ids(municipalities=("reg99_m001", "город Северск")) == ["2026/reg99_m001/sample"]


def test_region_alone_and_an_earlier_year(ids):
    assert ids(region=True) == ["2026/region/sample_region"]
    assert ids(all=True, year=2025) == ["2025/region/sample_region", "2025/reg99_m004/sample"]


def test_a_direction_without_regional_notebook_has_no_regional_report(plan):
    alone = {"alone": Direction(name="alone", title_ru="Одно", notebook="sample.ipynb")}
    specs = plan(alone, all=True).specs
    assert all(not spec.is_region for spec in specs)
    assert len(specs) == 3
    with pytest.raises(SettingsError, match="Сводки по региону нет"):
        plan(alone, region=True)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"municipalities": ("reg99_m0001",)}, "Возможно, вы имели в виду «reg99_m001»"),
        ({"municipalities": ("Северский муниципальный раён",)}, "«Северский муниципальный район»"),
        ({"municipalities": ("reg99_m004",)}, "нет результатов ВПР за 2026"),
        ({"municipalities": ("Xyz",)}, "oko list"),
        ({"all": True, "year": 2030}, "Есть: 2025, 2026"),
        ({"all": True, "directions": ("sampel",)}, "«sample»"),
        ({}, "--all"),
    ],
)
def test_refusals_say_what_to_do(plan, selection, words):
    with pytest.raises(SettingsError, match=words):
        plan(DIRECTIONS, **selection)


def test_what_all_leaves_out_is_counted_with_the_reason(plan):
    (skipped,) = plan(DIRECTIONS, all=True).skipped
    assert (skipped.direction, skipped.whom) == ("sample", (MUNICIPALITIES[M4],))
    assert skipped.reason == "нет результатов ВПР за 2026 год"


def test_each_direction_stands_on_its_own_tables(plan, ids):
    assert ids(BOTH, all=True, no_schools=True) == [
        "2026/region/sample_region",
        f"2026/{M2}/sample",
        f"2026/{M3}/sample",
        f"2026/{M3}/context",
        f"2026/{M1}/sample",
        f"2026/{M1}/context",
    ]
    skipped = {item.direction: item for item in plan(all=True, no_schools=True).skipped}
    assert skipped["context"].whom == (MUNICIPALITIES[M4], MUNICIPALITIES[M2])
    assert skipped["context"].reason == "нет данных «Контекст школ по годам» за 2026 год"


def test_the_newest_year_is_that_of_the_chosen_directions(plan):
    older = {"context": CONTEXT, "lists": Direction("lists", "Списки", "x.ipynb", tables=("published_lists",))}
    assert plan(older, all=True).year == 2026
    assert plan(all=True, year=2024, directions=("context",)).specs[0].id == f"2024/{M4}/context"
    assert plan(all=True, year=2025).skipped[0].direction == "context"
    assert len(plan(all=True, year=2025).skipped[0].whom) == 4
    with pytest.raises(SettingsError, match=r"«Контекст школ по годам» за 2025 год\. Есть: 2024, 2026"):
        plan(all=True, year=2025, directions=("context",))
    with pytest.raises(SettingsError, match=r"Нет ни результатов ВПР, ни .+ за 2031 год\. Есть: 2024, 2025, 2026"):
        plan(all=True, year=2031)


def test_a_municipality_is_demanded_of_a_direction_named_and_of_one_at_least(plan, ids):
    with pytest.raises(SettingsError, match=r"У муниципалитета «Северский .+» нет данных «Контекст школ по годам»"):
        plan(municipalities=(M2,), directions=("context",))
    with pytest.raises(SettingsError, match="нет ни результатов ВПР, ни данных «Контекст"):
        plan(municipalities=(M4,))
    assert ids(BOTH, municipalities=(M2,)) == [f"2026/{M2}/sample"]
    assert plan(municipalities=(M2,)).skipped[0].whom == (MUNICIPALITIES[M2],)


def test_listed_schools_come_with_their_municipality(plan):
    made = plan(all=True)
    sheets = [spec for spec in made.specs if spec.is_school]
    assert [spec.id for spec in sheets] == [
        sheet(M3, "edu99003"),
        sheet(M1, "edu99011"),  # № 2 before № 10
        sheet(M1, "edu99012"),
    ]
    assert made.specs[-len(sheets) :] == tuple(sheets)
    assert (sheets[1].school_name, sheets[1].school_title) == ("МБОУ «Средняя школа № 2»", "СОШ №\u00a02")
    assert sheets[1].notebook == "context_school.ipynb"
    # Listed, but without data that year; the municipality without data is counted once, not with its schools.
    assert "СОШ №\u00a014" in {item.direction: item.whom for item in made.skipped}["context"]
    assert "СОШ № 4" not in str(made.skipped)
    only = plan(municipalities=(M1,)).specs
    assert [spec.school_id for spec in only if spec.is_school] == ["edu99011", "edu99012"]
    assert not any(spec.is_school for spec in plan(all=True, no_schools=True).specs)
    assert not any(spec.is_school for spec in plan(region=True).specs)


@pytest.mark.parametrize(
    "wanted",
    ["edu99011", " EDU99011 ", "sch99011", 'мбоу "средняя школа №2"', "Школа-интернат № 101"],
)
def test_a_school_by_identifier_former_login_or_any_name(ids, wanted):
    assert ids(BOTH, schools=(wanted, "edu99011")) == [sheet(M1, "edu99011")]


def test_a_school_asked_for_need_not_be_listed(ids):
    assert ids(BOTH, schools=("Гимназия № 1",)) == [sheet(M1, "edu99001")]
    both = ids(BOTH, municipalities=(M3,), no_schools=True, schools=("edu99013",))
    assert both == [f"2026/{M3}/sample", f"2026/{M3}/context", sheet(M1, "edu99013")]
    added = ids(BOTH, municipalities=(M3,), schools=("edu99013",))
    assert added[2:] == [sheet(M3, "edu99003"), sheet(M1, "edu99013")]


def test_a_full_name_is_told_from_one_that_contains_it(ids):
    assert ids(BOTH, schools=("Средняя школа № 2 имени А. С. Пушкина",))[0] == sheet(M1, "edu99013")
    assert ids(BOTH, schools=("МБОУ «Средняя школа № 2»",))[0] == sheet(M1, "edu99011")


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        ({"schools": ("edu9901",)}, "Нет школы «edu9901».*Возможно, вы имели в виду «edu990"),
        ({"schools": ("Гимназя № 1",)}, "«Гимназия № 1»"),
        ({"schools": ("Xyz",)}, "логин школы"),
        ({"schools": ("СОШ № 2",)}, r"носят несколько школ: edu99011 \(reg99_m001\), edu99013"),
        ({"schools": ("edu99014",)}, r"У школы edu99014 \(МБОУ «Средняя школа № 14»\) нет .* за 2026"),
        ({"schools": ("edu99011",), "directions": ("sample",)}, "Профилей школ у направления нет: sample.*context"),
        ({"schools": ("edu99011",), "year": 2025}, "Есть: 2024, 2026"),
    ],
)
def test_a_school_that_cannot_be_reported_is_refused_in_words(plan, selection, words):
    with pytest.raises(SettingsError, match=words):
        plan(**selection)


def test_a_list_that_cannot_be_had_costs_only_the_schools(stored, snapshot):
    def broken(workspace, snapshot, year):
        raise SettingsError("Правило отбора записано неверно.")

    known = {"sample": SAMPLE, "context": replace(CONTEXT, schools=broken)}
    made = plan_reports(Workspace.at(stored), snapshot, Selection(all=True, schools=("edu99001",)), known)
    assert [spec.school_id for spec in made.specs if spec.is_school] == ["edu99001"]
    assert len([spec for spec in made.specs if not spec.is_school]) == 6
    (problem,) = made.problems
    assert (problem.direction, "Правило отбора записано неверно" in problem.error) == ("context", True)
    assert "Traceback" in problem.details


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_folders_of_schools_are_safe_and_apart(one, other):
    def folder(school):
        return ReportSpec(CONTEXT, 2026, M1, "x", "y", school, "z").folder

    assert len(folder(one).parts) == 4
    assert not set(folder(one).name) & set('\\/:*?"<>|. ')
    assert (folder(one) == folder(other)) == (one == other)


def test_available_lists_those_without_results(snapshot):
    data = available(snapshot)
    assert set(data.schools["school"]) == {"edu99001", "edu99002", "edu99003"}
    assert data.years == [2025, 2026]
    assert data.empty == [("reg99_m004", MUNICIPALITIES["reg99_m004"])]
    assert set(data.municipalities["results"]) == {3}


def test_an_empty_store_is_refused_in_words(tmp_path):
    from oko_lib.store import StoreError

    with pytest.raises((SettingsError, StoreError), match="oko ingest"):
        plan_reports(Workspace.at(tmp_path), Store(tmp_path).snapshot(), Selection(all=True), DIRECTIONS)


def test_every_known_direction_is_found_by_name():
    assert direction("objectivity").notebook == "objectivity.ipynb"


@pytest.mark.parametrize(("name", "room"), [("low_results_dynamics", "low_results"), ("talent", "talent")])
def test_what_is_planned_is_what_the_direction_reads(name, room):
    region = import_module(f"oko_lib.indicators.{room}.region")

    assert direction(name).tables == region.TABLES
