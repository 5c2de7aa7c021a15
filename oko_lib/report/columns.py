"""What a table column is, and how a value becomes the text of its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oko_lib.methods.result import Estimate, Interval, Refusal, TestResult
from oko_lib.report.numbers import (
    NO_DATA,
    integer,
    is_missing,
    number,
    p_value,
    percent_number,
    points_number,
    span,
    to_decimal,
)
from oko_lib.report.refusals import cell_code, refusal_code

Kind = Literal["text", "integer", "number", "share", "points", "year", "p_value", "flag"]
Align = Literal["left", "right", "center"]

_UNITS = {"share": "%", "points": "п.п."}
_DIGITS = {"integer": 0, "number": 1, "share": 1, "points": 1, "p_value": 3, "year": 0}
_TRUTH = {True: "да", False: "нет"}


@dataclass(frozen=True)
class ColumnSpec:
    """One column of a report table.

    Parameters
    ----------
    key : str
        Column of the frame.
    title : str
        Header without the unit.
    unit : str or None
        Unit in the header; None takes the kind's own («%» for shares, «п.п.» for differences of shares), "" none.
    kind : str
        "text", "integer", "number", "share" (fractions, printed in per cent), "points" (differences of fractions,
        printed in percentage points with a sign), "year", "p_value" or "flag" (да / нет).
    align : {"left", "right", "center"}, optional
        By default text stands left, numbers right, flags in the middle.
    digits : int, optional
        Decimal places; by default one (none for integers, three for p-values).
    interval : bool
        Print the interval of an Estimate beside its value.
    group : str
        Heading over neighbouring columns of the same group.
    missing : str
        Text of an empty cell: «…» no data, «—» not applicable.
    """

    key: str
    title: str
    unit: str | None = None
    kind: Kind = "text"
    align: Align | None = None
    digits: int | None = None
    interval: bool = True
    group: str = ""
    missing: str = NO_DATA

    @property
    def header(self) -> str:
        """Title with its unit: «Понизили, %»."""
        unit = _UNITS.get(self.kind, "") if self.unit is None else self.unit
        return f"{self.title}, {unit}" if unit and self.title else self.title or unit

    @property
    def side(self) -> Align:
        """Where the text stands in the cell."""
        return self.align or {"text": "left", "flag": "center"}.get(self.kind, "right")

    @property
    def places(self) -> int:
        """Decimal places."""
        return _DIGITS.get(self.kind, 0) if self.digits is None else self.digits

    @property
    def numeric(self) -> bool:
        """Whether the cells hold numbers."""
        return self.kind not in {"text", "flag"}


@dataclass(frozen=True)
class Cell:
    """Text of a cell; an estimate's interval is kept apart so that intervals can stand under each other."""

    value: str
    low: str = ""
    high: str = ""
    code: bool = False

    @property
    def has_interval(self) -> bool:
        return bool(self.low)

    @property
    def text(self) -> str:
        """The whole text: «37,2 (34,1–40,4)»."""
        return f"{self.value} ({span(self.low, self.high)})" if self.has_interval else self.value


def cell(value: object, column: ColumnSpec) -> Cell:
    """Return the text of a cell.

    Parameters
    ----------
    value : Estimate, Interval, Refusal, TestResult, number, bool, str or None
        What the frame holds; strings are printed as they are in any column.
    column : ColumnSpec
        The column.
    """
    if isinstance(value, Estimate):
        if not value.given:
            return Cell(cell_code(value), code=True)
        if value.interval is None or not column.interval:
            return Cell(_printed(value.value, column))
        low, high = _printed(value.interval.low, column), _printed(value.interval.high, column)
        return Cell(_printed(value.value, column), low, high)
    if isinstance(value, Refusal):
        return Cell(refusal_code(value), code=True)
    if isinstance(value, TestResult):
        return Cell(refusal_code(value.refusal), code=True) if value.refusal else Cell(p_value(value.p_value))
    if isinstance(value, Interval):
        return Cell(span(_printed(value.low, column), _printed(value.high, column)))
    if isinstance(value, str):
        return Cell(value)
    if is_missing(value):
        return Cell(column.missing, code=True)
    return Cell(_printed(value, column))


def _printed(value: object, column: ColumnSpec) -> str:
    if column.kind == "share":
        return percent_number(value, column.places)
    if column.kind == "points":
        return points_number(value, column.places)
    if column.kind == "integer":
        return integer(value)
    if column.kind == "number":
        return number(value, column.places)
    if column.kind == "p_value":
        return p_value(value)
    if column.kind == "year":
        return str(int(value))
    if column.kind == "flag":
        return _TRUTH[bool(value)]
    # A number in a text column keeps its own digits, with a comma.
    return str(value) if isinstance(value, bool) or not hasattr(value, "__float__") else _as_is(value)


def _as_is(value: object) -> str:
    exact = to_decimal(value)
    return number(value, max(0, -exact.normalize().as_tuple().exponent))


def raw(value: object) -> object:
    """Return the unprinted content of a cell as JSON types.

    Estimates become ``{"value", "low", "high", "n"}`` (``{"code", "n"}`` when refused); missing values become None.
    """
    if isinstance(value, Estimate):
        if not value.given:
            return {"code": cell_code(value), "n": int(value.n)}
        low, high = (value.interval.low, value.interval.high) if value.interval else (None, None)
        return {"value": float(value.value), "low": _float(low), "high": _float(high), "n": int(value.n)}
    if isinstance(value, Refusal):
        return {"code": refusal_code(value)}
    if isinstance(value, TestResult):
        return {"code": refusal_code(value.refusal)} if value.refusal else _float(value.p_value)
    if isinstance(value, Interval):
        return {"low": _float(value.low), "high": _float(value.high)}
    if is_missing(value):
        return None
    if isinstance(value, str | bool | int):
        return value
    if hasattr(value, "item"):  # a numpy scalar
        return raw(value.item())
    return float(value) if hasattr(value, "__float__") else str(value)


def _float(value: float | None) -> float | None:
    return None if is_missing(value) else float(value)
