"""Appendices of the objectivity report: cross-check with aggregated reports, tests of the mark tables."""

from __future__ import annotations

import pandas as pd

from oko_lib.indicators.quality import DataQuality
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbering import Numbering
from oko_lib.report.objectivity import words
from oko_lib.report.table import ReportTable


def cross_check_of(quality: DataQuality, numbering: Numbering) -> ReportTable:
    """Where an aggregated report of ФИС ОКО differs from the participant rows."""
    found = quality.discrepancies
    rows = []
    for (unit, subject, grade), part in found.groupby(["unit_name", "subject", "grade"], observed=True):
        largest = part.loc[part["difference"].abs().idxmax()]
        rows.append(
            {
                "unit": unit,
                "work": words.work(str(subject), int(grade)),
                "n": len(part),
                "measure": measure_title(str(largest["measure"])),
                "reported": largest["reported"],
                "computed": largest["computed"],
            }
        )
    return ReportTable.build(
        pd.DataFrame(rows, columns=["unit", "work", "n", "measure", "reported", "computed"]),
        [
            ColumnSpec("unit", "Группа участников"),
            ColumnSpec("work", "Работа"),
            ColumnSpec("n", "Разошлось показателей", kind="integer"),
            ColumnSpec("measure", "Наибольшее расхождение"),
            ColumnSpec("reported", "в отчёте ФИС ОКО", kind="number", digits=2, group="Значение"),
            ColumnSpec("computed", "по строкам", kind="number", digits=2, group="Значение"),
        ],
        caption="Расхождения сводных отчётов ФИС ОКО со строками участников",
        number=numbering.table("tbl-cross-check"),
        label="tbl-cross-check",
        sort=["unit", "work"],
        notes=("Частая причина — отложенные строки: после исправления расхождение исчезает.",),
        empty="Расхождений нет (или сводные отчёты за этот год не загружены).",
    )


def measure_title(measure: str) -> str:
    """Return what a measure of an aggregated report is called in it."""
    if measure in _MEASURES:
        return _MEASURES[measure]
    kind, _, rest = measure.partition("_")
    value = rest.removesuffix("_pct")
    return f"Отметка «{value}», %" if kind == "mark" else f"Балл {value}, %"


_MEASURES = {
    "n_schools": "Кол-во ОО",
    "n_participants": "Кол-во участников",
    "lowered_n": "Понизили, чел.",
    "lowered_pct": "Понизили, %",
    "confirmed_n": "Подтвердили, чел.",
    "confirmed_pct": "Подтвердили, %",
    "raised_n": "Повысили, чел.",
    "raised_pct": "Повысили, %",
}


def tests_of(works: dict[tuple[str, int], MarkAgreement], numbering: Numbering) -> ReportTable:
    """Kappa and the two tests of the mark tables by work."""
    rows = [
        {
            "work": words.work(subject, grade),
            "pairs": found.n_pairs,
            "kappa": found.kappa,
            "mean": found.mean_difference,
            "stuart_maxwell": found.stuart_maxwell,
            "bowker": found.bowker,
        }
        for (subject, grade), found in works.items()
    ]
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("work", "Работа"),
            ColumnSpec("pairs", "Пар отметок", kind="integer"),
            ColumnSpec("kappa", "Каппа взвешенная", kind="number", digits=2),
            ColumnSpec("mean", "Средняя разность, отметок", kind="number", digits=2),
            ColumnSpec("stuart_maxwell", "Стюарт–Максвелл, p", kind="p_value"),
            ColumnSpec("bowker", "Боукер, p", kind="p_value"),
        ],
        caption="Согласие отметок: каппа и проверки однородности",
        number=numbering.table("tbl-tests"),
        label="tbl-tests",
        sort="work",
        notes=(
            "Каппа с квадратичными весами: 1 — полное согласие, 0 — не лучше случайного. Стюарт–Максвелл: одинаковы ли "
            "распределения отметок за ВПР и в журнале. Боукер: симметричны ли расхождения.",
        ),
    )
