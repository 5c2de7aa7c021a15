"""What the regional notebook calls: one method per thing shown, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
from IPython.display import Markdown

from oko_lib.indicators.objectivity.summary import RegionSummary, region_summary
from oko_lib.indicators.session import open_session
from oko_lib.methods.control_group import ControlDifference
from oko_lib.report.appendix import fingerprint_of, norms_of, quarantine_of
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.funnel import funnel
from oko_lib.report.findings import Finding, FindingsBox, main_findings, what_to_check
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.grammar import count
from oko_lib.report.mode import require_internal
from oko_lib.report.names import short_school, strip_code
from oko_lib.report.notes import VPR_USE_LIMITS, Note
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import integer, number, percent, points_with_interval, share_with_interval
from oko_lib.report.objectivity import appendix, attention, borders, dynamics, words
from oko_lib.report.objectivity.agreement import works_columns, works_rows, works_total
from oko_lib.report.objectivity.context import share
from oko_lib.report.objectivity.overview import DIRECTION, PAIR_FORMS, works_fact
from oko_lib.report.prose import paragraph
from oko_lib.report.refusals import refusal_reason, refusal_sentence
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.plain_errors import HelpfulNames

NUMBERING = Numbering.of(
    tables=[
        "tbl-municipalities",
        "tbl-works",
        "tbl-borders",
        "tbl-control",
        "tbl-repetition",
        "tbl-consistency",
        "tbl-attention",
        "tbl-quarantine",
        "tbl-cross-check",
        "tbl-tests",
        "tbl-norms",
        "tbl-fingerprint",
    ],
    figures=["fig-municipalities"],
)

_KINDS = {"years": "один предмет, соседние годы", "subjects": "два предмета одного года"}


@dataclass(frozen=True)
class RegionalObjectivityReport(HelpfulNames):
    """The regional summary; made by :func:`open_regional_report`.

    Parameters
    ----------
    results : RegionSummary
        The numbers.
    built_on : date
        Day of building.
    """

    results: RegionSummary
    built_on: date

    def _table(self, frame: pd.DataFrame, columns: list[ColumnSpec], caption: str, label: str, **more) -> ReportTable:
        return ReportTable.build(frame, columns, caption=caption, number=NUMBERING.table(label), label=label, **more)

    # Page one

    def title(self) -> TitleBlock:
        results = self.results
        present, listed = (int(results.participation[name].sum()) for name in ("n_present", "n_listed"))
        schools = results.region.marks_of_year["school"].nunique()
        return TitleBlock(
            title="Объективность результатов ВПР: сводка по региону",
            municipality=results.session.region_name,
            direction=DIRECTION,
            year=results.session.year,
            facts=(
                (
                    "Данные",
                    f"{count(len(self._municipalities), 'муниципалитет')}, {count(int(schools), 'школа')}, "
                    f"{works_fact(present, listed)}, "
                    f"{count(results.total.n_pairs, 'пара отметок', PAIR_FORMS)}",
                ),
                ("Версия данных", results.session.snapshot.version),
                ("Построен", self.built_on),
            ),
        )

    def findings(self) -> FindingsBox:
        ref = NUMBERING.ref
        total, region = self.results.total, self.results.region
        confirmed = (
            f"Подтвердили отметку {share_with_interval(total.confirmed)} участников, понизили "
            f"{percent(total.lowered.value)}, повысили {percent(total.raised.value)}."
            if total.confirmed.given
            else f"О соответствии отметок {refusal_sentence(total.confirmed.refusal, 'пара отметок')}."
        )
        index = self.results.index[""]
        signs = (
            f"Индекс объективности по методике ФИОКО — {number(100 * index.value, 1)} из 100: хотя бы один признак у "
            f"{count(int(index.denominator - index.numerator), 'школа', case='genitive')} из "
            f"{integer(index.denominator)}."
            if index.given
            else "Индекс по методике ФИОКО не посчитан: нет работ, по которым она его определяет."
        )
        return main_findings(
            [
                Finding(confirmed, ref("tbl-works")),
                Finding(self._municipalities_sentence(), ref("tbl-municipalities", "fig-municipalities")),
                Finding(attention.joint_sentence(region, self.results.attention, None), ref("tbl-attention")),
                Finding(signs, ref("tbl-municipalities")),
                Finding(dynamics.change_sentence(region.dynamics)),
            ]
        )

    def to_check(self) -> FindingsBox:
        found = [item for item in self.results.attention if item.pattern]
        items = []
        for pattern, check in words.SHORT_CHECKS.items():
            alike = sum(1 for item in found if item.pattern == pattern)
            if alike:
                text = f"{count(alike, 'школа')}: {words.SHORT_PATTERNS[pattern]} — {check}"
                items.append(Finding(text, NUMBERING.ref("tbl-attention")))
        quarantined = self.results.quality.n_quarantined
        if quarantined:
            items.append(
                Finding(
                    f"Вернуть отправителям {count(quarantined, 'строка', case='accusative')} с ошибками на исправление",
                    NUMBERING.ref("tbl-quarantine"),
                )
            )
        return what_to_check(items)

    def limits_of_use(self) -> Note:
        return VPR_USE_LIMITS

    # Municipalities

    @cached_property
    def _municipalities(self) -> list[str]:
        names = self.results.region.municipalities["municipality_name"]
        codes = self.results.region.marks_of_year["municipality_code"].dropna().unique()
        return sorted(map(str, codes), key=lambda code: str(names.get(code, code)))

    def _name(self, code: str) -> str:
        return strip_code(str(self.results.region.municipalities["municipality_name"].get(code, code)))

    def _municipalities_sentence(self) -> str:
        parts = []
        for direction, name in (("lowered", "пониженных"), ("raised", "повышенных")):
            fit = self.results.region.agreement.municipalities[direction]
            if fit.funnel.refusal is not None:
                return f"О различиях муниципалитетов {refusal_sentence(fit.funnel.refusal, 'муниципалитет')}."
            parts.append(f"{name} — {int(fit.units['flagged'].sum())}")
        return f"Муниципалитетов, где доля отметок неслучайно отличается от обычной: {'; '.join(parts)}."

    def municipalities_table(self) -> ReportTable:
        agreement = self.results.region.agreement
        rows_by_code = agreement.by_municipality.set_index("municipality_code")
        flagged = pd.Series(
            [self.results.region.schools["municipality_code"].get(item.school) for item in self.results.attention]
        ).value_counts()
        rows = []
        for code in self._municipalities:
            row = rows_by_code.loc[code]
            index = self.results.index.get(code)
            rows.append(
                {
                    "name": self._name(code),
                    "pairs": int(row["n_pairs"]),
                    "lowered": share(row, "lowered"),
                    "confirmed": share(row, "confirmed"),
                    "raised": share(row, "raised"),
                    "verdict": words.unit_verdict(agreement.municipalities["lowered"], code),
                    "index": 100 * index.value if index is not None and index.given else None,
                    "attention": int(flagged.get(code, 0)),
                }
            )
        return self._table(
            pd.DataFrame(rows),
            [
                ColumnSpec("name", "Муниципалитет"),
                ColumnSpec("pairs", "Пар отметок", kind="integer"),
                ColumnSpec("lowered", "Понизили", kind="share"),
                ColumnSpec("confirmed", "Подтвердили", kind="share"),
                ColumnSpec("raised", "Повысили", kind="share"),
                ColumnSpec("verdict", "Понизили: отличие от региона"),
                ColumnSpec("index", "Индекс ФИОКО", kind="number"),
                ColumnSpec("attention", "Школ, требующих внимания", kind="integer"),
            ],
            "Соответствие отметок и признаки по муниципалитетам",
            "tbl-municipalities",
            sort="name",
            notes=(
                "По алфавиту; порядок — не место. Отличие считается на одинаковом наборе работ и с учётом обычного "
                "разброса "
                "муниципалитетов.",
            ),
        )

    def municipalities_figure(self) -> ReportFigure | Markdown:
        fit = self.results.region.agreement.municipalities["lowered"]
        if fit.funnel.refusal is not None:
            return paragraph(f"Воронка не построена: {refusal_reason(fit.funnel.refusal, 'муниципалитет')}.")
        units = fit.units[fit.units["enough"] & fit.units["share"].notna()].reset_index()
        flagged = units["flagged"]
        points = pd.DataFrame(
            {
                "n": units["n"],
                "share": units["share"],
                "own": flagged if flagged.any() else True,
                "label": [self._name(code) for code in units["municipality_code"]],
            }
        )
        return ReportFigure(
            funnel(
                points,
                fit.curves,
                fit.funnel.theta,
                y_title="Доля пониженных отметок",
                x_title="Число пар отметок",
                own="отличие неслучайно" if flagged.any() else "муниципалитеты",
                others="остальные муниципалитеты",
                y_range=(0.0, float(np.ceil(10 * max(0.6, units["share"].max())) / 10)),
            ),
            number=NUMBERING.figure("fig-municipalities"),
            label="fig-municipalities",
            caption=f"Доля пониженных отметок и размер муниципалитета: неслучайно отличаются {int(flagged.sum())}",
            alt="Воронка: точки — муниципалитеты, по горизонтали число пар отметок, по вертикали доля пониженных.",
        )

    # Works and borders

    def works_table(self) -> ReportTable:
        return self._table(
            pd.DataFrame(works_rows(self.results.works)),
            works_columns(self.results.session.norms),
            "Соответствие отметок за ВПР отметкам журнала по предметам и классам",
            "tbl-works",
            sort="work",
            total_row=works_total(self.results.total),
        )

    def borders_table(self) -> ReportTable:
        return borders.background_table(self.results.region.borders, NUMBERING)

    # Control group, lists, consistency

    def control_text(self) -> Markdown:
        control = self.results.region.control
        if control is None:
            return paragraph("Список школ с независимыми наблюдателями за этот год не загружен.")
        if not control.level.difference.given:
            refusal = refusal_sentence(control.level.difference.refusal, "школа")
            return paragraph(f"О школах с наблюдателями и без них {refusal}.")
        alpha = self.results.session.norms.false_discovery_rate.value
        found = (
            ("доля от максимального балла", control.level),
            ("понизили", control.lowered),
            ("повысили", control.raised),
        )
        parts = [
            f"{name} — {points_with_interval(each.difference)}, {_state(each, alpha)}"
            for name, each in found
            if each.difference.given
        ]
        return paragraph(f"Без наблюдателей по сравнению со школами с наблюдателями: {'; '.join(parts)}.")

    def control_table(self) -> ReportTable:
        control = self.results.region.control
        compared = (
            [
                ("Доля от максимального балла", control.level),
                ("Понизили", control.lowered),
                ("Повысили", control.raised),
            ]
            if control
            else []
        )
        return self._table(
            pd.DataFrame([_control_row(title, found) for title, found in compared], columns=_CONTROL_COLUMNS),
            [
                ColumnSpec("measure", "Показатель"),
                ColumnSpec("observed", "С наблюдателями", kind="share"),
                ColumnSpec("rest", "Без них", kind="share"),
                ColumnSpec("schools", "Школ: с ними и без них"),
                ColumnSpec("difference", "Разность внутри предмета и класса", kind="points"),
                ColumnSpec("test", "p", kind="p_value"),
            ],
            "Школы с независимыми наблюдателями и остальные",
            "tbl-control",
            notes=("Разность — «без наблюдателей» минус «с наблюдателями»; учтено сходство учеников одной школы.",),
            empty="Список школ с наблюдателями за этот год не загружен.",
        )

    def repetition_text(self) -> Markdown:
        return paragraph(
            dynamics.repetition_of(self.results.region.lists, self.results.session.norms.false_discovery_rate.value)
        )

    def repetition_table(self) -> ReportTable:
        found = self.results.region.lists.repetition
        frame = found.counts if found else pd.DataFrame(columns=["years", "units", "expected"])
        return self._table(
            frame,
            [
                ColumnSpec("years", "Лет в списке", kind="integer"),
                ColumnSpec("units", "Школ", kind="integer"),
                ColumnSpec("expected", "Ожидалось бы при независимых списках", kind="number"),
            ],
            "Повторность школ в опубликованных списках",
            "tbl-repetition",
            notes=("Списки загружены как опубликованы; этот отчёт их не вычисляет.",),
            empty="Опубликованные списки за эти годы не загружены.",
        )

    def consistency_table(self) -> ReportTable:
        found = self.results.region.consistency
        frame = found.assign(
            kind=found["kind"].map(_KINDS),
            work=[words.work(s, int(g)) for s, g in zip(found["subject"], found["grade"], strict=True)],
            span=[
                refusal_sentence(refusal, "школа") if refusal is not None else f"{number(low, 2)}…{number(high, 2)}"
                for refusal, low, high in zip(found["refusal"], found["low"], found["high"], strict=True)
            ],
        )
        return self._table(
            frame,
            [
                ColumnSpec("kind", "Что сравнивается"),
                ColumnSpec("work", "Работа"),
                ColumnSpec("other", "С чем"),
                ColumnSpec("n_schools", "Школ", kind="integer"),
                ColumnSpec("correlation", "Корреляция средних", kind="number", digits=2, missing="—"),
                ColumnSpec("span", "Интервал"),
            ],
            "Согласованность средних баллов школ между процедурами и годами",
            "tbl-consistency",
            notes=(
                "Обычная связь двух лет — 0,3–0,5, двух предметов одного года — около 0,65: среднее школы за один "
                "год во многом "
                "случайно.",
            ),
            empty="Сравнить нечего: одна работа за один год.",
        )

    # Attention

    def attention_table(self) -> ReportTable:
        schools = self.results.region.schools
        rows = [
            {
                "municipality": self._name(str(schools["municipality_code"].get(item.school, ""))),
                "school": short_school(str(schools["school_name"].get(item.school, item.school))),
                **attention.described(item),
            }
            for item in self.results.attention
        ]
        return self._table(
            pd.DataFrame(rows, columns=["municipality", "school", *attention.DESCRIBED]),
            [
                ColumnSpec("municipality", "Муниципалитет"),
                ColumnSpec("school", "Школа"),
                *attention.description_columns(),
            ],
            "Школы, требующие внимания",
            "tbl-attention",
            sort=["municipality", "school"],
            notes=("Что проверить в каждой школе — в отчёте её муниципалитета. Причину отличия данные не называют.",),
            empty="Школ, отличие которых неслучайно, нет.",
        )

    # Appendices

    def quarantine_table(self) -> ReportTable:
        return quarantine_of(self.results.quality, NUMBERING)

    def cross_check_table(self) -> ReportTable:
        return appendix.cross_check_of(self.results.quality, NUMBERING)

    def tests_table(self) -> ReportTable:
        return appendix.tests_of(self.results.works, NUMBERING)

    def norms_table(self) -> ReportTable:
        return norms_of(self.results.session.norms, NUMBERING)

    def fingerprint_table(self) -> ReportTable:
        return fingerprint_of(report_fingerprint(self.results.session), NUMBERING)


_CONTROL_COLUMNS = ["measure", "observed", "rest", "schools", "difference", "test"]


def _state(found: ControlDifference, alpha: float) -> str:
    p_value = found.test.p_value
    return "отличие неслучайно" if p_value is not None and p_value < alpha else "неразличимо"


def _control_row(title: str, found: ControlDifference) -> dict[str, object]:
    return {
        "measure": title,
        "observed": found.mean_observed,
        "rest": found.mean_rest,
        "schools": f"{integer(found.schools_observed)} и {integer(found.schools_rest)}",
        "difference": found.difference,
        "test": found.test,
    }


def open_regional_report(
    year: int = 0, mode: str = "internal", workspace_root: str = "", as_of: str = ""
) -> RegionalObjectivityReport:
    """Compute the regional summary; parameters and errors as for a municipality."""
    require_internal(mode)
    return RegionalObjectivityReport(region_summary(open_session(workspace_root, None, year, as_of)), date.today())
