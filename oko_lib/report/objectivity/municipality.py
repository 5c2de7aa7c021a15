"""What the notebook of a municipality calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from IPython.display import Markdown

from oko_lib.indicators.objectivity.municipality import municipality_objectivity
from oko_lib.indicators.session import open_session
from oko_lib.report.appendix import files_of, fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.objectivity import agreement, appendix, attention, borders, dynamics, figures, overview, signs
from oko_lib.report.objectivity.context import NUMBERING, ReportContext
from oko_lib.report.prose import paragraph
from oko_lib.report.refusals import refusal_reason
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.plain_errors import HelpfulNames


@dataclass(frozen=True)
class ObjectivityReport(HelpfulNames):
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
        return attention.check_box(self.context)

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    def agreement_figure(self) -> ReportFigure:
        return figures.agreement_figure(self.context)

    # 1. Marks and agreement by subject and grade

    def agreement_text(self) -> Markdown:
        return paragraph(overview.confirmed_sentence(self.context), overview.direction_sentence(self.context))

    def works_table(self) -> ReportTable:
        return agreement.works_table(self.context)

    def marks_table(self) -> ReportTable:
        return agreement.marks_table(self.context)

    def marks_figure(self) -> ReportFigure:
        return figures.marks_figure(self.context)

    # 2. Schools

    def schools_text(self) -> Markdown:
        return paragraph(overview.schools_sentence(self.context))

    def schools_table(self) -> ReportTable:
        return agreement.schools_table(self.context)

    def funnel_figure(self) -> ReportFigure | Markdown:
        fit = self.context.results.region.agreement.schools["lowered"].funnel
        return figures.funnel_figure(self.context) or paragraph(
            f"Воронка не построена: {refusal_reason(fit.refusal, 'школа')}."
        )

    # 3. Borders

    def borders_text(self) -> Markdown:
        return paragraph(*borders.sentences(self.context))

    def borders_table(self) -> ReportTable:
        return borders.borders_table(self.context)

    def border_figure(self) -> ReportFigure | Markdown:
        return figures.border_figure(self.context) or paragraph(
            "Рисунка нет: ни по одной работе ожидаемое распределение восстановить нельзя."
        )

    def school_borders_table(self) -> ReportTable:
        return borders.school_borders_table(self.context)

    # 4. Official signs

    def signs_text(self) -> Markdown:
        return paragraph(signs.index_sentence(self.context))

    def signs_table(self) -> ReportTable:
        return signs.signs_table(self.context)

    # 5. Years

    def dynamics_text(self) -> Markdown:
        return paragraph(dynamics.dynamics_sentence(self.context), dynamics.repetition_sentence(self.context))

    def dynamics_table(self) -> ReportTable:
        return dynamics.dynamics_table(self.context)

    def dynamics_figure(self) -> ReportFigure | Markdown:
        return figures.dynamics_figure(self.context) or paragraph("Рисунка нет: есть данные только за один год.")

    def procedures_table(self) -> ReportTable:
        return dynamics.procedures_table(self.context)

    def lists_table(self) -> ReportTable:
        return dynamics.lists_table(self.context)

    # 6. Attention

    def attention_text(self) -> Markdown:
        return paragraph(attention.attention_sentence(self.context))

    def attention_table(self) -> ReportTable:
        return attention.attention_table(self.context)

    def checks(self) -> FindingsBox:
        return attention.checks_box(self.context)

    # Appendices

    def classes_table(self) -> ReportTable:
        return agreement.classes_table(self.context)

    def files_table(self) -> ReportTable:
        return files_of(self.context.results.quality, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def cross_check_table(self) -> ReportTable:
        return appendix.cross_check_of(self.context.results.quality, NUMBERING)

    def tests_table(self) -> ReportTable:
        return appendix.tests_of(self.context.results.works, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)


def open_report(
    municipality: str,
    year: int = 0,
    mode: str = "internal",
    workspace_root: str = "",
    as_of: str = "",
) -> ObjectivityReport:
    """Compute the report of one municipality.

    Parameters
    ----------
    municipality : str
        Code or name.
    year : int
        Year; 0 for the latest with results.
    mode : str
        «internal»; there is no public mode before disclosure control.
    workspace_root : str
        Top folder; empty for the project's own.
    as_of : str
        Time or load id; empty for the data as they stand.

    Raises
    ------
    SettingsError
        If the municipality, the year or the mode is not there.
    """
    require_internal(mode)
    session = open_session(workspace_root, municipality, year, as_of)
    return ObjectivityReport(ReportContext(municipality_objectivity(session)), date.today())
