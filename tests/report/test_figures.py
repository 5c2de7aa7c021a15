"""Figures: nothing clipped, nothing overlapping, the same every time, readable in print."""

from __future__ import annotations

import colorsys
import re

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from matplotlib.text import Text
from typst_helper import pages, squeezed

from oko_lib.report import palette
from oko_lib.report.figure import ReportFigure, to_svg
from oko_lib.report.figures.dynamics import dynamics
from oko_lib.report.figures.funnel import funnel
from oko_lib.report.figures.histogram import border_histogram
from oko_lib.report.figures.labels import Box, place_labels
from oko_lib.report.figures.stacked import agreement_bars, marks_distribution
from oko_lib.report.style import TEXT_WIDTH_IN, text_width

SUBJECTS = ["Русский язык, 4 класс", "Математика, 4 класс", "Физика (с углублённым изучением предмета), 8 класс"]
LONG_NAME = "Таймырский Долгано-Ненецкий муниципальный район"


def agreement():
    rows = []
    for subject in SUBJECTS:
        for scope, n in (("own", 93), ("region", 29589)):
            rows.append(
                {
                    "label": subject, "scope": scope, "n": n, "lowered": 0.372, "confirmed": 0.607, "raised": 0.021,
                    "lowered_low": 0.341, "lowered_high": 0.404, "raised_low": 0.01, "raised_high": 0.03,
                }
            )  # fmt: skip
    rows[2].update(lowered=np.nan, n=7)
    return agreement_bars(pd.DataFrame(rows), own=LONG_NAME)


def marks():
    rows = [
        {"label": subject, "scope": scope, "n": 93, "mark_2": 0.05, "mark_3": 0.33, "mark_4": 0.44, "mark_5": 0.18}
        for subject in SUBJECTS
        for scope in ("own", "region")
    ]
    return marks_distribution(pd.DataFrame(rows))


def points(own: int = 15, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 5 + rng.integers(0, 180, 300)
    return pd.DataFrame(
        {
            "n": n,
            "share": rng.beta(4, 6, 300),
            "own": np.arange(300) < own,
            "label": [f"Большеулуйская СОШ № {index}" for index in range(300)],
        }
    )


def limits() -> pd.DataFrame:
    n = np.arange(1, 400)
    made = {"n": n}
    for name, z, tau in (("95", 1.96, 0.01), ("998", 3.09, 0.01)):
        half = z * np.sqrt(0.24 / n + tau)
        made[f"low{name}"], made[f"high{name}"] = np.clip(0.4 - half, 0, 1), np.clip(0.4 + half, 0, 1)
    made["naive_low95"], made["naive_high95"] = 0.4 - 1.96 * np.sqrt(0.24 / n), 0.4 + 1.96 * np.sqrt(0.24 / n)
    return pd.DataFrame(made)


def the_funnel():
    return funnel(points(), limits(), 0.4, y_title="Понизили отметку", own=LONG_NAME)


def histogram():
    scores = np.arange(39)
    expected = 100 * np.exp(-(((scores - 22) / 8) ** 2))
    counts = expected.copy()
    counts[[14, 24, 33]] *= 1.6
    return border_histogram(counts.round(), {3: 14, 4: 24, 5: 33}, expected=expected)


def the_dynamics():
    rows = [
        {"panel": subject, "scope": scope, "year": year, "value": v, "low": v - 0.1, "high": v + 0.1, "n": 2817}
        for subject in [*SUBJECTS, "История, 5 класс"]
        for scope, base in (("own", 0.5), ("region", 0.6))
        for year, v in ((2024, base), (2025, base + 0.38), (2026, base - 0.45))
    ]
    return dynamics(pd.DataFrame(rows), own=LONG_NAME)


MAKERS = {
    "agreement": agreement, "marks": marks, "funnel": the_funnel, "histogram": histogram, "dynamics": the_dynamics,
}  # fmt: skip


def shown_texts(figure) -> list[Text]:
    """Texts that are drawn; ticks beyond the range of an axis exist but are not."""
    ticks = [(tick, axis) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()]
    outside = {
        id(tick.label1)
        for tick, axis in ticks
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    return [
        item
        for item in figure.findobj(Text)
        if item.get_text().strip() and item.get_visible() and id(item) not in outside
    ]


@pytest.fixture(scope="module", params=list(MAKERS))
def made(request):
    figure = MAKERS[request.param]()
    figure.canvas.draw()
    return figure


def test_no_text_is_clipped(made):
    room = made.bbox
    renderer = made.canvas.get_renderer()
    for item in shown_texts(made):
        box = item.get_window_extent(renderer)
        inside = box.x0 >= -0.5 and box.y0 >= -0.5 and box.x1 <= room.x1 + 0.5 and box.y1 <= room.y1 + 0.5
        assert inside, (item.get_text(), box)


def test_texts_of_the_page_are_eight_points_and_pt_sans(made):
    for item in shown_texts(made):
        assert item.get_fontsize() >= 8
        assert item.get_fontname() == "PT Sans"
    assert made.get_figwidth() == pytest.approx(TEXT_WIDTH_IN)


def test_no_titles_inside(made):
    assert all(not ax.get_title() for ax in made.axes)
    assert made.get_suptitle() == ""


def test_svg_is_well_formed_text_and_small(made):
    svg = to_svg(made)
    root = etree.fromstring(svg.encode())
    assert root.get("width", "").endswith("pt")
    texts = "".join("".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text"))
    for item in shown_texts(made):
        assert squeezed(item.get_text()) in squeezed(texts)
    assert "<dc:date" not in svg
    assert len(svg) < 80_000


@pytest.mark.parametrize("name", list(MAKERS))
def test_same_figure_gives_the_same_svg(name):
    assert to_svg(MAKERS[name]()) == to_svg(MAKERS[name]())


def test_neither_red_nor_green():
    for colour in re.findall(r"#[0-9A-F]{6}", " ".join(str(value) for value in vars(palette).values())):
        red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
        if saturation > 0.25:
            assert 20 < hue * 360 < 65 or 165 < hue * 360 < 330, colour


def test_settings_of_the_caller_come_back():
    before = dict(matplotlib.rcParams)
    histogram()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("own", [1, 8, 15])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_funnel_names_every_school_without_overlap(own, seed):
    figure = funnel(points(own, seed), limits(), 0.4, y_title="Понизили")
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    labels = [item for item in shown_texts(figure) if item.get_gid() == "point-label"]
    assert len(labels) == own
    boxes = [Text.get_window_extent(item, renderer) for item in labels]
    for index, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[index + 1 :])


def test_funnel_labels_the_farthest_of_many_schools():
    data = points(own=60)
    data.loc[0, "share"] = 0.99
    data.loc[0, "n"] = 100
    figure = funnel(data, limits(), 0.4, y_title="Понизили")
    labels = [item.get_text() for item in shown_texts(figure) if item.get_gid() == "point-label"]
    assert len(labels) == 15
    assert "Большеулуйская СОШ № 0" in labels


spots = st.tuples(st.floats(min_value=0, max_value=370), st.floats(min_value=0, max_value=230))


@settings(max_examples=30, deadline=None)
@given(st.lists(spots, min_size=1, max_size=15))
def test_labels_never_overlap_nor_leave_the_axes(places):
    area = Box(0, 0, 370, 230)
    placed = place_labels(places, [f"СОШ № {index}" for index in range(len(places))], area, 8)
    for index, label in enumerate(placed):
        assert area.left <= label.box.left
        assert label.box.right <= area.right
        assert area.bottom <= label.box.bottom
        assert label.box.top <= area.top
        assert label.box.right - label.box.left >= text_width(label.text, 8) - 1e-6
        assert not any(overlap(label.box, other.box) for other in placed[index + 1 :])
        assert not any(
            label.box.left <= x <= label.box.right and label.box.bottom <= y <= label.box.top for x, y in places
        )


def overlap(one, other):
    return (
        max(one.left, other.left) < min(one.right, other.right)
        and max(one.bottom, other.bottom) < min(one.top, other.top)
    )  # fmt: skip


def test_fixed_ranges_are_kept():
    narrow = points().assign(share=lambda data: data["share"] * 0.1)
    figure = funnel(narrow, limits(), 0.4, y_title="Понизили", x_range=(5, 500), y_range=(0, 0.8))
    assert figure.axes[0].get_xlim() == (5, 500)
    assert figure.axes[0].get_ylim() == (0, 0.8)
    figure = border_histogram([1, 5, 3], {3: 1}, y_max=0.9)
    assert figure.axes[0].get_ylim() == (0, 0.9)


def test_refusals_are_words_in_the_figure():
    texts = [item.get_text() for item in shown_texts(agreement())]
    assert "мало данных" in texts
    assert "n = 7" in [text.replace("\u00a0", " ") for text in texts]


def test_bad_input_is_refused_in_words():
    with pytest.raises(KeyError, match="lowered"):
        agreement_bars(pd.DataFrame({"label": [], "scope": [], "n": []}))
    with pytest.raises(ValueError, match="нет строк"):
        agreement_bars(pd.DataFrame(columns=["label", "scope", "n", "lowered", "confirmed", "raised"]))
    with pytest.raises(ValueError, match="вне шкалы"):
        border_histogram([1, 2, 3], {3: 5})
    with pytest.raises(ValueError, match="ни одной работы"):
        border_histogram([0, 0], {3: 1})
    shares = {"scope": "own", "n": 50, "lowered": 0.2, "confirmed": 0.6, "raised": 0.2}
    rows = pd.DataFrame([{"label": f"Работа {number}", **shares} for number in range(90)])
    with pytest.raises(ValueError, match="Разделите"):
        agreement_bars(rows)


def test_report_figure_in_all_forms():
    figure = ReportFigure(histogram(), 2, "fig-borders", "Скопление у границ «3» и «4».", 'Гистограмма "баллов"')
    bundle = figure._repr_mimebundle_()
    assert bundle["application/vnd.oko+json"] == {
        "kind": "figure", "number": 2, "label": "fig-borders", "caption": "Скопление у границ «3» и «4»",
        "alt": 'Гистограмма "баллов"',
    }  # fmt: skip
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "Рисунок 2" in bundle["text/html"]
    text = squeezed("".join(pages(figure)))
    assert "Рисунок2—Скоплениеуграниц«3»и«4»" in text
    assert "Первичныйбалл" in text  # text of the figure stays text in the PDF


def test_finished_svg_is_taken_as_it_is():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="20"><text y="15">Текст \\ "#</text></svg>'
    assert "Текст" in "".join(pages(ReportFigure(svg, caption="К")))
