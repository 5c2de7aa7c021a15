"""Every indicator of 1.3 and 1.1.5 that rests on data is given under its code, with data and without."""

from __future__ import annotations

import pytest
from talent_samples import YEAR, contest, contests, data_of, enrolment, entries, entry, norms, observers, support

from oko_lib.indicators.talent.indicator_values import municipality_values, region_values, school_values
from oko_lib.indicators.talent.summary import summarise
from oko_lib.methods.result import RefusalReason

# Codes of the official table whose kind is a share, a number or dynamics (not «наличие документа»); 1.1.5 and a few
# school indicators are «наличие» that data show.
MUNICIPALITY = {
    "1.1.5-M01", "1.1.5-M02",
    "1.3.2-M01", "1.3.2-M02", "1.3.2-M03", "1.3.3-M01", "1.3.3-M02", "1.3.4-M01", "1.3.4-M02", "1.3.5-M01",
    "1.3.5-M02", "1.3.5-M03", "1.3.6-M01", "1.3.6-M02", "1.3.8-M01", "1.3.8-M02", "1.3.8-M03", "1.3.9-M01",
    "1.3.9-M02", "1.3.10-M01", "1.3.10-M02", "1.3.11-M01", "1.3.11-M02",
}  # fmt: skip
REGION = {
    "1.1.5-R01", "1.1.5-R02",
    "1.3.1-R01", "1.3.2-R01", "1.3.2-R02", "1.3.3-R01", "1.3.3-R02", "1.3.3-R03", "1.3.4-R01", "1.3.5-R01",
    "1.3.5-R02", "1.3.6-R01", "1.3.6-R02", "1.3.9-R01",
}  # fmt: skip
SCHOOL = {"1.1.5-S01", "1.3.4-S01", "1.3.5-S01", "1.3.6-S01", "1.3.6-S02"}


@pytest.fixture(scope="module")
def full():
    people = [f"p{n:02d}" for n in range(40)]
    rows = [
        *[entry(person, school=f"s{n % 5}") for n, person in enumerate(people)],
        *[entry(person, "municipal", school=f"s{n % 5}", status="winner" if n < 6 else "participant")
          for n, person in enumerate(people[:24])],
        *[entry(person, "regional", grade=10, status="prize_winner" if n < 5 else "participant")
          for n, person in enumerate(people[:12])],
        entry("only-later", "municipal"),
    ]  # fmt: skip
    forms = {
        "pupils_talent_events": 8, "pupils_individual_programme": 3, "pupils_individual_plan": 0, "pupils_sirius": 1,
        "pupils_additional_education": 60, "pupils_additional_education_talent": 20, "programmes_additional": 10,
        "programmes_additional_talent": 4, "pupils_network": 5, "programmes_network_individual": 1,
        "programmes_network_plan": 0, "interagency_programme": True, "navigator_requests": 12, "teachers": 20,
        "teachers_trained_gifted": 5, "psychologists": 2, "psychologists_trained_gifted": 1,
        "psychologists_identifying": 2, "mentors": 4, "mentors_awarded": 1, "programmes_university": 1,
        "programmes_university_all": 2,
    }  # fmt: skip
    listed = contests(
        *[contest(person) for person in people[:10]],
        *[contest(person, stage="final", status="winner" if n < 3 else "participant")
          for n, person in enumerate(people[:10])],
        contest("p01", "regional"), contest("p02", "municipal"),
    )  # fmt: skip
    schools = {f"s{n}": 100 for n in range(5)}
    watched = observers(
        ("municipal", "Физика", 0, "s0", 4.0, 4.0, 1.0, 0.0, True),
        ("regional", "Физика", 0, "s0", 4.0, 4.0, 0.0, 0.0, False),
        ("school", "Физика", 0, "s1", 4.0, 4.0, 1.0, 0.0, True),
    )
    data = data_of(entries(*rows), listed, enrolment(schools), support(**dict.fromkeys(schools, forms)), watched)
    return summarise(data, norms())


def by_code(values):
    found: dict[str, list] = {}
    for value in values:
        found.setdefault(value.code, []).append(value)
    return found


def test_codes_are_those_of_the_official_table(full):
    assert set(by_code(municipality_values(full, "m1"))) == MUNICIPALITY
    assert set(by_code(region_values(full, {"m1": full.data}))) == REGION
    assert set(by_code(school_values(full, full.data.schools))) == SCHOOL


def test_values_of_a_municipality(full):
    found = by_code(municipality_values(full, "m1"))

    def one(code, reading=""):
        return next(value for value in found[code] if value.reading == reading).estimate

    assert one("1.3.2-M01", "от учеников 5–11 классов").value == pytest.approx(40 / 500)
    assert one("1.3.2-M01", "от участников всех этапов, чел.").value == pytest.approx(40 / 41)
    assert one("1.3.2-M02", "от участий").value == pytest.approx(6 / 25)
    assert one("1.3.2-M03", "от людей").value == pytest.approx(5 / 12)
    assert one("1.3.3-M01", "от всех учеников").value == pytest.approx(10 / 500)
    assert one("1.3.3-M02", "от участий").value == pytest.approx(3 / 10)
    assert one("1.3.4-M02").value == pytest.approx(0.4)
    assert one("1.3.5-M01", "число").value == 15
    assert one("1.3.6-M02").value == 0
    assert one("1.3.8-M03").value == 1
    assert one("1.3.9-M01").value == pytest.approx(0.25)
    assert one("1.3.11-M01").value == pytest.approx(1 / 500)
    assert one("1.1.5-M02", "да или нет").value == 1


def test_a_regional_olympiad_without_observers_is_a_no(full):
    found = by_code(region_values(full, {"m1": full.data}))

    assert found["1.1.5-R02"][0].estimate.value == 0
    assert found["1.3.5-R02"][0].estimate.value == 1
    assert found["1.3.6-R02"][0].estimate.value == 0


def test_schools_say_yes_no_and_nothing(full):
    found = by_code(school_values(full, ["s0", "s1", "s9"]))
    programmes = {value.unit: value.estimate for value in found["1.3.5-S01"]}
    plans = {value.unit: value.estimate for value in found["1.3.6-S01"]}

    assert programmes["s0"].value == 1
    assert plans["s0"].value == 0
    assert programmes["s9"].refusal.reason is RefusalReason.NO_DATA


def test_without_data_every_indicator_says_what_it_lacks():
    bare = summarise(data_of(entries(), pupils=enrolment({"s1": 40}), held={YEAR: frozenset()}), norms())
    for value in [*municipality_values(bare, "m1"), *region_values(bare, {"m1": bare.data})]:
        if value.code in {"1.3.6-M01"} or value.code.startswith("1.3.11") or value.code == "1.3.3-M01":
            continue  # enrolment is there: these have a denominator
        assert not value.estimate.given, value.code
