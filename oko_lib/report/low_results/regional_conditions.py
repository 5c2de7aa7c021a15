"""Conditions of work over the region: index, matrix, clusters, resilient schools."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from oko_lib.methods.result import Estimate, Interval, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.grammar import agree, count, count_in_words, listed
from oko_lib.report.low_results import conditions, words
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.numbers import is_missing, number, percent
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.regional_context import SCHOOL_COLUMNS, SCHOOL_ORDER
from oko_lib.report.table import ReportTable

_DROPPED = {"mostly_missing": "почти нигде не заполнено", "constant": "у всех школ одинаково"}


def resilience_sentence(context: RegionalContext) -> str:
    """How many schools do better than their conditions make one expect, and how many would by chance."""
    found = context.results.region.context.resilience
    if found.refusal is not None:
        return f"О резильентности школ вывод невозможен: {refusal_reason(found.refusal, 'школа')}."
    return (
        f"Резильентные школы (трудные условия, результат выше ожидаемого два года подряд): "
        f"{_counted(found.n_resilient)}; случайно их набралось бы в среднем {number(found.expected_by_chance, 1)}."
    )


def _counted(n: int) -> str:
    return count_in_words(n, "школа") if n else "нет ни одной"


def context_figure(context: RegionalContext) -> ReportFigure | None:
    """All schools of the region, listed ones with their intervals; no labels: nobody looks for a school here."""
    region = context.results.region
    figure = conditions.context_figure(region, region.listed.schools, {}, context.numbering, "школы списков")
    return figure and replace(figure, caption=f"{figure.caption} (школы списков)")


def index_sentence(context: RegionalContext) -> str:
    """How much the index of social well-being holds, or why there is none."""
    found = context.results.region.context.index
    if found.refusal is None:
        text = (
            f"Индекс социального благополучия объединяет {percent(found.explained)} различий школ по полям паспорта (у "
            f"несвязанных полей вышло бы не больше {percent(found.explained_by_chance)}); он посчитан для "
            f"{count(found.n_schools, 'школа', case='genitive')}."
        )
    elif found.refusal.reason is RefusalReason.NO_VARIATION and found.explained is not None:
        text = (
            f"Индекса социального благополучия нет: поля паспорта не складываются в одну шкалу — она объяснила бы "
            f"{percent(found.refusal.found)} различий, нужно не менее {percent(found.refusal.needed)}."
        )
    else:
        text = f"Индекса социального благополучия нет: {refusal_reason(found.refusal, 'школа')}."
    lacking = [f"{_lower(words.FEATURES[row.field])} ({_DROPPED[row.reason]})" for row in found.dropped.itertuples()]
    n = len(found.without_index)
    return " ".join(
        [
            text,
            *([f"Не вошли поля: {listed(lacking)}."] if lacking else []),
            *(
                [f"Без индекса {agree(n, 'осталась', 'остались')} {count(n, 'школа')}: паспорт не заполнен (пропуск — "
                 "не ноль)."] if n else []
            ),
        ]
    )  # fmt: skip


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def index_table(context: RegionalContext) -> ReportTable:
    """Weights of the index."""
    found = context.results.region.context.index
    rows = [
        {
            "field": words.FEATURES[row.field],
            "orientation": "благоприятно" if row.orientation > 0 else "неблагоприятно",
            "weight": Estimate(row.weight, Interval(row.low, row.high, found.level), found.n_schools),
            "mean": row.mean,
            "agrees": "да" if row.agrees else "нет: проверьте поле",
        }
        for row in found.weights.itertuples()
    ]
    columns = [
        ColumnSpec("field", "Поле паспорта"),
        ColumnSpec("orientation", "Чем больше, тем"),
        ColumnSpec("mean", "Среднее по школам", kind="share"),
        ColumnSpec("weight", "Вес в индексе", kind="number", digits=2),
        ColumnSpec("agrees", "Вес согласен со смыслом"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Индекс социального благополучия: вклад полей паспорта",
        number=context.numbering.table("tbl-index"),
        label="tbl-index",
        notes=(
            "Вес — стандартизованного поля, повёрнутого так, что больше — благоприятнее; интервал — от того, что школ "
            "столько. Индекс описывает условия этого региона и года: с другим годом его не сравнивают, школы по нему "
            "не ранжируют.",
        ),
        empty="Индекс не посчитан.",
    )


def matrix_table(context: RegionalContext) -> ReportTable:
    """How many schools are in each of the four cells, and how many on no side of a border."""
    cells = context.results.cells
    names = {**conditions.CELLS, "no_data": "условия неизвестны"}
    frame = cells.assign(name=[names[code] for code in cells.index])
    return ReportTable.build(
        frame,
        [
            ColumnSpec("name", "Условия и результат"),
            ColumnSpec("schools", "Школ", kind="integer"),
            ColumnSpec("listed", "из них в списках", kind="integer"),
        ],
        caption="Условия × результат: сколько школ с какой стороны середины региона",
        number=context.numbering.table("tbl-matrix"),
        label="tbl-matrix",
        total_row={"name": "Всего", "schools": int(cells["schools"].sum()), "listed": int(cells["listed"].sum())},
        notes=(
            "Границы — школа в середине региона по тому, что предсказывают условия, и по результату. Школа, интервал "
            "которой накрывает границу, не отнесена ни к одной из четырёх групп: сторону выбрал бы случай.",
        ),
    )


def clusters_sentence(context: RegionalContext) -> str:
    """What clusters there are, or why none."""
    found = context.results.groups
    refusal = found.refusal
    if refusal is None:
        return (
            f"По условиям и результату школы складываются в {count_in_words(found.k, 'группа', 'accusative')}; при "
            f"повторной выборке школ группы повторяются (устойчивость {number(found.stability, 2)}, 1 — полностью)."
        )
    if refusal.reason is not RefusalReason.NO_VARIATION or is_missing(refusal.found) or is_missing(refusal.needed):
        return f"Группы школ не выделялись: {refusal_reason(refusal, 'школа')}."
    numbers = f"{number(refusal.found, 3)}, нужно {{}} {number(refusal.needed, 3)}"
    if refusal.needed == context.results.session.norms.cluster_minimum_stability.value:
        why = f"при повторной выборке школ они распадаются (устойчивость {numbers.format('не менее')})"
    else:
        why = f"они разделены не лучше, чем куски одного общего облака школ (разделённость {numbers.format('больше')})"
    return (
        f"Устойчивых групп школ по условиям и результату нет: {why}. Делить школы на такие группы значило бы выдать "
        "случайное деление за открытие; остаётся матрица «условия × результат»."
    )


def clusters_table(context: RegionalContext) -> ReportTable:
    """Clusters side by side: features in rows."""
    found = context.results.clusters
    rows = [
        ("Школ", [number(value) for value in found["n"]]),
        ("Повторяется при повторной выборке (1 — всегда)", [number(value, 2) for value in found["jaccard"]]),
        ("Результат, стандартных отклонений учеников", [number(value, 2) for value in found["result"]]),
    ]
    if "pupils" in found.columns:
        rows.append(("Обучающихся (среднее геометрическое)", [number(value) for value in found["pupils"]]))
    rows += [
        (title, [percent(value) for value in found[name]])
        for name, title in words.FEATURES.items()
        if name in found.columns
    ]
    keys = [f"cluster_{code}" for code in found.index]
    frame = pd.DataFrame([dict(zip(["feature", *keys], [title, *cells], strict=True)) for title, cells in rows])
    if found.empty:
        frame = pd.DataFrame(columns=["feature"])
    return ReportTable.build(
        frame,
        [
            ColumnSpec("feature", "В среднем по группе"),
            *(ColumnSpec(key, f"Группа {code}", align="right") for key, code in zip(keys, found.index, strict=True)),
        ],
        caption="Группы школ по условиям и результату",
        number=context.numbering.table("tbl-clusters"),
        label="tbl-clusters",
        notes=("Номер группы — по числу школ, а не по результату.",) if keys else (),
        empty="Устойчивых групп нет.",
    )


def resilient_table(context: RegionalContext) -> ReportTable:
    """Resilient schools by name."""
    region = context.results.region
    found = region.context.resilience
    rows = [
        {
            **context.cells(row.school),
            "n_before": row.n_before,
            "n_after": row.n_after,
            "before": row.residual_before,
            "after": row.residual_after,
            "both": Estimate(
                row.two_year_residual,
                Interval(row.two_year_low, row.two_year_high, found.level),
                int(row.n_after),
            ),
        }
        for row in context.results.resilient.itertuples()
    ]
    columns = [
        *SCHOOL_COLUMNS,
        ColumnSpec("n_before", str(region.year - 1), kind="integer", group="Учеников"),
        ColumnSpec("n_after", str(region.year), kind="integer", group="Учеников"),
        ColumnSpec("before", str(region.year - 1), kind="number", digits=2, group="Отличие от ожидаемого"),
        ColumnSpec("after", str(region.year), kind="number", digits=2, group="Отличие от ожидаемого"),
        ColumnSpec("both", "за два года", kind="number", digits=2, group="Отличие от ожидаемого"),
    ]
    if found.refusal is None:
        chance = (
            f"Судили о {count(found.n_low_context, 'школа', case='prepositional')} с трудными условиями оба года; "
            f"случайно резильентных набралось бы в среднем {number(found.expected_by_chance, 1)}."
        )
        empty = "Резильентных школ нет."
    else:
        chance, empty = "", f"Вывод невозможен: {refusal_reason(found.refusal, 'школа')}."
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Резильентные школы: трудные условия, результат выше ожидаемого два года подряд",
        number=context.numbering.table("tbl-resilient"),
        label="tbl-resilient",
        sort=SCHOOL_ORDER,
        notes=tuple(
            text
            for text in (
                "Отличие — в стандартных отклонениях учеников региона. Это повод перенять опыт, а не награда: "
                "остальные школы не хуже, просто их отличие не доказано.",
                chance,
            )
            if text
        ),
        empty=empty,
    )
