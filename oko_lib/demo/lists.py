"""Lists of schools «published by others»: they overlap with the planted truths only in part, as in life."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Region

_SIGNS = (
    "завышенный средний балл ВПР: русский язык, 4 класс",
    "завышенный средний балл ВПР: математика, 5 класс",
    "несоответствие результатов ВПР и школьных отметок: математика, 4 класс",
    "резкое возрастание результатов одной параллели: русский язык, 4–5 классы",
)
LOW_RESULTS_SIGN = (
    "30 % и более участников с отметкой «2» по двум и более процедурам, по одной из них — второй год подряд"
)
ADVERSE_CONDITIONS_SIGN = "высокая доля обучающихся из малообеспеченных семей и группы риска"


def biased_results_lists(region: Region) -> pd.DataFrame:
    """Lists of schools with signs of biased results, one a year.

    Returns
    -------
    DataFrame
        ``year, school, sign, reason``; `reason` (for the truth file only) is ``planted``, ``usual`` (a school that is
        listed more often than others without any planted truth: its repetition is not chance) or ``other``.
    """
    settings = region.settings.model.published_lists
    count = len(region.schools)
    planted = {plant.school: plant for plant in region.plants}
    distorting = {school: plant for school, plant in planted.items() if plant.kind != "honest_improvement"}
    rng = stream(region.seed, "published lists")
    ordinary = [school for school in range(count) if school not in planted]
    usual = set(rng.choice(ordinary, round(settings.usual_share * len(ordinary)), replace=False).tolist())
    rows = []
    for year in region.years:
        draw = rng.random(count)
        for school in range(count):
            plant = distorting.get(school)
            if plant is not None and year in plant.years:
                reason, probability = "planted", settings.planted_probability
            elif school in usual:
                reason, probability = "usual", settings.usual_probability
            else:
                reason, probability = "other", settings.other_probability
            if draw[school] < probability:
                rows.append((year, school, _SIGNS[int(rng.integers(len(_SIGNS)))], reason))
    return pd.DataFrame(rows, columns=["year", "school", "sign", "reason"])


def low_results_lists(region: Region) -> pd.DataFrame:
    """Lists of schools with low results (ШНОР): the federal rule on the results of the year and the year before.

    Returns
    -------
    DataFrame
        ``year, school, sign``.
    """
    rows = [
        (year, int(school), LOW_RESULTS_SIGN) for year in region.years for school in region.low_results.listed(year)
    ]
    return pd.DataFrame(rows, columns=["year", "school", "sign"])


def adverse_conditions_list(region: Region) -> pd.DataFrame:
    """List of schools in adverse social conditions (ШНСУ) of the last year: the hardest conditions of the region.

    Returns
    -------
    DataFrame
        ``year, school, sign``.
    """
    wanted = max(1, round(region.settings.low_results.official_lists.adverse_conditions * len(region.schools)))
    hardest = np.sort(np.argsort(region.low_results.social, kind="stable")[:wanted])
    return pd.DataFrame({"year": region.years[-1], "school": hardest, "sign": ADVERSE_CONDITIONS_SIGN})
