"""Parameters of skills, graduates, adapted programmes and exam tasks (``parameters/demo/training_quality.yaml``)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from oko_lib.demo.low_results.settings import DiagnosticSettings
from oko_lib.settings.loading import Strict

Share = float
Skill = tuple[str, str]


class WorkSkills(Strict):
    """Skills behind the tasks of one work: task → code and words."""

    subject: str
    grade: int
    tasks: dict[str, Skill]


class OtherSkill(Strict):
    """A task that tested something else in the first year."""

    subject: str
    grade: int
    task: str
    skill: Skill


class GraduateSettings(Strict):
    """What becomes of those who leave grades 9 and 11."""

    resit_fails: Share
    resit_fails_11: Share
    leave_during_year: Share
    grade_10_elsewhere: Share
    employed: Share
    not_continuing: Share
    university: Share
    university_by_ability: Share
    employed_11: Share
    not_continuing_11: Share


class AdaptedSettings(Strict):
    """Schools that have adapted programmes, and for which share of their nosologies."""

    schools: Share
    approved: Share
    internal: Share


class InternalSettings(Strict):
    """Schools that assess functional literacy themselves, and their works."""

    schools: Share
    works: tuple[DiagnosticSettings, ...]


#: Numbers of tasks «1-5», points of each, level, share of completion of the first and of the last, skill.
TaskBlock = tuple[str, int, Literal["Б", "П", "В"], Share, Share, str]


class ExamTaskSettings(Strict):
    exam: Literal["ОГЭ", "ЕГЭ"]
    subject: str
    tasks: tuple[TaskBlock, ...]


class ExamTasksSettings(Strict):
    years: int = Field(ge=0)
    exams: tuple[ExamTaskSettings, ...]


class WeakWork(Strict):
    subject: str
    grade: int
    skill: str


class WeakSkillSettings(Strict):
    size: tuple[float, float]
    shift: float
    schools: tuple[tuple[WeakWork, ...], ...]


class FlowSettings(Strict):
    count: int
    size: tuple[float, float]
    not_continuing: Share


class QualityPlantsSettings(Strict):
    weak_skill: WeakSkillSettings
    flow: FlowSettings


class QualityDirtSettings(Strict):
    """Spoilt rows of each kind."""

    graduates_part_over: int
    graduates_level_unknown: int
    adapted_part_over: int
    internal_sum: int
    skill_missing: int


class QualitySettings(Strict):
    """Content of ``training_quality.yaml``."""

    skills: tuple[WorkSkills, ...]
    other_skill_in_first_year: OtherSkill
    graduates: GraduateSettings
    adapted: AdaptedSettings
    internal: InternalSettings
    exam_tasks: ExamTasksSettings
    plants: QualityPlantsSettings
    dirt: QualityDirtSettings

    def skills_of(self, subject: str, grade: int) -> dict[str, Skill]:
        """Skills behind the tasks of a work."""
        return next(work.tasks for work in self.skills if (work.subject, work.grade) == (subject, grade))
