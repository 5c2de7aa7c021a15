from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from identification_samples import (
    FEDERAL,
    KRASNODAR,
    MATH_5,
    MATH_6,
    MUNICIPAL,
    NO_LISTS,
    OGE,
    RUSSIAN_5,
    YEAR,
    change,
    listed,
    lists,
    method,
    outcomes,
    planted_region,
    relative_change,
    row,
    share_below,
)

from oko_lib.indicators.low_results.identification import Status, early_warning, identify
from oko_lib.indicators.low_results.identification_compare import compare_methods
from oko_lib.indicators.low_results.list_history import list_history
from oko_lib.methods.result import RefusalReason


def status_of(found, school="a") -> str:
    return found.schools.loc[school, "status"]


def federal(*rows, **more):
    return identify(FEDERAL, outcomes(*rows), NO_LISTS, YEAR, **more)


# --- the federal rule on rows


def test_exactly_thirty_percent_and_why():
    found = federal(("a", 2025, MATH_5, 3, 10), ("a", 2025, OGE, 30, 100), ("a", 2024, OGE, 6, 20))
    assert status_of(found) == Status.LISTED
    answers, evidence = found.why("a")
    assert answers.set_index("criterion")["satisfied"].to_dict() == {"several_procedures": True, "same_procedure": True}
    told = evidence[["criterion", "procedure", "year", "n_below", "n"]].to_numpy().tolist()
    assert told == [
        ["same_procedure", OGE, 2024, 6, 20],
        ["same_procedure", OGE, 2025, 30, 100],
        ["several_procedures", MATH_5, 2025, 3, 10],
        ["several_procedures", OGE, 2025, 30, 100],
    ]
    assert evidence["low"].lt(evidence["value"]).all()
    assert evidence["high"].gt(evidence["value"]).all()
    one = found.schools.loc["a"]
    assert (one["critical_share"], one["margin"], one["change_pupils"]) == (0.3, pytest.approx(0), 1)
    assert found.schools.loc["a", "n_criteria_met"] == 2


def test_and_and_or_stand_side_by_side():
    found = federal(
        *[("a", 2025, MATH_5, 3, 10), ("a", 2025, OGE, 30, 100), ("a", 2024, OGE, 5, 20)],
        *[("b", 2025, MATH_5, 0, 10), ("b", 2025, OGE, 29, 100), ("b", 2024, OGE, 5, 20)],
    )
    assert list(found.readings) == ["all", "any"]
    listed_by = {name: reading.schools["listed"].to_dict() for name, reading in found.readings.items()}
    assert listed_by == {"all": {"a": False, "b": False}, "any": {"a": True, "b": False}}
    # «и»: one more pupil of 20 the year before; «или»: one fewer of ten (or of a hundred) this year
    moves = {name: reading.moves.query("school == 'a'") for name, reading in found.readings.items()}
    assert moves["all"][["procedure", "year", "pupils"]].to_numpy().tolist() == [[OGE, 2024, 1]]
    assert moves["any"]["pupils"].to_list() == [-1]
    assert found.readings["all"].schools.loc["a", "critical_share"] == 0.25
    assert found.readings["any"].schools.loc["a", "critical_share"] == 0.3
    # «b» becomes listed under «или» with one more pupil this year and one the year before
    assert found.readings["any"].schools.loc["b", "change_pupils"] == 2


def test_a_procedure_that_changed_its_grade_is_another_procedure():
    same = federal(("a", 2024, MATH_5, 9, 10), ("a", 2025, MATH_5, 9, 10), ("a", 2025, OGE, 9, 10))
    moved = federal(("a", 2024, MATH_5, 9, 10), ("a", 2025, MATH_6, 9, 10), ("a", 2025, OGE, 9, 10))
    assert status_of(same) == Status.LISTED
    assert status_of(moved) == Status.TOO_LITTLE_DATA
    assert moved.criteria.set_index("criterion")["n_assessable"].to_dict() == {
        "several_procedures": 2,
        "same_procedure": 0,
    }


def test_a_missing_year_is_too_little_data_and_not_an_acquittal():
    rows = [("a", 2025, MATH_5, 9, 10), ("a", 2025, OGE, 9, 10), ("b", 2025, MATH_5, 0, 10), ("b", 2025, OGE, 0, 10)]
    found = federal(*rows)
    # «a» would be listed or not by last year's results; «b» could not be listed whatever they were
    assert found.schools["status"].to_dict() == {"a": Status.TOO_LITTLE_DATA, "b": Status.NOT_LISTED}
    assert found.readings["any"].schools["listed"].astype(object).fillna("?").to_dict() == {"a": True, "b": "?"}
    assert found.schools["probability"].isna().all()
    assert found.refusals["same_procedure"].reason is RefusalReason.NO_DATA
    # the year before that does not help: years in a row are years in a row
    assert status_of(federal(*rows, ("a", 2023, OGE, 9, 10))) == Status.TOO_LITTLE_DATA


def test_schools_without_data():
    found = federal(("a", 2025, MATH_5, 3, 10), ("a", 2024, MATH_5, 3, 10), schools=["a", "empty"])
    assert status_of(found, "empty") == Status.TOO_LITTLE_DATA
    assert found.schools.loc["empty", ["critical_share", "probability", "change_pupils"]].isna().all()
    nothing = identify(FEDERAL, outcomes(("a", 2025, MATH_5, 3, 10)).iloc[:0], NO_LISTS, YEAR, schools=["a"])
    assert status_of(nothing) == Status.TOO_LITTLE_DATA
    assert nothing.evidence.empty
    # a school on the official list of the year is told of although it has no results
    told = identify(FEDERAL, outcomes(("a", 2025, MATH_5, 3, 10)), lists(("low_results", 2025, "z")), YEAR)
    assert list(told.schools.index) == ["a", "z"]


def test_an_unknown_threshold_is_not_a_share_of_zero():
    found = federal(*(("a", year, work, np.nan, 10) for year in (2024, 2025) for work in (MATH_5, OGE)))
    assert status_of(found) == Status.TOO_LITTLE_DATA


def test_rows_of_later_years_are_not_looked_at():
    rows = [("a", year, work, 9, 10) for year in (2024, 2025, 2026) for work in (MATH_5, OGE)]
    assert identify(FEDERAL, outcomes(*rows), NO_LISTS, 2024).schools["status"].to_list() == [Status.TOO_LITTLE_DATA]
    with pytest.raises(ValueError, match="two rows"):
        federal(*rows, rows[0])


def test_planted_region_is_found_school_by_school():
    frame, named = planted_region()
    found = identify(FEDERAL, frame, NO_LISTS, YEAR)
    assert found.schools["listed"].to_dict() == named
    assert 5 < sum(named.values()) < 60
    probability, listed_ = found.schools["probability"], found.schools["listed"].astype(bool)
    assert probability[listed_].mean() > 0.5
    assert probability[~listed_].mean() < 0.05
    # the sensitivity at 30 % is the answer itself, and it only shrinks as the threshold grows
    grid = found.main.sensitivity.astype(bool)
    assert grid[30].equals(listed_.rename(30))
    assert (grid.astype(int).diff(axis=1).iloc[:, 1:] <= 0).all(axis=None)
    critical = found.schools["critical_share"]
    assert (grid[25] == (critical >= 0.25)).all()


def test_few_pupils_make_an_answer_less_sure():
    frame, _ = planted_region(seed=1, procedures=3)
    works = sorted(frame["procedure"].unique())
    extra = [
        row(school, year, work, x, n)
        for school, x, n in (("few", 3, 10), ("many", 30, 100))
        for year in (2024, 2025)
        for work in works[:2]
    ]
    found = identify(FEDERAL, pd.concat([frame, pd.DataFrame(extra)]), NO_LISTS, YEAR)
    assert found.schools.loc[["few", "many"], "status"].to_list() == [Status.LISTED] * 2
    few, many = found.schools.loc[["few", "many"], "probability"]
    assert few < many / 2
    assert found.priors["fit"].eq("likelihood").all()
    assert found.priors["n_units"].min() >= 200


# --- risk zone, early warning


def test_risk_zone_by_lower_threshold_or_one_year():
    rows = []
    for school, (before, now, other) in {
        "listed": (30, 30, 30),
        "one_year": (0, 30, 30),
        "lower": (25, 25, 0),
        "none": (24, 25, 29),
    }.items():
        rows += [(school, 2024, MATH_5, before, 100), (school, 2025, MATH_5, now, 100), (school, 2025, OGE, other, 100)]
    found = identify(MUNICIPAL, outcomes(*rows), NO_LISTS, YEAR)
    assert found.schools["status"].to_dict() == {
        "listed": Status.LISTED,
        "one_year": Status.RISK_ZONE,
        "lower": Status.RISK_ZONE,
        "none": Status.NOT_LISTED,
    }
    assert set(found.criteria["part"]) == {"list", "risk_zone"}
    # the zone has two thresholds: no critical share, but the pupils are still counted
    assert found.risk_zone.sensitivity is None
    assert found.risk_zone.schools.loc["none", "change_pupils"] == 1


def test_early_warning_names_those_near_and_what_they_lack():
    near = [("near", 2024, OGE, 28, 100), ("near", 2025, OGE, 32, 100), ("near", 2025, MATH_5, 31, 100)]
    far = [("far", year, work, 10, 100) for year in (2024, 2025) for work in (OGE, MATH_5)]
    inside = [("in", year, work, 40, 100) for year in (2024, 2025) for work in (OGE, MATH_5)]
    unknown = [("unknown", 2025, OGE, 29, 100)]
    warned = early_warning(federal(*near, *far, *inside, *unknown), 0.25)
    assert warned.index.to_list() == ["near"]
    assert warned.loc["near", "criteria_lacking"] == ("same_procedure",)
    assert warned.loc["near", "change_pupils"] == 2
    assert warned.loc["near", "margin"] == pytest.approx(-0.02)
    assert early_warning(federal(*near), 0.281).empty
    assert list(early_warning(federal(*near), 0.28).index) == ["near"]  # exactly


# --- other criteria


def ege(school, year, mean, score=np.nan):
    return {**row(school, year, "ЕГЭ · Русский язык", np.nan, 20, mean), "mean_score": score}


def test_a_formal_decline_and_its_interval():
    frame = outcomes(("a", 2024, MATH_5, 0, 20, 0.1), ("a", 2025, MATH_5, 0, 20, 0.0), ("b", 2025, MATH_5, 0, 20, 0.0))
    found = identify(method(change()), frame, NO_LISTS, YEAR)
    assert found.schools["status"].to_dict() == {"a": Status.LISTED, "b": Status.TOO_LITTLE_DATA}
    told = found.evidence.iloc[0]
    assert (told["measure"], told["value"]) == ("change_of_mean", pytest.approx(-0.1))
    assert told["low"] == pytest.approx(-0.1 - 1.959964 * np.sqrt(0.1))
    assert found.schools["critical_share"].isna().all()  # nothing here depends on shares
    assert found.main.sensitivity is None
    level = outcomes(("a", 2024, MATH_5, 0, 20, 0.1), ("a", 2025, MATH_5, 0, 20, 0.1))
    assert status_of(identify(method(change()), level, NO_LISTS, YEAR)) == Status.NOT_LISTED
    longer = outcomes(("a", 2023, MATH_5, 0, 20, 0.3), ("a", 2024, MATH_5, 0, 20, 0.0), ("a", 2025, MATH_5, 0, 20, 0.1))
    assert status_of(identify(method(change(years=3)), longer, NO_LISTS, YEAR)) == Status.LISTED
    assert status_of(identify(method(change(years=2)), longer, NO_LISTS, YEAR)) == Status.NOT_LISTED


def test_a_reliable_decline_comes_from_the_dynamics_or_is_refused():
    frame = outcomes(*((school, year, MATH_5, 0, 20, -0.1 * year) for school in "abc" for year in (2024, 2025)))
    reliable = method(change(judged="reliable"))
    refused = identify(reliable, frame, NO_LISTS, YEAR)
    assert refused.schools["status"].eq(Status.TOO_LITTLE_DATA).all()
    assert refused.refusals["change"].reason is RefusalReason.NO_DATA
    states = pd.DataFrame({"school": ["a", "b"], "procedure": MATH_5, "state": ["decline", "indistinct"]})
    found = identify(reliable, frame, NO_LISTS, YEAR, changes=states)
    assert found.schools["status"].to_list() == [Status.LISTED, Status.NOT_LISTED, Status.TOO_LITTLE_DATA]
    assert not found.refusals
    elsewhere = states.assign(procedure="ЕГЭ · Русский язык")
    assert status_of(identify(reliable, frame, NO_LISTS, YEAR, changes=elsewhere)) == Status.TOO_LITTLE_DATA


def test_relative_change_uses_the_ratio_to_the_region_where_points_are_known():
    # «a» gains 2 points while the region (20 pupils each) gains 12: the ratio falls from 1 to 62/72 … and «b» rises
    points = pd.DataFrame(
        [ege("a", 2024, 0.1, 60), ege("b", 2024, 0.0, 60), ege("a", 2025, 0.2, 62), ege("b", 2025, 0.0, 82)]
    )
    found = identify(method(relative_change()), points, NO_LISTS, YEAR)
    assert found.schools["listed"].to_dict() == {"a": True, "b": False}
    told = found.evidence.set_index("school").loc["a"]
    assert (told["measure"], told["value"]) == ("change_of_ratio", pytest.approx(62 / 72 - 1))
    # without points the distance in standard deviations stands in, and says so
    plain = identify(method(relative_change()), points.drop(columns="mean_score"), NO_LISTS, YEAR)
    assert plain.schools["listed"].to_dict() == {"a": False, "b": False}
    assert set(plain.evidence["measure"]) == {"change_of_mean"}


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (listed(), {"a": True, "b": True, "c": False}),
        (listed(times_at_least=2), {"a": True, "b": False, "c": False}),
        (listed(ever=False), {"a": True, "b": False, "c": False}),
    ],
)
def test_lists_ever_or_now(criterion, expected):
    frame = outcomes(*((school, 2025, MATH_5, 0, 10) for school in "abc"))
    known = lists(
        ("biased_results", 2023, "a"), ("biased_results", 2025, "a"), ("biased_results", 2025, "a"),
        ("biased_results", 2024, "b"), ("biased_results", 2026, "c"), ("low_results", 2025, "c"),
    )  # fmt: skip
    assert identify(method(criterion), frame, known, YEAR).schools["listed"].to_dict() == expected


def test_no_list_at_all_is_not_an_empty_list():
    frame = outcomes(("a", 2025, MATH_5, 0, 10))
    found = identify(method(listed()), frame, NO_LISTS, YEAR)
    assert status_of(found) == Status.TOO_LITTLE_DATA
    assert found.refusals["listed"].reason is RefusalReason.NO_DATA


def test_criteria_of_shares_and_of_lists_together():
    frame = outcomes(*((school, 2025, work, 29, 100) for school in "ab" for work in (MATH_5, RUSSIAN_5)))
    known = lists(("biased_results", 2024, "a"))
    both = method(share_below(procedures_at_least=2), listed(), combine="all")
    found = identify(both, frame, known, YEAR)
    # «a» lacks one pupil in each of two procedures; «b» is not on the list, and no pupil can change that
    assert found.schools["change_pupils"].fillna(-1).to_dict() == {"a": 2, "b": -1}
    assert found.schools.loc["a", "critical_share"] == 0.29
    assert np.isnan(found.schools.loc["b", "critical_share"])
    assert found.schools.loc["b", "probability"] == 0
    assert found.main.sensitivity.loc["a"].astype(bool).to_dict() == {t: t <= 29 for t in range(20, 41)}
    assert not found.main.sensitivity.loc["b"].any()
    either = identify(method(share_below(), listed(), combine="any"), frame, known, YEAR)
    assert status_of(either) == Status.LISTED
    assert either.schools.loc["a", "probability"] == 1


# --- Krasnodar


def krasnodar_frame(rng, schools):
    works = [f"ВПР · {subject} · {grade}" for subject in ("Русский язык", "Математика") for grade in (5, 6)]
    works += ["ЕГЭ · Русский язык", "ЕГЭ · Математика профильная"]
    return pd.DataFrame(
        [
            row(f"s{i:03d}", year, work, 0, 20, rng.normal(0, 0.2))
            for i in range(schools)
            for year in (2024, 2025)
            for work in works
        ]
    )


def test_krasnodar_by_hand():
    frame = krasnodar_frame(np.random.default_rng(0), 3).assign(mean=0.0)
    down = frame["year"] == 2025
    frame.loc[down & (frame["school"] == "s000"), "mean"] = -0.1  # all six decline
    three = down & (frame["school"] == "s001") & (frame["kind"] == "ВПР") & (frame["procedure"] != MATH_6)
    frame.loc[three, "mean"] = -0.1  # three of the four ВПР
    found = identify(KRASNODAR, frame, lists(("biased_results", 2019, "s001")), YEAR)
    assert found.schools["status"].to_list() == [Status.LISTED, Status.LISTED, Status.NOT_LISTED]
    assert found.schools["n_criteria_met"].to_list() == [2, 2, 0]
    # without the list two of three can still be told where both others hold
    unlisted = identify(KRASNODAR, frame, NO_LISTS, YEAR)
    assert unlisted.schools["status"].to_list() == [Status.LISTED, Status.TOO_LITTLE_DATA, Status.NOT_LISTED]


def test_what_krasnodar_names_when_nothing_changes():
    """The note of the method says that it names one school in thirteen by chance, and half of those once listed."""
    frame = krasnodar_frame(np.random.default_rng(1), 800)
    once = [("biased_results", 2019, f"s{i:03d}") for i in range(400)]
    named = identify(KRASNODAR, frame, lists(*once), YEAR).schools["status"] == Status.LISTED
    assert named.iloc[400:].mean() == pytest.approx(5 / 16 * 1 / 4, abs=0.03)
    assert named.iloc[:400].mean() == pytest.approx(1 - 11 / 16 * 3 / 4, abs=0.06)


# --- side by side


def test_methods_are_compared_school_by_school():
    frame = outcomes(
        *((school, 2025, work, x, 10) for school, x in (("a", 5), ("b", 3), ("c", 0)) for work in (MATH_5, OGE))
    )
    strict = method(share_below(threshold=50, procedures_at_least=2), name="strict")
    wide = method(share_below(procedures_at_least=2), name="wide")
    other = method(listed(), name="other")
    known = lists(
        ("biased_results", 2024, "a"),
        ("low_results", 2025, "b"),
        ("low_results", 2024, "c"),
        ("low_results", 2025, "d"),
    )
    results = [identify(item, frame, known, YEAR, schools=["a", "b", "c", "e"]) for item in (strict, wide, other)]
    found = compare_methods(results, known)
    assert list(found.schools.columns) == ["strict", "wide", "other", "official"]
    assert found.schools.loc["d", "official"]
    assert found.schools.loc["d", ["strict", "wide", "other"]].isna().all()
    assert found.n_methods.to_dict() == {"a": 3, "b": 1, "c": 0, "d": 0, "e": 0}
    # «e» has no results and «d» is not a school of the region: only a, b and c are judged by all three
    assert (found.n_judged, found.by_all, found.by_some, found.by_one) == (3, 1, 0, 1)
    assert found.agreement["schools"].to_list() == [1, 1, 0, 1]
    pair = found.pairs.set_index(["first", "second"]).loc[("wide", "official")]
    assert pair[["both", "only_first", "only_second", "neither", "n"]].to_list() == [1, 1, 0, 1, 3]
    assert (pair["overlap"].numerator, pair["overlap"].denominator) == (1, 2)
    assert pair["overlap"].interval.low < 0.5 < pair["overlap"].interval.high
    assert "official" not in compare_methods(results, known[known["year"] < YEAR]).schools
    with pytest.raises(ValueError, match="different methods"):
        compare_methods([results[0], results[0]])


# --- lists over the years


def test_entry_stay_and_exit():
    known = lists(
        *(("low_results", 2021, school) for school in ("a", "b", "c", "shut")),
        *(("low_results", 2023, school) for school in ("b", "d", "b")),
        *(("low_results", 2024, school) for school in ("a", "b")),
        ("biased_results", 2022, "a"),
    )
    found = list_history(known, range(2021, 2026), ["a", "b", "c", "d", "e"])
    assert found.unlisted_years == (2022, 2025)
    years = found.years.set_index("year")
    told = ["previous_year", "listed", "entered", "stayed", "left", "gone"]
    assert years.loc[2023, told].to_list() == [2021, 2, 1, 1, 2, 1]
    assert years.loc[2024, told].to_list() == [2023, 2, 1, 1, 1, 0]
    assert years.loc[[2022, 2025], told].isna().all(axis=None)  # no list is not an empty list
    assert pd.isna(years.loc[2021, "entered"])
    share = years.loc[2023, "left_share"]  # of a, b and c; «shut» left the region, not the list
    assert (share.numerator, share.denominator) == (2, 3)
    assert share.interval.low < share.value < share.interval.high
    schools = found.schools
    assert list(schools.index) == ["a", "b", "c", "d", "shut"]
    assert schools.loc["a", ["n_years", "first_year", "last_year", "n_entries"]].to_list() == [2, 2021, 2024, 2]
    assert schools.loc["b", ["n_years", "first_year", "last_year", "n_entries"]].to_list() == [3, 2021, 2024, 1]
    assert schools["on_last_list"].to_dict() == {"a": True, "b": True, "c": False, "d": False, "shut": False}
    assert schools["in_region"].to_dict() == {"a": True, "b": True, "c": True, "d": True, "shut": False}


def test_no_lists_at_all():
    found = list_history(NO_LISTS, [2024, 2025], ["a"])
    assert found.unlisted_years == (2024, 2025)
    assert found.schools.empty
    assert not found.years["published"].any()


# --- speed


def test_a_region_takes_seconds():
    rng = np.random.default_rng(5)
    schools, works, years = 1000, 40, 3
    i, j, k = np.indices((schools, works, years)).reshape(3, -1)
    n = rng.integers(5, 60, len(i))
    frame = pd.DataFrame(
        {
            "school": np.array([f"s{a:04d}" for a in range(schools)])[i],
            "year": 2023 + k,
            "procedure": np.array([f"ВПР · Предмет · {a}" for a in range(works)])[j],
            "kind": "ВПР",
            "subject": "Предмет",
            "grade": j,
            "n": n,
            "n_below": rng.binomial(n, rng.beta(1.5, 10, len(i))),
            "mean": 0.0,
        }
    )
    start = time.process_time()
    identify(FEDERAL, frame, NO_LISTS, YEAR)
    assert time.process_time() - start < 6  # about 1.1 s on the machine it was written on
