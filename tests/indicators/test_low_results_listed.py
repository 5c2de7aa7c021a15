"""Whom a report is about: lists before the year, of the year, or the federal rule; who is near its threshold."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from identification_samples import FEDERAL, NO_LISTS
from low_results_samples import NORMS, YEAR, counted, listed, login, session, written

from oko_lib.indicators.low_results.identification import identify
from oko_lib.indicators.low_results.listed import computed_lists, official_lists
from oko_lib.indicators.low_results.near import COLUMNS, near_threshold
from oko_lib.indicators.low_results.region import region_low_results


def lists(*rows: tuple) -> pd.DataFrame:
    """(kind, year, schools …) → rows of published lists."""
    return pd.concat(
        [listed(kind, year, *schools).rename(columns={"login": "school"}) for kind, year, *schools in rows],
        ignore_index=True,
    )


# --- Lists ---------------------------------------------------------------------------------------------------------


def test_base_is_the_newest_list_before_the_year():
    found = official_lists(
        lists(("low_results", 2022, "old"), ("low_results", 2024, "a", "b"), ("low_results", YEAR, "b", "c")), YEAR
    )
    assert (found.base_year, found.current_year) == (2024, YEAR)
    assert found.base == {"a", "b"}
    assert found.current == {"b", "c"}
    assert (found.entered, found.left) == ({"c"}, {"a"})
    assert found.schools == {"a", "b", "c"}
    assert found.official
    assert not found.chosen_by_this_year
    assert "old" not in found.kinds


def test_adverse_conditions_are_counted_and_biased_results_are_not():
    found = official_lists(
        lists(
            ("low_results", 2025, "a"), ("adverse_conditions", 2025, "a", "b"), ("biased_results", 2025, "x"),
            ("biased_results", YEAR, "x"),
        ),
        YEAR,
    )  # fmt: skip
    assert found.base == {"a", "b"}
    assert found.kinds == {"a": ("adverse_conditions", "low_results"), "b": ("adverse_conditions",)}
    assert found.current_year is None
    assert found.current == found.entered == found.left == frozenset()


def test_a_list_of_this_year_only_stands_in_and_says_so():
    found = official_lists(lists(("low_results", YEAR, "a")), YEAR)
    assert (found.base_year, found.current_year) == (YEAR, YEAR)
    assert found.base == found.current == {"a"}
    assert found.chosen_by_this_year
    assert found.entered == found.left == frozenset()


def test_lists_of_later_years_are_not_looked_at():
    assert official_lists(lists(("low_results", YEAR + 1, "a")), YEAR) is None
    assert official_lists(lists(("biased_results", YEAR, "a")), YEAR) is None


def test_nobody_enters_or_leaves_by_a_kind_of_list_that_the_other_year_lacks():
    """The list of ШНОР of the year is not out yet, that of ШНСУ is: no school has left ШНОР."""
    found = official_lists(lists(("low_results", 2025, "a", "b"), ("adverse_conditions", YEAR, "b", "c")), YEAR)
    assert found.left == frozenset()
    assert found.entered == frozenset()
    both = official_lists(
        lists(
            ("low_results", 2025, "a", "b"), ("adverse_conditions", YEAR, "c"), ("low_results", YEAR, "b", "d"),
        ),
        YEAR,
    )  # fmt: skip
    assert both.left == {"a"}
    assert both.entered == {"d"}


def test_computed_lists_use_the_year_before_when_there_is_one():
    found = computed_lists({2025: frozenset("ab"), YEAR: frozenset("bc")}, YEAR)
    assert (found.base_year, found.base, found.current) == (2025, {"a", "b"}, {"b", "c"})
    assert (found.entered, found.left) == ({"c"}, {"a"})
    assert not found.official
    alone = computed_lists({YEAR: frozenset("b")}, YEAR)
    assert alone.chosen_by_this_year
    assert alone.base == {"b"}


def test_without_lists_the_federal_rule_names_the_schools(tmp_path_factory):
    found = region_low_results(session(written(tmp_path_factory, "federal")))
    assert not found.listed.official
    assert found.listed.base == {login(0), login(3)}
    assert found.listed.current == {login(0)}
    assert found.listed.left == {login(3)}
    assert found.listed.kinds[login(0)] == ("low_results",)


# --- Near the threshold --------------------------------------------------------------------------------------------

MATH, RUSSIAN = "ОГЭ · Математика", "ОГЭ · Русский язык"


def near(*rows: tuple, schools=("a", "b", "c", "d"), norms=NORMS) -> pd.DataFrame:
    found = counted(*rows)
    return near_threshold(found, schools, identify(FEDERAL, found, NO_LISTS, YEAR), YEAR, norms)


@pytest.mark.parametrize(
    ("below", "n", "shown", "reached"),
    [
        (3, 10, True, True),
        (30, 100, True, True),
        (299, 1000, True, False),
        (1, 4, True, False),
        (25, 100, True, False),
        (249, 1000, False, False),
        (1, 1, True, True),
        (0, 10, False, False),
    ],
)
def test_exactly_on_the_threshold_counts_and_just_under_does_not(below, n, shown, reached):
    found = near(("a", YEAR, MATH, n, 0, below))
    assert list(found["at_threshold"]) == ([reached] if shown else [])
    if shown:
        assert Fraction(found["share"].iloc[0]).limit_denominator(1000) == Fraction(below, n)
        assert found["low"].iloc[0] <= below / n <= found["high"].iloc[0]


def test_a_norm_that_binary_numbers_cannot_hold_is_exact():
    norm = NORMS.near_threshold.model_copy(update={"value": 0.29})
    norms = NORMS.model_copy(update={"near_threshold": norm})
    assert len(near(("a", YEAR, MATH, 100, 0, 29), norms=norms)) == 1
    assert near(("a", YEAR, MATH, 1000, 0, 289), norms=norms).empty


def test_share_of_the_year_before_and_probability_stand_beside():
    found = near(
        ("a", YEAR, MATH, 20, 0, 8), ("a", YEAR - 1, MATH, 20, 0, 1), ("b", YEAR, MATH, 20, 0, 0),
        ("c", YEAR, RUSSIAN, 20, 0, 19), ("out", YEAR, MATH, 10, 0, 9), ("d", YEAR - 1, MATH, 10, 0, 9),
    ).set_index("school")  # fmt: skip
    assert list(found.index) == ["a", "c"]
    assert found.loc["a", "share_before"] == pytest.approx(0.05)
    assert np.isnan(found.loc["c", "share_before"])
    assert found.loc["c", "probability"] > found.loc["a", "probability"] > 0.3


@pytest.mark.parametrize("rows", [[("a", YEAR, "КДР · reading_literacy · 4", 20, 3)], [("a", YEAR, MATH, 20, 9)]])
def test_without_counts_below_nothing_is_near(rows):
    found = near(*rows)
    assert found.empty
    assert list(found.columns) == COLUMNS


def test_without_the_file_of_the_rule_shares_stay_and_nothing_is_reached():
    found = near_threshold(counted(("a", YEAR, MATH, 10, 0, 5)), ["a"], None, YEAR, NORMS)
    assert list(found["at_threshold"]) == [False]
    assert found["probability"].isna().all()
