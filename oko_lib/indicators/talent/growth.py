"""Participants and prizes beside last year: by the letter, and told from chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from oko_lib.indicators.talent.contests import FINAL
from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.entries import FEDERAL_LISTS
from oko_lib.indicators.talent.units import keyed
from oko_lib.methods.clustered_share import clustered_shares
from oko_lib.methods.count_change import CountChange, count_change
from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.talent_norms import TalentNorms

_HIGHER = ("regional", "final")

#: Upper bound over lower bound of a ratio beyond which it is not shown.
_WIDEST = 25.0


@dataclass(frozen=True)
class Measure:
    """One number that is followed over years.

    Parameters
    ----------
    code : str
    frame : str
        ``entries`` or ``contests``.
    rows : callable
        Frame of a year → rows counted.
    children : bool
        Different children are counted, not rows.
    stages : tuple of str
        Olympiad stages that must have been held in both years for absence to mean none.
    """

    code: str
    frame: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    children: bool
    stages: tuple[str, ...] = ()


def _stage(*stages: str, prizes: bool = False) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame[frame["stage"].isin(stages) & (frame["prize"] | (not prizes))]


def _federal(*, prizes: bool = False) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def rows(frame: pd.DataFrame) -> pd.DataFrame:
        own = frame[frame["event_list"].isin(FEDERAL_LISTS)]
        return own[own["prize"] & (own["stage"] == FINAL)] if prizes else own

    return rows


MEASURES = (
    Measure("school_participants", "entries", _stage("school"), True, ("school",)),
    Measure("municipal_participants", "entries", _stage("municipal"), True, ("municipal",)),
    Measure("municipal_prizes", "entries", _stage("municipal", prizes=True), False, ("municipal",)),
    Measure("higher_participants", "entries", _stage(*_HIGHER), True, ("regional",)),
    Measure("higher_prizes", "entries", _stage(*_HIGHER, prizes=True), False, ("regional",)),
    Measure("federal_participants", "contests", _federal(), True),
    Measure("federal_prizes", "contests", _federal(prizes=True), False),
)


def growth(data: TalentData, norms: TalentNorms) -> pd.DataFrame:
    """Return one row per measure that has data in both years.

    Parameters
    ----------
    data : TalentData
        Of the schools asked for.
    norms : TalentNorms

    Returns
    -------
    DataFrame
        measure, before, after (totals), formal and state (growth, decline, indistinct; state missing when refused),
        ratio (Estimate).
    """
    frames = {name: _two_years(getattr(data, name), data.year) for name in ("entries", "contests")}
    rows = []
    for measure in MEASURES:
        change = change_of(data, frames[measure.frame], measure, norms)
        if change is not None:
            ratio = _telling(change.ratio)
            rows.append(
                {
                    "measure": measure.code,
                    "before": change.before,
                    "after": change.after,
                    "formal": str(change.formal) if change.formal is not None else None,
                    "ratio": ratio,
                    "state": str(change.state) if change.state is not None and ratio.given else None,
                }
            )
    return pd.DataFrame(rows, columns=["measure", "before", "after", "formal", "ratio", "state"])


def _telling(ratio: Estimate) -> Estimate:
    """Refuse a ratio whose interval leaves everything open: a few schools with a few children each."""
    if ratio.given and ratio.interval.low * _WIDEST < ratio.interval.high:
        return replace(ratio, value=None, interval=None, refusal=Refusal(RefusalReason.TOO_FEW, ratio.n))
    return ratio


def _two_years(frame: pd.DataFrame, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of the year before and of `year`, with the columns the measures look at: they are cut many times."""
    columns = [name for name in ("stage", "event_list", "school", "person", "prize") if name in frame]
    return tuple(frame.loc[frame["year"] == each, columns] for each in (year - 1, year))


def change_of(
    data: TalentData, frames: tuple[pd.DataFrame, pd.DataFrame], measure: Measure, norms: TalentNorms
) -> CountChange | None:
    """Return the change of a measure since last year; None where either year has no data of it.

    Parameters
    ----------
    data : TalentData
        Says which stages were held.
    frames : tuple of DataFrame
        Rows of the year before and of this year.
    measure : Measure
    norms : TalentNorms
    """
    years = (data.year - 1, data.year)
    if measure.frame == "entries":
        if any(not set(measure.stages) <= data.held.get(year, frozenset()) for year in years):
            return None
    elif any(frame.empty for frame in frames):
        return None
    counts = {}
    for name, frame in zip(("before", "after"), frames, strict=True):
        rows = measure.rows(frame)
        if measure.children and not keyed(rows, norms):
            return None
        by_school = rows.groupby("school")["person"]
        counts[name] = by_school.nunique() if measure.children else by_school.size()
    both = pd.DataFrame(counts).fillna(0)
    return count_change(both, minimum_total=int(norms.dynamics_minimum_count.value), level=norms.confidence_level.value)


def prize_share_change(frame: pd.DataFrame, year: int, norms: TalentNorms) -> tuple[Estimate, bool | None]:
    """Change of the share of prizes among entries since last year, and whether it rose by the letter.

    Parameters
    ----------
    frame : DataFrame
        Entries (stages asked for) of both years: year, school, prize.

    Returns
    -------
    Estimate
        Difference of shares, clustered by school.
    bool or None
        Any rise at all; None where a year has no entries.
    """
    two = frame[frame["year"].between(year - 1, year)]
    counts = two.groupby(["school", "year"])["prize"].agg(n_success="sum", n="size").reset_index()
    found = clustered_shares(counts, level=norms.confidence_level.value)
    if len(found.years) < 2:
        return found.change, None
    share = found.by_year["share"]
    return found.change, bool(share.iloc[-1] > share.iloc[-2])
