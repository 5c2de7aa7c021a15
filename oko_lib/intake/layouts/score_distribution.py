"""«Распределение первичных баллов» for groups of participants: a column for every score."""

from __future__ import annotations

from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import COUNTS, GROUPS, N_PARTICIPANTS, N_SCHOOLS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.readers import Sheet


class ScoreDistribution(AggregateLayout):
    """The report «Распределение первичных баллов», one work a sheet."""

    name = "score_distribution"
    title_ru = "Распределение первичных баллов"
    rank = 2
    spec = HeaderSpec(fields=(GROUPS, N_SCHOOLS, N_PARTICIPANTS), points=(0, 1, 2))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        percents = [(f"score_{score}_pct", column) for score, column in sorted(header.points.items())]
        return self.groups_draft("scores", sheet, header, circumstances, COUNTS, percents)
