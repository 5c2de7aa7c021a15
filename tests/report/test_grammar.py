"""Agreement of numerals and verbs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.report import grammar
from oko_lib.report.refusals import cell_code, refusal_code, refusal_sentence

B = "\u00a0"


@pytest.mark.parametrize(
    ("n", "noun", "text"),
    [
        (1, "школа", "1 школа"),
        (2, "школа", "2 школы"),
        (5, "школа", "5 школ"),
        (0, "школа", "0 школ"),
        (11, "школа", "11 школ"),
        (12, "школа", "12 школ"),
        (14, "школа", "14 школ"),
        (21, "школа", "21 школа"),
        (104, "школа", "104 школы"),
        (111, "школа", "111 школ"),
        (1001, "школа", "1\u202f001 школа"),
        (2, "человек", "2 человека"),
        (5, "человек", "5 человек"),
        (3, "год", "3 года"),
        (5, "год", "5 лет"),
        (4, "участник", "4 участника"),
        (7, "участник", "7 участников"),
        (2, "пониженная отметка", "2 пониженные отметки"),
        (2, "муниципальный район", "2 муниципальных района"),
        (5, "участник ВПР", "5 участников ВПР"),
        (2, "ребёнок", "2 ребёнка"),
        (5, "ребёнок", "5 детей"),
        (3, "пара отметок", "3 пары отметок"),
        (5, "балл", "5 баллов"),
        (1.5, "балл", "1,5 балла"),
    ],
)
def test_count(n, noun, text):
    assert grammar.count(n, noun).replace(B, " ") == text


@pytest.mark.parametrize(
    ("n", "case", "text"),
    [
        (1, "prepositional", "1 школе"),
        (3, "prepositional", "3 школах"),
        (21, "prepositional", "21 школе"),
        (14, "genitive", "14 школ"),
        (2, "dative", "2 школам"),
        (21, "accusative", "21 школу"),
        (2, "accusative", "2 школы"),
    ],
)
def test_count_in_a_case(n, case, text):
    assert grammar.count(n, "школа", case=case).replace(B, " ") == text


def test_numerals_in_words():
    assert grammar.count_in_words(3, "школа", "prepositional") == "трёх школах"
    assert grammar.count_in_words(2, "школа") == "две школы"
    assert grammar.count_in_words(1, "школа", "accusative") == "одну школу"
    assert grammar.count_in_words(1, "ученик", "accusative") == "одного ученика"
    assert grammar.count_in_words(2, "ученик", "accusative") == "двух учеников"
    assert grammar.count_in_words(14, "школа", "prepositional").replace(B, " ") == "14 школах"


def test_explicit_forms_win():
    assert grammar.count(5, "ОО", ("ОО", "ОО", "ОО")).replace(B, " ") == "5 ОО"
    assert grammar.noun(5, "кабинет", ("зал", "зала", "залов")) == "залов"


def test_small_helpers():
    assert grammar.agree(21, "требует", "требуют") == "требует"
    assert grammar.agree(11, "требует", "требуют") == "требуют"
    assert grammar.listed(["а"]) == "а"
    assert grammar.listed(["а", "б", "в"]) == "а, б и в"
    assert grammar.listed([]) == ""
    assert grammar.sentence("вывод невозможен") == "Вывод невозможен."


@settings(max_examples=200)
@given(st.integers(min_value=0, max_value=10**6))
def test_form_depends_on_the_last_two_digits_only(n):
    assert grammar.noun(n, "школа") == grammar.noun(n % 100, "школа") == grammar.noun(n + 100, "школа")
    expected = "школ" if 11 <= n % 100 <= 14 or n % 10 in {0, 5, 6, 7, 8, 9} else "школа" if n % 10 == 1 else "школы"
    assert grammar.noun(n, "школа") == expected


def test_refusals_in_words():
    few = Refusal(RefusalReason.TOO_FEW, 7, 10)
    assert refusal_sentence(few).replace(B, " ") == "вывод невозможен: 7 участников, нужно не менее 10"
    assert refusal_sentence(Refusal(RefusalReason.TOO_FEW, 0, 10), "пара отметок") == (
        "вывод невозможен: нет пар отметок, нужно не менее 10"
    )
    assert refusal_code(few) == "м.д."
    assert refusal_code(Refusal(RefusalReason.NO_DATA)) == "…"
    assert cell_code(Estimate(None, None, 0)) == "…"
    for reason in RefusalReason:
        assert refusal_sentence(Refusal(reason)).startswith("вывод невозможен: ")
        assert refusal_code(Refusal(reason)) in {"м.д.", "…", "—"}
