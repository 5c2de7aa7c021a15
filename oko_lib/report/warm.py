"""What every report does anew unless its process, or the one it was forked from, has done it before."""

from __future__ import annotations

from itertools import product

import pandas as pd

from oko_lib.report.exporters import warm_up as warm_up_exporters
from oko_lib.report.figure import to_svg
from oko_lib.report.figures.stacked import agreement_bars
from oko_lib.report.grammar import analyser
from oko_lib.report.style import text_width

#: Letters whose neighbourhoods make up most of the widths of a report's texts.
_SMALL = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_CAPITALS = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ"
_NUMBERS = "0123456789,.()–−+%\u00a0 "


def warm_up() -> None:
    """Read fonts and the dictionary of word forms, and draw one figure; a fork then finds all of it in memory.

    Compiles no Typst: a fork after that would hang.
    """
    analyser()
    warm_up_exporters()
    for bold, (first, second) in product((False, True), ((_SMALL, _SMALL), (_CAPITALS, _SMALL), (_NUMBERS, _NUMBERS))):
        for pair in product(first, second):
            text_width("".join(pair), 9.0, bold)
    shares = {"lowered": 0.2, "confirmed": 0.7, "raised": 0.1, "lowered_low": 0.15, "lowered_high": 0.25}
    frame = pd.DataFrame([{"label": "Математика, 5 класс", "scope": "own", "n": 100, **shares}])
    to_svg(agreement_bars(frame))
