"""Every layout of participants and of distributions: what is read from a sheet in its true form."""

import pytest
from intake_builders import (
    JOURNAL,
    LEVELS,
    MAXIMA,
    SCHOOL,
    TASKS,
    form_2026,
    frame,
    heading,
    individual,
    participant,
    results,
    write,
    write_fast,
)

from oko_lib.intake.options import IntakeOptions


def test_individual_results(take, tmp_path):
    rows = [
        heading(3),
        participant(40001, [1, "X", 0, 2]),
        participant(40002, ["Х", 3, 1, 2]),
        participant(40003, [2, 3, 1, 2], mark=5, journal="нет отметки"),
    ]
    outcome = take(write(tmp_path / "2849657.xlsx", {"РУ 4 Индивидуальные результаты": individual(rows)}))
    assert (outcome.layout, outcome.rank, outcome.error) == ("individual_results", 2, None)
    assert (outcome.read, outcome.accepted, outcome.non_data) == (4, 3, 1)
    assert outcome.warnings == []
    found = results(outcome)
    assert found["participant_code"].tolist() == ["40001", "40002", "40003"]
    assert [list(scores) for scores in found["task_scores"]] == [[1, -1, 0, 2], [-1, 3, 1, 2], [2, 3, 1, 2]]
    assert found["primary_score"].tolist() == [3, 6, 8]
    assert found["mark"].tolist() == [4, 4, 5]
    assert found["journal_mark"].isna().tolist() == [False, False, True]
    assert set(found["year"]) == {2026}
    assert set(found["grade"]) == {4}
    assert set(found["subject"]) == {"Русский язык"}
    assert found["source_row"].tolist() == [10, 11, 12]
    assert found["present"].all()
    tasks = outcome.tables["vpr_tasks"].to_pandas()
    assert tasks["label"].tolist() == ["1", "2", "3К1", "3К2"]
    assert tasks["max_score"].tolist() == list(MAXIMA)
    assert tasks["level"].tolist() == list(LEVELS)
    assert set(tasks["form_id"]) == set(found["form_id"])
    school = next(iter(outcome.sightings.schools))
    assert (school.login, school.year, school.school_name) == ("edu990389", 2026, "МБОУ «СОШ № 1»")


def test_individual_results_without_maximums(take, tmp_path):
    header = ["ОО", "Код участника", 1, "4К1", 9.1, "Первичный балл", "Отметка"]
    body = [["edu990389", 40001, 2, 1, 1, 4, 3]]
    sheet = [["ВПР 2026 Русский язык 4 класс"], header, *body]
    outcome = take(write(tmp_path / "a.xlsx", {"Лист1": sheet}))
    assert outcome.accepted == 1
    assert outcome.tables["vpr_tasks"].column("label").to_pylist() == ["1", "4К1", "9.1"]


def test_unused_and_personal_columns_are_reported_and_dropped(take, tmp_path):
    sheet = individual([participant(40001, [1, 1, 1, 1])])
    sheet[7] = [*sheet[7], "ФИО", "Телефон классного руководителя", "Столбец 77"]
    sheet[8] = [*sheet[8], "Иванов Пётр Сергеевич", "+7 900 000-00-00", "x"]
    outcome = take(write(tmp_path / "a.xlsx", {"Лист1": sheet}))
    assert outcome.accepted == 1
    said = " ".join(outcome.warnings)
    assert "персональные данные не загружаются" in said
    assert "«ФИО»" in said
    assert "«Столбец 77»" in said
    stored = str([table.to_pylist() for table in outcome.tables.values()])
    assert "Иванов" not in stored
    assert "900" not in stored


@pytest.mark.parametrize("writer", [write, write_fast], ids=["total not calculated", "total cached as 0"])
def test_form_of_one_part(take, tmp_path, writer):
    rows = [
        [80001, 1, 2, 3, 1, 2, 1, 4],
        [80002, "отсутствовал", None, None, None, None, 1, 3],
        [80003, " 2", "X", 0, 0, 1, 2, "нет отметки"],
        [80004, None, None, None, None, None, None, None],  # a code filled in advance
    ]
    path = writer(tmp_path / "edu990389 Форма сбора результатов Английский язык 8 класс ВПР 2026.xlsx", form_2026(rows))
    outcome = take(path)
    assert (outcome.layout, outcome.rank, outcome.error) == ("protocol_2026", 1, None)
    assert outcome.accepted == 3
    assert outcome.quarantined == 0
    found = results(outcome)
    assert found["present"].tolist() == [True, False, True]
    assert found["primary_score"].tolist()[0] == 8
    assert found["primary_score"].tolist()[1] is None
    assert found["primary_score"].tolist()[2] == 1
    assert found["task_scores"].iloc[1] is None
    assert found["variant"].tolist() == ["1", None, "2"]
    assert found["class_label"].tolist() == ["1", "1", "2"]
    assert set(found["login"]) == {"edu990389"}
    assert set(found["subject"]) == {"Английский язык"}
    assert set(found["grade"]) == {8}
    assert set(found["year"]) == {2026}


def test_template_rows_are_counted_as_read_when_anything_stands_in_them(take, tmp_path):
    rows = [[80001, 1, 2, 3, 1, 2, 1, 4]]
    path = write_fast(tmp_path / "edu990389 Английский язык 8 класс ВПР 2026.xlsx", form_2026(rows, empty=1499))
    outcome = take(path)
    assert (outcome.read, outcome.accepted, outcome.non_data) == (1500, 1, 1499)


def test_form_without_login_is_refused_with_instructions(take, tmp_path):
    path = write(tmp_path / "Английский язык 8 класс ВПР 2026.xlsx", form_2026([[80001, 1, 2, 3, 1, 2, 1, 4]]))
    outcome = take(path)
    assert outcome.layout is None
    assert "--login edu990389" in outcome.error
    assert take(path, IntakeOptions(login="edu990389")).accepted == 1


@pytest.mark.parametrize(
    "place", ["edu990389/Английский язык 8 класс ВПР 2026.xlsx", "Английский язык 8 класс ВПР 2026_edu990389.xlsx"]
)
def test_login_from_folder_or_file_name(take, tmp_path, place):
    outcome = take(write(tmp_path / place, form_2026([[80001, 1, 2, 3, 1, 2, 1, 4]])))
    assert outcome.error is None
    assert set(results(outcome)["login"]) == {"edu990389"}


def test_form_of_two_parts(take, tmp_path):
    header = [
        "Код", "Вариант (часть 1)", "1 (1б)", "2 (2б)", "Вариант (часть 2)", "7 (1б)", "8 (3б)",
        'Класс № (список формируется из листа "Классы")', "Пол", JOURNAL, "Итого баллов",
    ]  # fmt: skip
    rows = [
        [50001, 1, 1, 2, 2, 0, 3, "5А", "м", 4, "=SUM(C2:D2,F2:G2)"],
        [50002, "отсутствовал", None, None, "не присутствовал", None, None, "5 а", "ж", 3, 0],
        [50003, 1, 1, 0, "не присутствовал", None, None, "5Б", "ж", None, 0],
        [None, None, None, None, None, None, None, None, None, None, 0],
    ]
    outcome = take(
        write(
            tmp_path / "edu990389 История 5 класс ВПР 2025.xlsx",
            {"Протокол": [header, *rows], "Классы": [["5А"], ["5Б"]]},
        )
    )
    assert outcome.layout == "protocol_two_parts"
    assert (outcome.read, outcome.accepted, outcome.non_data) == (4, 3, 1)
    found = results(outcome)
    assert found["variant"].tolist() == ["1/2", None, "1/-"]
    assert found["present"].tolist() == [True, False, True]
    assert found["gender"].tolist() == ["м", "ж", "ж"]
    assert found["class_label"].tolist() == ["5А", "5А", "5Б"]
    assert found["primary_score"].tolist()[::2] == [6, 1]
    assert list(found["task_scores"].iloc[2]) == [1, 0, None, None]


def test_export_of_2022(take, tmp_path):
    header = [
        "Пользователь",
        "Код региона",
        "Регион",
        "Муниципалитет",
        "Школа",
        "Дата загрузки",
        "Код",
        "Вариант",
        "1 (2б)",
        "2 (3б)",
        "Наименование класса",
        "Пол",
        JOURNAL,
        "Итого баллов",
    ]
    lead = [
        "edu994003",
        99,
        "Республика N",
        "reg99_m053 | Н-ский муниципальный район",
        'edu994003 | МБОУ "СОШ № 3"',
        "20.04.2022",
    ]
    rows = [
        [*lead, "40001", "1", "2", 3, "4А", "М", "4", "5"],
        [*lead, 40002, "отсутствовал", None, None, "НЕТ", "ж", " 4", 0],
    ]
    outcome = take(
        write(
            tmp_path / "Математика 4 класс 2022.xlsx",
            {"Классы": [["Логин", "Класс"], ["edu994003", "4А"]], "Протокол": [header, *rows]},
        )
    )
    assert (outcome.layout, outcome.error) == ("protocol_2022", None)
    assert outcome.accepted == 2
    found = results(outcome)
    assert found["primary_score"].tolist()[0] == 5
    assert found["present"].tolist() == [True, False]
    assert found["class_label"].tolist() == ["4А", None]
    assert found["journal_mark"].tolist() == [4, 4]
    school = next(iter(outcome.sightings.schools))
    assert (school.login, school.school_name, school.municipality_code) == ("edu994003", 'МБОУ "СОШ № 3"', "reg99_m053")
    assert next(iter(outcome.sightings.municipalities)).name == "Н-ский муниципальный район"


def test_export_of_2021(take, tmp_path):
    header = [
        "логин школы",
        "регион",
        "номер обучающегося",
        "код обучающегося",
        "отметка за предыдущую четверть/триместр",
        "пол",
        "класс",
        "вариант",
        "всего баллов",
        *(f"балл за {n}" for n in range(1, 6)),
        "Учебник",
        "Др.уч. автор",
        "Др.уч. название",
    ]
    rows = [
        [
            "sch993504",
            "Н-ский район",
            "1",
            "40001",
            "4",
            "м",
            "4А",
            "1",
            "4",
            "1",
            "X",
            "3",
            None,
            None,
            "Учебник",
            None,
            None,
        ],
        [
            "sch993504",
            "Н-ский район",
            "2",
            "40002",
            "н/а",
            "ж",
            "4А",
            "Отсутствовал",
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
        ],
    ]
    outcome = take(
        write(tmp_path / "Проведение работы по Русскому языку, 4 класс. ВПР 2021.xlsx", {"Sheet": [header, *rows]})
    )
    assert (outcome.layout, outcome.error, outcome.warnings) == ("protocol_2021", None, [])
    assert outcome.accepted == 2
    found = results(outcome)
    assert (set(found["year"]), set(found["grade"]), set(found["subject"])) == ({2021}, {4}, {"Русский язык"})
    assert list(found["task_scores"].iloc[0]) == [1, -1, 3]  # columns nobody has scores in are not tasks of this work
    assert found["login"].tolist() == ["sch993504"] * 2
    assert next(iter(outcome.sightings.schools)).municipality_name == "Н-ский район"


def export_2020(codes):
    header = [
        "groups",
        "user",
        "id",
        "code",
        "otc",
        "gender",
        "klass",
        "var-1",
        "var-2",
        "sum",
        *(f"a-{n}-grade" for n in range(1, 5)),
        "Учебник",
        *(f"a-{n}-grade" for n in range(5, 8)),
    ]
    rows = [
        [
            "vpr_all, reg22_vpr_m026, town",
            "sch220001",
            n,
            code,
            4,
            "м",
            "6А",
            1,
            None,
            6,
            1,
            2,
            0,
            1,
            "книга",
            2,
            None,
            None,
        ]
        for n, code in enumerate(codes, start=1)
    ]
    return [header, *rows]


def test_export_of_autumn_2020(take, tmp_path):
    path = tmp_path / "ВПР 2020 Биология.xlsx"
    outcome = take(write(path, {"Sheet1": export_2020([60001, 60002])}))
    assert (outcome.layout, outcome.error) == ("protocol_2020", None)
    found = results(outcome)
    assert set(found["grade"]) == {5}
    assert set(found["pupil_grade"]) == {6}
    assert list(found["task_scores"].iloc[0]) == [1, 2, 0, 1, 2]
    school = next(iter(outcome.sightings.schools))
    assert (school.login, school.municipality_code) == ("sch220001", "reg22_m026")


def test_title_of_2020_gives_the_programme_grade(take, tmp_path):
    outcome = take(write(tmp_path / "Биология 5 класс 2020.xlsx", {"Sheet1": export_2020([60001])}))
    found = results(outcome)
    assert set(found["grade"]) == {5}
    assert set(found["pupil_grade"]) == {6}


def test_codes_of_several_grades_do_not_tell_the_grade(take, tmp_path):
    outcome = take(write(tmp_path / "ВПР 2020 Биология.xlsx", {"Sheet1": export_2020([60001, 70001])}))
    assert "--grade" in outcome.error


def test_distribution_by_groups(take, tmp_path):
    header = ["Группы участников", "Кол-во ОО", "Кол-во участников", *range(9)]
    body = [
        ["Вся выборка", 35589, 1722202, *[11.11] * 8, 11.12],
        [SCHOOL, None, 9, *["11,11"] * 8, "11,12"],
    ]
    sheet = [*frame("Распределение первичных баллов", 2026, "Русский язык", 4, 8), header, *body]
    outcome = take(write(tmp_path / "3.xlsx", {"РУ 4 Распределение первичных ба": sheet}))
    assert (outcome.layout, outcome.accepted) == ("score_distribution", 2)
    rows = {(row["unit_code"], row["measure"]): row["value"] for row in outcome.tables["vpr_aggregates"].to_pylist()}
    assert rows["edu990389", "score_8_pct"] == 11.12
    assert rows["RU", "n_participants"] == 1722202


def merged(rows):
    return [["Год", "Класс", "Предмет", "Муниципалитет", "Логин", "ОО", "Кол-во участников", *range(5)], *rows]


def test_merged_distribution_of_a_region(take, tmp_path):
    rows = [
        [
            2023,
            4,
            "Математика",
            "Н-ский район(reg99_m012)",
            "edu990389",
            "МБОУ «СОШ»",
            "1,200",
            "10,5",
            20,
            30,
            39.5,
            0,
        ],
        [2023, 5, "РУ", "Н-ский район(reg99_m012)", "edu990389", "МБОУ «СОШ»", 30, 50, 50, None, None, None],
    ]
    outcome = take(write(tmp_path / "region.xlsx", {"Лист1": merged(rows)}))
    assert (outcome.layout, outcome.accepted) == ("score_distribution_merged", 2)
    found = {
        (row["grade"], row["subject"], row["measure"]): row["value"]
        for row in outcome.tables["vpr_aggregates"].to_pylist()
    }
    assert found[4, "Математика", "n_participants"] == 1200
    assert found[4, "Математика", "score_0_pct"] == 10.5
    assert (5, "Русский язык", "score_4_pct") not in found


def test_a_year_written_twice(take, tmp_path):
    rows = [
        [2023, 4, "Математика", "Н-ский район", f"edu99{n:04}", "МБОУ", 10, 50, 50, None, None, None]
        for n in range(148)
    ]
    outcome = take(write(tmp_path / "region.xlsx", {"Лист1": merged(rows + rows)}))
    assert (outcome.read, outcome.accepted, outcome.quarantined) == (296, 148, 148)
    assert set(outcome.quarantine.column("rule").to_pylist()) == {"duplicate_repeat"}
    assert len(TASKS) == len(MAXIMA)
