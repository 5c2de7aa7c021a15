"""Which schools a report is about: those on the official lists, or by the federal rule where no list was published."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

#: Kinds of published lists that make a school one of «ШНРО и ШНСУ».
KINDS = ("low_results", "adverse_conditions")


@dataclass(frozen=True)
class ListedSchools:
    """Schools in work in one year.

    Parameters
    ----------
    year : int
        Year of the report.
    base_year, current_year : int or None
        Year of the newest list before `year`, and `year` if it has a list of its own.
    base, current : frozenset of str
        Schools on those lists. Dynamics is told of the base list: these schools were chosen *before* the result of
        the year was known. Where there is no earlier list the current one stands in for it.
    official : bool
        False when no list was published and the federal rule stands in.
    kinds : dict of str to tuple of str
        School → kinds of lists (``low_results``, ``adverse_conditions``).
    base_kinds, current_kinds : frozenset of str
        Kinds that were published in either year: who stood on a list of a kind that the other year lacks has neither
        entered nor left.
    """

    year: int
    base_year: int | None
    current_year: int | None
    base: frozenset[str]
    current: frozenset[str]
    official: bool
    kinds: dict[str, tuple[str, ...]]
    base_kinds: frozenset[str]
    current_kinds: frozenset[str]

    @property
    def schools(self) -> frozenset[str]:
        """On either list: these get a sheet of their own."""
        return self.base | self.current

    @property
    def entered(self) -> frozenset[str]:
        """On the current list and not on the base list; empty unless there are both."""
        came = self.current - self.base if self._both else frozenset()
        return frozenset(school for school in came if not self.base_kinds.isdisjoint(self.kinds[school]))

    @property
    def left(self) -> frozenset[str]:
        """On the base list and not on the current one; empty unless there are both."""
        gone = self.base - self.current if self._both else frozenset()
        return frozenset(school for school in gone if self.current_kinds.issuperset(self.kinds[school]))

    @property
    def _both(self) -> bool:
        return self.base_year is not None and self.current_year is not None and self.base_year != self.current_year

    @property
    def chosen_by_this_year(self) -> bool:
        """True when the base list was made from the very results whose dynamics is told."""
        return self.base_year == self.year


def official_lists(lists: pd.DataFrame, year: int) -> ListedSchools | None:
    """Return the schools in work by published lists; None when none was published up to `year`.

    Parameters
    ----------
    lists : DataFrame
        list_kind, year, school (see :func:`oko_lib.indicators.school_lists.lists_of_schools`).
    year : int
        Year of the report.
    """
    own = lists[lists["list_kind"].isin(KINDS) & (lists["year"] <= year)]
    if own.empty:
        return None
    years = sorted(int(found) for found in own["year"].unique())
    current_year = year if year in years else None
    earlier = [found for found in years if found < year]
    base_year = earlier[-1] if earlier else current_year
    used = own[own["year"].isin([base_year, current_year])]
    kinds = used.groupby("school")["list_kind"].agg(lambda found: tuple(sorted(set(found))))
    published = used.groupby("year")["list_kind"].agg(frozenset)
    return ListedSchools(
        year=year,
        base_year=base_year,
        current_year=current_year,
        base=frozenset(own.loc[own["year"] == base_year, "school"]),
        current=frozenset(own.loc[own["year"] == current_year, "school"]) if current_year else frozenset(),
        official=True,
        kinds={str(school): found for school, found in kinds.items()},
        base_kinds=published[base_year],
        current_kinds=published[current_year] if current_year else frozenset(),
    )


def computed_lists(by_year: dict[int, frozenset[str]], year: int) -> ListedSchools:
    """Return the schools in work by a rule computed here: `by_year` holds whom it names, year by year."""
    base_year = year - 1 if year - 1 in by_year else year
    base, current = by_year.get(base_year, frozenset()), by_year.get(year, frozenset())
    return ListedSchools(
        year=year,
        base_year=base_year,
        current_year=year,
        base=base,
        current=current,
        official=False,
        kinds=dict.fromkeys(base | current, ("low_results",)),
        base_kinds=frozenset({"low_results"}),
        current_kinds=frozenset({"low_results"}),
    )
