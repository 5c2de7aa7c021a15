"""False-discovery rate and power of the school evidence on simulated regions, beside a test that knows the truth.

    python benchmarks/detection_power.py --out docs/detection_power.md

The simulator and the oracle live in ``tests/simulation``; neither shares code with the method under test, nor with
the demo region.
"""

# ruff: noqa: E402, E501  (threads are limited before numpy is loaded; prose of the report)

from __future__ import annotations

import argparse
import os

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "simulation")]

from simulated_oracle import Truth, learn_truth, oracle_p_values
from simulated_region import Change, Parameters, simulate
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from oko_lib.methods.evidence_cells import pupil_correlation, school_cells
from oko_lib.methods.school_evidence import school_evidence

ALPHA = 0.05
#: Typical size from which a school counts as «at least 25 pupils a grade» when 93 % of pupils attend.
SMALLEST_PLANTED = 27
REGION = Parameters()
ONE_GRADE = replace(REGION, grades=(4,))
MANY_SUBJECTS = replace(REGION, lot_subjects=("история", "биология", "география"))


@dataclass(frozen=True)
class Scenario:
    """What is simulated and how often."""

    name: str
    parameters: Parameters
    regions: int
    planted: int = 0
    scores: float = 0.0
    journal: float = 0.0
    push: float | None = None
    grades: str = "all"
    oracle: str | None = None


@dataclass
class Outcome:
    """Figures of one region."""

    flagged_clean: int
    judged_clean: int
    power: list[bool] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)
    patterns: list[str | None] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    family: list[bool] = field(default_factory=list)
    fdp: float = 0.0
    fdp_known: float = float("nan")
    fdp_family: float = float("nan")


SCENARIOS = [
    Scenario("150 schools", REGION, 80),
    Scenario("40 schools", replace(REGION, schools=40), 60),
    Scenario("one grade only", ONE_GRADE, 60),
    Scenario("5 subjects, three of them by lot", MANY_SUBJECTS, 20),
    Scenario("school effects and leniency with heavy tails (t, 5 df)", replace(REGION, effect_df=5.0), 40),
    Scenario("5 % selective schools, lasting +0.8 sd", replace(REGION, selective_share=0.05), 40),
    Scenario("results +1 sd, 2 subjects × 2 years, all grades", REGION, 20, 8, scores=1.0, oracle="region"),
    Scenario(
        "results +1 sd, 2 subjects × 2 years, one grade of five",
        REGION,
        20,
        8,
        scores=1.0,
        grades="one",
        oracle="region",
    ),
    Scenario("results +0.5 sd, 2 subjects × 2 years, all grades", REGION, 20, 8, scores=0.5, oracle="region"),
    Scenario(
        "results +0.5 sd, 2 subjects × 2 years, one grade of five",
        REGION,
        20,
        8,
        scores=0.5,
        grades="one",
        oracle="region",
    ),
    Scenario(
        "results +1 sd, 2 subjects × 2 years, region with one grade only",
        ONE_GRADE,
        30,
        8,
        scores=1.0,
        oracle="one_grade",
    ),
    Scenario(
        "results +1 sd, 2 subjects × 2 years, all grades, 10 % of schools", REGION, 20, 15, scores=1.0, oracle="region"
    ),
    Scenario("journal +0.8 latent sd, 2 subjects × 2 years, all grades", REGION, 20, 8, journal=0.8),
    Scenario("nearly all pupils just below a border lifted over it, 2 × 2, all grades", REGION, 20, 8, push=0.97),
    Scenario("honest improvement: results and journal +1 sd, all grades", REGION, 20, 8, scores=1.0, journal=1.0),
]
TRUTHS: dict[str, Truth] = {}


def one_region(job: tuple[Scenario, int, Truth | None]) -> Outcome:
    """Simulate one region and judge it by the method and, if asked, by the oracles."""
    scenario, seed, truth = job
    rng = np.random.default_rng([20261122, seed])
    p = scenario.parameters
    told = [
        (
            [(p.years[0], p.years[1]), (p.years[1], p.years[2])][rng.integers(2)],
            None if scenario.grades == "all" else int(rng.choice(p.grades)),
        )
        for _ in range(p.schools)
    ]
    chosen: list[int] = []

    def plant(sizes: np.ndarray) -> list[Change]:
        able = np.flatnonzero(sizes >= SMALLEST_PLANTED)
        chosen.extend(int(s) for s in rng.choice(able, min(scenario.planted, len(able)), replace=False))
        return [
            Change(
                s,
                p.subjects[:2],
                told[s][0],
                p.grades if told[s][1] is None else (told[s][1],),
                scenario.scores,
                scenario.journal,
                scenario.push,
            )
            for s in chosen
        ]

    region = simulate(p, rng, plant)
    cells = school_cells(region.participants, region.scales)
    result = school_evidence(cells, alpha=ALPHA, pupil_correlation=pupil_correlation(region.participants))
    schools = result.schools.set_index("school")
    flagged = schools["flagged"]
    outcome = Outcome(
        int(flagged.drop(chosen).sum()),
        int(schools["p_value"].drop(chosen).notna().sum()),
        flagged.loc[chosen].tolist(),
        region.sizes[chosen].tolist(),
        schools["pattern"].loc[chosen].tolist(),
    )
    outcome.fdp = outcome.flagged_clean / max(int(flagged.sum()), 1)
    if truth is not None:
        kind = "all" if len(p.grades) == 1 else scenario.grades
        p_values = oracle_p_values(truth, region.participants, told, kind, scenario.scores, rng)
        for name in ("known", "family"):
            rejected = pd.Series(multipletests(p_values[name], ALPHA, "fdr_bh")[0], p_values.index)
            setattr(outcome, name, rejected.loc[chosen].tolist())
            setattr(outcome, f"fdp_{name}", rejected.drop(chosen).sum() / max(int(rejected.sum()), 1))
    return outcome


def percent(values) -> str:
    values = np.asarray(values, dtype=float)
    return f"{100 * values.mean():.1f} %"


def with_interval(successes: int, n: int) -> str:
    low, high = proportion_confint(successes, n, method="wilson")
    return f"{100 * successes / n:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def clean_row(scenario: Scenario, outcomes: list[Outcome]) -> str:
    any_finding = sum(o.flagged_clean > 0 for o in outcomes)
    schools = sum(o.judged_clean for o in outcomes)
    return (
        f"| {scenario.name} | {len(outcomes)} | {with_interval(any_finding, len(outcomes))} | "
        f"{100 * sum(o.flagged_clean for o in outcomes) / schools:.3f} % of {schools} |"
    )


def planted_row(scenario: Scenario, outcomes: list[Outcome]) -> str:
    hits = np.concatenate([o.power for o in outcomes]).astype(bool)
    sizes = np.concatenate([o.sizes for o in outcomes])
    small = sizes < 38
    cells = [
        scenario.name,
        f"{len(outcomes)} × {scenario.planted}",
        with_interval(int(hits.sum()), len(hits)),
        with_interval(int(hits[small].sum()), int(small.sum())),
        percent([o.fdp for o in outcomes]),
    ]
    if scenario.oracle:
        family, known = (np.concatenate([getattr(o, name) for o in outcomes]).mean() for name in ("family", "known"))
        ratio = f"{hits.mean() / family:.2f}" if family else "—"
        cells += [f"{100 * family:.1f} %", f"{100 * known:.1f} %", ratio, percent([o.fdp_family for o in outcomes])]
    else:
        counts = Counter(str(pattern) for o in outcomes for pattern in o.patterns if pattern)
        cells += [", ".join(f"{name} {count}" for name, count in counts.most_common()) or "—"]
    return "| " + " | ".join(cells) + " |"


def report(rows: dict[str, list[str]], seconds: float, command: str, timing: str) -> str:
    return "\n".join(
        [
            "# False discoveries and power of the school evidence",
            "",
            f"`{command}`, {date.today().isoformat()}, {seconds / 60:.0f} min. Written by the command; do not edit.",
            "",
            "Regions come from `tests/simulation/simulated_region.py` (sources of every figure are in its docstring): sizes "
            "with median 22 pupils a grade and 22 % below 10, 9.5 % of variance between schools with the correlations "
            "between years, subjects and grades seen in a real region, background pushing over borders, lenient and strict "
            "journals. By default 150 schools, grades 4–8, two subjects, three years. False-discovery rate controlled: "
            f"{100 * ALPHA:.0f} % (Benjamini–Hochberg over the schools of a region).",
            "",
            "## Clean regions: nothing planted",
            "",
            "Every finding is false here, so the false-discovery rate is the share of regions with at least one.",
            "",
            "| region | regions | with any finding (95 % interval) | schools flagged |",
            "|---|---|---|---|",
            *rows["clean"],
            "",
            "With heavy tails the nominal rate does not hold: a school whose natural effects are five standard deviations "
            "out cannot be told from one that was changed. The findings are then still few (share of schools flagged).",
            "",
            "## Inflated results: power beside a test that knows the simulation",
            "",
            "Planted: schools of at least 25 pupils a grade; «small» are those of 25–35. The oracle knows the true means, "
            "covariances and effect of a shift, works on the same school means of scores and of mark differences, and "
            "controls the same rate. «Family» is told only the kind of change (two subjects, two neighbouring years, all or "
            "one grade) and is the fair limit; «known» is also told which years and grade to look at in each school, which "
            "nobody can know. The method is told nothing: it scans every subject, pair of subjects, run of years and grade "
            "for three kinds of change.",
            "",
            "| change | regions × schools | power (95 % interval) | power, small | FDP | oracle, family | oracle, known | "
            "power / family | FDP of family |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows["oracle"],
            "",
            "## Other changes",
            "",
            "| change | regions × schools | flagged (95 % interval) | flagged, small | FDP | patterns of the flagged |",
            "|---|---|---|---|---|---|",
            *rows["other"],
            "",
            "In the row of honest improvement «flagged» is not power: the fewer the better, and a flagged one should bear the "
            "pattern `results_with_journal`.",
            "",
            "## Time",
            "",
            timing,
            "",
        ]
    )


def measure_time() -> str:
    lines = []
    big = replace(MANY_SUBJECTS, schools=1000, lot_subjects=("история", "биология", "география", "английский язык"))
    for name, parameters in (("150 schools, 30 works", REGION), ("1,000 schools, 90 works", big)):
        region = simulate(parameters, np.random.default_rng(1))
        start = (time.perf_counter(), time.process_time())
        cells = school_cells(region.participants, region.scales)
        middle = (time.perf_counter(), time.process_time())
        school_evidence(cells)
        end = (time.perf_counter(), time.process_time())
        lines.append(
            f"* {name}, {len(region.participants):,} results: cells {middle[1] - start[1]:.1f} s, evidence "
            f"{end[1] - middle[1]:.1f} s of processor time ({end[0] - middle[0]:.1f} s by the clock, one thread, "
            "machine shared with other work)."
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "detection_power.md")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--share", type=float, default=1.0, help="share of the regions, for a quick look")
    arguments = parser.parse_args()
    start = time.perf_counter()
    truths = {
        "region": learn_truth(REGION, np.random.default_rng(1)),
        "one_grade": learn_truth(ONE_GRADE, np.random.default_rng(2)),
    }
    rows: dict[str, list[str]] = {"clean": [], "oracle": [], "other": []}
    with get_context("spawn").Pool(arguments.jobs) as pool:
        for number, scenario in enumerate(SCENARIOS):
            count = max(2, round(scenario.regions * arguments.share))
            jobs = [(scenario, 1000 * number + k, truths.get(scenario.oracle)) for k in range(count)]
            outcomes = pool.map(one_region, jobs, chunksize=1)
            kind = "clean" if not scenario.planted else "oracle" if scenario.oracle else "other"
            rows[kind].append((planted_row if scenario.planted else clean_row)(scenario, outcomes))
            print(f"{time.perf_counter() - start:6.0f} s {rows[kind][-1]}", flush=True)
    text = report(
        rows,
        time.perf_counter() - start,
        f"python benchmarks/{Path(__file__).name} --jobs {arguments.jobs}",
        measure_time(),
    )
    arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
