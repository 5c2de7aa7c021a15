"""The numbers printed on the method pages on dynamics are the numbers the code gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from method_page import numbers_missing, parts_missing

from oko_lib.methods.change import SchoolChanges, school_changes
from oko_lib.methods.cohort_change import level_transitions, paired_change_bounds
from oko_lib.methods.growth_model import growth_model, precision_weights
from oko_lib.methods.proportions import difference
from oko_lib.methods.regression_to_mean import regression_to_mean


def ru(value: float, digits: int) -> str:
    """Russian decimal comma, a real minus sign."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def points(value: float) -> str:
    """Percentage points with one decimal and a sign."""
    return ("+" if value > 0 else "") + ru(100 * value, 1)


def span(low: float, high: float) -> str:
    return f"от {points(low)} до {points(high)}"


def region(years: int, seed: int, schools: int = 120, course: float = 0.02) -> pd.DataFrame:
    """Schools of 12 to 80 pupils whose level lasts and whose luck of a year is 7 points."""
    rng = np.random.default_rng(seed)
    n = rng.integers(12, 81, schools)
    level = 0.45 + 0.10 * rng.standard_normal(schools)
    slope = 0.03 * rng.standard_normal(schools) if years > 2 else np.zeros(schools)
    rows = []
    for t in range(years):
        p = level + (course + slope) * t + 0.07 * rng.standard_normal(schools)
        hits = rng.binomial(n, np.clip(p, 0.02, 0.98))
        rows.append(pd.DataFrame({"school": range(schools), "year": 2026 - years + t, "n": n, "n_success": hits}))
    return pd.concat(rows, ignore_index=True)


def example_of_change() -> SchoolChanges:
    """The region and two more schools: A of the page (25 pupils) and B (80 pupils)."""
    rows = [(1001, 2024, 25, 8), (1001, 2025, 24, 12), (1002, 2024, 80, 24), (1002, 2025, 82, 56)]
    more = pd.DataFrame(rows, columns=["school", "year", "n", "n_success"])
    return school_changes(pd.concat([region(2, 7, course=0.06), more], ignore_index=True))


def change_numbers() -> list[str]:
    found = example_of_change()
    small, large = found.units.loc[1001], found.units.loc[1002]
    pupils = difference(12, 24, 8, 25)
    assert small["state"] == "indistinct"
    assert large["state"] == "growth"
    return [
        points(small["change"]),
        span(pupils.interval.low, pupils.interval.high),
        span(small["change_low"], small["change_high"]),
        points(found.common_change),
        ru(100 * found.natural_sd, 1),
        points(small["relative"]),
        span(small["relative_low"], small["relative_high"]),
        points(large["change"]),
        points(large["relative"]),
        span(large["relative_low"], large["relative_high"]),
    ]


def regression_numbers() -> list[str]:
    counts = region(2, 9)
    base = counts[counts["year"] == 2024]
    chosen = base.assign(share=base["n_success"] / base["n"]).nsmallest(24, "share")["school"]
    found = regression_to_mean(counts, chosen, 2024, 2025)
    one = found.units.sort_values("share_base").iloc[0]
    return [
        str(found.n_chosen),
        str(found.n_rest),
        points(found.observed.value),
        span(found.observed.interval.low, found.observed.interval.high),
        points(found.expected.value),
        points(found.beyond.value),
        span(found.beyond.interval.low, found.beyond.interval.high),
        ru(found.reliability.value, 2),
        ru(100 * one["share_base"], 1),
        points(one["change"]),
        points(one["expected_change"]),
    ]


def growth_numbers() -> list[str]:
    counts = region(5, 11)
    counts["share"] = counts["n_success"] / counts["n"]
    counts["weight"] = precision_weights(counts["n"], 0.5, 0.07)
    found = growth_model(counts, weight="weight")
    assert found.converged
    years = np.arange(-2, 3)
    wide = counts.pivot_table(index="school", columns="year", values="share")
    raw = pd.Series((wide - found.by_year["value"]).to_numpy() @ years / 10, index=wide.index)
    steepest = int(raw.idxmax())
    own = found.units.loc[steepest]
    return [
        points(found.sd_slope).lstrip("+"),
        points(found.sd_level).lstrip("+"),
        points(raw[steepest]),
        points(own["slope"]),
        span(own["slope_low"], own["slope_high"]),
        ru(own["reliability"], 2),
        points((found.by_year["value"].iloc[-1] - found.by_year["value"].iloc[0]) / 4),
    ]


TABLE = np.array([[10, 5, 1, 0], [3, 30, 12, 1], [1, 6, 40, 10], [0, 1, 4, 20]])
LEVELS = ("insufficient", "reduced", "basic", "advanced")


def cohort_numbers() -> list[str]:
    first, second = np.indices(TABLE.shape)
    names = np.array(LEVELS)
    pairs = pd.DataFrame(
        {
            "level_earlier": names[np.repeat(first.ravel(), TABLE.ravel())],
            "level_later": names[np.repeat(second.ravel(), TABLE.ravel())],
        }
    )
    found = level_transitions(pairs, LEVELS)
    low, high, _ = paired_change_bounds(7, 2, 25)
    apart = difference(16, 25, 11, 25)
    numbers = [str(found.n), ru(found.margins.p_value, 3), ru(found.symmetry.p_value, 3)]
    for part in (found.moved_up, found.kept, found.moved_down):
        interval = f"{ru(100 * part.interval.low, 1)}–{ru(100 * part.interval.high, 1)}"
        numbers.append(f"{ru(100 * part.value, 1)} % ({interval})")
    return [*numbers, span(float(low), float(high)), span(apart.interval.low, apart.interval.high)]


PAGES = {
    "change": change_numbers,
    "regression_to_mean": regression_numbers,
    "growth_model": growth_numbers,
    "cohort_change": cohort_numbers,
}


@pytest.mark.parametrize("page", PAGES)
def test_numbers_of_page(page):
    assert not numbers_missing(page, PAGES[page]())


@pytest.mark.parametrize("page", PAGES)
def test_page_has_all_parts(page):
    assert not parts_missing(page)
