"""``oko status``: the run under way or the last one, from the journal; and how to stop it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, duration, print_json, shown_path, workspace_at

if TYPE_CHECKING:
    from rich.console import Console

    from oko_lib.batch.journal import Journal
    from oko_lib.batch.run_state import RunState
    from oko_lib.settings.workspace import Workspace

#: So long ``--stop`` waits for the run to end its processes and write what it has built.
_STOP_SECONDS = 30.0
_PAUSE_SECONDS = 0.3
#: So many reports of one kind are named.
_NAMED = 8
_PROCESSES = ("процесс", "процесса", "процессов")
_NEVER = "Отчёты в этой папке ещё не строили. Построить: oko run --all."


def status(
    stop: Annotated[
        bool, typer.Option("--stop", help="Остановить построение; построенное сохранится, продолжит его oko run.")
    ] = False,
    root: Root = None,
    json: Json = False,
) -> int:
    """Print the state of the run; exit code 1 only if a wanted stop did not come about."""
    from oko_lib.batch.journal import Journal

    workspace = workspace_at(root)
    journal = Journal(workspace)
    try:
        state = _state_of(journal)
        was_running = state is not None and state.state == "running"
        stopped = True
        if stop and was_running:
            state, stopped = _stop(journal, state)
        if json:
            print_json(content(state, journal.typical_seconds()))
            return 0 if stopped else 1
        out = console()
        if stop and not was_running:
            out.print("Сейчас ничего не строится.")
        if not stopped:
            out.print("Остановка запрошена, но построение ещё заканчивается. Проверьте позже: oko status.")
            return 1
        if state is None:
            out.print(_NEVER)
        else:
            _show(out, workspace, state, journal.typical_seconds())
        return 0
    finally:
        journal.close()


def _state_of(journal: Journal) -> RunState | None:
    state = journal.run_state()
    # Perhaps it has ended between two looks of one reading: then it is entered by now.
    return journal.run_state() if state is not None and state.state == "interrupted" else state


def _stop(journal: Journal, state: RunState) -> tuple[RunState, bool]:
    """Ask the run to end and wait until it has; return its state and whether it ended."""
    journal.request_stop(state.id)
    deadline = time.monotonic() + _STOP_SECONDS
    while True:
        now = _state_of(journal)
        # Another run may have begun meanwhile: that one was not to be stopped.
        if now is None or now.id != state.id or now.state != "running":
            return now or state, True
        if time.monotonic() >= deadline:
            return now, False
        time.sleep(_PAUSE_SECONDS)


def content(state: RunState | None, typical: dict[str, float]) -> dict[str, object]:
    """Return the stable JSON form of ``oko status --json``."""
    from oko_lib.batch.estimate import run_time_left
    from oko_lib.batch.outcomes import ReportStatus

    if state is None:
        return {"state": "none"}
    now = datetime.now().astimezone()
    left = run_time_left(state, typical, now)
    return {
        "state": state.state,
        "id": state.id,
        "year": state.year,
        "started": state.started.isoformat(),
        "finished": state.finished.isoformat() if state.finished else None,
        # Nobody knows when the process of an interrupted run ended.
        "seconds": None if state.state == "interrupted" else round(_elapsed(state, now), 1),
        "seconds_left": None if left is None else round(left, 1),
        "pid": state.pid,
        "host": state.host,
        "jobs": state.jobs,
        "engine": state.engine,
        "total": state.total,
        "done": _done(state),
        "built": state.built,
        "unchanged": state.unchanged,
        "failed": state.failed,
        "waiting": len(state.waiting),
        "current": [
            {"id": item.id, "title": item.title, "seconds": round((now - item.started).total_seconds(), 1)}
            for item in state.current
        ],
        "failures": [
            {"id": item.id, "title": item.title, "direction": item.direction, "error": item.error, "log": item.log}
            for item in state.outcomes
            if item.status is ReportStatus.FAILED
        ],
    }


def _done(state: RunState) -> int:
    return state.built + state.unchanged + state.failed


def _elapsed(state: RunState, now: datetime) -> float:
    return ((state.finished or now) - state.started).total_seconds()


def _show(out: Console, workspace: Workspace, state: RunState, typical: dict[str, float]) -> None:
    from oko_lib.batch.outcomes import ReportStatus
    from oko_lib.cli.run_summary import show_failures

    now = datetime.now().astimezone()
    out.print(_heading(state, now), markup=False)
    out.print(
        f"Готово {_done(state)} из {counted(state.total, 'отчёта', 'отчётов', 'отчётов')}: построено {state.built}, "
        f"без изменений {state.unchanged}, не построено {state.failed}."
    )
    if state.state == "running":
        _show_current(out, state, typical, now)
    show_failures(out, workspace, [item for item in state.outcomes if item.status is ReportStatus.FAILED])
    if state.state == "running":
        out.print("Остановить: oko status --stop (построенное сохранится).")
        return
    if state.state in ("stopped", "interrupted") and _done(state) < state.total:
        out.print("Продолжить: запустите oko run ещё раз с теми же ключами — построенное заново не строится.")
    elif state.failed:
        out.print("Устраните причину и запустите oko run ещё раз с теми же ключами: построятся только эти отчёты.")
    for name, words in (("index.html", "Открыть"), ("run_summary.html", "Сводка построения")):
        path = workspace.outputs / str(state.year) / name
        if path.is_file():
            out.print(f"{words}: {shown_path(path)}", markup=False)


def _heading(state: RunState, now: datetime) -> str:
    reports = f"отчёты за {state.year} год"
    began = state.started.astimezone().strftime("%d.%m.%Y в %H:%M")
    if state.state == "running":
        where = f"процесс {state.pid}, компьютер {state.host}"
        return f"Строятся {reports}: начато {began}, прошло {duration(_elapsed(state, now))} ({where})."
    if state.state == "interrupted":
        return (
            f"Построение прервано ({reports}, начато {began}): его процесса больше нет — выключение, сбой или "
            "нехватка памяти. Запустите oko run ещё раз, он продолжит."
        )
    ended = "остановлено по запросу" if state.state == "stopped" else "закончено"
    return f"Построение {ended} ({reports}): начато {began}, шло {duration(_elapsed(state, now))}."


def _show_current(out: Console, state: RunState, typical: dict[str, float], now: datetime) -> None:
    from oko_lib.batch.estimate import run_time_left
    from oko_lib.batch.wording import roughly

    out.print(f"Осталось {roughly(run_time_left(state, typical, now))}.")
    if not state.current:
        out.print("Сейчас готовятся данные региона." if state.waiting else "Сейчас записывается сводка.")
        return
    out.print(f"Сейчас строятся ({counted(state.jobs, *_PROCESSES)}):")
    for item in state.current[:_NAMED]:
        out.print(f"  {item.title}, {duration((now - item.started).total_seconds())}", markup=False)
    if len(state.current) > _NAMED:
        out.print(f"  и ещё {len(state.current) - _NAMED}")
