"""Municipalities side by side: by name, never in an order of results."""

from __future__ import annotations

import pandas as pd

from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, listed
from oko_lib.report.numbers import integer, percent
from oko_lib.report.refusals import cell_code
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.talent import words
from oko_lib.report.talent.coverage import uncounted_sentence
from oko_lib.report.talent.regional_context import RegionalContext

_ORDER_NOTE = "По алфавиту; порядок — не место."
#: Municipalities named in a sentence; more are only counted.
MOST_NAMED = 4
NO_GROWTH = (
    "Рост и снижение по муниципалитетам не отличить от случая: данных прошлого года нет или участников и школ мало."
)


def municipalities_table(context: RegionalContext) -> ReportTable:
    """Participation and prizes by municipality."""
    rows = []
    for code, own in context.results.municipalities.items():
        municipal = own.stage("municipal")
        change = own.growth.set_index("measure").to_dict("index").get("municipal_participants")
        rows.append(
            {
                "name": context.short_municipality(code),
                "schools": len(own.data.schools),
                "participation": own.coverage.by_olympiad,
                "persons": municipal["persons"],
                "entries": municipal["entries"],
                "on": municipal["on_persons"],
                "prize": municipal["prize_of_entries"],
                "growth": words.STATES.get(change["state"], cell_code(change["ratio"])) if change else "…",
            }
        )
    whole = context.results.summary
    municipal = whole.stage("municipal")
    columns = [
        ColumnSpec("name", "Муниципалитет"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("participation", "Школьный этап, от учеников 5–11", kind="share"),
        ColumnSpec("persons", "людей", kind="integer", group="Муниципальный этап"),
        ColumnSpec("entries", "участий", kind="integer", group="Муниципальный этап"),
        ColumnSpec("on", "дошли, от людей", kind="share", group="Муниципальный этап"),
        ColumnSpec("prize", "дипломы, от участий", kind="share", group="Муниципальный этап"),
        ColumnSpec("growth", "людей к прошлому году", group="Муниципальный этап"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Участие и дипломы по муниципалитетам",
        wide=False,
        number=context.numbering.table("tbl-municipalities"),
        label="tbl-municipalities",
        sort="name",
        total_row={
            "name": "Регион",
            "schools": len(whole.data.schools),
            "participation": whole.coverage.by_olympiad,
            "persons": municipal["persons"],
            "entries": municipal["entries"],
            "on": municipal["on_persons"],
            "prize": municipal["prize_of_entries"],
            "growth": "—",
        },
        notes=(
            "Доля дипломов зависит от квоты организатора, доля дошедших — от проходного балла: это не оценка "
            f"муниципалитета. {_ORDER_NOTE}",
        ),
    )


def coverage_table(context: RegionalContext) -> ReportTable:
    """Coverage of grades 5–11 by municipality."""
    rows = []
    for code, own in context.results.municipalities.items():
        found = own.coverage
        rows.append(
            {
                "name": context.short_municipality(code),
                "pupils": found.by_form.denominator,
                "covered": found.by_form.numerator if found.by_form.given else found.by_form,
                "coverage": found.by_form,
                "met": found.target_met,
                "holding": listed([context.schools[school] for school in found.holding]) if found.holding else "—",
                "rest": found.rest if found.holding else "—",
                "silent": len(found.without_form),
            }
        )
    whole = context.results.summary.coverage
    columns = [
        ColumnSpec("name", "Муниципалитет"),
        ColumnSpec("pupils", "Учеников 5–11 кл.", kind="integer"),
        ColumnSpec("covered", "Охвачены, чел.", kind="integer"),
        ColumnSpec("coverage", "Охват", kind="share"),
        ColumnSpec("met", "Норма достигнута", kind="flag"),
        ColumnSpec("holding", "Где до нормы не хватает больше всего"),
        ColumnSpec("rest", "Охват в остальных", kind="share"),
        ColumnSpec("silent", "Школ без сведений", kind="integer"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Охват обучающихся 5–11 классов по муниципалитетам",
        number=context.numbering.table("tbl-coverage"),
        label="tbl-coverage",
        sort="name",
        total_row={
            "name": "Регион",
            "pupils": whole.by_form.denominator,
            "covered": whole.by_form.numerator if whole.by_form.given else whole.by_form,
            "coverage": whole.by_form,
            "met": whole.target_met,
            "holding": "—",
            "rest": "—",
            "silent": len(whole.without_form),
        },
        notes=(
            f"Норма — не менее {percent(whole.target, 0)} обучающихся 5–11 классов. Ученики — школ, подавших сведения. "
            "Школы названы, если без немногих из них (не больше трети) норма была бы достигнута. "
            f"{_ORDER_NOTE}",
        ),
    )


def coverage_sentence(context: RegionalContext) -> str:
    """«Охват — 14,2 %; норма не достигнута в двух муниципалитетах»."""
    whole = context.results.summary.coverage
    if not whole.by_form.given:
        return uncounted_sentence(whole)
    below = [
        context.municipality(code)
        for code, own in context.results.municipalities.items()
        if own.coverage.target_met is False
    ]
    text = (
        f"Охват обучающихся 5–11 классов мероприятиями для одарённых — {percent(whole.by_form.value)} "
        f"({integer(whole.by_form.numerator)} из {integer(whole.by_form.denominator)})"
    )
    if not below:
        return f"{text}; норма {percent(whole.target, 0)} достигнута во всех муниципалитетах, где есть сведения."
    below.sort(key=natural_key)
    named = f" ({listed(below)})" if len(below) <= MOST_NAMED else ""
    where = count(len(below), "муниципалитет", case="prepositional")
    return f"{text}; норма {percent(whole.target, 0)} не достигнута в {where}{named}."


def support_table(context: RegionalContext) -> ReportTable:
    """Trained staff, programmes and additional education by municipality."""
    rows = [
        {
            "name": context.short_municipality(code),
            "teachers": own.staff["teachers"],
            "psychologists": own.staff["psychologists"],
            "additional": own.programmes["additional"],
            "individual": own.programmes["individual_programme"],
            "plans": own.programmes["individual_plan"],
            "advanced": own.programmes["advanced"],
        }
        for code, own in context.results.municipalities.items()
    ]
    whole = context.results.summary
    columns = [
        ColumnSpec("name", "Муниципалитет"),
        ColumnSpec("teachers", "педагоги", kind="share", group="Подготовлены к работе с одарёнными"),
        ColumnSpec("psychologists", "психологи", kind="share", group="Подготовлены к работе с одарёнными"),
        ColumnSpec("additional", "дополнительное образование", kind="share", group="Ученики"),
        ColumnSpec("individual", "ИОП", kind="share", digits=2, group="Ученики"),
        ColumnSpec("plans", "ИУП", kind="share", digits=2, group="Ученики"),
        ColumnSpec("advanced", "углублённые и профильные классы", kind="share", group="Ученики"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Подготовка педагогов и программы по муниципалитетам",
        number=context.numbering.table("tbl-support"),
        label="tbl-support",
        sort="name",
        total_row={
            "name": "Регион",
            "teachers": whole.staff["teachers"],
            "psychologists": whole.staff["psychologists"],
            "additional": whole.programmes["additional"],
            "individual": whole.programmes["individual_programme"],
            "plans": whole.programmes["individual_plan"],
            "advanced": whole.programmes["advanced"],
        },
        notes=(f"По школам, которые назвали оба числа; полный счёт, интервала нет. {_ORDER_NOTE}",),
    )


def observers_table(context: RegionalContext) -> ReportTable:
    """Observers at the municipal stage by municipality."""
    rows = []
    for code, own in context.results.municipalities.items():
        found = own.observed["municipal"]
        rows.append(
            {
                "name": context.short_municipality(code),
                "venues": found.venues,
                "olympiads": found.olympiads.denominator,
                "observed": found.olympiads,
                "rooms": found.rooms,
                "own": found.own_observers,
                "faults": int((context.results.region.faults["municipality_code"] == code).sum()),
            }
        )
    whole = context.results.summary.observed["municipal"]
    target = context.results.session.norms.observed_olympiads_target.value
    columns = [
        ColumnSpec("name", "Муниципалитет"),
        ColumnSpec("venues", "Площадок", kind="integer"),
        ColumnSpec("olympiads", "Олимпиад", kind="integer"),
        ColumnSpec("observed", "С независимыми наблюдателями", kind="share"),
        ColumnSpec("rooms", "Аудитории с видео", kind="share"),
        ColumnSpec("own", "Наблюдал свой работник, олимпиад", kind="integer"),
        ColumnSpec("faults", "Несовпадений в протоколах", kind="integer"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Муниципальный этап: наблюдатели и протоколы",
        number=context.numbering.table("tbl-observers"),
        label="tbl-observers",
        sort="name",
        total_row={
            "name": "Регион",
            "venues": whole.venues,
            "olympiads": whole.olympiads.denominator,
            "observed": whole.olympiads,
            "rooms": whole.rooms,
            "own": whole.own_observers,
            "faults": len(context.results.region.faults),
        },
        notes=(
            f"Норма — {percent(target, 0)} олимпиад муниципального этапа с независимыми наблюдателями (паспорт 2.1). "
            "Несовпадения — по всем этапам; в строке региона — и те, что касаются нескольких муниципалитетов. "
            f"{_ORDER_NOTE}",
        ),
    )


def unobserved(context: RegionalContext) -> list[str]:
    """Return the municipalities that reported observers and miss their norm."""
    target = context.results.session.norms.observed_olympiads_target.value
    found = {code: own.observed["municipal"].olympiads for code, own in context.results.municipalities.items()}
    return [code for code, share in found.items() if share.given and share.value < target]


def observers_sentence(context: RegionalContext) -> str:
    """Where the norm of observers is missed."""
    whole = context.results.summary.observed["municipal"].olympiads
    if not whole.given:
        return "Сведений о наблюдателях на муниципальном этапе нет."
    target = context.results.session.norms.observed_olympiads_target.value
    below = sorted((context.municipality(code) for code in unobserved(context)), key=natural_key)
    named = f" ({listed(below)})" if 0 < len(below) <= MOST_NAMED else ""
    text = f"Независимые наблюдатели были на {percent(whole.value)} олимпиад муниципального этапа"
    if not below:
        return f"{text}, норма {percent(target, 0)} выполнена везде, где есть сведения."
    where = count(len(below), "муниципалитет", case="prepositional")
    return f"{text}; норма {percent(target, 0)} не выполнена в {where}{named}."


def growing_sentence(context: RegionalContext, measure: str) -> str:
    """In how many municipalities a number grew, fell, or cannot be told from chance."""
    states = []
    for own in context.results.municipalities.values():
        found = own.growth.loc[own.growth["measure"] == measure, "state"]
        states += [state for state in found if isinstance(state, str)]
    if not states:
        return ""
    title = words.GROWTH[measure].removesuffix(", чел.")
    return (
        f"{title[:1].upper()}{title[1:]} по муниципалитетам: рост отличим от случая в {states.count('growth')}, "
        "снижение "
        f"— в {states.count('decline')}, изменение неразличимо — в {states.count('indistinct')}."
    )
