"""«Сравнение отметок с отметками по журналу»: groups down, lowered / confirmed / raised across."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.aggregates import AggregateBlock, draft_of
from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import GROUPS, N_PARTICIPANTS, N_SCHOOLS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.leftovers import column_warnings
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import words
from oko_lib.intake.units import sightings_of, units_of

#: First word of a heading → what it counts; the rest is spelt unevenly («Отметка = Отметке по журналу»).
BEGINNINGS = {"понизили": "lowered", "подтвердили": "confirmed", "повысили": "raised"}


class _Group(Field):
    """A column told by how its heading begins and ends."""

    def fits(self, heading: str) -> bool:
        beginning, percent = self.titles
        return heading.startswith(words(beginning)) and heading.endswith("%") == (percent == "%")


def _groups() -> tuple[Field, ...]:
    fields = []
    for russian, english in BEGINNINGS.items():
        fields.append(_Group(f"{english}_pct", (russian.capitalize(), "%"), required=True))
        fields.append(_Group(f"{english}_n", (russian.capitalize(), "Кол-во участников"), required=True))
    return tuple(fields)


class JournalComparison(AggregateLayout):
    """The report «Сравнение отметок с отметками по журналу», one group a row."""

    name = "journal_comparison"
    title_ru = "Сравнение отметок с отметками по журналу"
    rank = 2
    spec = HeaderSpec(fields=(GROUPS, *_groups(), N_SCHOOLS, N_PARTICIPANTS))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        work = self.work_of(sheet, header, circumstances)
        unit_column = header.columns["groups"][0]
        data, other = self.data_rows(sheet, header, work, circumstances, unit_column)
        rows = [row for _, row in data]
        units = units_of([row[unit_column] for row in rows])
        names = ("n_schools", "n_participants", *(f"{group}_n" for group in BEGINNINGS.values()))
        counts = [(name, header.columns[name][0]) for name in names if name in header.columns]
        percents = [(f"{group}_pct", header.columns[f"{group}_pct"][0]) for group in BEGINNINGS.values()]
        # Shares are checked against their counts, which is stricter than their sum.
        block = AggregateBlock(rows, units, unit_column, counts, percents, percent_sum=False)
        draft = draft_of(
            "journal",
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
