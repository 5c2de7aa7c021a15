"""What the directions on objectivity and on the quality of training both tell of a year: computed once for the two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import pandas as pd

from oko_lib.indicators.objectivity.agreement import YearAgreement, agreement_of, agreement_of_year
from oko_lib.indicators.objectivity.control_group import ControlGroup, control_group
from oko_lib.indicators.regional import once
from oko_lib.indicators.session import Session
from oko_lib.methods.agreement import MarkAgreement
from oko_lib.settings.norms import ObjectivityNorms


@dataclass(frozen=True)
class YearObjectivity:
    """Marks of one year against the journal over the whole region.

    Parameters
    ----------
    agreement : YearAgreement
    total : MarkAgreement
        Over all marks together.
    control : ControlGroup or None
        Schools with observers against the rest.
    """

    agreement: YearAgreement
    total: MarkAgreement
    control: ControlGroup | None


def year_objectivity(session: Session, marks: Callable[[], pd.DataFrame]) -> YearObjectivity:
    """Return the results of the session's year.

    Parameters
    ----------
    session : Session
        Its norms are those of objectivity.
    marks : callable
        Gives the written works of the region in that year, with municipality_code; asked only if nobody has computed
        the results yet.
    """

    def compute(own: Session) -> YearObjectivity:
        written, norms = marks(), cast(ObjectivityNorms, own.norms)
        return YearObjectivity(
            agreement=agreement_of_year(written, norms),
            total=agreement_of(written, norms),
            control=control_group(own.snapshot, written, own.year, norms),
        )

    return once("year_objectivity", session, compute)
