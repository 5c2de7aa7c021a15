"""Which reports there are to build: municipality × direction × year, from the pinned data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pandas as pd

from oko_lib.batch.directions import DIRECTIONS, Direction, direction
from oko_lib.indicators.registers import municipality_register, region_name
from oko_lib.indicators.years import years_with_results
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.store import Snapshot

#: Folder and identifier of what is about the region as a whole.
REGION = "region"

# A school's municipality is stated by some files and not by others: one statement in any year is enough.
_WITH_RESULTS = """
    with places as (
        select
            coalesce(history.school_id, schools.login) as school,
            arg_max(coalesce(schools.municipality_code, named.municipality_code), schools.year) as municipality_code
        from schools
        left join school_logins as history on history.login = schools.login
        left join municipalities as named
            on schools.municipality_code is null
            and lower(trim(named.municipality_name)) = lower(trim(schools.municipality_name))
        where coalesce(schools.municipality_code, named.municipality_code) is not null
        group by 1
    )
    select places.municipality_code, count(distinct places.school) as schools, count(*) as results
    from vpr_results_by_participant as results
    left join school_logins as history on history.login = results.login
    join places on places.school = coalesce(history.school_id, results.login)
    where results.year = $year
    group by 1
"""


@dataclass(frozen=True)
class ReportSpec:
    """One report to build.

    Parameters
    ----------
    direction : Direction
        What it is about.
    year : int
        Calendar year.
    municipality_code, municipality_name : str or None
        Whom it is about; None for the region as a whole.
    region_name : str
        Region, as in the data.
    """

    direction: Direction
    year: int
    municipality_code: str | None
    municipality_name: str | None
    region_name: str

    @property
    def is_region(self) -> bool:
        return self.municipality_code is None

    @property
    def stem(self) -> str:
        """File name without extension."""
        return f"{self.direction.name}_region" if self.is_region else self.direction.name

    @property
    def folder(self) -> PurePosixPath:
        """Folder below ``outputs``."""
        return PurePosixPath(str(self.year), self.municipality_code or REGION)

    @property
    def id(self) -> str:
        """Stable identifier, for example ``2026/reg99_m001/objectivity``."""
        return str(self.folder / self.stem)

    @property
    def notebook(self) -> str:
        name = self.direction.region_notebook if self.is_region else self.direction.notebook
        assert name is not None  # plan_reports makes no regional report for a direction without a summary
        return name

    @property
    def title(self) -> str:
        """Municipality or region, for people."""
        return self.municipality_name or self.region_name


@dataclass(frozen=True)
class Selection:
    """What was asked for.

    Parameters
    ----------
    municipalities : tuple of str
        Codes or names.
    all : bool
        All municipalities with results and the regional summaries.
    region : bool
        The regional summaries (also beside chosen municipalities).
    directions : tuple of str
        Names; empty for all directions.
    year : int or None
        None for the newest year with results.
    """

    municipalities: tuple[str, ...] = ()
    all: bool = False
    region: bool = False
    directions: tuple[str, ...] = ()
    year: int | None = None


@dataclass(frozen=True)
class Available:
    """What the data allow: years, and for one year the municipalities with results.

    ``municipalities`` has the columns code, name, schools, results; ``empty`` lists names without results that year.
    """

    years: list[int]
    year: int
    region_name: str
    municipalities: pd.DataFrame
    empty: list[tuple[str, str]] = field(default_factory=list)


def available(snapshot: Snapshot, year: int | None = None) -> Available:
    """Return what can be built for `year` (the newest one when None).

    Raises
    ------
    SettingsError
        If there are no results at all, or none for that year.
    """
    years = years_with_results(snapshot)
    if not years:
        raise SettingsError("В хранилище нет результатов ВПР. Загрузите файлы: oko ingest ПАПКА.")
    if year is not None and year not in years:
        raise SettingsError(f"Нет результатов ВПР за {year} год. Есть: {', '.join(map(str, years))}.")
    chosen = year if year is not None else years[-1]
    register = municipality_register(snapshot)
    found = register.merge(snapshot.sql(_WITH_RESULTS, {"year": chosen}), on="municipality_code", how="left")
    present = found["results"].fillna(0).gt(0)
    frame = (
        found[present]
        .rename(columns={"municipality_code": "code", "municipality_name": "name"})
        .astype({"schools": int, "results": int})[["code", "name", "schools", "results"]]
        .reset_index(drop=True)
    )
    absent = found.loc[~present, ["municipality_code", "municipality_name"]]
    return Available(
        years=years,
        year=chosen,
        region_name=region_name(snapshot) or "регион",
        municipalities=frame,
        empty=[(str(code), str(name)) for code, name in absent.itertuples(index=False)],
    )


def plan_reports(
    snapshot: Snapshot, selection: Selection, known: dict[str, Direction] | None = None
) -> list[ReportSpec]:
    """Return the reports `selection` asks for, municipalities by name, regional summaries first.

    Raises
    ------
    SettingsError
        If a municipality, direction or year does not exist or has no results, or nothing was asked for.
    """
    registry = DIRECTIONS if known is None else known
    directions = [direction(name, registry) for name in dict.fromkeys(selection.directions)] or list(registry.values())
    data = available(snapshot, selection.year)
    everyone = list(data.municipalities[["code", "name"]].itertuples(index=False, name=None))
    chosen = [_find(wanted, everyone, data) for wanted in selection.municipalities]
    if selection.all:
        chosen = everyone
    with_region = selection.all or selection.region
    if not chosen and not with_region:
        raise SettingsError(
            "Не сказано, что строить. Все муниципалитеты: oko run --all; один: oko run --municipality КОД; "
            "список: oko list."
        )
    specs = [
        ReportSpec(item, data.year, None, None, data.region_name)
        for item in directions
        if with_region and item.region_notebook
    ]
    specs += [
        ReportSpec(item, data.year, code, name, data.region_name)
        for code, name in dict.fromkeys(chosen)
        for item in directions
    ]
    return specs


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


def _find(wanted: str, present: list[tuple[str, str]], data: Available) -> tuple[str, str]:
    """Return (code, name) of the municipality written as a code or a name."""
    folded = _folded(wanted)

    def fits(pair: tuple[str, str]) -> bool:
        return folded in {_folded(pair[0]), _folded(pair[1])}

    found = [pair for pair in present if fits(pair)]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise SettingsError(f"Название «{wanted}» носят несколько муниципалитетов: укажите код (oko list).")
    if any(fits(pair) for pair in data.empty):
        raise SettingsError(f"У муниципалитета «{wanted}» нет результатов ВПР за {data.year} год.")
    spelt = {_folded(word): word for pair in (*present, *data.empty) for word in pair}
    near = suggest(folded, list(spelt))
    for key, word in spelt.items():
        near = near.replace(f"«{key}»", f"«{word}»")
    raise SettingsError(f"Нет муниципалитета «{wanted}».{near or ' Список с кодами: oko list.'}")
