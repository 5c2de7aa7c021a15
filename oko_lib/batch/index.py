"""The page that links all reports of a year: plain, offline, printable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from oko_lib.batch.outcomes import Problem, ReportOutcome, ReportStatus
from oko_lib.batch.page import address, file_links, page
from oko_lib.report.school_labels import short_labels

FILE_NAME = "index.html"

_STATUS_RU = {
    ReportStatus.BUILT: "построен",
    ReportStatus.UNCHANGED: "без изменений",
    ReportStatus.FAILED: "не построен",
}
_STYLE = """
.why { color: #555; font-size: .9rem; }
.group td { border-bottom: 0; }
.schools ul { margin: 0; padding-left: 1.5rem; }
.schools li { break-inside: avoid; }
"""

_BODY = """<p>{summary}</p>
{problems}<table>
<thead><tr><th scope="col">Кто</th><th scope="col">Направление</th><th scope="col">Состояние</th>
<th scope="col">Файлы</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p class="mark">Данные: {data}. Программа: {code}. Обновлено {finished}.</p>"""


def index_page(
    year: int,
    outcomes: list[ReportOutcome],
    titles: dict[str, str],
    *,
    data: str,
    code: str,
    finished: datetime,
    problems: Sequence[Problem] = (),
) -> str:
    """Return the page for `year`.

    Parameters
    ----------
    outcomes : list of ReportOutcome
        In the order to be shown; schools after their municipality and direction.
    titles : dict of str
        Direction → Russian title.
    data, code : str
        Versions of the last run.
    finished : datetime
        When it ended.
    problems : sequence of Problem
        What kept reports of the last run from being planned.
    """
    failed = sum(item.status is ReportStatus.FAILED for item in outcomes)
    of_schools = sum(item.school is not None for item in outcomes)
    counted = f"{len(outcomes)} (из них профилей школ: {of_schools})" if of_schools else str(len(outcomes))
    groups: dict[tuple[str | None, str], list[ReportOutcome]] = {}
    for item in outcomes:
        groups.setdefault((item.municipality, item.direction), []).append(item)
    body = _BODY.format(
        summary=f"Отчётов: {counted}; готовы: {len(outcomes) - failed}; не построены: {failed}.",
        problems="".join(_problem(year, item, titles) for item in problems),
        rows="\n".join(_rows(year, items, titles) for items in groups.values()),
        data=escape(data),
        code=escape(code),
        finished=finished.strftime("%d.%m.%Y %H:%M"),
    )
    return page(f"Отчёты об оценке качества образования, {year} год", body, _STYLE)


def _problem(year: int, item: Problem, titles: dict[str, str]) -> str:
    log = f' <a href="{address(year, item.log)}">журнал</a>' if item.log else ""
    return f'<p class="why">{escape(titles.get(item.direction, item.direction))}: {escape(item.error)}{log}</p>\n'


def _rows(year: int, items: list[ReportOutcome], titles: dict[str, str]) -> str:
    """Return the row of a municipality and direction, and below it the list of its schools' reports."""
    report = next((item for item in items if item.school is None), None)
    schools = [item for item in items if item.school is not None]
    name = escape(items[0].municipality_name)
    direction = escape(titles.get(items[0].direction, items[0].direction))
    status = _status(year, report) if report else ""
    links = file_links(year, report.files, f"{name}, {direction}") if report else ""
    group = ' class="group"' if schools else ""
    row = f"<tr{group}><td>{name}</td><td>{direction}</td><td>{status}</td><td>{links}</td></tr>"
    if not schools:
        return row
    labels = short_labels({str(item.school): item.school_name or str(item.school) for item in schools})
    lines = "\n".join(_school(year, item, escape(labels[str(item.school)]), direction) for item in schools)
    about = f'aria-label="Профили школ: {name}, {direction}"'
    return f'{row}\n<tr class="schools"><td colspan="4">Профили школ:\n<ul {about}>\n{lines}\n</ul></td></tr>'


def _school(year: int, item: ReportOutcome, label: str, direction: str) -> str:
    status = f"{_status(year, item)} " if item.status is ReportStatus.FAILED else ""
    return f"<li>{label}: {status}{file_links(year, item.files, f'{label}, {direction}')}</li>"


def _status(year: int, item: ReportOutcome) -> str:
    status = _STATUS_RU[item.status]
    if item.status is not ReportStatus.FAILED:
        return status
    log = f' <a href="{address(year, item.log)}">журнал</a>' if item.log else ""
    earlier = " Файлы — от прежнего построения." if item.files else ""
    return f'{status}<div class="why">{escape(item.error or "")}{earlier}{log}</div>'
