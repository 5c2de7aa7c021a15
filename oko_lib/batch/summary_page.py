"""The summary of a run as a page: opened from a folder without a network, fit to print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from oko_lib.batch.page import address, file_links, page
from oko_lib.batch.summary_content import Cell, SummaryContent, Table

_STYLE = """
.facts { width: auto; }
.facts th { font-weight: 400; padding-right: 1.5rem; white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
.total td { font-weight: 600; border-top: 2px solid #1f3a5f; }
"""

_BODY = """<p><strong>{state}</strong></p>
<p><a href="index.html">Все отчёты года</a> <a href="run_summary.xlsx">Эта сводка в Excel</a></p>
<h2>Что получилось</h2>
{result}
{tables}
<h2>Что просили</h2>
{asked}
<h2>Версии</h2>
{versions}
<p class="mark">Сводка составлена {made}.</p>"""


def summary_page(content: SummaryContent, made: datetime) -> str:
    """Return the page.

    Parameters
    ----------
    content : SummaryContent
        What it says.
    made : datetime
        When, for the last line.
    """
    body = _BODY.format(
        state=escape(content.state),
        result=_facts(content.result),
        tables="\n".join(_section(table, content.year) for table in content.tables),
        asked=_facts(content.asked),
        versions=_facts(content.versions),
        made=made.strftime("%d.%m.%Y %H:%M"),
    )
    return page(content.title, body, _STYLE)


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
        cells.append(f'<td><a href="{address(year, log)}">журнал</a></td>' if log else "<td></td>")
    if any(table.files):
        files = table.files[number]
        about = escape(", ".join(_shown(value) for value in table.rows[number][:2]))
        cells.append(f"<td>{file_links(year, files, about)}</td>")
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
