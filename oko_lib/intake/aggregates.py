"""Rows of aggregated reports: the part common to all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa

from oko_lib.intake.arrow import table_of
from oko_lib.intake.checks.aggregates import AGGREGATE_RULES
from oko_lib.intake.checks.rule import apply
from oko_lib.intake.columns import numbers
from oko_lib.intake.drafts import Draft, Issue, RowFacts, Sightings
from oko_lib.intake.header import Header
from oko_lib.intake.text import shown
from oko_lib.intake.units import Unit
from oko_lib.intake.values import Kind, parse_count, parse_percent

#: A share rounded to one decimal is at most 0.05 from the exact one; more than this is a contradiction.
_SHARE_TOLERANCE = 0.06


class AggregateBlock:
    """Candidate rows of one aggregated report.

    Parameters
    ----------
    rows : list of list
        The rows.
    units : list of Unit or None
        Group of every row.
    unit_column : int or None
        Column the groups come from.
    counts, percents : list of (str, int)
        Measures and their columns.
    percent_sum : bool
        Percentages of a row must add up to 100.
    """

    def __init__(
        self,
        rows: list[list[object]],
        units: Sequence[Unit | None],
        unit_column: int | None,
        counts: list[tuple[str, int]],
        percents: list[tuple[str, int]],
        *,
        percent_sum: bool = True,
    ) -> None:
        self.rows = rows
        self.size = len(rows)
        self.units = list(units)
        self.unit_columns = () if unit_column is None else (unit_column,)
        self.count_measures = [measure for measure, _ in counts]
        self.count_columns = tuple(column for _, column in counts)
        self.percent_measures = [measure for measure, _ in percents]
        self.percent_columns = tuple(column for _, column in percents)
        self.counts, self.count_kinds = self._matrix(self.count_columns, parse_count)
        self.percents, self.percent_kinds = self._matrix(self.percent_columns, parse_percent)
        self._sums_to_100 = percent_sum

    def _matrix(self, columns: tuple[int, ...], parser) -> tuple[np.ndarray, np.ndarray]:
        values, kinds = numbers([row[column] for row in self.rows for column in columns], parser)
        return values.reshape(self.size, len(columns)), kinds.reshape(self.size, len(columns))

    def cell(self, candidate: int, column: int) -> object:
        return self.rows[candidate][column]

    def _count(self, measure: str) -> np.ndarray:
        if measure not in self.count_measures:
            return np.full(self.size, np.nan)
        return self.counts[:, self.count_measures.index(measure)]

    @property
    def unit_unknown(self) -> np.ndarray:
        return np.array([unit is None for unit in self.units], dtype=bool)

    @property
    def participants_columns(self) -> tuple[int, ...]:
        if "n_participants" not in self.count_measures:
            return ()
        return (self.count_columns[self.count_measures.index("n_participants")],)

    @property
    def participants_kinds(self) -> np.ndarray:
        if "n_participants" not in self.count_measures:
            return np.full(self.size, Kind.NUMBER)
        return self.count_kinds[:, self.count_measures.index("n_participants")]

    @cached_property
    def percent_total(self) -> np.ndarray:
        """Sum of the percentages of every row."""
        return np.nansum(self.percents, axis=1)

    @cached_property
    def sum_tolerance(self) -> float:
        """How far from 100 rounding alone may take the sum: 0.1, more when there are many rounded columns."""
        texts = (shown(cell) for row in self.rows[:200] for cell in (row[column] for column in self.percent_columns))
        decimals = max((len(text.rpartition(",")[2]) for text in texts if "," in text), default=0)
        shares = int((~np.isnan(self.percents) & (self.percents != 0)).sum(axis=1).max(initial=0))
        return max(0.1, 0.5 * 10.0 ** -min(decimals, 6) * shares) if shares > 6 else 0.1

    @property
    def percent_sum_wrong(self) -> np.ndarray:
        if not self._sums_to_100 or not self.percent_columns:
            return np.zeros(self.size, dtype=bool)
        nobody = (self._count("n_participants") == 0) & (self.percent_total == 0)
        sound = ~(self.percent_kinds == Kind.BAD).any(axis=1)
        return sound & ~nobody & (np.abs(self.percent_total - 100) > self.sum_tolerance + 1e-9)

    @cached_property
    def _parts(self) -> np.ndarray:
        """Lowered + confirmed + raised; NaN where one of them is not stated."""
        return self._count("lowered_n") + self._count("confirmed_n") + self._count("raised_n")

    @property
    def parts_over_whole(self) -> np.ndarray:
        return self._parts > self._count("n_participants")

    @property
    def _shares(self) -> list[tuple[int, np.ndarray]]:
        shares = []
        for place, measure in enumerate(self.percent_measures):
            count = measure.removesuffix("_pct") + "_n"
            if count in self.count_measures:
                shares.append((place, self._count(count)))
        return shares

    @property
    def share_columns(self) -> tuple[int, ...]:
        return tuple(self.percent_columns[place] for place, _ in self._shares)

    @property
    def share_mismatch(self) -> np.ndarray:
        """Percentages that fit their count neither of the three groups together nor of all participants."""
        wrong = np.zeros((self.size, len(self._shares)), dtype=bool)
        for order, (place, count) in enumerate(self._shares):
            reported = self.percents[:, place]
            with np.errstate(divide="ignore", invalid="ignore"):
                of_parts = np.abs(reported - 100 * count / self._parts)
                of_all = np.abs(reported - 100 * count / self._count("n_participants"))
            nearest = np.fmin(of_parts, of_all)
            wrong[:, order] = nearest > _SHARE_TOLERANCE
        return wrong

    def details(self, candidate: int, column: int | None) -> dict[str, object]:
        total = self.percent_total[candidate]
        low, high = (shown(round(100 + side * self.sum_tolerance, 2)) for side in (-1, 1))
        details: dict[str, object] = {
            "percent_sum": shown(round(float(total), 2)),
            "sum_allowed": f"от {low} до {high}",
            "sum_hint": " Похоже, вместо процентов записаны доли." if abs(total - 1) < 0.01 else "",
            "parts": shown(float(self._parts[candidate])),
            "participants": shown(float(self._count("n_participants")[candidate])),
            "share": "",
        }
        for place, count in self._shares:
            if self.percent_columns[place] == column and self._parts[candidate]:
                details["share"] = shown(round(100 * float(count[candidate] / self._parts[candidate]), 2))
        return details

    def content(self, candidate: int) -> object:
        """Return everything a row says, for comparing duplicates."""
        return repr(self.counts[candidate].tolist()), repr(self.percents[candidate].tolist())


def draft_of(
    report: str,
    block: AggregateBlock,
    sheet: str,
    sheet_rows: np.ndarray,
    non_data: int,
    works: list[tuple[int | None, int | None, str | None]],
    header: Header,
    sightings: Sightings,
    more_issues: Sequence[Issue] = (),
) -> Draft:
    """Return the draft of an aggregated report.

    Parameters
    ----------
    report : str
        ``marks``, ``journal`` or ``scores``.
    block : AggregateBlock
        Candidate rows.
    works : list of (year, grade, subject)
        Work of every row.
    more_issues : sequence of Issue
        What the layout itself found wrong.
    """
    keys = [
        None if unit is None or None in work else (report, *work, unit.code)
        for unit, work in zip(block.units, works, strict=True)
    ]
    measures = [*block.count_measures, *block.percent_measures]
    values = np.hstack([block.counts, block.percents])

    def build(keep: np.ndarray) -> dict[str, pa.Table]:
        kept = np.flatnonzero(keep)
        stated = ~np.isnan(values[kept])
        row_of, measure_of = np.nonzero(stated)
        places = kept[row_of]
        units = [block.units[place] for place in places]
        columns = {
            "report": report,
            "year": [works[place][0] for place in places],
            "grade": [works[place][1] for place in places],
            "subject": [works[place][2] for place in places],
            "level": [unit.level for unit in units],
            "unit_code": [unit.code for unit in units],
            "unit_name": [unit.name for unit in units],
            "measure": [measures[place] for place in measure_of],
            "value": values[places, measure_of],
        }
        return {"vpr_aggregates": table_of("vpr_aggregates", columns, sheet, sheet_rows[places])}

    def facts(candidate: int) -> RowFacts:
        unit = block.units[candidate]
        year, grade, subject = works[candidate]
        return RowFacts(
            year,
            grade,
            subject,
            unit.code if unit and unit.level == "school" else None,
            unit.code if unit and unit.level == "municipality" else None,
        )

    first = works[0] if works else (None, None, None)
    same = all(work == first for work in works)
    return Draft(
        sheet=sheet,
        sheet_rows=sheet_rows,
        non_data=non_data,
        issues=[*apply(AGGREGATE_RULES, block), *more_issues],
        keys=keys,
        content=block.content,
        build=build,
        facts=facts,
        found=lambda candidate, column: shown(block.cell(candidate, column)),
        key_column=block.unit_columns[0] if block.unit_columns else None,
        titles=header.titles,
        header_row=header.row,
        sightings=sightings,
        carried=dict(zip(("year", "grade", "subject"), first, strict=True)) if same else {},
    )
