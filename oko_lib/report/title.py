"""The title block: what, about whom, which year, from which data, when built, and the mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from oko_lib.report import palette
from oko_lib.report.style import SANS, bundle, html_text, typst_colour, typst_text

MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня",
    "июля", "августа", "сентября", "октября", "ноября", "декабря",
)  # fmt: skip
INTERNAL_MARK = "для служебного пользования"


def long_date(day: date) -> str:
    """Return «22 ноября 2026 г.»."""
    return f"{day.day}\u00a0{MONTHS[day.month - 1]} {day.year}\u00a0г."


@dataclass(frozen=True)
class TitleBlock:
    """Head of page one.

    Parameters
    ----------
    title : str
        What the report is.
    municipality, direction, year : str, str, str or int
        About whom, which direction of ОКО, which year.
    subtitle : str
        One line under the title; may be empty.
    facts : mapping or sequence of pairs
        «Данные», «Построен» …, printed as a small list.
    mark : str
        «для служебного пользования»; empty in public reports.
    """

    title: str
    municipality: str
    direction: str
    year: str | int
    subtitle: str = ""
    facts: Mapping[str, object] | Sequence[tuple[str, object]] = field(default_factory=tuple)
    mark: str = INTERNAL_MARK

    @property
    def fact_rows(self) -> list[tuple[str, str]]:
        """Facts as printed; dates in words."""
        pairs = self.facts.items() if isinstance(self.facts, Mapping) else self.facts
        return [(str(key), long_date(value) if isinstance(value, date) else str(value)) for key, value in pairs]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        rows = self.fact_rows
        head = " · ".join(str(part) for part in (self.direction, self.year) if part)
        plain = "\n".join(
            part
            for part in (
                self.mark, self.title, self.municipality, head, self.subtitle, *(f"{k}: {v}" for k, v in rows)
            )
            if part
        )  # fmt: skip
        facts = "".join(f"<dt>{html_text(key)}</dt><dd>{html_text(value)}</dd>" for key, value in rows)
        mark = f'<div class="oko-mark">{html_text(self.mark)}</div>' if self.mark else ""
        subtitle = f'<div class="oko-subtitle">{html_text(self.subtitle)}</div>' if self.subtitle else ""
        page = (
            f'<header class="oko-box oko-title">{mark}<div class="oko-subtitle">{html_text(head)}</div>'
            f"<h1>{html_text(self.title)}</h1>"
            f"<div><b>{html_text(self.municipality)}</b></div>{subtitle}<dl>{facts}</dl></header>"
        )
        described = {
            "kind": "title",
            "title": self.title,
            "subtitle": self.subtitle,
            "municipality": self.municipality,
            "direction": self.direction,
            "year": self.year,
            "facts": [list(row) for row in rows],
            "mark": self.mark,
        }
        return bundle(plain, page, self._typst(head, rows), described)

    def _typst(self, head: str, rows: list[tuple[str, str]]) -> str:
        accent, muted = typst_colour(palette.ACCENT), typst_colour(palette.MUTED)
        parts = [f'#set text(font: "{SANS}", hyphenate: false)', "#set par(justify: false)"]
        if self.mark:
            parts.append(f"#align(right, text(size: 8.5pt, fill: {muted})[{typst_text(self.mark)}])\n#v(-4pt)")
        parts.append(f"#text(size: 9.5pt, fill: {muted})[{typst_text(head)}]")
        title = f'text(size: 19pt, weight: "bold", fill: {accent})[{typst_text(self.title)}]'
        parts.append(f"#block(above: 8pt, below: 9pt, {title})")
        parts.append(f'#text(size: 12.5pt, weight: "bold")[{typst_text(self.municipality)}]')
        if self.subtitle:
            subtitle = f"text(size: 10.5pt, fill: {muted})[{typst_text(self.subtitle)}]"
            parts.append(f"#block(above: 7pt, {subtitle})")
        if rows:
            cells = ", ".join(f"text(fill: {muted})[{typst_text(key)}], [{typst_text(value)}]" for key, value in rows)
            grid = f"grid(columns: (auto, 1fr), column-gutter: 10pt, row-gutter: 5pt, {cells})"
            parts.append(f"#block(above: 10pt, text(size: 9pt, {grid}))")
        frame = f"inset: (bottom: 8pt), stroke: (bottom: 1.5pt + {accent})"
        body = "\n".join(parts)
        return f"#block(width: 100%, breakable: false, below: 12pt, {frame})[\n{body}\n]\n"
