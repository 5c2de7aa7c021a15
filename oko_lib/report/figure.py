"""Report figures: a matplotlib figure (or SVG) with its number, caption and alt text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.theme import theme
from oko_lib.report.style import SANS, bundle, html_text, typst_colour, typst_label, typst_text
from oko_lib.report.svg_writer import svg_of
from oko_lib.report.typst_escape import string

_GROUP_ID = re.compile(r'<g id="[^"]*">')
_COORDINATE = re.compile(r"(?<![\w#.-])-?\d+\.\d{3,}(?![\w%])")
_HEAD = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>", re.DOTALL)


def to_svg(figure: Figure) -> str:
    """Return a figure as SVG: text stays text, the same figure gives the same characters.

    The group ids matplotlib writes («axes_1») are dropped — several figures share one HTML page — and coordinates are
    cut to a hundredth of a point, which halves the file.
    """
    with theme():
        svg = _HEAD.sub("", svg_of(figure))
    svg = _GROUP_ID.sub("<g>", svg)
    svg = _COORDINATE.sub(lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip(".") or "0", svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip())


@dataclass(frozen=True)
class ReportFigure:
    """A numbered figure.

    Parameters
    ----------
    content : matplotlib.figure.Figure or str
        Figure as made by :mod:`oko_lib.report.figures`, or finished SVG.
    number, label : int, str
        From :class:`oko_lib.report.numbering.Numbering`; without a number the caption stands alone.
    caption : str
        What is seen, without «Рисунок N —».
    alt : str
        For readers who cannot see it; the caption when empty.
    """

    content: Figure | str
    number: int | None = None
    label: str = ""
    caption: str = ""
    alt: str = ""
    _cache: dict = field(default_factory=dict, repr=False, compare=False)

    @property
    def svg(self) -> str:
        """The figure as SVG."""
        if "svg" not in self._cache:
            self._cache["svg"] = self.content if isinstance(self.content, str) else to_svg(self.content)
        return self._cache["svg"]

    @property
    def title(self) -> str:
        """«Рисунок 2 — …»."""
        caption = self.caption.strip().rstrip(".")
        return f"Рисунок {self.number} — {caption}" if self.number is not None else caption

    @property
    def alt_text(self) -> str:
        """Alternative text, never empty."""
        return self.alt.strip() or self.title or "Рисунок"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        described = {
            "kind": "figure",
            "number": self.number,
            "label": self.label,
            "caption": self.caption.strip().rstrip("."),
            "alt": self.alt_text,
        }
        result = bundle(self.title, self._html(), self._typst(), described)
        result["image/svg+xml"] = self.svg
        return result

    def _html(self) -> str:
        anchor = f' id="{html_text(self.label)}"' if self.label else ""
        head, rest = self._caption_parts()
        bold = f"<b>{html_text(head)}</b> — " if head else ""
        svg = self.svg.replace("<svg ", f'<svg role="img" aria-label="{html_text(self.alt_text)}" ', 1)
        return f'<figure class="oko-fig"{anchor}>{svg}<figcaption>{bold}{html_text(rest)}</figcaption></figure>'

    def _caption_parts(self) -> tuple[str, str]:
        caption = self.caption.strip().rstrip(".")
        return (f"Рисунок {self.number}", caption) if self.number is not None else ("", caption)

    def _typst(self) -> str:
        head, rest = self._caption_parts()
        bold = f'#text(weight: "bold", fill: {typst_colour(palette.ACCENT)})[{typst_text(head)}] — ' if head else ""
        caption = (
            f'#block(above: 6pt, text(font: "{SANS}", size: 9.5pt, hyphenate: false)'
            f"[#set par(justify: false)\n{bold}{typst_text(rest)}])"
        )
        return (
            "#[\n#show figure: set block(breakable: false, above: 14pt, below: 14pt)\n"
            "#figure(kind: image, supplement: none, numbering: none, gap: 0pt)[#block(width: 100%)[\n"
            "#set align(left)\n"
            # A block of its own: an image in the running text would get a paragraph's distance to its caption.
            f'#block(below: 6pt, image(bytes({string(self.svg)}), format: "svg", width: 100%,'
            f" alt: {string(self.alt_text)}))\n"
            f"{caption}\n]]{typst_label(self.label)}\n]\n"
        )
