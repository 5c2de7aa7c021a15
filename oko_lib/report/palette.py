"""Colours: a dark-blue accent and greys for the page, a colour-blind-safe set (blue, orange, grey, purple) for data."""

from __future__ import annotations

ACCENT = "#1F3A5F"
ACCENT_TINT = "#EEF2F7"
INK = "#222222"
MUTED = "#5F6670"
RULE = "#C9CED6"
RULE_LIGHT = "#E4E7EB"

#: Data colours after Okabe and Ito (2008), darkened where a thin line or small text must be read in print.
BLUE = "#0072B2"
BLUE_LIGHT = "#9CC7E3"
BLUE_DARK = "#0B3C5D"
ORANGE = "#D98200"
ORANGE_LIGHT = "#F0C274"
PURPLE = "#7B4F9D"
GREY = "#8A9099"
GREY_LIGHT = "#D3D7DC"

#: Lowered, confirmed, raised marks.
AGREEMENT_COLOURS = {"lowered": ORANGE, "confirmed": GREY_LIGHT, "raised": PURPLE}
#: Marks 2–5: an order, so lightness carries it; «2» differs in hue as well.
MARK_COLOURS = {2: ORANGE, 3: GREY_LIGHT, 4: BLUE_LIGHT, 5: BLUE}
OWN = BLUE
REGION = GREY
