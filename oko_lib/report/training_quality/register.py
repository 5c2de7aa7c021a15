"""Register of pupils' difficulties by class: what stands out on a page, all of it in the workbook."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.training_quality.register import OUT_OF_PROFILE, SCHOOL_OUT
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.grammar import count, count_in_words
from oko_lib.report.table import ReportTable, natural_key
from oko_lib.report.training_quality import words
from oko_lib.report.training_quality.context import QualityContext
from oko_lib.report.training_quality.skills import difference_of, skill_name
from oko_lib.report.workbook_table import WorkbookTable

_MOST_ROWS = 30
SHEET = "Реестр затруднений"


def standing_out(register: pd.DataFrame) -> pd.DataFrame:
    """Rows of the register where a class, or its school and the class with it, is below what other tasks let expect."""
    if register.empty:
        return register
    return register[[OUT_OF_PROFILE in why or SCHOOL_OUT in why for why in register["why"]]]


def register_sentence(context: QualityContext) -> str:
    """How many classes have difficulties of their own, how many are too small to tell."""
    register = context.results.own.register
    if register.empty:
        return "Баллов за задания по классам в данных нет, поэтому реестр затруднений не составлен."
    found = standing_out(register)
    classes = register[["school", "grade", "class_label"]].drop_duplicates()
    few = register.groupby(["school", "grade", "class_label"])["few"].all()
    told = f"В реестре {count(len(classes), 'класс')}"
    if few.any():
        told += (
            f", о {count(int(few.sum()), 'класс', case='prepositional')} меньше десяти учеников сведения не показаны"
        )
    if found.empty:
        return f"{told}. Ни в одном классе нет умения, которое даётся хуже, чем можно ожидать по остальным заданиям."
    own = found[["school", "grade", "class_label"]].drop_duplicates()
    return (
        f"{told}. Умения хуже ожидаемого — в {count_in_words(len(own), 'класс', 'prepositional')} "
        f"({count(len(found), 'запись')})."
    )


def register_table(context: QualityContext) -> ReportTable:
    """Classes below their own profile."""
    found = standing_out(context.results.own.register)
    shown = found.sort_values("z").head(_MOST_ROWS) if len(found) else found
    rows = [
        {
            "school": context.short_names[str(row.school)],
            "class": words.class_name(row.grade, row.class_label),
            "subject": row.subject,
            "skill": skill_name(row),
            "n": row.n,
            "completion": row.completion,
            "region": row.region if context.results.beside_region else None,
            "difference": difference_of(row),
            "zone": words.zone(row.zone, row.reliable),
        }
        for row in shown.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("class", "Класс"),
        ColumnSpec("subject", "Предмет"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share", missing="—"),
        ColumnSpec("difference", "К ожидаемому", kind="points"),
        ColumnSpec("zone", "Зона"),
    ]
    if not context.results.beside_region:
        columns = [column for column in columns if column.key != "region"]
    notes = [
        "Здесь — классы, где умение даётся хуже, чем можно ожидать по остальным заданиям, и классы школ, в "
        "которых так по "
        "школе в целом (сам класс часто мал для вывода). Это не оценка учителя."
    ]
    if len(found) > len(shown):
        notes.append(
            f"Показано {len(shown)} из {count(len(found), 'запись', case='genitive')}, дальше всех от ожидаемого."
        )
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Реестр затруднений: классы, где умение даётся хуже ожидаемого",
        number=context.numbering.table("tbl-register"),
        label="tbl-register",
        sort=["school", "class", "subject"],
        wide=False,
        notes=notes if rows else (),
        empty="Классов, где умение даётся хуже ожидаемого, нет.",
    )


def full_register(context: QualityContext) -> WorkbookTable:
    """The whole register, for teachers; classes under the minimum group show no numbers."""
    register = context.results.own.register
    order = {school: place for place, school in enumerate(sorted(context.short_names, key=_by_name(context)))}
    if len(register):
        register = register.assign(order=register["school"].map(order))
        register = register.sort_values(["order", "grade", "class_label", "subject", "place"], kind="stable")
    rows = [
        {
            "school": context.short_names[str(row.school)],
            "class": words.class_name(row.grade, row.class_label),
            "subject": row.subject,
            "code": row.skill_code,
            "skill": row.skill,
            "tasks": row.tasks,
            "level": row.level or "—",
            "n": row.n,
            "completion": "м.д." if row.few else row.completion,
            "region": row.region,
            "expected": "м.д." if row.few else row.expected,
            "zone": "м.д." if row.few else words.zone(row.zone, row.reliable),
            "state": "м.д." if row.few else words.told(words.PROFILE, row.state),
        }
        for row in register.itertuples()
    ]
    columns = [
        ColumnSpec("school", "Школа"),
        ColumnSpec("class", "Класс"),
        ColumnSpec("subject", "Предмет"),
        ColumnSpec("code", "Код умения"),
        ColumnSpec("skill", "Умение"),
        ColumnSpec("tasks", "Задания"),
        ColumnSpec("level", "Уровень"),
        ColumnSpec("n", "Учеников", kind="integer"),
        ColumnSpec("completion", "Выполнение", kind="share"),
        ColumnSpec("region", "Регион", kind="share"),
        ColumnSpec("expected", "Ожидалось", kind="share"),
        ColumnSpec("zone", "Зона"),
        ColumnSpec("state", "Вывод"),
    ]
    table = ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Полный реестр затруднений по классам",
        notes=("Для учителей и методических объединений. Реестр не оценивает работу учителя.",),
        empty="Баллов за задания по классам в данных нет.",
    )
    return WorkbookTable(table, SHEET)


def _by_name(context: QualityContext):
    return lambda school: natural_key(context.short_names[school])
