"""A matplotlib figure as SVG text, exactly as matplotlib's own SVG canvas writes it, with less work.

Half of drawing a figure is measuring its texts. Matplotlib forgets every measure with the figure, and reads the font's
own heights anew for each text; here the measures are kept for all figures of the process.
"""

from __future__ import annotations

import io
from functools import lru_cache

from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import TextToPath

_METADATA = {"Date": None, "Creator": None}
#: What the measures of a text depend on, besides the text.
_FaceKey = tuple[tuple[str, ...], str, str, object, object, float, str | None]

_measure = TextToPath()


class _NeedsRasterError(Exception):
    """Something in the figure asks to be drawn as pixels."""


def svg_of(figure: Figure) -> str:
    """Return the SVG file of a figure, as ``figure.savefig`` would write it without date and creator."""
    canvas = FigureCanvasSVG(figure)
    file = io.StringIO()
    figure.dpi = 72
    width, height = figure.get_size_inches()
    renderer = _Renderer(width * 72, height * 72, file, image_dpi=72, metadata=_METADATA)
    try:
        figure.draw(renderer)
    except _NeedsRasterError:
        file = io.StringIO()
        canvas.print_svg(file, metadata=_METADATA)
        return file.getvalue()
    renderer.finalize()
    return file.getvalue()


class _Renderer(RendererSVG):
    _points_style: str | None = None

    def get_text_width_height_descent(self, s, prop, ismath):
        if ismath:
            return super().get_text_width_height_descent(s, prop, ismath)
        return _text_size(s, _face(prop))

    def _get_font_height_metrics(self, prop):
        """Matplotlib asks a renderer that has this instead of opening the font for every text."""
        return _font_heights(_face(prop))

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        """All points of a line have one style; Matplotlib works it out anew for each."""
        self._points_style = self._get_style(gc, rgbFace)
        try:
            super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        finally:
            self._points_style = None

    def _get_style(self, gc, rgbFace):
        return self._points_style or super()._get_style(gc, rgbFace)

    def start_rasterizing(self):
        raise _NeedsRasterError

    def start_filter(self):
        raise _NeedsRasterError


def _face(prop: FontProperties) -> _FaceKey:
    return (
        tuple(prop.get_family()),
        prop.get_style(),
        prop.get_variant(),
        prop.get_weight(),
        prop.get_stretch(),
        prop.get_size_in_points(),
        prop.get_file(),
    )


@lru_cache(maxsize=256)
def _properties(face: _FaceKey) -> FontProperties:
    family, style, variant, weight, stretch, size, file = face
    return FontProperties(
        family=list(family), style=style, variant=variant, weight=weight, stretch=stretch, size=size, fname=file
    )


@lru_cache(maxsize=20_000)
def _text_size(text: str, face: _FaceKey) -> tuple[float, float, float]:
    return _measure.get_text_width_height_descent(text, _properties(face), False)


@lru_cache(maxsize=256)
def _font_heights(face: _FaceKey) -> tuple[float | None, float | None, float | None]:
    """Ascent, descent and gap between lines as the font's own tables state them; None when it has no such tables."""
    font = get_font(fontManager._find_fonts_by_props(_properties(face)))
    for name, gap, ascent, descent in (
        ("OS/2", "sTypoLineGap", "sTypoAscender", "sTypoDescender"),
        ("hhea", "lineGap", "ascent", "descent"),
    ):
        table = font.get_sfnt_table(name)
        if table is not None:
            # The same operations in the same order as matplotlib's: the file must not differ in its last digit.
            scale = 1 / font.get_sfnt_table("head")["unitsPerEm"] * face[5] * 72 / 72
            return table[ascent] * scale, -table[descent] * scale, table[gap] * scale
    return None, None, None
