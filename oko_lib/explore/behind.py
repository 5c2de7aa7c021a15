"""What is behind a number, as it is shown beside a view."""

from __future__ import annotations

from oko_lib.explore.topic import Behind
from oko_lib.report.numbers import number
from oko_lib.report.style import HTML_STYLE, html_text
from oko_lib.settings.norms import Norm

_HEAD = '<h3 style="margin:.2em 0 .4em">Что стоит за числом</h3>'


def behind_html(behind: Behind, method_address: str | None = None) -> str:
    """Return facts, norms with their sources and the units a number is made of.

    Parameters
    ----------
    behind : Behind
    method_address : str or None
        Where the page of the method can be opened.
    """
    facts = "".join(
        f'<tr><th scope="row" style="text-align:left;white-space:nowrap">{html_text(name)}</th>'
        f'<td style="text-align:left">{html_text(text)}</td></tr>'
        for name, text in behind.facts
    )
    norms = "".join(f"<li>{_norm(norm)}</li>" for norm in behind.norms)
    parts = [
        f"<b>{html_text(behind.title)}</b>",
        f'<div class="oko-tbl" style="margin:.4em 0"><table><tbody>{facts}</tbody></table></div>',
        f"<b>Нормы и пороги</b><ul>{norms}</ul>" if norms else "",
        behind.units._html() if behind.units is not None else "",
        f'<a href="{html_text(method_address)}" target="_blank">Как устроен метод</a>' if method_address else "",
    ]
    return f'{HTML_STYLE}<div class="oko-box oko-behind">{_HEAD}{"".join(parts)}</div>'


def _norm(norm: Norm) -> str:
    value = number(norm.value, 0 if float(norm.value).is_integer() else _places(norm.value))
    year = f", {norm.year}" if norm.year else ""
    whose = "норма документа" if norm.official else "выбор рабочего места"
    return html_text(f"{value} {norm.unit} — {norm.clause}. {norm.source}{year} ({whose}).")


def _places(value: float) -> int:
    return len(f"{value:.6f}".rstrip("0").split(".")[1])
