"""The numbers printed on the method pages on tasks and skills are the numbers the code gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from method_page import numbers_missing, parts_missing
from test_doc_examples_dynamics import points, ru, span
from test_task_functioning import MAXIMUM, work

from oko_lib.methods.completion_zone import completion_zones
from oko_lib.methods.skill_profile import skill_profile
from oko_lib.methods.task_completion import task_completion
from oko_lib.methods.task_functioning import TaskFunctioning, task_functioning, task_states

#: The school of the page with a weak task, and one that is weak all round.
WEAK, ALL_ROUND = 7, 17
BOOK = pd.DataFrame({"task": ["t3", "t4", "t5", "t6"], "skill_code": ["a", "b", "b", "c"]})


def percent(value: float) -> str:
    return f"{ru(100 * value, 1)} %"


def example() -> TaskFunctioning:
    scores, school = work(np.random.default_rng(1), schools=60, n=80, planted=[(WEAK, 3, -1.8), (WEAK, 4, -0.9)])
    return task_functioning(scores, MAXIMUM, school)


def task_numbers() -> list[str]:
    found = example()
    cells = task_states(found.cells).query("task == 't4'").set_index("unit")
    weak, other = cells.loc[WEAK], cells.loc[ALL_ROUND]
    assert weak["state"] == "below"
    assert other["state"] == "indistinct"
    numbers = [percent(weak["region"]), ru(found.tasks.loc["t4", "tau"], 2)]
    for row in (weak, other):
        numbers += [percent(row["completion"]), percent(row["expected"]), points(row["difference"])]
        numbers += [span(row["low"], row["high"]), ru(100 * row["chance_sd"], 1), ru(100 * row["natural_sd"], 1)]
        numbers.append(ru(row["z"], 2))
    return [*numbers, ru(other["p_value"], 2)]


def skill_numbers() -> list[str]:
    found = skill_profile(example().cells, BOOK)
    units = found.units.set_index(["unit", "skill_code"])
    numbers = []
    for skill, state in (("a", "indistinct"), ("b", "below"), ("c", "indistinct")):
        row = units.loc[(WEAK, skill)]
        assert row["own_state"] == state
        numbers += [percent(row["completion"]), percent(row["region"]), percent(row["expected"])]
        numbers += [points(row["difference"]), span(row["low"], row["high"])]
    return [*numbers, points(units.loc[(WEAK, "b"), "gap"])]


def zone_numbers() -> list[str]:
    numbers = []
    cases = (
        (15, 25, 0.6, 0.57, "sufficient", False),
        (57, 100, 0.6, 0.57, "border", False),
        (45, 100, 0.6, 0.57, "insufficient", True),
        (57, 200, 0.3, 0.285, "border", False),
        (84, 200, 0.3, 0.285, "sufficient", True),
    )
    for scored, n, sufficient, insufficient, zone, reliable in cases:
        row = completion_zones(scored, n, n, sufficient, insufficient).iloc[0]
        assert (row["zone"], row["reliable"]) == (zone, reliable)
        numbers.append(f"{scored} из {n} | {percent(row['completion'])} | {interval(row)}")
    scores = pd.DataFrame({"t": [0] * 4 + [1] * 8 + [2] * 12 + [3] * 6})
    row = task_completion(scores, [3], np.zeros(30)).iloc[0]
    yes_or_no = completion_zones(row["points"], row["possible"], 30, 0.6, 0.57).iloc[0]
    return [*numbers, percent(row["completion"]), interval(row), interval(yes_or_no), ru(row["design_effect"], 2)]


def interval(row: pd.Series) -> str:
    return f"{ru(100 * row['low'], 1)}–{ru(100 * row['high'], 1)}"


PAGES = {"task_functioning": task_numbers, "skill_profile": skill_numbers, "completion_zone": zone_numbers}


@pytest.mark.parametrize("page", PAGES)
def test_numbers_of_page(page):
    assert not numbers_missing(page, PAGES[page]())


@pytest.mark.parametrize("page", PAGES)
def test_page_has_all_parts(page):
    assert not parts_missing(page)
