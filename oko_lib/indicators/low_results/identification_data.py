"""Outcomes of schools arranged for the rules: schools × procedures × years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oko_lib.methods.low_results_probability import threshold_tails
from oko_lib.methods.low_results_rule import Counts
from oko_lib.methods.share_threshold import BetaPrior, beta_prior
from oko_lib.settings.identification import OfProcedures

_KEYS = ["school", "year", "procedure"]


@dataclass(frozen=True)
class RuleData:
    """What the criteria of a method look at.

    Parameters
    ----------
    year : int
        Year of the list.
    schools : Index
        Schools to be told of, sorted.
    outcomes : DataFrame
        Rows of these schools up to the year.
    lists : DataFrame
        list_kind, year, school; years up to the year.
    changes : DataFrame or None
        school, procedure, state (growth, decline, indistinct).
    n_years : int
        Years the criteria on shares look back over, the year itself included.
    """

    year: int
    schools: pd.Index
    outcomes: pd.DataFrame
    lists: pd.DataFrame
    changes: pd.DataFrame | None
    n_years: int

    @cached_property
    def procedures(self) -> pd.DataFrame:
        """Indexed by procedure, sorted: kind, subject, grade."""
        return self.outcomes.groupby("procedure", sort=True)[["kind", "subject", "grade"]].first()

    @property
    def years(self) -> range:
        """Years of the criteria on shares, oldest first."""
        return range(self.year - self.n_years + 1, self.year + 1)

    def applies(self, criterion: OfProcedures) -> NDArray[np.bool_]:
        """Tell which procedures a criterion is about."""
        chosen = self.procedures["kind"].isin(criterion.kinds)
        if criterion.subjects is not None:
            chosen &= self.procedures["subject"].isin(criterion.subjects)
        if criterion.grades is not None:
            chosen &= self.procedures["grade"].isin(criterion.grades)
        return chosen.to_numpy(dtype=bool)

    def table(self, column: str, year: int) -> NDArray[np.float64]:
        """Values of one year, schools × procedures; ``nan`` where there is none."""
        return self._tables(column)[:, :, list(self._all_years).index(year)] if year in self._all_years else self._none

    @cached_property
    def counts(self) -> Counts:
        """Counts below the threshold; a procedure whose threshold is unknown counts as not held."""
        years = [(self.table("n_below", year), self.table("n", year)) for year in self.years]
        below, n = (np.stack(part, axis=2) for part in zip(*years, strict=True))
        known = np.isfinite(below) & np.isfinite(n)
        return Counts(np.where(known, below, 0).astype(np.int64), np.where(known, n, 0).astype(np.int64))

    @cached_property
    def priors(self) -> list[list[BetaPrior]]:
        """What the region says of a share, procedures × years."""
        below, n = self.counts.n_below, self.counts.n
        return [[beta_prior(below[:, p, y], n[:, p, y]) for y in range(n.shape[2])] for p in range(n.shape[1])]

    @cached_property
    def prior_parameters(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Parameters a and b of the priors, procedures × years."""
        shape = self.counts.n.shape[1:]
        a, b = (np.array([[getattr(cell, name) for cell in row] for row in self.priors], float) for name in "ab")
        return a.reshape(shape), b.reshape(shape)

    def tails(self, thresholds: Iterable[Fraction]) -> dict[Fraction, NDArray[np.float64]]:
        """Probability of every share to reach each threshold; each threshold is worked out once."""
        lacking = [item for item in thresholds if item not in self._tails]
        self._tails.update(threshold_tails(self.counts, lacking, self.prior_parameters))
        return {item: self._tails[item] for item in thresholds}

    @cached_property
    def _tails(self) -> dict[Fraction, NDArray[np.float64]]:
        return {}

    @cached_property
    def _all_years(self) -> list[int]:
        return sorted(int(year) for year in self.outcomes["year"].unique())

    @cached_property
    def _none(self) -> NDArray[np.float64]:
        return np.full((len(self.schools), len(self.procedures)), np.nan)

    @cached_property
    def _places(self) -> tuple[NDArray, NDArray, NDArray]:
        rows = self.outcomes
        return (
            self.schools.get_indexer(rows["school"]),
            self.procedures.index.get_indexer(rows["procedure"]),
            pd.Index(self._all_years).get_indexer(rows["year"].astype(int)),
        )

    @cached_property
    def _cache(self) -> dict[str, NDArray[np.float64]]:
        return {}

    def _tables(self, column: str) -> NDArray[np.float64]:
        if column not in self._cache:
            values = np.full((len(self.schools), len(self.procedures), len(self._all_years)), np.nan)
            values[self._places] = self.outcomes[column].to_numpy(dtype=float, na_value=np.nan)
            self._cache[column] = values
        return self._cache[column]


def rule_data(
    outcomes: pd.DataFrame,
    lists: pd.DataFrame,
    year: int,
    n_years: int,
    changes: pd.DataFrame | None = None,
    schools: Iterable[str] | None = None,
) -> RuleData:
    """Arrange the data of a method; see :func:`~oko_lib.indicators.low_results.identification.identify`.

    Raises
    ------
    ValueError
        If a school has two rows of one procedure and year.
    """
    known = outcomes[outcomes["year"] <= year]
    listed = lists[lists["year"] <= year]
    if known.duplicated(_KEYS).any():
        twice = tuple(known.loc[known.duplicated(_KEYS), _KEYS].iloc[0])
        raise ValueError(f"two rows of outcomes for {twice}")
    if schools is None:
        recent = known.loc[known["year"] > year - n_years, "school"]
        schools = {*recent, *listed.loc[listed["year"] == year, "school"]}
    index = pd.Index(sorted(set(schools)), dtype="str", name="school")
    own = known[known["school"].isin(index)].reset_index(drop=True)
    return RuleData(year, index, own, listed[["list_kind", "year", "school"]], changes, n_years)
