"""What the regional notebook calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from IPython.display import Markdown

from oko_lib.indicators.low_results.indicator_values import measure_values
from oko_lib.indicators.low_results.region import TABLES
from oko_lib.indicators.low_results.summary import region_summary
from oko_lib.indicators.session import open_session
from oko_lib.report.appendix import fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.low_results import (
    appendix,
    causes,
    changes,
    cohorts,
    conditions,
    identification,
    pupils,
    regional_changes,
    regional_conditions,
    regional_lists,
    regional_overview,
    regional_support,
)
from oko_lib.report.low_results.regional_context import RegionalContext
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.numbering import Numbering
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.low_results_norms import load_low_results_norms
from oko_lib.settings.plain_errors import HelpfulNames

NUMBERING = Numbering.of(
    tables=[
        "tbl-measures",
        "tbl-return",
        "tbl-municipalities",
        "tbl-growth",
        "tbl-exams",
        "tbl-cohorts",
        "tbl-history",
        "tbl-comparison",
        "tbl-sensitivity",
        "tbl-methods",
        "tbl-near",
        "tbl-coefficients",
        "tbl-index",
        "tbl-matrix",
        "tbl-clusters",
        "tbl-resilient",
        "tbl-risks",
        "tbl-support",
        "tbl-deficits",
        "tbl-gaps",
        "tbl-nosologies",
        "tbl-indicators",
        "tbl-quarantine",
        "tbl-norms",
        "tbl-rules",
        "tbl-fingerprint",
    ],
    figures=["fig-measures", "fig-flow", "fig-context"],
)


@dataclass(frozen=True)
class RegionalLowResultsReport(HelpfulNames):
    """The regional summary; made by :func:`open_regional_report`.

    Parameters
    ----------
    context : RegionalContext
        Results and their words.
    built_on : date
        Day of building, printed on page one.
    """

    context: RegionalContext
    built_on: date

    # Page one

    def title(self) -> TitleBlock:
        return regional_overview.title_block(self.context, self.built_on)

    def findings(self) -> FindingsBox:
        return regional_overview.findings_box(self.context)

    def to_check(self) -> FindingsBox:
        return regional_overview.check_box(self.context)

    def measures_figure(self) -> ReportFigure | Markdown:
        return regional_changes.measures_figure(self.context) or paragraph(
            "Рисунка нет: результатов экзаменов и диагностических работ за два года нет."
        )

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    # 1. What changed

    def changes_text(self) -> Markdown:
        return paragraph(
            regional_changes.changed_sentence(self.context),
            regional_changes.chosen_sentence(self.context),
            regional_changes.return_sentence(self.context),
        )

    def measures_table(self) -> ReportTable:
        results = self.context.results
        caption = f"Показатели 1.2.3 по региону: {changes.base_words(results.region)}"
        return changes.measures_table(results.measures, None, NUMBERING, caption)

    def return_table(self) -> ReportTable:
        return regional_changes.return_table(self.context)

    def municipalities_table(self) -> ReportTable:
        return regional_changes.municipalities_table(self.context)

    def growth_text(self) -> Markdown:
        return paragraph(regional_changes.growth_sentence(self.context))

    def growth_table(self) -> ReportTable:
        return regional_changes.growth_table(self.context)

    # 2. Exams and works

    def exams_table(self) -> ReportTable:
        results = self.context.results
        return pupils.exams_table(results.shares, results.pooled, None, NUMBERING, results.session.year)

    # 3. The same children

    def cohorts_text(self) -> Markdown:
        results = self.context.results
        followed = results.region.cohorts
        if not results.listed_moves.moved_up.given:
            return paragraph(cohorts.moves_sentence(followed, results.moves, None))
        moves = cohorts.moves_sentence(followed, results.listed_moves, results.moves)
        return paragraph(f"Ученики школ списков. {moves}")

    def flow_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        of_listed = results.listed_moves.moved_up.given
        figure = cohorts.flow_figure(results.listed_moves if of_listed else results.moves, NUMBERING)
        if figure is None:
            return paragraph("Рисунка нет: учеников, чьи работы в 4 и 6 классах можно связать, мало.")
        whose = "школы списков" if of_listed else "все школы региона"
        return replace(figure, caption=f"{figure.caption} ({whose})")

    def cohorts_table(self) -> ReportTable:
        region = self.context.results.region
        table = self.context.beside_municipality(
            cohorts.cohorts_table(region.cohorts, region.listed.schools, self.context.row_names, NUMBERING)
        )
        return replace(table, caption=f"{table.caption}, школы списков", _cache={})

    # 4. Lists and methods

    def lists_text(self) -> Markdown:
        return paragraph(
            regional_lists.lists_sentence(self.context),
            regional_lists.agreement_sentence(self.context),
            regional_lists.near_sentence(self.context),
        )

    def history_table(self) -> ReportTable:
        return regional_lists.history_table(self.context)

    def comparison_table(self) -> ReportTable:
        return regional_lists.comparison_table(self.context)

    def sensitivity_table(self) -> ReportTable:
        return regional_lists.sensitivity_table(self.context)

    def methods_table(self) -> ReportTable:
        return regional_lists.methods_table(self.context)

    def near_table(self) -> ReportTable:
        return regional_lists.near_table(self.context)

    # 5. Conditions

    def context_text(self) -> Markdown:
        region = self.context.results.region
        return paragraph(
            conditions.link_sentence(region.context, region.year),
            regional_conditions.resilience_sentence(self.context),
        )

    def context_figure(self) -> ReportFigure | Markdown:
        return regional_conditions.context_figure(self.context) or paragraph(
            "Рисунка нет: ожидаемый результат не оценён."
        )

    def coefficients_table(self) -> ReportTable:
        region = self.context.results.region
        return conditions.coefficients_table(region.context.fits[region.year], NUMBERING)

    def index_text(self) -> Markdown:
        return paragraph(regional_conditions.index_sentence(self.context))

    def index_table(self) -> ReportTable:
        return regional_conditions.index_table(self.context)

    def matrix_table(self) -> ReportTable:
        return regional_conditions.matrix_table(self.context)

    def clusters_text(self) -> Markdown:
        return paragraph(regional_conditions.clusters_sentence(self.context))

    def clusters_table(self) -> ReportTable:
        return regional_conditions.clusters_table(self.context)

    def resilient_table(self) -> ReportTable:
        return regional_conditions.resilient_table(self.context)

    # 6. Causes and support

    def causes_text(self) -> Markdown:
        results = self.context.results
        if not results.region.listed.schools:
            return paragraph("Школ списков в данных нет, поэтому об их поддержке сказать нечего.")
        return paragraph(
            regional_support.passport_sentence(self.context),
            causes.support_sentence(results.support),
            regional_support.silent_sentence(self.context),
        )

    def risks_table(self) -> ReportTable:
        return regional_support.risks_table(self.context)

    def support_table(self) -> ReportTable:
        return regional_support.support_table(self.context)

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
        values = measure_values(results.measures, "region", "", results.session.year)
        return appendix.indicators_table(values, {"": results.session.region_name}, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def rules_table(self) -> ReportTable:
        found = self.context.results.region.identification.values()
        return identification.rules_table([result.method for result in found], NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)


def open_regional_report(
    year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> RegionalLowResultsReport:
    """Compute the regional summary; parameters and errors as for a municipality."""
    require_internal(mode)
    session = open_session(
        workspace_root or None, None, year or None, as_of or None, norms=load_low_results_norms, tables=TABLES
    )
    return RegionalLowResultsReport(RegionalContext(region_summary(session), NUMBERING), date.today())
