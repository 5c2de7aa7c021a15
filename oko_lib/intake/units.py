"""Groups of participants in aggregated reports: country, region, municipality, school."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from oko_lib.intake.drafts import MunicipalitySighting, SchoolSighting, Sightings
from oko_lib.intake.text import fold
from oko_lib.intake.values import is_login, is_municipality, parse_unit

_COUNTRY = {"вся выборка", "россия", "российская федерация", "рф", "по россии"}
_REGION = re.compile(
    r"област|край\b|республик|автономн|регион|субъект|г\.?\s*(?:москва|санкт|севастопол)|^(?:москва|санкт-петербург|"
    r"севастополь)|кузбасс|югра|^по региону|якутия|чувашия|алания"
)
_DISTRICT = re.compile(r"муниципальн|район|городск|сельск|школ|гимнази|лице|моу|мбоу|мкоу|маоу|гбоу|сош")


@dataclass(frozen=True)
class Unit:
    """A group of participants.

    Parameters
    ----------
    level : str
        ``country``, ``region``, ``municipality`` or ``school``.
    code : str
        ``RU``, the name of the region, the code of the municipality, the login of the school.
    name : str
        Name without the code.
    """

    level: str
    code: str
    name: str


def unit_of(cell: object, *, region_expected: bool) -> Unit | None:
    """Return the group a label names, or None when it cannot be told.

    Parameters
    ----------
    cell : object
        Label: «Вся выборка», a region's name, «…район(reg99_m012)», «МБОУ «…»(edu990389)».
    region_expected : bool
        No row with a code has come yet: a label without a code is then the region's.
    """
    code, name = parse_unit(cell)
    if is_login(code):
        return Unit("school", code, name or code)
    if is_municipality(code):
        return Unit("municipality", code, name or code)
    text = fold(name)
    if code is not None or not text or not re.search(r"[а-я]", text):
        return None
    if text in _COUNTRY:
        return Unit("country", "RU", name)
    if _DISTRICT.search(text):
        return None
    return Unit("region", name, name) if region_expected or _REGION.search(text) else None


def units_of(cells: list[object]) -> list[Unit | None]:
    """Return the groups of a column of labels, read from the top."""
    units: list[Unit | None] = []
    region_expected = True
    for cell in cells:
        unit = unit_of(cell, region_expected=region_expected)
        if unit is not None and unit.level != "country":
            region_expected = False
        units.append(unit)
    return units


def sightings_of(units: list[Unit | None], years: list[int]) -> Sightings:
    """Return the schools and municipalities named; schools below a municipality's row belong to it.

    Where two rows of municipalities stand next to each other the list is not ordered by municipality, and schools
    are left without one.
    """
    found = Sightings()
    known = [unit for unit in units if unit is not None]
    ordered = not any(first.level == second.level == "municipality" for first, second in pairwise(known))
    region = next((unit.name for unit in known if unit.level == "region"), None)
    municipality: Unit | None = None
    for unit, year in zip(units, years, strict=True):
        if unit is None:
            continue
        if unit.level == "municipality":
            municipality = unit
            found.municipalities.add(MunicipalitySighting(unit.code, unit.name, region))
        elif unit.level == "school":
            own = municipality if ordered else None
            found.schools.add(
                SchoolSighting(unit.code, year, unit.name, own.code if own else None, own.name if own else None)
            )
    return found
