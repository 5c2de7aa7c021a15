"""What the notebook of a municipality calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from IPython.display import Markdown

from oko_lib.indicators.session import open_session
from oko_lib.indicators.talent.indicator_values import municipality_values, school_values
from oko_lib.indicators.talent.municipality import municipality_talent
from oko_lib.indicators.talent.region import TABLES
from oko_lib.report.appendix import files_of, fingerprint_of, norms_of, quarantine_of
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import FindingsBox
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.indicator_table import indicator_table, school_flags_table
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import TALENT_USE_LIMITS, Note
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.talent import contests, coverage, home, observers, overview, protocols, stages, subjects, support
from oko_lib.report.talent.context import NUMBERING, ReportContext
from oko_lib.report.title import TitleBlock
from oko_lib.settings.plain_errors import HelpfulNames
from oko_lib.settings.talent_norms import load_talent_norms


@dataclass(frozen=True)
class TalentReport(HelpfulNames):
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

    def funnel_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        return overview.funnel_figure(results.summary, results.beside, NUMBERING) or paragraph(
            "Рисунка нет: протоколов олимпиады этого года нет."
        )

    def limits_of_use(self) -> Note:
        return TALENT_USE_LIMITS

    # 1. Stages

    def stages_text(self) -> Markdown:
        own, beside = self.context.results.summary, self.context.results.beside
        sentences = (
            stages.stage_sentence(own, "school", beside),
            stages.passage_sentence(own, "municipal", beside),
            stages.stage_sentence(own, "regional", beside),
            stages.retention_sentence(own, beside),
        )
        return paragraph(*sentences) if any(sentences) else paragraph(stages.NO_PROTOCOLS)

    def stages_table(self) -> ReportTable:
        return stages.stages_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    def growth_table(self) -> ReportTable:
        results = self.context.results
        return stages.growth_table(results.summary, NUMBERING, results.session.year)

    # 2. Coverage

    def coverage_text(self) -> Markdown:
        own, names = self.context.results.summary, self.context.short_names
        return paragraph(
            coverage.coverage_sentence(own, names),
            coverage.silent_sentence(own, names),
            coverage.groups_sentence(own),
            coverage.disability_sentence(own),
        )

    def coverage_table(self) -> ReportTable:
        return coverage.coverage_table(self.context.results.summary, self.context.short_names, NUMBERING)

    def groups_table(self) -> ReportTable:
        return coverage.groups_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    # 3. Subjects

    def subjects_text(self) -> Markdown:
        results = self.context.results
        sentences = (
            subjects.strength_sentence(results.strength, self.context.short_names),
            subjects.absent_subjects_sentence(results.summary, results.beside),
        )
        return paragraph(*sentences) if any(sentences) else paragraph(subjects.NONE_STANDS_OUT)

    def map_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        return subjects.map_figure(
            results.region.strength, results.strength, self.context.short_names, NUMBERING, "школы муниципалитета"
        ) or paragraph("Рисунка нет: для него нужны школьный и муниципальный этапы одного года и ключи учеников.")

    def subjects_table(self) -> ReportTable:
        return subjects.subjects_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    def strength_table(self) -> ReportTable:
        return subjects.strength_table(self.context.results.strength, self.context.short_names, NUMBERING)

    # 4. Contests

    def contests_text(self) -> Markdown:
        own = self.context.results.summary
        return paragraph(contests.contests_sentence(own), contests.unlisted_sentence(own))

    def contests_table(self) -> ReportTable:
        return contests.contests_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    # 5. Conditions

    def support_text(self) -> Markdown:
        results = self.context.results
        return paragraph(support.staff_sentence(results.summary), support.link_sentence(results.region.link))

    def staff_table(self) -> ReportTable:
        return support.staff_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    def programmes_table(self) -> ReportTable:
        return support.programmes_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    def advice(self) -> FindingsBox:
        return support.advice_box(self.context.results.summary)

    # 6. Objectivity of olympiads

    def fairness_text(self) -> Markdown:
        results, names = self.context.results, self.context.short_names
        return paragraph(
            home.home_sentence(results.home, names, self._minimum),
            observers.observers_sentence(results.summary, names),
        )

    def home_figure(self) -> ReportFigure | Markdown:
        results = self.context.results
        return home.home_figure(
            results.region.consistency,
            results.home,
            self.context.short_names,
            NUMBERING,
            self._minimum,
        ) or paragraph("Рисунка нет: дипломов школьного этапа и пришедших на муниципальный мало.")

    def home_table(self) -> ReportTable:
        return home.home_table(self.context.results.home, self.context.short_names, NUMBERING, self._minimum)

    def faults_table(self) -> ReportTable:
        region = self.context.results.region
        beside = region.faults if region.has_comparison else None
        return protocols.faults_table(self.context.results.faults, region.checked, beside, NUMBERING)

    def fault_places_table(self) -> ReportTable:
        return protocols.fault_places_table(self.context.results.faults, self.context.short_names, NUMBERING)

    def observers_table(self) -> ReportTable:
        return observers.observers_table(self.context.results.summary, self.context.results.beside, NUMBERING)

    # Appendices

    def indicators_table(self) -> ReportTable:
        results = self.context.results
        code = results.session.municipality_code or ""
        return indicator_table(
            municipality_values(results.summary, code),
            {code: "муниципалитет"},
            NUMBERING,
            caption="Показатели разделов 1.3 и 1.1.5 под их кодами",
            notes=(
                "Здесь показатели, которые держатся на данных. Наличие программ, приказов и положений подтверждается "
                "документами и сюда не входит.",
            ),
            minimum_group=self._minimum,
        )

    def school_indicators_table(self) -> ReportTable:
        results = self.context.results
        return school_flags_table(
            school_values(results.summary, results.schools),
            self.context.short_names,
            NUMBERING,
            "Школьные показатели: «да» — в форме названо число больше нуля",
        )

    def files_table(self) -> ReportTable:
        return files_of(self.context.results.quality, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)

    @property
    def _minimum(self) -> int:
        return int(self.context.results.session.norms.minimum_group.value)


def open_report(
    municipality: str, year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> TalentReport:
    """Open the report of a municipality.

    Parameters
    ----------
    municipality : str
        Code or name.
    year : int
        0 for the latest year with data.
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
        norms=load_talent_norms,
        tables=TABLES,
    )
    return TalentReport(ReportContext(municipality_talent(session)), date.today())
