"""Page one: the title block and «Главное»."""

from __future__ import annotations

from datetime import date

from oko_lib.report.findings import Finding, FindingsBox, main_findings
from oko_lib.report.grammar import count
from oko_lib.report.title import TitleBlock
from oko_lib.report.training_quality import flow, inclusion, levels, marks, skills
from oko_lib.report.training_quality.context import DIRECTION, ReportContext

_MOST_FINDINGS = 5


def title_block(context: ReportContext, built_on: date) -> TitleBlock:
    """The title block of the municipality's report."""
    results = context.results
    written = int(results.own.works["n"].sum()) if len(results.own.works) else 0
    tested = int(results.own.levels["n"].sum()) if len(results.own.levels) else 0
    return TitleBlock(
        title="Качество подготовки обучающихся",
        municipality=results.session.municipality_name or "",
        direction=DIRECTION,
        year=results.session.year,
        subtitle=results.session.region_name,
        facts=(
            (
                "Данные",
                f"{count(len(results.schools), 'школа')}, {count(written, 'работа ВПР')} с отметкой, "
                f"{count(tested, 'результат')} КДР",
            ),
            ("Построен", built_on),
        ),
    )


def findings_box(context: ReportContext) -> FindingsBox:
    """The box «Главное»: marks, skills, literacy, those who do not go on."""
    ref, own = context.ref, context.results.own
    items: list[Finding] = []
    if len(own.works):
        items.append(Finding(marks.failing_sentence(context), ref("fig-marks", "tbl-works")))
        items.append(Finding(marks.changes_sentence(context), ref("tbl-changes")))
    if len(own.completion):
        items.append(Finding(skills.skills_sentence(context), ref("tbl-skills")))
        items.append(Finding(skills.out_sentence(context), ref("tbl-out")))
    if len(own.levels):
        items.append(Finding(levels.levels_sentence(context), ref("tbl-levels")))
    if flow.flagged_schools(context):
        items.append(Finding(flow.schools_sentence(context), ref("tbl-not-continuing")))
    elif own.adapted.meets(context.results.session.norms.internal_assessment.value) is False:
        items.append(
            Finding(inclusion.adapted_sentence(own.adapted, context.results.session.norms), ref("tbl-adapted"))
        )
    items = [item for item in items if item.text.strip()]
    if len(items) > _MOST_FINDINGS:
        # One page: the work with most «2» is told by the figure below.
        items = items[1:]
    return main_findings(items[:_MOST_FINDINGS])
