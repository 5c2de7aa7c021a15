"""«Распределение первичных баллов» for groups of participants: a column for every score."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.aggregates import AggregateBlock, draft_of
from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import GROUPS, N_PARTICIPANTS, N_SCHOOLS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.leftovers import column_warnings
from oko_lib.intake.readers import Sheet
from oko_lib.intake.units import sightings_of, units_of


class ScoreDistribution(AggregateLayout):
    """The report «Распределение первичных баллов», one work a sheet."""

    name = "score_distribution"
    title_ru = "Распределение первичных баллов"
    rank = 2
    spec = HeaderSpec(fields=(GROUPS, N_SCHOOLS, N_PARTICIPANTS), points=(0, 1, 2))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        work = self.work_of(sheet, header, circumstances)
        unit_column = header.columns["groups"][0]
        data, other = self.data_rows(sheet, header, work, circumstances, unit_column)
        rows = [row for _, row in data]
        units = units_of([row[unit_column] for row in rows])
        counts = [(name, header.columns[name][0]) for name in ("n_schools", "n_participants") if name in header.columns]
        percents = [(f"score_{score}_pct", column) for score, column in sorted(header.points.items())]
        block = AggregateBlock(rows, units, unit_column, counts, percents)
        draft = draft_of(
            "scores",
            block,
            sheet.name,
            np.array([number for number, _ in data], dtype=np.int64),
            other,
            [(work.year, work.grade, work.subject)] * len(rows),
            header,
            sightings_of(units, [work.year] * len(rows)),
        )
        draft.warnings += column_warnings(header, sheet.name)
        return draft
