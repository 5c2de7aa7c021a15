"""Section 5: three years, and the published lists over them."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.objectivity.dynamics import MEASURES, AgreementDynamics
from oko_lib.indicators.objectivity.lists import PublishedLists
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbers import number, points_with_interval
from oko_lib.report.objectivity import words
from oko_lib.report.objectivity.context import ReportContext, row_of, share
from oko_lib.report.table import ReportTable

_TITLES = {
    "lowered": "Понизили",
    "confirmed": "Подтвердили",
    "raised": "Повысили",
    "lowered_substantially": "Понизили на 2 и более",
    "raised_substantially": "Повысили на 2 и более",
}


def dynamics_table(context: ReportContext) -> ReportTable:
    """Shares by year with the change in three states, and the index of signs by year."""
    own = context.results.dynamics
    rows = []
    for name in MEASURES:
        estimate = own.changes.get(name)
        rows.append(
            {
                "measure": f"{_TITLES[name]}, %",
                **{str(year): share(row_of(own.by_year, year=year), name) for year in own.years},
                "change": estimate,
                "state": words.change(estimate) if estimate is not None else "—",
            }
        )
    years = [ColumnSpec(str(year), str(year), unit="", kind="share") for year in own.years]
    span = f"{own.years[0]}–{own.years[-1]}" if len(own.years) > 1 else ""
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("measure", "Показатель"),
            *years,
            ColumnSpec("change", f"Изменение {span}".strip(), kind="points", missing="—"),
            ColumnSpec("state", "Вывод"),
        ],
        caption="Соответствие отметок по годам (сопоставимые работы)",
        number=context.numbering.table("tbl-dynamics"),
        label="tbl-dynamics",
        notes=_comparability(context),
        empty="Данных за несколько лет нет.",
    )


def _comparability(context: ReportContext) -> tuple[str, ...]:
    own = context.results.dynamics
    compared = listed([words.short_work(*work) for work in own.works]) or "нет"
    notes = [f"Сравниваются работы, которые писали каждый год по одной и той же шкале: {compared}."]
    if own.left_out:
        notes.append(f"Не сравниваются: {listed([words.short_work(*work) for work in own.left_out])}.")
    wanted = int(context.results.session.norms.dynamics_years.value)
    if len(own.years) < wanted:
        notes.append(f"Ряд короче {wanted} лет: о тенденции говорить рано.")
    notes.append("Учтено, что ученики одной школы похожи друг на друга; дети разных лет — разные.")
    return tuple(notes)


def dynamics_sentence(context: ReportContext) -> str:
    """What has changed in the municipality, in one sentence."""
    return change_sentence(context.results.dynamics)


def change_sentence(own: AgreementDynamics) -> str:
    """What has changed, in one sentence."""
    if len(own.years) < 2:
        return "О динамике говорить нельзя: есть данные только за один год."
    estimate = own.changes["confirmed"]
    state = words.change(estimate)
    years = f"с {own.years[0]} по {own.years[-1]} год"
    if not estimate.given:
        return f"Доля подтвердивших отметку {years}: {state}."
    return f"Доля подтвердивших отметку {years}: {state}, {points_with_interval(estimate)}."


def procedures_table(context: ReportContext) -> ReportTable:
    """How many works and years of each school point the same way."""
    found = context.results.region.directions
    own = found[found["school"].isin(context.results.schools)]
    rows = [
        {
            "school": context.short_names[row.school],
            "works": int(row.n_cells),
            "above": int(row.n_above),
            "high": int(row.n_high),
            "low": int(row.n_low),
            "verdict": _direction(row),
        }
        for row in own.itertuples()
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "works", "above", "high", "low", "verdict"]),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("works", "Работ за все годы", kind="integer"),
            ColumnSpec("above", "Из них выше региона", kind="integer"),
            ColumnSpec("high", "выше", kind="integer", group="Заметно (дальше обычного отклонения)"),
            ColumnSpec("low", "ниже", kind="integer", group="Заметно (дальше обычного отклонения)"),
            ColumnSpec("verdict", "Все работы вместе"),
        ],
        caption="Согласованность работ и лет: сколько работ школы говорят одно и то же",
        number=context.numbering.table("tbl-procedures"),
        label="tbl-procedures",
        sort="school",
        notes=(
            "Работа — предмет, класс и год с достаточным числом участников. Устойчиво высокий или низкий уровень сам "
            "по "
            "себе обычен (состав учеников, вид школы) и поводом для проверки не служит.",
        ),
        empty="Школ с достаточным числом работ нет.",
    )


def _direction(row) -> str:
    if row.p_value != row.p_value:
        return "м.д."
    if not row.flagged:
        return words.WITHIN
    return f"{words.DIFFERENT} {'выше' if row.direction > 0 else 'ниже'}"


def lists_table(context: ReportContext) -> ReportTable:
    """Own schools in published lists, year by year."""
    rows = context.results.region.lists.rows
    own = rows[rows["school"].isin(context.results.schools)]
    frame = pd.DataFrame(
        {
            "school": [context.short_names[school] for school in own["school"]],
            "year": own["year"].astype(int).tolist(),
            "sign": own["sign"].tolist(),
            "source": own["source"].tolist(),
        }
    )
    return ReportTable.build(
        frame,
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("year", "Год", kind="year"),
            ColumnSpec("sign", "Признак (словами источника)"),
            ColumnSpec("source", "Источник"),
        ],
        caption="Школы муниципалитета в опубликованных списках",
        number=context.numbering.table("tbl-lists"),
        label="tbl-lists",
        sort=["school", "year"],
        notes=("Списки загружены как опубликованы; этот отчёт их не вычисляет.",),
        empty="В загруженных списках школ муниципалитета нет.",
    )


def repetition_sentence(context: ReportContext) -> str:
    """Whether schools return to the region's lists more often than by chance."""
    return repetition_of(context.results.region.lists, context.results.session.norms.false_discovery_rate.value)


def repetition_of(lists: PublishedLists, alpha: float) -> str:
    """Whether schools return to the lists more often than by chance, tested at `alpha`."""
    found = lists.repetition
    if found is None:
        return "Опубликованные списки за эти годы не загружены."
    if found.test.refusal is not None or found.test.p_value is None:
        return "Сказать, случайна ли повторность списков региона, нельзя: данных мало."
    beyond = found.test.p_value < alpha
    verdict = "повторность выше случайной" if beyond else "повторность не выше случайной"
    return (
        f"В списках региона два года и более — {count(found.observed, 'школа')} при ожидаемых "
        f"{number(found.expected, 1)}, если бы списки разных лет были независимы: {verdict}."
    )
