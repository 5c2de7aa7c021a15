"""Everything a report says of a set of schools: the same for a municipality and for the region."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.talent.contests import contests_by_list, unlisted_events
from oko_lib.indicators.talent.coverage import Coverage, coverage_of
from oko_lib.indicators.talent.data import TalentData
from oko_lib.indicators.talent.entries import STAGES
from oko_lib.indicators.talent.forms import (
    advanced_classes,
    part_of,
    part_of_pupils,
    pupils_by_school,
    staff_shares,
    total_of,
)
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
    """Results of a set of schools, each computed when it is first asked for.

    Who looks at one question does not wait for the others; who keeps the results calls :meth:`complete` first.

    Parameters
    ----------
    data : TalentData
        Frames of these schools.
    norms : TalentNorms
    """

    data: TalentData
    norms: TalentNorms

    @cached_property
    def funnel(self) -> pd.DataFrame:
        """See :func:`~oko_lib.indicators.talent.stages.stage_funnel`."""
        return stage_funnel(self._entries, self.data.held[self.data.year], self.norms)

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """Municipal stage by subject; see :func:`~oko_lib.indicators.talent.stages.prizes_by_subject`."""
        return prizes_by_subject(self._entries, "municipal", self.norms)

    @cached_property
    def retention(self) -> Estimate:
        """Children of last year's school stage who came again."""
        return retention(self.data.entries, self.data.year, self.norms)

    @cached_property
    def growth(self) -> pd.DataFrame:
        """See :func:`~oko_lib.indicators.talent.growth.growth`."""
        return growth(self.data, self.norms)

    @cached_property
    def coverage(self) -> Coverage:
        """Coverage of the pupils of the norm's grades."""
        return coverage_of(self.data.coverage, self.norms)

    @cached_property
    def groups(self) -> pd.DataFrame:
        """See :func:`~oko_lib.indicators.talent.groups.participation_by_group`."""
        return participation_by_group(self.data.coverage, self.data.groups, self.norms)

    @cached_property
    def disability(self) -> Estimate:
        """Children with disabilities who took part beyond their school."""
        data = self.data
        return disability_participation(data.entries, data.contests, data.enrolment, data.year, self.norms)

    @cached_property
    def contests(self) -> pd.DataFrame:
        """See :func:`~oko_lib.indicators.talent.contests.contests_by_list`."""
        data = self.data
        return contests_by_list(data.contests_of(data.year), data.pupils, self.norms, data.lists)

    @cached_property
    def unlisted(self) -> pd.DataFrame:
        """Events missing in the register of the year."""
        return unlisted_events(self.data.contests, self.data.events, self.data.year)

    @cached_property
    def staff(self) -> dict[str, Estimate]:
        """See :func:`~oko_lib.indicators.talent.forms.staff_shares`."""
        return staff_shares(self.data.support, self.data.year)

    @cached_property
    def programmes(self) -> dict[str, Estimate]:
        """Shares of pupils and counts.

        ``individual_programme``, ``individual_plan``, ``additional``, ``additional_talent``, ``network`` (shares of
        pupils), ``advanced`` (pupils of advanced classes), ``additional_programmes`` (share of talent programmes),
        ``university`` (share of programmes of universities and colleges), ``interagency`` (share of schools),
        ``network_individual``, ``network_plan``, ``navigator`` and ``sirius`` (counts).
        """
        return _programmes(self.data, int(self.norms.minimum_group.value))

    @cached_property
    def observed(self) -> dict[str, Observation]:
        """Observation by stage."""
        return {stage: observation(self.data.observers, stage, self.data.year) for stage in STAGES}

    def complete(self) -> TalentSummary:
        """Return the summary with everything computed: a kept copy then carries it."""
        for name, part in vars(type(self)).items():
            if isinstance(part, cached_property) and name != "_entries":
                getattr(self, name)
        return self

    def stage(self, stage: str) -> pd.Series | None:
        """Return the row of a stage of the funnel."""
        rows = self.funnel[self.funnel["stage"] == stage]
        return None if rows.empty else rows.iloc[0]

    def first_grade(self, stage: str) -> int:
        """Return the youngest grade admitted to a stage."""
        return self.norms.first_grade(stage)

    def __getstate__(self) -> dict[str, object]:
        """Leave out what is cut from `data` in a moment."""
        return {name: value for name, value in vars(self).items() if name != "_entries"}

    @cached_property
    def _entries(self) -> pd.DataFrame:
        """Entries of the year."""
        return self.data.entries_of(self.data.year)


def summarise(data: TalentData, norms: TalentNorms) -> TalentSummary:
    """Return the results of the schools whose frames are given."""
    return TalentSummary(data, norms)


def _programmes(data: TalentData, minimum: int) -> dict[str, Estimate]:
    year = data.year
    now = data.support[data.support["year"] == year]
    by_school, pupils = now.set_index("school"), pupils_by_school(data.enrolment, year, _ALL_GRADES)

    def of_pupils(column: str) -> Estimate:
        return part_of_pupils(by_school[column], pupils, minimum)

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
