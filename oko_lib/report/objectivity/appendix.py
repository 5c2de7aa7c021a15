"""Appendices: data quality, tests, norms, fingerprint."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.indicators.quality import DataQuality
from oko_lib.intake.checks.catalogue import rule_title
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import number
from oko_lib.report.objectivity import words
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import ObjectivityNorms


def files_of(quality: DataQuality, numbering: Numbering) -> ReportTable:
    """Files behind the report: read = accepted + quarantined + not data."""
    files = quality.files
    counted = files[["read_rows", "accepted_rows", "quarantined_rows", "non_data_rows"]].sum()
    return ReportTable.build(
        files,
        [
            ColumnSpec("file_name", "Файл"),
            ColumnSpec("layout", "Вид файла"),
            ColumnSpec("read_rows", "Прочитано строк", kind="integer"),
            ColumnSpec("accepted_rows", "Принято", kind="integer"),
            ColumnSpec("quarantined_rows", "Отложено", kind="integer"),
            ColumnSpec("non_data_rows", "Не данные", kind="integer"),
        ],
        caption="Файлы, на которых построен отчёт",
        number=numbering.table("tbl-files"),
        label="tbl-files",
        total_row={name: int(value) for name, value in counted.items()},
        notes=(
            "Счёт — по файлу целиком; файл может содержать и другие школы. Прочитано = принято + отложено + не данные.",
        ),
    )


def quarantine_of(quality: DataQuality, numbering: Numbering) -> ReportTable:
    """Quarantined rows of the municipality by rule."""
    reasons = quality.reasons
    frame = reasons.assign(title=[rule_title(rule) for rule in reasons["rule"]])
    return ReportTable.build(
        frame,
        [
            ColumnSpec("title", "Что не так"),
            ColumnSpec("n_rows", "Строк", kind="integer"),
            ColumnSpec("n_schools", "Школ", kind="integer"),
        ],
        caption="Отложенные строки муниципалитета по причинам",
        number=numbering.table("tbl-quarantine"),
        label="tbl-quarantine",
        notes=(
            "Отложенная строка в расчёты не вошла. Строка с несколькими ошибками названа в каждой причине. Для "
            "каждого файла готова "
            "возвратная книга с выделенными ячейками.",
        ),
        empty="Отложенных строк нет.",
    )


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


def norms_of(norms: ObjectivityNorms, numbering: Numbering) -> ReportTable:
    """Norms used, with source, clause and date."""
    rows = [
        {
            "value": f"{number(norm.value, 0 if float(norm.value).is_integer() else _places(norm.value))} {norm.unit}",
            "clause": norm.clause,
            "source": norm.source + (f", {norm.year}" if norm.year else ""),
            "official": "норма документа" if norm.official else "выбор рабочего места",
        }
        for _, norm in norms.items()
    ]
    return ReportTable.build(
        pd.DataFrame(rows),
        [
            ColumnSpec("value", "Значение"),
            ColumnSpec("clause", "Что это"),
            ColumnSpec("source", "Источник и год"),
            ColumnSpec("official", "Чей выбор"),
        ],
        caption="Нормы и пороги, по которым построен отчёт",
        number=numbering.table("tbl-norms"),
        label="tbl-norms",
    )


def _places(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").split(".")[1])


def fingerprint_of(fingerprint: Mapping[str, str], numbering: Numbering) -> ReportTable:
    """The fingerprint in full: the same ingredients give the same report."""
    frame = pd.DataFrame({"part": list(fingerprint), "value": list(fingerprint.values())})
    return ReportTable.build(
        frame,
        [ColumnSpec("part", "Составляющая"), ColumnSpec("value", "Значение")],
        caption="Отпечаток отчёта",
        number=numbering.table("tbl-fingerprint"),
        label="tbl-fingerprint",
        notes=("Те же данные, нормы, параметры и версия программы дают тот же отчёт.",),
    )
