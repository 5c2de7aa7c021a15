"""Index of social well-being of a school (индекс социального благополучия школы, ИСБШ): many fields into one scale.

The fields (families with higher education, single-parent families, pupils on record ...) are standardised, turned so
that high is favourable, and their first principal component is stretched to 0..100. An index always comes out of such a
calculation, also of unrelated fields; so it is given only when the component explains enough, and more than it would
were the fields unrelated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .result import Refusal, RefusalReason

WEIGHT_COLUMNS = ("field", "orientation", "weight", "low", "high", "agrees", "mean", "sd")


@dataclass(frozen=True)
class SocialIndex:
    """Index of social well-being of schools.

    Parameters
    ----------
    schools : DataFrame
        One row per school that has every field, sorted by unit: the unit, ``index`` (0 the least, 100 the most
        favourable school of those given), ``low``, ``high`` (how far the index moves because the weights come from
        these schools only).
    weights : DataFrame
        One row per field: ``orientation`` (1: high is favourable), ``weight`` (of the standardised, turned field;
        squares add up to 1) with its bootstrap interval, ``agrees`` (False: the weight goes against the orientation,
        the field should be looked at before the index is used), ``mean``, ``sd``.
    explained : float or None
        Share of the variance of the fields in the index.
    explained_by_chance : float or None
        What the first component of unrelated fields of this number explains at most (``level`` quantile).
    without_index : DataFrame
        Schools lacking a field: unit, ``lacking`` (names).
    dropped : DataFrame
        Fields not used: ``field``, ``reason`` ("mostly_missing" or "constant"), ``missing`` (schools lacking it).
    level : float
    n_schools : int
        Schools with an index.
    refusal : Refusal or None
        ``no_variation``: the fields do not vary together enough for one index (``found`` and ``needed`` are shares).
    """

    schools: pd.DataFrame
    weights: pd.DataFrame
    explained: float | None
    explained_by_chance: float | None
    without_index: pd.DataFrame
    dropped: pd.DataFrame
    level: float
    n_schools: int
    refusal: Refusal | None = None


def social_index(
    frame: pd.DataFrame,
    fields: Mapping[str, int],
    *,
    unit: str = "school",
    most_missing: float = 0.3,
    minimum_schools: int = 30,
    minimum_fields: int = 3,
    minimum_explained: float = 0.4,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> SocialIndex:
    """Index of social well-being from the social passports of schools.

    Parameters
    ----------
    frame : DataFrame
        One row per school, one year. Missing (or infinite) is not zero: such a school has no index and is named.
    fields : mapping of str to int
        Numeric columns (shares of pupils, per cent of equipment ...) and their orientation: 1 when high is favourable,
        -1 when high is unfavourable.
    unit : str
        Column of the school.
    most_missing : float
        A field lacking in more than this share of schools is dropped and named.
    minimum_schools, minimum_fields : int
        Fewer give a refusal.
    minimum_explained : float
        Smallest share of variance the first component must explain.
    draws, seed : int
        Bootstrap and permutation draws; the generator is seeded, so equal data give equal numbers.
    level : float
        Of intervals and of the comparison with chance.

    Returns
    -------
    SocialIndex

    Raises
    ------
    ValueError
        If a school stands twice or an orientation is neither 1 nor -1.

    Notes
    -----
    The scale is that of the schools given: 0 and 100 are the extreme schools of this region and year, so indices of
    different years or regions are not compared. The sign of the component is the one that agrees with most weight of
    the orientations.

    References
    ----------
    Ястребов Г. А., Пинская М. А., Косарецкий С. Г. (2014) Вопросы образования 4:58-95; Jolliffe I. T. (2002) Principal
    Component Analysis, 2nd ed., ch. 2; Horn J. L. (1965) Psychometrika 30:179-185 (comparison with chance).
    """
    if frame[unit].duplicated().any():
        raise ValueError("a school stands twice")
    if not set(fields.values()) <= {1, -1}:
        raise ValueError("an orientation is 1 or -1")
    frame = frame.sort_values(unit, ignore_index=True)
    data = pd.DataFrame({name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in fields})
    data = data.where(np.isfinite(data))
    missing = data.isna().sum()
    kept = [name for name in fields if missing[name] <= most_missing * len(data)]
    complete = data[kept].notna().all(axis=1)
    constant = [name for name in kept if complete.any() and data.loc[complete, name].nunique() < 2]
    dropped = [(name, "mostly_missing" if name not in kept else "constant", int(missing[name])) for name in fields]
    dropped = [row for row in dropped if row[0] not in kept or row[0] in constant]
    kept = [name for name in kept if name not in constant]
    lacks = data.loc[~complete].isna()[[name for name in fields if missing[name] <= most_missing * len(data)]]
    described = {
        "without_index": pd.DataFrame(
            {
                unit: frame.loc[~complete, unit].to_numpy(),
                "lacking": pd.Series([tuple(lacks.columns[row]) for row in lacks.to_numpy(dtype=bool)], dtype=object),
            }
        ),
        "dropped": pd.DataFrame(dropped, columns=["field", "reason", "missing"]),
        "level": level,
        "n_schools": int(complete.sum()),
    }
    count = int(complete.sum())
    if count < minimum_schools:
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return _refused(unit, Refusal(reason, count, minimum_schools), None, None, described)
    if len(kept) < minimum_fields:
        return _refused(unit, Refusal(RefusalReason.TOO_FEW, len(kept), minimum_fields), None, None, described)
    x = data.loc[complete, kept].to_numpy()
    orientation = np.array([fields[name] for name in kept], dtype=float)
    rng = np.random.default_rng(seed)
    weight, explained = _component(x, orientation)
    chance = np.quantile([_component(rng.permuted(x, axis=0), orientation)[1] for _ in range(draws)], level)
    needed = max(minimum_explained, float(chance))
    if explained < needed:
        refusal = Refusal(RefusalReason.NO_VARIATION, explained, needed)
        return _refused(unit, refusal, explained, float(chance), described)
    index = _scaled(x, x, orientation, weight)
    resampled = [x[rng.integers(0, count, count)] for _ in range(draws)]
    weights = [_component(sample, orientation)[0] for sample in resampled]
    indices = [_scaled(x, sample, orientation, w) for sample, w in zip(resampled, weights, strict=True)]
    tails = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(indices, tails, axis=0)
    weight_low, weight_high = np.quantile(weights, tails, axis=0)
    return SocialIndex(
        schools=pd.DataFrame(
            {
                unit: frame.loc[complete, unit].to_numpy(),
                "index": index,
                "low": np.minimum(low, index),
                "high": np.maximum(high, index),
            }
        ),
        weights=pd.DataFrame(
            {
                "field": kept,
                "orientation": orientation.astype(int),
                "weight": weight,
                "low": weight_low,
                "high": weight_high,
                "agrees": weight > 0,
                "mean": x.mean(axis=0),
                "sd": x.std(axis=0, ddof=1),
            }
        )[list(WEIGHT_COLUMNS)],
        explained=explained,
        explained_by_chance=float(chance),
        **described,
    )


def _standardised(x: NDArray, of: NDArray, orientation: NDArray) -> NDArray:
    """Fields of ``x`` in standard deviations of ``of``, high is favourable; a constant field says nothing."""
    sd = of.std(axis=0, ddof=1)
    return orientation * (x - of.mean(axis=0)) / np.where(sd > 0, sd, np.inf)


def _component(x: NDArray, orientation: NDArray) -> tuple[NDArray, float]:
    """Weights of the first principal component and the share of variance it explains."""
    _, singular, directions = np.linalg.svd(_standardised(x, x, orientation), full_matrices=False)
    weight = directions[0] if directions[0].sum() >= 0 else -directions[0]
    return weight, float(singular[0] ** 2 / (singular**2).sum())


def _scaled(x: NDArray, of: NDArray, orientation: NDArray, weight: NDArray) -> NDArray:
    score = _standardised(x, of, orientation) @ weight
    # Divided first: the highest score is 1 exactly, while 100 times it before the division may pass 100.
    return 100 * ((score - score.min()) / (score.max() - score.min()))


def _refused(
    unit: str, refusal: Refusal, explained: float | None, chance: float | None, described: dict
) -> SocialIndex:
    return SocialIndex(
        schools=pd.DataFrame(columns=[unit, "index", "low", "high"]),
        weights=pd.DataFrame(columns=list(WEIGHT_COLUMNS)),
        explained=explained,
        explained_by_chance=chance,
        refusal=refusal,
        **described,
    )
