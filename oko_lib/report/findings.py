"""Boxes «Главное» and «Что проверить»: short sentences, each with its pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oko_lib.report import palette
from oko_lib.report.style import SANS, bundle, html_text, typst_colour, typst_text


@dataclass(frozen=True)
class Finding:
    """One sentence and where its number can be seen.

    Parameters
    ----------
    text : str
        A sentence with its number and interval.
    pointer : str
        «табл. 3», from :meth:`oko_lib.report.numbering.Numbering.ref`; empty when there is none.
    """

    text: str
    pointer: str = ""

    def __str__(self) -> str:
        text = self.text.strip()
        if not self.pointer:
            return text
        stop = text[-1:] if text[-1:] in ".!?" else "."
        return f"{text.rstrip('.!?')} ({self.pointer}){stop}"


@dataclass(frozen=True)
class FindingsBox:
    """A titled box of findings.

    Parameters
    ----------
    items : sequence of Finding or str
        Three to five; an empty box says so in words.
    title : str
        «Главное», «Что проверить» …
    empty : str
        The sentence of an empty box.
    """

    items: Sequence[Finding | str]
    title: str = "Главное"
    empty: str = "Нет сведений, на которых можно построить вывод."

    @property
    def sentences(self) -> list[str]:
        """The findings as printed."""
        return [str(item) for item in self.items] or [self.empty]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        lines = self.sentences
        plain = "\n".join([self.title, *(f"• {line}" for line in lines)])
        items = "".join(f"<li>{html_text(line)}</li>" for line in lines)
        page = f'<div class="oko-box oko-findings"><h3>{html_text(self.title)}</h3><ul>{items}</ul></div>'
        described = {"kind": "findings", "title": self.title, "items": lines}
        return bundle(plain, page, self._typst(lines), described)

    def _typst(self, lines: list[str]) -> str:
        items = ", ".join(f"[{typst_text(line)}]" for line in lines)
        accent = typst_colour(palette.ACCENT)
        return (
            f"#block(width: 100%, fill: {typst_colour(palette.ACCENT_TINT)}, inset: (x: 10pt, y: 8pt),"
            f" stroke: (left: 3pt + {accent}), above: 10pt, below: 10pt)[\n"
            "#set par(justify: false)\n"
            f'#block(sticky: true, below: 6pt, text(font: "{SANS}", weight: "bold", size: 11.5pt, fill: {accent})'
            f"[{typst_text(self.title)}])\n"
            f"#list(tight: false, spacing: 5pt, marker: text(fill: {accent})[•], indent: 0pt, {items})\n]\n"
        )


def main_findings(items: Sequence[Finding | str]) -> FindingsBox:
    """Return the box «Главное»."""
    return FindingsBox(items, "Главное")


def what_to_check(items: Sequence[Finding | str]) -> FindingsBox:
    """Return the box «Что проверить»."""
    return FindingsBox(items, "Что проверить", "Поводов для проверки по этим данным нет.")
