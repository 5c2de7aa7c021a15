"""Which schools a method calls low-performing, why, how nearly and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oko_lib.indicators.low_results.identification_criteria import EVIDENCE, Answers, answers, share_criterion
from oko_lib.indicators.low_results.identification_data import RuleData, rule_data
from oko_lib.methods.low_results_distance import smallest_change
from oko_lib.methods.low_results_probability import criteria_met, rule_probability
from oko_lib.methods.low_results_rule import TRUE, UNKNOWN, ShareCriterion, combine, criterion_state, critical_share
from oko_lib.methods.result import Refusal
from oko_lib.settings.identification import AnyCriterion, IdentificationMethod, Rule, ShareBelow

#: Thresholds (percent) at which a method is tried in place of its own.
SENSITIVITY = tuple(range(20, 41))


class Status(StrEnum):
    """What a method says of a school; words for the reader are made in the report room."""

    LISTED = "listed"
    RISK_ZONE = "risk_zone"
    NOT_LISTED = "not_listed"
    TOO_LITTLE_DATA = "too_little_data"


@dataclass(frozen=True)
class Reading:
    """A rule under one way to combine its criteria.

    Parameters
    ----------
    combination : str
        ``all``, ``any`` or ``at_least``.
    at_least : int
        How many criteria must hold.
    schools : DataFrame
        Indexed by school: listed (boolean, missing: too little data to say); critical_below, critical_n,
        critical_share (the largest threshold at which the rule still holds, as pupils and as a fraction; missing where
        thresholds differ or other criteria decide); margin (critical share less threshold, fraction); change_pupils
        (smallest number of pupils on the other side of the threshold of their procedure that changes the answer;
        missing where none can); probability (that the rule holds for the shares behind the counts; missing where a
        criterion cannot be judged or the rule has none on shares).
    sensitivity : DataFrame or None
        Schools × thresholds in percent, boolean: would the school be listed? None where the rule has no common
        threshold.
    moves : DataFrame
        One choice of pupils that changes the answer: school, procedure, year, pupils (negative: fewer below).
    """

    combination: str
    at_least: int
    schools: pd.DataFrame
    sensitivity: pd.DataFrame | None
    moves: pd.DataFrame


@dataclass(frozen=True)
class MethodResult:
    """What one method says of all schools in one year.

    Parameters
    ----------
    method : IdentificationMethod
    year : int
    schools : DataFrame
        Indexed by school: status (:class:`Status`), in_risk_zone (boolean), n_criteria_met, and all columns of the
        main reading.
    criteria : DataFrame
        One row per school and criterion: school, part (``list`` or ``risk_zone``), criterion, satisfied (boolean,
        missing: too little data), n_satisfied, n_assessable, critical_below, critical_n, critical_share, probability.
    evidence : DataFrame
        What the criteria looked at: school, part, criterion, procedure, year, n_below, n, measure, value, low, high,
        probability, reached (the row itself), speaks (its procedure satisfies the criterion).
    readings : dict of str to Reading
        The main one first; two where the document is ambiguous.
    risk_zone : Reading or None
    priors : DataFrame
        procedure, year, a, b, fit, n_units, refusal: what the region says of a share before a school is looked at
        (empty for a method without criteria on shares).
    refusals : dict of str to Refusal
        Criteria that could be judged for no school.
    """

    method: IdentificationMethod
    year: int
    schools: pd.DataFrame
    criteria: pd.DataFrame
    evidence: pd.DataFrame
    readings: dict[str, Reading]
    risk_zone: Reading | None
    priors: pd.DataFrame
    refusals: dict[str, Refusal]

    @property
    def main(self) -> Reading:
        """The reading the method stands for."""
        return next(iter(self.readings.values()))

    def why(self, school: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the answers of the criteria for one school, and the rows of evidence that speak for them."""
        rows = self.evidence[(self.evidence["school"] == school) & self.evidence["speaks"].astype(bool)]
        return self.criteria[self.criteria["school"] == school], rows

    def listed(self) -> frozenset[str]:
        """Schools the main reading lists."""
        return frozenset(self.schools.index[self.schools["status"] == Status.LISTED])


def identify(
    method: IdentificationMethod,
    outcomes: pd.DataFrame,
    lists: pd.DataFrame,
    year: int,
    changes: pd.DataFrame | None = None,
    schools: Iterable[str] | None = None,
) -> MethodResult:
    """Apply a method to the schools of a region.

    Parameters
    ----------
    method : IdentificationMethod
    outcomes : DataFrame
        One row per school × year × procedure: school, year, procedure, kind, subject, grade, n, n_below (missing where
        the procedure has no known threshold), mean (in standard deviations of the region's pupils) and, if there is
        one, mean_score (in points).
    lists : DataFrame
        Published lists: list_kind, year, school.
    year : int
        Year of the list; later rows are not looked at.
    changes : DataFrame, optional
        school, procedure, state (growth, decline, indistinct) of this year; without it criteria on reliable changes
        are refused.
    schools : iterable of str, optional
        Schools to be told of; by default those with outcomes in the years the method looks at, or on a list of the
        year. A school without any data is answered «too little data».

    Returns
    -------
    MethodResult
    """
    rules: list[Rule] = [method, *([method.risk_zone] if method.risk_zone else [])]
    every = [criterion for rule in rules for criterion in rule.criteria]
    n_years = max([item.years_in_a_row for item in every if isinstance(item, ShareBelow)], default=1)
    data = rule_data(outcomes, lists, year, n_years, changes, schools)
    found = [answers(criterion, data) for criterion in method.criteria]
    readings = {name: _reading(name, _needed(name, method), found, data) for name in method.readings}
    zone_found: list[Answers] = []
    zone = None
    if method.risk_zone is not None:
        zone_found = [answers(criterion, data) for criterion in method.risk_zone.criteria]
        (combination,) = method.risk_zone.readings
        zone = _reading(combination, method.risk_zone.at_least, zone_found, data)
    parts = [("list", found), *([("risk_zone", zone_found)] if zone_found else [])]
    return MethodResult(
        method=method,
        year=year,
        schools=_statuses(next(iter(readings.values())), zone, found, data),
        criteria=_criteria_rows(parts, data),
        evidence=_evidence_rows(parts),
        readings=readings,
        risk_zone=zone,
        priors=_priors(data if any(isinstance(item, ShareBelow) for item in every) else None),
        refusals={item.criterion.name: item.refusal for _, items in parts for item in items if item.refusal},
    )


def _needed(combination: str, rule: Rule) -> int:
    return {"all": len(rule.criteria), "any": 1}.get(combination, rule.at_least)


def _reading(combination: str, at_least: int, found: Sequence[Answers], data: RuleData) -> Reading:
    on_shares = [item for item in found if item.flags is not None]
    fixed = [item.state for item in found if item.flags is None]
    state = combine([item.state for item in found], at_least)
    frame = pd.DataFrame({"listed": _boolean(state)}, index=data.schools)
    rules = [share_criterion(item.criterion, data) for item in on_shares]
    thresholds = {rule.threshold for rule in rules}
    for column in ("critical_below", "critical_n", "change_pupils"):
        frame[column] = pd.array([pd.NA] * len(frame), dtype="Int64")
    frame[["critical_share", "margin", "probability"]] = np.nan
    sensitivity = None
    moves = pd.DataFrame({"school": [], "procedure": [], "year": [], "pupils": []})
    if rules:
        n_fixed = np.sum([item == TRUE for item in fixed], axis=0) if fixed else 0
        change = smallest_change(data.counts, rules, at_least, n_fixed)
        told = state != UNKNOWN
        frame["change_pupils"] = _integers(change.pupils, told & (change.pupils >= 0))
        moves = _moves(np.where(told[:, None, None], change.moves, 0), data)
        judged = np.all([item.state != UNKNOWN for item in found], axis=0)
        probability = rule_probability(criteria_met(rules, data.tails(thresholds)), at_least, n_fixed)
        frame["probability"] = np.where(judged, probability, np.nan)
    if len(thresholds) == 1:
        critical = critical_share([item.flags for item in on_shares], at_least, fixed)
        known = critical.n > 0
        frame["critical_below"] = _integers(critical.n_below, known)
        frame["critical_n"] = _integers(critical.n, known)
        frame["critical_share"] = critical.share
        frame["margin"] = critical.share - float(min(thresholds))
        sensitivity = _sensitivity(rules, fixed, at_least, data)
    order = [
        *("listed", "critical_below", "critical_n", "critical_share", "margin"),
        *("change_pupils", "probability"),
    ]
    return Reading(combination, at_least, frame[order], sensitivity, moves)


def _boolean(state: NDArray[np.int8]) -> pd.arrays.BooleanArray:
    return pd.arrays.BooleanArray(state == TRUE, state == UNKNOWN)


def _integers(values: NDArray[np.int64], known: NDArray[np.bool_]) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(np.asarray(values, dtype=np.int64), ~known)


def _sensitivity(
    rules: Sequence[ShareCriterion], fixed: Sequence[NDArray[np.int8]], at_least: int, data: RuleData
) -> pd.DataFrame:
    columns = {}
    for percent in SENSITIVITY:
        tried = [replace(rule, threshold=Fraction(percent, 100)) for rule in rules]
        states = [*(criterion_state(data.counts, rule) for rule in tried), *fixed]
        columns[percent] = _boolean(combine(states, at_least))
    return pd.DataFrame(columns, index=data.schools)


def _moves(moves: NDArray[np.int64], data: RuleData) -> pd.DataFrame:
    school, procedure, year = np.nonzero(moves)
    return pd.DataFrame(
        {
            "school": data.schools.to_numpy()[school],
            "procedure": data.procedures.index.to_numpy()[procedure],
            "year": np.array(data.years)[year],
            "pupils": moves[school, procedure, year],
        }
    )


def _statuses(main: Reading, zone: Reading | None, found: Sequence[Answers], data: RuleData) -> pd.DataFrame:
    listed = main.schools["listed"]
    nothing = pd.Series(pd.array([pd.NA] * len(listed), dtype="boolean"), index=listed.index)
    in_zone = zone.schools["listed"] if zone is not None else nothing
    unsure = listed.isna() | (in_zone.isna() if zone is not None else False)
    status = np.select(
        [listed.fillna(False).to_numpy(bool), in_zone.fillna(False).to_numpy(bool), unsure.to_numpy(bool)],
        [Status.LISTED.value, Status.RISK_ZONE.value, Status.TOO_LITTLE_DATA.value],
        Status.NOT_LISTED.value,
    )
    n_met = np.sum([item.state == TRUE for item in found], axis=0)
    frame = pd.DataFrame({"status": status, "in_risk_zone": in_zone, "n_criteria_met": n_met}, index=data.schools)
    return frame.join(main.schools)


def _criteria_rows(parts: Sequence[tuple[str, Sequence[Answers]]], data: RuleData) -> pd.DataFrame:
    rows = []
    for part, items in parts:
        for item in items:
            frame = pd.DataFrame(
                {
                    "school": data.schools.to_numpy(),
                    "part": part,
                    "criterion": item.criterion.name,
                    "satisfied": _boolean(item.state),
                    "n_satisfied": item.n_satisfied,
                    "n_assessable": item.n_assessable,
                }
            )
            if item.flags is None:
                nothing = _integers(np.zeros(len(frame)), np.zeros(len(frame), dtype=bool))
                frame = frame.assign(critical_below=nothing, critical_n=nothing, critical_share=np.nan)
            else:
                known = item.flags.critical_n > 0
                frame["critical_below"] = _integers(item.flags.critical_below, known)
                frame["critical_n"] = _integers(item.flags.critical_n, known)
                share = item.flags.critical_below / np.where(known, item.flags.critical_n, 1)
                frame["critical_share"] = np.where(known, share, np.nan)
            frame["probability"] = np.nan if item.probability is None else item.probability
            rows.append(frame)
    return pd.concat(rows, ignore_index=True)


def _evidence_rows(parts: Sequence[tuple[str, Sequence[Answers]]]) -> pd.DataFrame:
    frames = [item.evidence.assign(part=part) for part, items in parts for item in items if len(item.evidence)]
    columns = ["school", "part", *EVIDENCE[1:]]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)[columns].sort_values(
        ["school", "part", "criterion", "procedure", "year"], ignore_index=True
    )


def _priors(data: RuleData | None) -> pd.DataFrame:
    rows = []
    if data is not None:
        rows = [
            (procedure, year, prior.a, prior.b, prior.fit, prior.n_units, prior.refusal)
            for procedure, by_year in zip(data.procedures.index, data.priors, strict=True)
            for year, prior in zip(data.years, by_year, strict=True)
        ]
    return pd.DataFrame(rows, columns=["procedure", "year", "a", "b", "fit", "n_units", "refusal"])


def criterion_of(method: IdentificationMethod, name: str) -> AnyCriterion:
    """Return the criterion called `name`, of the list or of the risk zone (KeyError if there is none)."""
    zone = method.risk_zone.criteria if method.risk_zone else ()
    return {item.name: item for item in (*zone, *method.criteria)}[name]


def early_warning(result: MethodResult, near_share: float) -> pd.DataFrame:
    """Schools that a method does not list yet and that come near its threshold.

    Parameters
    ----------
    result : MethodResult
    near_share : float
        Share below the threshold (fraction) from which the critical share of a school counts as near.

    Returns
    -------
    DataFrame
        Indexed by school, in the order of names: status, critical_below, critical_n, critical_share, margin,
        change_pupils, probability, criteria_lacking (names of the criteria not satisfied). Empty where the method has
        no common threshold on shares.
    """
    rows = result.schools
    near = (rows["critical_share"] >= near_share) & ~rows["listed"].fillna(True)
    chosen = rows.loc[near, rows.columns.drop(["listed", "in_risk_zone", "n_criteria_met"])]
    rows = result.criteria[result.criteria["school"].isin(chosen.index) & (result.criteria["part"] == "list")]
    lacking = rows[~rows["satisfied"].fillna(True)]
    names = lacking.groupby("school")["criterion"].agg(tuple).reindex(chosen.index)
    return chosen.assign(criteria_lacking=[name if isinstance(name, tuple) else () for name in names])
