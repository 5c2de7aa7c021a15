"""What the summary of a run says, apart from its form: facts and tables, told once for the page and the workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.wording import counted, direction_of, direction_title, duration

if TYPE_CHECKING:
    from oko_lib.batch.run_state import RunState

STATUS_RU = {
    ReportStatus.BUILT: "построен",
    ReportStatus.UNCHANGED: "без изменений",
    ReportStatus.FAILED: "не построен",
}
_NOT_BEGUN = "не дошла очередь"
_STATE_RU = {
    "running": "ещё идёт",
    "finished": "закончено",
    "stopped": "остановлено по запросу",
    "interrupted": "прервано: процесса построения больше нет",
}
_AGAIN = "Запустите ту же команду ещё раз: построенное заново не строится."
#: Where in a message the advice begins: our messages give it in the imperative.
_ADVICE = re.compile(r"(?<=[.!?]) (?=(?:[А-ЯЁ][а-яё]*(?:йте|ите|ьте)(?:сь)?|Если)\b)")

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """A table of the summary.

    Parameters
    ----------
    title, short : str
        Heading, and name of the workbook's sheet.
    columns : tuple of str
        Headings.
    rows : tuple
        Cells; numbers stay numbers.
    logs, files : tuple
        For each row the path of a log, and format → path of files, relative to ``outputs``; links of the page.
    total : bool
        Whether the last row sums up the others.
    note : str
        What to do with it.
    """

    title: str
    short: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    logs: tuple[str | None, ...] = ()
    files: tuple[Mapping[str, str], ...] = ()
    total: bool = False
    note: str = ""


@dataclass(frozen=True)
class SummaryContent:
    """The summary of a run.

    Parameters
    ----------
    year : int
        Year of its reports.
    state : str
        What has become of it, one sentence.
    result, asked, versions : dict
        Facts, label → value.
    tables : tuple of Table
        Those that have rows.
    """

    year: int
    state: str
    result: dict[str, str]
    asked: dict[str, str]
    versions: dict[str, str]
    tables: tuple[Table, ...] = field(default=())

    @property
    def title(self) -> str:
        return f"Сводка построения отчётов, {self.year} год"


def summary_content(state: RunState, about: Mapping[str, object]) -> SummaryContent:
    """Return what there is to say of a run; see :func:`oko_lib.batch.summary.write_summary`."""
    failed = [item for item in state.outcomes if item.status is ReportStatus.FAILED]
    tables = (
        _failures(failed),
        _problems(about),
        _by_direction(state),
        _reasons(state.outcomes),
        _skipped(about),
        _notes(state.outcomes),
        _all(state),
    )
    return SummaryContent(
        year=state.year,
        state=_verdict(state, about),
        result=_result(state),
        asked=_asked(state, about),
        versions=_versions(state, about),
        tables=tuple(table for table in tables if table.rows),
    )


# --- facts -----------------------------------------------------------------------------------------------------------


def _verdict(state: RunState, about: Mapping[str, object]) -> str:
    if state.state in ("stopped", "interrupted"):
        return f"Построение {_STATE_RU[state.state]}. {_AGAIN}"
    if state.failed or about.get("problems"):
        return "Построено не всё: причины и что делать — ниже."
    return "Построено всё, что просили."


def _result(state: RunState) -> dict[str, str]:
    finished = state.finished
    facts = {
        "Состояние": _STATE_RU.get(state.state, state.state),
        "Начато": _moment(state.started),
        "Закончено": _moment(finished) if finished else "—",
        "Шло": duration((finished - state.started).total_seconds()) if finished else "—",
        "Отчётов": str(state.total),
        "Построено": str(state.built),
        "Без изменений": str(state.unchanged),
        "Не построено": str(state.failed),
    }
    left = len(state.waiting) + len(state.current)
    return {**facts, "Не дошла очередь": str(left)} if left else facts


def _moment(moment: datetime) -> str:
    return moment.astimezone().strftime("%d.%m.%Y %H:%M:%S")


def _asked(state: RunState, about: Mapping[str, object]) -> dict[str, str]:
    ids = [item.id for item in state.outcomes] + [item.id for item in state.current] + list(state.waiting)
    directions = dict.fromkeys(direction_of(item) for item in ids)
    whom = _whom(ids)
    facts = {
        "Год": str(state.year),
        "О ком": whom,
        "Направления": ", ".join(direction_title(name) for name in directions),
        "Файлы": ", ".join(str(item).upper() for item in _items(about, "formats")),
        "Режим": {"internal": "служебный"}.get(str(about.get("mode", "")), str(about.get("mode", ""))),
        "Данные на": str(about.get("as_of") or "последнюю загрузку"),
        "Что строить": "всё заново (--force)" if about.get("force") else "новое и изменившееся",
        "Параметры": ", ".join(f"{name} = {value}" for name, value in _mapping(about, "parameters").items()),
        "Отчётов сразу": str(state.jobs),
        "Исполнение тетрадей": state.engine,
        "Планировщик": str(about.get("scheduler") or ""),
        "Компьютер": state.host,
    }
    return {name: value for name, value in facts.items() if value}


def _whom(ids: Sequence[str]) -> str:
    """Return whom the reports are about: the identifiers say it (``2026/region/…``, ``…/schools/…``)."""
    places = [item.split("/") for item in ids]
    municipalities = {parts[1] for parts in places if len(parts) > 2 and parts[1] != "region"}
    schools = {(parts[1], parts[3]) for parts in places if "schools" in parts[2:3] and len(parts) > 4}
    found = ["регион"] if any(parts[1:2] == ["region"] for parts in places) else []
    if municipalities:
        found.append(counted(len(municipalities), "муниципалитет", "муниципалитета", "муниципалитетов"))
    if schools:
        found.append(counted(len(schools), "школа", "школы", "школ"))
    return ", ".join(found)


def _versions(state: RunState, about: Mapping[str, object]) -> dict[str, str]:
    libraries = _mapping(about, "libraries")
    facts = {
        "Построение": state.id,
        "Версия данных": about.get("data"),
        "Программа": about.get("code"),
        "Коммит": about.get("commit"),
        "Система": about.get("system"),
        "Python": libraries.get("python") or about.get("python"),
        **{name: found for name, found in libraries.items() if name != "python"},
    }
    return {name: str(value) for name, value in facts.items() if value}


def _items(about: Mapping[str, object], key: str) -> Sequence:
    found = about.get(key)
    return found if isinstance(found, list | tuple) else ()


def _mapping(about: Mapping[str, object], key: str) -> Mapping:
    found = about.get(key)
    return found if isinstance(found, Mapping) else {}


# --- tables ----------------------------------------------------------------------------------------------------------


def cause_and_advice(error: str) -> tuple[str, str]:
    """Part a message into what happened and what to do."""
    parts = _ADVICE.split(error.strip(), maxsplit=1)
    return (parts[0], parts[1]) if len(parts) == 2 else (parts[0], "")


def _failures(failed: Sequence[ReportOutcome]) -> Table:
    by_cause: dict[str, list[ReportOutcome]] = {}
    for item in failed:
        by_cause.setdefault(item.error or "Причина неизвестна.", []).append(item)
    rows, logs = [], []
    for error, items in sorted(by_cause.items(), key=lambda pair: -len(pair[1])):
        cause, advice = cause_and_advice(error)
        log = next((item.log for item in items if item.log), None)
        otherwise = "Передайте разработчику файл журнала." if log else _AGAIN
        whom = "; ".join(f"{item.title} ({direction_title(item.direction)})" for item in items)
        rows.append((cause, advice or otherwise, len(items), whom))
        logs.append(log)
    return Table(
        "Не построены",
        "Не построены",
        ("Причина", "Что делать", "Отчётов", "Какие"),
        tuple(rows),
        logs=tuple(logs),
        note="Когда причина устранена, запустите ту же команду ещё раз: построятся только эти отчёты.",
    )


def _problems(about: Mapping[str, object]) -> Table:
    found = [item for item in _items(about, "problems") if isinstance(item, Mapping)]
    return Table(
        "Что помешало составить план",
        "Помехи плану",
        ("Направление", "Что случилось и что делать"),
        tuple((direction_title(str(item.get("direction", ""))), str(item.get("error", ""))) for item in found),
        logs=tuple(item.get("log") for item in found),
    )


def _by_direction(state: RunState) -> Table:
    outcomes: dict[str, list[ReportOutcome]] = {}
    for item in state.outcomes:
        outcomes.setdefault(item.direction, []).append(item)
    left = Counter(direction_of(item) for item in (*state.waiting, *(report.id for report in state.current)))
    rows = [
        _counts(direction_title(name), outcomes.get(name, []), left[name]) for name in dict.fromkeys([*outcomes, *left])
    ]
    if len(rows) > 1:
        rows.append(_counts("Всего", state.outcomes, sum(left.values())))
    return Table(
        "По направлениям",
        "По направлениям",
        (
            "Направление",
            "Построено",
            "Без изменений",
            "Не построено",
            "Не дошла очередь",
            "Секунд на отчёт (медиана)",
            "Секунд на все",
        ),
        tuple(rows),
        total=len(rows) > 1,
    )


def _counts(title: str, outcomes: Iterable[ReportOutcome], left: int) -> tuple[Cell, ...]:
    outcomes = list(outcomes)
    number = Counter(item.status for item in outcomes)
    seconds = [item.seconds for item in outcomes if item.status is ReportStatus.BUILT]
    return (
        title,
        number[ReportStatus.BUILT],
        number[ReportStatus.UNCHANGED],
        number[ReportStatus.FAILED],
        left,
        round(median(seconds), 1) if seconds else None,
        round(sum(item.seconds for item in outcomes if item.status is not ReportStatus.UNCHANGED), 1),
    )


def _reasons(outcomes: Iterable[ReportOutcome]) -> Table:
    found = Counter(item.reason for item in outcomes if item.reason and item.status is not ReportStatus.UNCHANGED)
    return Table("Почему строились", "Почему строились", ("Причина", "Отчётов"), tuple(found.most_common()))


def _skipped(about: Mapping[str, object]) -> Table:
    found = [item for item in _items(about, "skipped") if isinstance(item, Mapping)]
    rows = tuple(
        (
            direction_title(str(item.get("direction", ""))),
            str(item.get("reason", "")),
            len(_items(item, "reports")),
            ", ".join(str(name) for name in _items(item, "reports")),
        )
        for item in found
    )
    return Table("Пропущены: для них нет данных", "Пропущены", ("Направление", "Почему", "Отчётов", "Какие"), rows)


def _notes(outcomes: Iterable[ReportOutcome]) -> Table:
    by_note: dict[str, list[ReportOutcome]] = {}
    for item in outcomes:
        if item.note:
            by_note.setdefault(item.note, []).append(item)
    rows = tuple(
        (note, "; ".join(f"{item.title} ({direction_title(item.direction)})" for item in items))
        for note, items in by_note.items()
    )
    return Table("Обратите внимание", "Замечания", ("Замечание", "Отчёты"), rows)


def _all(state: RunState) -> Table:
    rows: list[tuple[Cell, ...]] = []
    files: list[Mapping[str, str]] = []
    for item in state.outcomes:
        seconds = None if item.status is ReportStatus.UNCHANGED else round(item.seconds, 1)
        status = STATUS_RU.get(item.status, str(item.status))
        rows.append((item.title, direction_title(item.direction), status, item.reason, seconds))
        files.append(item.files)
    not_begun = [(item.id, item.title) for item in state.current] + [(item, item) for item in state.waiting]
    for report_id, title in not_begun:
        rows.append((title, direction_title(direction_of(report_id)), _NOT_BEGUN, "", None))
        files.append({})
    columns = ("Кто", "Направление", "Состояние", "Почему строился или нет", "Секунд")
    return Table("Все отчёты", "Все отчёты", columns, tuple(rows), files=tuple(files))
