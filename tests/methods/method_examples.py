"""The worked examples of docs/ru/methods: the data of each page, and the numbers our code makes of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from oko_lib.methods.agreement import agreement_from_counts, mark_agreement
from oko_lib.methods.consistency import chance_of_cells, school_correlation
from oko_lib.methods.control_group import control_difference
from oko_lib.methods.fioko_signs import (
    inflated_mean_sign,
    journal_mismatch_sign,
    parallel_jump_signs,
    regional_index,
)
from oko_lib.methods.funnel import funnel_proportions
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.repetition import repetition
from oko_lib.methods.shrinkage import shrink_means, shrinkage_weight


def ru(value: float, digits: int) -> str:
    """Russian decimal comma, a real minus sign."""
    return f"{value:.{digits}f}".replace(".", ",").replace("-", "−")


def percent(value: float, digits: int = 1) -> str:
    return ru(100 * value, digits)


# --- agreement
MARKS_TABLE = np.array([[3, 1, 0, 0], [60, 300, 25, 1], [4, 210, 520, 40], [0, 12, 160, 264]])


def pairs_of(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ВПР marks and journal marks of a 4x4 table (rows journal, columns ВПР)."""
    journal, vpr = np.indices(table.shape)
    return np.repeat(vpr.ravel() + 2, table.ravel()).astype(float), np.repeat(
        journal.ravel() + 2, table.ravel()
    ).astype(float)


def agreement_numbers() -> list[str]:
    region = agreement_from_counts(11011, 17951, 624)
    school = agreement_from_counts(52, 37, 4)
    district = mark_agreement(*pairs_of(MARKS_TABLE))
    return [
        percent(region.lowered.value, 2),
        percent(region.confirmed.value, 2),
        percent(region.raised.value, 2),
        percent(school.lowered.value, 2),
        percent(school.lowered.interval.low),
        percent(school.lowered.interval.high),
        percent(region.lowered.interval.low),
        percent(region.lowered.interval.high),
        str(district.n_pairs),
        percent(district.lowered.value),
        percent(district.raised.value),
        str(int(district.lowered_substantially.numerator)),
        ru(district.kappa.value, 2),
        ru(district.kappa.interval.low, 2),
        ru(district.kappa.interval.high, 2),
        ru(district.stuart_maxwell.statistic, 1),
        ru(district.bowker.statistic, 1),
    ]


# --- official signs
SCHOOL_SCORES = {12: 5, 14: 5, 16: 10, 18: 5}
REGION_SCORES = {5: 4000, 8: 8000, 11: 8000, 14: 6000, 17: 3000}
JOURNAL = [3, 3, 4, 4, 5, 5]
PRIMARY = [12, 9, 11, 8, 10, 7]
BEFORE = [60, 58, 66, 55, 62, 70, 59, 64, 92, 61]
AFTER = [55, 56, 60, 54, 57, 63, 56, 58, 48, 60]


def spread(frequencies: dict[int, int]) -> np.ndarray:
    return np.repeat(list(frequencies), list(frequencies.values())).astype(float)


def fioko_numbers() -> list[str]:
    school, rest = spread(SCHOOL_SCORES), spread(REGION_SCORES)
    frame = pd.DataFrame(
        {"login": np.repeat(["a", "b"], [len(school), len(rest)]), "score": np.concatenate([school, rest])}
    )
    a = inflated_mean_sign(frame)
    row = a.units.set_index("login").loc["a"]
    assert row["sign"]
    b = journal_mismatch_sign(pd.DataFrame({"login": "a", "journal_mark": JOURNAL, "score": PRIMARY})).units.iloc[0]
    assert b["sign"]
    c = parallel_jump_signs(
        pd.DataFrame({"percent_before": BEFORE, "percent_after": AFTER, "n_before": 25, "n_after": 24})
    )
    assert c.units["fall"].sum() == 1
    assert c.units["rise"].sum() == 0
    index = regional_index(pd.DataFrame({"a": np.arange(639) < 259}))
    return [
        ru(row["mean"], 2),
        ru(row["sd"], 2),
        ru(row["low"], 2),
        ru(row["high"], 2),
        ru(a.region.value, 2),
        ru(a.region.interval.low, 2),
        ru(a.region.interval.high, 2),
        ru(b["correlation"], 2),
        ru(c.units["ratio"].max(), 2),
        ru(c.lower_quartile, 2),
        ru(c.upper_quartile, 2),
        ru(c.upper_fence, 2),
        ru(c.lower_fence, 2),
        percent(index.value),
    ]


# --- funnel
LOWERED = [3, 20, 9, 4, 31, 6, 12, 2, 18, 10, 7, 41, 5, 27]
PAIRS = [8, 52, 26, 22, 80, 11, 47, 9, 35, 29, 25, 64, 18, 90]


def funnel_numbers() -> list[str]:
    funnel = funnel_proportions(LOWERED, PAIRS)
    curves = funnel.limits([25, 64]).set_index(["level", "n"])
    big, small = curves.loc[(0.95, 64)], curves.loc[(0.95, 25)]
    top = funnel.units.iloc[11]
    return [
        percent(funnel.theta),
        ru(funnel.phi, 2),
        ru(funnel.phi_published, 2),
        ru(funnel.tau2, 4),
        ru(top["z"], 2),
        ru(top["z_adjusted"], 2),
        ru(top["p_value"], 3),
        percent(small["naive_low"]),
        percent(small["naive_high"]),
        percent(small["low"]),
        percent(small["high"]),
        percent(big["naive_low"]),
        percent(big["naive_high"]),
        percent(big["low"]),
        percent(big["high"]),
        percent(top["value"]),
    ]


# --- shrinkage
def shrinkage_numbers() -> list[str]:
    weights = shrinkage_weight(0.09, [23, 8])
    sd, icc = 3.9, 0.09
    tau2 = sd**2 * icc / (1 - icc)
    one = shrink_means([14.9, 14.9], [8, 23], sd, tau2=tau2, centre=11.8).units
    return [
        *(ru(w, 2) for w in weights),
        ru(tau2, 2),
        *(ru(v, 1) for v in one["shrunk"]),
        *(ru(v, 1) for v in one["low"]),
        *(ru(v, 1) for v in one["high"]),
    ]


# --- false discovery: Benjamini and Hochberg (1995), table in section 4.1
P_VALUES = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
]


def false_discovery_numbers() -> list[str]:
    found = false_discovery(P_VALUES)
    assert found.n_rejected == 4
    return [ru(v, 4) for v in found.adjusted[:5]]


# --- repetition: one region 2023-2025: 341 schools, 248 once, 76 twice, 17 three times
def listed_schools() -> pd.DataFrame:
    """Lists of 150, 150 and 151 schools with the published numbers of returns (how years pair up is arbitrary)."""
    rows = [(f"t{i}", y) for i in range(17) for y in (2023, 2024, 2025)]
    pairs = [(2023, 2024)] * 25 + [(2023, 2025)] * 25 + [(2024, 2025)] * 26
    rows += [(f"d{i}", y) for i, pair in enumerate(pairs) for y in pair]
    for year, total in ((2023, 150), (2024, 150), (2025, 151)):
        already = sum(y == year for _, y in rows)
        rows += [(f"s{year}_{i}", year) for i in range(total - already)]
    return pd.DataFrame(rows, columns=["login", "year"])


def repetition_numbers() -> list[str]:
    found = repetition(listed_schools(), 1000)
    counts = found.counts.set_index("years")
    assert counts["units"].to_list() == [659, 248, 76, 17]
    assert found.test.p_value < 1e-4
    return [
        *(ru(v, 1) for v in counts["expected"]),
        str(found.observed),
        ru(found.expected, 1),
    ]


# --- control group
def control_frame() -> pd.DataFrame:
    """8 observed and 92 other schools of 25 pupils; normal scores at even steps, no randomness."""
    rows = []
    pupils = 3.8 * stats.norm.ppf((np.arange(25) + 0.5) / 25)
    for observed, count, mean in ((True, 8, 11.2), (False, 92, 12.1)):
        effects = 1.2 * stats.norm.ppf((np.arange(count) + 0.5) / count)
        for i, effect in enumerate(effects):
            rows.append(
                pd.DataFrame({"login": f"{observed}{i}", "observed": observed, "score": mean + effect + pupils})
            )
    return pd.concat(rows, ignore_index=True).assign(subject="МА", grade=4, year=2025)


def control_numbers() -> list[str]:
    found = control_difference(control_frame(), "score")
    return [
        ru(found.difference.value, 2),
        ru(found.difference.interval.low, 2),
        ru(found.difference.interval.high, 2),
        ru(found.standard_error, 2),
        ru(found.test.df, 0),
        ru(found.test.p_value, 3),
    ]


# --- consistency
def correlated(n: int, r: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two series whose sample correlation is exactly r."""
    x, e = np.random.default_rng(seed).standard_normal((2, n))
    x = (x - x.mean()) / x.std()
    e = e - e.mean() - x * (e @ x) / n
    return x, r * x + np.sqrt(1 - r**2) * e / e.std()


def consistency_numbers() -> list[str]:
    x, y = correlated(150, 0.40)
    n = np.full(150, 23)
    found = school_correlation(x, y, n, n, icc_first=0.09, icc_second=0.09)
    return [
        ru(found.correlation.value, 2),
        ru(found.correlation.interval.low, 2),
        ru(found.correlation.interval.high, 2),
        ru(found.disattenuated.value, 2),
        ru(found.disattenuated.interval.low, 2),
        ru(found.disattenuated.interval.high, 2),
        ru(2 * chance_of_cells(6, 5, 1.0, 0.4), 3),
        ru(2 * chance_of_cells(6, 5, 1.0, 0.0), 4),
    ]


PAGES = {
    "agreement": agreement_numbers,
    "fioko_signs": fioko_numbers,
    "funnel": funnel_numbers,
    "shrinkage": shrinkage_numbers,
    "false_discovery": false_discovery_numbers,
    "repetition": repetition_numbers,
    "control_group": control_numbers,
    "consistency": consistency_numbers,
}
