"""What the notebook of a municipality calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from IPython.display import Markdown

from oko_lib.indicators.session import open_session
from oko_lib.indicators.training_quality.municipality import municipality_quality
from oko_lib.indicators.training_quality.region import TABLES
from oko_lib.report.appendix import files_of, fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.low_results import cohorts, pupils
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.report.training_quality import (
    advice,
    appendix,
    exams,
    flow,
    inclusion,
    levels,
    marks,
    objectivity,
    overview,
    register,
    skills,
    transition,
)
from oko_lib.report.training_quality.context import NUMBERING, ReportContext
from oko_lib.report.workbook_table import WorkbookTable
from oko_lib.settings.plain_errors import HelpfulNames
from oko_lib.settings.training_quality_norms import load_training_quality_norms


@dataclass(frozen=True)
class TrainingQualityReport(HelpfulNames):
    """The report of one municipality; made by :func:`open_report`.

    Parameters
    ----------
    context : ReportContext
        Results and their words.
    built_on : date
        Day of building, printed on page one.
    """

    context: ReportContext
    built_on: date

    # Page one

    def title(self) -> TitleBlock:
        return overview.title_block(self.context, self.built_on)

    def findings(self) -> FindingsBox:
        return overview.findings_box(self.context)

    def to_check(self) -> FindingsBox:
        return advice.check_box(self.context)

    def marks_figure(self) -> ReportFigure | Markdown:
        return marks.marks_figure(self.context) or paragraph("Рисунка нет: отметок за ВПР этого года нет.")

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    # 1. Marks

    def marks_text(self) -> Markdown:
        return paragraph(
            marks.failing_sentence(self.context),
            marks.changes_sentence(self.context),
            marks.schools_sentence(self.context),
        )

    def works_table(self) -> ReportTable:
        results = self.context.results
        beside = results.region_works if results.beside_region else None
        return marks.works_table(results.own.works, beside, NUMBERING, "Доли «2», «4» и «5» по предметам и классам")

    def changes_table(self) -> ReportTable:
        session = self.context.results.session
        return marks.changes_table(self.context.results.own.works, session.norms, NUMBERING, session.year)

    def schools_table(self) -> ReportTable:
        return marks.schools_table(self.context)

    def class_marks(self) -> WorkbookTable:
        return appendix.class_marks(self.context)

    # 2. Tasks and skills

    def skills_text(self) -> Markdown:
        return paragraph(skills.skills_sentence(self.context), skills.out_sentence(self.context))

    def skills_table(self) -> ReportTable:
        results = self.context.results
        return skills.skills_table(
            results.region.tasks,
            results.own.completion,
            results.schools,
            results.session.norms,
            NUMBERING,
            results.beside_region,
        )

    def out_table(self) -> ReportTable:
        return skills.out_table(self.context)

    def profile_figure(self) -> ReportFigure | Markdown:
        return skills.profile_figure(self.context) or paragraph(
            "Рисунка профиля нет: ни в одной школе нет заданий хуже ожидаемого по остальным."
        )

    def skill_years_text(self) -> Markdown:
        return paragraph(skills.skill_years_sentence(self.context))

    def skill_years_table(self) -> ReportTable:
        return skills.skill_years_table(self.context)

    # 3. Register of difficulties

    def register_text(self) -> Markdown:
        return paragraph(register.register_sentence(self.context))

    def register_table(self) -> ReportTable:
        return register.register_table(self.context)

    def full_register(self) -> WorkbookTable:
        return register.full_register(self.context)

    # 4. From grade 4 to grade 5

    def transition_text(self) -> Markdown:
        return paragraph(
            transition.pooled_sentence(self.context.results.own.transition),
            transition.schools_sentence(self.context),
        )

    def transition_table(self) -> ReportTable:
        return transition.transition_table(self.context, every=False)

    def all_transitions(self) -> WorkbookTable:
        table = transition.transition_table(self.context, every=True)
        return WorkbookTable(replace(table, number=None), "Переход из 4 в 5 класс")

    # 5. Functional literacy

    def levels_text(self) -> Markdown:
        return paragraph(levels.levels_sentence(self.context))

    def levels_table(self) -> ReportTable:
        results = self.context.results
        beside = results.region_levels if results.beside_region else None
        return levels.levels_table(
            results.own.levels, results.own.levels_before, beside, NUMBERING, results.session.year
        )

    def school_levels_table(self) -> ReportTable:
        return levels.school_levels_table(self.context)

    def class_levels(self) -> WorkbookTable:
        return appendix.class_levels(self.context)

    def cohorts_text(self) -> Markdown:
        results = self.context.results
        beside = results.region_moves if results.beside_region else None
        return paragraph(cohorts.moves_sentence(results.region.cohorts, results.own.moves, beside))

    def flow_figure(self) -> ReportFigure | Markdown:
        return cohorts.flow_figure(self.context.results.own.moves, NUMBERING) or paragraph(
            "Рисунка нет: учеников, чьи работы в 4 и 6 классах можно связать, мало."
        )

    def internal_table(self) -> ReportTable:
        return levels.internal_table(self.context)

    # 6. Exams and what comes after school

    def exam_tasks_table(self) -> ReportTable:
        results = self.context.results
        return exams.exam_tasks_table(results.own.exam_tasks, results.session.norms, NUMBERING, results.beside_region)

    def graduates_text(self) -> Markdown:
        return paragraph(flow.flow_sentence(self.context), flow.schools_sentence(self.context))

    def graduates_table(self) -> ReportTable:
        return flow.graduates_table(self.context.results.own.graduates, NUMBERING, "Выпускники по годам")

    def not_continuing_table(self) -> ReportTable:
        return flow.not_continuing_table(self.context, every=False)

    def all_not_continuing(self) -> WorkbookTable:
        table = flow.not_continuing_table(self.context, every=True)
        return WorkbookTable(replace(table, number=None), "Не продолжили образование")

    # 7. Pupils with disabilities, groups of pupils

    def adapted_text(self) -> Markdown:
        results = self.context.results
        return paragraph(inclusion.adapted_sentence(results.own.adapted, results.session.norms))

    def adapted_table(self) -> ReportTable:
        return inclusion.adapted_table(self.context)

    def nosologies_table(self) -> ReportTable:
        return pupils.nosologies_table(self.context.results.own.nosologies, NUMBERING)

    def gaps_table(self) -> ReportTable:
        return pupils.gaps_table(self.context.results.own.gaps, NUMBERING)

    # 8. Objectivity, recommendations

    def objectivity_text(self) -> Markdown:
        return paragraph(objectivity.agreement_sentence(self.context), objectivity.observers_sentence(self.context))

    def advice(self) -> FindingsBox:
        return advice.advice_box(self.context)

    # Appendices

    def indicators_table(self) -> ReportTable:
        results = self.context.results
        names = {results.session.municipality_code or "": "муниципалитет"}
        return appendix.indicators_table(
            appendix.own_values(self.context), names, results.session.norms, NUMBERING, (appendix.CUT_NOTE,)
        )

    def all_indicators(self) -> WorkbookTable:
        return appendix.all_values(self.context)

    def files_table(self) -> ReportTable:
        return files_of(self.context.results.quality, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)


def open_report(
    municipality: str, year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> TrainingQualityReport:
    """Open the report of a municipality.

    Parameters
    ----------
    municipality : str
        Code or name.
    year : int
        0 for the latest year with results.
    mode : str
        ``internal``.
    workspace_root : str
        Top folder; empty for the project's own.
    as_of : str
        Load id or time; empty for the newest data.

    Raises
    ------
    SettingsError
        If there are no data, the municipality or the year does not exist, or the mode is not built.
    """
    require_internal(mode)
    session = open_session(
        workspace_root or None,
        municipality or None,
        year or None,
        as_of or None,
        norms=load_training_quality_norms,
        tables=TABLES,
    )
    return TrainingQualityReport(ReportContext(municipality_quality(session)), date.today())
