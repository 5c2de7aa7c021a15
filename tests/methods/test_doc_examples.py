"""The numbers printed on the method pages are the numbers the code gives."""

from __future__ import annotations

import context_examples
import method_examples
import pytest
from method_page import numbers_missing, parts_missing

PAGES = {**method_examples.PAGES, **context_examples.PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_numbers_of_page(page):
    assert not numbers_missing(page, PAGES[page]())


@pytest.mark.parametrize("page", PAGES)
def test_page_has_all_parts(page):
    assert not parts_missing(page)
