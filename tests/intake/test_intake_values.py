"""Single cells and words."""

import math

import pytest

from oko_lib.intake import wording
from oko_lib.intake.addresses import address
from oko_lib.intake.columns import numbers, translate
from oko_lib.intake.text import fold, shown
from oko_lib.intake.values import (
    Kind,
    is_login,
    municipality_label,
    parse_class,
    parse_count,
    parse_gender,
    parse_mark,
    parse_participant,
    parse_percent,
    parse_score,
    parse_unit,
    parse_variant,
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [(3, 3), (3.0, 3), ("3", 3), (" 3 ", 3), ("3,0", 3), ("3.0", 3), ("\u00a03", 3), ("−2", -2), ("2,5", 2.5)],
)
def test_scores_are_numbers_however_written(cell, value):
    assert parse_score(cell) == (value, Kind.NUMBER)


@pytest.mark.parametrize("cell", ["X", "x", "Х", "х", "N", "n", " X "])
def test_x_of_both_alphabets_and_n_are_not_attempted(cell):
    assert parse_score(cell)[1] is Kind.NOT_ATTEMPTED


@pytest.mark.parametrize(
    "cell", ["отсутствовал", "Отсутствовал", "ОТСУТствовал", "не присутствовал", "oтcутcтвoвaл", " отсутствовала"]
)
def test_absence_in_any_spelling(cell):
    assert parse_variant(cell)[1] is Kind.ABSENT


@pytest.mark.parametrize("cell", ["абв", True, "1e5", "inf", "nan", "٣", "1.2.3", object])
def test_what_is_no_score_is_wrong(cell):
    assert parse_score(cell)[1] is Kind.BAD


@pytest.mark.parametrize(("cell", "variant"), [(" 2", "2"), ("2 ", "2"), ("Var1", "1"), ("вариант 2", "2"), (2.0, "2")])
def test_variants(cell, variant):
    assert parse_variant(cell) == (variant, Kind.NUMBER)


@pytest.mark.parametrize("cell", ["нет отметки", "Нет отметки", "н/а", "H/A", "отсутствовал", "", " ", None, "-"])
def test_no_mark(cell):
    assert parse_mark(cell)[1] is Kind.EMPTY


@pytest.mark.parametrize("cell", ["ж", "зачтено", "4-", True])
def test_not_a_mark(cell):
    assert parse_mark(cell)[1] is Kind.BAD


@pytest.mark.parametrize(
    ("cell", "label"),
    [
        ("4А", "4А"),
        ("4 а", "4А"),
        ("4A", "4А"),
        ('4 "Б"', "4Б"),
        (4.0, "4"),
        ("НЕТ", None),
        ("Нет", None),
        ("нет", None),
        ("М", "М"),
    ],
)
def test_classes(cell, label):
    assert parse_class(cell) == label


def test_counts_and_percents():
    assert parse_count("1,234")[0] == 1234
    assert parse_count("1 722 202")[0] == 1722202
    assert parse_percent("13,44")[0] == pytest.approx(13.44)
    assert parse_percent("13.44 %")[0] == pytest.approx(13.44)
    assert math.isnan(parse_percent("много")[0])


def test_participant_codes():
    assert parse_participant(40001.0) == ("40001", Kind.NUMBER)
    assert parse_participant(" 40001 ") == ("40001", Kind.NUMBER)
    assert parse_participant("1001") == ("1001", Kind.NUMBER)
    assert parse_participant("Иванов Пётр")[1] is Kind.BAD
    assert parse_participant(40001.5)[1] is Kind.BAD


def test_codes_after_before_and_alone():
    assert parse_unit("МБОУ «СОШ (коррекционная)»(edu990389)") == ("edu990389", "МБОУ «СОШ (коррекционная)»")
    assert parse_unit('edu994003 | МБОУ "СОШ"') == ("edu994003", 'МБОУ "СОШ"')
    assert parse_unit("Н-ский муниципальный район(reg99_m012)") == ("reg99_m012", "Н-ский муниципальный район")
    assert parse_unit("reg22_vpr_m026") == ("reg22_m026", "")
    assert parse_unit("Республика N") == (None, "Республика N")
    # «е» and «и» typed in Russian inside the code.
    assert parse_unit("\u0435du990389")[0] == "edu990389"
    assert municipality_label("vpr2020, oo_all, reg22_vpr_m026, edu123456") == "reg22_m026"
    assert is_login("sch990389")
    assert not is_login("edu99038")


def test_gender():
    assert [parse_gender(cell)[0] for cell in ("М", "M", "ж", "Жен.", None)] == ["м", "м", "ж", "ж", None]
    assert parse_gender("4")[1] is Kind.BAD


def test_true_is_not_one():
    values, kinds = numbers([1.0, True, 1, "X"], parse_score)
    assert kinds.tolist() == [Kind.NUMBER, Kind.BAD, Kind.NUMBER, Kind.NOT_ATTEMPTED]
    assert values[0] == values[2] == 1
    assert translate([0, False, 0.0], shown) == ["0", "ЛОЖЬ", "0"]


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "0 строк"),
        (1, "1 строка"),
        (3, "3 строки"),
        (5, "5 строк"),
        (11, "11 строк"),
        (21, "21 строка"),
        (112, "112 строк"),
        (1234, "1\u00a0234 строки"),
    ],
)
def test_plurals(n, text):
    assert wording.rows(n) == text


def test_plurals_after_a_preposition():
    assert [wording.in_rows(n) for n in (1, 3, 11, 21)] == ["в 1 строке", "в 3 строках", "в 11 строках", "в 21 строке"]


def test_addresses():
    assert [address(14, 7), address(0, 26), address(9, 701), address(9, 702)] == ["H15", "AA1", "ZZ10", "AAA10"]


def test_fold_meets_both_alphabets():
    assert fold("Код  Участника\n") == fold("Koд учacтникa")
    assert fold("Ёлка") == "елка"
