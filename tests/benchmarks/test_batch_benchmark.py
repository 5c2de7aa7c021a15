"""The pure parts of ``benchmarks/batch.py``: a smoke test, nothing is measured here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _benchmarks_on_path(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


WITH_FORK = """
import os, time
time.sleep(0.5)
if os.fork() == 0:
    memory = bytearray(60_000_000)
    end = time.time() + 1.5
    while time.time() < end:
        pass
    os._exit(0)
os.wait()
print("done")
raise SystemExit(3)
"""


def _cell(source, *tags, kind="code"):
    return {"cell_type": kind, "source": source, "metadata": {"tags": list(tags)}}


NOTEBOOK = {
    "metadata": {},
    "cells": [
        _cell("# Text", kind="markdown"),
        _cell(["year = 0\n", 'place = ""'], "parameters"),
        _cell("from fractions import Fraction\n\nhalf = Fraction(year, 2)"),
        _cell("half"),
        _cell("half + 1\nplace"),
        _cell("None"),
        _cell(""),
    ],
}


def test_function_does_what_the_cells_do():
    from batch_floor import as_function

    shown = []
    as_function(NOTEBOOK)(lambda index, value: shown.append((index, value)), year=3, place="Северск")
    assert [(index, str(value)) for index, value in shown] == [(3, "3/2"), (4, "Северск"), (5, "None")]


def test_function_keeps_the_notebooks_defaults():
    from batch_floor import as_function

    shown = []
    as_function(NOTEBOOK)(lambda index, value: shown.append(value))
    assert [str(value) for value in shown[:2]] == ["0", ""]


def test_executed_notebook_has_the_displays_of_its_cells_and_leaves_the_template_alone():
    from batch_floor import as_function, executed

    done = executed(NOTEBOOK, as_function(NOTEBOOK), {"year": 4})
    assert [len(cell.get("outputs", ())) for cell in done["cells"]] == [0, 0, 0, 1, 1, 0, 0]
    assert done["cells"][3]["outputs"][0]["data"] == {"text/plain": "Fraction(2, 1)"}
    assert done["cells"][1]["source"] == 'year = 0\nplace = ""'
    assert "outputs" not in NOTEBOOK["cells"][3]


def test_displays_are_those_ipython_would_ask_for():
    from batch_floor import bundle_of
    from IPython.display import Markdown

    class Own:
        def _repr_mimebundle_(self):
            return {"text/html": "<b>1</b>", "image/png": b"\x01"}, {"text/html": {}}

        def __repr__(self):
            return "own"

    assert bundle_of(Own()) == {"text/html": "<b>1</b>", "image/png": "AQ==", "text/plain": "own"}
    assert bundle_of(Markdown("*a*"))["text/markdown"] == "*a*"


def _report(name, stem):
    from batch import Report

    return Report(name, stem, f"{stem}.ipynb", stem, {})


def test_each_round_takes_other_reports_of_each_kind():
    from batch import chosen

    reports = [_report(f"m{number}/talent", "talent") for number in range(3)] + [_report("region/r", "talent_region")]
    picked = [[report.id for report in chosen(reports, 2, number)] for number in range(2)]
    assert picked == [["m0/talent", "m1/talent", "region/r"], ["m2/talent", "m0/talent", "region/r"]]
    assert len(chosen(reports, 0, 1)) == 4


def _usage(wall=10.0):
    from batch_process import Usage

    course = ((101.0, 1.0), (104.0, 3.0), (104.5, 3.4), (110.0, 15.9))
    return Usage(
        wall=wall, cpu=16.0, peak_mb=9.0, worker_mb=5.0, started=100.0, course=course, output="", errors="", code=0
    )


def _sample(stem, wall):
    return {"stem": stem, "wall": wall, "cpu": 2 * wall, "peak_mb": wall, "pdf_wall": 1.0}


def test_preparation_is_counted_apart_and_together():
    from batch_table import of_run

    run = of_run(_usage(), 104.2, {"a/x": 1.0, "b/x": 5.0})
    assert (run["wall_per_report"], run["building_wall_per_report"]) == (5.0, pytest.approx(2.9))
    assert (run["cpu_per_report"], run["building_cpu_per_report"]) == (8.0, 6.5)


def test_stock_reports_of_each_kind_stand_for_the_set():
    from batch_table import of_stock

    # One regional report of 30 s and three of municipalities of 10 s (the median of 8, 10 and 60).
    samples = [_sample("region", 30.0), _sample("x", 8.0), _sample("x", 60.0), _sample("x", 10.0)]
    stock = of_stock(samples, {"region": 1, "x": 3})
    assert stock["wall_per_report"] == pytest.approx(60 / 4)
    assert stock["cpu_per_report"] == pytest.approx(120 / 4)


def test_ratios_are_taken_within_rounds_and_the_table_says_them():
    from batch_table import FLOOR, OKO, STOCK_OFF, markdown, of_run, of_stock, ratios

    rounds = [
        {
            STOCK_OFF: of_stock([_sample("x", 40.0 * slow)], {"x": 2}),
            FLOOR: of_run(_usage(wall=8.0 * slow), 104.0, {"a/x": 1.0, "b/x": 1.0}),
            OKO: of_run(_usage(wall=10.0 * slow), 104.0, {"a/x": 1.2, "b/x": 1.2}),
        }
        for slow in (1.0, 7.0, 2.0)
    ]
    compared = ratios(rounds)
    assert compared["stock (no cache) / oko run"]["wall_per_report"] == pytest.approx(8.0)
    assert compared["oko run / floor"]["wall_per_report"] == pytest.approx(1.25)
    text = markdown(
        {
            "rounds": rounds,
            "counts": {"x": 2},
            "municipalities": 12,
            "jobs": 2,
            "stock_reports": "all",
            "machine": "2 processors",
            "compared": {"pairs": 2, "equal_pages": 2, "equal_text": 1, "different": ["a/x"]},
        }
    )
    assert "| wall per report, whole | 8.00 | 1.25 |" in text
    assert "stock, cache" not in text
    assert "equal text: 1. Different: a/x." in text


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read from /proc")
def test_command_is_measured_with_its_forks():
    from batch_process import measure, pss_kb

    assert pss_kb("Rss:  5 kB\nPss:   1234 kB\nPss_Dirty: 7 kB\n") == 1234
    usage = measure([sys.executable, "-c", WITH_FORK])
    assert (usage.code, usage.output) == (3, "done\n")
    assert usage.wall >= 2.0
    # On a busy machine the fork gets less than its share, but hardly nothing.
    assert usage.cpu > 0.2
    assert usage.cpu_until(usage.started + 0.5) < usage.cpu
    assert usage.cpu_until(usage.started - 1) == 0.0
    assert usage.peak_mb >= usage.worker_mb > 50
