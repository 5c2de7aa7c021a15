"""Schools that need attention: who, why, and on what it rests."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.objectivity.evidence import RegionEvidence
from oko_lib.indicators.objectivity.lists import PublishedLists


@dataclass(frozen=True)
class Attention:
    """Why one school is listed.

    Parameters
    ----------
    school : str
        Lasting identifier.
    pattern : str or None
        Code of what moved with what (see :func:`oko_lib.methods.school_evidence.school_evidence`); None when the
        school is here only because a published list names it.
    subjects, grades, years : tuple
        Where the signal is strongest.
    signals : tuple of str
        Codes of the signals that speak, strongest first.
    adjusted_p : float or None
        After false-discovery control.
    level_shift, journal_shift : float or None
        Size: pupil standard deviations, marks.
    listed : tuple of (int, str)
        Year and sign of every published list that names the school.
    n_pupils : int
        Works behind the finding.
    """

    school: str
    pattern: str | None
    subjects: tuple[str, ...]
    grades: tuple[int, ...]
    years: tuple[int, ...]
    signals: tuple[str, ...]
    adjusted_p: float | None
    level_shift: float | None
    journal_shift: float | None
    listed: tuple[tuple[int, str], ...]
    n_pupils: int


def schools_needing_attention(
    evidence: RegionEvidence, lists: PublishedLists, year: int, schools: pd.Index
) -> list[Attention]:
    """List the schools among `schools` that stand out by all signals together or are named by a list of `year`.

    One family of tests decides: the joint evidence, under false-discovery control over the region. Single tables
    (funnel, signs, borders) explain it but add nobody, else the share of false findings would grow with every table.
    """
    rows = evidence.schools
    flagged = rows[rows["flagged"] & rows["school"].isin(schools)] if rows is not None else None
    by_school = {} if flagged is None else {row.school: row for row in flagged.itertuples()}
    listed: dict[str, list[tuple[int, str]]] = {}
    for row in lists.rows.itertuples():
        if row.school in schools:
            listed.setdefault(row.school, []).append((int(row.year), str(row.sign)))
    named_now = {school for school, entries in listed.items() if any(entry[0] == year for entry in entries)}
    found = []
    for school in sorted({*by_school, *named_now}):
        row = by_school.get(school)
        found.append(
            Attention(
                school=school,
                pattern=row.pattern if row else None,
                subjects=tuple(row.subjects) if row else (),
                grades=tuple(int(grade) for grade in row.grades) if row else (),
                years=tuple(int(each) for each in row.years) if row else (),
                signals=tuple(row.signals) if row else (),
                adjusted_p=float(row.adjusted_p) if row else None,
                level_shift=float(row.level_shift) if row else None,
                journal_shift=float(row.journal_shift) if row else None,
                listed=tuple(listed.get(school, ())),
                n_pupils=int(row.n_pupils) if row else 0,
            )
        )
    return found
