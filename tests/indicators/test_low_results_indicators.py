"""Indicators of 1.2.3 under their codes: all of them, always, each on its own procedure."""

import pytest
from low_results_samples import NORMS, YEAR, YEARS, counted

from oko_lib.indicators.low_results.dynamics import measure_summary, region_dynamics
from oko_lib.indicators.low_results.indicator_values import measure_values, school_values
from oko_lib.indicators.low_results.measures import MEASURES

#: The official table of school indicators: number → procedure and what is counted.
SCHOOL = {
    "1.2.3-S01": ("ОГЭ · Математика", "success"),
    "1.2.3-S02": ("ОГЭ · Математика", "below"),
    "1.2.3-S03": ("ОГЭ · Русский язык", "success"),
    "1.2.3-S04": ("ОГЭ · Русский язык", "below"),
    "1.2.3-S05": ("ЕГЭ · Математика базовая", "success"),
    "1.2.3-S06": ("ЕГЭ · Математика профильная", "success"),
    "1.2.3-S07": ("ЕГЭ · Математика профильная", "below"),
    "1.2.3-S08": ("ЕГЭ · Математика базовая", "below"),
    "1.2.3-S09": ("ЕГЭ · Русский язык", "success"),
    "1.2.3-S10": ("ЕГЭ · Русский язык", "below"),
    "1.2.3-S11": ("КДР · reading_literacy · 4", "success"),
    "1.2.3-S12": ("КДР · reading_literacy · 6", "success"),
    "1.2.3-S13": ("КДР · science_literacy · 8", "success"),
}


def test_every_school_indicator_reads_its_own_procedure_and_column():
    """Each procedure has successes and failures of its own, so that no two indicators can be mistaken."""
    procedures = list(dict.fromkeys(procedure for procedure, _ in SCHOOL.values()))
    rows = [("a", YEAR, name, 100, 50 + place, 10 + place) for place, name in enumerate(procedures)]
    rows += [("a", YEAR - 1, name, 100, 1, 1) for name in procedures]
    values = school_values(counted(*rows), ["a"], YEAR, NORMS)
    assert [value.code for value in values] == list(SCHOOL)
    for value in values:
        procedure, column = SCHOOL[value.code]
        expected = procedures.index(procedure) + (50 if column == "success" else 10)
        assert value.title_ru == procedure
        assert value.estimate.numerator == expected, value.code
        assert (value.level, value.unit, value.year, value.reading) == ("school", "a", YEAR, "")


def test_a_school_without_an_exam_has_all_codes_and_no_number():
    values = school_values(counted(("a", YEAR, "ОГЭ · Математика", 20, 12, 3)), ["b", "a"], YEAR, NORMS)
    assert [(value.unit, value.code) for value in values] == [(school, code) for school in "ab" for code in SCHOOL]
    given = {(value.unit, value.code): value.estimate.value for value in values if value.estimate.given}
    assert given == {("a", "1.2.3-S01"): pytest.approx(0.6), ("a", "1.2.3-S02"): pytest.approx(0.15)}
    reasons = {value.estimate.refusal.reason for value in values if not value.estimate.given}
    assert reasons == {"no_data"}


def test_small_schools_are_refused():
    values = school_values(counted(("a", YEAR, "ОГЭ · Математика", 9, 5, 1)), ["a"], YEAR, NORMS)
    assert values[0].estimate.refusal.reason == "too_few"
    assert values[0].estimate.value is None


@pytest.mark.parametrize(("level", "unit", "letter"), [("municipality", "reg88_m001", "M"), ("region", "", "R")])
def test_all_seven_measures_stand_in_both_readings_with_no_data_where_there_are_none(level, unit, letter):
    rows = [
        (f"s{number:02d}", year, "ОГЭ · Русский язык", 25, 10 + (number == 0) * 12 * (year == YEAR))
        for number in range(25)
        for year in YEARS
    ]
    dynamics = region_dynamics(counted(*rows), YEAR, NORMS)
    summaries = [measure_summary(change, ["s00", "s01", "s02"], NORMS) for change in dynamics.measures]
    values = measure_values(summaries, level, unit, YEAR)
    expected = [(f"1.2.3-{letter}{n:02d}", reading) for n in range(1, 8) for reading in ("formal", "reliable")]
    assert [(value.code, value.reading) for value in values] == expected
    given = {value.code for value in values if value.estimate.given}
    assert given == {f"1.2.3-{letter}02"}
    russian = {value.reading: value.estimate for value in values if value.code.endswith("02")}
    assert (russian["reliable"].numerator, russian["reliable"].denominator) == (1, 3)
    assert (russian["formal"].numerator, russian["formal"].denominator) == (1, 3)
    assert all(value.estimate.refusal.reason == "no_data" for value in values if value.code not in given)
    assert {(value.level, value.unit, value.year) for value in values} == {(level, unit, YEAR)}


def test_codes_and_procedures_of_the_measures_agree():
    assert [(item.number, item.region_code[-3:], item.municipality_code[-3:]) for item in MEASURES] == [
        (n, f"R{n:02d}", f"M{n:02d}") for n in range(1, 8)
    ]
    pairs = {}
    for item in MEASURES:
        pairs |= {code: (name, "success") for code, name in zip(item.success_codes, item.procedures, strict=True)}
        pairs |= {code: (name, "below") for code, name in zip(item.failure_codes, item.procedures, strict=False)}
    assert pairs == SCHOOL
