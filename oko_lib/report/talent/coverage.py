"""Coverage of grades 5–11, school by school; who takes part by place, kind of school and health."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.indicators.talent.coverage import Coverage
from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.methods.result import Estimate, Interval, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import agree, count, listed
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import NO_DATA, TOO_FEW, integer, is_missing, percent, share_with_interval
from oko_lib.report.refusals import refusal_code, refusal_reason
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.talent import words


def coverage_sentence(own: TalentSummary, names: Mapping[str, str]) -> str:
    """«Охват 5–11 классов — 8,4 % (412 из 4 890) при норме 10 %; без трёх школ (…) он был бы 11,9 %»."""
    found = own.coverage
    if not found.by_form.given:
        return uncounted_sentence(found)
    made = f"{integer(found.by_form.numerator)} из {integer(found.by_form.denominator)}"
    met = "норма выполнена" if found.target_met else "норма не достигнута"
    text = (
        f"Охват обучающихся 5–11 классов мероприятиями для одарённых — {percent(found.by_form.value)} ({made}), норма "
        "— "
        f"не менее {percent(found.target, 0)}: {met}."
    )
    if found.holding:
        named = sorted((names[school] for school in found.holding), key=natural_key)
        text += (
            f" Больше всего до нормы не хватает в {count(len(named), 'школа', case='prepositional')}: {listed(named)}; "
            f"в остальных школах вместе — {percent(found.rest.value)}."
        )
    return text


def uncounted_sentence(found: Coverage) -> str:
    """Why there is no coverage: nobody reported it, nobody reported pupils, or they are too few."""
    if found.schools.empty:
        reason = "нет численности обучающихся по классам"
    elif found.by_form.refusal.reason is RefusalReason.NO_DATA:
        reason = "школы не подали сведений"
    else:
        reason = refusal_reason(found.by_form.refusal, "ученик")
    return f"Охват мероприятиями для одарённых не посчитать: {reason}."


def silent_sentence(own: TalentSummary, names: Mapping[str, str]) -> str:
    """Schools that did not report the number of the norm: they are not counted as zero."""
    silent = own.coverage.without_form
    if not silent:
        return ""
    named = sorted((names[school] for school in silent), key=natural_key)
    shown = listed(named) if len(named) <= 8 else f"{listed(named[:8])} и ещё {len(named) - 8}"
    return (
        f"Сведений об охвате нет у {count(len(named), 'школа', case='genitive')} ({shown}): в долю "
        f"{'она не вошла' if len(named) == 1 else 'они не вошли'}, нулём это не считается."
    )


def coverage_table(own: TalentSummary, names: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """Every school: pupils, covered, participation with its level allowing for size."""
    participation = own.data.participation
    minimum = own.norms.minimum_group.value
    rows = []
    for school, row in own.coverage.schools.iterrows():
        shrunk = participation.loc[school] if school in participation.index else None
        enough = row["pupils"] >= minimum
        rows.append(
            {
                "school": names[school],
                "pupils": row["pupils"],
                "covered": _of(row["covered"], enough),
                "coverage": _part(row["covered"], row["pupils"], enough),
                "participation": _part(row["olympians"], row["pupils"], enough),
                "shrunk": _shrunk(shrunk) if enough else TOO_FEW,
            }
        )
    total = own.coverage
    partial = total.by_form.given and len(total.without_form) > 0
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("pupils", "Учеников 5–11 кл.", kind="integer"),
        ColumnSpec("covered", "Охвачены мероприятиями, чел.", kind="integer"),
        ColumnSpec("coverage", "Охват", kind="share"),
        ColumnSpec("participation", "Школьный этап, от учеников", kind="share"),
        ColumnSpec("shrunk", "С поправкой на размер школы", kind="share"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Охват обучающихся 5–11 классов по школам",
        number=numbering.table("tbl-coverage"),
        label="tbl-coverage",
        sort="school",
        total_row={
            "school": "Всего",
            "pupils": total.schools["pupils"].sum(),
            "covered": total.by_form.numerator if total.by_form.given else total.by_form,
            "coverage": total.by_form,
            "participation": total.by_olympiad,
            "shrunk": "—",
        },
        notes=(
            f"Норма охвата — не менее {percent(total.target, 0)} обучающихся 5–11 классов. Охват — по сведениям школ, "
            "каждый ребёнок один раз; это полный счёт, интервала у него нет. «С поправкой на размер» — доля, "
            "притянутая "
            "к средней региона тем сильнее, чем меньше школа, с интервалом.",
            *([_of_reporting(total)] if partial else []),
        ),
        empty="Численности обучающихся по классам в данных нет.",
    )


def _of_reporting(total: Coverage) -> str:
    """What the total's share is of, where not every school reported."""
    made = f"{integer(total.by_form.numerator)} из {integer(total.by_form.denominator)}"
    return f"Общий охват — по школам, подавшим сведения: {made}."


def _of(value: float, enough: bool) -> object:
    if is_missing(value):
        return NO_DATA
    return int(value) if enough else TOO_FEW


def _part(part: float, whole: float, enough: bool) -> object:
    if is_missing(part):
        return NO_DATA
    return float(part / whole) if enough else TOO_FEW


def _shrunk(row: pd.Series | None) -> object:
    if row is None or is_missing(row["shrunk"]):
        return None
    bounds = Interval(float(row["shrunk_low"]), float(row["shrunk_high"]))
    return Estimate(float(row["shrunk"]), bounds, int(row["n"]))


def groups_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Participation by place and kind of school, and of children with disabilities."""
    regional = {} if beside is None else {(row.by, row.group): row.share for row in beside.groups.itertuples()}
    rows = [
        {
            "group": words.GROUPS[row.by, row.group],
            "schools": row.schools,
            "pupils": row.pupils,
            "participants": row.participants if row.share.given else refusal_code(row.share.refusal),
            "share": row.share,
            "region": regional.get((row.by, row.group)),
        }
        for row in own.groups.itertuples()
        if row.schools
    ]
    found = own.disability
    if found.given or found.refusal.reason == "too_few":
        rows.append(
            {
                "group": "дети с ОВЗ: муниципальный этап и выше, конкурсы",
                "schools": "—",
                "pupils": found.denominator,
                "participants": found.numerator if found.given else TOO_FEW,
                "share": found,
                "region": beside.disability if beside is not None else None,
            }
        )
    columns = [
        ColumnSpec("group", "Группа"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("pupils", "Учеников", kind="integer"),
        ColumnSpec("participants", "Участвовали, чел.", kind="integer"),
        ColumnSpec("share", "Доля", kind="share"),
    ]
    if beside is not None:
        columns.append(ColumnSpec("region", "По региону", kind="share", interval=False))
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Равенство участия: место и вид школы, здоровье",
        number=numbering.table("tbl-groups"),
        label="tbl-groups",
        notes=(
            "Школы — участие в школьном этапе учеников 5–11 классов. Интервал знает, что ученики одной школы похожи; "
            "при "
            "числе школ меньше пяти его нет. Участие детей с ОВЗ — от всех детей с ОВЗ, полный счёт.",
        ),
        empty="Сведений о численности, месте и виде школ нет.",
    )


def groups_sentence(own: TalentSummary) -> str:
    """Town beside village, when both can be told."""
    shares = {row.group: row.share for row in own.groups.itertuples() if row.by == "place"}
    town, village = shares.get("town"), shares.get("village")
    if town is None or village is None or not (town.given and village.given):
        return ""
    apart = (
        town.interval is not None
        and village.interval is not None
        and (town.interval.low > village.interval.high or village.interval.low > town.interval.high)
    )
    verdict = "интервалы не пересекаются" if apart else "интервалы пересекаются: различие может быть случайным"
    if town.interval is None or village.interval is None:
        verdict = "школ мало, интервала нет"
    return (
        f"В школьном этапе участвуют {share_with_interval(town)} учеников 5–11 классов городских школ и "
        f"{share_with_interval(village)} учеников школ сёл и посёлков; {verdict}."
    )


def disability_sentence(own: TalentSummary) -> str:
    """Children with disabilities beyond their school."""
    if not own.disability.given:
        return ""
    taking = int(own.disability.numerator)
    return (
        f"В олимпиадах муниципального этапа и выше и в конкурсах {agree(taking, 'участвовал', 'участвовали')} "
        f"{count(taking, 'ребёнок')} с ОВЗ — {percent(own.disability.value)} детей с ОВЗ."
    )
