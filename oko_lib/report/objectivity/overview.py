"""Page one: the title block and «Главное»."""

from __future__ import annotations

from datetime import date

from oko_lib.indicators.unit_funnel import UnitFunnel
from oko_lib.methods.result import Estimate
from oko_lib.report.findings import Finding, FindingsBox, main_findings
from oko_lib.report.grammar import count, count_in_words
from oko_lib.report.numbers import integer, percent, share_with_interval
from oko_lib.report.objectivity.attention import attention_sentence
from oko_lib.report.objectivity.context import ReportContext
from oko_lib.report.objectivity.dynamics import dynamics_sentence
from oko_lib.report.objectivity.signs import index_sentence
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.title import TitleBlock

DIRECTION = "Объективность ВПР"


def title_block(context: ReportContext, built_on: date) -> TitleBlock:
    """The title block of the municipality's report."""
    results = context.results
    present = int(results.participation["n_present"].sum())
    listed = int(results.participation["n_listed"].sum())
    return TitleBlock(
        title="Объективность результатов ВПР",
        municipality=results.session.municipality_name or "",
        direction=DIRECTION,
        year=results.session.year,
        subtitle=results.session.region_name,
        facts=(
            (
                "Данные",
                f"{count(len(context.schools_of_year()), 'школа')}, {works_fact(present, listed)}, "
                f"{count(results.total.n_pairs, 'пара отметок', PAIR_FORMS)}",
            ),
            ("Версия данных", results.session.snapshot.version),
            ("Построен", built_on),
        ),
    )


PAIR_FORMS = ("пара отметок", "пары отметок", "пар отметок")


def works_fact(present: int, listed: int) -> str:
    """«986 работ из 1 142 по списку»; without the list where the files name only those who wrote."""
    return count(present, "работа") + (f" из {integer(listed)} по списку" if listed > present else "")


def findings_box(context: ReportContext) -> FindingsBox:
    """The box «Главное»."""
    return main_findings(
        [
            Finding(confirmed_sentence(context), context.ref("tbl-works", "fig-agreement")),
            Finding(direction_sentence(context), context.ref("tbl-works")),
            Finding(attention_sentence(context), context.ref("tbl-attention")),
            Finding(index_sentence(context), context.ref("tbl-signs")),
            Finding(dynamics_sentence(context), context.ref("tbl-dynamics")),
        ]
    )


def confirmed_sentence(context: ReportContext) -> str:
    """Share of confirmed marks, beside what the region's shares make one expect for the same works."""
    results = context.results
    confirmed = results.total.confirmed
    if not confirmed.given:
        return f"О соответствии отметок журналу {refusal_sentence(confirmed.refusal, 'пара отметок')}."
    fit = results.region.agreement.municipalities["confirmed"]
    return f"Подтвердили отметку {share_with_interval(confirmed)} участников{_beside(context, fit, confirmed)}."


def _beside(context: ReportContext, fit: UnitFunnel, estimate: Estimate) -> str:
    code = context.results.session.municipality_code
    if not context.results.region.has_comparison or code not in fit.units.index:
        return "; с регионом сравнить нельзя: загружен один муниципалитет"
    row = fit.units.loc[code]
    expected = f", по региону на тех же работах {percent(row['expected'] / row['n'])}"
    if fit.funnel.refusal is not None or row["p_value"] != row["p_value"]:
        return f"{expected}; случайно ли отличие, сказать нельзя: муниципалитетов мало"
    if row["flagged"]:
        return f"{expected}; отличие неслучайно"
    return f"{expected}; отличие в пределах обычного разброса муниципалитетов"


def direction_sentence(context: ReportContext) -> str:
    """Lowered and raised, and how many by two marks and more."""
    total = context.results.total
    if not total.lowered.given:
        return "О понижении и повышении отметок вывод невозможен."
    substantial = int(context.results.session.norms.substantial_difference.value)
    return (
        f"Понизили {share_with_interval(total.lowered)}, повысили {share_with_interval(total.raised)}; на "
        f"{substantial} "
        f"балла и более понизили {percent(total.lowered_substantially.value)}, повысили "
        f"{percent(total.raised_substantially.value)}."
    )


def schools_sentence(context: ReportContext) -> str:
    """How many schools lie outside the spread of the region by lowered and by raised marks."""
    results = context.results
    parts, total = [], 0
    for direction, name in (("lowered", "пониженных"), ("raised", "повышенных")):
        fit = results.region.agreement.schools[direction]
        if fit.funnel.refusal is not None:
            return f"О разбросе школ региона {refusal_sentence(fit.funnel.refusal, 'школа')}."
        own = fit.units[fit.units.index.isin(results.schools) & fit.units["enough"]]
        total = len(own)
        more = int((own["flagged"] & (own["z_adjusted"] > 0)).sum())
        less = int((own["flagged"] & (own["z_adjusted"] < 0)).sum())
        sides = [
            f"{word} — в {count_in_words(n, 'школа', 'prepositional')}"
            for n, word in ((more, "больше"), (less, "меньше"))
            if n
        ]
        parts += [f"{name} отметок неслучайно {' и '.join(sides)}"] if sides else []
    if not total:
        return "Ни в одной школе нет достаточного числа пар отметок."
    among = f"Из {count(total, 'школа', case='genitive')} с достаточным числом пар"
    if not parts:
        return f"{among} ни одна не выходит за пределы обычного разброса школ региона."
    return f"{among}: {'; '.join(parts)}."
