"""The numbers printed on the method pages on talent are the numbers the code gives."""

from __future__ import annotations

import pytest
from method_page import numbers_missing, parts_missing
from talent_examples import FAR, INFLATED, link, protocol, stages, strengths, two_growths
from test_doc_examples_dynamics import points, ru, span

from oko_lib.methods.olympiad_protocol import ProtocolRule
from oko_lib.methods.result import Interval


def between(interval: Interval, digits: int = 2) -> str:
    return f"{ru(interval.low, digits)}–{ru(interval.high, digits)}"


def percent(value: float) -> str:
    return ru(100 * value, 1)


def growth_numbers() -> list[str]:
    even, uneven = two_growths()
    assert (even.formal, even.state, uneven.formal, uneven.state) == ("growth", "growth", "growth", "indistinct")
    numbers = [f"было {even.before}", f"стало {even.after}", ru(even.ratio.value, 2)]
    for found in (even, uneven):
        numbers += [f"в {ru(found.design_effect, 1)} раза", between(found.ratio.interval)]
    return numbers


def protocol_numbers() -> list[str]:
    found = protocol()
    assert found.faults["rule"].tolist() == [
        ProtocolRule.WINNER_NOT_ABOVE_HALF,
        ProtocolRule.OVER_QUOTA,
        ProtocolRule.EQUAL_SCORES_DIFFERENT_STATUS,
    ]
    half, quota, equal = (row for _, row in found.faults.iterrows())
    assert half["value"] == half["limit"]
    return [
        f"{quota['n']} участник",
        f"не больше {quota['limit']:.0f}",
        f"в протоколе {quota['value']:.0f}",
        f"{half['value']:.0f} баллов",
        f"{ru(equal['value'], 1)} балла",
    ]


def stage_numbers() -> list[str]:
    found = stages()
    inflated, far = found.units.loc[INFLATED], found.units.loc[FAR]
    assert found.units.index[found.units["state"] == "beyond"].tolist() == [INFLATED]
    assert far["state"] == "indistinct"
    assert far["coming_state"] == "low"
    assert far["coming_p"] < 0.001
    numbers = []
    for row in (inflated, far):
        numbers += [
            f"{percent(row['home_mean'])} ({percent(row['home_expected'])})",
            f"| {row['n_prizes']} |",
            f"{row['n_came']} ({ru(row['expected_came'], 1)})",
            f"{percent(row['next_mean'])} ({percent(row['next_expected'])})",
            f"{points(row['next_gap'])} ({span(row['next_low'], row['next_high'])})",
        ]
    return numbers


def strength_numbers() -> list[str]:
    found = strengths()
    units = found.units.set_index(["school", "subject"])
    strong, other = units.loc[(0, 0)], units.loc[(14, 1)]
    assert units.index[units["state"] == "above"].tolist() == [(0, 0)]
    assert (units["state"] == "below").sum() == 0
    assert (other["level_state"], other["state"], strong["level_state"]) == ("above", "indistinct", "above")
    assert strong["p_value"] < 0.001
    numbers = [f"{found.n_tests} пар", ru(other["p_value"], 3)]
    for row in (strong, other):
        numbers += [
            f"{row['value'] * row['n']:.0f} из {row['n']} ({percent(row['value'])} %)",
            f"{percent(row['expected'])} %",
            f"{points(row['shrunk'])} ({span(row['low'], row['high'])})",
        ]
    return numbers


def link_numbers() -> list[str]:
    found = link()
    assert found.state == "positive"
    effect, odds = found.effect, found.odds_ratio
    first, last = found.curve.iloc[0], found.curve.iloc[-1]
    return [
        f"{found.n_schools} школ",
        f"{points(effect.value)} п.п. участников ({span(effect.interval.low, effect.interval.high)})",
        f"в {ru(odds.value, 2)} раза ({between(odds.interval)})",
        f"охватом {percent(first['coverage'])} %",
        f"{percent(first['expected'])} %",
        f"охватом {percent(last['coverage'])} %",
        f"{percent(last['expected'])} %",
    ]


PAGES = {
    "count_change": growth_numbers,
    "olympiad_protocol": protocol_numbers,
    "stage_consistency": stage_numbers,
    "strength_map": strength_numbers,
    "participation_link": link_numbers,
}


@pytest.mark.parametrize("page", PAGES)
def test_numbers_of_page(page):
    assert not numbers_missing(page, PAGES[page]())


@pytest.mark.parametrize("page", PAGES)
def test_page_has_all_parts(page):
    assert not parts_missing(page)
