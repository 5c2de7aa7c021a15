"""What the loading panel says of an intake, as HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from oko_lib.batch.wording import counted
from oko_lib.explore.load_process import LoadState
from oko_lib.explore.page_parts import Html, bold, bullets, file_link, folded, heading, joined, paragraph, spaced, table
from oko_lib.intake.checks import rule_title

#: More files than this are summed up; those with something to do come first.
_FILES = 60
_BOOKS = 40
#: So many examples of a reason are shown.
_EXAMPLES = 3
_COUNTS = ("read", "accepted", "quarantined", "non_data")
_ROWS = ("строка", "строки", "строк")
_MANY_FILES = ("файл", "файла", "файлов")

#: In the reason why a file was not recognised: the kinds that were looked for.
_LOOKED_FOR = re.compile(r" Искали: (.*?)\.(?= )")
#: How the file was left, when nothing is wrong with it.
_STATUS = {"loaded": "загружен", "unchanged": "уже был загружен, не изменился", "ignored": "не таблица"}
#: What the command line is told by a key, the panel asks in a field.
_KEYS = {
    "--year": "поле «Год»",
    "--grade": "поле «Класс»",
    "--subject": "поле «Предмет»",
    "--login": "поле «Логин школы»",
    "--again": "галочку «Прочитать заново»",
}


def progress(state: LoadState) -> str:
    """Return how far an intake is."""
    if not state.total:
        return "Ищу файлы…"
    name = f" Сейчас: {state.name}." if state.name else ""
    return shown_text(f"Прочитано {state.done} из {counted(state.total, 'файла', 'файлов', 'файлов')}.{name}")


def shown_text(text: str) -> str:
    """Return plain text as HTML."""
    return str(paragraph(text))


def outcome(state: LoadState, titles: Mapping[str, str], quarantine: pd.DataFrame) -> str:
    """Return the account of a finished intake.

    Parameters
    ----------
    state : LoadState
        With its report.
    titles : mapping of str to str
        Layout → what people call such a file.
    quarantine : DataFrame
        Rows of the table ``quarantine`` the files have brought.
    """
    report: dict[str, Any] = state.report or {}
    files: list[dict[str, Any]] = report.get("files", [])
    began = datetime.fromisoformat(state.started).strftime("%d.%m.%Y в %H:%M")
    if not files:
        return joined([heading(f"Загрузка {began}"), paragraph("Таблиц в этой папке нет."), _ignored(report)], "")
    refused = [file for file in files if file["error"]]
    parts = [heading(f"Загрузка {began}"), _totals(files, refused)]
    parts += [_refused(refused), _files(files, titles), _reasons(quarantine), _books(report), _warnings(report)]
    return joined([*parts, _ignored(report)], "")


def _totals(files: Sequence[dict[str, Any]], refused: Sequence[dict[str, Any]]) -> Html:
    read, accepted, aside, other = (sum(file[name] for file in files) for name in _COUNTS)
    said = (
        f"{counted(len(files), *_MANY_FILES)}: прочитано {counted(read, *_ROWS)} = принято {spaced(accepted)} + "
        f"отложено {spaced(aside)} + не данные {spaced(other)} (заголовки групп, пустые строки)."
    )
    more = f" Не принято файлов: {len(refused)}." if refused else ""
    return paragraph(said + more)


def _refused(files: Sequence[dict[str, Any]]) -> Html:
    if not files:
        return Html("")
    items = [joined([bold(Path(file["path"]).name), _advice(file["error"])], "<br>") for file in files[:_FILES]]
    more = [f"и ещё {counted(len(files) - _FILES, *_MANY_FILES)}"] if len(files) > _FILES else []
    kinds = next((found[1] for file in files if (found := _LOOKED_FOR.search(file["error"]))), "")
    known = folded("Какие виды файлов программа знает", bullets(kinds.split("; "))) if kinds else Html("")
    return joined([heading("Не приняты: почему и что делать"), bullets([*items, *more]), known], "")


def _advice(error: str) -> str:
    """Return the reason with the panel's own fields in place of keys of the command line."""
    fields = [words for key, words in _KEYS.items() if key in error]
    # What was looked for is the same for all files, and long.
    told = _LOOKED_FOR.sub("", error)
    if not fields:
        return told
    return f"{told} Здесь вместо ключа заполните {', '.join(fields)} выше и загрузите файл ещё раз."


def _files(files: Sequence[dict[str, Any]], titles: Mapping[str, str]) -> Html:
    ordered = sorted(files, key=lambda file: (not file["error"], not file["quarantined"], not file["warnings"]))
    rows = [
        (
            Path(file["path"]).name,
            kind_of(file["layout"], titles),
            *(spaced(file[name]) for name in _COUNTS),
            "не принят" if file["error"] else _STATUS.get(file["status"], file["status"]),
        )
        for file in ordered[:_FILES]
    ]
    shown = table(
        ("Файл", "Что это", "Прочитано", "Принято", "Отложено", "Не данные", "Что с ним"), rows, numbers=(2, 3, 4, 5)
    )
    rest = len(files) - _FILES
    more = paragraph(f"… и ещё {counted(rest, *_MANY_FILES)}: с ними всё в порядке.") if rest > 0 else Html("")
    if rest > 0 and any(file["error"] or file["quarantined"] for file in ordered[_FILES:]):
        more = paragraph(f"… и ещё {counted(rest, *_MANY_FILES)}.")
    return (
        folded("По файлам", joined([shown, more], "")) if len(files) > 10 else joined([heading("По файлам"), shown], "")
    )


def kind_of(layout: str | None, titles: Mapping[str, str]) -> str:
    """Return what kind of file it is; a file with several kinds of sheets is several."""
    if not layout:
        return "не опознан"
    return ", ".join(dict.fromkeys(titles.get(part, part) for part in layout.split("+")))


def _reasons(quarantine: pd.DataFrame) -> Html:
    if quarantine.empty:
        return Html("")
    parts: list[Html] = []
    lines = quarantine.assign(
        line=list(zip(quarantine["load_id"], quarantine["source_sheet"], quarantine["source_row"], strict=True))
    )
    counts = lines.groupby("rule")["line"].nunique().sort_values(ascending=False)
    for rule, n in counts.items():
        examples = [_example(row) for _, row in lines[lines["rule"] == rule].head(_EXAMPLES).iterrows()]
        parts.append(folded(f"{rule_title(str(rule))}: {counted(int(n), *_ROWS)}", bullets(examples)))
    total = lines["line"].nunique()
    said = (
        f"Отложено {counted(int(total), *_ROWS)}: они не пропали и в расчёты не вошли. Нажмите на причину, чтобы "
        "увидеть примеры. Строка с несколькими ошибками названа в каждой причине."
    )
    return joined([heading("Отложенные строки"), paragraph(said), *parts], "")


def _example(row: pd.Series) -> str:
    sheet = f"лист «{row['source_sheet']}», " if _is_said(row["source_sheet"]) else ""
    cell = f", ячейка {row['cell']}" if _is_said(row["cell"]) else ""
    return f"{row['file_name']}: {sheet}строка {int(row['source_row'])}{cell}. {row['message_ru']}"


def _is_said(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _books(report: Mapping[str, Any]) -> Html:
    books = [Path(path) for path in report.get("return_workbooks", [])]
    if not books:
        return Html("")
    said = (
        "Возвратная книга — тот же файл, в котором неверные ячейки закрашены и объяснены. Отправьте её школе; "
        "исправленную загрузите так же: она заменит прежние строки."
    )
    links = bullets([file_link(book, book.name) for book in books[:_BOOKS]])
    more = f"и ещё {counted(len(books) - _BOOKS, *_MANY_FILES)}; " if len(books) > _BOOKS else ""
    return joined(
        [heading("Возвратные книги"), paragraph(said), links, paragraph(f"{more}папка: {books[0].parent}")], ""
    )


def _warnings(report: Mapping[str, Any]) -> Html:
    said = [f"{Path(file['path']).name}: {text}" for file in report.get("files", []) for text in file["warnings"]]
    said += report.get("warnings", [])
    if not said:
        return Html("")
    more = [f"и ещё {len(said) - _FILES}"] if len(said) > _FILES else []
    return folded(f"Замечания ({len(said)})", bullets([*said[:_FILES], *more]))


def _ignored(report: Mapping[str, Any]) -> Html:
    names = [Path(path).name for path in report.get("ignored", [])]
    if not names:
        return Html("")
    return folded(f"Не таблицы, пропущены ({len(names)})", bullets(names[:_FILES]))
