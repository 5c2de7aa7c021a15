"""What the display objects share: page measures, fonts, and safe text in Typst and HTML."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from operator import add
from pathlib import Path

from PIL import ImageFont

from oko_lib.report import palette
from oko_lib.report.numbers import NARROW
from oko_lib.report.typst_escape import escape

FONT_DIR = Path(__file__).resolve().parent / "fonts"
SANS, SERIF = "PT Sans", "PT Serif"

MM = 72 / 25.4
#: Width of the text on an A4 page (margins 25 and 20 mm), upright and turned.
TEXT_WIDTH_MM = 165.0
LANDSCAPE_WIDTH_MM = 252.0
TEXT_WIDTH_IN = TEXT_WIDTH_MM / 25.4

#: PT fonts have no narrow no-break space. Typst would draw it with the glyph of the ordinary space, and every space of
#: the PDF would then be copied and searched as U+202F; a small no-break space looks alike and stays what it is.
TYPST_NARROW = '#text(size: 0.6em, "\\u{a0}")'

#: «Н-ский» must not be torn at its hyphen.
_ONE_LETTER = re.compile(r"(?<!\w)(\w)\\-(\w+)")

_LABEL = re.compile(r"[^A-Za-z0-9_:.-]+")


def typst_text(text: object) -> str:
    """Return `text` as Typst markup that prints exactly `text`."""
    return _ONE_LETTER.sub(r"#box[\1\\-\2]", escape(str(text))).replace(NARROW, TYPST_NARROW)


def typst_colour(colour: str) -> str:
    """Return a «#RRGGBB» colour as a Typst expression."""
    return f'rgb("{colour}")'


def typst_label(label: str | None) -> str:
    """Return «<label>» or nothing when there is no label."""
    cleaned = _LABEL.sub("-", label or "").strip("-.:")
    return f" <{cleaned}>" if cleaned else ""


def html_text(text: object) -> str:
    """Return `text` escaped for HTML, line ends kept."""
    return html.escape(str(text)).replace("\n", "<br>")


@lru_cache(maxsize=8)
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    # Basic layout: measures are the same with and without the optional shaping library.
    name = "PTS75F.ttf" if bold else "PTS55F.ttf"
    return ImageFont.truetype(str(FONT_DIR / name), 100, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=50_000)
def _length(text: str, bold: bool) -> float:
    """Width at 100 points: advances of the letters and the kerning of neighbours, each pair measured once.

    The basic layout adds up exactly this, but loads every letter of every text anew, the half of a table's cost.
    """
    text = text.replace(NARROW, "\u00a0")
    if not text:
        return 0.0
    pairs = _PAIRS[bold]
    length = pairs.get(text[0])
    if length is None:
        length = pairs[text[0]] = _font(bold).getlength(text[0])
    for pair in map(add, text, text[1:]):
        step = pairs.get(pair)
        if step is None:
            # What the second letter adds after the first.
            step = pairs[pair] = _font(bold).getlength(pair) - _font(bold).getlength(pair[0])
        length += step
    return length


#: Face (bold or not) → letter or pair of letters → its part of a text's width. A report knows some thousand pairs.
_PAIRS: dict[bool, dict[str, float]] = {False: {}, True: {}}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the printed width of one line of PT Sans in points."""
    return _length(text, bold) * size / 100


def wrapped(text: str, width: float, size: float, bold: bool = False, lines: int | None = None) -> list[str]:
    """Break `text` at spaces into lines no wider than `width` points; a word too long keeps its own line.

    Parameters
    ----------
    text : str
        One paragraph.
    width, size : float
        In points.
    bold : bool
        Measure with the bold face.
    lines : int, optional
        At most so many lines; the last one then ends with «…».
    """
    done: list[str] = []
    for word in text.split(" "):
        joined = f"{done[-1]} {word}" if done else word
        if done and text_width(joined, size, bold) <= width:
            done[-1] = joined
        else:
            done.append(word)
    if lines and len(done) > lines:
        done = done[:lines]
        last = done[-1]
        while last and text_width(last + "…", size, bold) > width:
            last = last[:-1].rstrip()
        done[-1] = last + "…"
    return [clipped(line, width, size, bold) for line in done]


def clipped(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return `text`, shortened with «…» if it is wider than `width` points."""
    if text_width(text, size, bold) <= width:
        return text
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1].rstrip()
    return text + "…"


#: One style sheet for the objects in JupyterLab and in the HTML report; every class begins with «oko-».
HTML_STYLE = f"""<style>
.oko-box,.oko-tbl,.oko-fig{{font-family:'PT Sans',Arial,sans-serif;color:{palette.INK};max-width:60em}}
.oko-tbl{{margin:1.2em 0;overflow-x:auto}}
.oko-tbl figcaption,.oko-tbl caption{{text-align:left;font-weight:700;color:{palette.ACCENT};padding:0 0 .4em;
caption-side:top}}
.oko-tbl table{{border-collapse:collapse;font-size:.92em;font-variant-numeric:tabular-nums;border:0}}
.oko-tbl th,.oko-tbl td{{padding:.28em .6em;border:0;vertical-align:top;background:none;white-space:normal}}
.oko-tbl thead th{{vertical-align:bottom;border-bottom:1.5px solid {palette.ACCENT};color:{palette.ACCENT};
font-weight:700}}
.oko-tbl thead tr.oko-groups th{{border-bottom:1px solid {palette.RULE}}}
.oko-tbl tbody tr,.oko-tbl tfoot tr{{background:none}}
.oko-tbl tbody td{{border-bottom:1px solid {palette.RULE_LIGHT}}}
.oko-tbl tfoot td{{border-top:1.5px solid {palette.ACCENT};font-weight:700}}
.oko-tbl .oko-left{{text-align:left}} .oko-tbl .oko-right{{text-align:right;white-space:nowrap}}
.oko-tbl th.oko-right{{white-space:normal}}
.oko-tbl .oko-center{{text-align:center}}
.oko-tbl .oko-pad{{visibility:hidden}}
.oko-notes{{font-size:.85em;color:{palette.MUTED};margin:.4em 0 0}}
.oko-fig{{margin:1.2em 0}} .oko-fig svg{{max-width:100%;height:auto}}
.oko-fig figcaption{{font-size:.95em;color:{palette.INK};margin-top:.3em}}
.oko-fig figcaption b,.oko-box h1,.oko-box h3{{color:{palette.ACCENT}}}
.oko-box{{margin:1em 0}} .oko-box ul{{margin:.3em 0 .3em 1.2em;padding:0}} .oko-box li{{margin:.3em 0}}
.oko-findings{{background:{palette.ACCENT_TINT};border-left:4px solid {palette.ACCENT};padding:.6em 1em}}
.oko-note{{border:1px solid {palette.RULE};border-left:4px solid {palette.GREY};padding:.5em 1em;font-size:.95em}}
.oko-box h3{{margin:0 0 .3em;font-size:1.1em}} .oko-title h1{{margin:.1em 0;font-size:1.7em}}
.oko-title{{border-bottom:2px solid {palette.ACCENT};padding-bottom:.6em}}
.oko-title dl{{display:grid;grid-template-columns:max-content 1fr;gap:.15em 1em;font-size:.92em;margin:.6em 0 0}}
.oko-title dt{{color:{palette.MUTED}}} .oko-title dd{{margin:0}}
.oko-mark{{float:right;color:{palette.MUTED};font-size:.85em}}
.oko-subtitle{{font-size:1.1em;color:{palette.MUTED}}}
</style>"""


def bundle(plain: str, html_body: str, typst: str, described: dict) -> dict[str, object]:
    """Return the mime bundle every display object answers with."""
    return {
        "text/plain": plain,
        "text/html": HTML_STYLE + html_body,
        "text/vnd.typst": typst,
        "application/vnd.oko+json": described,
    }
