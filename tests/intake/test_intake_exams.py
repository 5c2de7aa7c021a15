"""Exams, diagnostic works, attendance, passports, support: what is taken, what is quarantined and why."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_builders import write

from oko_lib.intake import ingest
from oko_lib.intake.checks.catalogue import RULES
from oko_lib.intake.checks.mapped_rows import TABLE_REMARKS, TABLE_RULES
from oko_lib.intake.mapping import load_mappings
from oko_lib.intake.readers import Sheet
from oko_lib.settings.workspace import PROJECT_ROOT
from oko_lib.store import Store

HEADINGS = {
    "exam_results": (
        "Год|Экзамен|Предмет|Логин ОО|Код участника|Класс|Присутствовал|Первичный балл|Тестовый балл|Отметка"
    ),
    "exam_counts": (
        "Год|Экзамен|Предмет|Логин ОО|Участников|Получили «2»|Получили «3»|Получили «4»|Получили «5»|"
        "Не преодолели порог|Более 60 баллов|Средний тестовый балл"
    ),
    "diagnostic_results": (
        "Год|Диагностическая работа|Класс программы|Логин ОО|Код участника|Ключ ученика|Класс|Присутствовал|"
        "Процент выполнения|Уровень|ОВЗ (нозология)|Группа риска|Неродной русский|Малообеспеченная семья"
    ),
    "diagnostic_counts": (
        "Год|Диагностическая работа|Класс программы|Логин ОО|Группа|Участников|Недостаточный|Пониженный|Базовый|"
        "Повышенный"
    ),
    "attendance": "Год|Логин ОО|Уроков по плану|Пропущено уроков|Пропущено без уважительной причины",
    "social_passport": (
        "Год|Логин ОО|Обучающихся|Из малообеспеченных семей|Из неполных семей|Из многодетных семей|На учёте|"
        "Группа риска|Неродной русский|С ОВЗ|Сироты и под опекой|Родители с высшим образованием|Неуспевающих|"
        "Вакансий учителей|Узких специалистов по нормативу|Узких специалистов по факту|Оснащённость, %"
    ),
    "school_support": (
        "Год|Логин ОО|Педагогов|Прошли диагностику|Выявлены дефициты|Охвачены поддержкой|В региональных объединениях|"
        "В муниципальных объединениях|Повысили квалификацию|Управленческая команда, чел.|"
        "Управленцы охвачены поддержкой|ШППКО утверждена|Школа-наставник"
    ),
    "teacher_deficits": "Год|Логин ОО|Предмет|Прошли диагностику|Выявлены дефициты",
}
TABLE = {
    "exam_results": "exam_results_by_participant",
    "exam_counts": "exam_counts_by_school",
    "diagnostic_results": "diagnostic_results_by_participant",
    "diagnostic_counts": "diagnostic_counts_by_school",
    "attendance": "attendance_by_school",
    "social_passport": "social_passport_by_year",
    "school_support": "school_support_by_year",
    "teacher_deficits": "teacher_deficits_by_subject",
}


def cells(line: str) -> list[object]:
    """One row: «2026|edu990389||5»; an empty place is an empty cell."""
    return [None if part == "" else int(part) if part.lstrip("-").isdigit() else part for part in line.split("|")]


@pytest.fixture
def read(take, tmp_path):
    """Read rows of one kind; return the outcome, the accepted rows and (cell, rule) of what is wrong."""

    def of(kind, *lines, heading=None):
        rows = [(heading or HEADINGS[kind]).split("|"), *(cells(line) for line in lines)]
        outcome = take(write(tmp_path / f"{kind}.xlsx", {"Лист1": rows}))
        assert outcome.error is None, outcome.error
        assert outcome.layout == kind
        found = outcome.tables[TABLE[kind]].to_pylist() if TABLE[kind] in outcome.tables else []
        wrong = {(row["cell"], row["rule"]) for row in outcome.quarantine.to_pylist()} if outcome.quarantine else set()
        return outcome, found, wrong

    return of


def test_exam_results_as_people_write_them(read):
    _, rows, wrong = read(
        "exam_results",
        "2026|ОГЭ-2026|матем|МБОУ «СОШ № 1»(edu990389)|'0101|9А||20||4",
        "2026|ГИА 9|Русский|еdu990389|102|9Б|Да|33||5",
        "2026|единый государственный экзамен|Математика (профильный уровень)|edu990389|103|11|да| 12 |60|",
        "2026|Егэ|база|edu990389|104|11|да|20||5",
        "2026|ЕГЭ|Русский язык|edu990389|105|11|Неявка|0|0|",
        "2026|ГВЭ 9 класс|Математика|edu990389|106|9|ИСТИНА|||3",
    )
    assert not wrong
    found = [(row["exam"], row["subject"], row["login"], row["participant_code"], row["present"]) for row in rows]
    assert found == [
        ("ОГЭ", "Математика", "edu990389", "0101", True),
        ("ОГЭ", "Русский язык", "edu990389", "102", True),
        ("ЕГЭ", "Математика профильная", "edu990389", "103", True),
        ("ЕГЭ", "Математика базовая", "edu990389", "104", True),
        ("ЕГЭ", "Русский язык", "edu990389", "105", False),
        ("ГВЭ-9", "Математика", "edu990389", "106", True),
    ]
    assert [row["test_score"] for row in rows] == [None, None, 60, None, None, None]
    assert rows[4]["primary_score"] is None, "the zero of an absent participant is no result"


@pytest.mark.parametrize("text", [
    "Математика профильная", "Математика (профильный уровень)", "МА проф", "профиль", "Профильная", "Матем. проф",
    "математика ПРОФИЛЬ", "ЕГЭ Математика профильная", "МП", "Математика П",
])  # fmt: skip
def test_profile_mathematics(context, text):
    assert context.vocabulary.subject("exam_subjects", text) == "Математика профильная"


@pytest.mark.parametrize(
    "text", ["Математика базовая", "Математика (базовый уровень)", "МА база", "База", "Базовая математика", "МБ"]
)
def test_basic_mathematics(context, text):
    assert context.vocabulary.subject("exam_subjects", text) == "Математика базовая"


def test_other_subjects_of_exams_and_works_of_vpr_stay_apart(context):
    assert context.vocabulary.subject("exam_subjects", "Математика") == "Математика"
    assert context.vocabulary.subject("exam_subjects", "Физика профиль") == "Физика", "a level is no subject"
    assert context.vocabulary.subject("exam_subjects", "Химия (профильный уровень)") == "Химия"
    assert context.vocabulary.subject("exam_subjects", "Испанский") == "Испанский язык"
    # In ВПР files the same words mean what they meant before.
    assert context.finder.exact("Математика базовая") == "Математика"
    assert context.finder.exact("Математика профильная") == "Математика (углублённый уровень)"
    assert context.finder.within("ВПР 2026 Математика базовая 11 класс") == "Математика"
    assert context.finder.exact("профиль") is None
    assert context.finder.exact("МБ") is None


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|ЕГЭ|Математика|edu990389|1||да||70|", "C2", "exam_mathematics_level"),
        ("2026|ОГЭ|Математика базовая|edu990389|1||да|||4", "C2", "exam_mathematics_one"),
        ("2026|ЕГ|Русский язык|edu990389|1||да||70|", "B2", "word_unknown"),
        ("2026|ГВЭ|Русский язык|edu990389|1||да|||4", "B2", "word_unknown"),
        ("2026|ЕГЭ|Травоведение|edu990389|1||да||70|", "C2", "subject_unknown"),
        ("2026|ОГЭ|Русский язык|edu990389|1||да||70|", "I2", "exam_score_not_ege"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||да||101|", "I2", "value_outside"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||да||-1|", "I2", "value_outside"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||да||60,5|", "I2", "value_type"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||да||не сдал|", "I2", "value_type"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||да|||4", "I2", "exam_score_missing"),
        ("2026|ЕГЭ|Математика базовая|edu990389|1||да||60|", "J2", "exam_mark_missing"),
        ("2026|ОГЭ|Русский язык|edu990389|1||да|||6", "J2", "value_outside"),
        ("2026|ОГЭ|Русский язык|edu990389|1||да|||1", "J2", "value_outside"),
        ("2026|ОГЭ|Русский язык|edu990389|1||да|20||", "J2", "exam_result_missing"),
        ("2026|ОГЭ|Русский язык|edu990389|1|||||", "J2", "exam_result_missing"),
        ("2026|ОГЭ|Русский язык|edu990389|1||нет|||4", "G2", "exam_absent_with_result"),
        ("2026|ЕГЭ|Русский язык|edu990389|1||нет||30|", "G2", "exam_absent_with_result"),
        ("2026|ОГЭ|Русский язык|edu990389|||да|||4", "E2", "value_missing"),
        ("2026|ОГЭ|Русский язык|edu990389|Иванов Пётр||да|||4", "E2", "code_not_a_code"),
        ("2026|ОГЭ|Русский язык|edu990389|112-233-445 95||да|||4", "E2", "code_not_a_code"),
        ("2026|ОГЭ|Русский язык|990389|1||да|||4", "D2", "login_bad"),
        ("1999|ОГЭ|Русский язык|edu990389|1||да|||4", "A2", "value_outside"),
    ],
)
def test_wrong_exam_results(read, line, cell, rule):
    outcome, rows, wrong = read("exam_results", line)
    assert (cell, rule) in wrong
    assert len(wrong) == 1
    assert not rows
    assert rule in RULES
    assert outcome.quarantined == 1


def test_names_in_place_of_codes_are_kept_nowhere(read):
    outcome, _, _ = read("exam_results", "2026|ОГЭ|Русский язык|edu990389|Иванов Пётр||да|||4")
    (row,) = outcome.quarantine.to_pylist()
    assert "Иванов" not in repr(row)


def test_a_mark_at_ege_is_remarked_upon_once(read):
    outcome, rows, wrong = read(
        "exam_results",
        "2026|ЕГЭ|Русский язык|edu990389|1||да||61|5",
        "2026|ЕГЭ|Русский язык|edu990389|2||да||60|4",
        "2026|ЕГЭ|Русский язык|edu990389|3||да||59|",
    )
    assert not wrong
    assert [row["mark"] for row in rows] == [5, 4, None], "kept as given"
    (warning,) = outcome.warnings
    assert "в 2 строках (первая — 2)" in warning


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|ОГЭ|РУ|edu990389|10|1|2|3|5||||", "E2", "counts_sum"),
        ("2026|ОГЭ|РУ|edu990389|10|1|2|3|3||||", "E2", "counts_sum"),
        ("2026|ОГЭ|РУ|edu990389|10|6||5|||||", "E2", "counts_over"),
        ("2026|ОГЭ|РУ|edu990389|10|||||11|||", "J2", "part_over_whole"),
        ("2026|ЕГЭ|РУ|edu990389|10||||||11||", "K2", "part_over_whole"),
        ("2026|ЕГЭ|РУ|edu990389|10|||||6|5||", "J2", "counts_below_and_above"),
        ("2026|ОГЭ|РУ|edu990389|10|1|2|3|4|||55", "L2", "exam_score_not_ege"),
        ("2026|ОГЭ|РУ|edu990389|10|1|2|3|4||2|", "K2", "exam_score_not_ege"),
        ("2026|ЕГЭ|РУ|edu990389|10|||||||100,5", "L2", "value_outside"),
        ("2026|ОГЭ|РУ|edu990389|10|||||||", "E2", "counts_missing"),
        ("2026|ОГЭ|РУ|edu990389|-1|||||0||", "E2", "value_outside"),
        ("2026|ОГЭ|РУ|edu990389|1,5|||||0||", "E2", "value_type"),
    ],
)
def test_wrong_exam_counts(read, line, cell, rule):
    _, rows, wrong = read("exam_counts", line)
    assert (cell, rule) in wrong
    assert not rows


def test_right_exam_counts(read):
    outcome, rows, wrong = read(
        "exam_counts",
        "2026|ОГЭ|МА|edu990389|10|1|2|3|4|1||",
        "2026|ЕГЭ|МА проф|edu990389|1 010|||||10|1000|61,5",
        "2026|ЕГЭ|МА база|edu990389|10|0|2|3|5|0||",
        "2026|ОГЭ|РУ|edu990389|0|||||||",
        "2026|ОГЭ|Физика|edu990389|10|2|2|3|3|1||",
        "Итого||||40|4|9|12|15|12||",
    )
    assert not wrong
    assert (outcome.read, outcome.accepted, outcome.non_data) == (6, 5, 1)
    assert (rows[1]["n_participants"], rows[1]["mean_test_score"]) == (1010, 61.5)
    assert [warning for warning in outcome.warnings if "получивших «2»" in warning], "1 below, 2 twos in physics"


LEVEL_WORDS = {
    "insufficient": ["недостаточный", "НЕДОСТАТОЧНЫЙ уровень", "insufficient"],
    "reduced": ["пониженный", "Ниже базового", "ниже  базового уровня", "Ниже  базoвого"],
    "basic": ["базовый", "Базовый уровень", " базовый "],
    "advanced": ["повышенный", "Выше базового", "высокий", "Повышенный (уровень)"],
}
DOMAIN_WORDS = {
    "reading_literacy": [
        "Читательская грамотность",
        "РЧ",
        "ЧГ",
        "КДР4 ЧГ",
        "КДР-6 ЧГ",
        "чг4 класс КДР",
        "КДР по читательской грамотности",
    ],
    "science_literacy": ["ЕНГ", "КДР8 ЕНГ", "Естественно-научная грамотность", "Естественнонаучная грамотность 2026"],
    "mathematical_literacy": ["Математическая грамотность", "МГ", "КДР7 МГ"],
}
NOSOLOGY_WORDS = {
    "hearing": ["нарушения слуха", "слабослышащие"],
    "vision": ["слабовидящий"],
    "speech": ["ТНР", "тнр"],
    "locomotor": ["НОДА", "ДЦП"],
    "delay": ["ЗПР", "с ЗПР", "Задержка психического развития"],
    "autism": ["РАС", "PAC"],
    "intellectual": ["УО", "умственная отсталость", "УО (ИН)"],
}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        (name, code, text)
        for name, words in (("levels", LEVEL_WORDS), ("domains", DOMAIN_WORDS), ("nosologies", NOSOLOGY_WORDS))
        for code, texts in words.items()
        for text in texts
    ],
)
def test_words_of_the_dictionary(context, name, code, text):
    assert context.vocabulary.code(name, text) == code


def test_diagnostic_results(read):
    _, rows, wrong = read(
        "diagnostic_results",
        "2026|КДР4 ЧГ|4|edu990389|40001|k-17|4А|да|55,5 %|Ниже базового уровня|зпр|Да|нет|",
        "2026|ЧГ|4|edu990389|40002||4А||12|недостаточный|нет||+|0",
        "2026|ЧГ|4|edu990389|40003||4А|отсутствовал|0|||||",
    )
    assert not wrong
    assert [(row["domain"], row["level"], row["disability"]) for row in rows] == [
        ("reading_literacy", "reduced", "delay"),
        ("reading_literacy", "insufficient", None),
        ("reading_literacy", None, None),
    ]
    assert [row["present"] for row in rows] == [True, True, False]
    assert [row["score_pct"] for row in rows] == [55.5, 12.0, None]
    assert [row["at_risk"] for row in rows] == [True, None, None]
    assert [row["low_income"] for row in rows] == [None, False, None]


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|ЧГ|4|edu990389|1||||50|базвый||||", "J2", "word_unknown"),
        ("2026|ЧГ|4|edu990389|1||||50|3||||", "J2", "word_unknown"),
        ("2026|Физкультура|4|edu990389|1||||50|базовый||||", "B2", "word_unknown"),
        ("2026|ЧГ|4|edu990389|1||||50|базовый|грипп|||", "K2", "word_unknown"),
        ("2026|ЧГ|4|edu990389|1||||101|базовый||||", "I2", "value_outside"),
        ("2026|ЧГ|4|edu990389|1||||50|||||", "J2", "level_missing"),
        ("2026|ЧГ|4|edu990389|1|||нет||базовый||||", "H2", "level_of_absent"),
        ("2026|ЧГ|4|edu990389|1|||нет|50|||||", "H2", "level_of_absent"),
        ("2026|ЧГ|12|edu990389|1||||50|базовый||||", "C2", "value_outside"),
        ("2026|ЧГ|4|edu990389|1|Иванов П.|||50|базовый||||", "F2", "code_not_a_code"),
    ],
)
def test_wrong_diagnostic_results(read, line, cell, rule):
    _, rows, wrong = read("diagnostic_results", line)
    assert wrong == {(cell, rule)}
    assert not rows


def test_the_message_about_an_unknown_word_says_everything(read):
    outcome, _, _ = read("diagnostic_results", "2026|ЧГ|4|edu990389|1||||50|базвый||||")
    (row,) = outcome.quarantine.to_pylist()
    for part in ("«базвый»", "«недостаточный», «пониженный», «базовый», «повышенный»", "имели в виду «базовый»",
                 "synonyms", "parameters/levels.yaml"):  # fmt: skip
        assert part in row["message_ru"]


def test_a_word_added_to_the_dictionary_is_known(tmp_path):
    from oko_lib.intake.context import make_context
    from oko_lib.intake.options import IntakeOptions
    from oko_lib.settings.workspace import Workspace

    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    path = tmp_path / "parameters" / "levels.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("synonyms: [базовая,", "synonyms: [базовая, средний,"), encoding="utf-8")
    assert make_context(Workspace(tmp_path), IntakeOptions()).vocabulary.code("levels", "Средний") == "basic"


def test_diagnostic_counts(read):
    _, rows, wrong = read(
        "diagnostic_counts",
        "2026|ЕНГ|8|edu990389||10|1|2|3|4",
        "2026|ЕНГ|8|edu990389|ЗПР|2|1|1|0|0",
        "2026|ЕНГ|8|edu990389|дети с ОВЗ|3|1|1|1|0",
        "2026|ЕНГ|8|edu990390|все|10|1|2|3|5",
        "2026|ЕНГ|8|edu990391|хор|10|1|2|3|4",
        heading=HEADINGS["diagnostic_counts"]
        .replace("Пониженный", "Ниже базового")
        .replace("Повышенный", "Выше базового"),
    )
    assert [row["pupil_group"] for row in rows] == ["все", "delay", "disabilities"]
    assert wrong == {("F5", "counts_sum"), ("E6", "word_unknown")}


@pytest.mark.parametrize(
    ("kind", "line", "cell"),
    [
        ("attendance", "2026|edu990389|100|101|", "D2"),
        ("attendance", "2026|edu990389|100|50|51", "E2"),
        ("social_passport", "2026|edu990389|300|301|||||||||||||", "D2"),
        ("social_passport", "2026|edu990389|300||||||||||301||||", "M2"),
        ("school_support", "2026|edu990389|30|31|||||||||", "D2"),
        ("school_support", "2026|edu990389|30|20|21||||||||", "E2"),
        ("school_support", "2026|edu990389|30|||||||4|5||", "K2"),
        ("teacher_deficits", "2026|edu990389|МА|5|6", "E2"),
    ],
)
def test_a_part_is_not_more_than_the_whole(read, kind, line, cell):
    _, rows, wrong = read(kind, line)
    assert wrong == {(cell, "part_over_whole")}
    assert not rows


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("attendance", "2026|edu990389|100|100|100"),
        ("attendance", "2026|edu990389|100|0|"),
        ("social_passport", "2026|edu990389|300|300|0|1||||||||5|2|3|100"),
        ("school_support", "2026|edu990389|30|30|30|30|30|30|30|4|4|да|Нет"),
        ("teacher_deficits", "2026|edu990389|Математика|6|6"),
    ],
)
def test_a_part_may_be_the_whole(read, kind, line):
    _, rows, wrong = read(kind, line)
    assert not wrong
    assert len(rows) == 1


def test_every_rule_is_in_the_catalogue_with_one_title():
    for rules in (*TABLE_RULES.values(), *TABLE_REMARKS.values()):
        for rule in rules:
            assert RULES[rule.code] == rule.title_ru
            assert rule.message_ru


# --- recognition ----------------------------------------------------------------------------------------------------

MAPPINGS = {mapping.name: mapping for mapping in load_mappings(PROJECT_ROOT / "parameters" / "layouts")}
KINDS = [*HEADINGS, "school_context"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 10**6))
def test_kinds_are_never_confused(context, kind, seed):
    """Any order of columns, any synonyms, any optional columns missing: the kind is found, and only this one."""
    chance = random.Random(seed)
    mapping = MAPPINGS[kind]
    (table,) = mapping.tables.values()
    columns = list(table.columns.values())
    optional = [column for column in columns if not column.required]
    kept = chance.sample(optional, chance.randint(table.optional_at_least, len(optional)))
    titles = [chance.choice(column.titles).rstrip("*") for column in columns if column.required or column in kept]
    titles += chance.sample(["Название ОО", "Муниципалитет", "№", "Примечание"], chance.randint(0, 4))
    chance.shuffle(titles)
    found = context.recogniser.recognise(Sheet("Лист1", [[], titles, ["x"] * len(titles)]))
    assert found.layout is not None, titles
    assert found.layout.name == kind, titles


@pytest.mark.parametrize(
    "heading",
    ["Год|Логин ОО|Обучающихся", "Год|Логин ОО|Обучающихся|Неуспевающих", "Год|Логин ОО|Педагогов", "Год|Логин ОО"],
)
def test_what_could_be_several_kinds_is_not_guessed(take, tmp_path, heading):
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [heading.split("|"), cells("2026|edu990389|5|1")]}))
    assert outcome.layout is None
    assert outcome.error


def test_too_few_columns_of_a_passport_are_named(take, tmp_path):
    rows = [["Год", "Логин ОО", "Обучающихся", "Неуспевающих"], cells("2026|edu990389|5|1")]
    assert "хотя бы 2 из" in take(write(tmp_path / "a.xlsx", {"Л": rows})).error


# --- nothing is lost ------------------------------------------------------------------------------------------------

_cell = st.one_of(
    st.none(),
    st.sampled_from(["да", "нет", "", " ", "edu990389", "ОГЭ", "ЕГЭ", "МА", "База", "ЧГ", "базовый", "ЗПР", "все",
                     "X", "-", "Итого", "отсутствовал", "2026", "60,5", "1 000", "Иванов Пётр"]),
    st.integers(-5, 3000), st.floats(allow_nan=False, allow_infinity=False, width=16), st.booleans(),
)  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(list(HEADINGS)), data=st.data())
def test_read_is_accepted_quarantined_or_not_data(take, tmp_path, kind, data):
    """The fixture `take` asserts the sum; here: nothing raises, and no accepted row breaks its table."""
    header = HEADINGS[kind].split("|")
    rows = data.draw(st.lists(st.lists(_cell, min_size=len(header), max_size=len(header)), min_size=1, max_size=6))
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [header, *rows]}))
    assert outcome.error is None or "ни одной заполненной" in outcome.error
    written = sum(any(cell is not None and str(cell).strip() for cell in row) for row in rows)
    assert outcome.read == written
    for row in outcome.tables[TABLE[kind]].to_pylist() if TABLE[kind] in outcome.tables else ():
        assert all(row[name] is not None for name in ("year", "login"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40), name=st.sampled_from(["levels", "nosologies", "pupil_groups", "domains", "exams"]))
def test_any_text_is_a_word_or_is_refused_in_words(context, text, name):
    vocabulary = context.vocabulary
    code = vocabulary.code(name, text)
    assert code is None or code in {*LEVEL_WORDS, *DOMAIN_WORDS, *NOSOLOGY_WORDS, "ОГЭ", "ЕГЭ", "ГВЭ-9", "ГВЭ-11",
                                    "все", "disabilities", "at_risk", "low_income",
                                    "other_native_language"}  # fmt: skip
    if code is None:
        assert "levels.yaml" in vocabulary.refusal(name, text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(score=st.integers(-50, 300), dress=st.sampled_from(["{}", " {} ", "'{}", "{}.0", "{},0"]))
def test_test_scores(read, score, dress):
    """0…100 are taken as they are, in any dress; nothing else is."""
    _, rows, wrong = read("exam_results", f"2026|ЕГЭ|Русский язык|edu990389|1||да||{dress.format(score)}|")
    if 0 <= score <= 100:
        assert [row["test_score"] for row in rows] == [score]
    else:
        assert ("I2", "value_outside") in wrong


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marks=st.lists(st.integers(0, 50), min_size=4, max_size=4), participants=st.integers(0, 200))
def test_marks_add_up_or_are_refused(read, marks, participants):
    _, rows, wrong = read("exam_counts", f"2026|ОГЭ|РУ|edu990389|{participants}|{'|'.join(map(str, marks))}|||")
    assert bool(rows) == (sum(marks) == participants)
    assert bool(wrong) != bool(rows)


# --- the store ------------------------------------------------------------------------------------------------------


def save(path: Path, kind: str, *lines: str) -> Path:
    return write(path, {"Л": [HEADINGS[kind].split("|"), *(cells(line) for line in lines)]})


def test_participants_and_counts_of_one_exam_are_both_kept(workspace, tmp_path):
    save(
        tmp_path / "in" / "a.xlsx", "exam_results", "2026|ОГЭ|МА|edu990389|1||да|||4", "2026|ОГЭ|МА|edu990389|2||да|||2"
    )
    save(tmp_path / "in" / "b.xlsx", "exam_counts", "2026|ОГЭ|МА|edu990389|3|1|0|2|0|1||")
    assert ingest([tmp_path / "in"], workspace).ok
    snapshot = Store(workspace.store).snapshot()
    assert len(snapshot.read("exam_results_by_participant")) == 2
    assert snapshot.read("exam_counts_by_school")["n_participants"].tolist() == [3]


def test_schools_of_such_files_are_known_to_the_register(workspace, tmp_path):
    header = ["Название ОО", *HEADINGS["attendance"].split("|")]
    rows = [header, ["МБОУ «СОШ № 1»", 2026, "edu990389", 100, 5, 1], [None, 2026, "edu990390", 100, 500, 1]]
    write(tmp_path / "in" / "a.xlsx", {"Л": rows})
    save(tmp_path / "in" / "b.xlsx", "social_passport", "2026|МБОУ «СОШ № 2»(edu990391)|300|5|6|7|||||||||||")
    ingest([tmp_path / "in"], workspace)
    schools = Store(workspace.store).snapshot().read("schools")
    assert dict(zip(schools["login"], schools["school_name"], strict=True)) == {
        "edu990389": "МБОУ «СОШ № 1»",
        "edu990391": "МБОУ «СОШ № 2»",
    }, "a quarantined row teaches nothing"


def test_a_directory_names_schools_better_than_a_form(workspace, tmp_path):
    save(tmp_path / "in" / "a.xlsx", "attendance", "2026|edu990389|100|5|1")
    rows = [
        ["Логин ОО", "Год", "Название ОО", "Код муниципалитета", "Муниципалитет"],
        ["edu990389", 2026, "МБОУ «СОШ № 1»", "reg99_m012", "Н-ский район"],
    ]
    write(tmp_path / "in" / "b.xlsx", {"Л": rows})
    ingest([tmp_path / "in"], workspace)
    (school,) = Store(workspace.store).snapshot().read("schools").to_dict("records")
    assert (school["school_name"], school["municipality_code"]) == ("МБОУ «СОШ № 1»", "reg99_m012")


def test_a_corrected_file_replaces_the_school_as_a_whole(workspace, tmp_path):
    lines = ["2026|ОГЭ|МА|edu990389|1||да|||4", "2026|ОГЭ|МА|edu990389|2||да|||2", "2026|ОГЭ|РУ|edu990389|1||да|||5"]
    ingest([save(tmp_path / "a.xlsx", "exam_results", *lines)], workspace)
    ingest([save(tmp_path / "b.xlsx", "exam_results", "2026|ОГЭ|МА|edu990389|1||да|||3")], workspace)
    found = Store(workspace.store).snapshot().read("exam_results_by_participant")
    assert sorted(zip(found["subject"], found["mark"].astype(int), strict=True)) == [
        ("Математика", 3),
        ("Русский язык", 5),
    ]


def test_a_bad_exam_file_comes_back_can_be_corrected_and_sent_again(workspace, tmp_path):
    lines = [
        "2026|ОГЭ|МА|edu990389|1||да|||4",
        "2026|ОГЭ|МА|edu990389|2||да|||",
        "2026|ЕГЭ|Математика|edu990389|3||да||70|",
    ]
    report = ingest([save(tmp_path / "экзамены.xlsx", "exam_results", *lines)], workspace)
    assert (report.files[0].accepted, report.files[0].quarantined) == (1, 2)
    (back,) = report.return_workbooks
    book = openpyxl.load_workbook(back)
    sheet = book["Л"]
    assert "Нет ни отметки, ни тестового балла" in sheet["J3"].comment.text
    assert "Математика базовая" in sheet["C4"].comment.text
    sheet["J3"] = 3
    sheet["C4"] = "Математика профильная"
    book.save(back)
    again = ingest([back], workspace)
    assert (again.files[0].accepted, again.files[0].quarantined) == (3, 0)
    found = Store(workspace.store).snapshot().read("exam_results_by_participant")
    assert sorted(found["subject"]) == ["Математика", "Математика", "Математика профильная"]


def test_adverse_conditions_are_a_list_of_their_own(workspace, tmp_path):
    rows = [
        ["Список", "Год", "Логин ОО", "Признак", "Источник"],
        ["ШНСУ", 2026, "edu990389", "условия", "Приказ № 1"],
        ["ШНОР", 2026, "edu990389", "результаты", "Приказ № 1"],
    ]
    assert ingest([write(tmp_path / "a.xlsx", {"Л": rows})], workspace).ok
    kinds = Store(workspace.store).snapshot().read("published_lists")["list_kind"]
    assert sorted(kinds) == ["adverse_conditions", "low_results"]
