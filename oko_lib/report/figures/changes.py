"""Schools from last year to this year: shares, and the change beyond the region's with its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from oko_lib.report import palette
from oko_lib.report.figures.order import by_name
from oko_lib.report.figures.parts import Key, require
from oko_lib.report.figures.sheet import Sheet, intervals, marks, names_in_rows, rectangles, room_for_rows, sheet
from oko_lib.report.figures.theme import NORMAL, theme
from oko_lib.report.numbers import TOO_FEW, for_figure, integer, is_missing, number

WHAT = "Рисунок изменений"
#: State → its word, mark and colour: the mark alone tells the states apart in a copy without colours.
STATES = {
    "growth": ("рост", "up", palette.BLUE),
    "decline": ("снижение", "down", palette.ORANGE),
    "indistinct": ("неразличимо", "ring", palette.GREY),
}
_NAME, _N_BEFORE, _N_NOW = 116.0, 142.0, 167.0
_SHARES, _SHARES_WIDTH = 178.0, 122.0
_CHANGE, _CHANGE_WIDTH, _STATE = 318.0, 84.0, 412.0
_HEAD_LINES = 2


def changes_chart(
    frame: pd.DataFrame,
    *,
    before: str = "год назад",
    now: str = "этот год",
    what: str = "Доля участников, %",
    region: tuple[float, float] | None = None,
    share_range: tuple[float, float] = (0.0, 1.0),
    change_range: tuple[float, float] = (-0.4, 0.4),
) -> Figure:
    """Return one row per school: its two shares, the change beyond the region's with interval, its state in words.

    Parameters
    ----------
    frame : DataFrame
        One row per school, in any order (drawn by name): ``school`` (short name), ``n_before``, ``n_now``
        (participants; missing where there were none), ``share_before``, ``share_now`` (fractions; missing where not
        known), ``change``, ``change_low``, ``change_high`` (this year's change beyond the region's common change and
        its interval, fractions; missing when the method refused), ``state`` ("growth", "decline", "indistinct";
        anything else, also missing, is written «м.д.»). Optional ``fluctuation``: half-width (fraction) of the band a
        school of this size moves in although nothing changed; shaded around zero.
    before, now : str
        Years as the headings and the key name them: «2025».
    what : str
        Heading over the shares with its unit.
    region : (float, float), optional
        The region's shares of the two years (fractions), drawn as a last row.
    share_range, change_range : (float, float)
        The same in all reports, so that two municipalities can be laid side by side; what lies outside stands at the
        edge, an interval cut there ends in an arrowhead.

    Raises
    ------
    KeyError, ValueError
        If a column is missing, there are no rows, or they do not fit a page (use
        :func:`oko_lib.report.figures.order.portions`).
    """
    columns = ["school", "n_before", "n_now", "share_before", "share_now", "change", "change_low", "change_high"]
    require(frame, [*columns, "state"], WHAT)
    rows = by_name(frame)
    banded = "fluctuation" in rows and bool(rows["fluctuation"].notna().any())
    keys = [
        Key(before, palette.BLUE, "ring"),
        Key(now, palette.BLUE, "dot"),
        *[Key(word, colour, kind) for word, kind, colour in STATES.values()],
        *([Key("обычные колебания", palette.GREY_LIGHT)] if banded else []),
    ]
    names = [*rows["school"], *(["Регион"] if region else [])]
    texts, heights = names_in_rows(names, _NAME - 4, lines=3, room=room_for_rows(keys, _HEAD_LINES))
    with theme():
        made = sheet(heights, keys, _HEAD_LINES, WHAT)
        made.rules(made.tops[1:-1])
        _heads(made, before, now, what)
        for text, y in zip(texts, made.middles, strict=True):
            made.write(0, y, text, fontsize=NORMAL)
        for y, row in zip(made.middles, rows.to_dict("records"), strict=False):
            made.write(_N_BEFORE, y, _count(row["n_before"]), "right", color=palette.MUTED)
            made.write(_N_NOW, y, _count(row["n_now"]), "right", color=palette.MUTED)
            word = STATES[row["state"]][0] if row["state"] in STATES else TOO_FEW
            told = row["state"] in {"growth", "decline"}
            made.write(_STATE, y, word, color=palette.INK if told else palette.MUTED, gid="state")
        _shares(made.panel(_SHARES, _SHARES_WIDTH, share_range), made, rows, region)
        _change(made.panel(_CHANGE, _CHANGE_WIDTH, change_range), made, rows, banded)
    return made.figure


def _heads(made: Sheet, before: str, now: str, what: str) -> None:
    made.head(0, "Школа")
    made.head(_N_BEFORE, f"n\n{before}" if len(before) <= 5 else "n\nбыло", "right")
    made.head(_N_NOW, f"n\n{now}" if len(now) <= 5 else "n\nстало", "right")
    made.head(_SHARES, what)
    made.head(_CHANGE, "Изменение сверх\nобщего, п.п.")
    made.head(_STATE, "Состояние")


def _count(n: object) -> str:
    return "…" if is_missing(n) else integer(n)


def _shares(ax: Axes, made: Sheet, rows: pd.DataFrame, region: tuple[float, float] | None) -> None:
    # The heading has the unit: «100 %» would run into the first number of the next panel.
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(lambda value, _: for_figure(number(value * 100)))
    middles = made.middles[: len(rows)]
    intervals(ax, middles, rows["share_before"], rows["share_now"], colour=palette.BLUE_LIGHT, width=1.6)
    marks(ax, rows["share_before"], middles, "ring", palette.BLUE, size=6.4, gid="before")
    marks(ax, rows["share_now"], middles, "dot", palette.BLUE, gid="now")
    if region:
        y = made.middles[-1:]
        intervals(ax, y, region[:1], region[1:], colour=palette.GREY_LIGHT, width=1.6)
        marks(ax, region[:1], y, "ring", palette.GREY, size=6.4)
        marks(ax, region[1:], y, "dot", palette.GREY)


def _change(ax: Axes, made: Sheet, rows: pd.DataFrame, banded: bool) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))
    ax.xaxis.set_major_formatter(lambda value, _: for_figure(number(value * 100, signed=True)))
    first, last = ax.get_xlim()
    if banded:
        half = pd.to_numeric(rows["fluctuation"], errors="coerce").clip(lower=0, upper=max(-first, last))
        bands = [
            (max(first, -reach), min(last, reach), top, below)
            for top, below, reach in zip(made.tops[:-1], made.tops[1:], half, strict=False)
            if not is_missing(reach)
        ]
        rectangles(ax, bands, facecolor=palette.GREY_LIGHT, alpha=0.55, zorder=1, gid="fluctuation")
    ax.axvline(0, color=palette.MUTED, linewidth=0.9, zorder=2)
    middles = made.middles[: len(rows)]
    for code, (_, kind, colour) in STATES.items():
        mine = (rows["state"] == code).to_numpy(dtype=bool, na_value=False)
        at = [y for y, own in zip(middles, mine, strict=True) if own]
        chosen = rows[mine]
        dark = palette.MUTED if code == "indistinct" else colour
        intervals(ax, at, chosen["change_low"], chosen["change_high"], colour=dark, width=1.2)
        marks(ax, chosen["change"], at, kind, dark, size=6.0 if kind in {"up", "down"} else 5.0, gid=code)
