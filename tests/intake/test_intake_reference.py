"""Published ФИС ОКО tables, put back into the layout they came in, are read digit for digit."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from intake_builders import JOURNAL_HEADER, MARKS_HEADER, frame, write

REFERENCE = Path(__file__).resolve().parents[1] / "reference"
CODES = {"municipality": "reg99_m012", "school": "edu990389"}


def published(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def label(row: dict[str, str]) -> str:
    name = row["group"].split(" (reg")[0]
    return f"{name}({CODES[row['level']]})" if row["level"] in CODES else name


def number(text: str):
    return None if not text else float(text) if "." in text else int(text)


def values(outcome) -> dict[tuple[str, str], Decimal]:
    table = outcome.tables["vpr_aggregates"].to_pylist()
    return {(row["level"], row["measure"]): Decimal(repr(row["value"])) for row in table}


@pytest.mark.parametrize("as_text", [False, True])
def test_marks_statistics(take, tmp_path, as_text):
    rows = published("fisoko_statistika_po_otmetkam_2026_ru4.csv")
    names = ["n_oo_reported", "n_participants_reported", *(f"pct{mark}_reported" for mark in (2, 3, 4, 5))]
    body = [[label(row), *(number(row[name]) for name in names)] for row in rows]
    if as_text:
        body = [[None if cell is None else str(cell).replace(".", ",") for cell in line] for line in body]
    sheet = [*frame("Статистика по отметкам", 2026, "Русский язык", 4, 24), MARKS_HEADER, *body]
    outcome = take(write(tmp_path / "2849657.xlsx", {"РУ 4 Статистика по отметкам": sheet}))
    assert outcome.layout == "marks_statistics"
    assert (outcome.read, outcome.accepted, outcome.quarantined) == (4, 4, 0)
    measures = ["n_schools", "n_participants", *(f"mark_{mark}_pct" for mark in (2, 3, 4, 5))]
    expected = {
        (row["level"], measure): Decimal(row[name])
        for row in rows
        for name, measure in zip(names, measures, strict=True)
        if row[name]
    }
    assert values(outcome) == expected
    facts = outcome.tables["vpr_aggregates"].to_pylist()
    assert {(row["year"], row["grade"], row["subject"]) for row in facts} == {(2026, 4, "Русский язык")}
    assert {row["unit_code"] for row in facts} == {"RU", "Регион (субъект РФ)", "reg99_m012", "edu990389"}
    school = next(iter(outcome.sightings.schools))
    assert (school.login, school.municipality_code) == ("edu990389", "reg99_m012")


def test_journal_comparison(take, tmp_path):
    rows = published("fisoko_sravnenie_s_zhurnalom_2024_ma4.csv")
    names = ["n_total_reported"]
    for group in ("lowered", "confirmed", "raised"):
        names += [f"{group}_pct_reported", f"{group}_n"]
    body = [[label(row), *(number(row[name]) for name in names)] for row in rows]
    sheet = [*frame("Сравнение отметок с отметками по журналу", 2024, "Математика", 4, 20), JOURNAL_HEADER, *body]
    outcome = take(write(tmp_path / "1.xlsx", {"МА 4 Сравнение отметок с отметк": sheet}))
    assert outcome.layout == "journal_comparison"
    assert (outcome.read, outcome.accepted) == (3, 3)
    measures = ["n_participants"]
    for group in ("lowered", "confirmed", "raised"):
        measures += [f"{group}_pct", f"{group}_n"]
    expected = {
        (row["level"], measure): Decimal(row[name])
        for row in rows
        for name, measure in zip(names, measures, strict=True)
    }
    assert values(outcome) == expected


def test_journal_comparison_with_a_header_of_two_storeys(take, tmp_path):
    upper = ["Группы участников", "Кол-во участников(всего)"]
    for group in (
        "Понизили (Отметка < Отметка по журналу)",
        "Подтвердили (Отметка = Отметка по журналу)",
        "Повысили (Отметка > Отметка по журналу)",
    ):
        upper += [group, None]
    lower = [None, None, *["%", "Кол-во участников"] * 3]
    body = [["МБОУ(edu990389)", 93, 55.91, 52, 39.78, 37, 4.30, 4]]
    sheet = [*frame("Сравнение отметок с отметками по журналу", 2024, "Математика", 4, 20), upper, lower, *body]
    outcome = take(write(tmp_path / "1.xlsx", {"МА 4": sheet}))
    assert outcome.layout == "journal_comparison"
    assert values(outcome)["school", "lowered_n"] == 52


def test_journal_comparison_shown_vertically(take, tmp_path):
    header = ["Группы участников", "Кол-во участников", "%"]
    body = [
        ["Понизили (Отметка < Отметка по журналу)", 52, 55.91],
        ["Подтвердили (Отметка = Отметка по журналу)", 37, 39.78],
        ["Повысили (Отметка > Отметка по журналу)", 4, 4.3],
        ["Всего", 93, 100],
    ]
    title = frame("Сравнение отметок с отметками по журналу", 2024, "Математика", 4, 20, ["МБОУ «СОШ»(edu990389)"])
    outcome = take(write(tmp_path / "1.xlsx", {"МА 4 Сравнение отметок с отметк": [*title, header, *body]}))
    assert outcome.layout == "journal_comparison_vertical"
    assert (outcome.read, outcome.accepted) == (4, 4)
    found = values(outcome)
    assert found["school", "n_participants"] == 93
    assert found["school", "lowered_pct"] == Decimal("55.91")
    assert {row["unit_code"] for row in outcome.tables["vpr_aggregates"].to_pylist()} == {"edu990389"}


def test_vertical_comparison_of_nobody_in_particular_is_refused(take, tmp_path):
    header = ["Группы участников", "Кол-во участников", "%"]
    title = frame("Сравнение отметок с отметками по журналу", 2024, "Математика", 4, 20)
    outcome = take(write(tmp_path / "1.xlsx", {"Л": [*title, header, ["Понизили", 1, 100]]}))
    assert "о какой школе" in outcome.error
