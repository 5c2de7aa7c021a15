"""Mapping files: the shipped ones read what they promise, wrong ones are refused with a hint."""

from pathlib import Path

import pytest
from intake_builders import write

from oko_lib.intake import ingest
from oko_lib.intake.mapping import Mapping, load_mappings
from oko_lib.settings.loading import SettingsError, read_yaml, validate
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

ROOT = Path(__file__).resolve().parents[2]


def test_shipped_mappings_load():
    names = {mapping.name for mapping in load_mappings(ROOT / "parameters" / "layouts")}
    assert {
        "published_lists",
        "control_group",
        "schools_register",
        "school_logins_register",
        "score_scales",
        "school_context",
    } <= names


def table(outcome, name):
    return outcome.tables[name].to_pylist()


def test_published_list(take, tmp_path):
    rows = [
        ["Список", "Год", "Логин ОО", "Название ОО", "Признак", "Источник"],
        ["ШНОР", 2025, "edu990389", "МБОУ «СОШ»", "низкие результаты", "Приказ № 1"],
        ["Признаки необъективности", "2025", "МБОУ(edu990390)", "МБОУ", "А", "Приказ № 2"],
        ["biased_results", 2025, "edu990391", None, "B", "Приказ № 2"],
        ["прочее", 2025, "edu990392", None, "B", "Приказ № 2"],
        ["ШНОР", 25, "990393", None, None, None],
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": rows}))
    assert (outcome.layout, outcome.read, outcome.accepted, outcome.quarantined) == ("published_lists", 5, 3, 2)
    found = table(outcome, "published_lists")
    assert [row["list_kind"] for row in found] == ["low_results", "biased_results", "biased_results"]
    assert found[1]["login"] == "edu990390"
    rules = {(row["cell"], row["rule"]) for row in outcome.quarantine.to_pylist()}
    assert rules == {
        ("A5", "value_not_allowed"), ("B6", "value_outside"), ("C6", "login_bad"), ("E6", "value_missing"),
        ("F6", "value_missing"),
    }  # fmt: skip


def test_bare_list_takes_year_and_source_from_outside(take, tmp_path):
    rows = [["Логин", "Школа", "Признаки необъективности результатов"], ["edu990389", "МБОУ", "завышение на границе"]]
    outcome = take(write(tmp_path / "Письмо об объективности 2025.xlsx", {"Л": rows}))
    (row,) = table(outcome, "published_lists")
    assert (row["year"], row["list_kind"], row["source"]) == (2025, "biased_results", "Письмо об объективности 2025")
    refused = take(write(tmp_path / "Письмо.xlsx", {"Л": rows}))
    assert "--year" in refused.error


def test_control_group(take, tmp_path):
    rows = [
        ["Год", "Логин ОО", "Предмет", "Класс", "Источник"],
        [2026, "edu990389", "все", "все", "Приказ"],
        [2026, "edu990389", "русский язык", 4, "Приказ"],
        [2026, "edu990390", "Травоведение", 4, "Приказ"],
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": rows}))
    assert [(row["subject"], row["grade"]) for row in table(outcome, "control_group_schools")] == [
        ("все", 0),
        ("Русский язык", 4),
    ]
    assert [row["rule"] for row in outcome.quarantine.to_pylist()] == ["subject_unknown"]


def test_directory_fills_two_tables(take, tmp_path):
    rows = [
        ["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"],
        ["edu990389", 2026, "МБОУ 1", "СОШ", "reg99_m012", "Н-ский район"],
        ["edu990390", 2026, "МБОУ 2", "СОШ", "reg99_m012", "Н-ский район"],
        ["edu990391", 2026, "МБОУ 3", "СОШ", "99012", "Н-ский район"],
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": rows}))
    assert outcome.accepted == 2
    assert len(table(outcome, "schools")) == 2
    assert [(row["municipality_code"], row["region_code"]) for row in table(outcome, "municipalities")] == [
        ("reg99_m012", "99")
    ]
    assert [row["rule"] for row in outcome.quarantine.to_pylist()] == ["municipality_code_bad"]


def test_login_history(take, tmp_path):
    rows = [["Прежний логин", "Действующий логин", "С года", "По год"], ["sch993504", "edu994003", None, 2021]]
    (row,) = table(take(write(tmp_path / "a.xlsx", {"Л": rows})), "school_logins")
    assert (row["login"], row["school_id"], row["valid_from"], row["valid_to"]) == (
        "sch993504",
        "edu994003",
        None,
        2021,
    )


def test_the_scales_of_the_project_are_all_loaded(workspace):
    report = ingest([ROOT / "parameters" / "scales" / "vpr_2021.csv"], workspace)
    assert (report.files[0].layout, report.files[0].error) == ("score_scales", None)
    assert report.files[0].accepted == report.files[0].read > 30
    scales = Store(workspace.store).snapshot().read("score_scales", where={"grade": 4, "subject": "Русский язык"})
    assert scales[["max_score", "mark3_min", "mark4_min", "mark5_min"]].to_numpy().tolist() == [[38, 14, 24, 33]]


def test_borders_out_of_order(take, tmp_path):
    rows = [
        ["Год", "Предмет", "Класс", "Максимальный балл", "3 от", "4 от", "5 от", "Источник"],
        [2026, "Математика", 4, 20, 10, 6, 15, "—"],
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": rows}))
    (cell,) = outcome.quarantine.to_pylist()
    assert (cell["rule"], cell["cell"]) == ("scale_order", "E2")


def test_context_without_personal_data(take, tmp_path):
    header = [
        "Логин ОО",
        "Год",
        "ФИО директора",
        "Телефон",
        "E-mail",
        "Тип населённого пункта",
        "Обучающихся",
        "Учителей",
        "Учителей до 30 лет",
        "Интернат",
    ]
    rows = [
        header,
        ["edu990389", 2021, "Петров П. П.", "8-900", "a@b.ru", "село", "1 234", 30, 2, "да"],
        ["edu990390", 2021, "x", "x", "x", "город", 5, 3, 0, "не знаю"],
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": rows}))
    (row,) = table(outcome, "school_context_by_year")
    assert (row["pupils"], row["is_boarding"], row["is_evening"]) == (1234, True, None)
    assert "Петров" not in str([item.to_pylist() for item in outcome.tables.values()])
    assert "персональные данные" in " ".join(outcome.warnings)
    assert [cell["cell"] for cell in outcome.quarantine.to_pylist()] == ["J3"]


WRONG = {
    "misspelt key": ({"colums": {}}, "columns"),
    "misspelt field": ({"columns": {"logn": {"titles": ["Логин"]}}}, "login"),
    "field missing": ({"columns": {"login": {"titles": ["Логин"]}, "year": {"titles": ["Год"]}}}, "не задано"),
    "given twice": (
        {"columns": {"login": {"titles": ["Логин"]}, "year": {"titles": ["Год"]}, "sign": {"titles": ["П"]}},
         "constants": {"year": 2025, "list_kind": "low_results", "source": "x"}},
        "задан дважды",
    ),
    "one required column": (
        {"columns": {"login": {"titles": ["Логин"]}},
         "constants": {"year": 2025, "list_kind": "low_results", "source": "x", "sign": "x"}},
        "два обязательных",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_mappings_are_refused(case):
    content, words = WRONG[case]
    with pytest.raises(SettingsError, match=words):
        validate({"name": "x", "title_ru": "x", "tables": {"published_lists": content}}, Mapping, "x.yaml")


def test_unknown_table_gets_a_hint():
    with pytest.raises(SettingsError, match="published_lists"):
        validate({"name": "x", "title_ru": "x", "tables": {"published_list": {}}}, Mapping, "x.yaml")


def test_the_example_of_the_guide_works(workspace):
    text = (ROOT / "docs" / "ru" / "mapping_example.md").read_text(encoding="utf-8")
    example = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    layouts = workspace.root / "parameters" / "layouts"
    layouts.mkdir(parents=True)
    (workspace.root / "parameters" / "subjects.yaml").write_bytes(
        (Workspace.at().parameters / "subjects.yaml").read_bytes()
    )
    (layouts / "example.yaml").write_text(example, encoding="utf-8")
    mapping = validate(read_yaml(layouts / "example.yaml"), Mapping, "example.yaml")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() or None for cell in line.strip("|").split("|")] for line in lines[:3]]
    path = write(workspace.raw / "ШНОР 2026.xlsx", {"Л": cells})
    report = ingest([path], workspace)
    assert (report.files[0].layout, report.files[0].error, report.files[0].accepted) == (
        mapping.name,
        None,
        len(cells) - 1,
    )
