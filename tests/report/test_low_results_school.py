"""The sheet of one school: whole whatever the school lacks, and of one mind with the municipality's report."""

import re

import low_results_shown as seen
import pytest
from IPython.display import Markdown

from oko_lib.report.low_results import open_report, open_school_report
from oko_lib.settings.loading import SettingsError

from low_results_samples import (  # isort: skip (its folder is put on the path by low_results_shown)
    BY_COUNTS, CASES, FALLEN, GROWN, NO_PASSPORT, OLD_LOGIN, ONE_PROCEDURE, SILENT, SMALL, YEAR, code, exam, listed,
    login, store, written,
)  # fmt: skip

NOTEBOOK = "low_results_dynamics_school.ipynb"


def sheet(workspace, number: int):
    return open_school_report(code(number), login(number), workspace_root=str(workspace.root))


def whole(report) -> dict[str, str]:
    """Check that everything is there and return its text."""
    objects = seen.shown(report, NOTEBOOK)
    assert len(objects) >= 9
    for name, value in objects.items():
        assert isinstance(value, Markdown) or hasattr(value, "_repr_mimebundle_"), name
        assert seen.text(value).strip(), name
    assert seen.traces(objects) == {}
    text = seen.texts(objects)
    assert not any(seen.JUDGING.search(part) for part in text.values())
    assert "школ списков" not in text["support_text"]
    return text


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return written(tmp_path_factory)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (FALLEN, {"findings": "неслучайно снизились", "risk_figure": "выражен 1 фактор", "to_discuss": "успеваю"}),
        (GROWN, {"findings": "за год неслучайно выросли"}),
        (NO_PASSPORT, {"context_text": "не оценён: условия школы неизвестны", "risk_figure": "паспорт .* не загружен"}),
        (ONE_PROCEDURE, {"lines_figure": "1 процедура", "support_text": "Сведений о поддержке школа не подавала"}),
        (SILENT, {"support_text": "Сведений о поддержке школа не подавала", "findings": "списке ШНОР: 2025"}),
        (BY_COUNTS, {"title": "результатами 2026 года", "changes_table": "ЕГЭ МА"}),
        (SMALL, {"title": "с результатами 2026 года", "findings": "данных мало", "changes_table": "м.д."}),
        (OLD_LOGIN, {"changes_table": "ОГЭ МА"}),
    ],
)  # fmt: skip
def test_every_kind_of_school_has_a_whole_sheet(full, number, words):
    text = whole(sheet(full, number))
    for name, expected in words.items():
        assert re.search(expected, text[name], re.DOTALL | re.IGNORECASE), (name, text[name])
    assert login(number) in text["title"]


@pytest.mark.parametrize("case", [*CASES, "federal"])
def test_data_that_lack_something_give_a_whole_sheet(tmp_path_factory, case):
    text = whole(sheet(written(tmp_path_factory, case), GROWN))
    assert "данных мало" in text["findings"]
    assert "не оценён" in text["context_text"]


def test_the_sheet_and_the_report_of_the_municipality_print_the_same_rows(full):
    own = seen.rows(seen.text(sheet(full, FALLEN).changes_table()))
    report = open_report(code(FALLEN), workspace_root=str(full.root))
    named = [row for row in seen.rows(seen.text(report.changes_table())) if row[0] == "СОШ № 4"]
    assert len(own) == len(named) == 7
    shared = [[cell for cell in row if cell] for row in named]
    for mine, theirs in zip(own, shared, strict=True):
        assert set(mine) <= set(theirs)


def test_a_school_under_two_logins_has_all_its_years(full):
    shares = sheet(full, OLD_LOGIN).results.shares
    assert set(shares.loc[shares["procedure"] == "ОГЭ · Математика", "year"]) == {2024, 2025, 2026}


def test_shares_of_the_threshold_table_are_those_of_its_counts(full):
    found = [row for number in (FALLEN, SILENT) for row in seen.rows(seen.text(sheet(full, number).threshold_table()))]
    assert found
    for row in found:
        part, every = map(int, row[1].split(" из "))
        assert 4 * part >= every
        assert float(row[2].split(" ")[0].replace(",", ".")) == pytest.approx(100 * part / every, abs=0.051)


def test_support_in_words_is_of_this_school_alone(full):
    assert "65,0 % (13 из 20)" in whole(sheet(full, FALLEN))["support_text"]


def test_a_listed_school_without_results_of_the_year_has_a_sheet_that_says_so(tmp_path):
    rows = [exam(login(0), [3, 4] * 8, year=YEAR - 1), exam(login(3), [3, 4] * 8)]
    workspace = store(
        tmp_path, 4, exam_results_by_participant=rows, published_lists=listed("low_results", YEAR, login(0))
    )
    text = whole(sheet(workspace, 0))
    assert "0 учеников с результатами 2026 года" in text["title"]
    assert "Рисунка нет" in text["lines_figure"]


@pytest.mark.parametrize(
    ("municipality", "school", "year", "words"),
    [
        ("reg88_m001", "МБОУ «Средняя школа № 444»", 0, "Нет школы «МБОУ .*№ 444»».*Возможно, вы имели в виду"),
        ("reg88_m001", "edu880002", 0, r"«edu880002» с результатами: Северный муниципальный район, 2026 год\."),
        ("reg88_m001", "?", 0, r"Есть: edu880001, edu880004"),
        ("reg88_m01", "edu880001", 0, "Возможно, вы имели в виду «reg88_m001»"),
        ("", "edu880001", 0, "Впишите муниципалитет — код или название"),
        ("reg88_m001", "edu880001", 2019, r"за 2019 год\. Есть: 2024, 2025, 2026"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_russian(full, municipality, school, year, words):
    with pytest.raises(SettingsError, match=words):
        open_school_report(municipality, school, year, workspace_root=str(full.root))


def test_the_name_of_two_schools_is_not_guessed(tmp_path):
    rows = [exam(login(number), [3, 4, 5] * 4) for number in (0, 3)]
    workspace = store(tmp_path, 4, exam_results_by_participant=rows)
    with pytest.raises(SettingsError, match="Нет школы «Средняя школа»"):
        open_school_report(code(0), "Средняя школа", workspace_root=str(workspace.root))
