"""Small pieces of HTML that panels are made of."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from oko_lib.explore.links import browser_address, lab_address

_CELL = "padding:2px 10px 2px 0;vertical-align:top;border-bottom:1px solid #ddd"


class Html(str):
    """Text that is HTML already."""


def shown(text: object) -> str:
    """Return HTML of a text; :class:`Html` as it is."""
    return text if isinstance(text, Html) else escape(str(text)).replace("\n", "<br>")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[int] = ()) -> Html:
    """Return a table; columns at the places `numbers` are set right."""

    def line(cells: Sequence[object], tag: str) -> str:
        sides = ["right" if place in numbers else "left" for place in range(len(cells))]
        return "".join(
            f'<{tag} style="{_CELL};text-align:{side}">{shown(cell)}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return Html(
        f'<table style="border-collapse:collapse;line-height:1.35"><thead><tr>{line(headings, "th")}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def bullets(items: Sequence[object]) -> Html:
    """Return a list."""
    return Html(f"<ul style='margin:0'>{''.join(f'<li>{shown(item)}</li>' for item in items)}</ul>" if items else "")


def folded(title: object, body: Html) -> Html:
    """Return a part that opens on a click."""
    return Html(f"<details><summary style='cursor:pointer'>{shown(title)}</summary>{body}</details>")


def heading(text: str) -> Html:
    """Return a heading."""
    return Html(f"<h3 style='margin:12px 0 4px'>{escape(text)}</h3>")


def bold(text: object) -> Html:
    """Return a text in bold."""
    return Html(f"<b>{shown(text)}</b>")


def paragraph(text: object) -> Html:
    """Return a paragraph."""
    return Html(f"<p style='margin:4px 0;max-width:60em;line-height:1.4'>{shown(text)}</p>")


def file_link(path: Path, title: str) -> Html:
    """Return the way to a file or a page; the path alone where no server shows it."""
    return _link(browser_address(path), path, title)


def notebook_link(path: Path, title: str) -> Html:
    """Return the way to a notebook or a folder in JupyterLab; the path alone where no server shows it."""
    return _link(lab_address(path), path, title)


def _link(address: str | None, path: Path, title: str) -> Html:
    if address is None:
        return Html(f"{escape(title)}: <code>{escape(str(path))}</code>")
    return Html(f'<a href="{escape(address)}" target="_blank" style="text-decoration:underline">{escape(title)}</a>')


def joined(items: Sequence[object], between: str = ", ") -> Html:
    """Return items one after another."""
    return Html(between.join(shown(item) for item in items))


def spaced(number: int) -> str:
    """Return a whole number with room between its thousands."""
    return f"{number:,}".replace(",", "\u202f")
