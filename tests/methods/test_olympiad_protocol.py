from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.olympiad_protocol import Apart, ProtocolRule, check_protocols

COLUMNS = ["year", "stage", "subject", "grade", "school", "person", "score", "max_score", "status"]


def frame(rows, quota=None):
    entries = pd.DataFrame(rows, columns=COLUMNS)
    return entries if quota is None else entries.assign(quota=quota)


def protocol(results, stage="municipal", year=2026, subject="math", grade=9, most=40, first=0):
    """One protocol from (score, status) pairs; every entry is another child of school s0, s1, s0, …"""
    return [
        (year, stage, subject, grade, f"s{k % 2}", f"p{first + k}", score, most, status)
        for k, (score, status) in enumerate(results)
    ]


def faults_of(checks, rule):
    return checks.faults[checks.faults["rule"] == rule]


def test_a_winner_with_exactly_half_is_wrong_and_just_above_is_right():
    rows = protocol([(20, "winner")]) + protocol([(20.5, "winner")], grade=10) + protocol([(19, "winner")], grade=11)
    found = faults_of(check_protocols(frame(rows)), ProtocolRule.WINNER_NOT_ABOVE_HALF)
    assert found["rows"].tolist() == [(0,), (2,)]
    assert found["value"].tolist() == [20, 19]
    assert found["limit"].tolist() == [20, 20]
    assert found["grade"].tolist() == [9, 11]


def test_half_is_asked_only_of_the_stages_named():
    rows = protocol([(10, "winner")], stage="regional")
    assert faults_of(check_protocols(frame(rows)), ProtocolRule.WINNER_NOT_ABOVE_HALF).empty
    asked = check_protocols(frame(rows), half_stages=("regional",))
    assert len(faults_of(asked, ProtocolRule.WINNER_NOT_ABOVE_HALF)) == 1


def test_a_winner_without_maximum_is_not_checked_and_counted():
    checks = check_protocols(frame(protocol([(20, "winner")], most=np.nan)))
    row = checks.checked.loc[ProtocolRule.WINNER_NOT_ABOVE_HALF]
    assert row[["n_checked", "n_unchecked", "n_faults"]].tolist() == [0, 1, 0]


def test_winner_below_the_top_score():
    rows = protocol([(35, "winner"), (36, "prize_winner"), (35, "winner"), (36, "winner"), (30, "prize_winner")])
    found = faults_of(check_protocols(frame(rows)), ProtocolRule.WINNER_NOT_MAXIMUM)
    assert found["rows"].tolist() == [(0,), (2,)]
    assert found["limit"].unique().tolist() == [36]


def test_top_scores_are_of_the_group_named():
    rows = protocol([(35, "winner"), (36, "winner")])  # schools s0 and s1
    assert len(faults_of(check_protocols(frame(rows)), ProtocolRule.WINNER_NOT_MAXIMUM)) == 1
    alone = check_protocols(frame(rows), group=("year", "stage", "subject", "grade", "school"))
    assert faults_of(alone, ProtocolRule.WINNER_NOT_MAXIMUM).empty


@pytest.mark.parametrize(
    ("awarded", "quota", "wrong"), [(3, 0.3, False), (4, 0.3, True), (3, 0.39, False), (1, 0, True)]
)
def test_the_quota_is_rounded_down_and_may_be_used_up(awarded, quota, wrong):
    results = [(40 - k, "winner" if k == 0 else "prize_winner" if k < awarded else "participant") for k in range(10)]
    found = faults_of(check_protocols(frame(protocol(results), quota)), ProtocolRule.OVER_QUOTA)
    assert len(found) == int(wrong)
    if wrong:
        case = found.iloc[0]
        assert (case["value"], case["limit"], case["n"], case["n_rows"]) == (awarded, np.floor(10 * quota), 10, awarded)


def test_quota_counts_those_who_took_part_and_binary_rounding_does_not_matter():
    # 0.29 * 100 is 28.999999999999996 in binary.
    results = [(40 - k / 10, "prize_winner" if k < 29 else "participant") for k in range(100)]
    assert faults_of(check_protocols(frame(protocol(results), 0.29)), ProtocolRule.OVER_QUOTA).empty
    absent = [*results[:99], (np.nan, None)]
    found = faults_of(check_protocols(frame(protocol(absent), 0.29)), ProtocolRule.OVER_QUOTA)
    assert found["n"].tolist() == [99]


def test_a_tie_at_the_border_is_said():
    tie = protocol([(38, "winner"), (30, "prize_winner"), (30, "prize_winner"), (20, "participant")])
    plain = protocol([(38, "winner"), (30, "prize_winner"), (29, "prize_winner"), (20, "participant")], grade=10)
    found = faults_of(check_protocols(frame(tie + plain, 0.5)), ProtocolRule.OVER_QUOTA)
    assert dict(zip(found["grade"], found["by_tie"], strict=True)) == {9: True, 10: False}


def test_no_quota_no_check():
    results = [(30, "prize_winner")]
    for entries in (frame(protocol(results)), frame(protocol(results), np.nan)):
        row = check_protocols(entries).checked.loc[ProtocolRule.OVER_QUOTA]
        assert row[["n_checked", "n_unchecked", "n_faults"]].tolist() == [0, 1, 0]


def test_quota_over_all_grades_together():
    rows = protocol([(30, "prize_winner"), (20, "participant")]) + protocol([(9, "participant")] * 2, grade=10, first=5)
    assert len(faults_of(check_protocols(frame(rows, 0.25)), ProtocolRule.OVER_QUOTA)) == 1
    together = check_protocols(frame(rows, 0.25), quota_group=("year", "stage", "subject"))
    assert faults_of(together, ProtocolRule.OVER_QUOTA).empty


def test_equal_scores_with_different_status():
    rows = protocol([(30, "prize_winner"), (30, "participant"), (30, "prize_winner"), (29, "participant")])
    rows += protocol([(30, "participant")], grade=10, first=9)
    checks = check_protocols(frame(rows))
    found = faults_of(checks, ProtocolRule.EQUAL_SCORES_DIFFERENT_STATUS)
    assert found["rows"].tolist() == [(0, 1, 2)]
    assert found["value"].tolist() == [30]
    assert pd.isna(found["school"].iloc[0])  # several schools
    assert checks.checked.loc[ProtocolRule.EQUAL_SCORES_DIFFERENT_STATUS, "n_checked"] == 1


def test_sums_of_tenths_are_equal_scores():
    rows = protocol([(0.1 + 0.2, "prize_winner"), (0.3, "participant")])
    assert len(faults_of(check_protocols(frame(rows)), ProtocolRule.EQUAL_SCORES_DIFFERENT_STATUS)) == 1


def test_one_child_twice_also_in_two_grades():
    rows = protocol([(30, "prize_winner"), (20, "participant")])
    rows += protocol([(10, "participant")], grade=10)  # p0 again
    rows += protocol([(10, "participant")], subject="physics")  # another subject is no fault
    rows += [(2026, "municipal", "math", 9, "s0", None, 1, 40, "participant")] * 2  # unknown persons are not one
    checks = check_protocols(frame(rows))
    found = faults_of(checks, ProtocolRule.SAME_PERSON_TWICE)
    assert found["rows"].tolist() == [(0, 2)]
    assert found[["value", "n"]].to_numpy().tolist() == [[2, 2]]
    assert pd.isna(found["grade"].iloc[0])
    assert found["school"].iloc[0] == "s0"
    row = checks.checked.loc[ProtocolRule.SAME_PERSON_TWICE]
    assert row[["n_checked", "n_unchecked", "n_rows"]].tolist() == [4, 2, 2]


def earlier_case(**changes):
    """Two years of the municipal stage with the school stage before; child p9 of s1 did not take part at school."""
    at_school = protocol([(30, "winner"), (25, "prize_winner"), (9, "participant")], stage="school")
    came = [
        *protocol([(30, "winner"), (9, "participant")]),
        (2026, "municipal", "math", 9, "s1", "p9", 5, 40, "participant"),
    ]
    last_year = [(2025, "municipal", "math", 8, "s0", "p0", 9, 40, "participant")]
    last_year += [(2025, "municipal", "math", 8, "s1", "p9", 30, 40, changes.get("last_status", "participant"))]
    return frame([*at_school, *came, *last_year])


def absent_rows(checks):
    return faults_of(checks, ProtocolRule.ABSENT_FROM_EARLIER_STAGE)["rows"].tolist()


def test_absent_from_the_earlier_stage():
    checks = check_protocols(earlier_case())
    assert absent_rows(checks) == [(5,)]
    assert checks.apart.empty
    # Last year's entries have no school stage of their year in the data: not checked.
    row = checks.checked.loc[ProtocolRule.ABSENT_FROM_EARLIER_STAGE]
    assert row[["n_checked", "n_unchecked"]].tolist() == [3, 2]


def test_last_years_laureate_is_reported_apart():
    checks = check_protocols(earlier_case(last_status="prize_winner"))
    assert absent_rows(checks) == []
    assert checks.apart[["row", "reason"]].to_numpy().tolist() == [[5, Apart.LAST_YEARS_LAUREATE]]


def test_without_last_years_protocol_nobody_is_named():
    entries = earlier_case().query("year == 2026")
    checks = check_protocols(entries)
    assert absent_rows(checks) == []
    assert checks.apart["reason"].tolist() == [Apart.LAST_YEAR_NOT_KNOWN]


def test_a_school_without_its_own_earlier_protocol_is_not_blamed():
    entries = earlier_case().query("stage != 'school' or school == 's0'")
    checks = check_protocols(entries)
    assert absent_rows(checks) == []
    assert set(checks.apart["reason"]) == {Apart.SCHOOL_WITHOUT_EARLIER_STAGE}


def test_no_earlier_stage_or_no_persons_no_check():
    entries = earlier_case()
    for without in (entries.query("stage != 'school'"), entries.assign(person=None)):
        checks = check_protocols(without)
        assert absent_rows(checks) == []
        assert checks.checked.loc[ProtocolRule.ABSENT_FROM_EARLIER_STAGE, "n_checked"] == 0


def test_whether_protocols_are_there_is_asked_of_the_area():
    entries = earlier_case().assign(area=lambda e: np.where(e["school"] == "s0", "north", "south"))
    here = entries[~((entries["stage"] == "school") & (entries["area"] == "south"))]
    checks = check_protocols(here, area="area")
    assert checks.apart.empty  # the area's own protocols of the earlier stage are not there: not checked
    assert checks.checked.loc[ProtocolRule.ABSENT_FROM_EARLIER_STAGE, "n_checked"] == 1
    assert absent_rows(check_protocols(entries, area="area")) == [(5,)]


def test_absent_at_the_earlier_stage_means_not_there():
    rows = protocol([(np.nan, None), (20, "participant")], stage="school") + protocol([(20, "participant")])
    rows += [(2025, "municipal", "math", 8, "s0", "p5", 9, 40, "participant")]
    rows += [(2026, "school", "math", 9, "s0", "p7", 9, 40, "participant")]
    assert absent_rows(check_protocols(frame(rows))) == [(2,)]


def test_nothing_in_nothing_out():
    checks = check_protocols(frame([]))
    assert checks.faults.empty
    assert checks.apart.empty
    assert (checks.checked == 0).all(axis=None)


def test_impossible_input_is_refused():
    rows = protocol([(20, "winner")])
    with pytest.raises(ValueError, match="repeat"):
        check_protocols(pd.concat([frame(rows), frame(rows)]))
    with pytest.raises(ValueError, match="status"):
        check_protocols(frame(protocol([(20, "победитель")])))
    with pytest.raises(ValueError, match="stage"):
        check_protocols(frame(protocol([(20, "winner")], stage="city")))
    with pytest.raises(ValueError, match="quota"):
        check_protocols(frame(protocol([(20, "winner"), (9, "participant")]), [0.2, 0.3]))


@st.composite
def any_entries(draw):
    rows = []
    for _ in range(draw(st.integers(0, 25))):
        status = draw(st.sampled_from(["winner", "prize_winner", "participant", None]))
        score = draw(st.sampled_from([0.0, 10.0, 20.0, 20.5, 40.0, np.nan]))
        rows.append(
            (
                draw(st.sampled_from([2025, 2026])),
                draw(st.sampled_from(["school", "municipal", "regional"])),
                draw(st.sampled_from(["math", "physics"])),
                draw(st.sampled_from([9, 10])),
                draw(st.sampled_from(["s0", "s1"])),
                draw(st.sampled_from(["a", "b", "c", "d", None])),
                score,
                draw(st.sampled_from([40.0, np.nan])),
                status,
            )
        )
    return frame(rows, draw(st.sampled_from([0.25, 0.5, 1.0])))


@settings(deadline=None, max_examples=20)
@given(any_entries(), st.randoms(use_true_random=False))
def test_invariants(entries, random):
    before = entries.copy()
    checks = check_protocols(entries)
    pd.testing.assert_frame_equal(entries, before)
    labels = {row for rows in checks.faults["rows"] for row in rows}
    assert labels <= set(entries.index)
    by_rule = checks.faults.groupby("rule")["rows"].agg(lambda rows: {row for one in rows for row in one})
    for rule, rows in by_rule.items():
        assert checks.checked.loc[rule, "n_rows"] == len(rows)
    assert checks.checked["n_faults"].sum() == len(checks.faults)
    named_absent = set(faults_of(checks, ProtocolRule.ABSENT_FROM_EARLIER_STAGE)["rows"].map(lambda rows: rows[0]))
    assert not named_absent & set(checks.apart["row"])
    # The order of rows does not matter.
    order = list(entries.index)
    random.shuffle(order)
    again = check_protocols(entries.loc[order])
    as_sets = [{(f.rule, frozenset(f.rows)) for f in found.faults.itertuples()} for found in (checks, again)]
    assert as_sets[0] == as_sets[1]
    pd.testing.assert_frame_equal(checks.checked, again.checked)
