"""Numbers as a Russian reader expects them.

One rounding rule for the whole workbench: half away from zero, applied to the *decimal* notation of the number after
it was brought to twelve significant digits. So 37.25 prints as 37,3 (binary rounding would give 37,2), and a share
computed along another way, 0.37249999999999994, prints the same as 0.3725. Every table, figure, sentence and Excel
text uses these functions: the same number prints the same everywhere.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from numbers import Integral, Real

from oko_lib.methods.result import Estimate, Interval

#: Narrow no-break space: between groups of thousands and before «%» and «п.п.».
NARROW = "\u202f"
MINUS = "\u2212"
DASH = "–"

#: Codes of a cell that holds no number.
NOT_APPLICABLE = "—"
NO_DATA = "…"
TOO_FEW = "м.д."

#: What the codes mean, for the note under a table.
CODE_MEANINGS = {
    TOO_FEW: "м.д. — мало данных для вывода",
    NOT_APPLICABLE: "«—» — неприменимо или расчёт невозможен",
    NO_DATA: "«…» — нет данных",
}

_SIGNIFICANT = Context(prec=12, rounding=ROUND_HALF_UP)
#: A context of its own for rounding: the default one would refuse large numbers with many digits.
_WIDE = Context(prec=60)


def is_missing(value: object) -> bool:
    """Tell whether `value` is no number at all: None, NaN, NaT or ``pandas.NA``."""
    # A report asks this some ten thousand times: the plain types answer before the abstract ones are asked.
    kind = type(value)
    if kind is float:
        return value != value
    if kind is str or kind is int:
        return False
    if value is None or kind.__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, Real | Decimal) and math.isnan(value)


def to_decimal(value: object) -> Decimal:
    """Return `value` as a decimal of at most twelve significant digits (integers exactly)."""
    if isinstance(value, float):  # numpy's too; first, because most are
        exact = Decimal(repr(float(value)))
    elif isinstance(value, Decimal):
        exact = value
    elif isinstance(value, Integral):
        return Decimal(int(value))
    elif isinstance(value, Fraction):
        return _SIGNIFICANT.divide(Decimal(value.numerator), Decimal(value.denominator))
    else:
        exact = Decimal(repr(float(value)))
    return _SIGNIFICANT.plus(exact)


def rounded(value: object, digits: int = 0) -> Decimal:
    """Round half away from zero.

    Parameters
    ----------
    value : real number
        What to round; the rule is in the module's docstring.
    digits : int
        Decimal places to keep.

    Returns
    -------
    Decimal
        Never a negative zero.
    """
    result = to_decimal(value).quantize(_unit(digits), rounding=ROUND_HALF_UP, context=_WIDE)
    return abs(result) if result == 0 else result


@cache
def _unit(digits: int) -> Decimal:
    return Decimal(1).scaleb(-digits)


def number(value: object, digits: int = 0, *, signed: bool = False) -> str:
    """Return a number with decimal comma, narrow spaces and a real minus; «…» when there is none.

    Parameters
    ----------
    value : real number or None
        What to print.
    digits : int
        Decimal places, always printed in full.
    signed : bool
        Print «+» before positive numbers (differences).
    """
    if is_missing(value):
        return NO_DATA
    if math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    result = rounded(value, digits)
    whole, _, fraction = f"{abs(result):f}".partition(".")
    text = f"{int(whole):,}".replace(",", NARROW) + ("," + fraction if fraction else "")
    if result < 0:
        return MINUS + text
    return "+" + text if signed and result > 0 else text


def integer(value: object) -> str:
    """Return a count: «12 345»."""
    return number(value, 0)


def _hundredfold(share: object) -> object:
    return share if is_missing(share) or math.isinf(share) else to_decimal(share) * 100


def percent_number(share: object, digits: int = 1) -> str:
    """Return a share (0..1) in per cent without the sign, for a column whose header says «%»."""
    return number(_hundredfold(share), digits)


def percent(share: object, digits: int = 1) -> str:
    """Return a share (0..1) as «37,2 %»."""
    return NO_DATA if is_missing(share) else f"{percent_number(share, digits)}{NARROW}%"


def points_number(difference: object, digits: int = 1) -> str:
    """Return a difference of shares (−1..1) in percentage points without the unit: «+3,1»."""
    return number(_hundredfold(difference), digits, signed=True)


def points(difference: object, digits: int = 1) -> str:
    """Return a difference of shares (−1..1) as «+3,1 п.п.»."""
    return NO_DATA if is_missing(difference) else f"{points_number(difference, digits)}{NARROW}п.п."


def span(low: str, high: str) -> str:
    """Return two printed bounds as one range.

    Bounds with signs are joined by «…», because a dash beside a minus cannot be read: «−0,4…+6,6».
    """
    signed = any(text.startswith((MINUS, "+")) for text in (low, high))
    return f"{low}…{high}" if signed else f"{low}{DASH}{high}"


def share_interval(interval: Interval, digits: int = 1) -> str:
    """Return an interval of a share: «34,1–40,4» (per cent, without the sign)."""
    return span(percent_number(interval.low, digits), percent_number(interval.high, digits))


def share_with_interval(estimate: Estimate, digits: int = 1) -> str:
    """Return an estimated share as «37,2 % (34,1–40,4)».

    Raises
    ------
    ValueError
        If the estimate was refused: a refusal is worded by :mod:`oko_lib.report.refusals`.
    """
    value = percent(_given(estimate), digits)
    return f"{value} ({share_interval(estimate.interval, digits)})" if estimate.interval else value


def points_with_interval(estimate: Estimate, digits: int = 1) -> str:
    """Return an estimated difference of shares as «+3,1 п.п. (от −0,4 до +6,6)»."""
    value = points(_given(estimate), digits)
    if estimate.interval is None:
        return value
    low, high = points_number(estimate.interval.low, digits), points_number(estimate.interval.high, digits)
    return f"{value} (от {low} до {high})"


def mean_with_interval(estimate: Estimate, digits: int = 1) -> str:
    """Return an estimated mean as «12,4 (11,8–13,0)»."""
    value = number(_given(estimate), digits)
    if estimate.interval is None:
        return value
    return f"{value} ({span(number(estimate.interval.low, digits), number(estimate.interval.high, digits))})"


def _given(estimate: Estimate) -> float:
    if not estimate.given:
        raise ValueError("a refused estimate has no number: use oko_lib.report.refusals")
    return estimate.value


def p_value(p: float | None) -> str:
    """Return a p-value for an appendix: «0,012», «< 0,001»."""
    if is_missing(p):
        return NO_DATA
    if to_decimal(p) < Decimal("0.001"):
        return f"<{NARROW}0,001"
    return number(p, 3)


def for_figure(text: str) -> str:
    """Return `text` with ordinary no-break spaces: PT Sans has no glyph for the narrow one."""
    return text.replace(NARROW, "\u00a0")
