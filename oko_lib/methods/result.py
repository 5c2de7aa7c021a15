"""Result objects shared by all methods: a value is never a bare number.

A method returns an :class:`Estimate` or, when the data cannot carry an answer, one whose ``refusal`` says why. The
reasons are codes; the wording for a reader is made in the report room.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RefusalReason(StrEnum):
    """Why a method gives no answer."""

    TOO_FEW = "too_few"
    SCALE_TOO_SHORT = "scale_too_short"
    NO_SCALE = "no_scale"
    NO_VARIATION = "no_variation"
    NO_DATA = "no_data"
    NOT_CONVERGED = "not_converged"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class Refusal:
    """An honest «no answer».

    Parameters
    ----------
    reason : RefusalReason
        Code of the reason.
    found : float or None
        What there was (for example the number of pairs).
    needed : float or None
        What the method needs at least.
    """

    reason: RefusalReason
    found: float | None = None
    needed: float | None = None


@dataclass(frozen=True)
class Interval:
    """A confidence (or credible) interval."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True)
class Estimate:
    """A value with what it rests on.

    Parameters
    ----------
    value : float or None
        Point estimate; shares are fractions from 0 to 1, differences of means are in the unit of the data.
    interval : Interval or None
        Interval of the estimate, None when the method gives none or refuses.
    n : int
        Number of observations (pairs, pupils, schools: the method says which).
    numerator, denominator : float or None
        For shares.
    refusal : Refusal or None
        Set when the value must not be shown or used.
    """

    value: float | None
    interval: Interval | None
    n: int
    numerator: float | None = None
    denominator: float | None = None
    refusal: Refusal | None = None

    @property
    def given(self) -> bool:
        """True when the method answered."""
        return self.refusal is None and self.value is not None


@dataclass(frozen=True)
class TestResult:
    """Outcome of a significance test."""

    __test__ = False

    statistic: float | None
    df: float | None
    p_value: float | None
    n: int
    refusal: Refusal | None = None
