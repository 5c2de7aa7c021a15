"""Everything about objectivity that is computed over the whole region, once per run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.memory import give_back
from oko_lib.indicators.objectivity.agreement import YearAgreement
from oko_lib.indicators.objectivity.borders import WorkBorders, borders_by_work
from oko_lib.indicators.objectivity.control_group import ControlGroup
from oko_lib.indicators.objectivity.dynamics import AgreementDynamics, agreement_dynamics, comparable_works
from oko_lib.indicators.objectivity.evidence import RegionEvidence, region_evidence
from oko_lib.indicators.objectivity.lists import PublishedLists, published_lists
from oko_lib.indicators.objectivity.procedures import correlations_of_school_means, directions_of_schools
from oko_lib.indicators.objectivity.signs import YearSigns, signs_of_year
from oko_lib.indicators.objectivity.year import year_objectivity
from oko_lib.indicators.quality import discrepancies_of_year
from oko_lib.indicators.regional import once
from oko_lib.indicators.registers import municipality_register, school_register
from oko_lib.indicators.session import Session
from oko_lib.indicators.vpr_frames import marks_by_participant, participation, scales


@dataclass(frozen=True)
class RegionObjectivity:
    """Results over the whole region; reports of municipalities are cut from them.

    Parameters
    ----------
    year : int
        Year of the report.
    years : tuple of int
        Years of the series, ending with `year`.
    municipalities, schools : DataFrame
        Registers, indexed by municipality_code and by school.
    marks : DataFrame
        Written works of the series (and the year before it, for jumps of a parallel) with municipality_code.
    agreement : YearAgreement
        Of `year`.
    signs : dict of int to YearSigns
        By year of the series.
    borders : list of WorkBorders
        The regional background of `year`.
    evidence : RegionEvidence
        All signals together over the series, and the border excess of schools.
    lists : PublishedLists
    control : ControlGroup or None
    dynamics : AgreementDynamics
        Of the region.
    consistency : DataFrame
        Correlations of school means between years and subjects.
    directions : DataFrame
        How many works and years of every school point the same way.
    participation : DataFrame
        Listed and present pupils by school, subject and grade of the year.
    discrepancies : DataFrame
        Where aggregated reports of the year differ from the participant rows.
    """

    year: int
    years: tuple[int, ...]
    municipalities: pd.DataFrame
    schools: pd.DataFrame
    marks: pd.DataFrame
    agreement: YearAgreement
    signs: dict[int, YearSigns]
    borders: list[WorkBorders]
    scales: pd.DataFrame
    evidence: RegionEvidence
    lists: PublishedLists
    control: ControlGroup | None
    dynamics: AgreementDynamics
    consistency: pd.DataFrame
    directions: pd.DataFrame
    participation: pd.DataFrame
    discrepancies: pd.DataFrame

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is cut from `marks` in a moment."""
        return {name: value for name, value in vars(self).items() if name != "marks_of_year"}

    @cached_property
    def marks_of_year(self) -> pd.DataFrame:
        """Written works of the report's year."""
        return self.marks[self.marks["year"] == self.year]

    @cached_property
    def has_comparison(self) -> bool:
        """True when there is more than one municipality to compare with."""
        return len(self.marks_of_year["municipality_code"].dropna().unique()) > 1


def region_objectivity(session: Session) -> RegionObjectivity:
    """Return the regional results for a session, computed once per data version, year and norms."""
    return once("objectivity", session, _compute)


def _compute(session: Session) -> RegionObjectivity:
    snapshot, norms, year = session.snapshot, session.norms, session.year
    first = year - int(norms.dynamics_years.value) + 1
    schools = school_register(snapshot).set_index("school")
    marks = marks_by_participant(snapshot, first - 1, year)
    give_back()
    marks = marks.assign(municipality_code=marks["school"].map(schools["municipality_code"]))
    years = tuple(sorted(int(found) for found in marks["year"].unique() if found >= first))
    now, series = marks[marks["year"] == year], marks[marks["year"] >= first]
    all_scales = scales(snapshot, first - 1, year)
    works, left_out = comparable_works(series, list(years))
    # First: the report on training, computed beside this one, looks whether it is there.
    this_year = year_objectivity(session, lambda: now)
    evidence = region_evidence(series, all_scales, year, norms)
    # Codes of pupils join their works inside the region's results; in reports there are none.
    marks, now, series = (frame.drop(columns="participant_code") for frame in (marks, now, series))
    give_back()
    signs = {each: signs_of_year(marks, each, norms) for each in years}
    give_back()
    dynamics = agreement_dynamics(series, works, left_out, norms)
    give_back()
    return RegionObjectivity(
        year=year,
        years=years,
        municipalities=municipality_register(snapshot).set_index("municipality_code"),
        schools=schools,
        marks=marks,
        agreement=this_year.agreement,
        signs=signs,
        borders=borders_by_work(now, all_scales[all_scales["year"] == year], norms),
        scales=all_scales,
        evidence=evidence,
        lists=published_lists(snapshot, first, year),
        control=this_year.control,
        dynamics=dynamics,
        consistency=correlations_of_school_means(series, year, norms),
        directions=directions_of_schools(series, norms),
        participation=participation(snapshot, year),
        discrepancies=discrepancies_of_year(snapshot, year, now),
    )
