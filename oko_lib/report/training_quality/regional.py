"""What the regional notebook calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd
from IPython.display import Markdown

from oko_lib.indicators.session import open_session
from oko_lib.indicators.training_quality.indicator_values import region_values
from oko_lib.indicators.training_quality.region import TABLES
from oko_lib.indicators.training_quality.summary import region_summary
from oko_lib.report.appendix import fingerprint_of, norms_of, quarantine_of
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.findings import Finding, FindingsBox, main_findings
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.grammar import count, listed, sentence
from oko_lib.report.low_results import cohorts, pupils
from oko_lib.report.mode import require_internal
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.prose import paragraph
from oko_lib.report.regional_context import NO_MUNICIPALITY
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
    register,
    skills,
    transition,
    words,
)
from oko_lib.report.training_quality.context import DIRECTION
from oko_lib.report.training_quality.regional_context import NUMBERING, RegionalContext
from oko_lib.settings.plain_errors import HelpfulNames
from oko_lib.settings.training_quality_norms import load_training_quality_norms


@dataclass(frozen=True)
class RegionalTrainingQualityReport(HelpfulNames):
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
        places = sum(code != NO_MUNICIPALITY for code in results.municipalities.index)
        written = int(results.municipalities["works"].sum())
        return TitleBlock(
            title="Качество подготовки: сводка по региону",
            municipality=results.session.region_name,
            direction=DIRECTION,
            year=results.session.year,
            facts=(
                (
                    "Данные",
                    f"{count(places, 'муниципалитет')}, {count(len(results.schools), 'школа')}, "
                    f"{count(written, 'работа ВПР')} с отметкой",
                ),
                ("Построен", self.built_on),
            ),
        )

    def findings(self) -> FindingsBox:
        context, own = self.context, self.context.results.own
        items: list[Finding] = []
        if len(own.works):
            items.append(Finding(marks.changes_sentence(context), context.ref("tbl-changes")))
            if any(places(context, share).notna().any() for share in ("failing", "good")):
                items.append(Finding(municipalities_sentence(context), context.ref("tbl-municipalities")))
        if len(own.completion):
            items.append(Finding(skills.skills_sentence(context), context.ref("tbl-skills")))
            items.append(Finding(skills.out_sentence(context), context.ref("tbl-out")))
        if len(own.levels):
            items.append(Finding(levels.levels_sentence(context), context.ref("tbl-levels")))
        return main_findings([item for item in items if item.text.strip()])

    def to_check(self) -> FindingsBox:
        return advice.check_box(self.context)

    def marks_figure(self) -> ReportFigure | Markdown:
        return marks.marks_figure(self.context) or paragraph("Рисунка нет: отметок за ВПР этого года нет.")

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    # 1. Marks

    def marks_text(self) -> Markdown:
        return paragraph(marks.failing_sentence(self.context), municipalities_sentence(self.context))

    def works_table(self) -> ReportTable:
        return marks.works_table(
            self.context.results.own.works, None, NUMBERING, "Доли «2», «4» и «5» по предметам и классам"
        )

    def changes_table(self) -> ReportTable:
        session = self.context.results.session
        return marks.changes_table(self.context.results.own.works, session.norms, NUMBERING, session.year)

    def municipalities_table(self) -> ReportTable:
        return municipalities_table(self.context)

    # 2. Tasks and skills

    def skills_text(self) -> Markdown:
        return paragraph(skills.skills_sentence(self.context), skills.out_sentence(self.context))

    def skills_table(self) -> ReportTable:
        results = self.context.results
        return skills.skills_table(
            results.region.tasks, results.own.completion, results.schools, results.session.norms, NUMBERING, False
        )

    def out_table(self) -> ReportTable:
        return skills.out_table(self.context)

    # 3. Register of difficulties

    def register_text(self) -> Markdown:
        return paragraph(register.register_sentence(self.context))

    def register_table(self) -> ReportTable:
        return register.register_table(self.context)

    # 4. From grade 4 to grade 5

    def transition_text(self) -> Markdown:
        return paragraph(transition.pooled_sentence(self.context.results.own.transition))

    def transition_table(self) -> ReportTable:
        return transition.transition_table(self.context, every=False)

    # 5. Functional literacy

    def levels_text(self) -> Markdown:
        return paragraph(levels.levels_sentence(self.context))

    def levels_table(self) -> ReportTable:
        results = self.context.results
        return levels.levels_table(results.own.levels, results.own.levels_before, None, NUMBERING, results.session.year)

    def cohorts_text(self) -> Markdown:
        results = self.context.results
        return paragraph(cohorts.moves_sentence(results.region.cohorts, results.own.moves, None))

    def flow_figure(self) -> ReportFigure | Markdown:
        return cohorts.flow_figure(self.context.results.own.moves, NUMBERING) or paragraph(
            "Рисунка нет: учеников, чьи работы в 4 и 6 классах можно связать, мало."
        )

    # 6. Exams and what comes after school

    def exam_tasks_table(self) -> ReportTable:
        results = self.context.results
        return exams.exam_tasks_table(results.own.exam_tasks, results.session.norms, NUMBERING, False)

    def graduates_text(self) -> Markdown:
        return paragraph(flow.flow_sentence(self.context), flow.schools_sentence(self.context))

    def graduates_table(self) -> ReportTable:
        return flow.graduates_table(self.context.results.own.graduates, NUMBERING, "Выпускники региона по годам")

    def not_continuing_table(self) -> ReportTable:
        return flow.not_continuing_table(self.context, every=False)

    # 7. Pupils with disabilities, groups of pupils

    def adapted_text(self) -> Markdown:
        results = self.context.results
        return paragraph(inclusion.adapted_sentence(results.own.adapted, results.session.norms))

    def adapted_table(self) -> ReportTable:
        return inclusion.adapted_table(self.context, every=False)

    def nosologies_table(self) -> ReportTable:
        return pupils.nosologies_table(self.context.results.own.nosologies, NUMBERING)

    def gaps_table(self) -> ReportTable:
        return pupils.gaps_table(self.context.results.own.gaps, NUMBERING)

    # Appendices

    def indicators_table(self) -> ReportTable:
        results = self.context.results
        values = region_values(results.region, results.session.norms)
        return appendix.indicators_table(values, {"": "регион"}, results.session.norms, NUMBERING)

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.context.results.quality, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.context.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.context.results.session), NUMBERING)


def places(context: RegionalContext, share: str) -> pd.Series:
    """Return by municipality ``more``, ``fewer``, ``usual`` or missing: beside the others on the same works."""
    units = context.results.funnels[share].units
    judged = units["enough"].astype(bool) & units["p_value"].notna()
    side = pd.Series("usual", index=units.index)
    side[units["flagged"].astype(bool) & (units["z_adjusted"] > 0)] = "more"
    side[units["flagged"].astype(bool) & (units["z_adjusted"] < 0)] = "fewer"
    return side.where(judged)


def municipalities_sentence(context: RegionalContext) -> str:
    """Municipalities whose shares are out of the usual spread."""
    parts, judged = [], False
    for share, text in (("failing", "«2»"), ("good", "«4» и «5»")):
        found = places(context, share)
        judged = judged or found.notna().any()
        for side, word in (("more", "больше обычного"), ("fewer", "меньше обычного")):
            names = sorted(context.municipality(str(code)) for code in found.index[found == side])
            if names:
                parts.append(f"{text} {word} — {listed(names)}")
    if not judged:
        return "Сравнить муниципалитеты между собой нельзя: их мало."
    if not parts:
        return "Доли «2», «4» и «5» ни одного муниципалитета не выходят за обычный разброс на тех же работах."
    return sentence(f"среди муниципалитетов на тех же работах: {'; '.join(parts)}")


def municipalities_table(context: RegionalContext) -> ReportTable:
    """Municipalities by name."""
    results = context.results
    sides = {share: places(context, share) for share in ("failing", "good")}
    rows = [
        {
            "municipality": context.short_municipality(str(code)),
            **{name: row[name] for name in ("schools", "failing", "good", "reached")},
            "failing_place": words.told(words.PLACES, sides["failing"].get(code)),
            "good_place": words.told(words.PLACES, sides["good"].get(code)),
            "below": row["schools_below"],
            "not_continuing": row["not_continuing"] / row["started"] if row["started"] > 0 else None,
        }
        for code, row in results.municipalities.iterrows()
    ]
    columns = [
        ColumnSpec("municipality", "Муниципалитет"),
        ColumnSpec("schools", "Школ", kind="integer"),
        ColumnSpec("failing", "доля", kind="share", group="«2» за ВПР"),
        ColumnSpec("failing_place", "среди всех", group="«2» за ВПР"),
        ColumnSpec("good", "доля", kind="share", group="«4» и «5» за ВПР"),
        ColumnSpec("good_place", "среди всех", group="«4» и «5» за ВПР"),
        ColumnSpec("reached", "КДР: базовый и выше", kind="share"),
        ColumnSpec("below", "Школ с умением ниже ожидаемого", kind="integer"),
        ColumnSpec("not_continuing", "Не продолжили образование", kind="share"),
    ]
    return ReportTable.build(
        pd.DataFrame(rows, columns=[column.key for column in columns]),
        columns,
        caption="Муниципалитеты: отметки, уровни, умения, путь выпускников",
        number=context.numbering.table("tbl-municipalities"),
        label="tbl-municipalities",
        sort="municipality",
        notes=(
            "«Среди всех» — на тех же работах, с учётом размера и обычного разброса муниципалитетов. Муниципалитеты "
            "стоят "
            "по названиям, а не по результату.",
        ),
        wide=False,
    )


def open_regional_report(
    year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> RegionalTrainingQualityReport:
    """Compute the regional summary; parameters and errors as for a municipality."""
    require_internal(mode)
    session = open_session(
        workspace_root or None, None, year or None, as_of or None, norms=load_training_quality_norms, tables=TABLES
    )
    return RegionalTrainingQualityReport(RegionalContext(region_summary(session)), date.today())
