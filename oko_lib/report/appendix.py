"""Appendices every direction prints: files, quarantine, norms, fingerprint."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from oko_lib.indicators.quality import FileQuality
from oko_lib.intake.checks.catalogue import rule_title
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import number
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import Norms


def files_of(quality: FileQuality, numbering: Numbering) -> ReportTable:
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


def quarantine_of(quality: FileQuality, numbering: Numbering) -> ReportTable:
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
        caption="Отложенные строки по причинам",
        number=numbering.table("tbl-quarantine"),
        label="tbl-quarantine",
        notes=(
            "Отложенная строка в расчёты не вошла. Строка с несколькими ошибками названа в каждой причине. Для "
            "каждого файла готова "
            "возвратная книга с выделенными ячейками.",
        ),
        empty="Отложенных строк нет.",
    )


def norms_of(norms: Norms, numbering: Numbering) -> ReportTable:
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
