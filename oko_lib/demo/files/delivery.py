"""Who delivers results in which form: reports of ФИС ОКО mostly, protocols from a few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Region

#: Schools that send the school protocol form in the last year.
FORM_SCHOOLS = 6


@dataclass(frozen=True)
class Delivery:
    """Forms of delivery.

    Parameters
    ----------
    form_2021, form_2022 : str or None
        Municipality whose results of the first year come only as a regional export of that old layout.
    form_schools : dict of str to bool
        Login of a school that sends its own protocols in the last year → whether the report of its municipality
        has its rows too (the report must then win).
    only_counts : tuple of str
        Municipalities that send counts by school instead of participants of exams and diagnostic works.
    """

    form_2021: str | None
    form_2022: str | None
    form_schools: dict[str, bool]
    only_counts: tuple[str, ...]


def plan_delivery(region: Region) -> Delivery:
    """Choose the municipalities and schools that deliver otherwise than by «Индивидуальные результаты»."""
    planted = {plant.school for plant in region.plants}
    size = region.schools.groupby("municipality_code", sort=False)["pupils_per_grade"].sum()
    by_size = [code for code in size.sort_values(kind="stable").index if code != size.index[0]]
    old = by_size[:2] if len(region.years) > 1 and len(by_size) >= 3 else []
    home = by_size[min(2, len(by_size) - 1)] if by_size else size.index[0]
    schools = region.schools
    fits = (
        (schools["municipality_code"] == home) & (schools["pupils_per_grade"] >= 6) & (schools["school_kind"] != "НОШ")
    )
    candidates = [
        login for place, login in zip(schools.index[fits], schools["login"][fits], strict=True) if place not in planted
    ]
    rng = stream(region.seed, "delivery")
    chosen = sorted(rng.choice(candidates, min(FORM_SCHOOLS, len(candidates)), replace=False)) if candidates else []
    return Delivery(
        form_2021=old[0] if old else None,
        form_2022=old[1] if old else None,
        form_schools={str(login): bool(index % 2) for index, login in enumerate(np.array(chosen))},
        only_counts=tuple(by_size[3:5]),
    )
