"""Rows of a country for ``benchmarks/store.py``: 85 regions, 40 035 schools, 12 works a year, 5 years.

Everything follows from the row's own place by hashing, so the same folder can be filled in several sittings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from oko_lib.store import Load

RESULTS = "vpr_results_by_participant"
REGIONS, SCHOOLS_OF_REGION = 85, 471
YEARS = (2022, 2023, 2024, 2025, 2026)
#: Year the questions are about: neither the first nor the last on disk.
YEAR = 2024
WORKS = (
    *((4, subject) for subject in ("Математика", "Окружающий мир", "Русский язык")),
    *((5, subject) for subject in ("Биология", "История", "Математика", "Русский язык")),
    *((8, subject) for subject in ("География", "Математика", "Обществознание", "Русский язык", "Физика")),
)
TASKS, TASK_MAX = 12, 3
#: A school of one region in this many has had another login.
_RENAMED = 100

_ROWS = """
    with places as (
        select *, {login} as login from range({regions}) as r(region), range({schools}) as s(school)
    ),
    sized as (
        -- Classes are unlike each other: from one pupil to twice the mean.
        select *, (1 + hash(region, school, {grade}) % {spread})::integer as size from places
    ),
    pupils as (
        select login, size, p, hash(login, {year}, {grade}, '{subject}', p, {salt}) as h
        from sized, range({spread}) as q(p)
        where p < size
    ),
    scored as (
        select *, list_value({scores})::integer[] as task_scores from pupils
    ),
    summed as (
        select *, list_sum(list_filter(task_scores, lambda score: score > 0))::integer as points from scored
    )
    select
        {year}::integer as year, {grade}::integer as grade, '{subject}' as subject, login,
        (10000 * {grade} + p)::varchar as participant_code,
        (1 + p * 3 // (2 * {mean}))::varchar as class_label,
        case when h % 2 = 0 then 'м' else 'ж' end as gender,
        (1 + h % 4)::varchar as variant,
        h % 25 <> 0 as present,
        'form-{year}-{grade}-{subject}' as form_id,
        case when h % 25 <> 0 then task_scores end as task_scores,
        case when h % 25 <> 0 then coalesce(points, 0) end as primary_score,
        -- Every other region sends protocols without marks: those are read off the scale.
        case when h % 25 <> 0 and {stated} then {mark} end as mark,
        case when h % 25 <> 0 and h % 11 <> 0 then greatest(2, least(5, {mark} + (h >> 50) % 3 - 1))::integer end
            as journal_mark,
        'Лист1' as source_sheet, (p + 2)::integer as source_row
    from summed
"""
_MARK = "case when points >= 22 then 5 when points >= 18 then 4 when points >= 13 then 3 else 2 end"
_LOGIN = "printf('edu%02d%04d', region + {first}, school + 1)"


@dataclass(frozen=True)
class Size:
    """How many rows there are to be.

    Parameters
    ----------
    rows : int
        About so many results in all, within one in a hundred.
    regions : int
        Regions of 471 schools each.
    """

    rows: int
    regions: int = REGIONS

    @property
    def mean(self) -> int:
        """Pupils of a school in one work, on average."""
        cells = self.regions * SCHOOLS_OF_REGION * len(WORKS) * len(YEARS)
        return max(1, -(-self.rows // cells))


def login(region: int, school: int) -> str:
    """Login of a school; both count from one."""
    return f"edu{region:02d}{school:04d}"


def registers(size: Size) -> list[Load]:
    """What is known before any result: schools of every year, logins, scales, tasks."""
    works = ", ".join(f"({grade}, '{subject}')" for grade, subject in WORKS)
    years, every = ", ".join(f"({year})" for year in YEARS), f"range(1, {size.regions + 1}) as r(region)"
    schools = f"range(1, {SCHOOLS_OF_REGION + 1}) as s(school)"
    queries = {
        "municipalities": f"""
            select distinct printf('reg%02d_m%03d', region, m) as municipality_code,
                   printf('Муниципальный район %d/%d', region, m) as municipality_name,
                   printf('%02d', region) as region_code
            from {every}, range(1, {SCHOOLS_OF_REGION // 16 + 2}) as t(m)
        """,
        "schools": f"""
            select printf('edu%02d%04d', region, school) as login, year::integer as year,
                   printf('Школа № %d', school) as school_name,
                   printf('reg%02d_m%03d', region, 1 + (school - 1) // 16) as municipality_code
            from {every}, {schools}, (values {years}) as y(year)
        """,
        "school_logins": f"""
            select printf('edu%02d%04d', region, school) as login, printf('edu%02d%04d', region, school) as school_id
            from {every}, {schools} where school % {_RENAMED} = 0
        """,
        "score_scales": f"""
            select year::integer as year, grade::integer as grade, subject, {TASKS * TASK_MAX} as max_score,
                   13 as mark3_min, 18 as mark4_min, 22 as mark5_min, 'benchmark' as source
            from (values {works}) as w(grade, subject), (values {years}) as y(year)
        """,
        "vpr_tasks": f"""
            select year::integer as year, grade::integer as grade, subject,
                   printf('form-%d-%d-%s', year, grade, subject) as form_id, position::integer as position,
                   (position + 1)::varchar as label, {TASK_MAX} as max_score, 'Б' as level
            from (values {works}) as w(grade, subject), (values {years}) as y(year), range({TASKS}) as t(position)
        """,
    }
    return [_load(f"register {name}", name, duckdb.sql(query).to_arrow_table()) for name, query in queries.items()]


def loads_of(size: Size, year: int, regions: Sequence[int]) -> list[Load]:
    """One file per region and work of `year`."""
    found = []
    for grade, subject in WORKS:
        for region in regions:
            rows = _rows(size, year, grade, subject, region)
            found.append(_load(f"{year}-{region:02d}-{grade}-{subject}", RESULTS, rows))
    return found


def corrections(size: Size, year: int) -> list[Load]:
    """What regions send a second time: one work as a whole, and 60 schools each of four others.

    8 % of the year's rows come again in files that replace others whole, 4 % in files that replace parts of others.
    """
    found = []
    for region in range(1, size.regions + 1):
        for number in range(5):
            grade, subject = WORKS[(region + number) % len(WORKS)]
            schools = None if number == 0 else min(60, SCHOOLS_OF_REGION)
            rows = _rows(size, year, grade, subject, region, schools=schools, salt=1)
            found.append(_load(f"correction {region} {number}", RESULTS, rows))
    return found


def _rows(
    size: Size, year: int, grade: int, subject: str, region: int, schools: int | None = None, salt: int = 0
) -> pa.Table:
    # The twelve scores are pairs of bits of one hash; now and then a task was not attempted.
    scores = ", ".join(
        f"case when (h >> {24 + 2 * task}) % 16 = 0 then -1 else ((h >> {2 * task}) & 3)::integer end"
        for task in range(TASKS)
    )
    query = _ROWS.format(
        regions=1,
        schools=SCHOOLS_OF_REGION if schools is None else schools,
        login=_LOGIN.format(first=region),
        grade=grade,
        year=year,
        subject=subject,
        spread=2 * size.mean - 1,
        mean=size.mean,
        salt=salt,
        scores=scores,
        stated="true" if region % 2 else "false",
        mark=_MARK,
    )
    return duckdb.sql(query).to_arrow_table()


def _load(name: str, table: str, rows: pa.Table) -> Load:
    return Load(name, name, name, "benchmark", 1, len(rows), len(rows), 0, 0, {table: rows})
