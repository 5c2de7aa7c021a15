"""Everything on talent that is computed over the whole region, once per run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from oko_lib.indicators.memory import give_back
from oko_lib.indicators.regional import once
from oko_lib.indicators.registers import municipality_register, school_register
from oko_lib.indicators.session import Session
from oko_lib.indicators.talent.data import TalentData, talent_data
from oko_lib.indicators.talent.protocols import protocol_faults
from oko_lib.indicators.talent.strength import home_and_next, subject_strength
from oko_lib.indicators.talent.summary import TalentSummary, summarise
from oko_lib.methods.participation_link import ParticipationLink, participation_link
from oko_lib.methods.stage_consistency import StageConsistency
from oko_lib.methods.strength_map import StrengthMap
from oko_lib.settings.olympiad_quotas import load_olympiad_quotas
from oko_lib.settings.talent_norms import TalentNorms

#: Tables any of which makes a report of this direction possible.
TABLES = ("olympiad_results_by_participant", "contest_results_by_participant", "talent_support_by_school")


@dataclass(frozen=True)
class RegionTalent:
    """Results over the whole region; reports of municipalities are cut from them.

    Parameters
    ----------
    year : int
    municipalities, schools : DataFrame
        Registers, indexed by municipality_code and by school.
    data : TalentData
    norms : TalentNorms
    strength : StrengthMap
        Schools × subjects by results of the municipal stage.
    consistency : StageConsistency or None
        Home results of schools against the municipal stage.
    faults, checked : DataFrame
        See :func:`~oko_lib.indicators.talent.protocols.protocol_faults`.
    link : ParticipationLink
        Additional education and participation over schools.
    """

    year: int
    municipalities: pd.DataFrame
    schools: pd.DataFrame
    data: TalentData
    norms: TalentNorms
    strength: StrengthMap
    consistency: StageConsistency | None
    faults: pd.DataFrame
    checked: pd.DataFrame
    link: ParticipationLink

    @cached_property
    def summary(self) -> TalentSummary:
        """Results of all schools together."""
        return summarise(self.data, self.norms)

    @cached_property
    def has_comparison(self) -> bool:
        """True when there is more than one municipality to compare with."""
        return len(self.codes) > 1

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Municipalities with data of the year, by name."""
        there = set(self.schools["municipality_code"].reindex(self.data.schools).dropna())
        return tuple(code for code in self.municipalities.index if code in there)

    def schools_of(self, municipality_code: str) -> pd.Index:
        """Schools of a municipality with data of the year."""
        own = self.schools.index[self.schools["municipality_code"] == municipality_code]
        return self.data.schools.intersection(own).rename("school")


def region_talent(session: Session) -> RegionTalent:
    """Return the regional results for a session, computed once per data version, year, norms and parameter files."""
    return once("talent", session, _compute_whole)


def _compute_whole(session: Session) -> RegionTalent:
    region = _compute(session)
    # Every report needs them: they are kept with the rest.
    region.summary.complete()
    region.has_comparison  # noqa: B018
    return region


def _compute(session: Session) -> RegionTalent:
    norms, year = session.norms, session.year
    data = talent_data(session.snapshot, year, norms)
    give_back()
    schools = school_register(session.snapshot).set_index("school")
    faults, checked = protocol_faults(data.entries, schools, year, load_olympiad_quotas(session.workspace))
    data = data.without_places()
    give_back()
    return RegionTalent(
        year=year,
        municipalities=municipality_register(session.snapshot).set_index("municipality_code"),
        schools=schools,
        data=data,
        norms=norms,
        strength=subject_strength(data, norms),
        consistency=home_and_next(data, schools, norms),
        faults=faults,
        checked=checked,
        link=_link(data, norms),
    )


def _link(data: TalentData, norms: TalentNorms) -> ParticipationLink:
    """Coverage by additional education is of all grades, participation of the norm's grades."""
    form = data.support[data.support["year"] == data.year].set_index("school")
    pupils = data.enrolment[data.enrolment["year"] == data.year].groupby("school")["pupils"].sum()
    share = (form["pupils_additional_education"] / pupils.reindex(form.index)).clip(0, 1)
    own = data.coverage
    frame = pd.DataFrame(
        {
            "school": own.index,
            "pupils": own["pupils"].to_numpy(),
            "participants": own["olympians"].to_numpy(),
            "covered": share.reindex(own.index).to_numpy() * own["pupils"].to_numpy(),
            "place": data.groups["place"].reindex(own.index).to_numpy(),
        }
    )
    frame = frame[~(frame["participants"] > frame["pupils"])]
    return participation_link(
        frame, minimum_schools=int(norms.link_minimum_schools.value), level=norms.confidence_level.value
    )
