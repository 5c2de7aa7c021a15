"""What the regional notebook calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from IPython.display import Markdown

from oko_lib.indicators.session import open_session
from oko_lib.indicators.talent.by_municipality import regional_talent
from oko_lib.indicators.talent.indicator_values import region_values
from oko_lib.indicators.talent.protocols import files_of_faults
from oko_lib.indicators.talent.region import TABLES
from oko_lib.report.appendix import fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import Finding, FindingsBox, main_findings, what_to_check
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.grammar import count
from oko_lib.report.indicator_table import indicator_table
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import TALENT_USE_LIMITS, Note
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import (
    contests,
    coverage,
    home,
    overview,
    protocols,
    regional_tables,
    stages,
    subjects,
    support,
)
from oko_lib.report.talent.context import DIRECTION
from oko_lib.report.talent.regional_context import NUMBERING, RegionalContext
from oko_lib.report.title import TitleBlock
from oko_lib.settings.plain_errors import HelpfulNames
from oko_lib.settings.talent_norms import load_talent_norms


@dataclass(frozen=True)
class RegionalTalentReport(HelpfulNames):
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
        results = self.context.results
        own = results.summary
        places = count(len(results.municipalities), "муниципалитет")
        return TitleBlock(
            title="Выявление и развитие талантов",
            municipality=results.session.region_name,
            direction=DIRECTION,
            year=results.session.year,
            subtitle="Региональная сводка",
            facts=(
                ("Данные", f"{places}, {overview.data_words(own, len(own.data.schools))}"),
                ("Построен", self.built_on),
            ),
        )

    def findings(self) -> FindingsBox:
        ref, own = self.context.ref, self.context.results.summary
        items = [
            Finding(stages.stage_sentence(own, "municipal"), ref(*overview.stage_pointers(own))),
            Finding(regional_tables.coverage_sentence(self.context), ref("tbl-coverage")),
            Finding(stages.growth_sentence(own, "higher_prizes"), ref("tbl-growth")),
            Finding(support.staff_sentence(own), ref("tbl-support")),
        ]
        return main_findings([item for item in items if item.text][:4])

    def to_check(self) -> FindingsBox:
        ref, results = self.context.ref, self.context.results
        items = []
        away = self._home()
        if len(away) and (away["state"].astype(str) == "beyond").any():
            pointers = home.pointers(results.region.consistency, away, self._minimum)
            items.append(Finding(home.home_sentence(away, self.context.full_names, self._minimum), ref(*pointers)))
        if len(results.region.faults):
            items.append(
                Finding(protocols.faults_sentence(results.region.faults), ref("tbl-faults", "tbl-fault-places"))
            )
        if regional_tables.unobserved(self.context):
            items.append(Finding(regional_tables.observers_sentence(self.context), ref("tbl-observers")))
        return what_to_check(items)

    def funnel_figure(self) -> ReportFigure | Markdown:
        return overview.funnel_figure(self.context.results.summary, None, NUMBERING) or paragraph(
            "Рисунка нет: протоколов олимпиады этого года нет."
        )

    def limits_of_use(self) -> Note:
        return TALENT_USE_LIMITS

    # 1. Stages

    def stages_text(self) -> Markdown:
        own = self.context.results.summary
        sentences = (
            stages.stage_sentence(own, "school"),
            stages.passage_sentence(own, "municipal"),
            stages.stage_sentence(own, "regional"),
            stages.stage_sentence(own, "final"),
            stages.retention_sentence(own),
        )
        return paragraph(*sentences) if any(sentences) else paragraph(stages.NO_PROTOCOLS)

    def stages_table(self) -> ReportTable:
        return stages.stages_table(self.context.results.summary, None, NUMBERING)

    def growth_text(self) -> Markdown:
        sentences = (
            regional_tables.growing_sentence(self.context, "municipal_participants"),
            regional_tables.growing_sentence(self.context, "municipal_prizes"),
        )
        return paragraph(*sentences) if any(sentences) else paragraph(regional_tables.NO_GROWTH)

    def growth_table(self) -> ReportTable:
        results = self.context.results
        return stages.growth_table(results.summary, NUMBERING, results.session.year)

    def municipalities_table(self) -> ReportTable:
        return regional_tables.municipalities_table(self.context)

    # 2. Coverage

    def coverage_text(self) -> Markdown:
        own = self.context.results.summary
        return paragraph(
            regional_tables.coverage_sentence(self.context),
            coverage.groups_sentence(own),
            coverage.disability_sentence(own),
        )

    def coverage_table(self) -> ReportTable:
        return regional_tables.coverage_table(self.context)

    def groups_table(self) -> ReportTable:
        return coverage.groups_table(self.context.results.summary, None, NUMBERING)

    # 3. Subjects

    def subjects_table(self) -> ReportTable:
        return subjects.subjects_table(self.context.results.summary, None, NUMBERING)

    def strength_table(self) -> ReportTable:
        table = subjects.strength_table(self.context.results.region.strength.units, self.context.row_names, NUMBERING)
        return self.context.beside_municipality(table)

    # 4. Contests

    def contests_text(self) -> Markdown:
        own = self.context.results.summary
        return paragraph(contests.contests_sentence(own), contests.unlisted_sentence(own))

    def contests_table(self) -> ReportTable:
        return contests.contests_table(self.context.results.summary, None, NUMBERING)

    # 5. Conditions

    def support_text(self) -> Markdown:
        results = self.context.results
        return paragraph(support.staff_sentence(results.summary), support.link_sentence(results.region.link))

    def staff_table(self) -> ReportTable:
        return support.staff_table(self.context.results.summary, None, NUMBERING)

    def support_table(self) -> ReportTable:
        return regional_tables.support_table(self.context)

    def programmes_table(self) -> ReportTable:
        return support.programmes_table(self.context.results.summary, None, NUMBERING)

    # 6. Objectivity of olympiads

    def fairness_text(self) -> Markdown:
        return paragraph(
            home.home_sentence(self._home(), self.context.full_names, self._minimum),
            regional_tables.observers_sentence(self.context),
        )

    def home_figure(self) -> ReportFigure | Markdown:
        region = self.context.results.region
        return home.home_figure(
            region.consistency, self._home(), self.context.full_names, NUMBERING, self._minimum, all_own=True
        ) or paragraph("Рисунка нет: дипломов школьного этапа и пришедших на муниципальный мало.")

    def home_table(self) -> ReportTable:
        away = self._home()
        called = away[away["state"].astype(str) == "beyond"] if len(away) else away
        return self.context.beside_municipality(
            home.home_table(called, self.context.row_names, NUMBERING, self._minimum)
        )

    def faults_table(self) -> ReportTable:
        region = self.context.results.region
        return protocols.faults_table(region.faults, region.checked, None, NUMBERING)

    def fault_places_table(self) -> ReportTable:
        results = self.context.results
        faults = results.region.faults
        placed = faults.assign(file_name=files_of_faults(results.session.snapshot, faults))
        return protocols.fault_places_table(placed, self.context.full_names, NUMBERING)

    def observers_table(self) -> ReportTable:
        return regional_tables.observers_table(self.context)

    # Appendices

    def indicators_table(self) -> ReportTable:
        results = self.context.results
        frames = {code: own.data for code, own in results.municipalities.items()}
        return indicator_table(
            region_values(results.summary, frames),
            {"": "регион"},
            NUMBERING,
            caption="Показатели разделов 1.3 и 1.1.5 под их кодами",
            notes=(
                "Здесь показатели, которые держатся на данных; наличие программ, приказов и положений подтверждается "
                "документами.",
            ),
            minimum_group=self._minimum,
        )

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)

    @property
    def _minimum(self) -> int:
        return int(self.context.results.session.norms.minimum_group.value)

    def _home(self) -> pd.DataFrame:
        consistency = self.context.results.region.consistency
        return consistency.units if consistency is not None else pd.DataFrame()


def open_regional_report(
    year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> RegionalTalentReport:
    """Compute the regional summary; parameters and errors as for a municipality."""
    require_internal(mode)
    session = open_session(
        workspace_root or None, None, year or None, as_of or None, norms=load_talent_norms, tables=TABLES
    )
    return RegionalTalentReport(RegionalContext(regional_talent(session)), date.today())
