"""Layouts are told by content; facts about the work come from wherever they stand."""

import pytest
from intake_builders import INDIVIDUAL_HEADER, individual, participant, results, write

from oko_lib.intake.context import make_context
from oko_lib.intake.heading import from_lines, from_name
from oko_lib.intake.options import IntakeOptions
from oko_lib.settings.loading import SettingsError

ROW = participant(40001, [1, 2, 1, 2])


@pytest.mark.parametrize(
    ("name", "year", "subject", "grade", "login"),
    [
        ("Форма сбора результатов Английский язык 8 класс ВПР 2026", 2026, "Английский язык", 8, None),
        ("Проведение работы по Русскому языку, 4 класс. ВПР 2021", 2021, "Русский язык", 4, None),
        ("РУ 4 Индивидуальные результаты", None, "Русский язык", 4, None),
        ("VPR_MA-4_2025", 2025, "Математика", 4, None),
        ("Проведение работы по окружающему миру 4 кл 2023 edu990389", 2023, "Окружающий мир", 4, "edu990389"),
        ("Математика (углублённый уровень) 7 класс", None, "Математика (углублённый уровень)", 7, None),
        ("2849657", None, None, None, None),
        ("ИС 11", None, "История", 11, None),
    ],
)
def test_names_tell_the_work(context, name, year, subject, grade, login):
    work = from_name(name, context.finder)
    assert (work.year, work.subject, work.grade, work.login) == (year, subject, grade, login)


@pytest.mark.parametrize(
    "line",
    [
        "ВПР 2026 Русский язык 4 класс",
        "ВПР  2026  Русский  язык  4 класс ",
        "ВПР 2026. Русский язык, 4 класс",
        "впр 2026 русский язык 4-й класс",
    ],
)
def test_title_line(context, line):
    work = from_lines([[None, line]], context.finder).work
    assert (work.year, work.subject, work.grade) == (2026, "Русский язык", 4)


def test_labels_of_a_title(context):
    rows = [
        ["Предмет:", "", "Русский язык"],
        ["Максимальный первичный балл: 24"],
        ["Класс:", 4],
        ["Дата:", "20.04.2026"],
    ]
    work = from_lines(rows, context.finder).work
    assert (work.year, work.subject, work.grade, work.max_score) == (2026, "Русский язык", 4, 24)


def test_name_of_the_sheet_and_of_the_file_fill_what_the_title_lacks(take, tmp_path):
    outcome = take(write(tmp_path / "выгрузка 2026.xlsx", {"РУ 4 Индивидуальные результаты": [INDIVIDUAL_HEADER, ROW]}))
    found = results(outcome).iloc[0]
    assert (found["year"], found["grade"], found["subject"]) == (2026, 4, "Русский язык")


def test_nothing_known_about_the_work(take, tmp_path):
    path = write(tmp_path / "a.xlsx", {"Лист1": [INDIVIDUAL_HEADER, ROW]})
    outcome = take(path)
    assert "не указано: год, предмет, класс" in outcome.error
    assert "--year" in outcome.error
    told = take(path, IntakeOptions(year=2026, subject="рус. язык", grade=4))
    assert told.accepted == 1


def test_unknown_subject_is_said_to_be_unknown(take, tmp_path):
    outcome = take(write(tmp_path / "a.xlsx", {"Л": individual([ROW], subject="Травоведение")}))
    assert "«травоведение» нет в справочнике" in outcome.error.casefold()


def test_options_are_stronger_than_the_file(take, tmp_path):
    path = write(tmp_path / "a.xlsx", {"Л": individual([ROW])})
    assert set(results(take(path, IntakeOptions(year=2025)))["year"]) == {2025}


@pytest.mark.parametrize(
    "options",
    [IntakeOptions(year=1999), IntakeOptions(grade=12), IntakeOptions(subject="xyz"), IntakeOptions(login="abc")],
)
def test_impossible_options(workspace, options):
    with pytest.raises(SettingsError):
        make_context(workspace, options)


def test_header_is_found_anywhere_in_any_spelling(take, tmp_path):
    base = take(write(tmp_path / "a.xlsx", {"РУ 4": individual([ROW])}))
    sheet = individual([ROW])
    order = [11, 3, 0, 12, 4, 5, 9, 8, 7, 6, 10, 2, 1]
    spelt = {3: "код\nучастникА ", 10: "Пepвичный  бaлл", 0: "OO", 12: "ОТМЕТКА ПО ЖУРНАЛУ"}
    header = [spelt.get(column, INDIVIDUAL_HEADER[column]) for column in order]
    moved = [[None, None, *row] for row in sheet[:6]] + [[None]] * 25
    moved += [[None, None, *header], [None, None, *(ROW[column] for column in order)]]
    other = take(write(tmp_path / "совсем другое имя.xlsx", {"РУ 4": moved}))
    assert other.layout == base.layout
    drop = ["source_row", "task_scores", "form_id"]
    assert results(other).drop(columns=drop).to_dict("records") == results(base).drop(columns=drop).to_dict("records")
    scores = dict(
        zip(other.tables["vpr_tasks"].column("label").to_pylist(), results(other)["task_scores"].iloc[0], strict=True)
    )
    assert scores == {"1": 1, "2": 2, "3К1": 1, "3К2": 2}


def test_unknown_file_says_what_was_looked_for_and_found(take, tmp_path):
    rows = [["Смета"], [], ["Группы участников", "Кол-во участников", "Сумма"], ["а", 1, 2]]
    outcome = take(write(tmp_path / "смета.xlsx", {"Лист1": rows}))
    assert outcome.layout is None
    assert "Группы участников | Кол-во участников | Сумма" in outcome.error
    assert "Ближе всего" in outcome.error
    assert "не хватает столбцов" in outcome.error
    assert "Индивидуальные результаты" in outcome.error
    assert "parameters/layouts" in outcome.error


def test_unread_sheets_are_reported_and_service_sheets_are_not(take, tmp_path):
    sheets = {"РУ 4": individual([ROW]), "Служебный": [["Вариант"], [1]], "Заметки": [["привет"], ["пока"]]}
    outcome = take(write(tmp_path / "a.xlsx", sheets))
    (warning,) = outcome.warnings
    assert "«Заметки»" in warning
    assert "2 строки" in warning


def test_maximum_that_disagrees_with_the_tasks_is_reported(take, tmp_path):
    sheet = individual([ROW])
    sheet[4][1] = 24
    outcome = take(write(tmp_path / "a.xlsx", {"РУ 4": sheet}))
    assert any("24" in warning for warning in outcome.warnings)
