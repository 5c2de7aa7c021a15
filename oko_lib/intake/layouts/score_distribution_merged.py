"""«Распределение первичных баллов» of a whole region in one table: year, grade and subject in the rows."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.aggregates import AggregateBlock, draft_of
from oko_lib.intake.checks.fields import parse_field
from oko_lib.intake.columns import translate
from oko_lib.intake.drafts import Draft, Issue, MunicipalitySighting, SchoolSighting, Sightings
from oko_lib.intake.header import Field, Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.layouts.aggregate_layout import N_PARTICIPANTS, AggregateLayout
from oko_lib.intake.layouts.base import Reference
from oko_lib.intake.leftovers import column_warnings
from oko_lib.intake.readers import Sheet
from oko_lib.intake.units import Unit
from oko_lib.intake.values import is_login, is_municipality, parse_unit
from oko_lib.tables import TABLES


class ScoreDistributionMerged(AggregateLayout):
    """A region's merged table of distributions: «Год, Класс, Предмет, Муниципалитет, Логин, ОО, …, 0, 1, 2, …»."""

    name = "score_distribution_merged"
    title_ru = "Распределение первичных баллов (сводная таблица региона)"
    rank = 2
    spec = HeaderSpec(
        fields=(
            Field("year", ("Год",), required=True),
            Field("grade", ("Класс",), required=True),
            Field("subject", ("Предмет",), required=True),
            Field("login", ("Логин", "Логин ОО", "Логин школы"), required=True),
            Field("municipality", ("Муниципалитет", "Муниципалитет*")),
            Field("school_name", ("ОО", "Название ОО", "Наименование ОО", "Школа")),
            N_PARTICIPANTS,
        ),
        points=(0, 1, 2),
    )

    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        columns = {name: places[0] for name, places in header.columns.items()}
        data, other = self.data_rows(sheet, header, None, circumstances, columns["login"])
        rows = [row for _, row in data]
        parsed, issues = {}, []
        for name in ("year", "grade", "subject", "login"):
            definition = TABLES["vpr_results_by_participant"].column(name)
            cells = translate(
                [row[columns[name]] for row in rows],
                lambda cell, definition=definition: parse_field(cell, definition, circumstances.finder),
            )
            parsed[name] = [value for value, _ in cells]
            issues += [
                Issue(place, columns[name], fault.rule, fault.message)
                for place, (_, fault) in enumerate(cells)
                if fault is not None
            ]
        names = _names(rows, columns.get("school_name"))
        units = [
            Unit("school", login, name or login) if is_login(login) else None
            for login, (_, name) in zip(parsed["login"], names, strict=True)
        ]
        percents = [(f"score_{score}_pct", column) for score, column in sorted(header.points.items())]
        counts = [("n_participants", columns["n_participants"])]
        block = AggregateBlock(rows, units, columns["login"], counts, percents)
        works = list(zip(parsed["year"], parsed["grade"], parsed["subject"], strict=True))
        sightings = _sightings(units, parsed["year"], _names(rows, columns.get("municipality")))
        draft = draft_of(
            "scores",
            block,
            sheet.name,
            np.array([number for number, _ in data], dtype=np.int64),
            other,
            works,
            header,
            sightings,
            issues,
        )
        # A wrong login already has its own message; «unit unknown» would only repeat it.
        draft.issues[:] = [issue for issue in draft.issues if issue.rule != "unit_unknown"]
        draft.warnings += column_warnings(header, sheet.name)
        return draft


def _names(rows: list[list[object]], column: int | None) -> list[tuple[str | None, str]]:
    if column is None:
        return [(None, "")] * len(rows)
    return translate([row[column] for row in rows], parse_unit)


def _sightings(
    units: list[Unit | None], years: list[int | None], municipalities: list[tuple[str | None, str]]
) -> Sightings:
    found = Sightings()
    for unit, year, (code, name) in set(zip(units, years, municipalities, strict=True)):
        own = code if is_municipality(code) else None
        if own and name:
            found.municipalities.add(MunicipalitySighting(own, name))
        if unit is not None and year is not None:
            found.schools.add(SchoolSighting(unit.code, year, unit.name, own, name or None))
    return found
