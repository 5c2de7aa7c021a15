"""What topics of several directions share: words behind a number, two things side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.topic import Behind, View
from oko_lib.methods.proportions import difference
from oko_lib.methods.result import Estimate, Refusal
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.side_by_side import side_by_side
from oko_lib.report.numbers import integer, percent, points_with_interval, share_interval
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.settings.norms import Norm

#: An option that stands for all.
ALL = ""
#: The same of a grade.
EVERY_GRADE = 0


def work_offers(works: Iterable[tuple[str, int]], choice: Choice, *, every: bool) -> Offers:
    """Offer subjects, and the grades of the subject chosen.

    Parameters
    ----------
    works : iterable of (str, int)
    choice : Choice
    every : bool
        Whether all subjects and all grades can be chosen as well.
    """
    works = list(works)
    subjects = sorted({subject for subject, _ in works})
    offered: list[tuple[str, object]] = [("все предметы", ""), *((name, name) for name in subjects)]
    if not every:
        offered = offered[1:]
    subject = choice.subject if choice.subject in [value for _, value in offered] else offered[0][1] if offered else ""
    grades = sorted({grade for name, grade in works if subject in ("", name)})
    shown: list[tuple[str, object]] = [("все классы", EVERY_GRADE)] if every else []
    return {"subject": offered, "grade": [*shown, *((f"{grade} класс", grade) for grade in grades)]}


def share_facts(estimate: Estimate | Refusal, formula: str, unit: str = "участник") -> tuple[tuple[str, str], ...]:
    """Return what is behind a share: how it is counted, of what, its value and interval, or why there is none.

    Parameters
    ----------
    estimate : Estimate
    formula : str
        In words: «понизившие отметку ÷ пары отметок».
    unit : str
        What was counted, nominative singular.
    """
    facts = [("Как считается", formula)]
    if isinstance(estimate, Refusal):
        estimate = Estimate(None, None, 0, refusal=estimate)
    if not estimate.given:
        why = refusal_sentence(estimate.refusal, unit) if estimate.refusal else "нет данных"
        return (*facts, ("Значение", why))
    if estimate.numerator is not None and estimate.denominator is not None:
        facts.append(("Из чего", f"{integer(estimate.numerator)} из {integer(estimate.denominator)}"))
    facts.append(("Значение", percent(estimate.value)))
    if estimate.interval is not None:
        level = percent(estimate.interval.level, 0)
        facts.append((f"Интервал ({level})", share_interval(estimate.interval)))
    return tuple(facts)


def by_name(names: Mapping[str, str]) -> dict[str, str]:
    """Return unit → name in the natural order of names."""
    return dict(sorted(names.items(), key=lambda item: natural_key(item[1])))


def options(names: Mapping[str, str], *, all_of: str = "") -> list[tuple[str, str]]:
    """Return units as options, with one for all of them before if `all_of` names it."""
    listed = [(name, unit) for unit, name in by_name(names).items()]
    return [(all_of, ALL), *listed] if all_of else listed


@dataclass(frozen=True)
class Pair:
    """One share of two units, or of two years.

    Parameters
    ----------
    label : str
        What is compared.
    first, second : Estimate
        With numerator and denominator.
    gap : Estimate or None
        First minus second where a method that knows more than the two counts gives it (pupils of one school resemble
        each other); None: from the counts.
    independent : bool
        False where the counts hold the same pupils several times (all works together): such a difference has no
        honest interval, and nothing is concluded from it.
    """

    label: str
    first: Estimate
    second: Estimate
    gap: Estimate | None = None
    independent: bool = True


def gaps(pairs: Sequence[Pair], level: float, minimum_n: int) -> list[Estimate | None]:
    """Return first minus second of every pair; None where nothing can be concluded.

    Intervals from counts (Newcombe) are simultaneous: with twenty rows one would be «beyond chance» by chance alone, so
    the error of all of them together is bounded (Bonferroni). The groups of pupils are independent.
    """
    counted = sum(pair.independent and pair.gap is None for pair in pairs)
    each = 1 - (1 - level) / max(counted, 1)
    return [pair.gap or (_gap(pair, each, minimum_n) if pair.independent else None) for pair in pairs]


def _gap(pair: Pair, level: float, minimum_n: int) -> Estimate:
    sides = (pair.first, pair.second)
    if any(side.numerator is None or side.denominator is None for side in sides):
        return Estimate(None, None, 0, refusal=next((side.refusal for side in sides if side.refusal), None))
    counts = [float(number) for side in sides for number in (side.numerator or 0, side.denominator or 0)]
    return difference(*counts, level=level, minimum_n=minimum_n)


def verdict(estimate: Estimate | None) -> str:
    """Return in words whether a difference can be told from none."""
    if estimate is None:
        return "—"
    if not estimate.given or estimate.interval is None:
        return "м.д."
    return "неразличимо" if estimate.interval.low <= 0 <= estimate.interval.high else "отличие неслучайно"


@dataclass(frozen=True)
class Comparison:
    """Two units side by side: what :func:`compared` needs beside the pairs.

    Parameters
    ----------
    pairs : sequence of Pair
    first, second : str
        Names of the two.
    caption : str
    level : float
        Of all the differences together.
    minimum_n : int
        Fewer pupils on either side give no difference.
    of : str
        What the shares are of, genitive plural: «пар отметок».
    formula : str
        How the share is counted, in words.
    norms : tuple of Norm
        Norms the comparison uses.
    method : str
        Page of methods.
    """

    pairs: Sequence[Pair]
    first: str
    second: str
    caption: str
    level: float
    minimum_n: int
    of: str
    formula: str
    norms: tuple[Norm, ...] = ()
    method: str = ""


def compared(comparison: Comparison) -> View:
    """Return two units side by side: table, figure, what is concluded, and what is behind every row."""
    found = dict(
        zip(
            [pair.label for pair in comparison.pairs],
            gaps(comparison.pairs, comparison.level, comparison.minimum_n),
            strict=True,
        )
    )
    told = sum(verdict(gap) == "отличие неслучайно" for gap in found.values())
    judged = sum(gap is not None and gap.given for gap in found.values())
    text = f"Отличие неслучайно в {told} из {judged} сравнений." if judged else "Сравнить нельзя: данных мало."
    return View(
        table=_pairs_table(comparison, list(found.values())),
        figure=_pairs_figure(comparison),
        text=text,
        units={pair.label: pair.label for pair in comparison.pairs},
        unit_title="Строка",
        behind=lambda label: _behind_pair(comparison, found, label),
    )


def _behind_pair(comparison: Comparison, found: Mapping[str, Estimate | None], label: str) -> Behind | None:
    pair = next((item for item in comparison.pairs if item.label == label), None)
    if pair is None:
        return None
    names = (comparison.first, comparison.second)
    facts = [("Как считается", comparison.formula)] + [
        (f"{name}: {fact.lower()}", text)
        for name, side in zip(names, (pair.first, pair.second), strict=True)
        for fact, text in share_facts(side, comparison.formula)[1:]
    ]
    gap = found[label]
    if gap is None:
        facts.append(("Разность", "вывод не делается: одни и те же ученики писали несколько работ"))
    else:
        facts += [("Разность", points_with_interval(gap) if gap.given else "данных мало"), ("Вывод", verdict(gap))]
    return Behind(pair.label, tuple(facts), comparison.norms, method=comparison.method)


def _pairs_table(comparison: Comparison, found: Sequence[Estimate | None]) -> ReportTable:
    rows = [
        {
            "label": pair.label,
            "first": pair.first,
            "n_first": pair.first.n,
            "second": pair.second,
            "n_second": pair.second.n,
            "gap": gap,
            "verdict": verdict(gap),
        }
        for pair, gap in zip(comparison.pairs, found, strict=True)
    ]
    notes = [
        "Разность — первое минус второе, в скобках её интервал; «неслучайно» — интервал не содержит нуля с поправкой "
        "на число строк. Сравнение — повод посмотреть внимательнее, а не оценка школ."
    ]
    if not all(pair.independent for pair in comparison.pairs):
        notes.append("«—» — по всем работам вместе вывод не делается: одни и те же ученики писали несколько работ.")
    return ReportTable.build(
        pd.DataFrame(rows, columns=["label", "first", "n_first", "second", "n_second", "gap", "verdict"]),
        [
            ColumnSpec("label", "Что сравнивается"),
            ColumnSpec("first", "доля", kind="share", group=comparison.first),
            ColumnSpec("n_first", comparison.of, kind="integer", group=comparison.first),
            ColumnSpec("second", "доля", kind="share", group=comparison.second),
            ColumnSpec("n_second", comparison.of, kind="integer", group=comparison.second),
            ColumnSpec("gap", "Разность", kind="points", missing="—"),
            ColumnSpec("verdict", "Вывод"),
        ],
        caption=comparison.caption,
        notes=notes,
    )


def _pairs_figure(comparison: Comparison) -> ReportFigure | None:
    """Return the shares of both with their intervals; None when neither has any answer."""
    rows = [
        {"label": pair.label, **_side("first", pair.first), **_side("second", pair.second)} for pair in comparison.pairs
    ]
    if not any(pair.first.given or pair.second.given for pair in comparison.pairs):
        return None
    return ReportFigure(
        side_by_side(pd.DataFrame(rows), comparison.first, comparison.second),
        caption=comparison.caption,
        alt=f"По строкам — доли с интервалами: {comparison.first} и {comparison.second}.",
    )


def _side(name: str, estimate: Estimate) -> dict[str, object]:
    interval = estimate.interval if estimate.given else None
    return {
        name: estimate.value if estimate.given else None,
        f"{name}_low": interval.low if interval else None,
        f"{name}_high": interval.high if interval else None,
    }
