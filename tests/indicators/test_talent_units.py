"""Children and entries are never mixed; the funnel links children, not rows; coverage is told by school."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talent_samples import YEAR, contest, contests, data_of, enrolment, entries, entry, norms, observers, support

from oko_lib.indicators.talent.contests import contests_by_list, lists_together, unlisted_events
from oko_lib.indicators.talent.coverage import coverage_by_school, coverage_of
from oko_lib.indicators.talent.groups import disability_participation
from oko_lib.indicators.talent.growth import growth, prize_share_change
from oko_lib.indicators.talent.observers import observation
from oko_lib.indicators.talent.stages import passage, retention, stage_funnel
from oko_lib.indicators.talent.strength import linked_stages
from oko_lib.indicators.talent.units import units
from oko_lib.methods.result import RefusalReason

ALL = frozenset({"school", "municipal", "regional", "final"})


def children(n: int, start: int = 0) -> list[str]:
    return [f"p{number:03d}" for number in range(start, start + n)]


# Published: Moscow, municipal stage: 125 thousand people, 240 thousand works, 48.9 thousand prizes are 20.4 % of works
# and 39.1 % of people (inventory of published totals). The same ratios, in thousandths:


def test_a_share_of_works_is_not_a_share_of_people():
    rows = [entry(f"p{n % 125}", "municipal", subject=f"s{n}") for n in range(240)]
    for number in range(49):
        rows[number]["status"], rows[number]["prize"] = "prize_winner", True
    row = stage_funnel(entries(*rows), ALL, norms()).set_index("stage").loc["municipal"]

    assert (row["entries"], row["persons"]) == (240, 125)
    assert row["prize_of_entries"].value == pytest.approx(0.204, abs=0.0005)
    assert row["prize_of_persons"].value == pytest.approx(0.392, abs=0.0005)
    assert (row["prize_of_entries"].denominator, row["prize_of_persons"].denominator) == (240, 125)


def test_published_totals_of_a_stage_come_out():
    """Алатырский округ 2023/24: 48 prizes of 382 participants of the municipal stage."""
    rows = [entry(person, "municipal") for person in children(382)]
    for row in rows[:48]:
        row["status"], row["prize"] = "winner", True
    found = stage_funnel(entries(*rows), ALL, norms()).set_index("stage").loc["municipal", "prize_of_persons"]

    assert (found.numerator, found.denominator) == (48, 382)
    assert found.interval.low < 48 / 382 < found.interval.high


def test_without_keys_children_are_not_counted_but_entries_are():
    rows = [entry(None) for _ in range(20)]
    row = stage_funnel(entries(*rows), ALL, norms()).iloc[0]

    assert row["entries"] == 20
    assert row["persons"] is None or pd.isna(row["persons"])
    assert row["prize_of_persons"].refusal.reason is RefusalReason.NO_DATA
    assert row["prize_of_entries"].given


@settings(deadline=None)
@given(keyed=st.integers(0, 40))
def test_children_are_counted_from_the_norm_of_keys_on(keyed):
    rows = [entry(f"p{n}" if n < keyed else None) for n in range(40)]
    found = units(entries(*rows), norms())

    assert (found.persons is not None) == (keyed / 40 >= 0.95)
    assert found.entries == 40


def test_a_child_goes_on_in_its_subject_an_entry_only_in_that_subject():
    before = entries(
        *[entry(person, grade=8) for person in children(20)],
        *[entry(person, grade=8, subject="Физика") for person in children(20)],
        entry("young", grade=5),
    )
    after = entries(*[entry(person, "municipal") for person in children(5)])
    on_entries, on_persons = passage(before, after, 7, norms())

    assert (on_persons.numerator, on_persons.denominator) == (5, 20)  # grade 5 cannot go on
    assert (on_entries.numerator, on_entries.denominator) == (5, 40)


def test_nobody_went_on_is_zero_only_where_the_stage_is_known():
    rows = entries(*[entry(person) for person in children(12)])
    known = stage_funnel(rows, frozenset({"school", "municipal"}), norms()).set_index("stage")
    unknown = stage_funnel(rows, frozenset({"school"}), norms()).set_index("stage")

    assert known.loc["municipal", "on_persons"].value == 0
    assert unknown.loc["municipal", "on_persons"].refusal.reason is RefusalReason.NO_DATA


def test_who_left_school_is_not_expected_back():
    rows = entries(
        *[entry(person, year=YEAR - 1, grade=8) for person in children(10)],
        *[entry(f"gone{n}", year=YEAR - 1, grade=11) for n in range(10)],
        *[entry(person, grade=9) for person in children(4)],
    )
    found = retention(rows, YEAR, norms())

    assert (found.numerator, found.denominator) == (4, 10)


# Coverage


def form(covered: dict[str, int | None]) -> pd.DataFrame:
    return support(**{school: {"pupils_talent_events": number} for school, number in covered.items()})


def covered(pupils: dict[str, int], by_form: dict[str, int | None]):
    frame = coverage_by_school(entries(), contests(), enrolment(pupils), form(by_form), YEAR, norms())
    return coverage_of(frame, norms())


@pytest.mark.parametrize(("reached", "met"), [(99, False), (100, True), (101, True)])
def test_exactly_ten_per_cent_is_reached(reached, met):
    found = covered({"a": 500, "b": 500}, {"a": reached, "b": 0})

    assert found.target_met is met


def test_a_school_without_a_form_is_neither_zero_nor_in_the_share():
    found = covered({"a": 100, "b": 900}, {"a": 20})

    assert (found.by_form.numerator, found.by_form.denominator) == (20, 100)
    assert found.without_form == ("b",)
    assert found.target_met is True


def test_three_villages_hold_a_district_below_the_norm():
    pupils = dict.fromkeys("abcdefghij", 100) | {"v1": 150, "v2": 140, "v3": 120}
    by_form = dict.fromkeys("abcdefghij", 12) | {"v1": 0, "v2": 0, "v3": 0}
    found = covered(pupils, by_form)

    assert found.target_met is False
    assert found.holding == ("v1", "v2", "v3")
    assert found.rest.value == pytest.approx(0.12)


def test_when_half_of_the_schools_lack_nobody_is_named():
    found = covered(dict.fromkeys("abcdef", 100), dict.fromkeys("abcdef", 5))

    assert found.target_met is False
    assert found.holding == ()
    assert not found.rest.given


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1)), min_size=1, max_size=12),
)
def test_the_rest_reaches_the_norm_whenever_schools_are_named(sizes):
    pupils = {f"s{n:02d}": size for n, (size, _) in enumerate(sizes)}
    by_form = {f"s{n:02d}": int(size * part) for n, (size, part) in enumerate(sizes)}
    found = covered(pupils, by_form)

    if found.holding:
        assert found.target_met is False
        assert found.rest.value >= found.target - 1e-9
        assert len(found.holding) * 3 <= len(pupils)


# Contests


def test_a_child_of_two_lists_is_one_child():
    rows = contests(
        contest("p1"), contest("p1", "federal_science"), contest("p2"), contest("p1", stage="final", status="winner")
    )
    table = contests_by_list(rows, 200.0, norms()).set_index("event_list")
    pupils, _, _ = lists_together(rows, ("federal_education", "federal_science"), 200.0, norms())

    assert table.loc["federal_education", "persons"] == 2
    assert (pupils.numerator, pupils.denominator) == (2, 200)
    assert table.loc["regional", "entries"] == 0
    assert table.loc["regional", "prize_of_final"].refusal.reason is RefusalReason.NO_DATA


def test_an_event_outside_the_register_is_named_and_spelling_does_not_matter():
    events = pd.DataFrame(
        {"year": [YEAR], "event_list": ["federal_education"], "event": ["«Большая перемёна»"], "event_kind": [None]}
    )
    rows = contests(contest("p1", event="большая  перемена"), contest("p2", event="Чужой турнир"))
    found = unlisted_events(rows, events, YEAR)

    assert list(found["event"]) == ["Чужой турнир"]
    assert unlisted_events(rows, events.assign(year=YEAR - 1), YEAR).empty


def test_children_with_disabilities_are_counted_beyond_their_school():
    home = [entry(f"d{n}", has_disability=True) for n in range(9)]
    beyond = [entry("d1", "municipal", has_disability=True), entry("p1", "municipal", has_disability=False)]
    listed = contests(contest("d1", has_disability=True), contest("d2", has_disability=True))
    pupils = enrolment({"edu240001": 100}, disabled=20)
    found = disability_participation(entries(*home, *beyond), listed, pupils, YEAR, norms())

    assert (found.numerator, found.denominator) == (2, 20)
    small = disability_participation(
        entries(*home, *beyond), listed, enrolment({"edu240001": 100}, disabled=9), YEAR, norms()
    )
    assert small.refusal.reason is RefusalReason.TOO_FEW


# Observers, growth, links


def test_an_olympiad_without_an_independent_observer_is_named_and_silence_is_not_zero():
    frame = observers(
        ("municipal", "Физика", 0, "a", 4.0, 4.0, 1.0, 0.0, True),
        ("municipal", "Химия", 0, "a", 4.0, 1.0, 0.0, 1.0, True),
        ("municipal", "Право", 0, "b", None, None, None, None, None),
    )
    found = observation(frame, "municipal", YEAR)

    assert (found.olympiads.numerator, found.olympiads.denominator) == (1, 2)
    assert (found.rooms.numerator, found.rooms.denominator) == (5, 8)
    assert found.own_observers == 1
    assert list(found.unobserved["subject"]) == ["Химия"]


def test_growth_is_silent_where_the_stage_was_not_held_last_year():
    rows = entries(*[entry(person) for person in children(30)])
    data = data_of(rows, held={YEAR: ALL, YEAR - 1: frozenset(), YEAR - 2: frozenset()})

    assert "school_participants" not in set(growth(data, norms())["measure"])


def test_growth_counts_children_once_and_prizes_as_entries():
    before = [entry(f"b{n}", "municipal", school=f"s{n % 8}", year=YEAR - 1) for n in range(40)]
    after = [
        entry(f"a{n}", "municipal", school=f"s{n % 8}", subject=subject, status="winner")
        for n in range(60)
        for subject in ("Физика", "Химия")
    ]
    found = growth(data_of(entries(*before, *after)), norms()).set_index("measure")

    assert tuple(found.loc["municipal_participants", ["before", "after"]]) == (40, 60)
    assert tuple(found.loc["municipal_prizes", ["before", "after"]]) == (0, 120)
    assert found.loc["municipal_participants", "formal"] == "growth"


def test_a_share_of_prizes_that_did_not_move_is_no_growth():
    rows = []
    for year in (YEAR - 1, YEAR):
        for n in range(60):
            rows.append(
                entry(
                    f"{year}{n}",
                    "municipal",
                    school=f"s{n % 6}",
                    year=year,
                    status="winner" if n % 3 else "participant",
                )
            )
    change, rose = prize_share_change(entries(*rows), YEAR, norms())

    assert rose is False
    assert change.value == pytest.approx(0)


def test_home_and_next_stage_are_linked_by_child_and_subject():
    rows = entries(
        entry("p1", score=30, status="winner"),
        entry("p1", subject="Физика", score=20),
        entry("p1", "municipal", score=12),
        entry("p2", score=10),
        entry(None, score=10),
    )
    found = linked_stages(rows).set_index(["person", "subject"])

    assert len(found) == 3  # the nameless entry cannot be linked
    assert bool(found.loc[("p1", "Математика"), "next_present"])
    assert found.loc[("p1", "Математика"), "next_score_share"] == pytest.approx(0.3)
    assert not found.loc[("p1", "Физика"), "next_present"]
    assert bool(found.loc[("p1", "Математика"), "home_prize"])
