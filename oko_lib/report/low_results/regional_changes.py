"""What changed over the region: listed schools, measures of 1.2.3, the return to the mean, municipalities, courses."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.low_results.summary import NO_MUNICIPALITY, CourseOfSchools
from oko_lib.methods.result import Estimate
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.measures import measures_chart
from oko_lib.report.grammar import agree, count, count_in_words, listed, numeral
from oko_lib.report.low_results import words
from oko_lib.report.low_results.changes import base_words
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.numbers import number, percent, percent_number, span
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable

#: More schools than this are counted in prose, not named.
MOST_NAMED = 5

_PHRASES = {
    "growth": "результаты неслучайно выросли у",
    "decline": "неслучайно снизились у",
    "indistinct": "изменение неотличимо от обычных колебаний у",
    "few": "данных для вывода мало у",
}


def changed_sentence(context: RegionalContext) -> str:
    """What changed and for whom: schools of the base list by their joined change."""
    results = context.results
    own = results.region.listed
    n = sum(len(schools) for schools in results.states.values())
    if not n:
        return "Школ списка, о динамике которых можно было бы сказать, в данных нет."
    parts = []
    for state, phrase in _PHRASES.items():
        schools = results.states[state]
        if schools:
            named = state in ("growth", "decline") and len(schools) <= MOST_NAMED
            names = f" — {context.named(schools)}" if named else ""
            parts.append(f"{phrase} {count_in_words(len(schools), 'школа', 'genitive')}{names}")
    return (
        f"{count_in_words(n, 'школа').capitalize()} списка {own.base_year} года по всем работам вместе: "
        f"{'; '.join(parts)}."
    )


def measures_sentence(context: RegionalContext) -> str:
    """How much of the growth by numbers can be told from chance, over the measures."""
    judged = [item for item in context.results.measures if item.reliable.given and item.formal.given]
    if not judged:
        return "По показателям 1.2.3 ответа нет: школ списка с данными за два года мало."
    formal = [item.formal.value for item in judged]
    reliable = [item.reliable.value for item in judged]
    return (
        f"По числам рост у {_between(formal)} школ списка в зависимости от показателя, отличимый от случайности — у "
        f"{_between(reliable)}."
    )


def _between(shares: list[float]) -> str:
    low, high = percent_number(min(shares)), percent_number(max(shares))
    return percent(min(shares)) if low == high else f"{low}–{percent(max(shares))}"


def chosen_sentence(context: RegionalContext) -> str:
    """Why the base list would have moved by itself."""
    own = context.results.region.listed
    if not own.base:
        return ""
    if own.chosen_by_this_year:
        return (
            f"Более раннего списка в данных нет, и школы отобраны по результатам этого же {own.year} года: уже поэтому "
            "их последнее изменение смещено вниз, и о динамике до следующего года по ним судить рано."
        )
    if "low_results" not in own.base_kinds:
        return "Школы этого списка отобраны по условиям работы, а не по результатам."
    also = "" if "adverse_conditions" not in own.base_kinds else " (часть — по условиям работы)"
    return (
        f"Школы отобраны по низким результатам {own.base_year} года{also}. После неудачного года результат обычно "
        "поднимается и без помощи: это возврат к среднему, и его надо отнять, прежде чем говорить о пользе программы."
    )


def return_sentence(context: RegionalContext) -> str:
    """Where listed schools moved more, or less, than schools with such results do by themselves."""
    answered = {name: found for name, found in context.results.region.returns.items() if found.refusal is None}
    if not answered:
        own = context.results.region.listed
        if not own.base or own.chosen_by_this_year:
            return ""
        return "Оценить возврат здесь нельзя: школ списка с данными за оба года мало."
    above = [words.brief(name) for name, found in answered.items() if found.beyond.interval.low > 0]
    below = [words.brief(name) for name, found in answered.items() if found.beyond.interval.high < 0]
    n_same = len(answered) - len(above) - len(below)
    parts = []
    if above:
        parts.append(f"больше, чем даёт один возврат, рост по работам: {listed(above)}")
    if n_same:
        parts.append(
            f"по {count_in_words(n_same, 'процедура', 'dative')} из "
            f"{numeral(len(answered), 'genitive')} изменение неотличимо от возврата"
        )
    if below:
        parts.append(f"меньше, чем дал бы возврат: {listed(below)}")
    return f"Школы списка против возврата к среднему: {'; '.join(parts)}."


def measures_figure(context: RegionalContext) -> ReportFigure | None:
    """The seven measures; None without any."""
    found = context.results.measures
    if not found:
        return None
    frame = pd.DataFrame([_measure_row(item.measure.brief_ru, item.n_taking, item) for item in found])
    distinct = sum(len(item.growth) for item in found)
    judged = sum(item.n_judged for item in found)
    seen = (
        f"от случайности {agree(distinct, 'отличим', 'отличимы')} {count(distinct, 'случай')} из {number(judged)}"
        if judged
        else "данных для вывода мало"
    )
    return ReportFigure(
        measures_chart(frame),
        number=context.numbering.figure("fig-measures"),
        label="fig-measures",
        caption=f"Школы списка с ростом по показателям 1.2.3: {seen}",
        alt="Полосы: доля школ списка с ростом по числам и с ростом, отличимым от случайности, по семи показателям.",
    )


def _measure_row(title: str, n: int, item) -> dict[str, object]:
    interval = item.reliable.interval if item.reliable.given else None
    return {
        "title": title,
        "n": n,
        "formal": item.formal.value if item.formal.given else None,
        "reliable": item.reliable.value if item.reliable.given else None,
        "reliable_low": interval.low if interval else None,
        "reliable_high": interval.high if interval else None,
    }


def return_table(context: RegionalContext) -> ReportTable:
    """Change of the base list, what the return to the mean alone would give, and what is beyond it."""
    region = context.results.region
    rows = [
        {
            "procedure": words.brief(name),
            "n": found.n_chosen,
            "rest": found.n_rest,
            "observed": found.observed,
            "expected": found.expected,
            "beyond": found.beyond,
            "verdict": _beyond(found.beyond),
        }
        for name, found in region.returns.items()
    ]
    columns = [
        ColumnSpec("procedure", "Процедура"),
        ColumnSpec("n", "списка", kind="integer", group="Школ с обоими годами"),
        ColumnSpec("rest", "остальных", kind="integer", group="Школ с обоими годами"),
        ColumnSpec("observed", "Изменение", kind="points"),
        ColumnSpec("expected", "Дал бы один возврат к среднему", kind="points"),
        ColumnSpec("beyond", "Сверх возврата", kind="points"),
        ColumnSpec("verdict", "Вывод"),
    ]
    year = f"{region.listed.base_year}–{region.year}"
    empty = (
        "Возврат к среднему не считается: список составлен по результатам этого же года."
        if region.listed.chosen_by_this_year
        else "Возврат к среднему не посчитан: списка до этого года нет или результатов за оба года нет."
    )
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption=f"Изменение доли успешных за {year} годы и возврат к среднему: {base_words(region)}",
        number=context.numbering.table("tbl-return"),
        label="tbl-return",
        notes=(
            "Школы с таким же результатом, как у школ списка, через год сдвигаются к середине региона и без списка; "
            "это «один возврат», общий сдвиг региона в нём учтён. Среднее — по школам, каждая считается один раз.",
            "Отличие от возврата — не доказательство действия программы: школы списка отличаются и условиями. Где в "
            "список входят по условиям или за несколько лет подряд, школа возвращается к своему, более низкому "
            "уровню, и «сверх возврата» выходит меньше нуля без чьей-либо вины.",
            words.BRIEF_NOTE,
        ),
        empty=empty,
    )


def _beyond(beyond: Estimate) -> str:
    if not beyond.given:
        return "мало школ списка"
    if beyond.interval.low > 0:
        return "больше возврата"
    return "меньше возврата" if beyond.interval.high < 0 else "неотличимо от возврата"


def municipalities_table(context: RegionalContext) -> ReportTable:
    """Municipalities by name: schools, lists, joined changes, support."""
    results = context.results
    rows = [
        {
            "name": context.municipality(code),
            "last": code == NO_MUNICIPALITY,
            **row,
            "coverage": results.support_of[code].coverage if code in results.support_of else "—",
        }
        for code, row in results.municipalities.to_dict("index").items()
    ]
    own = results.region.listed
    no_both = own.base_year == own.current_year or own.current_year is None
    if no_both:
        rows = [{**row, "entered": "—", "left": "—"} for row in rows]
    before, now = (f"{year or '—'}" for year in (own.base_year, own.current_year))
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("name", "Муниципалитет"),
            ColumnSpec("schools", "Школ", kind="integer"),
            ColumnSpec("base", before, kind="integer", group="В списках"),
            ColumnSpec("current", now, kind="integer", group="В списках"),
            ColumnSpec("entered", "вошли", kind="integer", group="В списках"),
            ColumnSpec("left", "вышли", kind="integer", group="В списках"),
            ColumnSpec("growth", "рост", kind="integer", group="Все школы: сводное изменение за год"),
            ColumnSpec("decline", "снижение", kind="integer", group="Все школы: сводное изменение за год"),
            ColumnSpec("indistinct", "неразличимо", kind="integer", group="Все школы: сводное изменение за год"),
            ColumnSpec("few", "мало данных", kind="integer", group="Все школы: сводное изменение за год"),
            ColumnSpec("coverage", "Охват педагогов школ списков поддержкой", kind="share"),
        ],
        caption="Муниципалитеты: школы, списки, изменение результатов, поддержка",
        number=context.numbering.table("tbl-municipalities"),
        label="tbl-municipalities",
        sort=["last", "name"],
        total_row={
            "name": "Регион",
            **results.total.to_dict(),
            **({"entered": "—", "left": "—"} if no_both else {}),
            "coverage": results.support.coverage,
        },
        notes=(
            "По алфавиту; порядок — не место. Сводное изменение — по всем показателям школы вместе, сверх общего "
            "сдвига региона и обычных колебаний.",
        ),
    )


# --- Courses of schools over the years ----------------------------------------------------------------------------

_BOUNDARIES = {
    "slope_variance_zero": "различий в темпе между школами не видно",
    "level_variance_zero": "устойчивых различий в уровне между школами не видно",
    "correlation_one": "уровень и темп школ по этим данным не разделить",
}


def growth_sentence(context: RegionalContext) -> str:
    """What the mixed model says of the courses of schools, and what it does not."""
    found = context.results.courses
    answered = [course for course in found.values() if course.model.refusal is None]
    if not found:
        return "Смешанная модель не построена: результатов этого года нет."
    if not answered:
        return "Смешанная модель ни по одной процедуре ответа не даёт; почему — в таблице."
    faster, slower = (sum(len(getattr(course, side)) for course in answered) for side in ("faster", "slower"))
    residual = _points([course.residual for course in answered])
    slope = _points([course.model.sd_slope for course in answered])
    outside = (
        "Ни у одной школы ни по одной процедуре темп не отличим от регионального, поэтому темпы отдельных школ здесь "
        "не показаны."
        if not faster + slower
        else f"Темп отличим от регионального: выше — {count(faster, 'случай')}, ниже — {count(slower, 'случай')}. "
        "Темпы отдельных школ здесь не показаны: школ и процедур много, и часть таких отличий выпадает случайно."
    )
    return (
        "Смешанная модель проводит через годы каждой школы прямую и подтягивает её к прямой региона тем сильнее, чем "
        f"слабее данные школы. Один год школы обычно уходит от её прямой на {residual}, а темпы школ различаются на "
        f"{slope} в год. {outside}"
    )


def _points(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    texts = percent_number(min(known)), percent_number(max(known))
    return f"{texts[0] if texts[0] == texts[1] else span(*texts)}\u202fп.п."


def growth_table(context: RegionalContext) -> ReportTable:
    """The mixed model by procedure, with what became of the fit in plain words."""
    rows = [
        {
            "procedure": words.brief(name),
            "schools": course.model.n_schools,
            "years": course.n_years,
            "level": course.model.sd_level,
            "slope": course.model.sd_slope,
            "residual": course.residual,
            "typical": course.typical_n,
            "distinct": "—" if course.model.refusal else number(len(course.faster) + len(course.slower)),
            "outcome": fit_words(course),
        }
        for name, course in context.results.courses.items()
    ]
    columns = [
        ColumnSpec("procedure", "Процедура"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("years", "Лет", kind="integer"),
        ColumnSpec("level", "уровень", kind="share", unit="п.п.", group="Школы различаются", missing="—"),
        ColumnSpec("slope", "темп, в год", kind="share", unit="п.п.", group="Школы различаются", missing="—"),
        ColumnSpec("residual", "колебание одного года", kind="share", unit="п.п.", missing="—"),
        ColumnSpec("typical", "участников в такой школе", kind="integer"),
        ColumnSpec("distinct", "Темп отличим, школ", align="right"),
        ColumnSpec("outcome", "Расчёт"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Уровень и темп школ по смешанной модели (доля успешных)",
        number=context.numbering.table("tbl-growth"),
        label="tbl-growth",
        notes=(
            "Числа — стандартные отклонения. Колебание одного года — для школы с числом участников, обычным для этой "
            "процедуры. Год школы весит по числу участников и обычным колебаниям школ.",
            words.BRIEF_NOTE,
        ),
        empty="Результатов за несколько лет нет.",
    )


def fit_words(course: CourseOfSchools) -> str:
    """Return what became of the fit in plain words."""
    model = course.model
    if model.refusal is not None:
        return f"ответа нет: {refusal_reason(model.refusal, 'школа с данными за три года')}"
    if model.boundary:
        return f"на границе: {'; '.join(_BOUNDARIES[code] for code in model.boundary)}"
    return "сошёлся"
