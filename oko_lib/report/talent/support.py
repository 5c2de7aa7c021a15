"""Programmes, additional education and trained staff; what the documents ask to do."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.talent.summary import TalentSummary
from oko_lib.methods.participation_link import LinkState, ParticipationLink
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.findings import FindingsBox
from oko_lib.report.grammar import count
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, percent, points_with_interval
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable

_STAFF = {
    "teachers": ("педагоги, подготовленные к работе с одарёнными", "педагогов"),
    "psychologists": ("педагоги-психологи, подготовленные к ней", "психологов"),
    "identifying": ("педагоги-психологи, выявляющие одарённых методиками", "психологов"),
    "awarded": ("наставники — победители и призёры краевого конкурса", "наставников"),
}
_PUPILS = {
    "additional": "охвачены дополнительным образованием",
    "additional_talent": "в дополнительном образовании, развивающем таланты",
    "individual_programme": "учатся по индивидуальным образовательным программам (ИОП)",
    "individual_plan": "учатся по индивидуальным учебным планам (ИУП)",
    "advanced": "учатся в углублённых, профильных и предпрофильных классах",
    "network": "в сетевых и межмуниципальных программах",
}


def staff_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Trained staff and the norm."""
    rows = []
    for code, (title, whom) in _STAFF.items():
        found = own.staff[code]
        rows.append(
            {
                "who": title,
                "part": found.numerator,
                "whole": found.denominator,
                "share": found,
                "region": beside.staff[code] if beside is not None else None,
                "target": percent(own.norms.trained_teachers_target.value, 0) if code == "teachers" else "—",
                "of": whom,
            }
        )
    columns = [
        ColumnSpec("who", "Кто"),
        ColumnSpec("part", "Человек", kind="integer"),
        ColumnSpec("whole", "Из скольких", kind="integer"),
        ColumnSpec("share", "Доля", kind="share"),
        ColumnSpec("target", "Норма", align="right"),
    ]
    if beside is not None:
        columns.insert(4, ColumnSpec("region", "По региону", kind="share"))
    return ReportTable.build(
        pd.DataFrame(rows),
        columns,
        caption="Подготовка педагогов и психологов",
        number=numbering.table("tbl-staff"),
        label="tbl-staff",
        notes=(
            "По школам, которые назвали оба числа; полный счёт, интервала нет. Норма — 100 % педагогов (паспорт 1.3, "
            "п. 1.6); какие именно педагоги имеются в виду, документ не говорит, здесь — все.",
        ),
    )


def programmes_table(own: TalentSummary, beside: TalentSummary | None, numbering: Numbering) -> ReportTable:
    """Pupils in programmes; programmes themselves."""

    def row(title: str, code: str, unit: str) -> dict[str, object]:
        found = own.programmes[code]
        return {
            "what": title,
            "part": _number_of(found),
            "whole": found.denominator if found.denominator is not None else "—",
            "unit": unit,
            "share": found if found.denominator is not None or not found.given else "—",
            "region": _beside(beside, code),
        }

    rows = [row(title, code, "учеников") for code, title in _PUPILS.items()]
    rows += [
        row("программы стартапа и персонифицированные", "additional_programmes", "программ"),
        row("программы вузов и колледжей для подготовки к перечневым мероприятиям", "university", "программ"),
        row("школы с программами межведомственного взаимодействия", "interagency", "школ"),
        row("сетевые программы для ИОП", "network_individual", "программ"),
        row("сетевые программы для ИУП", "network_plan", "программ"),
        row("запросы родителей к навигатору", "navigator", "запросов"),
        row("дети в реестре «Талант и успех»", "sirius", "учеников"),
    ]
    columns = [
        ColumnSpec("what", "Что"),
        ColumnSpec("part", "Число", kind="integer"),
        ColumnSpec("whole", "Из скольких", kind="integer"),
        ColumnSpec("unit", "Чего"),
        ColumnSpec("share", "Доля", kind="share"),
    ]
    if beside is not None:
        columns.append(ColumnSpec("region", "По региону", kind="share"))
    return ReportTable.build(
        pd.DataFrame(rows),
        columns,
        caption="Программы, профили и дополнительное образование",
        number=numbering.table("tbl-programmes"),
        label="tbl-programmes",
        notes=("Доля — по школам, которые назвали оба числа. Ученики — всех классов; полный счёт, интервала нет.",),
    )


def _number_of(found: Estimate) -> object:
    """The count itself or the number behind the share; nothing of a group whose share is not shown."""
    if not found.given:
        return found
    return found.value if found.numerator is None else found.numerator


def _beside(beside: TalentSummary | None, code: str) -> object:
    if beside is None:
        return None
    found = beside.programmes[code]
    return found if found.denominator is not None or not found.given else "—"


def staff_sentence(own: TalentSummary) -> str:
    """«Специальную подготовку прошли 31,0 % педагогов (124 из 400) при норме 100 %»."""
    found = own.staff["teachers"]
    if not found.given:
        return "Сведений о подготовке педагогов к работе с одарёнными нет."
    return (
        f"К работе с одарёнными подготовлены {percent(found.value)} педагогов ({integer(found.numerator)} из "
        f"{integer(found.denominator)}), норма — {percent(own.norms.trained_teachers_target.value, 0)}."
    )


def link_sentence(link: ParticipationLink) -> str:
    """Additional education and participation over the region's schools: a link of schools, not a cause."""
    if not link.effect.given:
        reason = refusal_reason(link.effect.refusal, "школа") if link.effect.refusal else "нет данных"
        return f"Связь участия с дополнительным образованием не оценена: {reason}."
    step = percent(link.step, 0)
    effect = points_with_interval(link.effect)
    head = f"По {count(link.n_schools, 'школа', case='dative')} региона"
    caution = "Это связь школ при равных размере и месте, а не доказанная причина."
    if link.state is LinkState.INDISTINCT:
        return (
            f"{head} связи участия в школьном этапе с охватом дополнительным образованием не видно: на {step} охвата "
            f"приходится {effect}."
        )
    word = "больше" if link.state is LinkState.POSITIVE else "меньше"
    return (
        f"{head}: где охват дополнительным образованием выше на {step}, участвуют {word} — {effect} на школьном этапе. "
        f"{caution}"
    )


def advice_box(own: TalentSummary) -> FindingsBox:
    """What the documents ask and the numbers point at; written for this workbench."""
    items: list[str] = []
    if own.coverage.target_met is False:
        items.append(
            "Охват ниже нормы: составить по школам, где до неё не хватает больше всего, план участия в мероприятиях — "
            "выездной школьный этап, дистанционные туры, подвоз, наставник из сильной школы."
        )
    teachers = own.staff["teachers"]
    if teachers.given and teachers.value < own.norms.trained_teachers_target.value:
        items.append(
            "Построить план-график подготовки педагогов и психологов к работе с одарёнными и начать со школ, чьи дети "
            "дошли до муниципального этапа."
        )
    programme = own.programmes["individual_programme"]
    if not programme.given or not programme.numerator:
        items.append(
            "Проверить, есть ли дети с высокими результатами, для кого стоит составить индивидуальную образовательную "
            "программу: нужны согласие родителей, решение педсовета, приказ и расписание."
        )
    else:
        items.append(
            "Сверить список детей на ИОП и ИУП с теми, кто дошёл до муниципального и регионального этапов: кому из них "
            "программа ещё не предложена."
        )
    items.append(
        "Сформировать муниципальные сборные по предметам, где школы сильны, и пригласить в них детей малых школ; "
        "закрепить это приказом."
    )
    items.append(
        "Обновить перечень значимых мероприятий и занести достижения детей в базу одарённых в сроки регламента."
    )
    return FindingsBox(items, "Что просят документы")
