"""The numbers printed on the pages on rules and thresholds are the numbers the code gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from method_examples import percent, ru
from method_sizes import real_sizes
from test_low_results_rule import AND, FEDERAL, OR, THIRTY, answer, probability, promise_and_truth, school

from oko_lib.methods.low_results_distance import smallest_change
from oko_lib.methods.low_results_rule import FALSE, TRUE, criterion_flags, critical_share, reaches, shares
from oko_lib.methods.share_threshold import JEFFREYS, BetaPrior, beta_prior, probability_at_least

DOCS = Path(__file__).parents[2] / "docs" / "ru" / "methods"
PRIOR = BetaPrior(1.5, 10.0, "likelihood", 400, 9000)
GROUPS = ((3, 10), (6, 20), (30, 100), (9, 10), (20, 100))
SCHOOL = school([(5, 20), (7, 20)], [(2, 20), (6, 20)], [(3, 15), (4, 15)])


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["share_threshold", "low_results_rule"])
def test_page_has_all_parts(page):
    for heading in ("## Вопрос", "## Как считается", "## Пример", "## Чего не скажет", "## Источник"):
        assert heading in text_of(page)


def test_rows_of_the_table_of_probabilities():
    text = text_of("share_threshold")
    assert f"порог не преодолевают {percent(PRIOR.mean)} %" in text
    for x, n in GROUPS:
        own, alone = (ru(float(probability_at_least(x, n, 0.3, prior)), 2) for prior in (PRIOR, JEFFREYS))
        assert f"| {x} из {n} | {percent(x / n)} % | {own} | {alone} |" in text


def test_rows_of_the_worked_school():
    text = text_of("low_results_rule")
    for x, n in zip(SCHOOL.n_below.ravel(), SCHOOL.n.ravel(), strict=True):
        assert f"{x} из {n} — {percent(float(shares(x, n)))} %" in text
    flags = [criterion_flags(SCHOOL, item) for item in FEDERAL]
    assert [int(item.state[0]) for item in flags] == [TRUE, FALSE]
    where = {
        AND: ("«и»", "нет", "+1 ученик: математика, 5 класс, прошлый год", (0, 0, 1)),
        OR: ("«или»", "да", "−1 ученик: русский язык, 5 класс, этот год", (1, 1, -1)),
    }
    for at_least, (reading, word, change, (procedure, year, pupils)) in where.items():
        assert answer(SCHOOL, at_least=at_least) == (TRUE if word == "да" else FALSE)
        found = smallest_change(SCHOOL, FEDERAL, at_least)
        assert (int(found.pupils[0]), int(found.moves[0, procedure, year])) == (1, pupils)
        critical = percent(critical_share(flags, at_least).share[0])
        chance = ru(probability(SCHOOL, FEDERAL, (PRIOR.a, PRIOR.b), at_least)[0], 2)
        assert f"| {reading} | {word} | {critical} % | {change} | {chance} |" in text


def test_rounded_percent_of_the_page():
    assert "749 из 2500 — это «30,0 %»" in text_of("low_results_rule")
    assert percent(749 / 2500) == "30,0"
    assert not reaches(749, 2500, THIRTY)


def test_measured_figures_of_the_rule():
    text = " ".join(text_of("low_results_rule").split())
    for together, at_least, words in (
        (0.0, AND, "«и» обещано в среднем {} — выполнено у {} школ"),
        (0.0, OR, "для «или» {} и {}"),
        (0.5, OR, "для «или» обещано {}, на деле {}"),
        (0.5, AND, "для «и» вероятность занижена: обещано {}, на деле {}"),
    ):
        assert words.format(*(ru(value, 2) for value in promise_and_truth(together)[at_least])) in text


def test_measured_figures_of_the_threshold():
    rng = np.random.default_rng(7)
    promised, true = [], []
    for size in (30, 60, 400):
        for _ in range(6000 // size):
            n = real_sizes(rng, size)
            truth = rng.beta(2, 8, size)
            x = rng.binomial(n, truth)
            promised.append(probability_at_least(x, n, 0.3, beta_prior(x, n)))
            true.append(truth >= 0.3)
    promised, true = np.concatenate(promised), np.concatenate(true)
    text = " ".join(text_of("share_threshold").split())
    for low, high, words in (
        (0.1, 0.35, "от 0,10 до 0,35 обещано {}, на деле {}"),
        (0.35, 0.65, "от 0,35 до 0,65 — {} и {}"),
        (0.65, 0.9, "от 0,65 до 0,90 — {} и {}"),
    ):
        group = (promised >= low) & (promised < high)
        assert words.format(ru(promised[group].mean(), 2), ru(true[group].mean(), 2)) in text
