"""Talent: results at home against the municipal stage."""

from __future__ import annotations

import pandas as pd

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.parts import by_name
from oko_lib.explore.topics.talent_parts import minimum_of, names_of, opened_any, whose
from oko_lib.indicators.talent.strength import linked_stages
from oko_lib.methods.stage_consistency import StageConsistency
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbers import integer, is_missing, number, p_value, percent, points, points_number
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import home
from oko_lib.report.talent.context import ReportContext
from oko_lib.report.talent.regional_context import RegionalContext

_NO_FIGURE = " Рисунка нет: дипломов школьного этапа и пришедших на муниципальный мало."
_COMING = "победители и призёры школьного этапа, пришедшие на муниципальный ÷ все они"
_NEXT = "средний балл пришедших на муниципальный этап, доля максимума"
_EXPECTED = "по детям региона с тем же баллом школьного этапа в том же предмете и классе, за все годы ряда"


def draw_home(lens: Lens, choice: Choice) -> View:
    """Expected and seen at the next stage; of the region only the schools beyond chance stand in the table."""
    context = opened_any(lens, choice)
    regional = isinstance(context, RegionalContext)
    consistency, minimum = context.results.region.consistency, minimum_of(context)
    rows = _rows(context)
    figure = home.home_figure(consistency, rows, names_of(context), context.numbering, minimum, all_own=regional)
    judged = rows[rows["state"].notna()] if len(rows) else rows
    if regional:
        listed = judged[judged["state"].astype(str) == "beyond"] if len(judged) else judged
        # One column of names, «муниципалитет · школа»: rows and figure are linked by it.
        table = home.home_table(listed, context.row_names, context.numbering, minimum)
        units = by_name({str(school): context.row_names[str(school)] for school in listed.index})
    else:
        listed, table = judged, home.home_table(rows, context.short_names, context.numbering, minimum)
        units = by_name({str(school): context.short_names[str(school)] for school in listed.index})
    return View(
        table=table,
        figure=figure,
        text=home.home_sentence(rows, names_of(context), minimum) + ("" if figure else _NO_FIGURE),
        units=units,
        spots=_spots(listed, minimum) if figure else (),
        behind=lambda school: _behind(context, school),
    )


def _rows(context: ReportContext | RegionalContext) -> pd.DataFrame:
    if isinstance(context, ReportContext):
        return context.results.home
    consistency = context.results.region.consistency
    return consistency.units if consistency is not None else pd.DataFrame()


def points_of(row: pd.Series) -> list[tuple[int, float, float, int]]:
    """Return panel, expected, seen and number of children of a school, as the figure draws them."""
    found = []
    if row["n_prizes"] > 0 and not is_missing(row["expected_came"]):
        n = int(row["n_prizes"])
        found.append((0, float(row["expected_came"]) / n, float(row["n_came"]) / n, n))
    if not is_missing(row["next_expected"]) and not is_missing(row["next_mean"]):
        found.append((1, float(row["next_expected"]), float(row["next_mean"]), int(row["n_next"])))
    return found


def _spots(rows: pd.DataFrame, minimum: int) -> tuple[Spot, ...]:
    return tuple(
        Spot(str(school), x, y, panel)
        for school, row in rows.iterrows()
        for panel, x, y, n in points_of(row)
        if n >= minimum
    )


def _behind(context: ReportContext | RegionalContext, school: str) -> Behind:
    norms, consistency = context.results.session.norms, context.results.region.consistency
    used = (norms.municipal_first_grade, norms.minimum_group, norms.dynamics_years, norms.false_discovery_rate)
    if not school or consistency is None or school not in consistency.units.index:
        return Behind(whose(context), _whole(context, consistency), used, method="stage_consistency")
    row, minimum = consistency.units.loc[school], minimum_of(context)
    facts = [
        ("Пришли: как считается", _COMING),
        ("Пришли", f"{integer(row['n_came'])} из {integer(row['n_prizes'])}"),
        ("Ожидалось", f"{number(row['expected_came'], 1)} — {_EXPECTED}"),
        *_verdict(row, "coming", "Отличие от ожидаемого"),
        ("Балл: как считается", _NEXT),
    ]
    if row["n_next"] >= minimum and not is_missing(row["next_mean"]):
        facts += [
            ("Балл пришедших", f"{percent(row['next_mean'])} максимума, детей {integer(row['n_next'])}"),
            ("Ожидался", f"{percent(row['next_expected'])} максимума"),
            *_verdict(row, "next", "Отличие балла"),
        ]
    else:
        facts.append(("Балл пришедших", f"вывод невозможен: {integer(row['n_next'])}, нужно не менее {minimum}"))
    told = "неслучайно" if str(row["state"]) == "beyond" else "неразличимо" if not is_missing(row["state"]) else "м.д."
    facts.append(("Вывод по обоим вместе", told))
    if not is_missing(row["q_value"]):
        facts.append(("Вероятность случайности с учётом числа школ", p_value(row["q_value"])))
    facts.append(("Осторожно", "неявка сама по себе ничего не значит: школа может быть далеко; это повод проверить"))
    name = names_of(context)[school] if isinstance(context, RegionalContext) else context.school_names[school]
    return Behind(name, tuple(facts), used, _subjects(context, school), "stage_consistency")


def _whole(context: ReportContext | RegionalContext, consistency: StageConsistency | None) -> tuple:
    facts = [("Как считается", f"{_COMING}; {_NEXT}"), ("Ожидание", _EXPECTED)]
    if consistency is None:
        return (*facts, ("Вывод", home.home_sentence(pd.DataFrame(), {}, minimum_of(context))))
    facts += [
        ("Школ региона с выводом", integer(consistency.n_units)),
        ("Участий в расчёте", integer(consistency.n_entries)),
    ]
    if consistency.refusal is not None:
        facts.append(("Вывод", f"вывод невозможен: {refusal_reason(consistency.refusal, 'школа')}"))
    return tuple(facts)


def _verdict(row: pd.Series, what: str, label: str) -> list[tuple[str, str]]:
    """Difference from what was expected, with its interval: the usual spread of schools is in it."""
    value = row[what] if what == "coming" else row["next_gap"]
    if is_missing(value):
        return [(label, "вывод невозможен: данных мало")]
    text = points(value)
    if not is_missing(row[f"{what}_low"]):
        text += f" (от {points_number(row[f'{what}_low'])} до {points_number(row[f'{what}_high'])})"
    return [(label, text)]


def _subjects(context: ReportContext | RegionalContext, school: str) -> ReportTable:
    """Entries of the school stage by subject, of the years and grades that are compared."""
    data, norms = context.results.summary.data, context.results.session.norms
    years = [year for year, held in data.held.items() if {"school", "municipal"} <= held]
    entries = data.entries
    entries = entries[(entries["school"] == school) & entries["year"].isin(years)]
    pairs = linked_stages(entries[entries["stage"].isin(["school", "municipal"])])
    pairs = pairs[pairs["grade"] >= norms.first_grade("municipal")].dropna(subset="home_score_share")
    won = pairs["home_prize"].astype(bool)
    frame = pairs.assign(prizes=won, came=won & pairs["next_present"]).groupby("subject", sort=True)
    frame = frame.agg(entries=("person", "size"), prizes=("prizes", "sum"), came=("came", "sum")).reset_index()
    return ReportTable.build(
        frame,
        [
            ColumnSpec("subject", "Предмет"),
            ColumnSpec("entries", "Участий школьного этапа", kind="integer"),
            ColumnSpec("prizes", "Дипломов", kind="integer"),
            ColumnSpec("came", "Из них пришли на муниципальный", kind="integer"),
        ],
        caption="Из чего складывается: предметы, за все годы ряда",
        sort="subject",
        empty="Участий с баллами и ключами учеников нет.",
    )
