"""What the notebook of a municipality calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from IPython.display import Markdown

from oko_lib.indicators.low_results.indicator_values import measure_values, school_values
from oko_lib.indicators.low_results.municipality import municipality_low_results
from oko_lib.indicators.low_results.region import TABLES
from oko_lib.indicators.session import open_session
from oko_lib.report.appendix import files_of, fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.low_results import appendix, causes, changes, cohorts, conditions, identification, overview, pupils
from oko_lib.report.low_results.context import NUMBERING, ReportContext
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.low_results_norms import load_low_results_norms
from oko_lib.settings.plain_errors import HelpfulNames


@dataclass(frozen=True)
class LowResultsReport(HelpfulNames):
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
        return overview.check_box(self.context)

    def changes_figure(self) -> ReportFigure | Markdown:
        return changes.changes_figure(self.context) or paragraph("Рисунка нет: результатов за два года нет.")

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    # 1. What changed

    def changes_text(self) -> Markdown:
        region = self.context.results.region
        return paragraph(changes.base_sentence(region), changes.return_sentence(region))

    def measures_table(self) -> ReportTable:
        results = self.context.results
        return changes.measures_table(
            results.measures,
            results.region_measures if results.region.has_comparison else None,
            NUMBERING,
            f"Показатели 1.2.3: {changes.base_words(results.region)}",
        )

    def changes_table(self) -> ReportTable:
        return changes.changes_table(self.context)

    def schools_table(self) -> ReportTable:
        return changes.schools_table(self.context)

    # 2. Exams and works

    def exams_table(self) -> ReportTable:
        results = self.context.results
        beside = results.region_shares if results.region.has_comparison else None
        return pupils.exams_table(results.shares, results.pooled, beside, NUMBERING, results.session.year)

    # 3. The same children

    def cohorts_text(self) -> Markdown:
        results = self.context.results
        beside = results.region_transitions if results.region.has_comparison else None
        return paragraph(cohorts.moves_sentence(results.region.cohorts, results.transitions, beside))

    def cohorts_table(self) -> ReportTable:
        results = self.context.results
        return cohorts.cohorts_table(results.region.cohorts, list(results.schools), self.context.short_names, NUMBERING)

    def flow_figure(self) -> ReportFigure | Markdown:
        return cohorts.flow_figure(self.context.results.transitions, NUMBERING) or paragraph(
            "Рисунка нет: учеников, чьи работы в 4 и 6 классах можно связать, мало."
        )

    # 4. Lists and methods

    def lists_text(self) -> Markdown:
        return paragraph(identification.lists_sentence(self.context), identification.near_sentence(self.context))

    def methods_table(self) -> ReportTable:
        results = self.context.results
        return identification.methods_table(
            results.region,
            results.schools,
            self.context.short_names,
            NUMBERING,
            f"Методики рядом: результаты {results.session.year} года",
        )

    def why_table(self) -> ReportTable:
        return identification.why_table(self.context)

    def threshold_figure(self) -> ReportFigure | Markdown:
        return identification.threshold_figure(self.context) or paragraph("Процедур, близких к порогу, нет.")

    def near_table(self) -> ReportTable:
        return identification.near_table(self.context)

    def history_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        return identification.history_figure(
            results.region, list(results.schools), self.context.short_names, NUMBERING
        ) or paragraph("Списков за несколько лет, в которых были бы школы муниципалитета, в данных нет.")

    # 5. Conditions

    def context_text(self) -> Markdown:
        region = self.context.results.region
        return paragraph(
            conditions.link_sentence(region.context, region.year),
            conditions.resilience_sentence(region.context, self.context.results.schools, self.context.short_names),
        )

    def context_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        return conditions.context_figure(
            results.region, results.schools, self.context.short_names, NUMBERING, "школы муниципалитета"
        ) or paragraph("Рисунка нет: ожидаемый результат не оценён.")

    def context_table(self) -> ReportTable:
        results = self.context.results
        return conditions.context_table(results.region, results.schools, self.context.short_names, NUMBERING)

    # 6. Causes and support

    def causes_text(self) -> Markdown:
        results = self.context.results
        return paragraph(
            causes.unknown_sentence(results.region, results.listed, self.context.short_names),
            causes.support_sentence(results.support) if results.listed else "Школ списков в муниципалитете нет.",
            causes.silent_sentence(results.support, self.context.short_names),
        )

    def risks_table(self) -> ReportTable:
        results = self.context.results
        return causes.risks_table(results.region, results.listed, self.context.short_names, NUMBERING)

    def advice(self) -> FindingsBox:
        results = self.context.results
        return causes.advice_box(results.region, results.listed, self.context.short_names)

    def support_table(self) -> ReportTable:
        return causes.support_table(self.context.results.support, self.context.short_names, NUMBERING)

    def deficits_table(self) -> ReportTable:
        return causes.deficits_table(self.context.results.support, NUMBERING)

    # 7. Groups of pupils

    def gaps_table(self) -> ReportTable:
        return pupils.gaps_table(self.context.results.gaps, NUMBERING)

    def nosologies_table(self) -> ReportTable:
        return pupils.nosologies_table(self.context.results.nosologies, NUMBERING)

    # Appendices

    def indicators_table(self) -> ReportTable:
        results = self.context.results
        session = results.session
        code = session.municipality_code or ""
        values = [
            *measure_values(results.measures, "municipality", code, session.year),
            *school_values(results.region.outcomes, results.listed, session.year, session.norms),
        ]
        names = {**self.context.short_names, code: "муниципалитет"}
        return appendix.indicators_table(values, names, NUMBERING)

    def files_table(self) -> ReportTable:
        return files_of(self.context.results.quality, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def rules_table(self) -> ReportTable:
        found = self.context.results.region.identification.values()
        return identification.rules_table([result.method for result in found], NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)


def open_report(
    municipality: str, year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> LowResultsReport:
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
        norms=load_low_results_norms,
        tables=TABLES,
    )
    return LowResultsReport(ReportContext(municipality_low_results(session)), date.today())
