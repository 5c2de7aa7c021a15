"""Children and entries: two units that are never mixed."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.methods.proportions import wilson
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.talent_norms import TalentNorms


@dataclass(frozen=True)
class Units:
    """How many entries there are and how many children stand behind them.

    Parameters
    ----------
    entries : int
        Works written: a child in three subjects is three entries.
    persons : int or None
        Different children; None where too few entries have a pupil key to count them.
    """

    entries: int
    persons: int | None


def keyed(entries: pd.DataFrame, norms: TalentNorms) -> bool:
    """Tell whether enough entries have a pupil key for children to be counted; also of an empty frame."""
    return bool(entries["person"].notna().mean() >= norms.minimum_keyed_share.value) if len(entries) else True


def units(entries: pd.DataFrame, norms: TalentNorms) -> Units:
    """Count a frame of entries in both units."""
    return Units(len(entries), int(entries["person"].nunique()) if keyed(entries, norms) else None)


def share_of_entries(part: pd.DataFrame, whole: pd.DataFrame, norms: TalentNorms) -> Estimate:
    """Share of entries with Wilson's interval: of works, not of children.

    Many works of few children are still few children: their share is refused, as far as children can be counted.
    """
    minimum = int(norms.minimum_group.value)
    children = units(whole, norms).persons
    if children is not None and 0 < children < minimum:
        refusal = Refusal(RefusalReason.TOO_FEW, children, minimum)
        return Estimate(None, None, len(whole), len(part), len(whole), refusal)
    return wilson(len(part), len(whole), norms.confidence_level.value, minimum)


def share_of_persons(part: pd.DataFrame, whole: pd.DataFrame, norms: TalentNorms) -> Estimate:
    """Share of children with Wilson's interval; refused where they cannot be counted."""
    if not keyed(whole, norms):
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    n = int(whole["person"].nunique())
    reached = int(part["person"].nunique())
    return wilson(reached, n, norms.confidence_level.value, int(norms.minimum_group.value))


def complete_share(part: float | None, whole: float | None, minimum: int = 0) -> Estimate:
    """Share of a complete count: nothing was sampled, hence no interval.

    Parameters
    ----------
    part, whole : float or None
        Missing where nobody reported: the refusal is ``no_data``.
    minimum : int
        Smallest `whole` that is shown.
    """
    if part is None or whole is None or pd.isna(part) or pd.isna(whole) or whole <= 0:
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    if whole < minimum:
        return Estimate(None, None, int(whole), part, whole, Refusal(RefusalReason.TOO_FEW, whole, minimum))
    return Estimate(float(part / whole), None, int(whole), float(part), float(whole))


def complete_count(value: float | None) -> Estimate:
    """A count of something reported in full."""
    if value is None or pd.isna(value):
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    return Estimate(float(value), None, int(value))
