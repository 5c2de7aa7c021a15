"""Which directions can be built: their notebooks, their data, their parameters, what a run computes once for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from oko_lib.batch.parameters import MunicipalityParameters, RegionParameters, SchoolParameters
from oko_lib.indicators.years import VPR_TABLES
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot

#: Municipality code → (school identifier, school name) of the schools to be reported.
SchoolsByMunicipality = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Direction:
    """One direction of the assessment of quality.

    Parameters
    ----------
    name : str
        Identifier in commands and file names.
    title_ru : str
        Title in lists and headers.
    notebook, region_notebook, school_notebook : str
        File names in the notebooks folder; the second may be None when there is no regional summary, the third when
        there are no reports on one school.
    tables : tuple of str
        Tables it stands on: a municipality, a school and a year can be reported if any of them has rows.
    reads : tuple of str or None
        All tables its reports read: a change in them, and in no other, makes the reports build again. None for any
        table. A test watches what is read.
    norms : tuple of str
        Parameter files (relative to the parameters folder) whose content belongs to the fingerprint; a folder means
        all files in it.
    method_pages : tuple of str
        Pages of ``docs/ru/methods`` its reports link to.
    parameters, region_parameters, school_parameters : type
        Models of the notebooks' parameters.
    prepare : callable or None
        ``prepare(workspace, snapshot, year)`` computes region-wide results once, in the parent, before any report is
        started; forked reports inherit them. It must not compile Typst: a fork after that hangs.
    schools : callable or None
        ``schools(workspace, snapshot, year)`` names the schools reported by default; without it only those asked for.
        It runs in the parent too.
    """

    name: str
    title_ru: str
    notebook: str
    region_notebook: str | None = None
    school_notebook: str | None = None
    tables: tuple[str, ...] = VPR_TABLES
    reads: tuple[str, ...] | None = None
    norms: tuple[str, ...] = ()
    method_pages: tuple[str, ...] = ()
    parameters: type[MunicipalityParameters] = MunicipalityParameters
    region_parameters: type[RegionParameters] = RegionParameters
    school_parameters: type[SchoolParameters] = SchoolParameters
    prepare: Callable[[Workspace, Snapshot, int], object] | None = None
    schools: Callable[[Workspace, Snapshot, int], SchoolsByMunicipality] | None = None

    @property
    def notebooks(self) -> tuple[str, ...]:
        """File names of all its notebooks."""
        return tuple(name for name in (self.notebook, self.region_notebook, self.school_notebook) if name)


def _prepare_objectivity(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    # Imported here: listing the directions must not load the statistics stack.
    from oko_lib.indicators import objectivity

    objectivity.prepare(workspace, snapshot, year)


def _prepare_low_results(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    from oko_lib.indicators import low_results

    low_results.prepare(workspace, snapshot, year)


def _prepare_talent(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    from oko_lib.indicators import talent

    talent.prepare(workspace, snapshot, year)


def _schools_with_low_results(workspace: Workspace, snapshot: Snapshot, year: int) -> SchoolsByMunicipality:
    from oko_lib.indicators import low_results

    return low_results.listed_schools(workspace, snapshot, year)


def _prepare_training_quality(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    from oko_lib.indicators import training_quality

    training_quality.prepare(workspace, snapshot, year)


#: Registers, and the files the section on the quality of data tells of.
_EVERYBODY_READS = ("municipalities", "schools", "school_logins", "loads", "quarantine")

DIRECTIONS: dict[str, Direction] = {
    item.name: item
    for item in (
        Direction(
            name="objectivity",
            title_ru="Объективность ВПР",
            notebook="objectivity.ipynb",
            region_notebook="objectivity_region.ipynb",
            reads=(
                *_EVERYBODY_READS,
                "control_group_schools",
                "published_lists",
                "score_scales",
                "vpr_aggregates",
                "vpr_results_by_participant",
                "vpr_tasks",
            ),
            norms=("norms/objectivity.yaml", "subjects.yaml"),
            method_pages=(
                "agreement",
                "border_excess",
                "consistency",
                "control_group",
                "false_discovery",
                "fioko_signs",
                "funnel",
                "repetition",
                "school_evidence",
                "shrinkage",
            ),
            prepare=_prepare_objectivity,
        ),
        Direction(
            name="low_results_dynamics",
            title_ru="Динамика ШНОР",
            notebook="low_results_dynamics.ipynb",
            region_notebook="low_results_dynamics_region.ipynb",
            school_notebook="low_results_dynamics_school.ipynb",
            # The tables of oko_lib.indicators.low_results, which is too heavy to import here; a test compares.
            tables=(
                "exam_results_by_participant",
                "exam_counts_by_school",
                "diagnostic_results_by_participant",
                "diagnostic_counts_by_school",
            ),
            reads=(
                *_EVERYBODY_READS,
                "attendance_by_school",
                "diagnostic_counts_by_school",
                "diagnostic_results_by_participant",
                "exam_counts_by_school",
                "exam_results_by_participant",
                "published_lists",
                "school_context_by_year",
                "school_support_by_year",
                "score_scales",
                "social_passport_by_year",
                "teacher_deficits_by_subject",
                "vpr_aggregates",
                "vpr_results_by_participant",
                "vpr_tasks",
            ),
            norms=(
                "norms/low_results.yaml",
                "identification",
                "thresholds/exams.yaml",
                "levels.yaml",
                "risk_factors.yaml",
                "subjects.yaml",
            ),
            method_pages=(
                "change",
                "cohort_change",
                "expected_result",
                "group_gap",
                "growth_model",
                "low_results_rule",
                "regression_to_mean",
                "resilience",
                "school_clusters",
                "share_threshold",
                "social_index",
            ),
            prepare=_prepare_low_results,
            schools=_schools_with_low_results,
        ),
        Direction(
            name="training_quality",
            title_ru="Качество подготовки",
            notebook="training_quality.ipynb",
            region_notebook="training_quality_region.ipynb",
            # The tables of oko_lib.indicators.training_quality; a test compares.
            tables=(
                "vpr_results_by_participant",
                "diagnostic_results_by_participant",
                "diagnostic_counts_by_school",
            ),
            reads=(
                *_EVERYBODY_READS,
                "adapted_programmes_by_school",
                "control_group_schools",
                "diagnostic_counts_by_school",
                "diagnostic_results_by_participant",
                "exam_counts_by_school",
                "exam_results_by_participant",
                "exam_tasks_by_school",
                "graduates_by_school",
                "internal_levels_by_class",
                "observers_by_procedure",
                "published_lists",
                "score_scales",
                "task_skills",
                "vpr_aggregates",
                "vpr_results_by_participant",
                "vpr_tasks",
            ),
            norms=(
                "norms/training_quality.yaml",
                "norms/objectivity.yaml",
                "thresholds/exams.yaml",
                "levels.yaml",
                "subjects.yaml",
            ),
            method_pages=(
                "change",
                "cohort_change",
                "completion_zone",
                "false_discovery",
                "funnel",
                "group_gap",
                "rare_share",
                "skill_profile",
                "task_functioning",
            ),
            prepare=_prepare_training_quality,
        ),
        Direction(
            name="talent",
            title_ru="Таланты",
            notebook="talent.ipynb",
            region_notebook="talent_region.ipynb",
            # The tables of oko_lib.indicators.talent; a test compares.
            tables=(
                "olympiad_results_by_participant",
                "contest_results_by_participant",
                "talent_support_by_school",
            ),
            reads=(
                *_EVERYBODY_READS,
                "contest_results_by_participant",
                "enrolment_by_grade",
                "listed_events_by_year",
                "observers_by_procedure",
                "olympiad_results_by_participant",
                "school_context_by_year",
                "talent_support_by_school",
                "vpr_aggregates",
            ),
            norms=("norms/talent.yaml", "olympiad_quotas.yaml", "levels.yaml", "subjects.yaml"),
            method_pages=(
                "count_change",
                "olympiad_protocol",
                "participation_link",
                "shrinkage",
                "stage_consistency",
                "strength_map",
            ),
            prepare=_prepare_talent,
        ),
    )
}


def direction(name: str, known: dict[str, Direction] | None = None) -> Direction:
    """Return the direction called `name`.

    Raises
    ------
    SettingsError
        If there is none; the message names the nearest one or lists all.
    """
    registry = DIRECTIONS if known is None else known
    if name in registry:
        return registry[name]
    hint = suggest(name, list(registry)) or f" Есть: {', '.join(registry)}."
    raise SettingsError(f"Нет направления «{name}».{hint}")


def all_tables(directions: Iterable[Direction]) -> tuple[str, ...]:
    """Return the tables any of `directions` stands on, each once."""
    return tuple(dict.fromkeys(name for item in directions for name in item.tables))
