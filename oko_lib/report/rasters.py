"""Vector pictures as PNG for Word, drawn by the same engine and fonts as the PDF."""

from __future__ import annotations

import logging

from oko_lib.report.style import FONT_DIR, TEXT_WIDTH_MM
from oko_lib.report.typst_escape import string
from oko_lib.report.typst_state import note_compilation

_log = logging.getLogger(__name__)
PPI = 200.0


def svg_to_png(svg: str, ppi: float = PPI) -> bytes | None:
    """Return an SVG as PNG no wider than the text of a page, or None if it cannot be drawn.

    Must not be called in a process that forks afterwards: the Typst compiler does not survive a fork.
    """
    import typst

    note_compilation()
    source = (
        "#set page(width: auto, height: auto, margin: 0pt, fill: white)\n"
        f'#let picture(..size) = image(bytes({string(svg)}), format: "svg", ..size)\n'
        f"#let widest = {TEXT_WIDTH_MM}mm\n"
        "#context if measure(picture()).width > widest [#picture(width: widest)] else [#picture()]\n"
    )
    try:
        made = typst.compile(
            source.encode(), font_paths=[str(FONT_DIR)], ignore_system_fonts=True, format="png", ppi=ppi
        )
    except Exception as error:
        _log.warning("a picture could not be drawn: %s", error)
        return None
    return made[0] if isinstance(made, list) else made
