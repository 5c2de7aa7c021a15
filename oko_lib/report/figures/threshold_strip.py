"""Shares below the threshold by school and work against the line that makes a school one of low results."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.parts import Key, missing_row, require
from oko_lib.report.figures.sheet import AIR, LINE, intervals, marks, sheet
from oko_lib.report.figures.theme import NORMAL, SMALL, percent_axis, theme
from oko_lib.report.numbers import NARROW, TOO_FEW, for_figure, integer, is_missing, number, percent
from oko_lib.report.style import clipped, text_width, wrapped

WHAT = "Рисунок долей ниже порога"
_SCHOOL, _WORK, _COUNT, _PANEL, _PANEL_WIDTH = 108.0, 114.0, 258.0, 270.0, 146.0
#: Names may be drawn a little wider than they are measured.
_SPARE = 6.0
_STEP, _GAP, _HEAD_LINES = 12.0, 4.0, 2
#: Zone of a row → mark and colour; the mark alone tells the zones apart in a copy without colours.
_ZONES = {"below": ("dot", palette.BLUE), "risk": ("square", palette.PURPLE), "reached": ("diamond", palette.ORANGE)}


def threshold_strip(
    frame: pd.DataFrame,
    threshold: float = 0.30,
    *,
    risk_from: float | None = 0.25,
    before: str = "год назад",
    x_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Return schools with their works: share below the threshold, interval, last year, probability.

    Parameters
    ----------
    frame : DataFrame
        One row per school and work; schools are drawn by name, the works of a school in the order given: ``school``
        (short name, one per school), ``procedure`` («ОГЭ · Математика»), ``n`` (participants), ``n_below`` (did not
        reach the threshold of the work), ``share``, ``low``, ``high`` (fractions, share with its interval; missing
        where there is no answer), ``probability`` (that the true share is at least `threshold`; may be missing),
        ``share_before`` (last year's fraction; missing where there was none).
    threshold : float
        Share from which the sign of the method counts. «Not less than»: exactly `threshold` counts, judged by the
        numbers of pupils, never by a rounded per cent.
    risk_from : float, optional
        Where the shaded zone of risk begins; None draws no zone.
    before : str
        Last year as the key names it.
    x_range : (float, float)
        The same in all reports.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page (use
        :func:`oko_lib.report.figures.order.portions`).
    """
    columns = ["school", "procedure", "n", "n_below", "share", "low", "high", "probability", "share_before"]
    require(frame, columns, WHAT)
    rows = by_name(frame)
    zones = [_zone(row, threshold, risk_from) for row in rows.to_dict("records")]
    limit = percent(threshold, 0)
    keys = [
        Key(f"{limit} и более", _ZONES["reached"][1], "diamond"),
        *([Key(f"от {percent(risk_from, 0)} до {limit}", _ZONES["risk"][1], "square")] if risk_from else []),
        Key(f"менее {percent(risk_from or threshold, 0)}", _ZONES["below"][1], "dot"),
        Key(before, palette.GREY, "ring"),
        *([Key("зона риска", palette.GREY_LIGHT)] if risk_from else []),
    ]
    blocks = [list(block.index) for _, block in rows.groupby("school", sort=False)]
    names = [wrapped(for_figure(str(rows["school"][block[0]])), _SCHOOL - _SPARE, NORMAL, lines=2) for block in blocks]
    with theme():
        made = sheet(_heights(blocks, names), keys, _HEAD_LINES, WHAT)
        ends = [made.tops[block[-1] + 1] for block in blocks]
        made.rules(ends[:-1])
        made.head(0, "Школа")
        made.head(_WORK, "Работа")
        made.head(_COUNT, "Ниже\nпорога", "right")
        made.head(_PANEL, "Доля не преодолевших порог")
        made.head(made.width, f"P (доля\n≥ {limit})", "right")
        ax = made.panel(_PANEL, _PANEL_WIDTH, x_range)
        percent_axis(ax)
        ax.set_xticks(_ticks(threshold, x_range))
        if risk_from:
            ax.axvspan(risk_from, threshold, color=palette.GREY_LIGHT, alpha=0.7, linewidth=0, zorder=1)
        ax.axvline(threshold, color=palette.INK, linewidth=1.0, zorder=2)
        for block, name, end in zip(blocks, names, ends, strict=True):
            made.write(0, (made.tops[block[0]] + end) / 2, "\n".join(name), fontsize=NORMAL)
        # Beside the line, which would cross the words.
        first, span = x_range[0], x_range[1] - x_range[0]
        words_at = (threshold if threshold - first < span / 2 else first) + 0.03 * span
        places = _places(made.tops, blocks)
        for y, row in zip(places, rows.to_dict("records"), strict=True):
            made.write(_WORK, y, _shortened(str(row["procedure"]), _COUNT - _WORK - 44), gid="procedure")
            made.write(_COUNT, y, _counts(row), "right", color=palette.MUTED)
            made.write(made.width, y, _probability(row), "right")
            if is_missing(row["share"]):
                missing_row(ax, y, words_at, TOO_FEW if row["n"] != 0 else "нет участников")
        intervals(ax, places, rows["low"], rows["high"], colour=palette.MUTED, width=1.2)
        marks(ax, rows["share_before"], places, "ring", palette.GREY, size=6.4, zorder=2.5, gid="before")
        for zone, (kind, colour) in _ZONES.items():
            mine = [index for index, given in enumerate(zones) if given == zone]
            marks(ax, rows["share"].iloc[mine], [places[index] for index in mine], kind, colour, gid=zone)
    return made.figure


def _shortened(work: str, width: float) -> str:
    """A work's name in its column; its last part, the grade, stays."""
    head, dot, grade = for_figure(work).rpartition(" · ")
    tail = dot + grade
    if not head or text_width(tail, SMALL) > width / 2:
        return clipped(for_figure(work), width, SMALL)
    return clipped(head, width - text_width(tail, SMALL), SMALL) + tail


def _zone(row: dict, threshold: float, risk_from: float | None) -> str:
    """Zone of a row from its counts; from the share where the counts are not known."""
    if is_missing(row["n"]) or is_missing(row["n_below"]) or not row["n"]:
        share = Fraction(0) if is_missing(row["share"]) else Fraction(repr(float(row["share"])))
    else:
        share = Fraction(int(row["n_below"]), int(row["n"]))
    # «0.3» is meant as three tenths, not as the binary number nearest to it.
    if share >= Fraction(str(threshold)):
        return "reached"
    return "risk" if risk_from and share >= Fraction(str(risk_from)) else "below"


def _ticks(threshold: float, x_range: tuple[float, float]) -> list[float]:
    """The threshold and every quarter that does not come close to it."""
    room = (x_range[1] - x_range[0]) * 0.12
    quarters = [quarter / 4 for quarter in range(5) if abs(quarter / 4 - threshold) > room]
    return [tick for tick in sorted([*quarters, threshold]) if x_range[0] <= tick <= x_range[1]]


def _heights(blocks: list[list[int]], names: list[list[str]]) -> list[float]:
    """Heights of the rows; the rows of a school share its air and what its name needs."""
    heights = []
    for block, name in zip(blocks, names, strict=True):
        need = max(len(block) * _STEP + _GAP, len(name) * LINE + AIR)
        heights += [need / len(block)] * len(block)
    return heights


def _places(tops: tuple[float, ...], blocks: list[list[int]]) -> list[float]:
    """Middles of the rows, the works of one school closer to each other than to the next school."""
    places = []
    for block in blocks:
        middle = (tops[block[0]] + tops[block[-1] + 1]) / 2
        places += [middle + (number - (len(block) - 1) / 2) * _STEP for number in range(len(block))]
    return places


def _counts(row: dict) -> str:
    if is_missing(row["n"]):
        return "…"
    if not row["n"]:
        return "0"
    below = "…" if is_missing(row["n_below"]) else integer(row["n_below"])
    return f"{below} из {integer(row['n'])}"


def _probability(row: dict) -> str:
    """A probability with two places; never «0,00» or «1,00», which would be a certainty nobody has."""
    if is_missing(row["probability"]):
        return "…" if is_missing(row["n"]) or row["n"] else "—"
    if row["probability"] < 0.005:
        return f"<{NARROW}0,01"
    return f">{NARROW}0,99" if row["probability"] >= 0.995 else number(row["probability"], 2)
