"""The summary of a run as a page: opened from a folder without a network, fit to print."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from oko_lib.batch.summary_content import Cell, SummaryContent, Table

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
h2 {{ font-size: 1.15rem; color: #1f3a5f; margin: 2rem 0 .25rem; break-after: avoid; }}
p {{ margin: .25rem 0; }}
table {{ border-collapse: collapse; width: 100%; margin-top: .5rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #d5d9de; }}
th {{ color: #555; font-weight: 600; }}
.facts {{ width: auto; }}
.facts th {{ font-weight: 400; padding-right: 1.5rem; white-space: nowrap; }}
.number {{ text-align: right; white-space: nowrap; }}
.total td {{ font-weight: 600; border-top: 2px solid #1f3a5f; }}
.mark {{ color: #555; }}
a {{ color: #1f3a5f; margin-right: .5rem; white-space: nowrap; }}
@page {{ size: A4; margin: 15mm; }}
@media print {{
  body {{ font-size: 10pt; max-width: none; margin: 0; padding: 0; }}
  thead {{ display: table-header-group; }}
  tr {{ break-inside: avoid; }}
  a {{ text-decoration: none; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="mark">Для служебного пользования</p>
<p><strong>{state}</strong></p>
<p><a href="index.html">Все отчёты года</a> <a href="run_summary.xlsx">Эта сводка в Excel</a></p>
<h2>Что получилось</h2>
{result}
{tables}
<h2>Что просили</h2>
{asked}
<h2>Версии</h2>
{versions}
<p class="mark">Сводка составлена {made}.</p>
</body>
</html>
"""


def summary_page(content: SummaryContent, made: datetime) -> str:
    """Return the page.

    Parameters
    ----------
    content : SummaryContent
        What it says.
    made : datetime
        When, for the last line.
    """
    return _PAGE.format(
        title=escape(content.title),
        state=escape(content.state),
        result=_facts(content.result),
        tables="\n".join(_section(table, content.year) for table in content.tables),
        asked=_facts(content.asked),
        versions=_facts(content.versions),
        made=made.strftime("%d.%m.%Y %H:%M"),
    )


def _facts(facts: Mapping[str, str]) -> str:
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in facts.items()
    )
    return f'<table class="facts"><tbody>\n{rows}\n</tbody></table>'


def _section(table: Table, year: int) -> str:
    numeric = [any(isinstance(row[index], int | float) for row in table.rows) for index in range(len(table.columns))]
    heads = [
        f'<th scope="col"{_class(is_number)}>{escape(title)}</th>'
        for title, is_number in zip(table.columns, numeric, strict=True)
    ]
    if any(table.logs):
        heads.append('<th scope="col">Журнал</th>')
    if any(table.files):
        heads.append('<th scope="col">Файлы</th>')
    rows = "\n".join(_row(table, number, numeric, year) for number in range(len(table.rows)))
    note = f"<p>{escape(table.note)}</p>\n" if table.note else ""
    return (
        f"<h2>{escape(table.title)}</h2>\n{note}<table>\n<thead><tr>{''.join(heads)}</tr></thead>\n"
        f"<tbody>\n{rows}\n</tbody>\n</table>"
    )


def _row(table: Table, number: int, numeric: list[bool], year: int) -> str:
    cells = [
        f"<td{_class(is_number)}>{escape(_shown(value))}</td>"
        for value, is_number in zip(table.rows[number], numeric, strict=True)
    ]
    if any(table.logs):
        log = table.logs[number]
        cells.append(f'<td><a href="{_link(year, log)}">журнал</a></td>' if log else "<td></td>")
    if any(table.files):
        files = table.files[number]
        about = escape(", ".join(_shown(value) for value in table.rows[number][:2]))
        links = " ".join(
            f'<a href="{_link(year, files[kind])}" aria-label="{name}: {about}">{name}</a>'
            for kind, name in _FORMATS_RU.items()
            if kind in files
        )
        cells.append(f"<td>{links}</td>")
    last = table.total and number == len(table.rows) - 1
    mark = ' class="total"' if last else ""
    return f"<tr{mark}>{''.join(cells)}</tr>"


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _shown(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}".replace(",", "\u202f").replace(".", ",")
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else value


def _link(year: int, path: str) -> str:
    """Return the address of a file (relative to ``outputs``) as seen from the year's folder."""
    return quote(PurePosixPath(os.path.relpath(path, str(year)).replace(os.sep, "/")).as_posix())
