"""Warming up does what reports would do, and nothing a fork could not bear."""

import os

from oko_lib.report import style, svg_writer
from oko_lib.report.typst_state import has_compiled
from oko_lib.report.warm import warm_up


def test_letters_and_texts_are_known_afterwards():
    warm_up()
    assert "ст" in style._PAIRS[False]
    assert "5," in style._PAIRS[True]
    assert svg_writer._text_size.cache_info().currsize > 0


def test_no_typst_is_compiled():
    before = has_compiled()
    warm_up()
    assert has_compiled() == before


def test_it_starts_no_threads_that_a_fork_would_lose():
    if not hasattr(os, "fork") or not os.path.isdir("/proc/self/task"):
        return
    warm_up()
    before = len(os.listdir("/proc/self/task"))
    warm_up()
    assert len(os.listdir("/proc/self/task")) == before
