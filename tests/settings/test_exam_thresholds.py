"""Thresholds of exams: edges, sources, years, and words for what is not there."""

import csv
import io

import numpy as np
import pytest

from oko_lib.settings.loading import SettingsError, validate
from oko_lib.settings.subjects import load_subjects
from oko_lib.settings.thresholds import ExamThresholds, load_exam_thresholds
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace


@pytest.fixture(scope="module")
def thresholds():
    return load_exam_thresholds(Workspace(PROJECT_ROOT))


@pytest.mark.parametrize(
    ("exam", "subject", "scale", "passed", "failed"),
    [
        ("ЕГЭ", "Русский язык", "test_score", 24, 23),
        ("ЕГЭ", "Математика профильная", "test_score", 27, 26),
        ("ЕГЭ", "Математика базовая", "mark", 3, 2),
        ("ЕГЭ", "Обществознание", "test_score", 42, 41),
        ("ОГЭ", "Математика", "mark", 3, 2),
        ("ОГЭ", "Химия", "mark", 3, 2),
        ("ГВЭ-9", "Русский язык", "mark", 3, 2),
        ("ГВЭ-11", "Математика", "mark", 3, 2),
    ],
)
def test_exactly_the_minimum_has_passed(thresholds, exam, subject, scale, passed, failed):
    found = thresholds.threshold(exam, subject, 2026)
    assert found.scale == scale
    assert found.minimum.reached(passed)
    assert not found.minimum.reached(failed)


@pytest.mark.parametrize("subject", ["Русский язык", "Математика профильная"])
def test_exactly_sixty_is_not_more_than_sixty(thresholds, subject):
    high = thresholds.threshold("ЕГЭ", subject, 2026).high
    assert high.reached(np.array([59, 60, 61])).tolist() == [False, False, True]
    assert high.official
    assert "1.2.3" in high.clause


def test_success_in_marks_includes_four(thresholds):
    for exam, subject in (("ОГЭ", "Математика"), ("ОГЭ", "Русский язык"), ("ЕГЭ", "Математика базовая")):
        high = thresholds.threshold(exam, subject, 2026).high
        assert high.reached(np.array([3, 4, 5])).tolist() == [False, True, True]


def test_universities_want_more_russian(thresholds):
    found = thresholds.threshold("ЕГЭ", "Русский язык", 2026)
    assert (found.minimum.value, found.university.value) == (24, 36)


def test_the_composite_rule_of_mathematics_is_said_in_words(thresholds):
    rule = thresholds.threshold("ОГЭ", "Математика", 2023).rule_ru
    assert "8" in rule
    assert "геометрию" in rule
    assert "как даны" in rule
    assert not thresholds.threshold("ОГЭ", "Русский язык", 2023).rule_ru


def test_numbers_not_seen_in_an_official_text_say_so(thresholds):
    """Minima of ЕГЭ were retold by the press; nobody may take them for checked."""
    for entry in thresholds.exams:
        if entry.exam == "ЕГЭ":
            assert "не с текстом приказа" in entry.minimum.note, entry.subject


def test_subjects_are_those_of_the_dictionary(thresholds):
    names = set(load_subjects(Workspace(PROJECT_ROOT)).names) | {"все"}
    assert {entry.subject for entry in thresholds.exams} <= names


def test_what_is_not_there_is_named(thresholds):
    with pytest.raises(SettingsError, match=r"«Русский язык».*Есть|есть предметы.*Русский язык"):
        thresholds.threshold("ЕГЭ", "Русский языкк", 2026)
    with pytest.raises(SettingsError, match="с 2019 года"):
        thresholds.threshold("ЕГЭ", "Русский язык", 2016)
    with pytest.raises(SettingsError, match="Есть экзамены: ОГЭ"):
        thresholds.threshold("ВПР", "Русский язык", 2026)


FOUND = """exam,subject,max_primary,mark3_min,mark4_min,mark5_min
ОГЭ,История,37,11,21,30
ОГЭ,Математика,31,8,,
ОГЭ,Информатика,19,5,11,16
ГВЭ-9,Математика (100-е номера),14,4,7,10
ГВЭ-9,Математика (200-е номера),12,4,7,10
"""


def test_known_scales_are_the_published_ones(thresholds):
    known = {(scale.exam, scale.subject): scale for scale in thresholds.scales}
    rows = list(csv.DictReader(io.StringIO(FOUND)))
    assert len(known) == len(rows)
    for row in rows:
        scale = known[row["exam"], row["subject"]]
        for name in ("max_primary", "mark3_min", "mark4_min", "mark5_min"):
            assert getattr(scale, name) == (int(row[name]) if row[name] else None)
    assert not known["ОГЭ", "Информатика"].official


LIMIT = {"at_least": 3, "source": "Приказ", "clause": "п. 1", "year": 2020, "official": True}
ENTRY = {"exam": "ОГЭ", "subject": "все", "from_year": 2020, "to_year": None, "scale": "mark", "minimum": LIMIT}


def test_entries_of_several_years_follow_each_other():
    old = {**ENTRY, "to_year": 2021}
    new = {**ENTRY, "from_year": 2022, "minimum": {**LIMIT, "at_least": 4}}
    found = validate({"exams": [old, new]}, ExamThresholds, "x")
    assert [found.threshold("ОГЭ", "Химия", year).minimum.value for year in (2020, 2021, 2022, 2030)] == [3, 3, 4, 4]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"exam": "ОГ"}, "ОГЭ"),
        ({"minimun": LIMIT}, "minimun"),
        ({"minimum": {**LIMIT, "more_than": 3}}, "одно из двух"),
        ({"minimum": {**LIMIT, "at_least": None}}, "одно из двух"),
        ({"minimum": {**LIMIT, "at_least": 27}}, "больше возможного"),
        ({"minimum": {key: value for key, value in LIMIT.items() if key != "source"}}, "source"),
        ({"to_year": 2019}, "раньше"),
    ],
)
def test_wrong_entries_are_refused(changed, words):
    with pytest.raises(SettingsError, match=words):
        validate({"exams": [{**ENTRY, **changed}]}, ExamThresholds, "exams.yaml")


def test_two_entries_for_one_year_are_refused():
    with pytest.raises(SettingsError, match="об одних и тех же годах"):
        validate({"exams": [{**ENTRY, "to_year": 2022}, {**ENTRY, "from_year": 2022}]}, ExamThresholds, "exams.yaml")
