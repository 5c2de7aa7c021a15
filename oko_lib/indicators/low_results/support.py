"""Support of schools with low results: coverage of their teachers, deficits found, programmes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from oko_lib.methods.result import Estimate, Refusal, RefusalReason
from oko_lib.settings.low_results_norms import LowResultsNorms
from oko_lib.store import Snapshot

COUNTS = (
    "teachers", "teachers_diagnosed", "teachers_with_deficits", "teachers_supported",
    "teachers_in_regional_associations", "teachers_in_municipal_associations", "teachers_trained",
    "heads", "heads_supported",
)  # fmt: skip
FLAGS = ("programme_approved", "mentor_school")

_SUPPORT = f"""
    select
        s.year, coalesce(history.school_id, s.login) as school,
        {", ".join(f"sum(s.{name})::double as {name}" for name in COUNTS)},
        {", ".join(f"bool_or(s.{name}) as {name}" for name in FLAGS)}
    from school_support_by_year as s
    left join school_logins as history on history.login = s.login
    where s.year between ? and ?
    group by all
    order by school, year
"""

_DEFICITS = """
    select
        d.year, coalesce(history.school_id, d.login) as school, d.subject,
        sum(d.teachers_diagnosed)::double as teachers_diagnosed,
        sum(d.teachers_with_deficits)::double as teachers_with_deficits
    from teacher_deficits_by_subject as d
    left join school_logins as history on history.login = d.login
    where d.year between ? and ?
    group by all
    order by subject, school, year
"""


def support_by_school(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return what was reported on support: school, year, counts of teachers and heads, two flags."""
    return snapshot.sql(_SUPPORT, [first_year, last_year])


def deficits_by_school(snapshot: Snapshot, first_year: int, last_year: int) -> pd.DataFrame:
    """Return deficits by subject: year, school, subject, teachers_diagnosed, teachers_with_deficits."""
    return snapshot.sql(_DEFICITS, [first_year, last_year])


@dataclass(frozen=True)
class Support:
    """Support of a set of listed schools in one year.

    Parameters
    ----------
    schools : DataFrame
        Rows of :func:`support_by_school` of the listed schools that reported, with ``coverage`` (share).
    silent : tuple of str
        Listed schools that reported nothing: they are not counted as zero, they are named.
    coverage : Estimate
        Teachers covered by any form of support among all teachers of the listed schools that reported both numbers.
        The teachers are all there are, no sample: no interval.
    target : float
        Norm of coverage.
    schools_reached : Estimate
        Share of listed schools with at least one supported teacher, among those that reported.
    diagnosed : Estimate
        Share of teachers who went through a diagnosis.
    programmes : Estimate
        Share of listed schools with an approved programme, among those that reported it.
    deficits : DataFrame
        subject, n_schools, teachers_diagnosed, teachers_with_deficits, share (Estimate), by subject.
    """

    schools: pd.DataFrame
    silent: tuple[str, ...]
    coverage: Estimate
    target: float
    schools_reached: Estimate
    diagnosed: Estimate
    programmes: Estimate
    deficits: pd.DataFrame

    @property
    def target_met(self) -> bool | None:
        """Whether coverage reaches the norm (exactly the norm does); None without data."""
        if not self.coverage.given:
            return None
        return self.coverage.numerator >= self.target * self.coverage.denominator - 1e-9


def complete_share(numerator: float, denominator: float) -> Estimate:
    """Share of a complete count: no interval, since nothing was sampled."""
    if denominator <= 0:
        return Estimate(None, None, 0, refusal=Refusal(RefusalReason.NO_DATA))
    return Estimate(numerator / denominator, None, int(denominator), numerator, denominator)


def _covered(part: pd.Series, whole: pd.Series) -> Estimate:
    known = part.notna() & whole.notna()
    return complete_share(float(part[known].sum()), float(whole[known].sum()))


def support_of(
    support: pd.DataFrame, deficits: pd.DataFrame, schools: Iterable[str], year: int, norms: LowResultsNorms
) -> Support:
    """Describe the support of `schools` in `year`.

    Parameters
    ----------
    support, deficits : DataFrame
        From :func:`support_by_school` and :func:`deficits_by_school`.
    schools : iterable of str
        Listed schools.
    year : int
    norms : LowResultsNorms
        Target of coverage.
    """
    wanted = sorted(set(schools))
    own = support[(support["year"] == year) & support["school"].isin(wanted)]
    own = own.assign(coverage=own["teachers_supported"] / own["teachers"].where(own["teachers"] > 0))
    reached = own["teachers_supported"].dropna()
    approved = own["programme_approved"].dropna().astype(bool)
    found = deficits[(deficits["year"] == year) & deficits["school"].isin(wanted)]
    return Support(
        schools=own.reset_index(drop=True),
        silent=tuple(school for school in wanted if school not in set(own["school"])),
        coverage=_covered(own["teachers_supported"], own["teachers"]),
        target=norms.support_coverage.value,
        schools_reached=complete_share(int((reached > 0).sum()), len(reached)),
        diagnosed=_covered(own["teachers_diagnosed"], own["teachers"]),
        programmes=complete_share(int(approved.sum()), len(approved)),
        deficits=_by_subject(found),
    )


def _by_subject(found: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "subject": subject,
            "n_schools": part["school"].nunique(),
            "teachers_diagnosed": part["teachers_diagnosed"].sum(),
            "teachers_with_deficits": part["teachers_with_deficits"].sum(),
            "share": _covered(part["teachers_with_deficits"], part["teachers_diagnosed"]),
        }
        for subject, part in found.groupby("subject")
    ]
    columns = ["subject", "n_schools", "teachers_diagnosed", "teachers_with_deficits", "share"]
    return pd.DataFrame(rows, columns=columns)
