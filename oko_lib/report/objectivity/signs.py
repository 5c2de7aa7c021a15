"""Section 4: the official signs beside what differs beyond chance."""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbers import number
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext
from oko_lib.report.table import ReportTable


def signs_table(context: ReportContext) -> ReportTable:
    """Every school: signs by the methodology, the same direction beyond chance, the level allowing for size."""
    signs = context.results.region.signs[context.results.region.year]
    rows = []
    for school in context.schools_of_year():
        own = signs.rows[signs.rows["school"] == school]
        level = signs.levels.loc[school] if school in signs.levels.index else None
        rows.append(
            {
                "school": context.short_names[school],
                "n": int(own["n"].min()) if len(own) else None,
                "official": _named(own[own["official"]], own),
                "beyond": _named(own[own["beyond_chance"]], own[own["p_value"].notna()]),
                "level": _level(level),
            }
        )
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "n", "official", "beyond", "level"]),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("n", "Наименьшая группа, чел.", kind="integer"),
            ColumnSpec("official", "Признак по методике ФИОКО"),
            ColumnSpec("beyond", "Отличие неслучайно"),
            ColumnSpec("level", "Уровень с поправкой на размер", unit="ст. откл.", kind="number", digits=2),
        ],
        caption="Признаки по методике ФИОКО и неслучайные отличия",
        number=context.numbering.table("tbl-signs"),
        label="tbl-signs",
        sort="school",
        notes=(
            "A — завышенный средний балл; B — несоответствие баллов отметкам журнала; C↑ и C↓ — резкое возрастание и "
            "падение параллели 4 → 5. Признак считается ровно по методике, при любом числе участников; «нет» — "
            "признака "
            "нет. «Отличие неслучайно» — то же отличие с учётом размера школы, обычного разброса между школами и числа "
            "проверок; «м.д.» — участников меньше "
            f"{number(context.results.session.norms.minimum_group.value)}.",
            "Уровень — средний балл по работам методики в стандартных отклонениях региона, притянутый к среднему "
            "региона "
            "тем сильнее, чем меньше школа (эмпирический Байес).",
        ),
    )


def _named(found: pd.DataFrame, tested: pd.DataFrame) -> str:
    if tested.empty:
        return "м.д."
    if found.empty:
        return "нет"
    parts = []
    for sign in words.SIGN_LETTERS:
        works = found[found["sign"] == sign]
        if len(works):
            names = [words.short_work(str(row.subject), int(row.grade)) for row in works.itertuples()]
            parts.append(f"{words.SIGN_LETTERS[sign]}: {listed(names)}")
    return "; ".join(parts)


def _level(row: pd.Series | None) -> Estimate | None:
    if row is None or row["shrunk"] != row["shrunk"]:
        return None
    return Estimate(float(row["shrunk"]), Interval(float(row["low"]), float(row["high"])), int(row["n"]))


def index_sentence(context: ReportContext) -> str:
    """«Индекс …: 71,4; хотя бы один признак у 4 школ из 14; из них неслучайно отличаются 2 школы»."""
    region = context.results.region
    signs = region.signs[region.year]
    own = signs.index(context.results.schools)
    whole = signs.index()
    if not own.given:
        return "Признаки по методике ФИОКО не посчитаны: нет работ, по которым она их определяет."
    marked = int(own.denominator - own.numerator)
    rows = signs.rows[signs.rows["school"].isin(context.results.schools)]
    both = int(rows[rows["official"] & rows["beyond_chance"]]["school"].nunique())
    beside = f", по региону {number(100 * whole.value, 1)}" if region.has_comparison and whole.given else ""
    index = f"Индекс объективности по методике ФИОКО — {number(100 * own.value, 1)} из 100{beside}"
    schools = count(int(own.denominator), "школа", case="genitive")
    if not marked:
        return f"{index}: признаков нет" + (f" ни у одной из {schools}." if own.denominator > 1 else ".")
    of_them = (
        f"неслучайно то же отличие у {count(both, 'школа', case='genitive')}" if both else "неслучайных отличий нет"
    )
    with_sign = f"{count(marked, 'школа', case='genitive')} из {number(own.denominator)}"
    return f"{index}: хотя бы один признак у {with_sign}, {of_them}."
