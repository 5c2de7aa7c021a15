"""What the aggregated reports have in common: groups of participants down the first column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from oko_lib.intake.aggregates import AggregateBlock, draft_of
from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Field, Header
from oko_lib.intake.heading import Circumstances, from_lines
from oko_lib.intake.layouts.base import Layout
from oko_lib.intake.layouts.participant_layout import required_facts
from oko_lib.intake.leftovers import column_warnings, is_footnote, is_title_line, refuse_another_work, repeats_header
from oko_lib.intake.participants import Assessment
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import is_blank_row
from oko_lib.intake.units import sightings_of, units_of
from oko_lib.intake.values import parse_unit

GROUPS = Field("groups", ("Группы участников", "Группа участников", "Группы участников*"), required=True)
N_SCHOOLS = Field("n_schools", ("Кол-во ОО", "Количество ОО"))
N_PARTICIPANTS = Field(
    "n_participants", ("Кол-во участников", "Количество участников", "Кол-во участников(всего)"), required=True
)

#: Measures every aggregated report may count.
COUNTS = (N_SCHOOLS.name, N_PARTICIPANTS.name)


class AggregateLayout(Layout):
    """An aggregated report: one work a sheet, one group a row."""

    tables = frozenset({"vpr_aggregates"})

    @staticmethod
    def work_of(sheet: Sheet, header: Header, circumstances: Circumstances) -> Assessment:
        """Return the work the sheet is about; see :func:`required_facts`."""
        heading = from_lines(sheet.rows[: header.row], circumstances.finder)
        return required_facts(circumstances.work_of(sheet, heading), sheet, heading)

    @staticmethod
    def data_rows(
        sheet: Sheet, header: Header, work: Assessment | None, circumstances: Circumstances, unit_column: int
    ) -> tuple[list[tuple[int, list[object]]], int]:
        """Return the rows that claim to be data, with their numbers, and how many others there are."""
        data, other = [], 0
        for number, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1):
            if is_blank_row(row):
                continue
            if repeats_header(row, header):
                other += 1
            elif is_title_line(row):
                if work is not None:
                    place = f"Лист «{sheet.name}», строка {number + 1}"
                    refuse_another_work(row, (work.year, work.grade, work.subject), circumstances.finder, place)
                other += 1
            elif is_footnote(row) and parse_unit(row[unit_column])[0] is None:
                other += 1
            else:
                data.append((number, row))
        return data, other

    def groups_draft(
        self,
        report: str,
        sheet: Sheet,
        header: Header,
        circumstances: Circumstances,
        counts: Sequence[str],
        percents: list[tuple[str, int]],
        *,
        percent_sum: bool = True,
    ) -> Draft:
        """Return the draft of a sheet whose rows are groups of participants.

        Parameters
        ----------
        report : str
            Code of the report in ``vpr_aggregates``.
        sheet, header, circumstances
            As for :meth:`draft`.
        counts : sequence of str
            Measures that are counts; those without a column are left out.
        percents : list of (str, int)
            Measures that are percentages, with their columns.
        percent_sum : bool
            Whether the percentages of a row must add up to 100.
        """
        work = self.work_of(sheet, header, circumstances)
        unit_column = header.columns["groups"][0]
        data, other = self.data_rows(sheet, header, work, circumstances, unit_column)
        rows = [row for _, row in data]
        units = units_of([row[unit_column] for row in rows])
        counted = [(name, header.columns[name][0]) for name in counts if name in header.columns]
        draft = draft_of(
            report,
            AggregateBlock(rows, units, unit_column, counted, percents, percent_sum=percent_sum),
            sheet.name,
            np.array([number for number, _ in data], dtype=np.int64),
            other,
            [(work.year, work.grade, work.subject)] * len(rows),
            header,
            sightings_of(units, [work.year] * len(rows)),
        )
        draft.warnings += column_warnings(header, sheet.name)
        return draft
