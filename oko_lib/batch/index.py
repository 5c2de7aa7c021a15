"""The page that links all reports of a year: plain, offline, printable."""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from oko_lib.batch.outcomes import ReportOutcome, ReportStatus

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
.mark {{ color: #555; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="mark">Для служебного пользования</p>
<p>{summary}</p>
<table>
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
    year: int, outcomes: list[ReportOutcome], titles: dict[str, str], *, data: str, code: str, finished: datetime
) -> str:
    """Return the page for `year`.

    Parameters
    ----------
    outcomes : list of ReportOutcome
        In the order to be shown.
    titles : dict of str
        Direction → Russian title.
    data, code : str
        Versions of the last run.
    finished : datetime
        When it ended.
    """
    failed = sum(item.status is ReportStatus.FAILED for item in outcomes)
    summary = f"Отчётов: {len(outcomes)}; готовы: {len(outcomes) - failed}; не построены: {failed}."
    return _PAGE.format(
        title=f"Отчёты об оценке качества образования, {year} год",
        summary=summary,
        rows="\n".join(_row(year, item, titles) for item in outcomes),
        data=escape(data),
        code=escape(code),
        finished=finished.strftime("%d.%m.%Y %H:%M"),
    )


def _row(year: int, item: ReportOutcome, titles: dict[str, str]) -> str:
    status = _STATUS_RU[item.status]
    why = ""
    if item.status is ReportStatus.FAILED:
        log = f' <a href="{_link(year, item.log)}">журнал</a>' if item.log else ""
        earlier = " Файлы — от прежнего построения." if item.files else ""
        why = f'<div class="why">{escape(item.error or "")}{earlier}{log}</div>'
    links = " ".join(
        f'<a href="{_link(year, item.files[kind])}">{title}</a>'
        for kind, title in _FORMATS_RU.items()
        if kind in item.files
    )
    name = escape(item.municipality_name)
    direction = escape(titles.get(item.direction, item.direction))
    return f"<tr><td>{name}</td><td>{direction}</td><td>{status}{why}</td><td>{links}</td></tr>"


def _link(year: int, path: str) -> str:
    """Return the address of a file (relative to ``outputs``) as seen from the year's page."""
    return quote(PurePosixPath(os.path.relpath(path, str(year)).replace(os.sep, "/")).as_posix())
