"""Widths of texts are put together from pairs of letters; they must be those the font itself gives."""

import random

import pytest

from oko_lib.report.numbers import NARROW
from oko_lib.report.style import _font, text_width

LETTERS = "АТУГРВДЛоау,.–—№1234567890 «»()%+−fiAVTo\u00a0"


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize(
    "text",
    ["", "А", "ТАГУ, ГТ. РА", "Доля, %", "37,2 (34,1–40,4)", f"12{NARROW}345", "МБОУ «СОШ № 12»", "AVATAR To fi"],
)
def test_a_text_is_as_wide_as_the_font_says(text, bold):
    told = _font(bold).getlength(text.replace(NARROW, "\u00a0")) * 8.5 / 100
    assert text_width(text, 8.5, bold) == told


def test_texts_of_any_letters_are_as_wide_as_the_font_says():
    chance = random.Random(5)
    for _ in range(500):
        text = "".join(chance.choices(LETTERS, k=chance.randint(1, 25)))
        assert text_width(text, 100, True) == _font(True).getlength(text), text


def test_kerning_counts():
    assert text_width("ТА", 100) != text_width("Т", 100) + text_width("А", 100) or text_width("AV", 100) != text_width(
        "A", 100
    ) + text_width("V", 100)
