"""Coverage of pupils: the norm of 10 % of grades 5–11, school by school, and what keeps a municipality below it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.talent.forms import pupils_by_school
from oko_lib.indicators.talent.units import complete_share, keyed
from oko_lib.methods.proportions import wilson_bounds
from oko_lib.methods.result import Estimate
from oko_lib.methods.shrinkage import shrink_proportions
from oko_lib.settings.talent_norms import TalentNorms


@dataclass(frozen=True)
class Coverage:
    """Coverage of the pupils of the norm's grades.

    Parameters
    ----------
    schools : DataFrame
        Index school: pupils, covered (by the form: children in events for identifying and supporting the gifted),
        olympians (children at the school stage of the olympiad), participants (children in the olympiad or in any
        listed contest); missing where not reported or not countable.
    by_form, by_olympiad, by_any : Estimate
        Shares of all pupils of the schools that have both numbers; complete counts, no interval.
    target : float
    without_form : tuple of str
        Schools with pupils of these grades that did not report the number of the norm.
    holding : tuple of str
        Where the norm is missed: few schools (a third at most) without which the others together reach it; empty where
        there is no such set.
    rest : Estimate
        Coverage of the others; refused when `holding` is empty.
    """

    schools: pd.DataFrame
    by_form: Estimate
    by_olympiad: Estimate
    by_any: Estimate
    target: float
    without_form: tuple[str, ...]
    holding: tuple[str, ...]
    rest: Estimate

    @property
    def target_met(self) -> bool | None:
        """Whether the norm is reached (exactly the norm does); None without data."""
        if not self.by_form.given:
            return None
        return self.by_form.numerator >= self.target * self.by_form.denominator - 1e-9


def coverage_by_school(
    entries: pd.DataFrame,
    contests: pd.DataFrame,
    enrolment: pd.DataFrame,
    support: pd.DataFrame,
    year: int,
    norms: TalentNorms,
) -> pd.DataFrame:
    """Return the frame ``schools`` of :class:`Coverage` for all schools with pupils of the norm's grades.

    Parameters
    ----------
    entries, contests, enrolment, support : DataFrame
        Frames of the room, of any years.
    year : int
    norms : TalentNorms
    """
    low, high = norms.coverage_grades
    pupils = pupils_by_school(enrolment, year, (low, high))
    own = entries[(entries["year"] == year) & entries["grade"].between(low, high)]
    events = contests[(contests["year"] == year) & contests["grade"].between(low, high)]
    form = support[support["year"] == year].set_index("school")["pupils_talent_events"]
    frame = pd.DataFrame({"pupils": pupils})
    frame["covered"] = form.reindex(frame.index)
    frame["olympians"] = _children(own[own["stage"] == "school"], norms).reindex(frame.index)
    both = pd.concat([own[["school", "person"]], events[["school", "person"]]], ignore_index=True)
    frame["participants"] = _children(both, norms).reindex(frame.index)
    if keyed(own, norms) and len(own):
        frame[["olympians", "participants"]] = frame[["olympians", "participants"]].fillna(0)
    return frame[frame["pupils"] > 0]


def _children(entries: pd.DataFrame, norms: TalentNorms) -> pd.Series:
    """Different children by school; nothing where they cannot be counted."""
    if entries.empty or not keyed(entries, norms):
        return pd.Series(dtype="float64")
    return entries.groupby("school")["person"].nunique().astype("float64")


def coverage_of(schools: pd.DataFrame, norms: TalentNorms) -> Coverage:
    """Put schools together.

    Parameters
    ----------
    schools : DataFrame
        Rows of :func:`coverage_by_school`.
    norms : TalentNorms
    """
    target = norms.coverage_target.value
    known = schools.dropna(subset="covered")
    by_form = _share(schools, "covered", norms)
    holding: tuple[str, ...] = ()
    if by_form.given and by_form.numerator < target * by_form.denominator - 1e-9:
        holding = _holding(known, target)
    rest = known.drop(list(holding))
    return Coverage(
        schools=schools,
        by_form=by_form,
        by_olympiad=_share(schools, "olympians", norms),
        by_any=_share(schools, "participants", norms),
        target=target,
        without_form=tuple(sorted(schools.index[schools["covered"].isna()])),
        holding=holding,
        rest=_share(rest, "covered", norms) if holding else complete_share(None, None),
    )


def _share(schools: pd.DataFrame, column: str, norms: TalentNorms) -> Estimate:
    known = schools.dropna(subset=column)
    if known.empty:
        return complete_share(None, None)
    return complete_share(known[column].sum(), known["pupils"].sum(), int(norms.minimum_group.value))


def _holding(known: pd.DataFrame, target: float) -> tuple[str, ...]:
    """Few schools without which the others reach the norm; none when there is no such set of a third at most.

    First those covered less than half as well as the norm asks: all of them are named or none. Where that does not do,
    the schools that lack the most children, as few as suffice, with all others covered as little as they are — else the
    choice among equals would be by size alone.
    """
    share = known["covered"] / known["pupils"]
    lacking = target * known["pupils"] - known["covered"]
    order = lacking.sort_index().sort_values(ascending=False, kind="stable")
    excess = order.cumsum() - order.sum()
    fewest = order.index[: int((excess < -1e-9).sum()) + 1]
    for named in (share.index[share < target / 2], share.index[share <= share[fewest].max()]):
        rest = lacking.drop(named).sum()
        if 0 < len(named) * 3 <= len(known) and rest <= 1e-9:
            return tuple(sorted(named))
    return ()


def participation(schools: pd.DataFrame, norms: TalentNorms) -> pd.DataFrame:
    """Participation in the school stage by school, small schools drawn towards the region.

    Parameters
    ----------
    schools : DataFrame
        Rows of :func:`coverage_by_school` of the whole region: what schools usually look like is learned from all.
    norms : TalentNorms

    Returns
    -------
    DataFrame
        Index school: n (pupils), participants, share, low, high (Wilson), shrunk, shrunk_low, shrunk_high
        (beta-binomial empirical Bayes; missing with too few schools).
    """
    known = schools.dropna(subset="olympians")
    known = known[known["olympians"] <= known["pupils"]]
    level = norms.confidence_level.value
    low, high = wilson_bounds(known["olympians"], known["pupils"], level)
    frame = pd.DataFrame(
        {
            "n": known["pupils"].astype(int),
            "participants": known["olympians"].astype(int),
            "share": known["olympians"] / known["pupils"],
            "low": low,
            "high": high,
        },
        index=known.index,
    )
    shrunk = shrink_proportions(known["olympians"], known["pupils"], level=level, units=known.index)
    rows = shrunk.units.set_index("unit") if len(known) else pd.DataFrame(columns=["shrunk", "low", "high"])
    for name, column in (("shrunk", "shrunk"), ("shrunk_low", "low"), ("shrunk_high", "high")):
        frame[name] = rows[column].reindex(frame.index)
    return frame
