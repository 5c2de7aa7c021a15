"""False calls and power of tasks and skills against the region, on simulated regions.

    python benchmarks/task_power.py --out docs/task_power.md

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
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "simulation")]

from simulated_tasks import TaskRegion, simulate_work

from oko_lib.methods.skill_profile import skill_profile
from oko_lib.methods.task_functioning import task_functioning, task_states

BINS = ((10, 25), (26, 50), (51, 120))
REGION = TaskRegion()
#: One school in so many has the weak skill.
ONE_IN = 30
WORKS = 3


def judged(region: TaskRegion, rng: np.random.Generator, effect: np.ndarray | None = None) -> pd.DataFrame:
    """Cells of one work with the truth and the size of the school."""
    work = simulate_work(region, rng, effect)
    cells = task_states(task_functioning(work.scores, work.max_points, work.school).cells)
    place = cells["task"].str[1:].astype(int) - 1
    return cells.assign(truth=work.effect[cells["unit"], place], size=work.size[cells["unit"]])


def percent(hits: int, n: int) -> str:
    if not n:
        return "—"
    low, high = proportion_confint(hits, n, method="wilson")
    return f"{100 * hits / n:.1f} % ({100 * low:.1f}–{100 * high:.1f})"


def by_size(rows: pd.DataFrame, hits: pd.Series) -> list[str]:
    place = np.digitize(rows["size"], [low for low, _ in BINS[1:]])
    return [percent(int(hits[place == k].sum()), int((place == k).sum())) for k in range(len(BINS))]


def noise_rows(regions: int) -> list[str]:
    """False calls of single cells, and what false-discovery control leaves of them."""
    rng = np.random.default_rng(20261125)
    cases = {
        "natural variation 0.3 logit": REGION,
        "natural variation 0.15 logit": replace(REGION, natural_sd=0.15),
        "no natural variation": replace(REGION, natural_sd=0.0),
        "natural variation 0.3, Student's t with 5 df": replace(REGION, natural_df=5.0),
        "natural variation 0.6": replace(REGION, natural_sd=0.6),
        "schools far apart (ICC 0.3)": replace(REGION, icc=0.3),
        "8 tasks": replace(REGION, tasks=8),
        "very easy and very hard tasks": replace(REGION, difficulty_sd=2.0),
        "all tasks of one point": replace(REGION, several_points=0.0),
        "40 schools": replace(REGION, schools=40),
        "25 schools": replace(REGION, schools=25),
    }
    lines = []
    for name, region in cases.items():
        count = max(4, round(regions * 150 / region.schools))
        works = [judged(region, rng).dropna(subset=["p_value"]) for _ in range(count)]
        cells = pd.concat(works)
        called = np.array([(work["state"] != "indistinct").sum() for work in works])
        lines.append(
            f"| {name} | "
            + " | ".join(
                [*by_size(cells, cells["p_value"] < 0.05), percent((cells["p_value"] < 0.05).sum(), len(cells))]
            )
            + f" | {int((called > 0).sum())} of {count} | {called.mean():.2f} |"
        )
    return lines


def heavy_tails(regions: int) -> str:
    """What is called when nature has heavy tails: true effects of the called cells."""
    rng = np.random.default_rng(3)
    shape, scale = (REGION.schools, REGION.tasks), REGION.natural_sd * np.sqrt(3 / 5)
    parts = [judged(replace(REGION, natural_sd=0.0), rng, scale * rng.standard_t(5, shape)) for _ in range(regions)]
    cells = pd.concat(parts)
    true = cells.loc[cells["state"].isin(["below", "above"]), "truth"].abs()
    span = f"their true natural effects are {true.min():.1f}–{true.max():.1f} logits" if len(true) else "none"
    return f"With heavy tails (t, 5 df; {regions} more regions) {len(true)} cells are called, and {span}: schools where the task truly went otherwise, for whatever reason."


def oracle(cells: pd.DataFrame, effect: float, natural_sd: float) -> float:
    """Power at 5 % of a test that knows the natural variation and loses nothing to matching."""
    sd = np.hypot(cells["chance_sd"], natural_sd * cells["per_logit"])
    shift = abs(effect) * cells["per_logit"] / sd
    return float((stats.norm.sf(1.96 - shift) + stats.norm.sf(1.96 + shift)).mean())


def weak(effect: float, tasks: int) -> np.ndarray:
    planted = np.zeros((REGION.schools, REGION.tasks))
    planted[::ONE_IN, :tasks] = -effect
    return planted


def power_rows(regions: int) -> list[str]:
    """Single tasks of schools with a weak skill."""
    lines = []
    rng = np.random.default_rng(7)
    for natural_sd in (0.15, 0.3):
        region = replace(REGION, natural_sd=natural_sd)
        for effect in (0.5, 1.0):
            for tasks in (1, 2):
                works = [judged(region, rng, weak(effect, tasks)) for _ in range(regions)]
                cells = pd.concat(works).dropna(subset=["p_value"])
                planted, others = cells[cells["truth"] < 0], cells[cells["truth"] == 0]
                found = (planted["p_value"] < 0.05) & (planted["z"] < 0)
                false = [(work["state"] != "indistinct") & (work["truth"] == 0) for work in works]
                share = np.mean(
                    [f.sum() / max((w["state"] != "indistinct").sum(), 1) for f, w in zip(false, works, strict=True)]
                )
                lines.append(
                    f"| {natural_sd} | {effect} | {tasks} | "
                    + " | ".join(by_size(planted, found))
                    + f" | {100 * oracle(planted, effect, natural_sd):.0f} % | {100 * (planted['state'] == 'below').mean():.0f} % | {100 * share:.0f} % | "
                    f"{-100 * planted['difference'].mean():.1f} | {percent((others['p_value'] < 0.05).sum(), len(others))} |"
                )
    return lines


def skills_of_works(
    region: TaskRegion, rng: np.random.Generator, works: int, effect: np.ndarray | None
) -> pd.DataFrame:
    """Skills of two tasks each, over several works with the same schools."""
    cells = [judged(region, rng, effect).assign(work=k) for k in range(works)]
    names = [f"t{k + 1}" for k in range(region.tasks)]
    one = pd.DataFrame({"task": names, "skill_code": [f"s{k // 2}" for k in range(region.tasks)]})
    book = pd.concat([one.assign(work=k) for k in range(works)])
    return skill_profile(pd.concat(cells), book, work=["work"]).units


def skill_rows(regions: int) -> list[str]:
    lines = []
    rng = np.random.default_rng(8)
    for natural_sd in (0.15, 0.3):
        region = replace(REGION, natural_sd=natural_sd)
        for effect in (0.0, 0.5, 1.0):
            for works in (1, WORKS):
                parts = [skills_of_works(region, rng, works, weak(effect, 2)) for _ in range(max(4, regions // 2))]
                units = pd.concat(parts)
                hit = (units["unit"] % ONE_IN == 0) & (units["skill_code"] == "s0") & (effect > 0)
                planted, others = units[hit], units[~hit]
                clean = others[others["unit"] % ONE_IN != 0] if effect else others
                any_own = [
                    (part["own_state"] != "indistinct")
                    .groupby(part["unit"])
                    .any()[lambda x: x.index % ONE_IN != 0]
                    .mean()
                    for part in parts
                ]
                power = [
                    f"{100 * column.mean():.0f} %" if len(planted) else "—"
                    for column in (
                        planted["p_value"] < 0.05,
                        planted["own_state"] == "below",
                        planted["state"] == "below",
                    )
                ]
                lines.append(
                    f"| {natural_sd} | {effect or 'nothing'} | {works} | "
                    + " | ".join(power)
                    + f" | {percent((clean['p_value'] < 0.05).sum(), len(clean))} | {100 * np.mean(any_own):.1f} % |"
                )
    return lines


def measure_time() -> str:
    region = TaskRegion(schools=1000, smallest=40, largest=85, tasks=20)
    work = simulate_work(region, np.random.default_rng(1))
    start = time.process_time()
    task_functioning(work.scores, work.max_points, work.school)
    one = time.process_time() - start
    return f"1,000 schools, {len(work.scores):,} pupils, 20 tasks: {one:.1f} s of processor time a work, {30 * one:.0f} s for 30 works."


def report(parts: dict[str, list[str]], timing: str, seconds: float, command: str, regions: int) -> str:
    sizes = " | ".join(f"{low}–{high}" for low, high in BINS)
    rule = "|".join(["---"] * len(BINS))
    return "\n".join(
        [
            "# False calls and power of tasks and skills",
            "",
            f"`{command}`, {date.today().isoformat()}, {seconds / 60:.0f} min of processor time. Written by the command; do not edit.",
            "",
            "Regions come from `tests/simulation/simulated_tasks.py`: 150 schools of 10–120 pupils (log-uniform), ability with ICC 0.1, 16 tasks of different discrimination and difficulty, a third of them worth two or three "
            "points, every task a little easier or harder in every school (natural variation, logits). In brackets: 95 % intervals, of cells taken as independent.",
            "",
            f"## Noise alone ({regions} regions of 150 schools a row)",
            "",
            "Cells with p < 0.05, by size of the school; then false-discovery control at 5 % over the 2,400 cells of one work: in how many regions anything was called, and how many cells a region.",
            "",
            f"| region | {sizes} | all | anything called | cells called |",
            f"|---|{rule}|---|---|---|",
            *parts["noise"],
            "",
            *parts["tails"],
            "",
            f"## Power: one task ({regions} regions a row)",
            "",
            f"One school in {ONE_IN} has a weak skill: one or two tasks are harder there by so many logits. Share found with p < 0.05, by size; `known`: a test that knows the natural variation, all sizes; `called`: after "
            "false-discovery control over one work, with the share of false ones among the called; `seen`: mean difference, p.p.; last: other cells with p < 0.05.",
            "",
            f"| natural | effect | tasks | {sizes} | known | called | false among called | seen | others |",
            f"|---|---|---|{rule}|---|---|---|---|---|",
            *parts["power"],
            "",
            f"## Power: a skill of two tasks, in one work and in {WORKS}",
            "",
            "All sizes. `own profile`: false discoveries held within the school; `all`: over all schools and skills. Then noise: other schools' skills with p < 0.05, and other schools of which any skill stands out of the own profile.",
            "",
            "| natural | effect | works | p < 0.05 | own profile | all | others p < 0.05 | others, own profile |",
            "|---|---|---|---|---|---|---|---|",
            *parts["skills"],
            "",
            "What natural variation of 0.3 logit means: a task done by half of the region is done by 43–57 % in two schools of three and by 36–64 % in all but one of twenty, without anybody's doing. Half a logit in one task "
            "cannot be told from it at any size of school; the same weakness in two tasks of several works can.",
            "",
            "## Time",
            "",
            timing,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "task_power.md")
    parser.add_argument("--regions", type=int, default=20)
    arguments = parser.parse_args()
    start = time.process_time()
    parts = {}
    for name, made in (("noise", noise_rows), ("power", power_rows), ("skills", skill_rows)):
        parts[name] = made(arguments.regions)
        print(f"{time.process_time() - start:6.0f} s {name}", *parts[name], sep="\n", flush=True)
    parts["tails"] = [heavy_tails(arguments.regions)]
    timing = measure_time()
    command = f"python benchmarks/{Path(__file__).name} --regions {arguments.regions}"
    text = report(parts, timing, time.process_time() - start, command, arguments.regions)
    arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
