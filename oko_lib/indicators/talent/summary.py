"""Everything a report says of a set of schools: the same for a municipality and for the region."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from oko_lib.indicators.talent.contests import contests_by_list, unlisted_events
from oko_lib.indicators.talent.coverage import Coverage, coverage_of
from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.entries import STAGES
from oko_lib.indicators.talent.forms import advanced_classes, part_of, part_of_pupils, staff_shares, total_of
from oko_lib.indicators.talent.groups import disability_participation, participation_by_group
from oko_lib.indicators.talent.growth import growth
from oko_lib.indicators.talent.observers import Observation, observation
from oko_lib.indicators.talent.stages import prizes_by_subject, retention, stage_funnel
from oko_lib.methods.result import Estimate
from oko_lib.settings.talent_norms import TalentNorms

#: Grades 1–11: programmes and additional education are for all.
_ALL_GRADES = (1, 11)


@dataclass(frozen=True)
class TalentSummary:
    """Results of a set of schools.

    Parameters
    ----------
    data : TalentData
        Frames of these schools.
    norms : TalentNorms
    funnel : DataFrame
        See :func:`~oko_lib.indicators.talent.stages.stage_funnel`.
    subjects : DataFrame
        Municipal stage by subject; see :func:`~oko_lib.indicators.talent.stages.prizes_by_subject`.
    retention : Estimate
        Children of last year's school stage who came again.
    growth : DataFrame
        See :func:`~oko_lib.indicators.talent.growth.growth`.
    coverage : Coverage
    groups : DataFrame
        See :func:`~oko_lib.indicators.talent.groups.participation_by_group`.
    disability : Estimate
        Children with disabilities who took part beyond their school.
    contests : DataFrame
        See :func:`~oko_lib.indicators.talent.contests.contests_by_list`.
    unlisted : DataFrame
        Events missing in the register of the year.
    staff : dict of str to Estimate
        See :func:`~oko_lib.indicators.talent.forms.staff_shares`.
    programmes : dict of str to Estimate
        Shares of pupils and counts: ``individual_programme``, ``individual_plan``, ``additional``,
        ``additional_talent``, ``network`` (shares of pupils), ``advanced`` (pupils of advanced classes),
        ``additional_programmes`` (share of talent programmes), ``university`` (share of programmes of universities and
        colleges), ``interagency`` (share of schools), ``network_individual``, ``network_plan``, ``navigator`` and
        ``sirius`` (counts).
    observed : dict of str to Observation
        By stage.
    """

    data: TalentData
    norms: TalentNorms
    funnel: pd.DataFrame
    subjects: pd.DataFrame
    retention: Estimate
    growth: pd.DataFrame
    coverage: Coverage
    groups: pd.DataFrame
    disability: Estimate
    contests: pd.DataFrame
    unlisted: pd.DataFrame
    staff: dict[str, Estimate]
    programmes: dict[str, Estimate]
    observed: dict[str, Observation]

    def stage(self, stage: str) -> pd.Series | None:
        """Return the row of a stage of the funnel."""
        rows = self.funnel[self.funnel["stage"] == stage]
        return None if rows.empty else rows.iloc[0]

    def first_grade(self, stage: str) -> int:
        """Return the youngest grade admitted to a stage."""
        return self.norms.first_grade(stage)


def summarise(data: TalentData, norms: TalentNorms) -> TalentSummary:
    """Compute everything of the schools whose frames are given."""
    year = data.year
    entries, contests = data.entries_of(year), data.contests_of(year)
    return TalentSummary(
        data=data,
        norms=norms,
        funnel=stage_funnel(entries, data.held[year], norms),
        subjects=prizes_by_subject(entries, "municipal", norms),
        retention=retention(data.entries, year, norms),
        growth=growth(data, norms),
        coverage=coverage_of(data.coverage, norms),
        groups=participation_by_group(data.coverage, data.groups, norms),
        disability=disability_participation(data.entries, data.contests, data.enrolment, year, norms),
        contests=contests_by_list(contests, data.pupils, norms, data.lists),
        unlisted=unlisted_events(data.contests, data.events, year),
        staff=staff_shares(data.support, year),
        programmes=_programmes(data, int(norms.minimum_group.value)),
        observed={stage: observation(data.observers, stage, year) for stage in STAGES},
    )


def _programmes(data: TalentData, minimum: int) -> dict[str, Estimate]:
    year = data.year
    now = data.support[data.support["year"] == year]

    def of_pupils(column: str) -> Estimate:
        return part_of_pupils(data.support, data.enrolment, column, year, _ALL_GRADES, minimum)

    stated = now.dropna(subset="interagency_programme")
    flagged = stated.assign(one=1.0, yes=stated["interagency_programme"].astype(float))
    return {
        "individual_programme": of_pupils("pupils_individual_programme"),
        "individual_plan": of_pupils("pupils_individual_plan"),
        "additional": of_pupils("pupils_additional_education"),
        "additional_talent": of_pupils("pupils_additional_education_talent"),
        "network": of_pupils("pupils_network"),
        "advanced": advanced_classes(data.enrolment, year, minimum),
        "additional_programmes": part_of(now, "programmes_additional_talent", "programmes_additional"),
        "university": part_of(now, "programmes_university", "programmes_university_all"),
        "interagency": part_of(flagged, "yes", "one"),
        "network_individual": total_of(now, "programmes_network_individual"),
        "network_plan": total_of(now, "programmes_network_plan"),
        "navigator": total_of(now, "navigator_requests"),
        "sirius": total_of(now, "pupils_sirius"),
    }
