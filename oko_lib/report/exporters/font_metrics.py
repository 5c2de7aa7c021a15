"""How wide a text is when set in the table font: lets a table be laid out before the compiler sees it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..typst_escape import ZERO_WIDTH_SPACE

FONT_DIR = Path(__file__).resolve().parents[1] / "fonts"
_FILES = {False: "PTS55F.ttf", True: "PTS75F.ttf"}
_UNKNOWN_EM = 0.7  # a character the font does not have comes from a fallback font; most are narrower than this


@cache
def _advances(bold: bool) -> tuple[dict[int, float], float]:
    from fontTools.ttLib import TTFont

    with TTFont(FONT_DIR / _FILES[bold], lazy=True) as font:
        widths = font["hmtx"].metrics
        em = font["head"].unitsPerEm
        known = {code: widths[name][0] / em for code, name in font.getBestCmap().items()}
        return known | {ord(ZERO_WIDTH_SPACE): 0.0}, _UNKNOWN_EM


def text_width(text: str, size: float = 1.0, bold: bool = False) -> float:
    """Return the width of one line of ``text`` in PT Sans at ``size`` points, in points (kerning not counted)."""
    known, other = _advances(bold)
    return size * sum(known.get(ord(char), other) for char in text)
