"""Tasks and skills: zones of the municipality, what falls out of the profile of a school, skills over two years."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.tasks import BASIC, SKILL, RegionTasks, skills_of_schools
from oko_lib.methods.result import Estimate, Interval
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.skill_profile import skill_profile
from oko_lib.report.grammar import agree, count, count_in_words, listed, sentence
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import is_missing, percent
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.settings.training_quality_norms import TrainingQualityNorms

_MOST_NAMED = 3
#: Rows of the table of skills: half a page.
_MOST_SKILLS = 14
_LONGEST = 80


def skill_name(row) -> str:
    """Return a skill with its tasks: «Делить с остатком (зад. 7, 10)»; a task that stands for itself is itself."""
    if str(row.skill_code).startswith("№"):
        return str(row.skill)
    return f"{shortened(str(row.skill))} (зад. {row.tasks})"


def shortened(skill: str) -> str:
    """Return the wording of a skill cut at a word, as much of it as a table's cell takes."""
    if len(skill) <= _LONGEST:
        return skill
    return skill[:_LONGEST].rsplit(" ", 1)[0].rstrip(",;. ") + "…"


def zones_note(norms: TrainingQualityNorms) -> str:
    """What the zones mean, by the norms in force."""
    return (
        f"Зоны — по рекомендациям ФИОКО {norms.basic_sufficient.year} года: задания базового уровня (Б) — достаточно "
        f"от "
        f"{percent(norms.basic_sufficient.value, 0)}, недостаточно ниже {percent(norms.basic_insufficient.value, 0)}; "
        f"повышенного и высокого (П, В) — от {percent(norms.advanced_sufficient.value, 0)} и ниже "
        f"{percent(norms.advanced_insufficient.value, 1)}. «?» — интервал выходит за границы зоны."
    )


# --- Skills of the municipality -------------------------------------------------------------------------------------


def skills_frame(tasks: RegionTasks, completion: pd.DataFrame, schools: pd.Index | None) -> pd.DataFrame:
    """Skills of a set of schools with how many of its schools and classes fall out.

    Returns
    -------
    DataFrame
        Columns of :func:`~oko_lib.indicators.training_quality.tasks.skills_of_schools`, zone and reliable (of the worst
        of its tasks), schools_below, classes_below, n_classes, classes_insufficient.
    """
    if completion.empty:
        return pd.DataFrame()
    frame = skills_of_schools(completion).set_index(SKILL)
    order = {"insufficient": 0, "border": 1, "sufficient": 2}
    ranked = completion.assign(rank=completion["zone"].map(order)).sort_values("rank", kind="stable")
    worst = ranked.drop_duplicates(SKILL).set_index(SKILL)
    single = completion.groupby(SKILL).size().eq(1)
    frame = frame.join(worst[["zone", "reliable"]])
    state = completion.drop_duplicates(SKILL).set_index(SKILL)["state"].where(single)
    for name, rows in (("schools", tasks.school_skills), ("classes", tasks.class_skills)):
        own = rows if schools is None or rows.empty else rows[rows["school"].isin(schools)]
        counted = own[own["state"].notna()] if len(own) else own
        below = counted[counted["state"] == "below"].groupby(SKILL).size() if len(counted) else pd.Series(dtype=int)
        frame[f"{name}_below"] = below.reindex(frame.index).fillna(0).astype(int)
        frame[f"n_{name}"] = (counted.groupby(SKILL).size() if len(counted) else below).reindex(frame.index).fillna(0)
    return frame.assign(state=state).reset_index()


def skills_table(
    tasks: RegionTasks,
    completion: pd.DataFrame,
    schools: pd.Index | None,
    norms: TrainingQualityNorms,
    numbering: Numbering,
    has_region: bool,
) -> ReportTable:
    """Skills that ask for work: surely insufficient, or below the profile in some school or class."""
    frame = skills_frame(tasks, completion, schools)
    short = frame
    if len(frame):
        insufficient = (frame["zone"] == "insufficient") & frame["reliable"].astype(bool)
        fallen = (frame["schools_below"] > 0) | (frame["classes_below"] > 0)
        short = frame[insufficient | fallen]
        dropped = len(short) - _MOST_SKILLS
        if dropped > 0:
            # What falls out comes before what the region has too; then what is farthest from being sufficient.
            basic = short["level"] == BASIC
            border = basic.map({True: norms.basic_insufficient.value, False: norms.advanced_insufficient.value})
            ranked = short.assign(first=fallen[short.index], gap=short["completion"] - border)
            ranked = ranked.sort_values(["first", "gap"], ascending=[False, True], kind="stable")
            short = ranked.head(_MOST_SKILLS).sort_index()
    rows = [
        {
            "work": words.short_work(row.subject, row.grade),
            "skill": skill_name(row),
            "level": row.level or "—",
            "n": row.n,
            "completion": row.completion,
            "region": row.region if has_region else None,
            "zone": words.zone(row.zone, row.reliable),
            "schools": f"{row.schools_below} из {int(row.n_schools)}",
            "classes": f"{row.classes_below} из {int(row.n_classes)}",
        }
        for row in short.itertuples()
    ]
    columns = [
        ColumnSpec("work", "Работа"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("level", "Уровень", align="center"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("zone", "Зона"),
        ColumnSpec("schools", "школ", align="right", group="Ниже ожидаемого"),
        ColumnSpec("classes", "классов", align="right", group="Ниже ожидаемого"),
    ]
    if not has_region:
        columns = [column for column in columns if column.key != "region"]
    notes = [
        zones_note(norms),
        words.BRIEF_NOTE,
        "Зона умения — по слабейшему из его заданий. «Ниже ожидаемого» — школы и классы, где умение даётся хуже, чем у "
        "учеников региона с тем же баллом за остальные задания; из скольких — где вывод возможен.",
    ]
    if len(frame) and len(frame) > len(rows):
        shown_of = f"{len(rows)} из {count(len(frame), 'умение', case='genitive')}"
        notes.append(f"Показано {shown_of}; остальные по классам — в книге Excel.")
    return ReportTable.build(
        pd.DataFrame(rows, columns=["n", *[column.key for column in columns]]),
        columns,
        caption="Умения, которые требуют внимания",
        number=numbering.table("tbl-skills"),
        label="tbl-skills",
        notes=notes if rows else (),
        empty="Нет умений в зоне «недостаточно» и нет школ и классов, где умение даётся хуже ожидаемого.",
    )


# --- Schools out of their own profile -------------------------------------------------------------------------------


def fallen_rows(tasks: RegionTasks, schools: pd.Index | None) -> pd.DataFrame:
    """Skills of schools that fall out of the profile, and single tasks whose skill does not."""
    parts = []
    for rows, kind in ((tasks.school_skills, "skill"), (tasks.schools, "task")):
        if rows.empty:
            continue
        own = rows if schools is None else rows[rows["school"].isin(schools)]
        parts.append(own[own["state"].isin(["below", "above"])].assign(kind=kind))
    if not parts:
        return pd.DataFrame(columns=["school", *SKILL, "state", "kind"])
    found = pd.concat(parts, ignore_index=True)
    keys = ["school", *SKILL]
    told = pd.MultiIndex.from_frame(found.loc[found["kind"] == "skill", keys])
    repeated = (found["kind"] == "task") & pd.MultiIndex.from_frame(found[keys]).isin(told)
    return found[~repeated].reset_index(drop=True)


def difference_of(row) -> Estimate | None:
    """Difference from what was expected with its interval."""
    if is_missing(row.difference):
        return None
    interval = None if is_missing(row.low) or is_missing(row.high) else Interval(float(row.low), float(row.high))
    return Estimate(float(row.difference), interval, int(row.n))


def out_table(context: QualityContext) -> ReportTable:
    """Tasks and skills in which schools fall out of their own profile."""
    found = fallen_rows(context.results.region.tasks, context.results.schools)
    rows = [
        {
            "school": context.short_names[str(row.school)],
            "work": words.short_work(row.subject, row.grade),
            "what": _what(row),
            "n": row.n,
            "completion": row.completion,
            "region": row.region if context.results.beside_region else None,
            "difference": difference_of(row),
            "state": words.told(words.PROFILE, row.state),
        }
        for row in found.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("work", "Работа"),
        ColumnSpec("what", "Умение или задание"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("difference", "К ожидаемому", kind="points"),
        ColumnSpec("state", "Вывод"),
    ]
    if not context.results.beside_region:
        columns = [column for column in columns if column.key != "region"]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Школы: умения и задания вне своего профиля",
        wide=False,
        number=context.numbering.table("tbl-out"),
        label="tbl-out",
        sort=["school", "work", "what"],
        notes=()
        if not rows
        else (
            "Ожидаемое — выполнение учениками региона с тем же баллом за остальные задания: общий уровень школы уже "
            "учтён. Интервал учитывает обычную разницу школ; проверок много, поэтому названо только то, что не "
            "объяснить их числом.",
        ),
        empty="Все школы выполняют каждое задание так, как можно ожидать по остальным.",
    )


def _what(row) -> str:
    if row.kind == "task":
        alone = str(row.skill_code).startswith("№")
        return f"Задание {row.task}" if alone else f"Задание {row.task}: {shortened(row.skill)}"
    return skill_name(row)


def profile_figure(context: QualityContext) -> ReportFigure | None:
    """The work of the school that falls out most; None when none does."""
    results = context.results
    rows = results.region.tasks.schools
    if rows.empty:
        return None
    own = rows[rows["school"].isin(results.schools) & (rows["state"] == "below")]
    if own.empty:
        return None
    first = own.sort_values(["z", "school", "task"]).iloc[0]
    chosen = rows[
        (rows["school"] == first["school"]) & (rows["subject"] == first["subject"]) & (rows["grade"] == first["grade"])
    ]
    frame = profile_frame(chosen, results.session.norms)
    below = [str(task) for task in chosen.loc[chosen["state"] == "below", "task"]]
    school = context.short_names[str(first["school"])]
    return ReportFigure(
        skill_profile(frame, hide_below=int(results.session.norms.minimum_group.value)),
        number=context.numbering.figure("fig-profile"),
        label="fig-profile",
        caption=f"{school}, {words.work(first['subject'], int(first['grade']))}: ниже ожидаемого по остальным "
        f"заданиям — "
        f"{'задание' if len(below) == 1 else 'задания'} {listed(below)}",
    )


def profile_frame(rows: pd.DataFrame, norms: TrainingQualityNorms) -> pd.DataFrame:
    """Rows of one unit and work as the figure wants them; intervals are of completion itself."""
    basic = rows["level"] == BASIC
    known = rows["level"] != ""
    reach = (rows["high"] - rows["low"]).astype(float) / 2
    share = rows["completion"].astype(float)
    alone = rows["skill_code"].astype(str).str.startswith("№")
    return pd.DataFrame(
        {
            "task": rows["task"].astype(str),
            "skill": rows["skill"].where(~alone, ""),
            "level": rows["level"].where(known),
            "n": rows["n"],
            "share": share,
            "low": (share - reach).clip(lower=0),
            "high": (share + reach).clip(upper=1),
            "region_share": rows["region"].astype(float),
            "expected": rows["expected"].astype(float).clip(0, 1),
            "state": rows["state"],
            "zone_low": basic.map(
                {True: norms.basic_insufficient.value, False: norms.advanced_insufficient.value}
            ).where(known),
            "zone_high": basic.map({True: norms.basic_sufficient.value, False: norms.advanced_sufficient.value}).where(
                known
            ),
        }
    )


# --- Two years ------------------------------------------------------------------------------------------------------


def skill_years_table(context: QualityContext) -> ReportTable:
    """Skills whose difference from the region changed."""
    found = context.results.own.skill_years.rows
    changed = found[found["state"].isin(["growth", "decline"])] if len(found) else found
    rows = [
        {
            "work": words.short_work(row.subject, row.grade),
            "skill": shortened(row.skill),
            "before": row.before,
            "region_before": row.region_before,
            "now": row.now,
            "region_now": row.region_now,
            "change": row.change,
            "state": words.told(words.STATES, row.state),
        }
        for row in changed.itertuples()
    ]
    year = context.results.session.year
    columns = [
        ColumnSpec("work", "Работа"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("before", "школы", kind="share", group=str(year - 1)),
        ColumnSpec("region_before", "регион", kind="share", group=str(year - 1)),
        ColumnSpec("now", "школы", kind="share", group=str(year)),
        ColumnSpec("region_now", "регион", kind="share", group=str(year)),
        ColumnSpec("change", "Изменение сверх региона", kind="points"),
        ColumnSpec("state", "Вывод"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Умения двух лет: где отличие от региона изменилось",
        number=context.numbering.table("tbl-skill-years"),
        label="tbl-skill-years",
        notes=()
        if not rows
        else (
            "Сравниваются только умения с одним кодом в кодификаторах обоих лет (рекомендации ФИОКО, с. 19). Задания "
            "разных лет разной трудности, поэтому смотрят на изменение отличия от региона, а не самого выполнения.",
        ),
        empty="Нет общих умений, по которым отличие от региона неслучайно изменилось.",
    )


def skill_years_sentence(context: QualityContext) -> str:
    """How many skills are compared over two years, and which works are not and why."""
    found = context.results.own.skill_years
    if not found.comparisons:
        return "Заданий ВПР этого года в данных нет."
    refused: dict[str, list[str]] = {}
    for (subject, grade), comparison in sorted(found.comparisons.items()):
        if reason := words.skills_reason(comparison):
            refused.setdefault(reason, []).append(words.work(subject, grade))
    told = ""
    if len(found.rows):
        changed = int(found.rows["state"].isin(["growth", "decline"]).sum())
        outcome = f"отличие от региона неслучайно изменилось по {changed}" if changed else "неслучайных изменений нет"
        verb, skills = agree(len(found.rows), "сравнимо", "сравнимы"), count(len(found.rows), "умение")
        told = f"За два года {verb} {skills}: {outcome}."
    parts = [f"{listed(works)} — {reason}" for reason, works in refused.items()]
    return f"{told} {sentence('за два года сравнимы не все умения: ' + '; '.join(parts)) if parts else ''}".strip()


# --- In words -------------------------------------------------------------------------------------------------------


def skills_sentence(context: QualityContext) -> str:
    """How many skills are surely insufficient in the municipality; the weakest against the region is named."""
    results = context.results
    completion = results.own.completion
    if completion.empty:
        return "Баллов за задания ВПР этого года в данных нет."
    judged = completion[completion["zone"].notna()]
    short = judged[(judged["zone"] == "insufficient") & judged["reliable"].astype(bool)]
    if judged.empty:
        return "Уровень сложности заданий не известен, поэтому зоны выполнения не определены."
    told = (
        f"Из {count(len(judged), 'задание', case='genitive')} ВПР в зоне «недостаточно» надёжно "
        f"{count_in_words(len(short), 'задание')}"
    )
    below = completion[completion["state"] == "below"]
    if len(below) and results.beside_region:
        worst = below.loc[below["difference"].astype(float).idxmin()]
        told += (
            f"; неслучайно ниже региона — {count_in_words(len(below), 'задание')}, сильнее всего "
            f"{words.work(worst['subject'], int(worst['grade']))}, задание {worst['task']}: "
            f"{percent(worst['completion'])} "
            f"при {percent(worst['region'])} по региону"
        )
    elif results.beside_region:
        told += "; неслучайно ниже региона нет ни одного"
    return f"{told}."


def out_sentence(context: QualityContext) -> str:
    """Schools that fall out of their own profile downwards."""
    tasks = context.results.region.tasks
    if tasks.schools.empty:
        return ""
    found = fallen_rows(tasks, context.results.schools)
    below = found[found["state"] == "below"]
    if below.empty:
        judged = tasks.schools[tasks.schools["school"].isin(context.results.schools)]["state"].notna().any()
        if not judged:
            return "Сравнить школы по отдельным заданиям нельзя: школ или участников мало."
        return "Ни в одной школе нет заданий и умений, которые даются хуже, чем можно ожидать по остальным."
    schools = context.names(dict.fromkeys(str(school) for school in below["school"]))
    first = below.assign(size=below["difference"].astype(float)).sort_values("size").iloc[0]
    row = next(first.to_frame().T.itertuples())
    worst = (
        f"{context.short_names[str(first['school'])]}, {words.work(first['subject'], int(first['grade']))}: "
        f"«{_what(row)}» "
        f"— {percent(float(first['completion']))}, ожидалось {percent(float(first['expected']))}"
    )
    if len(schools) == 1:
        return f"Умение или задание заметно хуже собственного профиля: {worst}."
    named = listed(schools) if len(schools) <= _MOST_NAMED else count_in_words(len(schools), "школа")
    return f"Умения или задания заметно хуже собственного профиля — {named}; сильнее всего {worst}."
