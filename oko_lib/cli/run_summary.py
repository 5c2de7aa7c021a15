"""What ``oko run`` says when it is over: what is there, what is not and why, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from oko_lib.batch.outcomes import ReportStatus
from oko_lib.batch.summary import PAGE as SUMMARY
from oko_lib.cli.common import counted, duration, shown_path

if TYPE_CHECKING:
    from rich.console import Console

    from oko_lib.batch import ReportOutcome, RunReport
    from oko_lib.settings.workspace import Workspace

#: So many reports failing for one cause are named; the rest are counted and stand in the index.
_NAMED = 6
_REPORTS = ("отчёт", "отчёта", "отчётов")


def show_summary(out: Console, workspace: Workspace, report: RunReport) -> None:
    """Print the end of a run, or what a run would do."""
    dry = any(item.status is ReportStatus.PLANNED for item in report.outcomes)
    if dry:
        _say_planned(out, report)
    else:
        _say_done(out, report)
    show_failures(out, workspace, report.failed)
    for problem in report.problems:
        out.print(f"{problem.direction}: {problem.error}", markup=False)
        if problem.log:
            out.print(f"    Журнал: {shown_path(workspace.outputs / problem.log)}", markup=False)
    for item in report.skipped:
        out.print(
            f"Пропущено: {counted(len(item.whom), *_REPORTS)} ({item.direction}) — {item.reason}: "
            f"{_named(item.whom, ', ')}.",
            markup=False,
        )
    # The same remark (an older Excel file open in another program) may stand on many reports.
    notes: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        if outcome.note:
            notes.setdefault(outcome.note, []).append(f"{outcome.title} ({outcome.direction})")
    for note, whom in notes.items():
        out.print(f"Обратите внимание: {_named(whom)} — {note}", markup=False)
    index = workspace.outputs / report.index
    if not dry and index.is_file():
        out.print(f"Открыть: {shown_path(index)}", markup=False)
    if (index.parent / SUMMARY).is_file() and not (dry or report.complete):
        out.print(f"Подробная сводка: {shown_path(index.parent / SUMMARY)}", markup=False)


def _say_planned(out: Console, report: RunReport) -> None:
    planned = [item for item in report.outcomes if item.status is ReportStatus.PLANNED]
    out.print(f"Будут построены: {counted(len(planned), *_REPORTS)}.")
    by_reason: dict[str, list[str]] = {}
    for item in planned:
        by_reason.setdefault(item.reason or "новый", []).append(f"{item.title} ({item.direction})")
    for reason, whom in by_reason.items():
        out.print(f"  {reason} — {len(whom)}: {_named(whom)}", markup=False)
    unchanged = len(report.outcomes) - len(planned)
    if unchanged:
        out.print(f"Без изменений: {counted(unchanged, *_REPORTS)}.")


def _say_done(out: Console, report: RunReport) -> None:
    built = [item for item in report.outcomes if item.status is ReportStatus.BUILT]
    unchanged = sum(item.status is ReportStatus.UNCHANGED for item in report.outcomes)
    if unchanged and unchanged == len(report.outcomes) and not report.stopped:
        out.print(f"Всё уже построено: {counted(unchanged, *_REPORTS)}, данные и программа те же.")
        out.print("Построить заново: та же команда с ключом --force.")
        return
    of_schools = sum(item.school is not None for item in built)
    among = f", из них профилей школ: {of_schools}," if of_schools else ""
    out.print(f"Готово: {counted(len(built), *_REPORTS)}{among} за {duration(report.seconds)}.")
    if report.stopped:
        out.print("Построение остановлено по запросу. Та же команда ещё раз продолжит его: готовое заново не строится.")
    if unchanged:
        out.print(f"Без изменений: {counted(unchanged, *_REPORTS)}.")
        # Where everything is new there is nothing to explain.
        reasons = Counter(item.reason for item in built if item.reason)
        if reasons:
            listed = "; ".join(f"{reason} — {number}" for reason, number in reasons.most_common())
            out.print(f"Почему строились остальные: {listed}.", markup=False)


def show_failures(out: Console, workspace: Workspace, failed: Sequence[ReportOutcome]) -> None:
    """Print what was not built and why; one cause often fails many reports, so it is said once."""
    if failed:
        out.print(f"Не построены: {counted(len(failed), *_REPORTS)}.")
    by_cause: dict[str, list[ReportOutcome]] = {}
    for item in failed:
        by_cause.setdefault(item.error or "", []).append(item)
    for cause, items in by_cause.items():
        out.print(f"  {_named(f'{item.title} ({item.id})' for item in items)}", markup=False)
        out.print(f"    {cause}", markup=False)
        log = next((item.log for item in items if item.log), None)
        if log:
            out.print(f"    Журнал: {shown_path(workspace.outputs / log)}", markup=False)


def _named(names: Iterable[str], between: str = "; ") -> str:
    names = list(names)
    more = f" и ещё {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return between.join(names[:_NAMED]) + more
