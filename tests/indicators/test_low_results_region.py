"""The region computed once: dynamics, the same children, conditions, support, risks, groups — against hand counts."""

import shutil
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from low_results_samples import (
    BASE,
    BY_COUNTS,
    CURRENT,
    FALLEN,
    GROWN,
    NO_PASSPORT,
    NORMS,
    OLD_LOGIN,
    ONE_PROCEDURE,
    SILENT,
    SMALL,
    YEAR,
    YEARS,
    add,
    code,
    counted,
    exam,
    federal_region,
    listed,
    login,
    outcomes,
    passport,
    session,
    store,
    support,
    work,
    work_counts,
    written,
)  # fmt: skip

from oko_lib.indicators import regional
from oko_lib.indicators.low_results import region
from oko_lib.indicators.low_results.cohorts import region_cohorts
from oko_lib.indicators.low_results.conditions import conditions_by_school, context_features
from oko_lib.indicators.low_results.dynamics import measure_summary, region_dynamics, returns_to_mean
from oko_lib.indicators.low_results.gaps import gap_changes, group_counts
from oko_lib.indicators.low_results.listed import computed_lists
from oko_lib.indicators.low_results.municipality import municipality_low_results
from oko_lib.indicators.low_results.pupils import (
    nosology_counts,
    pupils_of_diagnostics,
    results_by_nosology,
    same_children,
)
from oko_lib.indicators.low_results.region import FEDERAL, region_low_results
from oko_lib.indicators.low_results.results import results_by_school
from oko_lib.indicators.low_results.risks import risk_profile
from oko_lib.indicators.low_results.school import school_low_results
from oko_lib.indicators.low_results.shares import shares_by_procedure
from oko_lib.indicators.low_results.support import deficits_by_school, support_by_school, support_of
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.risk_factors import load_risk_factors
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.store import Store

MATH, BASIC, PROFILE = "ОГЭ · Математика", "ЕГЭ · Математика базовая", "ЕГЭ · Математика профильная"
NOSOLOGIES = ("delay", "speech")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return written(tmp_path_factory)


@pytest.fixture(scope="module")
def found(workspace):
    return region_low_results(session(workspace))


# --- Dynamics ------------------------------------------------------------------------------------------------------


def quiet(procedure: str, last: dict[str, tuple[int, int]] | None = None) -> list[tuple]:
    """Thirty schools where 10 of 25 succeed every year; `last`: school → (n, successes) of the last year instead."""
    rows = [(f"s{number:02d}", year, procedure, 25, 10) for number in range(30) for year in YEARS]
    changed = {(school, YEAR): counts for school, counts in (last or {}).items()}
    return [(*row[:3], *changed.get(row[:2], row[3:])) for row in rows]


def test_formal_reliable_and_too_few_are_told_apart():
    rows = quiet(MATH, {"s00": (25, 22), "s01": (25, 11), "s02": (25, 9), "s03": (25, 0)})
    rows += [("small", YEAR - 1, MATH, 8, 2), ("small", YEAR, MATH, 8, 4), ("new", YEAR, MATH, 25, 20)]
    dynamics = region_dynamics(counted(*rows), YEAR, NORMS)
    (change,) = dynamics.measures
    states = change.schools["state"]
    assert (states["s00"], states["s03"]) == ("growth", "decline")
    assert (states.drop(["s00", "s03", "small", "new"]) == "indistinct").all()
    assert change.schools.loc["small", "refusal"] == "too_few"
    assert change.schools.loc["new", "refusal"] == "no_data"
    assert change.common_change == pytest.approx(0, abs=1e-6)

    summary = measure_summary(change, ["s00", "s01", "s02", "small", "new", "nowhere"], NORMS)
    assert (summary.n_listed, summary.n_taking, summary.n_judged) == (6, 4, 3)
    assert (summary.formal.numerator, summary.formal.denominator) == (3, 4)
    assert (summary.reliable.numerator, summary.reliable.denominator) == (1, 3)
    assert (summary.growth, summary.decline, summary.indistinct) == (("s00",), (), ("s01", "s02"))


def test_a_listed_set_without_data_is_refused_not_zero():
    (change,) = region_dynamics(counted(*quiet(MATH)), YEAR, NORMS).measures
    summary = measure_summary(change, ["nowhere"], NORMS)
    assert (summary.n_listed, summary.n_taking, summary.n_judged) == (1, 0, 0)
    assert not summary.formal.given
    assert not summary.reliable.given


def test_two_mathematics_are_joined_by_the_pupils_of_the_later_year():
    rows = quiet(BASIC, {"s00": (10, 6)}) + quiet(PROFILE, {"s00": (30, 9)})
    (change,) = region_dynamics(counted(*rows), YEAR, NORMS).measures
    row = change.schools.loc["s00"]
    # Basic 40 % → 60 %, ten pupils; profile 40 % → 30 %, thirty.
    assert row["change"] == pytest.approx((10 * 0.2 + 30 * -0.1) / 40)
    assert row["share_previous"] == pytest.approx(0.4)
    assert row["share_last"] == pytest.approx((6 + 9) / 40)
    assert (row["n_previous"], row["n_last"]) == (50, 40)
    assert not row["formal"]
    assert row["relative_low"] < row["relative"] < row["relative_high"]
    assert change.measure.number == 3


def test_joined_mathematics_of_schools_with_one_of_the_two_is_that_one():
    rows = quiet(BASIC) + [row for row in quiet(PROFILE) if row[0] != "s05"]
    (change,) = region_dynamics(counted(*rows), YEAR, NORMS).measures
    assert change.schools.loc["s05", "n_last"] == 25
    assert change.schools.loc["s06", "n_last"] == 50
    assert change.schools.loc["s05", "share_last"] == pytest.approx(0.4)


def test_facts_of_one_year_stay_where_there_is_no_change_to_tell():
    rows = [*quiet(BASIC), *quiet(PROFILE)]
    rows += [("new", YEAR, BASIC, 20, 5), ("new", YEAR, PROFILE, 30, 30), ("gone", YEAR - 1, BASIC, 20, 5)]
    (change,) = region_dynamics(counted(*rows), YEAR, NORMS).measures
    new, gone = change.schools.loc["new"], change.schools.loc["gone"]
    assert (new["n_last"], new["share_last"]) == (50, pytest.approx(35 / 50))
    assert (gone["n_previous"], gone["share_previous"]) == (20, pytest.approx(0.25))
    assert pd.isna(new["change"])
    assert pd.isna(gone["change"])
    assert (new["refusal"], gone["refusal"]) == ("no_data", "no_data")
    assert measure_summary(change, ["new", "gone"], NORMS).n_taking == 0


def test_a_procedure_not_held_this_year_has_no_dynamics():
    rows = [row for row in quiet(MATH) if row[1] != YEAR] + quiet(BASIC)
    dynamics = region_dynamics(counted(*rows), YEAR, NORMS)
    assert list(dynamics.procedures) == [BASIC]
    assert [change.measure.number for change in dynamics.measures] == [3]


def test_few_schools_are_refused_and_the_facts_stay():
    rows = [row for row in quiet(MATH, {"s00": (25, 22)}) if row[0] < "s05"]
    dynamics = region_dynamics(counted(*rows), YEAR, NORMS)
    (change,) = dynamics.measures
    assert change.schools["state"].isna().all()
    assert change.schools.loc["s00", "change"] == pytest.approx(0.48)
    assert dynamics.composite.refusal is not None
    assert dynamics.states().empty


def test_no_data_at_all_is_no_crash():
    empty = counted((login(0), YEAR, MATH, 10, 5)).iloc[:0]
    dynamics = region_dynamics(empty, YEAR, NORMS)
    assert dynamics.measures == ()
    assert dynamics.states().empty


def test_planted_schools_are_found_and_the_others_are_not(found):
    states = found.dynamics.composite.units["state"]
    assert states[login(GROWN)] == "growth"
    assert states[login(FALLEN)] == "decline"
    others = states.drop([login(GROWN), login(FALLEN)]).dropna()
    assert len(others) > 50
    assert (others != "indistinct").mean() <= 0.08  # 5 % and its chance
    assert login(SMALL) not in states.dropna().index
    by_procedure = found.dynamics.states().set_index(["school", "procedure"])["state"]
    assert by_procedure[login(GROWN), MATH] == "growth"


def test_all_seven_measures_stand_in_their_order(found):
    assert [change.measure.number for change in found.dynamics.measures] == [1, 2, 3, 4, 5, 6, 7]
    with_mathematics = found.dynamics.measures[0].schools
    assert login(ONE_PROCEDURE) in with_mathematics.index
    assert login(ONE_PROCEDURE) not in found.dynamics.measures[1].schools.index
    assert {login(OLD_LOGIN), login(BY_COUNTS)} <= set(with_mathematics.dropna(subset="change").index)


def test_return_to_the_mean_is_not_told_of_a_list_made_from_this_very_year():
    rows = counted(*quiet(MATH))
    of_this_year = computed_lists({YEAR: frozenset({"s01"})}, YEAR)
    assert returns_to_mean(rows, results_by_school(rows), of_this_year, YEAR, NORMS) == {}
    before = computed_lists({YEAR - 1: frozenset({"s01"}), YEAR: frozenset()}, YEAR)
    assert set(returns_to_mean(rows, results_by_school(rows), before, YEAR, NORMS)) == {MATH}


# --- The same children ---------------------------------------------------------------------------------------------


def pupils(*rows: tuple) -> pd.DataFrame:
    """(key, school, grade, year, level) → pupils of reading literacy."""
    frame = pd.DataFrame(rows, columns=["pupil_key", "school", "grade", "year", "level"])
    return frame.assign(domain="reading_literacy")


def test_a_key_met_twice_in_one_work_names_no_child_and_a_moved_child_belongs_to_the_later_school():
    rows = pupils(
        ("a", "x", 4, 2024, "basic"), ("a", "y", 6, 2026, "advanced"),
        ("b", "x", 4, 2024, "basic"), ("b", "z", 4, 2024, "reduced"), ("b", "x", 6, 2026, "basic"),
        ("c", "x", 4, 2024, "basic"), ("c", "x", 6, 2026, "basic"), ("c", "y", 6, 2026, "basic"),
        (None, "x", 4, 2024, "basic"), (None, "x", 6, 2026, "basic"),
        ("d", "x", 4, 2025, "basic"), ("d", "x", 6, 2026, "basic"),
        ("e", "x", 4, 2024, "basic"),
    )  # fmt: skip
    pairs = same_children(rows, "reading_literacy", (4, 2024), (6, 2026))
    assert pairs[["pupil_key", "school", "school_before", "level_before", "level_after"]].to_numpy().tolist() == [
        ["a", "y", "x", "basic", "advanced"]
    ]


def test_moves_between_levels_are_counted_by_hand():
    moves = [("basic", "advanced")] * 4 + [("basic", "basic")] * 5 + [("advanced", "insufficient")] * 3
    rows = [(str(place), "x", 4, 2024, before) for place, (before, _) in enumerate(moves)]
    rows += [(str(place), "x", 6, 2026, after) for place, (_, after) in enumerate(moves)]
    cohorts = region_cohorts(counted((login(0), YEAR, MATH, 10, 5)), pupils(*rows), YEAR, NORMS)
    assert (cohorts.earlier_year, cohorts.later_year) == (2024, 2026)
    assert cohorts.schools is None
    moved = cohorts.transitions(NORMS)
    assert [moved.moved_up.numerator, moved.kept.numerator, moved.moved_down.numerator, moved.n] == [4, 5, 3, 12]
    elsewhere = cohorts.transitions(NORMS, ["y"])
    assert elsewhere.n == 0
    assert not elsewhere.moved_up.given


def test_children_are_followed_through_a_change_of_login(found):
    pairs = found.cohorts.pairs
    own = pairs[pairs["school"] == login(OLD_LOGIN)]
    assert len(own) >= 20
    assert (own["school_before"] == login(OLD_LOGIN)).all()
    assert login(BY_COUNTS) not in set(pairs["school"])
    assert login(BY_COUNTS) in found.cohorts.schools.units.index
    assert found.cohorts.paired.units.loc[login(GROWN), "state"] == "growth"


# --- Conditions and what may be expected ---------------------------------------------------------------------------


def test_what_nobody_reported_is_missing_and_shares_are_shares(tmp_path):
    rows = [
        passport(login(0), pupils=200, pupils_low_income=50, pupils_on_record=0),
        passport(login(1), pupils=0, pupils_low_income=0),
    ]
    workspace = store(tmp_path, social_passport_by_year=rows)
    conditions = conditions_by_school(Store(workspace.store).snapshot(), YEAR, YEAR)
    features = context_features(conditions).set_index("school")
    assert features.loc[login(0), "low_income"] == 0.25
    assert features.loc[login(0), "on_record"] == 0
    assert np.isnan(features.loc[login(0), "single_parent"])
    assert np.isnan(features.loc[login(0), "rural"])
    assert features.loc[login(0), "log_pupils"] == pytest.approx(np.log(200))
    assert features.loc[login(1)].drop("year").isna().all()


def test_place_types_are_read_as_rural_or_not(tmp_path):
    types = ("город", "посёлок городского типа", "Село", None)
    rows = [
        pd.DataFrame([{"login": login(number), "year": YEAR, "place_type": place, "pupils": 100}])
        for number, place in enumerate(types)
    ]
    conditions = conditions_by_school(
        Store(store(tmp_path, 4, school_context_by_year=rows).store).snapshot(), YEAR, YEAR
    )
    rural = context_features(conditions).set_index("school")["rural"]
    assert list(rural.iloc[:3]) == [0, 0, 1]
    assert np.isnan(rural.iloc[3])


def test_a_school_without_a_passport_is_named_and_not_expected_of(found):
    fit = found.context.fits[YEAR]
    assert fit.refusal is None
    assert login(NO_PASSPORT) in set(fit.without_context["school"])
    assert login(NO_PASSPORT) not in set(fit.schools["school"])
    assert login(NO_PASSPORT) not in found.context.low_context
    third = len(found.context.low_context) / len(fit.schools)
    assert third == pytest.approx(1 / 3, abs=0.02)


def test_few_schools_have_no_expected_result_but_the_rest_is_computed(tmp_path_factory):
    found = region_low_results(session(written(tmp_path_factory, "federal")))
    assert found.context.fits[YEAR].refusal is not None
    assert found.context.resilience.refusal is not None
    assert found.context.low_context == frozenset()
    assert set(found.context.matrix.schools["cell"]) == {"no_data"}
    assert len(found.results) == 4 * 3


# --- Support -------------------------------------------------------------------------------------------------------


def supported(*rows: pd.DataFrame, schools=(0, 1, 2), deficits=()) -> object:
    columns = ["year", "school", "subject", "teachers_diagnosed", "teachers_with_deficits"]
    frame = pd.concat(rows, ignore_index=True).rename(columns={"login": "school"})
    found = pd.DataFrame(deficits, columns=columns)
    return support_of(frame, found, [login(number) for number in schools], YEAR, NORMS)


@pytest.mark.parametrize(("n", "met"), [(7, True), (6, False), (8, True)])
def test_exactly_the_norm_meets_the_target(n, met):
    found = supported(support(login(0), 10, teachers_supported=n), schools=(0,))
    assert found.coverage.value == pytest.approx(n / 10)
    assert found.target_met is met


@pytest.mark.parametrize("teachers", [10, 30, 110, 130, 170, 1010])
def test_the_norm_is_met_exactly_whatever_the_number_of_teachers(teachers):
    assert supported(support(login(0), teachers, teachers_supported=teachers * 7 // 10), schools=(0,)).target_met


def test_a_silent_school_is_named_and_a_missing_number_is_not_zero():
    found = supported(
        support(login(0), 10, teachers_supported=9, programme_approved=True),
        support(login(1), 90, programme_approved=None),
        support(login(1), 90, year=YEAR - 1, teachers_supported=1),
        support(login(9), 10, teachers_supported=0),
    )
    assert found.silent == (login(2),)
    assert (found.coverage.numerator, found.coverage.denominator) == (9, 10)
    assert found.target_met
    assert (found.schools_reached.numerator, found.schools_reached.denominator) == (1, 1)
    assert (found.programmes.numerator, found.programmes.denominator) == (1, 1)
    assert not found.diagnosed.given
    assert list(found.schools["school"]) == [login(0), login(1)]


def test_nobody_reported_is_no_data():
    found = supported(support(login(9), 10, teachers_supported=5))
    assert found.target_met is None
    assert not found.coverage.given
    assert len(found.silent) == 3
    assert found.deficits.empty


def test_deficits_by_subject_are_summed_over_listed_schools_of_the_year(tmp_path):
    rows = [
        (YEAR, login(0), "Математика", 5, 2), (YEAR, login(1), "Математика", 4, 1),
        (YEAR, login(9), "Математика", 9, 9), (YEAR - 1, login(0), "Математика", 7, 7), (YEAR, login(0), "Химия", 0, 0),
    ]  # fmt: skip
    found = supported(support(login(0), 10), deficits=rows).deficits.set_index("subject")
    assert found.loc["Математика", ["n_schools", "teachers_diagnosed", "teachers_with_deficits"]].tolist() == [2, 9, 3]
    assert found.loc["Математика", "share"].value == pytest.approx(1 / 3)
    assert not found.loc["Химия", "share"].given


def test_support_of_two_logins_of_a_school_is_added(tmp_path):
    workspace = store(
        tmp_path,
        school_support_by_year=[
            support(login(0), 10, teachers_supported=4, programme_approved=False),
            support("sch990001", 6, teachers_supported=None, programme_approved=True),
        ],
        school_logins=pd.DataFrame([{"login": "sch990001", "school_id": login(0), "valid_from": 1, "valid_to": 2}]),
    )
    snapshot = Store(workspace.store).snapshot()
    (row,) = support_by_school(snapshot, YEAR, YEAR).itertuples()
    assert (row.school, row.teachers, row.teachers_supported, row.programme_approved) == (login(0), 16, 4, True)
    assert np.isnan(row.heads)
    assert deficits_by_school(snapshot, YEAR, YEAR).empty


# --- Risks ---------------------------------------------------------------------------------------------------------


def test_unknown_is_no_data_and_impossible_shares_are_plain_ratios(tmp_path):
    rows, contexts = [], []
    for number in range(24):
        vacancies = 30 if number == 0 else 1
        rows.append(passport(login(number), pupils=400, teacher_vacancies=vacancies, pupils_failing=number))
        contexts.append({"login": login(number), "year": YEAR, "teachers": 20, "pupils": 400})
    rows.append(passport(login(24), pupils=400))
    workspace = store(tmp_path, 25, social_passport_by_year=rows, school_context_by_year=pd.DataFrame(contexts))
    conditions = conditions_by_school(Store(workspace.store).snapshot(), YEAR, YEAR)
    found = risk_profile(conditions, load_risk_factors(Workspace(PROJECT_ROOT)), YEAR, NORMS)
    rows = found.schools.set_index(["factor", "school"])
    assert rows.loc[("vacancies", login(0)), "value"] == pytest.approx(1.5)
    assert np.isnan(rows.loc[("vacancies", login(0)), "n"])
    assert rows.loc[("vacancies", login(0)), "risk"] == "strong"
    assert rows.loc[("vacancies", login(24)), "risk"] == "no_data"
    assert rows.loc[("failing", login(24)), "risk"] == "no_data"
    assert rows.loc[("failing", login(23)), ["value", "n"]].tolist() == [23 / 400, 400]
    assert (rows.loc["low_income", "risk"] == "no_data").all()


def test_a_planted_risk_is_found_and_a_school_without_passport_has_none(found):
    rows = found.risks.schools.set_index(["factor", "school"])["risk"]
    assert rows["failing", login(FALLEN)] == "strong"
    assert (rows["failing"].drop(login(FALLEN)) != "strong").all()
    assert login(NO_PASSPORT) not in rows["failing"].index


def test_a_factor_with_an_unknown_column_is_refused_with_the_nearest(found):
    factor = found.factors[0].model_copy(update={"numerator": "pupils_failng"})
    with pytest.raises(SettingsError, match=r"нет столбца «pupils_failng»\. .*«pupils_failing»"):
        risk_profile(found.conditions, [factor], YEAR, NORMS)


# --- Groups of pupils ----------------------------------------------------------------------------------------------


def test_the_lag_is_counted_inside_schools(tmp_path):
    """In each of six schools 4 of 10 of the group succeed and 8 of 10 of the others (one: 5 and 8)."""
    rows = []
    for number in range(6):
        own = 5 if number == 0 else 4
        levels = "3" * own + "1" * (10 - own) + "3" * 8 + "1" * 2
        groups = {"at_risk": [True] * 10 + [False] * 10, "low_income": [True] * 3 + [None] * 17}
        rows.append(work(login(number), levels, **groups))
    snapshot = Store(store(tmp_path, 6, diagnostic_results_by_participant=rows).store).snapshot()
    frame = pupils_of_diagnostics(snapshot, YEAR, YEAR)
    found = gap_changes(group_counts(frame, YEAR), NORMS)["at_risk"].after
    assert found.gap.value == pytest.approx((5 * 0.4 + 0.3) / 6)
    assert (found.n_group, found.n_others, found.n_schools) == (60, 60, 6)
    # Nobody was said not to be poor: there is no one to compare with.
    assert not gap_changes(group_counts(frame, YEAR), NORMS)["low_income"].after.gap.given
    changes = gap_changes(group_counts(frame, YEAR), NORMS)
    assert list(changes) == ["at_risk", "other_native_language", "low_income", "has_disability"]
    assert all(not change.change.given for change in changes.values())


def test_gaps_without_pupils_are_refused():
    empty = pd.DataFrame(
        columns=["year", "domain", "grade", "school", "at_risk", "other_native_language", "low_income",
                 "has_disability", "success"]
    )  # fmt: skip
    assert all(not change.change.given for change in gap_changes(group_counts(empty, YEAR), NORMS).values())


def nosologies(tmp_path, people, counts, schools=3) -> pd.DataFrame:
    tables = {"diagnostic_results_by_participant": people, "diagnostic_counts_by_school": counts}
    workspace = store(tmp_path, schools, **{name: rows for name, rows in tables.items() if rows})
    snapshot = Store(workspace.store).snapshot()
    found = results_by_nosology(
        pupils_of_diagnostics(snapshot, YEAR, YEAR), nosology_counts(snapshot, YEAR, YEAR, NOSOLOGIES), YEAR, NORMS
    )
    return found.set_index("disability")


def test_nosologies_small_groups_are_refused_and_participants_win(tmp_path):
    people = [work(login(0), "112233" + "3", disability=["delay"] * 6 + [None])]
    counts = [
        work_counts(login(0), (90, 0, 0, 0), group="delay"),
        work_counts(login(1), (3, 1, 2, 0), group="delay"),
        work_counts(login(1), (2, 0, 0, 0), group="speech"),
        work_counts(login(1), (50, 0, 0, 0)),
    ]
    found = nosologies(tmp_path, people, counts)
    assert list(found.index) == ["", "delay", "speech"]
    delay = found.loc["delay"]
    assert delay["n"] == 12
    assert (delay["below_basic"].numerator, delay["below_basic"].denominator) == (4 + 4, 12)
    assert (delay["reduced"].numerator, delay["reduced"].denominator) == (2 + 1, 12)
    assert found.loc["speech", "below_basic"].refusal.reason == "too_few"
    assert found.loc["speech", "below_basic"].value is None
    assert found.loc["", "n"] == 14


def test_other_groups_of_the_same_table_are_no_nosologies(tmp_path):
    """At risk, poor, another language stand in one table with nosologies; so does «с ОВЗ» as a whole."""
    counts = [work_counts(login(0), (5, 5, 5, 5), group=group) for group in ("at_risk", "low_income", "delay")]
    counts += [
        work_counts(login(0), (10, 5, 5, 5), group="disabilities"),
        work_counts(login(1), (6, 0, 0, 5), group="disabilities"),
    ]
    found = nosologies(tmp_path, [], counts)
    assert list(found.index) == ["", "delay"]
    assert found.loc["delay", "n"] == 20
    assert found.loc["", "n"] == 25 + 11
    assert found.loc["", "below_basic"].numerator == 15 + 6


def test_no_pupils_with_disabilities_is_an_empty_table(tmp_path):
    assert nosologies(tmp_path, [work(login(0), "1234")], []).empty


# --- Whole region --------------------------------------------------------------------------------------------------


def test_the_federal_rule_is_what_hands_and_fractions_give(tmp_path_factory):
    workspace = written(tmp_path_factory, "federal")
    result = region_low_results(session(workspace)).identification[FEDERAL]
    shares = {
        (school, year, procedure): Fraction(int(row.n_below), int(row.n))
        for (school, year, procedure), row in zip(
            outcomes(workspace).index, outcomes(workspace).itertuples(), strict=True
        )
    }
    procedures = (MATH, "ОГЭ · Русский язык")
    low = {key for key, share in shares.items() if share >= Fraction(3, 10)}
    expected = {"all": {}, "any": {}}
    for number in range(4):
        several = sum((login(number), YEAR, name) in low for name in procedures) >= 2
        twice = any({(login(number), YEAR, name), (login(number), YEAR - 1, name)} <= low for name in procedures)
        expected["all"][login(number)] = several and twice
        expected["any"][login(number)] = several or twice
    for reading, answers in expected.items():
        assert result.readings[reading].schools["listed"].to_dict() == answers
    assert expected["all"] == {login(0): True, login(1): False, login(2): False, login(3): False}
    assert expected["any"][login(1)]


def test_shares_over_schools_are_plain_shares_of_pupils(workspace, found):
    own = [login(number) for number in (0, 3, 18)]
    shares = shares_by_procedure(found.outcomes, own, NORMS).set_index(["procedure", "year"])
    rows = outcomes(workspace).reset_index()
    rows = rows[rows["school"].isin(own) & (rows["procedure"] == MATH) & (rows["year"] == YEAR)]
    cell = shares.loc[(MATH, YEAR)]
    assert cell["n"] == rows["n"].sum()
    assert cell["success"].value == pytest.approx(rows["n_success"].sum() / rows["n"].sum())
    assert cell["below"].value == pytest.approx(rows["n_below"].sum() / rows["n"].sum())
    assert not shares.loc[("КДР · reading_literacy · 4", YEAR), "below"].given
    small = shares_by_procedure(found.outcomes, [login(SMALL)], NORMS)
    assert all(cell.refusal.reason == "too_few" for cell in small["success"])


def test_a_municipality_is_cut_from_the_region(workspace, found):
    cut = municipality_low_results(session(workspace, code(0)))
    own = {number for number in range(60) if number % 3 == 0}
    assert set(cut.schools) == {login(number) for number in own}
    assert set(cut.base) == {login(number) for number in own & set(BASE)}
    assert set(cut.current) == {login(number) for number in own & set(CURRENT)}
    assert cut.entered == (login(24),)
    assert cut.left == (login(GROWN),)
    assert cut.support.silent == (login(SILENT),)
    assert (cut.support.coverage.numerator, cut.support.coverage.denominator) == (4 * 13, 4 * 20)
    assert cut.support.target_met is False
    assert cut.region is found
    assert [item.n_listed for item in cut.measures] == [4] * 7
    assert [item.n_listed for item in cut.region_measures] == [5] * 7


def test_one_school_is_cut_from_the_region(workspace):
    sheet = school_low_results(session(workspace, code(FALLEN)), "мбоу «средняя  школа № 4»")
    assert sheet.school == login(FALLEN)
    assert len(sheet.changes) == 7
    assert all(row.name == login(FALLEN) for _, row in sheet.changes)
    assert sheet.risks["factor"].iloc[0] == "failing"
    assert sheet.support.coverage.value == pytest.approx(13 / 20)


def test_unknown_names_are_refused_with_a_suggestion(workspace):
    with pytest.raises(SettingsError, match=r"Нет школы «МБОУ «Средняя школа № 44»» с результатами: Северный .* 2026"):
        school_low_results(session(workspace, code(0)), "МБОУ «Средняя школа № 44»")
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду"):
        school_low_results(session(workspace, code(0)), "МБОУ «Средня школа № 4»")
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду «Южный муниципальный район»"):
        session(workspace, "Южны муниципальный район")
    with pytest.raises(SettingsError, match=r"за 2019 год\. Есть: 2024, 2025, 2026"):
        session(workspace, code(0), 2019)


@pytest.mark.parametrize("compute", [municipality_low_results, lambda one: school_low_results(one, login(0))])
def test_a_report_without_a_municipality_asks_for_one(workspace, compute):
    with pytest.raises(SettingsError, match=r"Впишите муниципалитет .*reg88_m001 Северный муниципальный район"):
        compute(session(workspace))


def test_a_municipality_without_results_of_the_year_is_refused(tmp_path):
    workspace = store(tmp_path, exam_results_by_participant=[exam(login(0), [3, 4])])
    with pytest.raises(SettingsError, match=r"Нет результатов за 2026 год: Средний .*reg88_m002"):
        municipality_low_results(session(workspace, code(1)))


def test_the_region_is_computed_once_per_data_and_parameters(tmp_path, monkeypatch):
    monkeypatch.setattr(region, "_compute", lambda session: object())
    regional.forget()
    monkeypatch.setenv(regional.CACHE_VARIABLE, "0")
    workspace = store(tmp_path, exam_results_by_participant=[exam(login(0), [3]), exam(login(0), [3], year=YEAR - 1)])

    def computed(*where) -> object:
        return region_low_results(session(workspace, *where))

    first = computed()
    assert computed(code(0)) is first
    assert computed(None, YEAR - 1) is not first
    parameters = tmp_path / "parameters"
    shutil.copytree(PROJECT_ROOT / "parameters", parameters)
    assert computed() is first  # the same words, another place
    known = [first]
    for name in ("identification/federal.yaml", "thresholds/exams.yaml", "risk_factors.yaml", "levels.yaml"):
        path = parameters / name
        path.write_text(path.read_text("utf-8") + "# правка\n", "utf-8")
        assert computed() not in known, name
        known.append(computed())
    method = parameters / "identification" / "own.yaml"
    shutil.copy(parameters / "identification" / "federal.yaml", method)
    assert computed() not in known
    method.unlink()
    assert computed() is known[-1]
    norms = parameters / "norms" / "low_results.yaml"
    norms.write_text(norms.read_text("utf-8").replace("value: 0.7\n", "value: 0.8\n"), "utf-8")
    assert computed() not in known
    add(workspace, "more", exam_results_by_participant=exam(login(1), [2]))
    assert computed() not in known


def test_an_earlier_year_knows_nothing_of_the_later_ones(tmp_path):
    workspace = federal_region(tmp_path)
    add(workspace, "lists", published_lists=[listed("low_results", year, login(2)) for year in (YEAR - 1, YEAR)])
    before = region_low_results(session(workspace, year=YEAR - 1))
    assert before.years == (YEAR - 2, YEAR - 1)
    assert before.listed.chosen_by_this_year
    assert before.returns == {}
    assert before.lists["year"].max() == YEAR - 1
    assert before.identification[FEDERAL].listed() == {login(0), login(3)}
