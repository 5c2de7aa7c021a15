"""Skills behind tasks, graduates, adapted programmes, schools' own assessment, tasks of exams: taken or quarantined."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_builders import write

from oko_lib.intake.checks.catalogue import RULES
from oko_lib.intake.checks.fields import parse_field
from oko_lib.intake.header import task_of
from oko_lib.tables import table

HEADINGS = {
    "task_skills": "Год|Предмет|Класс|Задание|Код умения|Умение|Уровень|Макс. балл",
    "graduates": (
        "Год|Логин ОО|Уровень образования|Начали обучение|Завершили обучение|Не получили аттестат|"
        "Продолжили в 10 классе|Поступили в ПОО|Поступили в вуз|Трудоустроены|Не продолжили образование"
    ),
    "adapted_programmes": ("Год|Логин ОО|Нозология|Обучающихся|АООП утверждена|Внутренняя система оценки|Прошли КДР"),
    "internal_levels": (
        "Год|Логин ОО|Диагностическая работа|Класс программы|Класс|Участников|Недостаточный|Пониженный|Базовый|"
        "Повышенный"
    ),
    "exam_tasks": "Год|Экзамен|Предмет|Логин ОО|Задание|Участников|Процент выполнения|Умение|Уровень",
}
TABLE = {
    "task_skills": "task_skills",
    "graduates": "graduates_by_school",
    "adapted_programmes": "adapted_programmes_by_school",
    "internal_levels": "internal_levels_by_class",
    "exam_tasks": "exam_tasks_by_school",
}


def cells(line: str) -> list[object]:
    """One row: «2026|edu990389||5»; an empty place is an empty cell."""
    return [None if part == "" else int(part) if part.lstrip("-").isdigit() else part for part in line.split("|")]


@pytest.fixture
def read(take, tmp_path):
    """Read rows of one kind; return the outcome, the accepted rows and (cell, rule) of what is wrong."""

    def of(kind, *lines):
        rows = [HEADINGS[kind].split("|"), *(cells(line) if isinstance(line, str) else line for line in lines)]
        outcome = take(write(tmp_path / f"{kind}.xlsx", {"Лист1": rows}))
        assert outcome.error is None, outcome.error
        assert outcome.layout == kind
        found = outcome.tables[TABLE[kind]].to_pylist() if TABLE[kind] in outcome.tables else []
        wrong = {(row["cell"], row["rule"]) for row in outcome.quarantine.to_pylist()} if outcome.quarantine else set()
        return outcome, found, wrong

    return of


# --- tasks ----------------------------------------------------------------------------------------------------------


def test_task_skills(read):
    _, rows, wrong = read(
        "task_skills",
        "2025/2026|РУ|4 класс|1К1|1.1|Соблюдать нормы письма|Базовый|4",
        "2026|Русский|4|4 к 2|1.1|Соблюдать нормы письма|Б|2",
        [2026, "Математика", 7, 9.1, "2.3", "Читать графики", "повышенный уровень", 1],
        ["2026", "Математика", "7", "'10", "2.4", "Решать задачи", "высокий", 2],
        "2026|Математика|7|№ 11|2.4|Решать задачи|П|2",
        "2026|Математика|7|Задание 12|2.4|Решать задачи||",
    )
    assert not wrong
    assert [row["task"] for row in rows] == ["1К1", "4К2", "9.1", "10", "11", "12"]
    assert [row["level"] for row in rows] == ["Б", "Б", "П", "В", "П", None]
    assert {(row["year"], row["subject"]) for row in rows} == {(2026, "Русский язык"), (2026, "Математика")}


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|Право|7|1|1|Умение||", "B2", "subject_unknown"),
        ("2026|Математика|0|1|1|Умение||", "C2", "value_outside"),
        ("2026|Математика|7||1|Умение||", "D2", "value_missing"),
        ("2026|Математика|7|1||Умение||", "E2", "value_missing"),
        ("2026|Математика|7|1|1||Б|", "F2", "value_missing"),
        ("2026|Математика|7|1|1|Умение|С|", "G2", "word_unknown"),
        ("2026|Математика|7|1|1|Умение|Б|0", "H2", "value_outside"),
        ("|Математика|7|1|1|Умение|Б|1", "A2", "value_missing"),
    ],
)
def test_wrong_task_skills(read, line, cell, rule):
    _, rows, wrong = read("task_skills", line)
    assert wrong == {(cell, rule)}
    assert not rows


def test_a_task_that_excel_made_a_date_is_explained(read):
    outcome, rows, wrong = read("task_skills", [2026, "Математика", 7, dt.datetime(2026, 1, 9), "1", "Умение", "Б", 1])
    assert wrong == {("D2", "value_type")}
    (row,) = outcome.quarantine.to_pylist()
    assert "Excel" in row["message_ru"]
    assert "текстовой" in row["message_ru"]
    assert not rows


def test_one_task_has_one_skill(read):
    _, rows, wrong = read("task_skills", "2026|Математика|7|1|1|Умение||", "2026|Математика|7|№1|2|Другое умение||")
    assert {rule for _, rule in wrong} == {"duplicate_conflict"}
    assert not rows


TASK = table("task_skills").column("task")


@given(
    number=st.integers(1, 40),
    part=st.one_of(st.just(""), st.integers(1, 9).map(lambda part: f".{part}")),
    criterion=st.one_of(st.just(""), st.integers(1, 9).map(lambda part: f"К{part}")),
    points=st.integers(1, 9),
)
def test_a_task_is_named_as_the_heading_of_a_protocol_names_it(context, number, part, criterion, points):
    label = f"{number}{part}{criterion}"
    heading, _ = task_of(f"{label} ({points}б)")
    for text in (label, label.lower(), f"№ {label}", f" {label} ", label.replace("К", "K"), label.replace(".", ",")):
        value, fault = parse_field(text, TASK, context.finder, context.vocabulary)
        assert fault is None
        assert value == heading


def test_exam_tasks(read):
    _, rows, wrong = read(
        "exam_tasks",
        "2026|ОГЭ|Математика|edu990389|1|40|87,5 %|Вычислять|базовый",
        "2026|ЕГЭ|Математика профильная|edu990389|13|10|5||П",
        "2026|ГИА-9|МА|edu990389|2|40|100||",
        "2026|ОГЭ|Математика|edu990389|3|40|0||",
    )
    assert not wrong
    assert [(row["exam"], row["subject"], row["task"], row["completion_pct"]) for row in rows] == [
        ("ОГЭ", "Математика", "1", 87.5), ("ЕГЭ", "Математика профильная", "13", 5.0),
        ("ОГЭ", "Математика", "2", 100.0), ("ОГЭ", "Математика", "3", 0.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|ЕГЭ|Математика|edu990389|1|40|50||", "C2", "exam_mathematics_level"),
        ("2026|ОГЭ|Математика профильная|edu990389|1|40|50||", "C2", "exam_mathematics_one"),
        ("2026|ОГЭ|Химия|edu990389|1|40|100,5||", "G2", "value_outside"),
        ("2026|ОГЭ|Химия|edu990389|1|40|||", "G2", "value_missing"),
        ("2026|ОГЭ|Химия|edu990389|1||50||", "F2", "value_missing"),
        ("2026|ОГЭ|Химия|edu990389||40|50||", "E2", "value_missing"),
        ("2026|ОГЭ|Экология|edu990389|1|40|50||", "C2", "subject_unknown"),
    ],
)
def test_wrong_exam_tasks(read, line, cell, rule):
    _, rows, wrong = read("exam_tasks", line)
    assert wrong == {(cell, rule)}
    assert not rows


# --- graduates ------------------------------------------------------------------------------------------------------


def test_graduates(read):
    _, rows, wrong = read(
        "graduates",
        "2025/2026|edu990389|ООО|50|48|2|20|25||2|3",
        "2026|edu990389|Среднее общее образование|20|20|0||5|12|2|1",
        "2026|edu990390|9 класс|1 050|1 050|0|||||",
        "2026|edu990390|11|0|0|0|||||",
    )
    assert not wrong
    assert [(row["education_level"], row["started"], row["continued_school"]) for row in rows] == [
        ("basic", 50, 20), ("secondary", 20, None), ("basic", 1050, None), ("secondary", 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|edu990389|ООО|50|51|0|||||", "E2", "part_over_whole"),
        ("2026|edu990389|ООО|50|0|51|||||", "F2", "part_over_whole"),
        ("2026|edu990389|ООО|50|48|3|||||", "E2", "graduates_sum"),
        ("2026|edu990389|ООО|50|48|2|40|8||2|1", "E2", "graduates_paths_sum"),
        ("2026|edu990389|СОО|50|48|2|1||||", "G2", "graduates_path_of_another_level"),
        ("2026|edu990389|ООО|50|48|2|||1||", "I2", "graduates_path_of_another_level"),
        ("2026|edu990389|НОО|50|48|2|||||", "C2", "word_unknown"),
        ("2026|edu990389||50|48|2|||||", "C2", "value_missing"),
        ("2026|edu990389|ООО|50|48||||||", "F2", "value_missing"),
        ("2026|edu990389|ООО|50|-1|0|||||", "E2", "value_outside"),
    ],
)
def test_wrong_graduates(read, line, cell, rule):
    outcome, rows, wrong = read("graduates", line)
    assert wrong == {(cell, rule)}
    assert not rows
    assert rule in RULES
    assert outcome.quarantined == 1


@pytest.mark.parametrize("line", [
    "2026|edu990389|ООО|50|48|2|40|8||1|1", "2026|edu990389|ООО|50|50|0|50|||0|0", "2026|edu990389|ООО|50|40|5|0||0||",
])  # fmt: skip
def test_graduates_at_the_edge(read, line):
    _, rows, wrong = read("graduates", line)
    assert not wrong
    assert len(rows) == 1


# --- adapted programmes and own assessment --------------------------------------------------------------------------


def test_adapted_programmes(read):
    _, rows, wrong = read(
        "adapted_programmes",
        "2025-2026|edu990389|ЗПР|12|да|Да|12",
        "2026|edu990389|РАС|1|нет||",
        "2026|edu990389|нарушения слуха|2|имеется|нет|0",
        "2026|edu990389|ТНР|2|да||3",
        "2026|edu990389|грипп|2|да||1",
        "2026|edu990389|НОДА|2|||1",
        "2026|edu990389|—|2|да||1",
    )
    assert [(row["year"], row["disability"], row["programme_approved"], row["assessed"]) for row in rows] == [
        (2026, "delay", True, 12), (2026, "autism", False, None), (2026, "hearing", True, 0),
    ]  # fmt: skip
    assert wrong == {
        ("G5", "part_over_whole"), ("C6", "word_unknown"), ("E7", "value_missing"), ("C8", "word_unknown"),
    }  # fmt: skip


def test_internal_levels(read):
    _, rows, wrong = read(
        "internal_levels",
        "2025/2026|edu990389|ЧГ|6|6 «а»|25|2|5|10|8",
        "2026|edu990389|Математическая грамотность|6|6-Б|25|0|0|0|25",
        "2026|edu990389|ЧГ|6|6В|25|2|5|10|9",
        "2026|edu990389|ЧГ|6||25|2|5|10|8",
        "2026|edu990389|Пение|6|6Г|25|2|5|10|8",
    )
    assert [(row["domain"], row["class_label"], row["n_advanced"]) for row in rows] == [
        ("reading_literacy", "6А", 8), ("mathematical_literacy", "6Б", 25),
    ]  # fmt: skip
    assert wrong == {("F4", "counts_sum"), ("E5", "value_missing"), ("C6", "word_unknown")}


def test_own_assessment_by_class_is_not_taken_for_regional_results_by_school(read, take, tmp_path):
    """The column of classes is what tells the two kinds of table apart."""
    heading = HEADINGS["internal_levels"].split("|")
    line = cells("2026|edu990389|ЧГ|6|6А|25|2|5|10|8")
    rows = [heading[:4] + heading[5:], line[:4] + line[5:]]
    outcome = take(write(tmp_path / "итоги.xlsx", {"Лист1": rows}))
    assert outcome.layout == "diagnostic_counts"
