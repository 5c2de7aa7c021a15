"""Parameters of the demo region (``parameters/demo/*.yaml``) as typed objects."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from oko_lib.demo.low_results.settings import LowResultsSettings
from oko_lib.demo.quality.settings import QualitySettings
from oko_lib.demo.talent.settings import TalentSettings
from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace

Share = float
Level = Literal["Б", "П", "В"]


class RegionSettings(Strict):
    name: str
    code: str = Field(pattern=r"^\d{2}$")


class SchoolSettings(Strict):
    """How many schools there are and how large."""

    at_12_municipalities: int = Field(ge=12)
    growth: float = Field(gt=0)
    at_least_per_municipality: int = Field(ge=1)
    size_median: float = Field(gt=1)
    size_sigma: float = Field(gt=0)
    size_smallest: int = Field(ge=1)
    size_largest: int
    with_old_login: Share = Field(ge=0, le=1)


class WithinSettings(Strict):
    """Shares of the variance of ability inside a school."""

    general: Share
    subject: Share
    occasion: Share


class PupilSettings(Strict):
    """Classes, movement, absence."""

    class_size: int = Field(ge=5)
    leave_per_year: Share = Field(ge=0, lt=1)
    join_per_year: Share = Field(ge=0, lt=1)
    absent: Share = Field(gt=0, lt=1)
    absent_ability_slope: float
    no_journal_mark: Share = Field(ge=0, le=1)
    not_attempted: Share = Field(ge=0, le=1)
    within: WithinSettings


class EffectShares(Strict):
    """Shares of the school effect of one cell (subject × grade × year) by what they persist over."""

    school: Share
    stage: Share
    subject: Share
    year: Share
    cohort: Share
    session: Share
    cell: Share

    @model_validator(mode="after")
    def _sum_to_one(self) -> EffectShares:
        total = sum(self.model_dump().values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"доли эффекта школы должны давать 1, дают {total:.3f}")
        return self


class EffectSettings(Strict):
    """Size and make-up of school effects."""

    icc: dict[int, Share]
    icc_default: Share
    shares: EffectShares
    gymnasium: float
    village: float

    def icc_of(self, grade: int) -> float:
        return self.icc.get(grade, self.icc_default)


class JournalSettings(Strict):
    relative_to_school: Share
    leniency: float = Field(ge=0)
    noise: float = Field(gt=0)


class PushSettings(Strict):
    """Probabilities of being lifted over a mark border from 1, 2, 3 points below, by the mark above the border."""

    background: dict[int, tuple[Share, Share, Share]]
    one_over: Share
    school_variation: Share


class ControlSettings(Strict):
    share: Share
    at_least: int
    all_works: Share
    unobserved_inflation: float


class PlantSettings(Strict):
    """One kind of planted truth; only the strengths that the kind uses are given."""

    share: Share
    small_share: Share
    years: int | None = None
    subjects: tuple[str, ...] = ()
    ability_shift: float | None = None
    push: tuple[Share, Share, Share] | None = None
    solved: Share | None = None
    group: int | None = None


class PlantsSettings(Strict):
    inflated_vpr: PlantSettings
    inflated_journal: PlantSettings
    border_pushing: PlantSettings
    honest_improvement: PlantSettings
    leaked_work: PlantSettings
    large_from: int
    small_from: int


class ListSettings(Strict):
    planted_probability: Share
    usual_share: Share
    usual_probability: Share
    other_probability: Share


class DirtSettings(Strict):
    """Spoilt cells of each kind per 100 000 rows."""

    variant_spaces: float
    task_as_text: float
    cyrillic_x: float
    journal_none_words: float
    journal_spaces: float
    class_words: float
    journal_nonsense: float
    score_over_maximum: float
    task_over_maximum: float
    score_not_sum: float
    code_missing: float
    code_repeated: float
    template_rows: int


class ModelSettings(Strict):
    """Content of ``model.yaml``."""

    region: RegionSettings
    schools: SchoolSettings
    pupils: PupilSettings
    school_effects: EffectSettings
    difficulty_drift: float
    journal: JournalSettings
    border_push: PushSettings
    control_group: ControlSettings
    plants: PlantsSettings
    published_lists: ListSettings
    dirt: DirtSettings


Percents = tuple[float, float, float, float]


class WorkSettings(Strict):
    """One work: its tasks and the distributions of marks it is calibrated to (per cent of «2», «3», «4», «5»)."""

    subject: str
    grade: int = Field(ge=1, le=11)
    marks: Percents
    country: Percents
    journal: Percents
    two_parts: bool
    tasks: dict[str, tuple[int, Level, float]]


class WorksSettings(Strict):
    works: tuple[WorkSettings, ...] = Field(min_length=1)


class ChildNames(Strict):
    """Invented names children are made of: male forms of surnames, male patronymics with the female ones."""

    surnames: tuple[str, ...] = Field(min_length=1)
    boys: tuple[str, ...] = Field(min_length=1)
    girls: tuple[str, ...] = Field(min_length=1)
    patronymics: dict[str, str] = Field(min_length=1)


class NamesSettings(Strict):
    municipalities: tuple[str, ...]
    villages: tuple[str, ...]
    children: ChildNames


class DemoSettings(Strict):
    """Everything that defines the demo region besides the arguments of the command."""

    model: ModelSettings
    works: tuple[WorkSettings, ...]
    names: NamesSettings
    low_results: LowResultsSettings
    talent: TalentSettings
    quality: QualitySettings


def load_demo_settings(workspace: Workspace) -> DemoSettings:
    """Read the files of ``parameters/demo``."""
    folder = workspace.parameters / "demo"
    return DemoSettings(
        model=load(folder / "model.yaml", ModelSettings),
        works=load(folder / "works.yaml", WorksSettings).works,
        names=load(folder / "names.yaml", NamesSettings),
        low_results=load(folder / "low_results.yaml", LowResultsSettings),
        talent=load(folder / "talent.yaml", TalentSettings),
        quality=load(folder / "training_quality.yaml", QualitySettings),
    )
