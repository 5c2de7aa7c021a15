"""Talent: schools by subjects, as a map and one subject at a time."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.explore.choice import Choice, Offers
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Behind, Spot, View
from oko_lib.explore.topics.parts import ALL
from oko_lib.explore.topics.strip import strip
from oko_lib.explore.topics.talent_parts import by_schools, minimum_of, opened, words_of
from oko_lib.indicators.talent.stages import prizes_by_subject
from oko_lib.methods.result import Estimate, Interval, Refusal, RefusalReason
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figures.theme import SMALL
from oko_lib.report.numbers import is_missing, p_value, percent, points_number, points_with_interval
from oko_lib.report.refusals import refusal_sentence
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.talent import subjects, words
from oko_lib.report.talent.context import ReportContext

_FORMULA = (
    "участия школьного этапа (с тех классов, что допускает муниципальный), завершившиеся дипломом муниципального ÷ все "
    "такие участия школы по предмету, за все годы ряда"
)
_LEVELS = {"above": "выше региона", "below": "ниже региона", "indistinct": "неразличимо"}
_NO_MAP = "Рисунка нет: для него нужны школьный и муниципальный этапы одного года и ключи учеников."


def subjects_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer all subjects, or one the schools took part in."""
    units = opened(lens, choice).results.strength
    named = sorted(units["subject"].unique(), key=natural_key)
    return {"subject": [("все предметы", ALL), *((str(name), str(name)) for name in named)]}


def draw_subjects(lens: Lens, choice: Choice) -> View:
    """The map with the pairs that stand out, or all schools in one subject."""
    context = opened(lens, choice)
    return _one(context, choice.subject) if choice.subject else _all(context)


# --- all subjects ----------------------------------------------------------------------------------------------------


def _all(context: ReportContext) -> View:
    results, names = context.results, context.short_names
    figure = subjects.map_figure(
        results.region.strength, results.strength, names, context.numbering, "школы муниципалитета"
    )
    table = subjects.strength_table(results.strength, names, context.numbering)
    called = results.strength[results.strength["state"].isin(["above", "below"])]
    sentences = (
        subjects.strength_sentence(results.strength, names),
        subjects.absent_subjects_sentence(results.summary, results.beside),
    )
    text = " ".join(filter(None, sentences)) or subjects.NONE_STANDS_OUT
    units = by_schools(context, called["school"].unique())
    return View(
        table=table,
        figure=figure,
        text=text if figure else f"{text} {_NO_MAP}",
        units=units,
        spots=tuple(spot for spot in _spots(figure.content, context) if spot.unit in units) if figure else (),
        behind=lambda school: _behind(context, school, ALL),
    )


def _spots(figure: Figure, context: ReportContext) -> tuple[Spot, ...]:
    """Cells with a number in them; schools stand in the order of names, so rows are told by their heights."""
    units = context.results.strength
    drawn = units["school"].unique()
    if len(drawn) > subjects.MOST_SCHOOLS:
        drawn = units.loc[units["level_state"].notna(), "school"].unique()
    ordered = sorted(drawn, key=lambda school: natural_key(context.short_names[school]))[: subjects.MOST_SCHOOLS]
    cells = [text for text in figure.axes[0].texts if text.get_gid() == "n"]
    heights = sorted({text.get_position()[1] for text in cells})
    if len(heights) != len(ordered):
        return ()
    rows = dict(zip(heights, ordered, strict=True))
    # A number stands on its line: its middle is a third of its size above it.
    return tuple(Spot(rows[y], x, y - 0.35 * SMALL) for x, y in (text.get_position() for text in cells))


# --- one subject -----------------------------------------------------------------------------------------------------


def _one(context: ReportContext, subject: str) -> View:
    results = context.results
    units = results.strength[results.strength["subject"] == subject].set_index("school")
    names = by_schools(context, units.index)
    gaps = {str(school): _gap(row) for school, row in units.iterrows()}
    figure, spots = strip(
        gaps,
        names,
        caption=f"{subject}: отличие школ от ожидаемого по региону, с поправкой на число участий",
        title="Отличие, п.п.",
        unit_title="Школа",
        x_range=(-2 * subjects.FULL_AT, 2 * subjects.FULL_AT),
        text=lambda value: points_number(value, 0),
        line=0.0,
        line_name="как ожидалось",
    )
    apart = sum(units["level_state"].isin(["above", "below"]))
    judged = int(units["level_state"].notna().sum())
    text = f"{subject}: от региона отличимы {apart} из {judged} школ, где участий достаточно." if judged else (
        f"{subject}: участий мало во всех школах, вывода нет."
    )  # fmt: skip
    return View(
        table=_table(context, units, subject),
        figure=figure,
        text=text if figure else f"{text} Рисунка нет.",
        units=names,
        spots=spots,
        behind=lambda school: _behind(context, school, subject),
    )


def _gap(row: pd.Series) -> Estimate:
    if is_missing(row["shrunk"]):
        reason = row["refusal"] if isinstance(row["refusal"], str) else RefusalReason.NO_DATA.value
        return Estimate(None, None, int(row["n"]), refusal=Refusal(RefusalReason(reason), int(row["n"])))
    bounds = None if is_missing(row["low"]) else Interval(float(row["low"]), float(row["high"]))
    return Estimate(float(row["shrunk"]), bounds, int(row["n"]))


def _table(context: ReportContext, units: pd.DataFrame, subject: str) -> ReportTable:
    minimum = minimum_of(context)
    rows = [
        {
            "school": context.short_names[str(school)],
            "n": row["n"],
            "value": row["value"] if row["n"] >= minimum else "м.д.",
            "expected": row["expected"] if row["n"] >= minimum else "м.д.",
            "gap": _gap(row),
            "level": _LEVELS.get(str(row["level_state"]), "м.д."),
            "state": _among(row),
        }
        for school, row in units.iterrows()
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=["school", "n", "value", "expected", "gap", "level", "state"]),
        [
            ColumnSpec("school", "Школа"),
            ColumnSpec("n", "Участий школьного этапа", kind="integer"),
            ColumnSpec("value", "Дошли до диплома", kind="share"),
            ColumnSpec("expected", "Ожидалось", kind="share"),
            ColumnSpec("gap", "Отличие с поправкой на число участий", kind="points"),
            ColumnSpec("level", "От региона"),
            ColumnSpec("state", "Среди обычных различий школ"),
        ],
        caption=f"{subject}: путь к диплому муниципального этапа по школам",
        sort="school",
        notes=(
            "Первый вывод — отличим ли уровень школы от региона, второй — выделяется ли она и среди обычных различий "
            "школ, с учётом числа проверок. Участия — за все годы ряда.",
        ),
    )


def _among(row: pd.Series) -> str:
    return {"above": "выше, неслучайно", "below": "ниже, неслучайно", "indistinct": "не выделяется"}.get(
        str(row["state"]), "м.д."
    )


# --- behind ----------------------------------------------------------------------------------------------------------


def _behind(context: ReportContext, school: str, subject: str) -> Behind:
    norms = context.results.session.norms
    used = (norms.minimum_group, norms.municipal_first_grade, norms.dynamics_years, norms.false_discovery_rate)
    rows = context.results.strength
    if not school:
        row = context.results.summary.stage("municipal")
        facts = (
            ("Как считается", _FORMULA),
            ("Ожидалось", "по детям всех школ региона в тех же классах, предмете и годах"),
            ("Дипломы муниципального этапа этого года", words_of(row["prize_of_entries"], "участие")),
        )
        return Behind(context.place.nominative, facts, used, _year(context, None), "strength_map")
    name = context.school_names.get(school, school)
    own = rows[rows["school"] == school]
    if not subject:
        facts = [("Как считается", _FORMULA), ("Предметов с участием", str(len(own)))]
        facts += [
            (str(row.subject), f"отличие {_gap_words(pd.Series(row._asdict()))}; {_among(pd.Series(row._asdict()))}")
            for row in own[own["state"].isin(["above", "below"])].itertuples()
        ]
        return Behind(name, tuple(facts), used, _year(context, school), "strength_map")
    row = own[own["subject"] == subject].iloc[0]
    facts = [("Как считается", _FORMULA), ("Участий школьного этапа", str(int(row["n"])))]
    if row["n"] >= minimum_of(context):
        facts += [("Дошли до диплома", percent(row["value"])), ("Ожидалось по региону", percent(row["expected"]))]
    facts += [
        ("Отличие с поправкой", _gap_words(row)),
        ("От региона", _LEVELS.get(str(row["level_state"]), "м.д.")),
        ("Среди обычных различий школ", _among(row)),
    ]
    if not is_missing(row["q_value"]):
        facts.append(("Вероятность случайности с учётом числа проверок", p_value(row["q_value"])))
    facts.append(("Осторожно", "доля дипломов говорит о предмете и наставнике, а не о качестве школы в целом"))
    return Behind(f"{name}: {words.subject(subject)}", tuple(facts), used, _year(context, school), "strength_map")


def _gap_words(row: pd.Series) -> str:
    gap = _gap(row)
    return points_with_interval(gap) if gap.given else refusal_sentence(gap.refusal, "участие")


def _year(context: ReportContext, school: str | None) -> ReportTable:
    """The municipal stage of this year by subject, of a school or of the municipality."""
    own = context.results.summary
    entries = own.data.entries_of(own.data.year)
    rows = own.subjects if school is None else prizes_by_subject(
        entries[entries["school"] == school], "municipal", own.norms
    )  # fmt: skip
    return ReportTable.build(
        rows[["subject", "entries", "prize_of_entries"]],
        [
            ColumnSpec("subject", "Предмет"),
            ColumnSpec("entries", "Участий", kind="integer"),
            ColumnSpec("prize_of_entries", "Дипломы, от участий", kind="share"),
        ],
        caption="Муниципальный этап этого года по предметам",
        sort="subject",
        empty="Участников муниципального этапа в этом году нет.",
    )
