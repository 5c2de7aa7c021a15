"""What the panel says of a run, as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path

from oko_lib.batch.estimate import run_time_left
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.run_state import RunState
from oko_lib.batch.wording import counted, direction_title, duration, roughly
from oko_lib.explore.links import browser_address

#: So many reports are named; the rest are counted.
_NAMED = 6


def done(state: RunState) -> int:
    """Return how many reports are through."""
    return state.built + state.unchanged + state.failed


def heading(state: RunState) -> str:
    """Return what the run is at, in one sentence."""
    began = state.started.astimezone().strftime("%d.%m.%Y в %H:%M")
    if state.state == "running":
        return f"Строятся отчёты за {state.year} год, начато {began}."
    if state.state == "interrupted":
        return f"Построение, начатое {began}, прервано: его процесса больше нет. Нажмите «Построить», оно продолжится."
    span = duration((state.finished - state.started).total_seconds()) if state.finished else "—"
    if state.state == "stopped":
        return f"Построение остановлено (шло {span}). Нажмите «Построить», оно продолжится: готовое не строится заново."
    return f"Отчёты за {state.year} год: построение закончено за {span}."


def counts(state: RunState, typical: Mapping[str, float], now: datetime) -> str:
    """Return the numbers and, while it goes on, the time left."""
    total = counted(state.total, "отчёта", "отчётов", "отчётов")
    said = (
        f"Готово <b>{done(state)}</b> из {total}: построено {state.built}, без изменений {state.unchanged}, "
        f"не построено {state.failed}."
    )
    if state.state != "running":
        return said
    return f"{said} Осталось <b>{escape(roughly(run_time_left(state, typical, now)))}</b>."


def current(state: RunState, now: datetime) -> str:
    """Return the reports being built."""
    if state.state != "running":
        return ""
    if not state.current:
        return "Готовятся данные региона." if state.waiting else "Записывается сводка."
    items = [
        f"<li>{escape(item.title)}, {duration((now - item.started).total_seconds())}</li>"
        for item in state.current[:_NAMED]
    ]
    more = len(state.current) - _NAMED
    return f"Сейчас:<ul style='margin:0'>{''.join(items)}</ul>{f'и ещё {more}' if more > 0 else ''}"


def failures(outcomes: Sequence[ReportOutcome]) -> str:
    """Return what was not built and why, each cause once."""
    by_cause: dict[str, list[ReportOutcome]] = {}
    for item in outcomes:
        if item.status is ReportStatus.FAILED:
            by_cause.setdefault(item.error or "", []).append(item)
    parts = []
    for cause, items in by_cause.items():
        named = "; ".join(f"{item.title} ({direction_title(item.direction)})" for item in items[:_NAMED])
        more = f" и ещё {len(items) - _NAMED}" if len(items) > _NAMED else ""
        parts.append(f"<li>{escape(named)}{more}<br>{escape(cause)}</li>")
    return f"Не построены:<ul style='margin:0'>{''.join(parts)}</ul>" if parts else ""


def links(folder: Path) -> str:
    """Return the way to what was built; the path stands there too, for where no server shows the folder."""
    parts = []
    for name, title in (("index.html", "Все отчёты года"), ("run_summary.html", "Сводка построения")):
        path = folder / name
        if not path.is_file():
            continue
        address = browser_address(path)
        shown = f"<code>{escape(str(path))}</code>"
        link = f'<a href="{escape(address)}" target="_blank">{title}</a>' if address else title
        parts.append(f"{link}: {shown}")
    return "<br>".join(parts)


def trouble(text: str) -> str:
    """Return a message that something went wrong."""
    return f"<b>Не получилось.</b> {escape(text).replace(chr(10), '<br>')}"
