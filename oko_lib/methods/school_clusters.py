"""Clusters of schools by their features, when the data have any.

Every clustering method returns clusters, also of one cloud of points. So the number of clusters is chosen among those
that are (a) found again when schools are resampled and (b) better separated than clusters of one normal cloud of the
same spread; when there is none, the answer is a refusal. A municipality of 5 to 50 schools is better served by
``context_matrix``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from .result import Refusal, RefusalReason

CLUSTER_COLUMNS = ("cluster", "n", "jaccard", "silhouette")
CHOICE_COLUMNS = ("k", "silhouette", "silhouette_by_chance", "stability", "smallest")


@dataclass(frozen=True)
class SchoolClusters:
    """Clusters of schools.

    Parameters
    ----------
    schools : DataFrame
        Unit, ``cluster`` (1, 2, ... from the largest), ``silhouette`` (near 0 or below: between clusters), sorted by
        unit.
    clusters : DataFrame
        One row per cluster: ``n`` schools, ``jaccard`` (how well the cluster is found again in resampled schools, 0 to
        1: above 0.75 stable, below 0.6 not to be interpreted), mean ``silhouette``, then the mean of every feature in
        its own unit.
    choice : DataFrame
        One row per number of clusters looked at: ``silhouette``, ``silhouette_by_chance`` (95 % quantile for one
        normal cloud), ``stability`` (mean adjusted Rand index over resamples), ``smallest`` cluster.
    k : int or None
    stability : float or None
        Of the clusters chosen.
    without_features : DataFrame
        Schools lacking a feature: unit, ``lacking`` (names).
    n_schools : int
    refusal : Refusal or None
        ``no_variation``: no number of clusters is stable (``found`` is the best stability, ``needed`` the minimum), or
        none is better separated than a single cloud (``found`` and ``needed`` are silhouettes).
    """

    schools: pd.DataFrame
    clusters: pd.DataFrame
    choice: pd.DataFrame
    k: int | None
    stability: float | None
    without_features: pd.DataFrame
    n_schools: int
    refusal: Refusal | None = None


def adjusted_rand(first: ArrayLike, second: ArrayLike) -> float:
    """Agreement of two partitions, 1 when equal, about 0 when unrelated.

    References
    ----------
    Hubert L., Arabie P. (1985) Journal of Classification 2:193-218.
    """
    table = _contingency(first, second)
    count = table.sum()

    def pairs(counts: NDArray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    together, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    every = count * (count - 1) / 2
    expected = rows * columns / every if every else 0.0
    most = (rows + columns) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def _contingency(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """How many points the clusters of two partitions share."""
    rows, row = np.unique(first, return_inverse=True)
    columns, column = np.unique(second, return_inverse=True)
    counts = np.bincount(row * len(columns) + column, minlength=len(rows) * len(columns))
    return counts.reshape(len(rows), len(columns)).astype(float)


def silhouettes(distances: NDArray, labels: NDArray) -> NDArray[np.float64]:
    """Silhouette of every point: (b - a) / max(a, b); 0 in a cluster of one.

    Parameters
    ----------
    distances : ndarray
        Square matrix of distances.
    labels : ndarray
        Cluster of every point; at least two clusters.

    References
    ----------
    Rousseeuw P. J. (1987) J. Comput. Appl. Math. 20:53-65.
    """
    names, at = np.unique(labels, return_inverse=True)
    size = np.bincount(at)
    sums = distances @ np.eye(len(names))[at]
    rows = np.arange(len(at))
    own = sums[rows, at] / np.maximum(size[at] - 1, 1)
    sums[rows, at] = np.inf
    nearest = (sums / size).min(axis=1)
    longest = np.maximum(own, nearest)
    return np.where((size[at] > 1) & (longest > 0), (nearest - own) / np.where(longest > 0, longest, 1), 0.0)


def ward_clusters(
    frame: pd.DataFrame,
    features: Sequence[str],
    *,
    unit: str = "school",
    minimum_schools: int = 30,
    minimum_stability: float = 0.6,
    minimum_cluster: int = 5,
    most_clusters: int = 6,
    draws: int = 100,
    seed: int = 0,
) -> SchoolClusters:
    """Ward clusters of standardised features, their number chosen by stability and silhouette.

    Parameters
    ----------
    frame : DataFrame
        One row per school. Missing is not zero: a school lacking a feature is left out and named.
    features : sequence of str
        Numeric columns that vary; put shares and logarithms of sizes rather than raw counts.
    unit : str
        Column of the school.
    minimum_schools : int
        Fewer schools with all features give a refusal.
    minimum_stability : float
        Smallest mean adjusted Rand index over resamples.
    minimum_cluster : int
        Partitions with a smaller cluster are not considered.
    most_clusters : int
        Numbers of clusters looked at: 2 up to this.
    draws, seed : int
        Bootstrap and reference draws; the generator is seeded, so equal data give equal clusters.

    Returns
    -------
    SchoolClusters

    Raises
    ------
    ValueError
        If a school stands twice.

    References
    ----------
    Ward J. H. (1963) JASA 58:236-244; Hennig C. (2007) Comput. Stat. Data Anal. 52:258-271 (bootstrap, Jaccard);
    Liu Y. et al. (2008) JASA 103:1281-1293 (comparison with one normal cloud).
    """
    if frame[unit].duplicated().any():
        raise ValueError("a school stands twice")
    features = list(features)
    frame = frame.sort_values(unit, ignore_index=True)
    data = pd.DataFrame({name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in features})
    lacks = ~np.isfinite(data)
    complete = ~lacks.any(axis=1)
    names = [tuple(np.array(features)[row]) for row in lacks[~complete].to_numpy()]
    described = {
        "without_features": pd.DataFrame(
            {unit: frame.loc[~complete, unit].to_numpy(), "lacking": pd.Series(names, dtype=object)}
        ),
        "n_schools": int(complete.sum()),
    }
    raw, schools = data[complete], frame.loc[complete, unit]
    count = len(raw)
    if count < minimum_schools:
        reason = RefusalReason.TOO_FEW if count else RefusalReason.NO_DATA
        return _refused(unit, features, Refusal(reason, count, minimum_schools), None, described)
    if not features or (raw.nunique() < 2).any():
        return _refused(unit, features, Refusal(RefusalReason.NO_VARIATION, count), None, described)
    points = ((raw - raw.mean()) / raw.std()).to_numpy()
    numbers = range(2, min(most_clusters, count // minimum_cluster) + 1)
    cut = _cuts(points, numbers)
    rng = np.random.default_rng(seed)
    stability, jaccard = _resampled(points, cut, draws, rng)
    distances = squareform(pdist(points))
    choice = pd.DataFrame(
        {
            "k": list(numbers),
            "silhouette": [silhouettes(distances, cut[k]).mean() for k in numbers],
            "silhouette_by_chance": _of_one_cloud(points, numbers, draws, rng),
            "stability": [stability[k] for k in numbers],
            "smallest": [int(np.bincount(cut[k])[1:].min()) for k in numbers],
        }
    )
    large = choice[choice["smallest"] >= minimum_cluster]
    stable = large[large["stability"] >= minimum_stability]
    if stable.empty:
        best = float(large["stability"].max()) if len(large) else None
        refusal = Refusal(RefusalReason.NO_VARIATION, best, minimum_stability)
        return _refused(unit, features, refusal, choice, described)
    separated = stable[stable["silhouette"] > stable["silhouette_by_chance"]]
    if separated.empty:
        best = stable.loc[stable["silhouette"].idxmax()]
        refusal = Refusal(RefusalReason.NO_VARIATION, float(best["silhouette"]), float(best["silhouette_by_chance"]))
        return _refused(unit, features, refusal, choice, described)
    k = int(separated.loc[separated["silhouette"].idxmax(), "k"])
    return _named(unit, schools, raw, cut[k], silhouettes(distances, cut[k]), jaccard[k], choice, described)


def _cuts(points: NDArray, numbers: Sequence[int]) -> dict[int, NDArray]:
    tree = linkage(points, method="ward")
    return {k: fcluster(tree, k, criterion="maxclust") for k in numbers}


def _resampled(
    points: NDArray, cut: dict[int, NDArray], draws: int, rng: np.random.Generator
) -> tuple[dict[int, float], dict[int, NDArray]]:
    """Mean adjusted Rand index by k, and mean Jaccard similarity by k and cluster."""
    agreement = {k: [] for k in cut}
    similarity = {k: [] for k in cut}
    for _ in range(draws):
        chosen = rng.integers(0, len(points), len(points))
        # A school drawn twice counts twice in the fit and once in the comparison.
        drawn, first = np.unique(chosen, return_index=True)
        for k, again in _cuts(points[chosen], list(cut)).items():
            before, after = cut[k][drawn], again[first]
            agreement[k].append(adjusted_rand(before, after))
            together = _contingency(before, after)
            union = together.sum(axis=1, keepdims=True) + together.sum(axis=0) - together
            similar = np.full(k, np.nan)
            similar[np.unique(before) - 1] = (together / union).max(axis=1)
            similarity[k].append(similar)
    return (
        {k: float(np.mean(values)) for k, values in agreement.items()},
        {k: np.nanmean(values, axis=0) for k, values in similarity.items()},
    )


def _of_one_cloud(
    points: NDArray, numbers: Sequence[int], draws: int, rng: np.random.Generator, level: float = 0.95
) -> NDArray[np.float64]:
    """Silhouettes that clusters of one normal cloud with the same covariance reach."""
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    reached = np.empty((draws, len(numbers)))
    for draw in range(draws):
        cloud = rng.multivariate_normal(np.zeros(points.shape[1]), covariance, len(points))
        distances = squareform(pdist(cloud))
        reached[draw] = [silhouettes(distances, labels).mean() for labels in _cuts(cloud, numbers).values()]
    return np.quantile(reached, level, axis=0)


def _named(
    unit: str,
    schools: pd.Series,
    raw: pd.DataFrame,
    labels: NDArray,
    silhouette: NDArray,
    jaccard: NDArray,
    choice: pd.DataFrame,
    described: dict,
) -> SchoolClusters:
    """Clusters numbered from the largest; of equal ones the one with the first school comes first."""
    members = pd.Series(np.arange(len(labels))).groupby(labels).agg(["size", "min"])
    order = members.sort_values(["size", "min"], ascending=[False, True]).index
    number = pd.Series(range(1, len(order) + 1), index=order)
    named = pd.DataFrame({unit: schools.to_numpy(), "cluster": number[labels].to_numpy(), "silhouette": silhouette})
    clusters = pd.DataFrame(
        {
            "cluster": number.to_numpy(),
            "n": members.loc[order, "size"].to_numpy(),
            "jaccard": jaccard[order.to_numpy() - 1],
            "silhouette": named.groupby("cluster")["silhouette"].mean().to_numpy(),
        }
    )
    means = raw.reset_index(drop=True).groupby(named["cluster"]).mean().reset_index(drop=True)
    k = len(order)
    return SchoolClusters(
        schools=named,
        clusters=pd.concat([clusters, means], axis=1),
        choice=choice,
        k=k,
        stability=float(choice.set_index("k").loc[k, "stability"]),
        **described,
    )


def _refused(
    unit: str, features: list[str], refusal: Refusal, choice: pd.DataFrame | None, described: dict
) -> SchoolClusters:
    return SchoolClusters(
        schools=pd.DataFrame(columns=[unit, "cluster", "silhouette"]),
        clusters=pd.DataFrame(columns=[*CLUSTER_COLUMNS, *features]),
        choice=pd.DataFrame(columns=list(CHOICE_COLUMNS)) if choice is None else choice,
        k=None,
        stability=None,
        refusal=refusal,
        **described,
    )
