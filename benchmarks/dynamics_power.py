"""False calls and power of the three states of dynamics on simulated regions.

    python benchmarks/dynamics_power.py --out docs/dynamics_power.md

The simulator lives in ``tests/simulation``; it shares no code with the methods under test, nor with the demo region.
"""

# ruff: noqa: E402, E501  (threads are limited before numpy is loaded; prose of the report)

from __future__ import annotations

import argparse
import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "simulation")]

from simulated_dynamics import Dynamics, simulate_dynamics

from oko_lib.methods.change import school_changes
from oko_lib.methods.composite_change import composite_change
from oko_lib.methods.growth_model import growth_model, precision_weights

BINS = ((10, 15), (16, 25), (26, 50), (51, 100), (101, 170))
CHANGES = (0.10, 0.15, 0.20, 0.30)
#: Part of the schools that truly change.
PLANTED = 0.1
#: Regions for power, as many times those for false calls.
MORE = 3
REGION = Dynamics(schools=150)
TAILS = {"normal": (None, 0.3), "t, 5 df, one third stronger": (5.0, 0.4)}


def judged(parameters: Dynamics, rng: np.random.Generator, planted: Callable | None = None) -> pd.DataFrame:
    """Judged schools of one region with their truth and usual size."""
    counts = simulate_dynamics(parameters, rng, planted)
    return school_changes(counts).units.join(counts.groupby("school")[["truth", "size"]].first())


def with_interval(successes: int, n: int) -> str:
    if not n:
        return "—"
    low, high = proportion_confint(successes, n, method="wilson")
    return f"{100 * successes / n:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def false_calls(states: pd.Series) -> str:
    known = states.dropna()
    return with_interval(int((known != "indistinct").sum()), len(known))


def noise_tables(regions: int) -> tuple[list[str], list[str]]:
    """False calls by share and tails over sizes, and in special regions."""
    by_size, special = [], []
    rng = np.random.default_rng(20261122)
    for tail, (df, sd) in TAILS.items():
        for share in (0.04, 0.15, 0.40, 0.85):
            p = replace(REGION, luck_df=df, luck_sd=sd, share=share)
            units = pd.concat([judged(p, rng) for _ in range(regions)])
            place = np.digitize(units["size"], [low for low, _ in BINS[1:]])
            cells = [false_calls(units.loc[place == k, "state"]) for k in range(len(BINS))]
            by_size.append(
                f"| {100 * share:.0f} % | {tail} | " + " | ".join([*cells, false_calls(units["state"])]) + " |"
            )
    others = {
        "three years": replace(REGION, years=3),
        "three years, luck t with 5 df": replace(REGION, years=3, luck_df=5.0, luck_sd=0.4),
        "five years": replace(REGION, years=5),
        "three years, luck of neighbouring years correlated 0.6": replace(REGION, years=3, persistence=0.6),
        "three years, 10 % of schools truly change by ±20 p.p.": replace(REGION, years=3),
        "two years, 10 % of schools truly change by ±20 p.p.": REGION,
        "region 1.5 logits easier, levels of schools far apart (sd 1.2)": replace(REGION, level_sd=1.2, difficulty=1.5),
        "no natural fluctuation": replace(REGION, luck_sd=0.0),
        "40 schools, three years": replace(REGION, schools=40, years=3),
        "25 schools, two years": replace(REGION, schools=25),
        "1,000 schools, two years": replace(REGION, schools=1000),
    }
    for name, p in others.items():
        count = max(4, round(regions * 150 / p.schools))
        planted = _tenth if "truly" in name else None
        units = pd.concat([judged(p, rng, planted) for _ in range(count)])
        clean = units[units["truth"] == 0]
        trend = false_calls(clean["trend_state"]) if p.years > 2 else "—"
        special.append(f"| {name} | {count} | {false_calls(clean['state'])} | {trend} |")
    return by_size, special


def _tenth(size: np.ndarray) -> np.ndarray:
    truth = np.zeros(len(size))
    truth[::10], truth[::20] = 0.2, -0.2
    return truth


def planter(change: float, rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Changes a part of the schools, whatever their size, half of them down."""

    def planted(size: np.ndarray) -> np.ndarray:
        return change * rng.choice([-1, 1], len(size)) * (rng.random(len(size)) < PLANTED)

    return planted


def known_power(change: float, low: int, high: int) -> float:
    """Power of a test that knows the fluctuation and the course: normal, at the middle of the bin and share 40 %."""
    n, p = (low + high) / 2, REGION.share
    sd = np.sqrt(2 * p * (1 - p) / n + 2 * (REGION.luck_sd * p * (1 - p)) ** 2)
    return float(stats.norm.sf(1.96 - change / sd) + stats.norm.cdf(-1.96 - change / sd))


def power_table(parameters: Dynamics, column: str, regions: int, seed: int, known: bool) -> list[str]:
    rows = []
    rng = np.random.default_rng(seed)
    for change in CHANGES:
        units = pd.concat([judged(parameters, rng, planter(change, rng)) for _ in range(MORE * regions)])
        units = units[(units["truth"] != 0) & units[column].notna()]
        right = units[column] == np.where(units["truth"] > 0, "growth", "decline")
        wrong = int((units[column] == np.where(units["truth"] > 0, "decline", "growth")).sum())
        place = np.digitize(units["size"], [low for low, _ in BINS[1:]])
        cells = []
        for k, (low, high) in enumerate(BINS):
            found = f"{100 * right[place == k].mean():.0f} %"
            cells.append(f"{found} ({100 * known_power(change, low, high):.0f})" if known else found)
        rows.append(f"| {100 * change:.0f} p.p. | " + " | ".join(cells) + f" | {wrong} of {len(units)} |")
    return rows


def composite_rows(regions: int) -> list[str]:
    """Four procedures, luck independent or half common; the same schools change in all of them."""
    rows = []
    rng = np.random.default_rng(4)
    for change in (0.0, *CHANGES):
        single, joined, clean, sizes = [], [], [], []
        for _ in range(regions):
            size = simulate_dynamics(REGION, rng).groupby("school")["size"].first().to_numpy()
            truth = np.abs(planter(change, rng)(size))
            procedures = {}
            for k in range(4):
                counts = simulate_dynamics(REGION, rng, lambda _, truth=truth: truth, size)
                procedures[f"p{k}"] = school_changes(counts)
            found = composite_change(procedures).units["state"].reindex(range(len(size)))
            changed = truth > 0
            joined.append(found[changed] == "growth")
            single.append((procedures["p0"].units["state"] == "growth")[changed])
            sizes.append(size[changed])
            clean.append(found[~changed])
        joined, single, size = (np.concatenate(part) for part in (joined, single, sizes))
        if change == 0:
            rows.append(f"| nothing | — | — | — | {false_calls(pd.concat(clean))} |")
            continue
        small = size <= 25
        rows.append(
            f"| {100 * change:.0f} p.p. | {100 * single.mean():.0f} % | {100 * joined.mean():.0f} % | "
            f"{100 * joined[small].mean():.0f} % | {false_calls(pd.concat(clean))} |"
        )
    return rows


def measure_time() -> list[str]:
    counts = simulate_dynamics(replace(REGION, schools=1000, years=5), np.random.default_rng(1))
    lines = []
    start = time.process_time()
    found = school_changes(counts)
    lines.append(f"* `school_changes`, 1,000 schools × 5 years: {time.process_time() - start:.1f} s of processor time.")
    rows = counts.assign(
        share=counts["n_success"] / counts["n"], weight=precision_weights(counts["n"], 0.49, found.natural_sd)
    )
    start = time.process_time()
    model = growth_model(rows, weight="weight")
    lines.append(
        f"* `growth_model`, the same: {time.process_time() - start:.1f} s (converged: {model.converged}); against statsmodels: "
        "`benchmarks/growth_model.py`."
    )
    return lines


def report(parts: dict[str, list[str]], seconds: float, command: str, regions: int) -> str:
    sizes = " | ".join(f"{low}–{high}" for low, high in BINS)
    rule = "|".join(["---"] * len(BINS))
    return "\n".join(
        [
            "# False calls and power of the states of dynamics",
            "",
            f"`{command}`, {date.today().isoformat()}, {seconds / 60:.0f} min. Written by the command; do not edit.",
            "",
            "Regions come from `tests/simulation/simulated_dynamics.py` (sources of its figures are in the docstring): 150 schools, "
            "sizes with median 22 pupils in a procedure (10–170), share of success 40 %, levels of schools and luck of a year on the "
            "logit scale (sd 0.5 and 0.3), a common shift of the whole region of 0.3. States are called at 5 %, two-sided. "
            "In brackets: 95 % intervals, of calls taken as independent.",
            "",
            f"## Noise alone called growth or decline, by size ({regions} regions a row)",
            "",
            f"| share | luck of a year | {sizes} | all |",
            f"|---|---|{rule}|---|",
            *parts["by_size"],
            "",
            "Near 0 and 1 small schools are hardly ever called: a share cannot go far there.",
            "",
            "## Other regions",
            "",
            "| region | regions | last change | trend |",
            "|---|---|---|---|",
            *parts["special"],
            "",
            "Where schools truly change, only the others are counted.",
            "",
            f"## Power: last change, two years ({MORE * regions} regions a row)",
            "",
            f"{100 * PLANTED:.0f} % of the schools change, half of them down. In brackets: a test that knows the natural fluctuation and the course of the region. The method must guess them from a region in which schools do change, which widens "
            "the estimated fluctuation; the last column counts calls in the wrong direction.",
            "",
            f"| true change | {sizes} | wrong direction |",
            f"|---|{rule}|---|",
            *parts["two"],
            "",
            "## Power: last change in a region with five years (the change comes in the last year)",
            "",
            "Four pairs of years tell the fluctuation, three of them without changes.",
            "",
            f"| true change | {sizes} | wrong direction |",
            f"|---|{rule}|---|",
            *parts["five"],
            "",
            "## Power: trend of three years (the change is reached evenly)",
            "",
            f"| true change in all | {sizes} | wrong direction |",
            f"|---|{rule}|---|",
            *parts["trend"],
            "",
            "## Four procedures together, two years",
            "",
            "The same 10 % of schools grow in all four; luck is independent between procedures.",
            "",
            "| true growth in each | one procedure | four together | four, schools up to 25 | others called |",
            "|---|---|---|---|---|",
            *parts["composite"],
            "",
            "## Time",
            "",
            *parts["time"],
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "dynamics_power.md")
    parser.add_argument("--regions", type=int, default=60)
    arguments = parser.parse_args()
    start = time.perf_counter()
    by_size, special = noise_tables(arguments.regions)
    print(f"{time.perf_counter() - start:6.0f} s noise", *by_size, *special, sep="\n", flush=True)
    parts = {"by_size": by_size, "special": special}
    parts["two"] = power_table(REGION, "state", arguments.regions, 1, known=True)
    parts["five"] = power_table(replace(REGION, years=5, sudden=True), "state", arguments.regions, 2, known=True)
    parts["trend"] = power_table(replace(REGION, years=3), "trend_state", arguments.regions, 3, known=False)
    print(
        f"{time.perf_counter() - start:6.0f} s power",
        *parts["two"],
        *parts["five"],
        *parts["trend"],
        sep="\n",
        flush=True,
    )
    parts["composite"] = composite_rows(max(4, arguments.regions // 5))
    parts["time"] = measure_time()
    command = f"python benchmarks/{Path(__file__).name} --regions {arguments.regions}"
    arguments.out.write_text(report(parts, time.perf_counter() - start, command, arguments.regions), encoding="utf-8")


if __name__ == "__main__":
    main()
