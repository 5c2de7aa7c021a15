"""Olympiads, contests, observers, enrolment, work with gifted children: what is taken, what is quarantined and why."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_builders import write

from oko_lib.intake import ingest
from oko_lib.intake.checks.catalogue import RULES
from oko_lib.intake.checks.fields import parse_field
from oko_lib.intake.olympiad_heading import from_title_lines
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.values import Kind, parse_grade, parse_place, parse_result, parse_year
from oko_lib.store import Store
from oko_lib.tables import table

HEADINGS = {
    "olympiad_results": (
        "Год|Этап|Предмет|Логин ОО|Код участника|ФИО|Дата рождения|Класс участия|Класс обучения|Присутствовал|Балл|"
        "Максимальный балл|Место|Статус|ОВЗ"
    ),
    "olympiad_protocol": (
        "№|Код участника|Фамилия|Имя|Отчество|Дата рождения|Логин ОО|Образовательная организация|Класс участия|"
        "Сумма баллов|Место|Статус"
    ),
    "contest_results": (
        "Год|Перечень|Мероприятие|Профиль|Этап|Логин ОО|Код участника|ФИО|Дата рождения|Класс|Статус|Команда|ОВЗ"
    ),
    "listed_events": "Год|Перечень|Мероприятие|Вид|Организатор",
    "observers": (
        "Год|Процедура|Этап|Предмет|Класс|Логин ОО|Аудиторий|Аудиторий с видеонаблюдением|Наблюдателей|"
        "Независимых наблюдателей|Наблюдателей своей школы|Регламент утверждён"
    ),
    "enrolment": (
        "Год|Логин ОО|Класс|Обучающихся|Классов|Профильных и углублённых классов|"
        "Обучающихся в профильных и углублённых классах|Обучающихся с ОВЗ"
    ),
    "talent_support": (
        "Год|Логин ОО|Охвачены мероприятиями для одарённых|Обучаются по ИОП|Обучаются по ИУП|"
        "В реестре «Талант и успех»|Охвачены дополнительным образованием|Дополнительное образование: таланты|"
        "Программ дополнительного образования|Программ стартапа и персонифицированных|В сетевых программах|"
        "Сетевых программ для ИОП|Сетевых программ для ИУП|Межведомственная программа|Запросов к навигатору|Педагогов|"
        "Подготовлены к работе с одарёнными|Педагогов-психологов|Психологов подготовлено|"
        "Психологов, выявляющих одарённых|Наставников|Наставников — победителей конкурса|"
        "Программ ВО и ПОО для подготовки|Программ ВО и ПОО всего"
    ),
}
TABLE = {
    "olympiad_results": "olympiad_results_by_participant",
    "olympiad_protocol": "olympiad_results_by_participant",
    "contest_results": "contest_results_by_participant",
    "listed_events": "listed_events_by_year",
    "observers": "observers_by_procedure",
    "enrolment": "enrolment_by_grade",
    "talent_support": "talent_support_by_school",
}
TITLE = (
    "Протокол муниципального этапа всероссийской олимпиады школьников по математике",
    "2025–2026 учебный год",
    "Максимальный балл: 35",
)


def cells(line: str) -> list[object]:
    """One row: «2026|edu990389||5»; an empty place is an empty cell."""
    return [None if part == "" else int(part) if part.lstrip("-").isdigit() else part for part in line.split("|")]


@pytest.fixture
def read(take, tmp_path):
    """Read rows of one kind; return the outcome, the accepted rows and (cell, rule) of what is wrong."""

    def of(kind, *lines, above=(), options=None, file=None):
        rows = [*([text] for text in above), HEADINGS[kind].split("|"), *(cells(line) for line in lines)]
        outcome = take(write(tmp_path / (file or f"{kind}.xlsx"), {"Лист1": rows}), options)
        assert outcome.error is None, outcome.error
        assert outcome.layout == kind
        found = outcome.tables[TABLE[kind]].to_pylist() if TABLE[kind] in outcome.tables else []
        wrong = {(row["cell"], row["rule"]) for row in outcome.quarantine.to_pylist()} if outcome.quarantine else set()
        return outcome, found, wrong

    return of


# --- protocols ------------------------------------------------------------------------------------------------------


def test_a_protocol_as_juries_write_it(read):
    outcome, rows, wrong = read(
        "olympiad_protocol",
        "1|МА-7-01|Иванов|Пётр|Ильич|01.02.2012|МБОУ «СОШ № 1»(edu990389)|МБОУ «СОШ № 1»|7А|33,5|1|Победитель ",
        "2|МА-7-02|Петрова|Анна|Ильинична|03.02.2012|еdu990389|МБОУ «СОШ № 1»|7 класс|'28|2–3|призер",
        "3|МА-7-03|Сидоров|Олег|Ильич|04.02.2012|edu990389|МБОУ «СОШ № 1»|7|28.0|2-3|ПРИЗЁР",
        "4|МА-7-04|Козлов|Иван|Ильич|05.02.2012|edu990389|МБОУ «СОШ № 1»|7|0||-",
        "5|МА-7-05|Орлова|Вера|Ильинична|06.02.2012|edu990389|МБОУ «СОШ № 1»|7|неявка||-",
        "Итого||||||||||95|",
        "Всего участников: 5",
        "Победителей: 1",
        "Призёров:|2",
        "Председатель жюри|_________|Кузнецова И.И.",
        "Члены жюри:||Попов А.А.|Власова Е.Е.",
        "Секретарь||||||||||Громова",
        "«15» ноября 2025 г.",
        "М.П.",
        above=TITLE,
    )
    assert not wrong
    assert (outcome.read, outcome.accepted, outcome.non_data) == (14, 5, 9)
    assert {(row["year"], row["stage"], row["subject"], row["login"]) for row in rows} == {
        (2026, "municipal", "Математика", "edu990389")
    }
    assert [(row["score"], row["max_score"], row["place"]) for row in rows] == [
        (33.5, 35.0, 1), (28.0, 35.0, 2), (28.0, 35.0, 2), (0.0, 35.0, None), (None, 35.0, None),
    ]  # fmt: skip
    assert [row["status"] for row in rows] == ["winner", "prize_winner", "prize_winner", "participant", None]
    assert [row["present"] for row in rows] == [True, True, True, True, False]
    assert {row["grade"] for row in rows} == {7}
    assert len({row["pupil_key"] for row in rows}) == 5
    assert outcome.warnings == []


def test_the_jury_and_the_children_are_named_nowhere(read):
    outcome, rows, _ = read(
        "olympiad_protocol",
        "1||Иванов|Пётр|Ильич|01.02.2012|edu990389|СОШ 1|7|50|1|Победитель",
        "2||Петров|Пётр|Ильич|01.03.2012|edu990389|СОШ 1|7|20|1|Победитель",
        "Председатель жюри|_________|Кузнецова И.И.",
        above=TITLE,
    )
    everything = repr(rows) + repr(outcome.quarantine.to_pylist()) + repr(outcome.warnings)
    assert not any(name in everything for name in ("Иванов", "Петров", "Кузнецова", "2012"))
    (row,) = rows
    assert row["participant_code"] == row["pupil_key"]


def test_the_maximum_of_each_grade_is_its_own(read):
    outcome, rows, wrong = read(
        "olympiad_protocol",
        "1|11|||||edu990389||7|35|1|победитель",
        "2|12|||||edu990389||8|39,5|1|победитель",
        "3|13|||||edu990389||7|36|2|призёр",
        "4|14|||||edu990389||9|60|1|победитель",
        above=(*TITLE[:2], "Максимальный балл: 7 класс — 35, 8 класс — 40"),
    )
    assert [(row["grade"], row["max_score"]) for row in rows] == [(7, 35.0), (8, 40.0), (9, None)]
    assert wrong == {("J7", "olympiad_score_over_maximum")}
    assert any("в 1 строке (первая — 8)" in warning and "Максимальный балл" in warning for warning in outcome.warnings)


def test_two_lines_carry_a_school_and_its_municipal_name(read):
    """A school met in a protocol is known to the register of schools of that year."""
    outcome, _, _ = read("olympiad_protocol", "1|11|||||edu990389|МБОУ «Лицей № 5»|7|35|1|победитель", above=TITLE)
    assert {(school.login, school.year, school.school_name) for school in outcome.sightings.schools} == {
        ("edu990389", 2026, "МБОУ «Лицей № 5»")
    }


@pytest.mark.parametrize(
    ("above", "lacks"),
    [
        ((TITLE[0], TITLE[2]), "учебный год"),
        (("2025–2026 учебный год", "Протокол по математике"), "этап"),
        (("Протокол муниципального этапа олимпиады", "2025/2026"), "предмет"),
        (("Протокол муниципального этапа олимпиады по математике 2025 года",), "учебный год"),
    ],
)
def test_a_protocol_that_lacks_a_fact_is_refused_with_advice(take, tmp_path, above, lacks):
    rows = [*([text] for text in above), HEADINGS["olympiad_protocol"].split("|"),
            cells("1|11|||||edu990389||7|35|1|победитель")]  # fmt: skip
    outcome = take(write(tmp_path / "протокол.xlsx", {"Лист1": rows}))
    assert lacks in outcome.error
    assert "Допишите в строку над таблицей" in outcome.error
    assert outcome.read == 0


def test_what_the_lines_do_not_say_is_in_names_and_options(read):
    line = "1|11|||||edu990389||7|35|1|победитель"
    _, (row,), _ = read("olympiad_protocol", line, file="МЭ ВсОШ Экология 2025-2026.xlsx")
    assert (row["year"], row["stage"], row["subject"]) == (2026, "municipal", "Экология")
    said = IntakeOptions(year=2025)
    _, (row,), _ = read("olympiad_protocol", line, file="РЭ право 2026.xlsx", options=said)
    assert (row["year"], row["stage"], row["subject"]) == (2025, "regional", "Право")
    _, (row,), _ = read("olympiad_protocol", line, file="Региональный этап/право 2026.xlsx")
    assert (row["year"], row["stage"], row["subject"]) == (2026, "regional", "Право")


HEADING_LINES = [
    (["Протокол муниципального этапа всероссийской олимпиады школьников по математике", "2025–2026 учебный год"],
     (2026, "municipal", "Математика")),
    (["ИТОГОВЫЙ ПРОТОКОЛ ШКОЛЬНОГО ЭТАПА ВсОШ ПО ОБЖ", "2025/26 уч. год"],
     (2026, "school", "Основы безопасности и защиты Родины")),
    (["Результаты МЭ ВсОШ по физической культуре, 15.11.2025"], (2026, "municipal", "Физическая культура")),
    (["Ведомость регионального этапа по праву, 2026 год"], (2026, "regional", "Право")),
    (["Протокол жюри заключительного этапа олимпиады по искусству (МХК) 12 апреля 2026 г."],
     (2026, "final", "Искусство (МХК)")),
    (["Предмет: Технология", "Школьный этап, 12 октября 2025 г."], (2026, "school", "Труд (технология)")),
    (["Протокол II (муниципального) этапа олимпиады по русскому языку", "Год: 2026"],
     (2026, "municipal", "Русский язык")),
    (["Центральная школа искусств", "Министерство труда", "муниципальный этап по предмету «Экономика» 2025-2026"],
     (2026, "municipal", "Экономика")),
    (["Протокол школьного этапа по английскому языку", "Дата проведения: 20.09.2025"],
     (2026, "school", "Английский язык")),
    (["Протокол школьного этапа по итальянскому языку"], (None, "school", "Итальянский язык")),
    (["Отчёт о ремонте"], (None, None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "facts"), HEADING_LINES)
def test_title_lines(context, lines, facts):
    work = from_title_lines([[line] for line in lines], context.vocabulary)
    assert (work.year, work.stage, work.subject) == facts


def test_a_date_cell_of_autumn_belongs_to_the_school_year_that_ends_next_summer(context):
    def year(day):
        return from_title_lines([["Муниципальный этап по химии"], ["Дата", day]], context.vocabulary).year

    assert year(dt.datetime(2025, 11, 3)) == 2026
    assert year(dt.datetime(2026, 2, 3)) == 2026
    assert year(dt.datetime(2025, 8, 1)) == 2026
    assert year(dt.datetime(2025, 7, 31)) == 2025


SUBJECT_CASES = {
    "по математике": "Математика", "по русскому языку": "Русский язык", "по литературе": "Литература",
    "по истории": "История", "по обществознанию": "Обществознание", "по географии": "География",
    "по биологии": "Биология", "по физике": "Физика", "по химии": "Химия", "по информатике": "Информатика",
    "по английскому языку": "Английский язык", "по немецкому языку": "Немецкий язык",
    "по французскому языку": "Французский язык", "по испанскому языку": "Испанский язык",
    "по китайскому языку": "Китайский язык", "по итальянскому языку": "Итальянский язык",
    "по астрономии": "Астрономия", "по искусству (МХК)": "Искусство (МХК)", "по праву": "Право",
    "по мировой художественной культуре": "Искусство (МХК)", "по физкультуре": "Физическая культура",
    "по основам безопасности жизнедеятельности": "Основы безопасности и защиты Родины",
    "по основам безопасности и защиты Родины": "Основы безопасности и защиты Родины",
    "по труду (технологии)": "Труд (технология)", "по технологии": "Труд (технология)",
    "по физической культуре": "Физическая культура", "по экологии": "Экология", "по экономике": "Экономика",
}  # fmt: skip


@pytest.mark.parametrize(("words", "subject"), SUBJECT_CASES.items())
def test_every_subject_of_the_olympiad_in_the_dative_case(context, words, subject):
    line = f"Протокол школьного этапа всероссийской олимпиады школьников {words} в 2025/2026 учебном году"
    assert from_title_lines([[line]], context.vocabulary).subject == subject


def test_there_are_24_subjects_and_vpr_knows_none_of_those_of_olympiads_alone(context):
    assert len(set(SUBJECT_CASES.values())) == 24
    only = {"Астрономия", "Искусство (МХК)", "Право", "Труд (технология)", "Физическая культура", "Экология",
            "Экономика", "Итальянский язык", "Испанский язык", "Китайский язык",
            "Основы безопасности и защиты Родины"}  # fmt: skip
    for words, subject in SUBJECT_CASES.items():
        text = f"Проведение работы {words}, 8 класс. ВПР 2026"
        assert context.finder.within(text) == (None if subject in only else subject)
    for subject in only:
        assert context.finder.exact(subject) is None
        assert context.finder.coded(f"{subject} 8") is None
        assert context.vocabulary.subject("olympiad_subjects", subject) == subject
    assert context.vocabulary.subject("exam_subjects", "Право") is None
    assert context.vocabulary.subject("olympiad_subjects", "Математика базовая") == "Математика"


def test_a_vpr_file_about_a_subject_of_olympiads_is_refused(take, tmp_path):
    from intake_builders import individual, participant

    path = tmp_path / "работа.xlsx"
    outcome = take(write(path, {"Лист1": individual([participant("40001", (1, 1, 1, 1))], subject="Право")}))
    assert "Право" in outcome.error
    assert not outcome.tables


MAXIMA = [
    ([["Максимальный балл: 35"]], 35, {}),
    ([["Максимальный балл", 35]], 35, {}),
    ([["Макс. балл – 37,5"]], 37.5, {}),
    ([["Максимально возможное количество баллов — 100"]], 100, {}),
    ([["Максимальное количество баллов: 7 класс — 35, 8 класс — 40"]], None, {7: 35, 8: 40}),
    ([["Максимальный балл: 7–8 классы — 35; 9, 10 и 11 классы – 40"]], None, {7: 35, 8: 35, 9: 40, 10: 40, 11: 40}),
    ([["Максимальный балл: 35 баллов (7 класс), 40 баллов (8 класс)"]], None, {7: 35, 8: 40}),
    ([["Максимальный балл:"], ["7 кл. - 35"], ["8-й класс: 40,5"]], None, {7: 35, 8: 40.5}),
    ([["7 класс: максимальный балл 35"], ["8 класс: максимальный балл 40"]], None, {7: 35, 8: 40}),
    ([["Класс", 7, 8, 9], ["Максимальный балл", 35, 40, 45]], None, {7: 35, 8: 40, 9: 45}),
    ([["Максимальный балл", 35, 40]], None, {}),
    ([["Максимальный балл: 0"]], None, {}),
    ([["7 класс", "35"]], None, {}),
]


@pytest.mark.parametrize(("rows", "one", "by_grade"), MAXIMA)
def test_maximum_in_title_lines(context, rows, one, by_grade):
    work = from_title_lines(rows, context.vocabulary)
    assert (work.max_score, dict(work.max_by_grade or ())) == (one, by_grade)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    maxima=st.dictionaries(st.integers(4, 11), st.integers(1, 300), min_size=1, max_size=8),
    year=st.integers(2015, 2098),
    join=st.sampled_from([", ", "; ", ",", ";"]),
    dash=st.sampled_from([" — ", " – ", " - ", ": "]),
    word=st.sampled_from(["класс", "кл.", "кл"]),
    slash=st.sampled_from(["/", "-", "–", "—"]),
)
def test_any_maxima_and_school_year_are_read_as_written(context, maxima, year, join, dash, word, slash):
    line = "Максимальный балл: " + join.join(f"{grade} {word}{dash}{value}" for grade, value in maxima.items())
    rows = [[f"Школьный этап олимпиады по химии {year}{slash}{year + 1} учебный год"], [line]]
    work = from_title_lines(rows, context.vocabulary)
    assert dict(work.max_by_grade) == maxima
    assert (work.year, work.stage, work.subject) == (year + 1, "school", "Химия")


# --- tables of results ----------------------------------------------------------------------------------------------


def test_olympiad_results_as_people_write_them(read):
    _, rows, wrong = read(
        "olympiad_results",
        "2025/2026|Школьный этап|ОБЖ|edu990389|101|Иванов Пётр Ильич|01.02.2012|8|7А|да|33,5|35|1|ПОБЕДИТЕЛЬ|нет",
        "2025-26|МЭ|Экономика|edu990389|102|||9|9-б||20|50|2 место|призер|ОВЗ",
        "2026|региональный|Физкультура|edu990389|103|||11|11|да|0|100||участница|",
        "2026 г.|Заключительный|МХК|edu990389|104|||10||нет|0|100|||",
        "2026|школьный|Математика|edu990389|105|||4|4|Неявка|||||",
        "2026|школьный|Математика|edu990389|106|||4|4|||35||участник|—",
    )
    assert not wrong
    assert [row["year"] for row in rows] == [2026] * 6
    assert [row["stage"] for row in rows] == ["school", "municipal", "regional", "final", "school", "school"]
    assert [row["subject"] for row in rows] == [
        "Основы безопасности и защиты Родины", "Экономика", "Физическая культура", "Искусство (МХК)", "Математика",
        "Математика",
    ]  # fmt: skip
    assert [(row["grade"], row["pupil_grade"], row["class_label"]) for row in rows] == [
        (8, 7, "7А"), (9, 9, "9Б"), (11, 11, "11"), (10, None, None), (4, 4, "4"), (4, 4, "4"),
    ]  # fmt: skip
    assert [(row["present"], row["status"], row["score"]) for row in rows] == [
        (True, "winner", 33.5), (True, "prize_winner", 20.0), (True, "participant", 0.0), (False, None, None),
        (False, None, None), (True, "participant", None),
    ]  # fmt: skip
    assert [row["has_disability"] for row in rows] == [False, True, None, None, None, False]
    assert rows[1]["place"] == 2


STATUS_WORDS = {
    "winner": ["победитель", "Победитель ", "ПОБЕДИТЕЛЬ", "победитель.", "Диплом I степени", "диплом победителя"],
    "prize_winner": [
        "призёр",
        "призер",
        "ПРИЗЁР",
        "пpизер",
        "Призёр олимпиады",
        "Диплом III степени",
        "диплом 2 степени",
    ],
    "participant": ["участник", "Участница", "участие", "сертификат участника"],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in STATUS_WORDS.items() for text in texts])
def test_words_of_statuses(context, code, text):
    assert context.vocabulary.code("statuses", text) == code


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("|школьный|Химия|edu990389|1|||8|8|да|3|35||участник|", "A2", "value_missing"),
        ("2025/2027|школьный|Химия|edu990389|1|||8|8|да|3|35||участник|", "A2", "value_type"),
        ("1999|школьный|Химия|edu990389|1|||8|8|да|3|35||участник|", "A2", "value_outside"),
        ("2026|районная|Химия|edu990389|1|||8|8|да|3|35||участник|", "B2", "word_unknown"),
        ("2026||Химия|edu990389|1|||8|8|да|3|35||участник|", "B2", "value_missing"),
        ("2026|школьный|Травоведение|edu990389|1|||8|8|да|3|35||участник|", "C2", "subject_unknown"),
        ("2026|школьный|Химия|990389|1|||8|8|да|3|35||участник|", "D2", "login_bad"),
        ("2026|школьный|Химия|edu990389|Иванов Пётр|||8|8|да|3|35||участник|", "E2", "code_not_a_code"),
        ("2026|школьный|Химия|edu990389|1|||3|3|да|3|35||участник|", "H2", "value_outside"),
        ("2026|школьный|Химия|edu990389|1|||12|11|да|3|35||участник|", "H2", "value_outside"),
        ("2026|школьный|Химия|edu990389|1|||восьмой|8|да|3|35||участник|", "H2", "value_type"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|36|35||участник|", "K2", "olympiad_score_over_maximum"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|35,5|35||участник|", "K2", "olympiad_score_over_maximum"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|-1|35||участник|", "K2", "value_outside"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|много|35||участник|", "K2", "value_type"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|3|0||участник|", "L2", "value_outside"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|3|35|первое|участник|", "M2", "value_type"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|3|35||молодец|", "N2", "word_unknown"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да||35|||", "K2", "olympiad_result_missing"),
        ("2026|школьный|Химия|edu990389|1|||8|8|нет|3|35||участник|", "J2", "olympiad_absent_with_result"),
        ("2026|школьный|Химия|edu990389|1|||8|8|нет||35||победитель|", "J2", "olympiad_absent_with_result"),
        ("2026|школьный|Химия|edu990389|1|||8|8|да|неявка|35||участник|", "K2", "olympiad_presence_contradicts"),
        ("2026|школьный|Химия|edu990389||||8|8|да|3|35||участник|", "F2", "person_missing"),
    ],
)
def test_wrong_olympiad_results(read, line, cell, rule):
    outcome, rows, wrong = read("olympiad_results", line)
    assert wrong == {(cell, rule)}
    assert not rows
    assert rule in RULES
    assert outcome.quarantined == 1


def test_exactly_the_maximum_is_right(read):
    _, rows, wrong = read("olympiad_results", "2026|школьный|Химия|edu990389|1|||8|8|да|35|35|1|победитель|")
    assert not wrong
    assert len(rows) == 1


def test_what_breaks_the_rules_of_the_olympiad_is_taken_as_it_is(read):
    """A winner with half of the points and equal points with different statuses are for the analysis of protocols."""
    _, rows, wrong = read(
        "olympiad_results",
        "2026|школьный|Химия|edu990389|1|||8|8|да|10|50|1|победитель|",
        "2026|школьный|Химия|edu990389|2|||8|8|да|10|50|1|участник|",
        "2026|школьный|Химия|edu990389|2|||9|8|да|10|50|1|участник|",
    )
    assert not wrong
    assert len(rows) == 3


def test_remarks_on_a_file_without_statuses_and_with_swapped_grades(read):
    lines = ("2026|школьный|Химия|edu990389|1|||8|9|да|10|50||-|", "2026|школьный|Химия|edu990389|2|||8|8|да|10|50|||")
    outcome, rows, wrong = read("olympiad_results", *lines)
    assert not wrong
    assert [row["status"] for row in rows] == ["participant", "participant"]
    assert any("статус не указан ни у кого" in warning and "в 2 строках" in warning for warning in outcome.warnings)
    assert any("младше класса обучения" in warning and "в 1 строке" in warning for warning in outcome.warnings)
    outcome, _, _ = read("olympiad_results", "2026|школьный|Химия|edu990389|2|||8|8|да|10|50||участник|")
    assert not outcome.warnings, "where nobody has reached half of the points there are no prizes"


def test_the_message_about_a_score_says_everything(read):
    outcome, _, _ = read("olympiad_results", "2026|школьный|Химия|edu990389|1|||8|8|да|36|35||участник|")
    (row,) = outcome.quarantine.to_pylist()
    for part in ("Стоит «36»", "максимальный балл — 35", "Исправьте"):
        assert part in row["message_ru"]
    outcome, _, _ = read("olympiad_results", "2024/2027|школьный|Химия|edu990389|1|||8|8|да|3|35||участник|")
    (row,) = outcome.quarantine.to_pylist()
    for part in ("Стоит «2024/2027»", "2025/2026", "Исправьте"):
        assert part in row["message_ru"]


# --- contests and registers of events -------------------------------------------------------------------------------


def test_contest_results(read):
    _, rows, wrong = read(
        "contest_results",
        "2025/2026|Минпросвещения|Росток|Экология|финал|edu990389|1|Иванов Пётр Ильич||8А|призер|личное|нет",
        "2026|РСОШ|Олимпиада «Ломоносов»|—|отборочный|edu990389|2|||11|Диплом I степени|командное|",
        "2026|краевой|Конкурс «Первые шаги»||Заключительный этап|edu990389|3|||5||да|ОВЗ",
        "2026|муниципальный перечень|Спартакиада||финал|edu990389|4|||5|неявка||",
    )
    assert not wrong
    assert [row["event_list"] for row in rows] == ["federal_education", "federal_science", "regional", "municipal"]
    assert [row["profile"] for row in rows] == ["Экология", "", "", ""]
    assert [row["stage"] for row in rows] == ["final", "qualifying", "final", "final"]
    assert [row["status"] for row in rows] == ["prize_winner", "winner", "participant", None]
    assert [row["present"] for row in rows] == [True, True, True, False]
    assert [row["team"] for row in rows] == [False, True, True, None]
    assert [row["grade"] for row in rows] == [8, 11, 5, 5]
    assert rows[0]["pupil_key"]


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|список|Росток||финал|edu990389|1|||8|призёр||", "B2", "word_unknown"),
        ("2026|РСОШ|||финал|edu990389|1|||8|призёр||", "C2", "value_missing"),
        ("2026|РСОШ|Росток||региональный этап|edu990389|1|||8|призёр||", "E2", "word_unknown"),
        ("2026|РСОШ|Росток||финал|edu990389||||8|призёр||", "H2", "person_missing"),
        ("2026|РСОШ|Росток||финал|edu990389|1|||8|герой||", "K2", "word_unknown"),
        ("2026|РСОШ|Росток||финал|edu990389|1|||8|призёр|вдвоём|", "L2", "value_type"),
    ],
)
def test_wrong_contest_results(read, line, cell, rule):
    _, rows, wrong = read("contest_results", line)
    assert wrong == {(cell, rule)}
    assert not rows


def test_an_absent_participant_of_a_contest_has_no_diploma(take, tmp_path):
    heading = HEADINGS["contest_results"].replace("Команда", "Присутствовал").split("|")
    rows = [heading, cells("2026|РСОШ|Росток||финал|edu990389|1|||8|призёр|нет|"),
            cells("2026|РСОШ|Росток||финал|edu990389|2|||8|участник|нет|")]  # fmt: skip
    outcome = take(write(tmp_path / "конкурс.xlsx", {"Лист1": rows}))
    (wrong,) = outcome.quarantine.to_pylist()
    assert (wrong["cell"], wrong["rule"]) == ("L2", "contest_absent_with_result")
    (row,) = outcome.tables["contest_results_by_participant"].to_pylist()
    assert (row["present"], row["status"]) == (False, None)


def test_listed_events(read):
    _, rows, wrong = read(
        "listed_events",
        "2025/2026|Минобрнауки|Олимпиада «Ломоносов»|олимпиада|МГУ",
        "2026|Минпросвещения|Большая перемена|Конкурс|",
        "2026|региональный|Форум «Молодёжь и наука»|НПК|",
        "2026|региональный|Первенство края|спорт|",
        "2026|региональный|Голоса|хор|",
    )
    assert [(row["year"], row["event_list"], row["event_kind"]) for row in rows] == [
        (2026, "federal_science", "olympiad"), (2026, "federal_education", "contest"), (2026, "regional", "project"),
        (2026, "regional", "sport"),
    ]  # fmt: skip
    assert wrong == {("D6", "word_unknown")}


# --- observers, enrolment, support ----------------------------------------------------------------------------------


def test_observers(read):
    _, rows, wrong = read(
        "observers",
        "2025/2026|ВсОШ|муниципальный|Математика|7|edu990389|5|5|6|4|2|да",
        "2026|ВсОШ|ШЭ|все|0|edu990389||||0||нет",
        "2026|ВПР|—|Русский язык|4|edu990389|2|1|2|1|1|",
        "2026|КДР||все предметы|все|edu990389||||2||",
        "2026|ЕГЭ||Математика профильная|11|edu990389||||2||",
        "2026|Олимпиада|РЭ|Право|9|edu990389||||2||",
    )
    assert not wrong
    assert [(row["procedure_kind"], row["stage"], row["subject"], row["grade"]) for row in rows] == [
        ("ВсОШ", "municipal", "Математика", 7), ("ВсОШ", "school", "все", 0), ("ВПР", "", "Русский язык", 4),
        ("КДР", "", "все", 0), ("ЕГЭ", "", "Математика профильная", 11), ("ВсОШ", "regional", "Право", 9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "cell", "rule"),
    [
        ("2026|ВсОШ||Химия|8|edu990389||||1||", "C2", "observers_stage_missing"),
        ("2026|ВПР|школьный|Химия|8|edu990389||||1||", "C2", "observers_stage_of_no_olympiad"),
        ("2026|НИКО||Химия|8|edu990389||||1||", "B2", "word_unknown"),
        ("2026|ВПР||Химия|8|edu990389|2|3||1||", "H2", "part_over_whole"),
        ("2026|ВПР||Химия|8|edu990389|||2|3||", "J2", "part_over_whole"),
        ("2026|ВПР||Химия|8|edu990389|||2|1|3|", "K2", "part_over_whole"),
        ("2026|ВПР||Химия|8|edu990389|||2|2|1|", "J2", "observers_sum"),
        ("2026|ВПР||Химия|8|edu990389|||2||1|", "J2", "value_missing"),
        ("2026|ВПР||Химия||edu990389||||1||", "E2", "value_missing"),
    ],
)
def test_wrong_observers(read, line, cell, rule):
    _, rows, wrong = read("observers", line)
    assert wrong == {(cell, rule)}
    assert not rows


def test_enrolment(read):
    _, rows, wrong = read(
        "enrolment",
        "2025/2026|edu990389|10 класс|50|2|2|50|0",
        "2026|edu990389|11|1 010|40||1010|",
        "2026|edu990389|9|50|2|3||",
        "2026|edu990389|8|50|2||51|",
        "2026|edu990389|7|50|2|||51",
        "2026|edu990389|12|50||||",
        "Итого||||||101|",
    )
    assert [(row["year"], row["grade"], row["pupils"]) for row in rows] == [(2026, 10, 50), (2026, 11, 1010)]
    assert wrong == {
        ("F4", "part_over_whole"), ("G5", "part_over_whole"), ("H6", "part_over_whole"), ("C7", "value_outside"),
    }  # fmt: skip


#: Column of the sheet → column of the sheet it is a part of.
PARTS = {7: 6, 9: 8, 16: 15, 18: 17, 19: 17, 21: 20, 22: 23}


@pytest.mark.parametrize(("part", "whole"), PARTS.items())
def test_parts_of_talent_support(read, part, whole):
    def line(value):
        row = ["2026", "edu990389", *[""] * 22]
        row[part], row[whole] = str(value), "10"
        return "|".join(row)

    _, rows, wrong = read("talent_support", line(11))
    ((cell, rule),) = wrong
    assert (ord(cell[0]) - ord("A"), rule) == (part, "part_over_whole")
    assert not rows
    _, rows, wrong = read("talent_support", line(10))
    assert not wrong
    assert len(rows) == 1


def test_talent_support_as_people_write_it(read):
    _, (row,), wrong = read(
        "talent_support", "2025/2026|edu990389|120|5|0|3|200|80|10|1|12|1|0|да|—|30|12|2|1|1|5|1|2|4"
    )
    assert not wrong
    assert row["year"] == 2026
    assert (row["pupils_talent_events"], row["interagency_programme"], row["navigator_requests"]) == (120, True, None)
    assert (row["programmes_university"], row["programmes_university_all"]) == (2, 4)
    _, rows, wrong = read("talent_support", "2026|edu990389" + "|" * 22)
    assert not rows
    assert not wrong, "a row with year and school alone is a row nobody filled in"


# --- single cells ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "year"),
    [
        (2026, 2026), (2026.0, 2026), ("2026", 2026), ("2026 г.", 2026), ("2026 год", 2026), ("2025/2026", 2026),
        ("2025-2026", 2026), ("2025–2026 учебный год", 2026), ("2025 — 2026", 2026), ("2025/26", 2026),
        ("2025-26 уч. г.", 2026), ("2025/2027", None), ("2026/2025", None), ("2025", 2025), ("20252026", None),
        ("год", None), (True, None), ("2024/2025, 2025/2026", 2025),
    ],
)  # fmt: skip
def test_years(cell, year):
    value, kind = parse_year(cell)
    if year is None:
        assert kind is Kind.BAD or value != value or value > 2100
    else:
        assert (value, kind) == (year, Kind.NUMBER)


@pytest.mark.parametrize(
    ("cell", "grade"),
    [
        (7, 7), ("7", 7), ("7А", 7), ("7 «Б»", 7), ("7-в", 7), ("7 класс", 7), ("7-й класс", 7), ("11 кл.", 11),
        ("7 А класс", None), ("седьмой", None), ("А7", None), ("7-8", None), ("7АБ", None),
    ],
)  # fmt: skip
def test_grades(cell, grade):
    value, kind = parse_grade(cell)
    assert ((value, kind) == (grade, Kind.NUMBER)) if grade else (kind is Kind.BAD)


@pytest.mark.parametrize(
    ("cell", "place"),
    [(1, 1), ("2-3", 2), ("2–4", 2), ("3 место", 3), ("II", 2), ("I место", 1), ("первое", None), ("2,5", None)],
)
def test_places(cell, place):
    value, kind = parse_place(cell)
    assert ((value, kind) == (place, Kind.NUMBER)) if place else (kind is Kind.BAD or value == 2.5)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        (35, Kind.NUMBER), ("35,5", Kind.NUMBER), ("'35", Kind.NUMBER), ("неявка", Kind.EMPTY), ("Н/Я", Kind.EMPTY),
        ("не явился", Kind.EMPTY), ("—", Kind.EMPTY), ("", Kind.EMPTY), ("х", Kind.BAD), ("зачёт", Kind.BAD),
    ],
)  # fmt: skip
def test_results(cell, kind):
    assert parse_result(cell)[1] is kind


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.booleans(), st.none()))
def test_no_cell_breaks_a_parser_and_what_is_taken_is_within_bounds(context, cell):
    for column in table("olympiad_results_by_participant").columns:
        value, fault = parse_field(cell, column, context.finder, context.vocabulary)
        assert value is None or fault is None
        if value is not None and column.minimum is not None:
            assert value >= column.minimum
        if value is not None and column.allowed:
            assert value in column.allowed


# --- through the store ----------------------------------------------------------------------------------------------


def test_a_returned_protocol_is_corrected_and_taken_in_whole(workspace, tmp_path):
    """Title lines come back with the sheet, keys in place of names: the correction loses neither work nor child."""
    rows = [
        *([text] for text in TITLE),
        HEADINGS["olympiad_protocol"].split("|"),
        cells("1||Иванов|Пётр|Ильич|01.02.2012|edu990389|СОШ 1|7|53|1|победитель"),
        cells("2||Петрова|Анна|Ильинична|03.02.2012|edu990389|СОШ 1|7|28|2|призёр"),
        ["Председатель жюри", "_________", "Кузнецова И.И."],
    ]
    path = write(tmp_path / "протокол.xlsx", {"Лист1": rows})
    report = ingest([path], workspace)
    (file,) = report.files
    assert (file.read, file.accepted, file.quarantined, file.non_data) == (3, 1, 1, 1)
    (returned,) = report.return_workbooks
    book = openpyxl.load_workbook(returned)
    text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value)
    assert "муниципального этапа" in text
    assert not any(name in text for name in ("Иванов", "Петрова", "2012"))
    book["Лист1"]["J5"].value = 35
    book.save(returned)
    (file,) = ingest([returned], workspace).files
    assert (file.error, file.read, file.accepted, file.quarantined, file.non_data) == (None, 3, 2, 0, 1)
    stored = Store(workspace.store).snapshot().read("olympiad_results_by_participant")
    assert sorted(stored["score"]) == [28.0, 35.0]
    assert stored["pupil_key"].nunique() == 2
    assert set(stored["subject"]) == {"Математика"}


def test_a_corrected_file_replaces_the_school_in_that_stage_and_subject_only(workspace, tmp_path):
    def take_in(name, *lines):
        rows = [HEADINGS["olympiad_results"].split("|"), *map(cells, lines)]
        (file,) = ingest([write(tmp_path / name, {"Лист1": rows})], workspace).files
        assert (file.error, file.quarantined) == (None, 0)

    line = "2026|{}|Химия|{}|{}|||8|8|да|{}|50||участник|"
    take_in("1.xlsx", line.format("школьный", "edu990389", 1, 10), line.format("школьный", "edu990390", 1, 11))
    take_in("2.xlsx", line.format("муниципальный", "edu990389", 1, 12))
    take_in("3.xlsx", line.format("школьный", "edu990389", 2, 13))
    stored = Store(workspace.store).snapshot().read("olympiad_results_by_participant")
    assert sorted(stored["score"]) == [11.0, 12.0, 13.0]
