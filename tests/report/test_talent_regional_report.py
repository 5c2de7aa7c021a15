"""The regional report on talent: municipalities by name, numbers as in its tables, no child, also when data lack."""

import re

import low_results_shown as seen
import pytest
import talent_shown as whole
from talent_shown import REGION_NOTEBOOK, cells, described, forms, said

from oko_lib.report.table import natural_key
from oko_lib.report.talent import open_regional_report, open_report
from oko_lib.settings.loading import SettingsError

import talent_store as made  # isort: skip (its folder is put on the path by low_results_shown)

NORTH, MIDDLE, SOUTH = (f"{name} район" for name in made.PLACES)
ALL = [NORTH, MIDDLE, SOUTH]


def opened(workspace):
    return open_regional_report(workspace_root=str(workspace.root))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return opened(made.written(tmp_path_factory))


@pytest.fixture(scope="module")
def objects(report):
    return seen.shown(report, REGION_NOTEBOOK)


@pytest.fixture(scope="module")
def text(objects):
    return seen.texts(objects)


# --- Whatever the data, the report is whole ---------------------------------------------------------------------------


def test_the_notebook_shows_the_whole_report(objects):
    assert len(objects) > 25
    assert len(described(objects, "table")) == 19
    assert len(described(objects, "figure")) == 2
    whole.whole(objects)


NO_NEXT = {
    "home_figure": "^Рисунка нет",
    "home_table": "Школ, у которых достаточно дипломов .+, нет",
    "fairness_text": "нужны оба этапа одного года, баллы и ключи учеников нескольких школ",
}
NO_OLYMPIADS = NO_NEXT | {
    "stages_text": "Протоколов олимпиады этого года нет",
    "stages_table": "Протоколов олимпиады этого года нет",
    "funnel_figure": "Рисунка нет",
    "growth_text": "не отличить от случая",
}
NO_PEOPLE = r"участи\w+ \(людей не посчитать: не хватает ключей учеников\)"
NO_PUPILS = {
    "findings": "не посчитать: нет численности обучающихся по классам",
    "groups_table": "Сведений о численности, месте и виде школ нет",
}
NO_CONTESTS = {"contests_text": "Участия в мероприятиях перечней в данных нет"}
NO_OBSERVERS = {
    "fairness_text": "Сведений о наблюдателях на муниципальном этапе нет",
    "observers_table": r"Северный район \| 0 \| … \| … \| …",
}
LACKING = {
    "no forms": {"coverage_text": "не посчитать: школы не подали сведений", "support_table": r"район \| … \| … \| …"},
    "no enrolment": NO_PUPILS,
    "no contests": NO_CONTESTS,
    "no observers": NO_OBSERVERS,
    "no keys": NO_NEXT | {"stages_text": NO_PEOPLE, "contests_text": NO_PEOPLE, "findings": NO_PEOPLE,
                          "municipalities_table": r"Северный район \| 4 \| … \| … \| \d+ \| … \| \d"},
    "no school keys": NO_NEXT | {"stages_text": NO_PEOPLE},
    "no scores": NO_NEXT,
    "no municipal stage": NO_NEXT | {"subjects_table": "Протоколов муниципального этапа этого года нет"},
    "no olympiads": NO_OLYMPIADS,
    "no context": {},
    "no previous year": {"growth_table": "Сравнить не с чем", "growth_text": "данных прошлого года нет"},
    "only contests": NO_OLYMPIADS | NO_PUPILS | NO_OBSERVERS,
    "only forms": NO_OLYMPIADS | NO_PUPILS | NO_OBSERVERS | NO_CONTESTS,
    "only protocols": NO_PUPILS | NO_CONTESTS | NO_OBSERVERS,
    "one school": NO_NEXT | {"title": "1 муниципалитет, 1 школа"},
    "long names": {"title": "1 муниципалитет, 24 школы"},
}  # fmt: skip


def test_every_case_is_looked_at():
    assert set(LACKING) == set(made.CASES)


@pytest.mark.parametrize("case", list(made.CASES))
def test_data_that_lack_something_give_a_whole_report_that_says_so(tmp_path_factory, case):
    objects = seen.shown(opened(made.written(tmp_path_factory, case)), REGION_NOTEBOOK)
    whole.whole(objects)
    said(objects, LACKING[case])


# --- Numbers of prose and tables --------------------------------------------------------------------------------------


def test_prizes_in_words_are_those_of_the_tables(text):
    persons, entries, of_entries, of_persons = re.search(
        r"На муниципальном этапе — (\d+) человек\w?, (\d+) участи\w+; дипломы — ([\d,]+) % (?:\(\S+\)) участий, "
        r"([\d,]+) % (?:\(\S+\)) людей \(табл\. 1 и рис\. 1\)",
        text["findings"],
    ).groups()
    row = cells(text["stages_table"], "муниципальный")
    assert [row[2], row[3], row[5].split(" ")[0], row[6].split(" ")[0]] == [persons, entries, of_entries, of_persons]
    total = cells(text["municipalities_table"], "Регион")
    assert [total[3], total[4], total[6].split(" ")[0]] == [persons, entries, of_entries]
    assert sum(int(cells(text["municipalities_table"], name)[4]) for name in ALL) == int(entries)


def test_coverage_in_words_is_the_total_of_its_table(text):
    share, covered, pupils = re.search(
        r"одарённых — ([\d,]+) % \((\d+) из (\d \d+)\); норма 10 % не достигнута в 1 муниципалитете "
        r"\(Северный муниципальный район\)",
        text["findings"],
    ).groups()
    assert cells(text["coverage_table"], "Регион")[1:4] == [pupils, covered, share]
    rows = [cells(text["coverage_table"], name) for name in ALL]
    assert sum(int(row[2]) for row in rows) == int(covered)
    assert [row[4] for row in rows] == ["нет", "да", "да"]


def test_the_villages_are_named_with_the_coverage_of_the_others(text):
    row = cells(text["coverage_table"], NORTH)
    assert [name in row[5] for name in map(made.label, made.VILLAGES)] == [True] * 3
    assert row[6] == "12,9"
    assert cells(text["coverage_table"], MIDDLE)[3:7] == ["10,0", "да", "—", "—"]
    assert [cells(text["coverage_table"], name)[7] for name in ALL] == ["0", "0", "1"]


def test_a_municipality_has_the_same_numbers_in_both_reports(text, tmp_path_factory):
    for place, name in enumerate(ALL):
        own = open_report(made.code(place), workspace_root=str(made.written(tmp_path_factory).root))
        stage = cells(seen.text(own.stages_table()), "муниципальный")
        row = cells(text["municipalities_table"], name)
        assert [row[3], row[4], row[5], row[6]] == [stage[2], stage[3], stage[4], stage[6]]
        coverage = seen.text(own.coverage_text())
        pupils, covered, share = cells(text["coverage_table"], name)[1:4]
        assert f"{share} % ({covered} из {pupils})" in coverage
        staff = cells(seen.text(own.staff_table()), "педагоги, подготовленные к работе с одарёнными")
        assert cells(text["support_table"], name)[1] == staff[3]


def test_growth_in_words_is_counted_from_the_table(text):
    for measure in ("Участники", "Дипломы"):
        counts = re.search(
            rf"{measure} муниципального этапа по муниципалитетам: рост отличим от случая в (\d), снижение — в (\d), "
            r"изменение неразличимо — в (\d)",
            text["growth_text"],
        ).groups()
        assert sum(map(int, counts)) == 3
    states = [cells(text["municipalities_table"], name)[7] for name in ALL]
    counts = re.search(
        r"случая в (\d), снижение — в (\d), изменение неразличимо — в (\d)", text["growth_text"]
    ).groups()
    assert list(map(int, counts)) == [states.count(word) for word in ("рост", "снижение", "неразличимо")]
    before, after = re.search(r"Дипломы регионального .+?: было (\d+), стало (\d+);", text["findings"]).groups()
    assert cells(text["growth_table"], "дипломы регионального и заключительного этапов")[1:3] == [before, after]


def test_home_results_name_the_school_with_its_municipality(text):
    name, mean, expected = re.search(
        r"не подтверждаются неслучайно: (.+?) \(средний балл пришедших (\d+) % максимума при ожидаемых (\d+) %\)",
        text["to_check"],
    ).groups()
    assert name == f"{made.label(made.INFLATED)} ({NORTH})"
    [row] = seen.rows(text["home_table"])
    assert row[:2] == [NORTH, made.label(made.INFLATED)]
    assert [round(float(cell.replace(",", "."))) for cell in row[5:7]] == [int(mean), int(expected)]


def test_observers_and_faults_are_told_by_municipality(text):
    assert "норма 100 % не выполнена в 1 муниципалитете (Южный муниципальный район)" in text["to_check"]
    rows = {name: cells(text["observers_table"], name) for name in [*ALL, "Регион"]}
    assert [row[3] for row in rows.values()] == ["100,0", "100,0", "95,8", "98,6"]
    assert [row[6] for row in rows.values()] == ["3", "0", "0", "3"]
    assert sum(int(row[1]) for row in seen.rows(text["faults_table"]) if row[1] != "…") == 3


def test_where_every_olympiad_was_observed_there_is_nothing_to_check(tmp_path):
    report = opened(made.region(tmp_path, 6))  # school 9, the venue without an observer, is not there
    assert "норма 100 % выполнена везде, где есть сведения" in seen.text(report.fairness_text())
    assert "наблюдатели" not in seen.text(report.to_check()).casefold()


# --- Nobody is ranked, no child is shown ------------------------------------------------------------------------------


def test_municipalities_stand_by_name(objects):
    tables = described(objects, "table")
    for name in ("municipalities_table", "coverage_table", "support_table", "observers_table"):
        names = [row[0] for row in tables[name]["rows"]]
        assert names[:-1] == sorted(ALL, key=natural_key), name
        assert names[-1] == "Регион"


def test_every_share_of_prizes_names_its_unit(text):
    for name in ("findings", "stages_text", "contests_text", "funnel_figure"):
        for sentence in re.findall(r"диплом[^.;]*%[^.;]*", text[name]):
            shares = re.findall(r"[\d,]+ %(?: \([\d,–]+\))?( \w+)?", sentence)
            assert shares, sentence
            assert {unit.strip() for unit in shares} <= {"участий", "людей"}, sentence


def test_no_pupil_key_and_no_code_in_any_form(report, objects):
    assert report.context.results.summary.data.entries["person"].str.fullmatch(made.KEY).all()
    shown = {name: re.findall(f"{made.KEY}|{made.CODE}", forms(value)) for name, value in objects.items()}
    assert {name: hits for name, hits in shown.items() if hits} == {}


def test_faults_name_file_sheet_and_row(text):
    rows = seen.rows(text["fault_places_table"])
    assert len(rows) == 3
    for row in rows:
        assert row[2] == f"{made.label(0)} ({NORTH})"
        assert re.fullmatch(rf"{made.OLYMPIAD_FILE}, лист «{made.SHEET}», строка \d+", row[-1])


def test_a_municipality_of_seven_children_has_no_share(tmp_path):
    text = seen.texts(seen.shown(opened(made.region(tmp_path, 12, tiny=(0,), left_out=(3, 6, 9))), REGION_NOTEBOOK))
    assert cells(text["municipalities_table"], NORTH)[2] == "м.д."
    assert cells(text["municipalities_table"], NORTH)[5:7] == ["м.д.", "м.д."]
    assert cells(text["coverage_table"], NORTH)[2:4] == ["м.д.", "м.д."]
    assert cells(text["support_table"], NORTH)[3:] == ["м.д."] * 4
    assert re.search(r"\d,\d", cells(text["coverage_table"], MIDDLE)[3])


# --- What cannot be opened --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "mode", "words"),
    [(2019, "internal", r"за 2019 год\. Есть: 2024, 2025, 2026"), (0, "public", "защиты малых групп ещё нет")],
)
def test_what_is_not_there_is_refused_in_russian(tmp_path_factory, year, mode, words):
    with pytest.raises(SettingsError, match=words):
        open_regional_report(year, mode, str(made.written(tmp_path_factory).root))
