"""Parameters of exams, diagnostics, conditions and plants of direction 1.2 (``parameters/demo/low_results.yaml``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from oko_lib.settings.loading import Strict

Share = float
Percent = float


class ExamSettings(Strict):
    """One exam in one subject.

    Parameters
    ----------
    ability : str
        Subject whose ability of the child counts.
    takers : str
        Who of the grade takes it.
    scale : str
        ``primary``: a primary score with a mark; ``test``: a test score 0–100 without one.
    below : dict of int to float
        Score → per cent of participants below it.
    composite_rule : float
        Share of those within three points above the border of «3» who get «2» all the same, because the rule asks
        for points in geometry too.
    """

    exam: Literal["ОГЭ", "ЕГЭ"]
    subject: str
    ability: str
    grade: int
    icc: Share
    takers: Literal["all", "basic", "profile"]
    scale: Literal["primary", "test"]
    maximum: int
    below: dict[int, Percent]
    marks: tuple[int, int, int] | None = None
    threshold: int | None = None
    composite_rule: Share = 0.0

    @model_validator(mode="after")
    def _has_a_threshold(self) -> ExamSettings:
        if (self.marks is None) == (self.threshold is None):
            raise ValueError("экзамену нужны либо границы отметок (marks), либо порог (threshold)")
        return self


class ExamTakerSettings(Strict):
    absent: Share
    difficulty_drift: float
    stay_after_9: Share = Field(gt=0, lt=1)
    stay_by_ability: Share
    profile: Share = Field(gt=0, lt=1)
    profile_by_ability: Share
    senior_from: int


class DiagnosticSettings(Strict):
    """One diagnostic work: domain × grade."""

    domain: Literal["reading_literacy", "science_literacy", "mathematical_literacy"]
    title: str
    grade: int
    ability: str
    icc: Share
    levels: tuple[Percent, Percent, Percent, Percent]


class DiagnosticTakerSettings(Strict):
    absent: Share
    difficulty_drift: float
    percent_centre: float
    percent_spread: float = Field(gt=0)


class GroupSettings(Strict):
    """A group of pupils: its share, how much lower its ability, how much its share follows the conditions."""

    share: Share
    gap: float
    conditions: float


class PupilGroupsSettings(Strict):
    disability: GroupSettings
    at_risk: GroupSettings
    other_native_language: GroupSettings
    low_income: GroupSettings


class PartSettings(Strict):
    share: Share
    slope: float


class EquipmentSettings(Strict):
    mean: Percent
    spread: Percent
    slope: Percent


class MissedLessonsSettings(Strict):
    """Share of lessons missed; spread is the standard deviation of its logit between schools."""

    share: Share
    spread: float
    with_results: float = Field(ge=-1, le=1)
    without_reason: Share


class ConditionSettings(Strict):
    with_lasting_effect: float = Field(ge=-1, le=1)
    village: float
    common: Share
    blank: Share
    no_row: Share
    parts: dict[str, PartSettings]
    teacher_vacancies: float
    equipment: EquipmentSettings
    missed_lessons: MissedLessonsSettings


class SupportSettings(Strict):
    diagnosed: Share
    with_deficits: Share
    in_listed: Share
    in_others: Share
    associations: Share
    trained: Share
    programme_in_listed: Share
    mentor_in_listed: Share
    blank: Share


class LowPlantSettings(Strict):
    """One kind of planted truth; see the comments of the parameter file."""

    count: int = Field(ge=0)
    size: tuple[float, float]
    conditions: float | None = None
    standing: tuple[Share, Share] = (0, 1)
    level: float
    per_year: float
    fluctuates: bool = True


class LowPlantsSettings(Strict):
    improving: LowPlantSettings
    declining: LowPlantSettings
    stable_low: LowPlantSettings
    flat_small: LowPlantSettings
    resilient: LowPlantSettings


class OfficialListSettings(Strict):
    share: int = Field(ge=1, le=100)
    procedures: int = Field(ge=1)
    adverse_conditions: Share


class LowDirtSettings(Strict):
    """Spoilt rows of each kind per 100 000 rows."""

    exam_score_text: float
    exam_score_over: float
    exam_repeated: float
    exam_counts_sum: float
    diagnostic_level_spelling: float
    diagnostic_level_unknown: float
    diagnostic_counts_sum: float
    passport_part_over: float
    attendance_over: float
    support_part_over: float


class LowResultsSettings(Strict):
    """Content of ``low_results.yaml``."""

    earlier_exam_years: int = Field(ge=0)
    exams: tuple[ExamSettings, ...]
    exam_takers: ExamTakerSettings
    diagnostics: tuple[DiagnosticSettings, ...]
    diagnostic_takers: DiagnosticTakerSettings
    pupil_groups: PupilGroupsSettings
    nosologies: dict[str, Share]
    conditions: ConditionSettings
    support: SupportSettings
    plants: LowPlantsSettings
    official_lists: OfficialListSettings
    dirt: LowDirtSettings
