"""«Статистика по отметкам»: shares of marks by group of participants."""

from __future__ import annotations

from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import COUNTS, GROUPS, N_PARTICIPANTS, N_SCHOOLS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.readers import Sheet

MARKS = (2, 3, 4, 5)


class MarksStatistics(AggregateLayout):
    """The report «Статистика по отметкам»."""

    name = "marks_statistics"
    title_ru = "Статистика по отметкам"
    rank = 2
    spec = HeaderSpec(fields=(GROUPS, N_SCHOOLS, N_PARTICIPANTS), points=MARKS, no_points=(0, 1, 6))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        percents = [(f"mark_{mark}_pct", header.points[mark]) for mark in MARKS]
        return self.groups_draft("marks", sheet, header, circumstances, COUNTS, percents)
