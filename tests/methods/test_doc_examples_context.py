"""The numbers printed on the method pages on context are the numbers the code gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from context_examples import PAGES

DOCS = Path(__file__).parents[2] / "docs" / "ru" / "methods"


@pytest.mark.parametrize("page", PAGES)
def test_numbers_of_page(page):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    missing = [number for number in PAGES[page]() if number not in text]
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_page_has_all_parts(page):
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    for heading in ("## Вопрос", "## Как считается", "## Пример", "## Чего не скажет", "## Источник"):
        assert heading in text
