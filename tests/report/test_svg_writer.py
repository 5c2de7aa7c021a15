"""Our writer of SVG keeps measures of texts; its files are matplotlib's own to the last character."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from oko_lib.report import svg_writer
from oko_lib.report.figures.theme import canvas, theme
from oko_lib.report.svg_writer import svg_of


def _stock(figure: Figure) -> str:
    file = io.StringIO()
    FigureCanvasSVG(figure).print_svg(file, metadata={"Date": None, "Creator": None})
    return file.getvalue()


def _words() -> Figure:
    figure = canvas(3)
    ax = figure.subplots()
    ax.plot([0, 1, 2], [3, 1, 2], marker="o", label="доля")
    ax.set_xlabel("Год")
    ax.set_ylabel("Доля, %")
    ax.set_title("Две строки\nзаголовка", style="italic", weight="bold")
    ax.text(1, 2, "Рамка", bbox={"boxstyle": "square", "facecolor": "white"}, rotation=30)
    ax.annotate("у точки\nслева", (0, 3), xytext=(5, 5), textcoords="offset points", linespacing=1.05, fontsize=7)
    ax.text(0.5, 1.5, "Щ", family="DejaVu Serif", size=11)
    ax.legend()
    return figure


def _formula() -> Figure:
    figure = canvas(2)
    figure.text(0.5, 0.5, r"$\alpha^2$", parse_math=True)
    return figure


def _pixels() -> Figure:
    figure = canvas(2)
    ax = figure.subplots()
    ax.scatter(np.arange(5), np.arange(5), rasterized=True)
    ax.text(1, 1, "слово")
    return figure


def _picture() -> Figure:
    figure = canvas(2)
    figure.subplots().imshow(np.arange(12).reshape(3, 4))
    return figure


@pytest.mark.parametrize("made", [_words, _formula, _pixels, _picture])
def test_the_file_is_matplotlibs_own(made):
    with theme():
        stock, ours, again = _stock(made()), svg_of(made()), svg_of(made())
    assert ours == stock
    assert again == ours


def test_a_rasterised_artist_is_drawn_as_pixels():
    with theme():
        assert "<image" in svg_of(_pixels())


def test_a_text_is_measured_once_for_all_figures(monkeypatch):
    asked = []
    measure = svg_writer._measure.get_text_width_height_descent
    monkeypatch.setattr(
        svg_writer._measure,
        "get_text_width_height_descent",
        lambda text, *rest: (asked.append(text), measure(text, *rest))[1],
    )
    svg_writer._text_size.cache_clear()
    with theme():
        svg_of(_words())
        first = len(asked)
        svg_of(_words())
    assert first > 0
    assert len(asked) == first
