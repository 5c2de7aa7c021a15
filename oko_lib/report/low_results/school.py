"""The two-page sheet of one school: what its notebook calls, in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
from IPython.display import Markdown

from oko_lib.indicators.low_results.region import TABLES
from oko_lib.indicators.low_results.school import SchoolLowResults, school_low_results
from oko_lib.indicators.session import open_session
from oko_lib.report.columns import ColumnSpec
from oko_lib.report.figure import ReportFigure
from oko_lib.report.figures.risk_profile import risk_profile
from oko_lib.report.figures.school_lines import school_lines
from oko_lib.report.findings import Finding, FindingsBox, main_findings
from oko_lib.report.grammar import agree, count, listed, sentence
from oko_lib.report.low_results import words
from oko_lib.report.low_results.causes import advice, support_sentence
from oko_lib.report.low_results.changes import change_rows, older_note
from oko_lib.report.low_results.conditions import own_rows
from oko_lib.report.low_results.context import DIRECTION
from oko_lib.report.low_results.identification import READINGS
from oko_lib.report.mode import require_internal
from oko_lib.report.names import short_school, strip_code
from oko_lib.report.numbering import Numbering
from oko_lib.report.numbers import is_missing, number, percent
from oko_lib.report.prose import paragraph
from oko_lib.report.table import ReportTable
from oko_lib.report.title import TitleBlock
from oko_lib.settings.low_results_norms import load_low_results_norms
from oko_lib.settings.plain_errors import HelpfulNames

#: The frame every report carries (law 7 of the house), as short as a sheet of two pages wants it.
LIMITS = (
    "повод посмотреть внимательнее, а не оценка: результаты ВПР не используются для оценки деятельности школ и "
    "учителей (письмо Рособрнадзора от 18.04.2025 № 02-86)"
)

_COURSES = {"growth": "неслучайный рост", "decline": "неслучайное снижение"}

#: Rows of the table of thresholds: the sheet has two pages.
_NEAR_ROWS = 5

NUMBERING = Numbering.of(tables=["tbl-changes", "tbl-near"], figures=["fig-lines", "fig-risks"])


@dataclass(frozen=True)
class SchoolReport(HelpfulNames):
    """The sheet of one school; made by :func:`open_school_report`.

    Parameters
    ----------
    results : SchoolLowResults
        The numbers.
    built_on : date
        Day of building.
    """

    results: SchoolLowResults
    built_on: date

    @cached_property
    def name(self) -> str:
        """Name without the code."""
        return strip_code(str(self.results.region.schools["school_name"].get(self.results.school, self.results.school)))

    @property
    def _names(self) -> dict[str, str]:
        return {self.results.school: short_school(self.name)}

    # Page one

    def title(self) -> TitleBlock:
        results = self.results
        now = results.region.results
        now = now[(now["school"] == results.school) & (now["year"] == results.session.year)]
        n = int(now["n"].iloc[0]) if len(now) else 0
        return TitleBlock(
            title="Профиль школы",
            municipality=self.name,
            direction=DIRECTION,
            year=results.session.year,
            subtitle=f"{results.session.municipality_name}, {results.session.region_name} · {results.school}",
            facts=(
                ("Данные", f"{count(n, 'ученик')} с результатами {results.session.year} года"),
                ("Построен", self.built_on),
                ("Как читать", LIMITS),
            ),
        )

    def findings(self) -> FindingsBox:
        items = [Finding(self._changed(), NUMBERING.ref("tbl-changes", "fig-lines")), self._lists(), self._rule()]
        return main_findings([item for item in items if item])

    def lines_figure(self) -> ReportFigure | Markdown:
        frame = self._lines()
        if frame.empty:
            return paragraph("Рисунка нет: результатов школы нет.")
        return ReportFigure(
            school_lines(frame, panel_height=52),
            number=NUMBERING.figure("fig-lines"),
            label="fig-lines",
            caption=(
                "Доля успешных по годам с интервалами: школа и регион, "
                f"{count(frame['procedure'].nunique(), 'процедура')}"
            ),
        )

    def changes_table(self) -> ReportTable:
        results = self.results
        frame = change_rows(results.region.dynamics.measures, [results.school], self._names)
        return ReportTable.build(
            frame,
            [
                ColumnSpec("measure", "Результаты"),
                ColumnSpec("n_before", "год назад", kind="integer", group="Участников"),
                ColumnSpec("n_now", "этот год", kind="integer", group="Участников"),
                ColumnSpec("share_before", "год назад", kind="share", group="Доля успешных"),
                ColumnSpec("share_now", "этот год", kind="share", group="Доля успешных"),
                ColumnSpec("relative", "Сверх сдвига региона", kind="points"),
                ColumnSpec("shown", "За год", group="Вывод"),
                ColumnSpec("trend", "За три года", group="Вывод"),
            ],
            caption="Как изменились результаты школы",
            number=NUMBERING.table("tbl-changes"),
            label="tbl-changes",
            notes=(
                f"{words.BRIEF_NOTE} Успешные: «4» и «5»; более 60 баллов на ЕГЭ; базовый уровень КДР и выше.",
                *older_note(frame, results.session.year),
            ),
            empty="Результатов за два года нет.",
        )

    def threshold_table(self) -> ReportTable:
        near = self.results.near
        found = near.sort_values(["at_threshold", "share"], ascending=False).head(_NEAR_ROWS).sort_values("procedure")
        more = len(near) - len(found)
        frame = found.assign(
            procedure=[words.brief(key) for key in found["procedure"]],
            counts=[f"{int(k)} из {int(n)}" for k, n in zip(found["n_below"], found["n"], strict=True)],
        )
        return ReportTable.build(
            frame,
            [
                ColumnSpec("procedure", "Процедура"),
                ColumnSpec("counts", "Не преодолели порог", align="right"),
                ColumnSpec("share", "Доля", kind="share"),
                ColumnSpec("share_before", "Год назад", kind="share"),
                ColumnSpec("probability", "Вероятность, что доля не меньше 30 %", unit="%", kind="share"),
            ],
            caption="Процедуры у порога 30\u202f% или близко к нему",
            number=NUMBERING.table("tbl-near"),
            label="tbl-near",
            notes=(f"Ещё {count(more, 'процедура')} с меньшими долями — в отчёте муниципалитета.",) if more else (),
            empty="Процедур у порога или близко к нему нет.",
        )

    # Page two

    def context_text(self) -> Markdown:
        return paragraph(self._expected(), self._resilience())

    def risk_figure(self) -> ReportFigure | Markdown:
        frame = self._risks()
        if frame.empty or frame["value"].isna().all():
            return paragraph("Социальный паспорт школы за этот год не загружен: о факторах риска сказать нечего.")
        strong = frame.loc[frame["state"] == "strong", "factor"].tolist()
        seen = "сильно выраженных нет"
        if strong:
            seen = f"сильно {agree(len(strong), 'выражен', 'выражены')} {count(len(strong), 'фактор')}"
        return ReportFigure(
            risk_profile(frame),
            number=NUMBERING.figure("fig-risks"),
            label="fig-risks",
            caption=f"Факторы риска школы рядом со школами региона: {seen}",
        )

    def support_text(self) -> Markdown:
        support = self.results.support
        if not len(support.schools):
            return paragraph("Сведений о поддержке школа не подавала.")
        row = support.schools.iloc[0]
        flags = [
            text
            for value, text in (
                (row["programme_approved"], "программа повышения качества образования (ШППКО) утверждена"),
                (row["mentor_school"], "школа-наставник есть"),
            )
            if not is_missing(value) and bool(value)
        ]
        deficits = [
            f"{item.subject.lower()} — {int(item.teachers_with_deficits)} из {int(item.teachers_diagnosed)}"
            for item in support.deficits.itertuples()
            if item.teachers_with_deficits
        ]
        return paragraph(
            support_sentence(support).replace("школ списков", "школы"),
            f"{listed(flags)[:1].upper()}{listed(flags)[1:]}." if flags else "",
            f"Дефициты педагогов по предметам (из прошедших диагностику): {'; '.join(deficits)}." if deficits else "",
        )

    def to_discuss(self) -> FindingsBox:
        items = [sentence(text) for text in advice(self.results.region, self.results.school, 3)]
        return FindingsBox(items, "О чём говорить", "Сильно выраженных факторов риска нет.")

    # Sentences

    def _changed(self) -> str:
        results = self.results
        units = results.region.dynamics.composite.units
        state = units["state"].get(results.school)
        beginning = "По всем экзаменам и диагностическим работам вместе результаты школы"
        if state == "growth":
            overall = f"{beginning} за год неслучайно выросли"
        elif state == "decline":
            overall = f"{beginning} за год неслучайно снизились"
        elif state == "indistinct":
            overall = f"{beginning} не отличимы от прошлогодних: изменение не больше обычных колебаний"
        else:
            return "Для вывода об изменении результатов данных мало."
        named = {
            code: [change.measure.short_ru for change, row in results.changes if row["state"] == code]
            for code in ("growth", "decline")
        }
        parts = [f"{words.STATES[code]}: {listed(found)}" for code, found in named.items() if found]
        trend = results.region.dynamics.composite_trend.units["state"].get(results.school)
        years = f"{results.region.years[0]}–{results.region.years[-1]}"
        course = f" За {years} годы вместе — {_COURSES[trend]}." if trend in _COURSES else ""
        return f"{overall}{'; ' + '; '.join(parts) if parts else ''}.{course}"

    def _lists(self) -> str:
        table = self.results.region.history.schools
        if self.results.school not in table.index:
            return ""
        row = table.loc[self.results.school]
        published = self.results.region.history.years
        years = [int(year) for year in published.loc[published["published"].astype(bool), "year"] if row[int(year)]]
        left = "" if row["on_last_list"] else " В последнем списке школы нет."
        when = f"{listed([str(year) for year in years])}\u00a0{'г' if len(years) == 1 else 'гг'}."
        return f"В официальном списке ШНОР: {when}{left}"

    def _rule(self) -> Finding | None:
        result = self.results.region.identification.get("federal")
        if result is None or self.results.school not in result.schools.index:
            return None
        said = []
        for reading, found in result.readings.items():
            value = found.schools["listed"].get(self.results.school)
            answer = "данных мало" if is_missing(value) else "выполнено" if value else "не выполнено"
            said.append(f"в прочтении «{READINGS.get(reading, reading)}» {answer}")
        row = result.schools.loc[self.results.school]
        chance = ""
        if not is_missing(row["probability"]):
            chance = f"; с учётом числа участников — с вероятностью около {percent(row['probability'], 0)}"
        return Finding(f"Федеральное правило отнесения к ШНОР: {', '.join(said)}{chance}.", NUMBERING.ref("tbl-near"))

    def _expected(self) -> str:
        rows = own_rows(self.results.region, [self.results.school])
        if rows.empty or is_missing(rows["residual_low"].iloc[0]):
            return "Ожидаемый по условиям результат не оценён: условия школы неизвестны или школ региона мало."
        row = rows.iloc[0]
        verdict = (
            "выше ожидаемого, и это неслучайно"
            if row["residual_low"] > 0
            else "ниже ожидаемого, и это неслучайно"
            if row["residual_high"] < 0
            else "в пределах ожидаемого"
        )
        span = f"от {number(row['expected_low'], 2)} до {number(row['expected_high'], 2)}"
        return (
            f"Сводный результат школы {number(row['result'], 2)} стандартного отклонения учеников региона (0 — "
            f"среднее); по условиям школы можно ожидать {number(row['expected'], 2)} ({span}): {verdict}."
        )

    def _resilience(self) -> str:
        found = self.results.region.context.resilience
        rows = found.schools[found.schools["school"] == self.results.school] if len(found.schools) else found.schools
        if rows.empty or is_missing(rows["resilient"].iloc[0]):
            return ""
        if bool(rows["resilient"].iloc[0]):
            return "Школа резильентная: при трудных условиях результат выше ожидаемого два года подряд."
        return ""

    # Frames of figures

    def _lines(self) -> pd.DataFrame:
        own, region = self.results.shares, self.results.region_shares.set_index(["procedure", "year"])
        present = set(own.loc[own["year"] == self.results.session.year, "procedure"])
        rows = [
            {
                "procedure": words.brief(row.procedure),
                "year": int(row.year),
                "n": row.n,
                "share": row.success.value if row.success.given else None,
                "low": row.success.interval.low if row.success.given else None,
                "high": row.success.interval.high if row.success.given else None,
                "region_share": region.loc[(row.procedure, row.year), "success"].value,
            }
            for row in own.itertuples()
            if row.procedure in present
        ]
        columns = ["procedure", "year", "n", "share", "low", "high", "region_share"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.astype(dict.fromkeys(("share", "low", "high", "region_share"), float))

    def _risks(self) -> pd.DataFrame:
        factors = {factor.code: factor for factor in self.results.region.factors}
        rows = []
        for row in self.results.risks.itertuples():
            factor = factors[row.factor]
            left, right = (row.far_low, row.far_high) if factor.high_is_risk else (row.far_high, row.far_low)
            share = not is_missing(row.n)
            rows.append(
                {
                    "factor": factor.short_ru,
                    "kind": "share" if share else "number",
                    "n": row.n,
                    "value": row.value,
                    "low": row.low,
                    "high": row.high,
                    "region_median": row.median,
                    "region_q1": row.q1,
                    "region_q3": row.q3,
                    "scale_left": left,
                    "scale_right": right,
                    "state": str(row.risk),
                    "digits": 1 if share else 2,
                }
            )
        return pd.DataFrame(rows)


def open_school_report(
    municipality: str,
    school: str,
    year: int = 0,
    mode: str = "internal",
    workspace_root: str = "",
    as_of: str = "",
) -> SchoolReport:
    """Open the sheet of a school.

    Parameters
    ----------
    municipality : str
        Code or name.
    school : str
        Identifier or name.
    year : int
        0 for the latest year with results.
    mode : str
        «internal».
    workspace_root : str
        Top folder; empty for the project's own.
    as_of : str
        Load id or time; empty for the newest data.

    Raises
    ------
    SettingsError
        If there are no data, the municipality, the school or the year does not exist, or the mode is not built.
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
    return SchoolReport(school_low_results(session, school), date.today())
