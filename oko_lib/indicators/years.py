"""Which years have data, and what is said when there are none."""

from __future__ import annotations

from collections.abc import Sequence

from oko_lib.indicators.remembered import once_per_snapshot
from oko_lib.settings.loading import SettingsError
from oko_lib.store import Snapshot
from oko_lib.tables import table

#: What most directions stand on.
VPR_TABLES: tuple[str, ...] = ("vpr_results_by_participant",)

#: What a table holds, in the genitive case: «нет результатов ВПР».
_WHAT = {
    "vpr_results_by_participant": "результатов ВПР",
    "exam_results_by_participant": "результатов ОГЭ и ЕГЭ",
    "exam_counts_by_school": "результатов ОГЭ и ЕГЭ",
    "diagnostic_results_by_participant": "результатов диагностических работ",
    "diagnostic_counts_by_school": "результатов диагностических работ",
    "social_passport_by_year": "социальных паспортов школ",
    "school_support_by_year": "сведений о поддержке школ",
    "attendance_by_school": "сведений о пропусках уроков",
    "teacher_deficits_by_subject": "сведений о дефицитах учителей",
}


def years_with_results(snapshot: Snapshot, tables: Sequence[str] = VPR_TABLES) -> list[int]:
    """Years for which any of `tables` has rows, in order."""
    return list(_years_of(snapshot, tuple(_known(tables))))


@once_per_snapshot
def _years_of(snapshot: Snapshot, names: tuple[str, ...]) -> tuple[int, ...]:
    selects = " union ".join(f"select year from {name}" for name in names)
    return tuple(int(year) for year in snapshot.sql(f"select distinct year from ({selects}) order by year")["year"])


def choose_year(snapshot: Snapshot, year: int | None, tables: Sequence[str] = VPR_TABLES) -> int:
    """Return `year`, or the newest one with data when it is None or 0.

    Raises
    ------
    SettingsError
        If `tables` have no rows at all, or none for that year; the message names what is lacking and the years there.
    """
    years = years_with_results(snapshot, tables)
    if not years:
        raise SettingsError(f"В хранилище нет {lacking(tables)}. Загрузите файлы: oko ingest ПАПКА.")
    if year and int(year) not in years:
        raise SettingsError(f"Нет {lacking(tables)} за {year} год. Есть: {', '.join(map(str, years))}.")
    return int(year) if year else years[-1]


def lacking(tables: Sequence[str]) -> str:
    """Return what would have stood in `tables`, as it follows «нет»: «ни результатов ВПР, ни результатов ОГЭ и ЕГЭ»."""
    words = list(dict.fromkeys(_WHAT.get(name, f"данных «{table(name).title_ru}»") for name in _known(tables)))
    return words[0] if len(words) == 1 else ", ".join(f"ни {item}" for item in words)


def _known(tables: Sequence[str]) -> list[str]:
    """Return the names of `tables`, each once; a name that is not a table is an error of the program."""
    return [table(name).name for name in dict.fromkeys(tables)]
