"""Distribution of primary scores with the borders of marks and what a smooth distribution would give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from oko_lib.report import palette
from oko_lib.report.figures.parts import Key, key_height, key_line, n_text
from oko_lib.report.figures.theme import SMALL, axes, canvas, number_axis, percent_axis, theme
from oko_lib.report.numbers import for_figure
from oko_lib.report.style import text_width

_LEFT, _RIGHT, _BOTTOM, _BODY = 42.0, 8.0, 34.0, 150.0


def border_histogram(
    counts: Sequence[float],
    borders: Mapping[int, int],
    *,
    expected: Sequence[float] | None = None,
    expected_low: Sequence[float] | None = None,
    expected_high: Sequence[float] | None = None,
    y_max: float | None = None,
    own: str = "доля работ",
    x_title: str = "Первичный балл",
) -> Figure:
    """Return a histogram of scores with marked borders.

    Parameters
    ----------
    counts : sequence of float, length maximum + 1
        Works with 0, 1, … points.
    borders : mapping
        Mark (3, 4, 5) → lowest score that gives it.
    expected : sequence of float, optional
        Counterfactual counts of the same length (missing where not estimated); None when the method refused.
    expected_low, expected_high : sequence of float, optional
        Their interval.
    y_max : float, optional
        Fixed upper end of the axis (fraction), so that municipalities can be laid side by side.
    own, x_title : str
        Texts of key and axis.

    Raises
    ------
    ValueError
        If there are no works or a border lies outside the scale.
    """
    works = np.nan_to_num(np.asarray(counts, dtype=float))
    total = works.sum()
    if total <= 0:
        raise ValueError("Распределение баллов: нет ни одной работы. Вместо пустого рисунка скажите об этом словами.")
    top_score = len(works) - 1
    for mark, score in borders.items():
        if not 0 < score <= top_score:
            raise ValueError(
                f"Распределение баллов: граница отметки «{mark}» ({score}) вне шкалы 0–{top_score}. Проверьте шкалу."
            )
    shares = works / total
    scores = np.arange(top_score + 1)
    colours = [palette.GREY_LIGHT] * (top_score + 1)
    for score in borders.values():
        colours[score] = palette.BLUE
        if score - 1 not in borders.values():
            colours[score - 1] = palette.BLUE_LIGHT
    limit = y_max or max(0.05, float(np.ceil(shares.max() * 1.12 * 50) / 50))
    keys = [
        Key(f"{own}, {n_text(total)}", palette.GREY_LIGHT),
        Key("первый балл отметки", palette.BLUE),
        Key("балл под границей", palette.BLUE_LIGHT),
    ]
    if expected is not None:
        keys.append(Key("ожидалось бы без скопления у границ", palette.ORANGE, "line"))
    with theme():
        figure = canvas((key_height(keys, _LEFT) + 12 + _BODY + _BOTTOM) / 72)
        key_line(figure, keys, _LEFT)
        width = figure.get_figwidth() * 72 - _LEFT - _RIGHT
        ax = axes(figure, _LEFT, _BOTTOM, width, _BODY)
        ax.grid(axis="x", visible=False)
        ax.bar(scores, np.minimum(shares, limit), width=0.86, color=colours, linewidth=0, zorder=2)
        if expected is not None:
            line = np.asarray(expected, dtype=float) / total
            if expected_low is not None and expected_high is not None:
                low, high = (np.asarray(bound, dtype=float) / total for bound in (expected_low, expected_high))
                ax.fill_between(scores, low, high, color=palette.ORANGE_LIGHT, alpha=0.5, linewidth=0, zorder=3)
            ax.plot(scores, line, color=palette.ORANGE, linewidth=1.5, zorder=4)
        ax.set_xlim(-0.6, top_score + 0.6)
        ax.set_ylim(0, limit)
        ax.set_xlabel(x_title, labelpad=4)
        percent_axis(ax, "y", digits=0 if limit >= 0.06 else 1)
        number_axis(ax, "x")
        ax.set_xticks(_ticks(top_score))
        _borders(ax, borders, top_score, width)
    return figure


def _ticks(top_score: int) -> list[int]:
    step = 1 if top_score <= 24 else 2 if top_score <= 50 else 5
    return list(range(0, top_score + 1, step))


def _borders(ax: Axes, borders: Mapping[int, int], top_score: int, width: float) -> None:
    step = width / (top_score + 1.2)
    previous_end = -1e9
    for mark, score in sorted(borders.items()):
        ax.axvline(score - 0.5, color=palette.BLUE_DARK, linewidth=0.9, linestyle=(0, (3, 2)), zorder=5)
        text = for_figure(f"«{mark}» от {score}")
        at = (score + 0.1) * step
        # Borders of short scales stand close: the later label is shortened to the mark.
        if at < previous_end + 4:
            text = f"«{mark}»"
        previous_end = at + text_width(text, SMALL)
        ax.annotate(
            text, (score - 0.5, 1), xycoords=("data", "axes fraction"), xytext=(1, 3), textcoords="offset points",
            fontsize=SMALL, color=palette.BLUE_DARK, ha="left", va="bottom", annotation_clip=False,
        )  # fmt: skip
