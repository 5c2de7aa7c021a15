# ruff: noqa: E501  (prose of the report)
"""Detection and false calls of the methods of talent on simulated olympiads; writes docs/talent_power.md.

Run: python benchmarks/talent_power.py (about five minutes). The simulator is independent of the demo region.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "simulation"))

from simulated_olympiad import Olympiad, Planted, simulate_olympiad  # noqa: E402

from oko_lib.methods.count_change import count_change  # noqa: E402
from oko_lib.methods.proportions import wilson_bounds  # noqa: E402
from oko_lib.methods.rare_share import rare_shares  # noqa: E402
from oko_lib.methods.stage_consistency import stage_consistency  # noqa: E402
from oko_lib.methods.strength_map import strength_map  # noqa: E402

REGIONS = 30


def percent(part: float, whole: float) -> str:
    low, high = wilson_bounds(part, whole)
    share = f"{100 * part / whole:.1f} % ({100 * float(low):.1f}–{100 * float(high):.1f})"
    return share.replace(".", ",")


def stages(rows: list[str]) -> None:
    cases = {
        "ничего не заложено, различия школ нормальные": (Olympiad(), None),
        "ничего не заложено, хвосты t с 5 степенями": (Olympiad(tail_df=5), None),
        "5 школ из 100: домашний балл завышен на 1 sd": (Olympiad(), lambda k: Planted(inflated=1.0 if k < 5 else 0)),
        "5 школ из 100: завышен на 1 sd и не приходят": (
            Olympiad(),
            lambda k: Planted(inflated=1.0, stays_away=-2.5) if k < 5 else Planted(),
        ),
        "5 школ из 100 только не приходят (далеко)": (
            Olympiad(),
            lambda k: Planted(stays_away=-2.5) if k < 5 else Planted(),
        ),
    }
    for title, (model, planted) in cases.items():
        rng = np.random.default_rng(11)
        judged = called = found = there = regions = 0
        for _ in range(REGIONS):
            entries = simulate_olympiad(model, rng, planted)
            truth = entries.groupby("school")["truth"].first()
            units = stage_consistency(entries, stratum="municipality").units
            state = units["state"].dropna()
            beyond = state.astype(str) == "beyond"
            real = truth.reindex(state.index).to_numpy()
            judged, called = judged + int((~real).sum()), called + int((beyond & ~real).sum())
            there, found = there + int(real.sum()), found + int((beyond & real).sum())
            regions += bool((beyond & ~real).any())
        rows.append(
            f"| {title} | {percent(called, judged)} | {percent(regions, REGIONS)} | "
            f"{percent(found, there) if there else '—'} |"
        )


def strengths(rows: list[str]) -> None:
    cases = {
        "ничего не заложено": (Olympiad(), None),
        "5 школ из 100: предмет сильнее на 1 sd": (Olympiad(), lambda k: Planted(bent=1.0 if k < 5 else 0)),
    }
    for title, (model, planted) in cases.items():
        rng = np.random.default_rng(12)
        judged = called = found = there = regions = 0
        for _ in range(REGIONS):
            entries = simulate_olympiad(model, rng, planted)
            units = strength_map(entries, value="next_prize", cells=("grade",), person="person").units
            units = units.dropna(subset="state")
            strong = np.zeros(len(units), dtype=bool) if planted is None else units["school"] < 5
            strong = strong & (units["subject"] == 0)
            apart = units["state"].astype(str) != "indistinct"
            judged, called = judged + int((~strong).sum()), called + int((apart & ~strong).sum())
            there, found = there + int(strong.sum()), found + int((apart & strong).sum())
            regions += bool((apart & ~strong).any())
        rows.append(
            f"| {title} | {percent(called, judged)} | {percent(regions, REGIONS)} | "
            f"{percent(found, there) if there else '—'} |"
        )


def counts(rows: list[str]) -> None:
    rng = np.random.default_rng(13)
    for schools, mean in ((10, 5), (30, 5), (100, 5), (30, 20)):
        for growth in (1.0, 1.3, 1.6):
            called = 0
            for _ in range(400):
                usual = rng.gamma(2, mean / 2, schools)
                frame = pd.DataFrame(
                    {
                        # A class or a teacher brings several at once: counts vary more than single events do.
                        "before": rng.negative_binomial(3, 3 / (3 + usual)),
                        "after": rng.negative_binomial(3, 3 / (3 + usual * growth)),
                    }
                )
                state = count_change(frame).state
                called += state is not None and str(state) != "indistinct"
            rows.append(
                f"| {schools} школ по {mean} в среднем | {growth:.1f}".replace(".", ",")
                + f" | {percent(called, 400)} |"
            )


def rare(rows: list[str]) -> None:
    for centre in (0.01, 0.03):
        for rho in (1e-6, 0.02):
            rng = np.random.default_rng(14)
            regions = found = 0
            for _ in range(100):
                n = rng.integers(10, 110, 150)
                strength = 1 / rho - 1
                x = rng.binomial(n, rng.beta(centre * strength, (1 - centre) * strength, 150))
                regions += bool((rare_shares(x, n).units["state"] == "more").any())
                n[:4], x[:4] = [30, 85, 108, 97], [14, 17, 23, 26]
                found += int((rare_shares(x, n).units["state"] == "more")[:4].sum())
            rows.append(
                f"| {100 * centre:.0f} %, разброс школ {0 if rho < 1e-3 else '0,02'} | {percent(regions, 100)} | "
                f"{percent(found, 400)} |"
            )


def main() -> None:
    head = "| случай | названо лишних школ | регионов с лишними | найдено заложенных |\n|---|---|---|---|"
    first, second, third, fourth = [], [], [], []
    stages(first)
    strengths(second)
    counts(third)
    rare(fourth)
    text = f"""# Таланты и редкие события: сколько находят методы и сколько называют зря

Построено командой `python benchmarks/talent_power.py`; модель (`tests/simulation/simulated_olympiad.py`) не знает учебного региона. В строке —
{REGIONS} регионов по 100 школ; в скобках 95-процентный интервал доли.

## Школьный этап и муниципальный (`stage_consistency`)

{head}
{chr(10).join(first)}

## Карта предметов (`strength_map`, дипломы муниципального этапа)

{head.replace("лишних школ", "лишних пар")}
{chr(10).join(second)}

## Рост числа участников (`count_change`): как часто названо «рост» или «снижение»

| школы | во сколько раз выросло на деле | названо |
|---|---|---|
{chr(10).join(third)}

## Редкое событие (`rare_share`): 150 школ, у четырёх — 16–47 % при обычной доле

| обычная доля | чистых регионов, где кто-то назван | найдено заложенных |
|---|---|---|
{chr(10).join(fourth)}
"""
    (ROOT / "docs" / "talent_power.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
