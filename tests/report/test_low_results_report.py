"""The report of a municipality on schools with low results: it says what its tables say, also when data lack."""

import re

import low_results_shown as seen
import pandas as pd
import pytest
from IPython.display import Markdown
from refusals import of_what_is_not_there

from oko_lib.report.low_results import open_report
from oko_lib.settings.loading import SettingsError

from low_results_samples import (  # isort: skip (its folder is put on the path by low_results_shown)
    CASES, FALLEN, GROWN, NO_PASSPORT, SILENT, YEAR, code, exam, label, listed, login, passport, store, support,
    written,
)  # fmt: skip

NOTEBOOK = "low_results_dynamics.ipynb"
PARAGRAPHS = {"changes_text", "cohorts_text", "lists_text", "context_text", "causes_text"}


def plain(number: int) -> str:
    return label(number).replace("\u00a0", " ")


def opened(workspace, municipality=0):
    return open_report(code(municipality), workspace_root=str(workspace.root))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return opened(written(tmp_path_factory))


@pytest.fixture(scope="module")
def objects(report):
    return seen.shown(report, NOTEBOOK)


@pytest.fixture(scope="module")
def text(objects):
    return seen.texts(objects)


# --- Whatever the data, the report is whole ------------------------------------------------------------------------


def whole(objects: dict[str, object]) -> None:
    for name, value in objects.items():
        assert isinstance(value, Markdown) or hasattr(value, "_repr_mimebundle_"), name
        if name in PARAGRAPHS:
            assert isinstance(value, Markdown), name
        assert seen.text(value).strip(), name
    assert seen.traces(objects) == {}
    found = {name: seen.JUDGING.findall(part) for name, part in seen.texts(objects).items()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_notebook_shows_the_whole_report(objects):
    assert len(objects) > 30
    whole(objects)


@pytest.mark.parametrize("case", [*CASES, "federal"])
def test_data_that_lack_something_give_a_whole_report(tmp_path_factory, case):
    objects = seen.shown(opened(written(tmp_path_factory, case)), NOTEBOOK)
    whole(objects)
    text = seen.texts(objects)
    assert LACKING[case] <= {name for name, part in text.items() if SAYS[name].search(part)}


SAYS = {
    name: re.compile(words)
    for name, words in {
        "context_text": "не оценена",
        "changes_text": "по федеральному правилу по результатам 2025 года",
        "causes_text": "Социального паспорта этого года нет у школ",
        "support_table": "Сведений о поддержке школ списков нет",
        "risks_table": "или паспорта школ не загружены",
        "changes_figure": "Рисунка нет",
        "cohorts_text": "вывод невозможен",
        "flow_figure": "Рисунка нет",
        "near_table": "и больше, нет",
        "gaps_table": "…",
        "lists_text": "Опубликованных списков ШНОР в данных нет",
        "findings": "от обычных колебаний нельзя: данных мало",
    }.items()
}
SAYS = {name: SAYS.get(name, re.compile("(?!)")) for name in seen.methods(NOTEBOOK)}
LACKING = {
    "one year": {"changes_figure", "findings", "cohorts_text", "flow_figure"},
    "five schools": {"context_text", "findings"},
    "counts only": {"cohorts_text", "flow_figure", "gaps_table"},
    "diagnostic works only": {"near_table"},
    "federal": {"lists_text", "context_text", "changes_text", "causes_text", "support_table", "risks_table"},
}


def test_a_municipality_without_listed_schools_is_told_of_as_a_whole(tmp_path_factory):
    objects = seen.shown(opened(written(tmp_path_factory), 2), NOTEBOOK)
    whole(objects)
    text = seen.texts(objects)
    assert "нет школ списка 2025 года" in text["findings"]
    assert "В списках 2025 и 2026 годов школ муниципалитета нет" in text["lists_text"]
    assert "Школ списков в муниципалитете нет" in text["causes_text"]
    assert "школы муниципалитета, ОГЭ МА" in text["changes_figure"]
    assert "показаны первые" not in text["changes_figure"]  # all twenty fit
    assert len(seen.rows(text["schools_table"])) == 20


# --- Numbers of prose and tables -----------------------------------------------------------------------------------


def test_support_in_words_is_the_total_of_its_table(report, text):
    said = re.search(r"— ([\d,]+) % \((\d+) из (\d+)\) при норме не менее 70 %: (.+?)\.", text["causes_text"])
    share, part, every, verdict = said.groups()
    total = next(cells for cells in seen.rows(text["support_table"]) if cells[0] == "Всего")
    assert (total[1], total[4], total[5]) == (every, part, share)
    assert verdict == "ниже нормы"
    assert f"{share} % ({part} из {every})" in text["findings"]
    assert f"Сведений о поддержке не подали: {plain(SILENT)}" in text["causes_text"]
    assert plain(SILENT) not in {cells[0] for cells in seen.rows(text["support_table"])}
    assert "Социального паспорта этого года нет у школ: " + plain(NO_PASSPORT) in text["causes_text"]


def test_the_change_named_on_page_one_stands_in_the_table(text):
    found = re.search(
        r"у школы (СОШ № \d+): (.+?), доля .+? изменилась с ([\d,]+) % до ([\d,]+) %; .+? на (\S+) п\.п\.",
        text["findings"],
    )
    assert found
    matching = [
        cells for cells in seen.rows(text["changes_table"])
        if cells[0] == found[1] and cells[4:6] == [found[3], found[4]] and cells[6].startswith(found[5])
    ]  # fmt: skip
    assert len(matching) == 1
    assert matching[0][7] in {"рост", "снижение"}


def test_planted_schools_are_on_page_one(text):
    year = f"За год: неслучайно выросли результаты — {plain(GROWN)}; неслучайно снизились результаты — {plain(FALLEN)};"
    assert year in text["findings"]
    assert f"{plain(FALLEN)}: результаты неслучайно снизились" in text["to_check"]
    assert f"{plain(GROWN)}: что помогло росту" in text["to_check"]
    assert "неуспевающие обучающиеся" in text["advice"]


def test_counts_of_measures_are_counts_of_the_rows_below(text):
    """«Рост по числам» and the three states, recounted from the rows of the base list."""
    base = {plain(number) for number in (0, 3, 9, 12)}
    own = [cells for cells in seen.rows(text["changes_table"]) if cells[0] in base]
    brief = dict(zip(
        ["ОГЭ, математика", "ОГЭ, русский язык", "ЕГЭ, математика", "ЕГЭ, русский язык"],
        ["ОГЭ МА", "ОГЭ РУ", "ЕГЭ МА", "ЕГЭ РУ"], strict=True,
    ))  # fmt: skip
    checked = 0
    for cells in seen.rows(text["measures_table"]):
        if cells[0] not in brief:
            continue
        rows = [row for row in own if row[1] == brief[cells[0]]]
        number = lambda item: float(item.replace(",", "."))  # noqa: E731
        grown = sum(number(row[5]) > number(row[4]) for row in rows)
        states = [row[7] for row in rows]
        assert cells[1:6] == [
            str(len(rows)), f"{grown} из {len(rows)}", str(states.count("рост")), str(states.count("снижение")),
            str(states.count("неразличимо")),
        ], cells[0]  # fmt: skip
        checked += 1
    assert checked == 4


def test_lists_in_words_agree_with_the_table_of_methods(text):
    assert f"вошли: {plain(24)}; вышли: {plain(GROWN)}; остались: " in text["lists_text"]
    # Names stand as people count: 4 before 10.
    assert f"остались: {plain(3)}, {plain(9)} и {plain(12)}" in text["lists_text"]
    official = {cells[0]: cells[1] for cells in seen.rows(text["methods_table"])}
    assert {school for school, said in official.items() if said == "да"} == {plain(n) for n in (3, 9, 12, 24)}
    assert official[plain(GROWN)] == "нет"


def test_schools_near_the_threshold_are_those_of_the_rule(report, text):
    near = report.context.results.near
    table = seen.rows(text["near_table"])
    assert len(table) == len(near)
    for cells in table:
        part, whole_ = map(int, cells[2].split(" из "))
        assert cells[5] == ("да" if 10 * part >= 3 * whole_ else "близко")
        assert 4 * part >= whole_


def test_indicators_of_all_seven_measures_and_of_every_listed_school_stand_in_the_appendix(text):
    codes = [cells[0] for cells in seen.rows(text["indicators_table"])]
    assert codes[:14] == [f"1.2.3-M{n:02d}" for n in range(1, 8) for _ in range(2)]
    assert codes[14:] == [f"1.2.3-S{n:02d}" for n in range(1, 14)] * 5


def test_tables_and_figures_have_numbers_of_their_own(objects):
    described = [
        value._repr_mimebundle_()["application/vnd.oko+json"]
        for value in objects.values()
        if hasattr(value, "_repr_mimebundle_") and not isinstance(value, Markdown)
    ]
    for kind in ("table", "figure"):
        numbers = [item["number"] for item in described if item.get("kind") == kind]
        assert len(numbers) > 3
        assert len(set(numbers)) == len(numbers)


def test_no_participant_is_shown(text):
    """Codes of participants begin with the year or the grade and end with five digits."""
    for name, part in text.items():
        assert not re.search(r"\b(?:202\d|[468])0\d{4}\b", part), name


# --- Words that must follow the numbers ----------------------------------------------------------------------------


def quiet(number: int, last: int | None = None, years=(YEAR - 1, YEAR)) -> list[pd.DataFrame]:
    """A school where 10 of 30 have «4», or `last` of them in the last year."""
    return [
        exam(login(number), [4] * n + [3] * (30 - n), year=year)
        for year in years
        for n in [last if year == YEAR and last is not None else 10]
    ]


def test_a_school_that_falls_less_than_the_region_is_not_said_to_have_grown_from_more_to_less(tmp_path):
    """The region falls from 20 of 30 to 6; school 0 from 20 to 19: growth beyond the region, yet not «выросла»."""
    rows = []
    for number in range(24):
        for year, n in ((YEAR - 1, 20), (YEAR, 19 if number == 0 else 6)):
            for subject, first in (("Математика", 1), ("Русский язык", 301)):
                rows.append(exam(login(number), [4] * n + [3] * (30 - n), subject, year=year, first=first))
    lists = listed("low_results", YEAR - 1, login(0))
    workspace = store(tmp_path, 24, exam_results_by_participant=rows, published_lists=lists)
    found = seen.text(opened(workspace).findings())
    assert "доля «4» и «5» изменилась с 66,7 % до 63,3 %" in found
    assert "выросла с" not in found


def test_an_older_year_in_place_of_the_year_before_is_named(tmp_path):
    rows = [frame for number in range(23) for frame in quiet(number)]
    rows += [exam(login(24), [4] * 10 + [3] * 20, year=YEAR - 2), exam(login(24), [4] * 12 + [3] * 18, year=YEAR)]
    lists = listed("low_results", YEAR - 1, login(24), login(0))
    workspace = store(tmp_path, 25, exam_results_by_participant=rows, published_lists=lists)
    table = seen.text(opened(workspace, 24).changes_table())
    assert f"взят последний год с ними: {plain(24)}, ОГЭ МА (2024)." in table
    assert plain(0) in table


def test_the_commonest_strong_factors_are_named_first(tmp_path):
    """Two listed schools stand out by the last factor of the file, one by factors that come before it by name."""
    rows = [frame for number in range(24) for frame in quiet(number)]
    passports = [
        passport(
            login(number), pupils=600,
            pupils_parents_higher_education=5 if number in (0, 3) else 300,
            pupils_at_risk=300 if number == 0 else 6,
            pupils_with_disabilities=300 if number == 0 else 6,
        )
        for number in range(24)
    ]  # fmt: skip
    lists = listed("low_results", YEAR - 1, login(0), login(3))
    workspace = store(
        tmp_path, 24, exam_results_by_participant=rows, social_passport_by_year=passports, published_lists=lists
    )
    found = seen.text(opened(workspace).to_check())
    assert "выражены сильно: родители с высшим образованием и дети группы риска" in found


def test_a_coverage_over_some_of_the_schools_says_so(tmp_path):
    rows = [frame for number in range(4) for frame in quiet(number)]
    given = [support(login(0), 10, teachers_supported=7), support(login(3), 90)]
    lists = listed("low_results", YEAR - 1, login(0), login(3))
    workspace = store(
        tmp_path, 4, exam_results_by_participant=rows, school_support_by_year=given, published_lists=lists
    )
    report = opened(workspace)
    assert "70,0 % (7 из 10) при норме не менее 70 %: норма выполнена" in seen.text(report.causes_text())
    table = seen.text(report.support_table())
    assert "Общий охват — по школам, которые сообщили оба числа." in table
    assert seen.rows(table)[-1][:6] == ["Всего", "100", "…", "…", "7", "70,0"]


# --- What cannot be opened -----------------------------------------------------------------------------------------


@of_what_is_not_there
def test_what_is_not_there_is_refused_in_russian(tmp_path_factory, municipality, year, mode, words):
    root = str(written(tmp_path_factory).root)
    with pytest.raises(SettingsError, match=words):
        open_report(municipality, year, mode, root)


def test_an_empty_store_is_refused_in_russian(tmp_path):
    with pytest.raises(SettingsError, match="Загрузите файлы"):
        open_report("reg88_m001", workspace_root=str(store(tmp_path).root))
