"""«Сравнение отметок с отметками по журналу»: groups down, lowered / confirmed / raised across."""

from __future__ import annotations

from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import COUNTS, GROUPS, N_PARTICIPANTS, N_SCHOOLS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import words

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
        groups = BEGINNINGS.values()
        counts = (*COUNTS, *(f"{group}_n" for group in groups))
        percents = [(f"{group}_pct", header.columns[f"{group}_pct"][0]) for group in groups]
        # Shares are checked against their counts, which is stricter than their sum.
        return self.groups_draft("journal", sheet, header, circumstances, counts, percents, percent_sum=False)
