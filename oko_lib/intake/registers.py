"""Schools, municipalities and tasks met in files: kept as a load of the lowest rank, beside the files' own loads.

Every export names schools, but a directory names them better. What files merely mention therefore gets rank 0: it
never hides a directory, whatever comes later. And it is a load of its own, so that a corrected file can supersede
its predecessor completely: if the predecessor also held the only mention of a school, it would stay half visible.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

from oko_lib.intake.arrow import table_of
from oko_lib.intake.drafts import MunicipalitySighting, SchoolSighting
from oko_lib.intake.outcome import Outcome
from oko_lib.store import Load, Snapshot

LAYOUT = "mentions"
FILE_NAME = "упоминания в загруженных файлах"


class Registers:
    """What is known about schools, municipalities and tasks; learns from files.

    Parameters
    ----------
    snapshot : Snapshot or None
        What the store knows; None for an empty store.
    """

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._schools: dict[tuple[str, int], SchoolSighting] = {}
        self._names: dict[str, str] = {}
        self._municipalities: dict[str, MunicipalitySighting] = {}
        self._tasks: dict[str, int] = {}
        self._new_schools: set[tuple[str, int]] = set()
        self._new_municipalities: set[str] = set()
        self._new_tasks: dict[str, pa.Table] = {}
        if snapshot is not None:
            self._remember(snapshot)

    def _remember(self, snapshot: Snapshot) -> None:
        known = set(snapshot.sources)
        if "schools" in known:
            names = ["login", "year", "school_name", "municipality_code", "municipality_name", "school_kind"]
            for row in snapshot.read("schools", names).itertuples(index=False):
                texts = [None if pd.isna(value) else value for value in row[2:]]
                self._learn_school(SchoolSighting(row.login, int(row.year), texts[0] or "", *texts[1:]))
        if "municipalities" in known:
            for row in snapshot.read(
                "municipalities", ["municipality_code", "municipality_name", "region_name"]
            ).itertuples(index=False):
                region = None if pd.isna(row.region_name) else row.region_name
                self._municipalities[row.municipality_code] = MunicipalitySighting(
                    row.municipality_code, row.municipality_name, region
                )
        if "vpr_tasks" in known:
            tasks = snapshot.read("vpr_tasks", ["form_id", "level"])
            self._tasks = tasks.groupby("form_id")["level"].count().astype(int).to_dict()
        self._new_schools.clear()

    def _learn_school(self, seen: SchoolSighting) -> None:
        key = (seen.login, seen.year)
        named = seen.school_name and seen.school_name != seen.login
        if named:
            self._names[seen.login] = seen.school_name
        seen = replace(seen, school_name=seen.school_name or self._names.get(seen.login, ""))
        old = self._schools.get(key)
        if old is None:
            merged = seen
        else:
            old_named = old.school_name and old.school_name != old.login
            merged = SchoolSighting(
                seen.login,
                seen.year,
                old.school_name if old_named else seen.school_name or old.school_name,
                old.municipality_code or seen.municipality_code,
                old.municipality_name or seen.municipality_name,
                old.school_kind or seen.school_kind,
            )
        if merged != old:
            self._schools[key] = merged
            self._new_schools.add(key)

    def learn(self, outcome: Outcome) -> None:
        """Take in what a file mentions; its tasks leave the file's own tables."""
        for school in sorted(outcome.sightings.schools, key=repr):
            self._learn_school(school)
        for municipality in sorted(outcome.sightings.municipalities, key=repr):
            old = self._municipalities.get(municipality.code)
            merged = municipality
            if old is not None:
                merged = MunicipalitySighting(old.code, old.name, old.region_name or municipality.region_name)
            if merged != old:
                self._municipalities[municipality.code] = merged
                self._new_municipalities.add(municipality.code)
        tasks = outcome.tables.pop("vpr_tasks", None)
        if tasks is None:
            return
        forms = tasks.column("form_id").to_pylist()
        levels = tasks.column("level").to_pylist()
        for form in dict.fromkeys(forms):
            places = [place for place, other in enumerate(forms) if other == form]
            known_levels = sum(levels[place] is not None for place in places)
            if form not in self._tasks or known_levels > self._tasks[form]:
                self._tasks[form] = known_levels
                self._new_tasks[form] = tasks.take(places)

    def load(self) -> Load | None:
        """Return what was learnt since the last call as a load, or None if nothing was."""
        tables: dict[str, pa.Table] = {}
        if self._new_schools:
            tables["schools"] = _schools([self._schools[key] for key in sorted(self._new_schools)])
        if self._new_municipalities:
            tables["municipalities"] = _municipalities(
                [self._municipalities[code] for code in sorted(self._new_municipalities)]
            )
        if self._new_tasks:
            tables["vpr_tasks"] = pa.concat_tables([self._new_tasks[form] for form in sorted(self._new_tasks)])
        self._new_schools, self._new_municipalities, self._new_tasks = set(), set(), {}
        if not tables:
            return None
        text = repr(
            [(name, table.drop_columns(["source_sheet", "source_row"]).to_pylist()) for name, table in tables.items()]
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        return Load(FILE_NAME, None, digest, LAYOUT, 0, 0, 0, 0, 0, tables, None)


def _no_rows(size: int) -> np.ndarray:
    return np.full(size, -1)


def _without_source(table: pa.Table) -> pa.Table:
    """Rows put together from several files have no source row."""
    size = len(table)
    table = table.drop_columns(["source_sheet", "source_row"])
    table = table.append_column("source_sheet", pa.nulls(size, pa.string()))
    return table.append_column("source_row", pa.nulls(size, pa.int32()))


def _schools(schools: list[SchoolSighting]) -> pa.Table:
    columns = {
        "login": [school.login for school in schools],
        "year": [school.year for school in schools],
        # A file of 2021 names schools by login only; the login then stands for the name.
        "school_name": [school.school_name or school.login for school in schools],
        "municipality_code": [school.municipality_code for school in schools],
        "municipality_name": [school.municipality_name for school in schools],
        "school_kind": [school.school_kind for school in schools],
    }
    return _without_source(table_of("schools", columns, "", _no_rows(len(schools))))


def _municipalities(found: list[MunicipalitySighting]) -> pa.Table:
    columns = {
        "municipality_code": [item.code for item in found],
        "municipality_name": [item.name for item in found],
        "region_code": [item.code[3:5] for item in found],
        "region_name": [item.region_name for item in found],
    }
    return _without_source(table_of("municipalities", columns, "", _no_rows(len(found))))
