"""Who took part in an olympiad or a contest and with what: what a protocol says without a column for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oko_lib.intake.text import is_blank
from oko_lib.intake.values import is_absence

if TYPE_CHECKING:
    from oko_lib.intake.layouts.mapped_table import MappedTable

#: Tables whose rows end with a status.
WITH_STATUS = ("olympiad_results_by_participant", "contest_results_by_participant")


def settle_participation(table: MappedTable) -> None:
    """Fill presence and status: «неявка» in place of a score is an absence, an empty status an ordinary participant.

    What the column «Присутствовал» says itself is left as it is; a contradiction is found by the checks.
    """
    said_at = table.places.get("present")
    told = [at for at in (table.places.get("score"), table.places.get("status")) if at is not None]
    present, status = list(table.values["present"]), list(table.values["status"])
    for number, row in enumerate(table.rows):
        said = said_at is not None and not is_blank(row[said_at])
        if present[number] and not said and any(is_absence(row[at]) for at in told):
            present[number] = False
        if present[number] and status[number] is None:
            status[number] = "participant"
        elif present[number] is False and status[number] == "participant":
            status[number] = None
    table.values["present"], table.values["status"] = present, status
