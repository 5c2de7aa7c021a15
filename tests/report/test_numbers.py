"""Russian numbers: exact strings and what must hold for every number."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report import numbers

N = "\u202f"


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (37.25, 1, "37,3"),
        (37.35, 1, "37,4"),
        (2.675, 2, "2,68"),
        (0.5, 0, "1"),
        (-0.5, 0, "−1"),
        (-37.25, 1, "−37,3"),
        (-0.04, 1, "0,0"),
        (12345, 0, f"12{N}345"),
        (1234567.891, 2, f"1{N}234{N}567,89"),
        (999.95, 1, f"1{N}000,0"),
        (np.float64(0.3), 1, "0,3"),
        (np.int64(2817), 0, f"2{N}817"),
        (Decimal("1.005"), 2, "1,01"),
        (Fraction(1, 3), 3, "0,333"),
        (None, 1, "…"),
        (math.nan, 1, "…"),
        (pd.NA, 1, "…"),
        (math.inf, 1, "∞"),
    ],
)
def test_number_prints_exactly(value, digits, text):
    assert numbers.number(value, digits) == text


def test_same_share_prints_the_same_however_it_was_computed():
    assert numbers.percent(0.3725) == numbers.percent(0.37249999999999994) == f"37,3{N}%"
    assert numbers.percent(Fraction(149, 400)) == numbers.percent(149 / 400)


def test_units_and_signs():
    assert numbers.percent(0.372) == f"37,2{N}%"
    assert numbers.points(0.031) == f"+3,1{N}п.п."
    assert numbers.points(-0.004) == f"−0,4{N}п.п."
    assert numbers.points(0.0004) == f"0,0{N}п.п."
    assert numbers.p_value(0.0004) == f"<{N}0,001"
    assert numbers.p_value(0.001) == "0,001"
    assert numbers.p_value(0.0123) == "0,012"
    assert numbers.p_value(None) == "…"


def test_intervals():
    share = Estimate(0.372, Interval(0.341, 0.404), 29589)
    assert numbers.share_with_interval(share) == f"37,2{N}% (34,1–40,4)"
    difference = Estimate(0.031, Interval(-0.004, 0.066), 93)
    assert numbers.points_with_interval(difference) == f"+3,1{N}п.п. (от −0,4 до +6,6)"
    assert numbers.mean_with_interval(Estimate(12.4, Interval(11.84, 13.0), 93)) == "12,4 (11,8–13,0)"
    assert numbers.span("−0,4", "6,6") == "−0,4…6,6"


def test_refused_estimate_has_no_number():
    refused = Estimate(0.4, None, 7, refusal=Refusal(RefusalReason.TOO_FEW, 7, 10))
    with pytest.raises(ValueError, match="refusals"):
        numbers.share_with_interval(refused)


def _back(text: str) -> Decimal:
    return Decimal(text.replace(N, "").replace("−", "-").replace(",", ".").replace("+", ""))


@settings(max_examples=200)
@given(st.floats(min_value=-1e9, max_value=1e9, allow_nan=False), st.integers(min_value=0, max_value=4))
def test_number_reads_back_within_half_a_step(value, digits):
    text = numbers.number(value, digits)
    # Twelve significant digits are kept, hence the second term.
    slack = Decimal(10) ** -digits / 2 + abs(Decimal(repr(value))) * Decimal("1e-11")
    assert abs(_back(text) - Decimal(repr(value))) <= slack
    assert "." not in text
    assert "-" not in text
    assert len(text.partition(",")[2]) == digits


@settings(max_examples=100)
@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_integers_are_exact_and_grouped_by_three(value):
    text = numbers.integer(value)
    assert int(_back(text)) == value
    groups = text.lstrip("−").split(N)
    assert 1 <= len(groups[0]) <= 3
    assert all(len(group) == 3 for group in groups[1:])


@settings(max_examples=100)
@given(st.floats(min_value=0, max_value=1, allow_nan=False))
def test_rounding_is_symmetric(share):
    assert numbers.points_number(-share).replace("−", "+") == numbers.points_number(share)
