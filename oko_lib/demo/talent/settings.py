"""Parameters of olympiads, contests and support of the gifted (``parameters/demo/talent.yaml``)."""

from __future__ import annotations

from typing import Literal

from oko_lib.settings.loading import Strict

Share = float
EventList = Literal["federal_education", "federal_science", "regional", "municipal"]
Stage = Literal["school", "municipal", "regional", "final"]


class PeopleSettings(Strict):
    """Shares of children with a double surname and without a patronymic."""

    double_surname: Share
    without_patronymic: Share


class SpellingSettings(Strict):
    """How names are written: shares of cells, and of municipalities that write no «ё»."""

    capitals: Share
    spaces: Share
    lower_case: Share
    without_yo: Share


class EnrolmentSettings(Strict):
    """Advanced classes by kind of school; share of pupils with disabilities in grades 1–3 where no passport came."""

    advanced_from: int
    advanced_selective: Share
    advanced_senior: Share
    advanced_other: Share


class AdditionalEducationSettings(Strict):
    """Coverage of additional education: share in the region, spread of its logit over schools and years."""

    share: Share
    spread: float
    yearly: float
    talent: Share
    talent_spread: float


class ParticipationSettings(Strict):
    """Who enters the school stage; see the comments of the parameter file."""

    share: Share
    grade_4: Share
    link: float
    village: float
    school_spread: float
    general: float
    lasting: float
    disability: float
    further_subjects: float
    prefers_talent: float
    senior_class: Share
    senior_class_harder: float


class AbilitySettings(Strict):
    """Make-up of the ability for one subject of the olympiad; squares of the first three give about 1."""

    general: float
    talent: float
    occasion: float
    school: Share


class StageSettings(Strict):
    """One stage: how hard it is, whom it invites, who comes, how many are awarded.

    Parameters
    ----------
    centre, spread : float
        Share of the maximum is Φ(centre + spread · ability).
    from_grade : int
        Youngest grade invited.
    invited : float
        Share of those of the stage before who reach the passing score; 1 at the school stage.
    comes : float
        Share of the invited who come.
    comes_spread : float
        Spread of its logit over schools.
    quota : tuple of float
        Shares of winners and prize-winners organisers choose from.
    """

    centre: float
    spread: float
    from_grade: int
    invited: Share
    comes: Share
    comes_spread: float
    quota: tuple[Share, ...]


class OlympiadSubject(Strict):
    """One subject of the olympiad; maxima are given from a grade on, `by` as protocols name it: «по математике»."""

    subject: str
    by: str
    code: str
    from_grade: int
    popularity: float
    ability: str | None = None
    half_points: bool = False
    maximum: dict[Stage, dict[int, int]]

    def maximum_of(self, stage: Stage, grade: int) -> int:
        """Most points of a stage for the grade a child competes for."""
        return next(points for since, points in sorted(self.maximum[stage].items(), reverse=True) if grade >= since)


class OlympiadSettings(Strict):
    participation: ParticipationSettings
    ability: AbilitySettings
    stages: dict[Stage, StageSettings]
    laureates_return: Share
    protocol_municipalities: Share
    codes: Share
    subjects: tuple[OlympiadSubject, ...]


class EventSettings(Strict):
    """One event of a list; `share` — of the pupils of its grades in a year."""

    list: EventList
    name: str
    kind: Literal["olympiad", "contest", "project", "sport", "art", "other"]
    organiser: str
    grades: tuple[int, int]
    share: Share
    profiles: tuple[str, ...] = ()
    qualifying: bool = False
    team: bool = False
    since: int | None = None
    listed: bool = True


class ContestSettings(Strict):
    """Contests: how they depend on ability, who is awarded, who gets to the final."""

    general: float
    school_spread: float
    disability: float
    winners: Share
    prize_winners: Share
    to_final: Share
    events: tuple[EventSettings, ...]


class SupportShares(Strict):
    """What schools report; shares as in the comments of the parameter file."""

    events_beside_olympiad: Share
    individual_programme: Share
    individual_plan: Share
    sirius: Share
    network: Share
    interagency: Share
    programmes_per_pupil: float
    programmes_talent: Share
    navigator: Share
    trained: Share
    trained_spread: float
    psychologist_per_pupils: int
    psychologists_trained: Share
    psychologists_identifying: Share
    mentors: Share
    mentors_awarded: Share
    university_schools: Share
    blank: Share


class ObserverSettings(Strict):
    """Observers: municipalities with gaps at the municipal stage, independent observers elsewhere."""

    incomplete_municipalities: Share
    observed_in_incomplete: Share
    observed_at_school_stage: Share
    regulation: Share
    video_town: Share
    video_village: Share


class HomeMedalsSettings(Strict):
    count: int
    size: tuple[float, float]
    ability_shift: float
    comes: tuple[Share, ...]


class LowCoverageSettings(Strict):
    schools: int
    at_least_schools: int
    participation: Share
    coverage: Share
    others_participation: Share
    others_coverage: Share


class StrongSubjectSettings(Strict):
    subject: str
    size: tuple[float, float]
    ability_shift: float


class TalentPlantsSettings(Strict):
    home_medals: HomeMedalsSettings
    low_coverage_villages: LowCoverageSettings
    strong_subject: StrongSubjectSettings


class FaultSettings(Strict):
    """Planted faults of protocols, cases of each kind."""

    winner_not_above_half: int
    winner_not_maximum: int
    over_quota: int
    equal_scores_different_status: int
    absent_from_earlier_stage: int
    same_person_twice: int


class TalentDirtSettings(Strict):
    """Spoilt rows of each kind."""

    status_spelling: int
    subject_spelling: int
    score_as_text: int
    date_spelling: int
    score_over_maximum: int
    status_unknown: int
    nobody: int
    support_part_over: int
    enrolment_part_over: int
    contest_list_unknown: int


class TalentSettings(Strict):
    """Content of ``talent.yaml``."""

    people: PeopleSettings
    spelling: SpellingSettings
    enrolment: EnrolmentSettings
    additional_education: AdditionalEducationSettings
    olympiads: OlympiadSettings
    contests: ContestSettings
    support: SupportShares
    observers: ObserverSettings
    plants: TalentPlantsSettings
    faults: FaultSettings
    dirt: TalentDirtSettings
