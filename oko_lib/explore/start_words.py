"""The start page as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from oko_lib.batch.run_state import RunState
from oko_lib.batch.wording import counted
from oko_lib.explore import run_words
from oko_lib.explore.page_parts import (
    Html,
    bold,
    bullets,
    file_link,
    folded,
    heading,
    joined,
    notebook_link,
    paragraph,
    spaced,
    table,
)
from oko_lib.explore.start_page import DirectionOnPage, Missing, StartContent, TableOnPage
from oko_lib.settings.workspace import Workspace

#: So many municipalities are named; the rest are counted.
_NAMED = 12
#: So many ways to fill a table are named.
_SOURCES = 3
#: Of the last years so many are shown.
_YEARS = 5
_PLACES = ("муниципалитет", "муниципалитета", "муниципалитетов")
_KINDS = (("_region", "сводка по региону"), ("_school", "профиль школы"))


def title(content: StartContent, workspace: Workspace) -> str:
    """Return the heading of the page."""
    whose = f": {content.region}, {content.year} год" if content.year and content.region else ""
    return joined([heading(f"Рабочее место ОКО{whose}"), paragraph(f"Папка: {workspace.root}")], "")


def empty(workspace: Workspace, content: StartContent, has_demo: bool = False) -> str:
    """Return what is said where nothing has been loaded: where files go, and what for.

    `has_demo`: whether files of the demo region lie there.
    """
    steps = (
        joined(["Сложите выгрузки ФИС ОКО и собранные формы в папку ", Html(f"<code>{workspace.raw}</code>")], ""),
        "Нажмите «Загрузить файлы»: программа прочитает их, проверит каждую строку и скажет, что не так.",
        "Нажмите «Построить отчёты».",
    )
    ordered = Html("<ol style='margin:0'>" + "".join(f"<li>{joined([step])}</li>" for step in steps) + "</ol>")
    trial = (
        "Своих файлов пока нет? Нажмите «Создать учебный регион»: это вымышленные муниципалитеты и школы, на которых "
        "можно всё попробовать. Настоящие данные потом загружайте в другую папку."
    )
    if has_demo:
        trial = "В папке лежат файлы учебного региона: нажмите «Загрузить файлы», чтобы всё попробовать на них."
    return joined(
        [paragraph("Данных здесь пока нет. С чего начать:"), ordered, paragraph(trial), _needs(content.directions)], ""
    )


def data(content: StartContent) -> str:
    """Return which rows there are: tables × years, with the municipalities that lack some."""
    years = content.all_years[:_YEARS]
    rows = [
        (item.title, *(_cell(item, year, len(content.municipalities)) for year in years)) for item in content.tables
    ]
    shown = table(("Данные", *map(str, years)), rows, numbers=range(1, len(years) + 1))
    said = "В ячейке — сколько записей и из скольких муниципалитетов; у общих для региона таблиц — только записи."
    n = counted(len(content.municipalities), *_PLACES)
    return joined(
        [heading("Какие данные есть"), paragraph(f"В справочнике {n}. {said}"), shown, _lacking(content)],
        "",
    )


def _cell(item: TableOnPage, year: int, places: int) -> str:
    there = item.years.get(year) or item.years.get(0)
    if there is None:
        return "—"
    return f"{spaced(there.rows)} ({len(there.codes)} из {places})" if item.by_place else spaced(there.rows)


def _lacking(content: StartContent) -> Html:
    """Return whose rows are missing in the year of the page, for tables that others have filled."""
    if content.year is None:
        return Html("")
    found = {item.title: content.lacking(item, content.year) for item in content.tables}
    items = [joined([bold(title), f": нет у {_names(names)}"], "") for title, names in found.items() if names]
    if not items:
        return Html("")
    return folded(f"У кого чего нет за {content.year} год ({len(items)})", bullets(items))


def _names(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    genitive = ("муниципалитета", "муниципалитетов", "муниципалитетов")
    return f"{counted(len(names), *genitive)}: {listed}{f' и ещё {rest}' if rest > 0 else ''}"


def directions(content: StartContent, workspace: Workspace) -> str:
    """Return what can be built of each direction, and what is missing for it."""
    rows = [
        (bold(item.title), _can(item, content), _notebooks(item, workspace), _wanted(item))
        for item in content.directions
    ]
    return joined(
        [
            heading("Что можно построить"),
            table(("Направление", f"За {content.year} год", "Тетради", "Чего не хватает"), rows),
            paragraph("Построить всё сразу — кнопка «Построить отчёты»; один отчёт со своими ячейками — тетрадь."),
        ],
        "",
    )


def _can(item: DirectionOnPage, content: StartContent) -> str:
    if item.codes:
        return f"{len(item.codes)} из {len(content.municipalities)} муниципалитетов"
    known = f" (есть за {', '.join(map(str, item.years))})" if item.years else ""
    return f"нельзя: нет данных{known}"


def _notebooks(item: DirectionOnPage, workspace: Workspace) -> Html:
    return joined([notebook_link(workspace.notebooks / name, _level(name)) for name in item.notebooks], "<br>")


def _level(name: str) -> str:
    stem = name.removesuffix(".ipynb")
    return next((words for end, words in _KINDS if stem.endswith(end)), "муниципалитет")


def _wanted(item: DirectionOnPage) -> Html:
    parts = []
    if item.needed:
        parts.append(joined([paragraph("Нужно хотя бы одно:"), _missing(item.needed)], ""))
    if item.wanted:
        said = f"Без этого часть разделов будет пуста ({len(item.wanted)})"
        parts.append(folded(said, _missing(item.wanted)))
    return joined(parts, "") if parts else Html("всё есть")


def _missing(items: Sequence[Missing]) -> Html:
    return bullets([joined([bold(item.title), f" — {_ways(item.sources)}"], "") for item in items])


def _ways(sources: Sequence[str]) -> str:
    rest = len(sources) - _SOURCES
    more = f" и ещё {counted(rest, 'вид файлов', 'вида файлов', 'видов файлов')}" if rest > 0 else ""
    return ("; ".join(sources[:_SOURCES]) or "файлы этого вида загрузка пока не знает") + more


def _needs(items: Sequence[DirectionOnPage]) -> Html:
    parts = [folded(item.title, _missing(item.needed)) for item in items if item.needed]
    return joined([paragraph("Что нужно каждому направлению (хотя бы одно из перечисленного):"), *parts], "")


def built(workspace: Workspace, state: RunState | None) -> str:
    """Return what was built last, and the way to it."""
    pages = sorted(workspace.outputs.glob("[0-9]*/index.html"), reverse=True)
    links = [file_link(page, f"Все отчёты за {page.parent.name} год") for page in pages]
    if state is None:
        said = paragraph("Отчёты здесь ещё не строили." if not links else "Когда строили, журнал не помнит.")
    else:
        total = counted(state.total, "отчёт", "отчёта", "отчётов")
        counts = (
            f"Всего {total}: построено {state.built}, без изменений {state.unchanged}, не построено {state.failed}."
        )
        began = state.started.astimezone().strftime("%d.%m.%Y в %H:%M")
        said = paragraph(f"Последний раз начато {began}. {run_words.heading(state)} {counts}")
    return joined([heading("Построенное"), said, bullets(links)], "")
