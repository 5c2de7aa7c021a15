"""The value of an indicator of the official table: what any direction computes under a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oko_lib.methods.result import Estimate

#: What the number of an indicator is: a share (0 to 1), a difference of shares, a count, a ratio of counts, yes (1) or
#: no (0).
ValueKind = Literal["share", "points", "count", "ratio", "flag"]


@dataclass(frozen=True)
class IndicatorValue:
    """One indicator of one unit in one year.

    Parameters
    ----------
    code : str
        Code of the inventory, for example ``1.2.3-M01``.
    level : str
        ``region``, ``municipality`` or ``school``.
    unit : str
        Whose value it is: code of the municipality, identifier of the school; empty for the region.
    year : int
    title_ru : str
        What is counted, short.
    estimate : Estimate
        Value with interval, n, numerator and denominator, or a refusal.
    reading : str
        How an ambiguous wording was read: ``formal`` (any rise counts), ``reliable`` (only a rise told from chance),
        or, in Russian, what stands in the numerator and the denominator; empty where there is nothing to choose.
    kind : str
        What the number is, see :data:`ValueKind`.
    """

    code: str
    level: str
    unit: str
    year: int
    title_ru: str
    estimate: Estimate
    reading: str = ""
    kind: ValueKind = "share"
