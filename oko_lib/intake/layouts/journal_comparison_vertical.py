"""«Сравнение отметок с отметками по журналу» shown vertically: a few rows for one group of participants."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from oko_lib.intake import wording
from oko_lib.intake.aggregates import AggregateBlock
from oko_lib.intake.arrow import table_of
from oko_lib.intake.checks.aggregates import COUNT_BAD, COUNT_MISSING, PERCENT_BAD
from oko_lib.intake.checks.rows import ROW_UNRECOGNISED
from oko_lib.intake.checks.rule import apply
from oko_lib.intake.drafts import Draft, RowFacts
from oko_lib.intake.errors import FileRefused
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances, from_lines
from oko_lib.intake.layouts.aggregate_layout import GROUPS, N_PARTICIPANTS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.layouts.journal_comparison import BEGINNINGS
from oko_lib.intake.leftovers import column_warnings, repeats_header
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import is_blank, is_blank_row, shown, title
from oko_lib.intake.units import Unit, sightings_of, unit_of


class _Percent(Field):
    def fits(self, heading: str) -> bool:
        return heading in {"%", "процент", "доля %", "% участников"}


def _group_of(cell: object) -> str | None:
    """Return ``lowered``, ``confirmed``, ``raised`` or ``all`` for the label of a row."""
    text = title(cell)
    if text.startswith(("всего", "итого")):
        return "all"
    return next((english for russian, english in BEGINNINGS.items() if text.startswith(russian)), None)


class JournalComparisonVertical(AggregateLayout):
    """The same report, its groups «Понизили», «Подтвердили», «Повысили», «Всего» one below another."""

    name = "journal_comparison_vertical"
    title_ru = "Сравнение отметок с отметками по журналу (вертикально)"
    rank = 2
    spec = HeaderSpec(fields=(GROUPS, N_PARTICIPANTS, _Percent("percent", ("%",), required=True)))

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        heading = from_lines(sheet.rows[: header.row], circumstances.finder)
        work = self.work_of(sheet, header, circumstances)
        label = header.columns["groups"][0]
        numeric = [header.columns[name][0] for name in ("n_participants", "percent")]
        unit = self._first_unit(heading.unit, sheet, header, work.login)
        numbers, rows, units, groups, other = [], [], [], [], 0
        for number, row in enumerate(sheet.rows[header.row + 1 :], start=header.row + 1):
            if is_blank_row(row):
                continue
            group = _group_of(row[label])
            named = unit_of(row[label], region_expected=True) if group is None else None
            if repeats_header(row, header):
                other += 1
            elif named is not None and all(is_blank(row[column]) for column in numeric):
                unit = named
                other += 1
            else:
                numbers.append(number)
                rows.append(row)
                groups.append(group)
                units.append(unit)
        if any(group and found is None for group, found in zip(groups, units, strict=True)):
            raise FileRefused(
                f"Лист «{sheet.name}»: непонятно, о какой школе, муниципалитете или регионе отчёт. Допишите "
                "над таблицей название с кодом, например «МБОУ «СОШ»(edu990389)», или укажите школу: --login edu990389."
            )
        return self._draft(sheet, header, work, label, numbers, rows, units, groups, other)

    @staticmethod
    def _first_unit(found: tuple[str | None, str], sheet: Sheet, header: Header, login: str | None) -> Unit | None:
        code, name = found
        if code is not None and (unit := unit_of(f"{name}({code})", region_expected=False)):
            return unit
        for row in sheet.rows[: header.row]:
            for cell in row:
                unit = unit_of(cell, region_expected=False) if isinstance(cell, str) else None
                if unit is not None and unit.level in {"country", "region"} and len(unit.name) < 80:
                    return unit
        return Unit("school", login, login) if login else None

    @staticmethod
    def _draft(sheet, header: Header, work, label: int, numbers, rows, units, groups, other: int) -> Draft:
        counts = [("n", header.columns["n_participants"][0])]
        percents = [("pct", header.columns["percent"][0])]
        block = AggregateBlock(rows, units, label, counts, percents, percent_sum=False)
        block.unrecognised = np.array([group is None for group in groups], dtype=bool)
        issues = [
            issue
            for issue in apply((COUNT_BAD, COUNT_MISSING, PERCENT_BAD), block)
            if groups[issue.candidate] is not None
        ]
        issues += apply((ROW_UNRECOGNISED,), block)
        sheet_rows = np.array(numbers, dtype=np.int64)
        facts_of_work = (work.year, work.grade, work.subject)

        def build(keep: np.ndarray) -> dict[str, pa.Table]:
            lines: list[tuple[int, str, float]] = []
            for place in np.flatnonzero(keep):
                group = groups[place]
                count, percent = float(block.counts[place, 0]), float(block.percents[place, 0])
                if group == "all":
                    lines.append((place, "n_participants", count))
                    continue
                lines += [(place, f"{group}_n", count), (place, f"{group}_pct", percent)]
            lines = [line for line in lines if line[2] == line[2]]
            found = [units[place] for place, _, _ in lines]
            columns = {
                "report": "journal",
                "year": work.year,
                "grade": work.grade,
                "subject": work.subject,
                "level": [item.level for item in found],
                "unit_code": [item.code for item in found],
                "unit_name": [item.name for item in found],
                "measure": [measure for _, measure, _ in lines],
                "value": [value for _, _, value in lines],
            }
            places = sheet_rows[[place for place, _, _ in lines]] if lines else sheet_rows[:0]
            return {"vpr_aggregates": table_of("vpr_aggregates", columns, sheet.name, places)}

        def facts(candidate: int) -> RowFacts:
            unit = units[candidate]
            login = unit.code if unit and unit.level == "school" else None
            return RowFacts(*facts_of_work, login, unit.code if unit and unit.level == "municipality" else None)

        draft = Draft(
            sheet=sheet.name,
            sheet_rows=sheet_rows,
            non_data=other,
            issues=issues,
            keys=[
                ("journal", *facts_of_work, unit.code, group) if unit and group else None
                for unit, group in zip(units, groups, strict=True)
            ],
            content=block.content,
            build=build,
            facts=facts,
            found=lambda candidate, column: shown(block.cell(candidate, column)),
            key_column=label,
            titles=header.titles,
            header_row=header.row,
            sightings=sightings_of(list(dict.fromkeys(units)), [work.year] * len(dict.fromkeys(units))),
            carried={"year": work.year, "grade": work.grade, "subject": work.subject, "login": work.login},
        )
        draft.warnings += column_warnings(header, sheet.name)
        draft.warnings += _whole_warnings(block, units, groups, sheet.name)
        return draft


def _whole_warnings(block: AggregateBlock, units: list[Unit | None], groups: list[str | None], sheet: str) -> list[str]:
    """Tell where the three groups together are more than «Всего»."""
    parts: dict[Unit | None, float] = {}
    whole: dict[Unit | None, float] = {}
    for unit, group, count in zip(units, groups, np.nan_to_num(block.counts[:, 0]), strict=True):
        if group == "all":
            whole[unit] = float(count)
        elif group is not None:
            parts[unit] = parts.get(unit, 0.0) + float(count)
    return [
        f"лист «{sheet}»: понизили, подтвердили и повысили вместе — {wording.participants(int(parts[unit]))}, "
        f"а всего указано {int(count)}."
        for unit, count in whole.items()
        if parts.get(unit, 0) > count
    ]
