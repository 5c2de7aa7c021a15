"""The page that links all reports of a year: plain, offline, printable."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from oko_lib.batch.outcomes import Problem, ReportOutcome, ReportStatus
from oko_lib.report.school_labels import short_labels

FILE_NAME = "index.html"

_STATUS_RU = {
    ReportStatus.BUILT: "построен",
    ReportStatus.UNCHANGED: "без изменений",
    ReportStatus.FAILED: "не построен",
}
_FORMATS_RU = {"pdf": "PDF", "html": "HTML", "docx": "Word", "xlsx": "Excel", "ipynb": "тетрадь"}

_PAGE = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 "PT Sans", "Segoe UI", Arial, sans-serif; color: #222; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; color: #1f3a5f; margin-bottom: .25rem; }}
p {{ margin: .25rem 0; }}
table {{ border-collapse: collapse; width: 100%; margin-top: 1.5rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid #d5d9de; }}
th {{ color: #555; font-weight: 600; }}
a {{ color: #1f3a5f; margin-right: .75rem; white-space: nowrap; }}
.why {{ color: #555; font-size: .9rem; }}
.group td {{ border-bottom: 0; }}
.schools ul {{ margin: 0; padding-left: 1.5rem; }}
.schools li {{ break-inside: avoid; }}
.mark {{ color: #555; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="mark">Для служебного пользования</p>
<p>{summary}</p>
{problems}<table>
<thead><tr><th scope="col">Кто</th><th scope="col">Направление</th><th scope="col">Состояние</th>
<th scope="col">Файлы</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p class="mark">Данные: {data}. Программа: {code}. Обновлено {finished}.</p>
</body>
</html>
"""


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
    return _PAGE.format(
        title=f"Отчёты об оценке качества образования, {year} год",
        summary=f"Отчётов: {counted}; готовы: {len(outcomes) - failed}; не построены: {failed}.",
        problems="".join(_problem(year, item, titles) for item in problems),
        rows="\n".join(_rows(year, items, titles) for items in groups.values()),
        data=escape(data),
        code=escape(code),
        finished=finished.strftime("%d.%m.%Y %H:%M"),
    )


def _problem(year: int, item: Problem, titles: dict[str, str]) -> str:
    log = f' <a href="{_link(year, item.log)}">журнал</a>' if item.log else ""
    return f'<p class="why">{escape(titles.get(item.direction, item.direction))}: {escape(item.error)}{log}</p>\n'


def _rows(year: int, items: list[ReportOutcome], titles: dict[str, str]) -> str:
    """Return the row of a municipality and direction, and below it the list of its schools' reports."""
    report = next((item for item in items if item.school is None), None)
    schools = [item for item in items if item.school is not None]
    name = escape(items[0].municipality_name)
    direction = escape(titles.get(items[0].direction, items[0].direction))
    status = _status(year, report) if report else ""
    links = _links(year, report, f"{name}, {direction}") if report else ""
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
    return f"<li>{label}: {status}{_links(year, item, f'{label}, {direction}')}</li>"


def _status(year: int, item: ReportOutcome) -> str:
    status = _STATUS_RU[item.status]
    if item.status is not ReportStatus.FAILED:
        return status
    log = f' <a href="{_link(year, item.log)}">журнал</a>' if item.log else ""
    earlier = " Файлы — от прежнего построения." if item.files else ""
    return f'{status}<div class="why">{escape(item.error or "")}{earlier}{log}</div>'


def _links(year: int, item: ReportOutcome, about: str) -> str:
    """Return a link for each file; its label says whose file it is to those who hear links one by one."""
    return " ".join(
        f'<a href="{_link(year, item.files[kind])}" aria-label="{title}: {about}">{title}</a>'
        for kind, title in _FORMATS_RU.items()
        if kind in item.files
    )


def _link(year: int, path: str) -> str:
    """Return the address of a file (relative to ``outputs``) as seen from the year's page."""
    return quote(PurePosixPath(os.path.relpath(path, str(year)).replace(os.sep, "/")).as_posix())
