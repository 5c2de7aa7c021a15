"""Aggregated reports against rows of participants, where the store holds both."""

from __future__ import annotations

import pandas as pd

from oko_lib.intake import wording
from oko_lib.store import Snapshot

#: Percentages are reported to two decimals; a bigger difference is not rounding.
_PERCENT_TOLERANCE = 0.0051
COLUMNS = (
    "year", "grade", "subject", "level", "unit_code", "unit_name", "report", "measure", "reported", "computed",
    "difference",
)  # fmt: skip

_PLACES = """
WITH known AS (
    SELECT login, arg_max(municipality_code, year) FILTER (WHERE municipality_code IS NOT NULL) AS code,
           arg_max(municipality_name, year) FILTER (WHERE municipality_name IS NOT NULL) AS name
    FROM schools GROUP BY login
), named AS (
    SELECT lower(trim(municipality_name)) AS name, any_value(municipality_code) AS code
    FROM municipalities GROUP BY ALL HAVING count(DISTINCT municipality_code) = 1
)
SELECT known.login, coalesce(known.code, named.code) AS municipality_code
FROM known LEFT JOIN named ON lower(trim(known.name)) = named.name
"""

_COMPUTED = """
SELECT year, grade, subject, {unit} AS unit_code, count(*) FILTER (WHERE present) AS n_participants,
       count(DISTINCT login) AS n_schools, count(mark) AS marked,
       100 * count(*) FILTER (WHERE mark = 2) / count(mark) AS mark_2_pct,
       100 * count(*) FILTER (WHERE mark = 3) / count(mark) AS mark_3_pct,
       100 * count(*) FILTER (WHERE mark = 4) / count(mark) AS mark_4_pct,
       100 * count(*) FILTER (WHERE mark = 5) / count(mark) AS mark_5_pct,
       count(*) FILTER (WHERE mark < journal_mark) AS lowered_n,
       count(*) FILTER (WHERE mark = journal_mark) AS confirmed_n,
       count(*) FILTER (WHERE mark > journal_mark) AS raised_n
FROM ({rows}) GROUP BY ALL
"""

_SCORES = """
SELECT year, grade, subject, {unit} AS unit_code, primary_score AS score, count(*) AS n
FROM ({rows}) WHERE present AND primary_score IS NOT NULL GROUP BY ALL
"""


def cross_check(snapshot: Snapshot, works: list[tuple[int, int, str]] | None = None) -> pd.DataFrame:
    """Compare aggregated reports with rows of participants.

    Schools are compared by login. A municipality is compared only when rows of as many schools are there as the
    report says took part: rows of some schools prove nothing about the whole.

    Parameters
    ----------
    snapshot : Snapshot
        Visible data.
    works : list of (year, grade, subject), optional
        Works to compare; all by default.

    Returns
    -------
    DataFrame
        One row per discrepancy: year, grade, subject, level, unit_code, unit_name, report, measure, reported,
        computed, difference (computed − reported; percentages in points). Empty when everything agrees or there is
        nothing to compare.
    """
    nothing = pd.DataFrame(columns=list(COLUMNS))
    if not {"vpr_aggregates", "vpr_results_by_participant"} <= set(snapshot.sources):
        return nothing
    reported = snapshot.sql("SELECT * FROM vpr_aggregates WHERE level IN ('school', 'municipality')")
    if works is not None:
        wanted = pd.MultiIndex.from_tuples(works, names=["year", "grade", "subject"]) if works else None
        if wanted is None:
            return nothing
        reported = reported[pd.MultiIndex.from_frame(reported[["year", "grade", "subject"]]).isin(wanted)]
    if reported.empty:
        return nothing
    computed = _computed(snapshot, set(reported["year"]), bool((reported["report"] == "scores").any()))
    keys = ["year", "grade", "subject", "level", "unit_code", "measure"]
    joined = reported.merge(computed, on=keys, how="inner", validate="many_to_one")
    joined = _whole_municipalities(joined, reported)
    joined = _either_base(joined, computed)
    joined["difference"] = joined["computed"] - joined["value"]
    tolerance = joined["measure"].str.endswith("_pct").map({True: _PERCENT_TOLERANCE, False: 0.0})
    found = joined[joined["difference"].abs() > tolerance].rename(columns={"value": "reported"})
    return found[list(COLUMNS)].sort_values(keys, ignore_index=True)


def _rows_sql(snapshot: Snapshot) -> str:
    if {"schools", "municipalities"} <= set(snapshot.sources):
        joined = f"vpr_results_by_participant AS results LEFT JOIN ({_PLACES}) AS places USING (login)"
        return f"SELECT results.*, places.municipality_code FROM {joined} WHERE year IN (SELECT unnest($years))"
    rows = "SELECT *, NULL::VARCHAR AS municipality_code FROM vpr_results_by_participant"
    return f"{rows} WHERE year IN (SELECT unnest($years))"


def _computed(snapshot: Snapshot, years: set[int], with_scores: bool) -> pd.DataFrame:
    """Return what the rows of participants give: one row per unit and measure."""
    rows = _rows_sql(snapshot)
    params = {"years": sorted(int(year) for year in years)}
    parts = []
    keys = ["year", "grade", "subject", "unit_code"]
    for level, unit in (("school", "login"), ("municipality", "municipality_code")):
        wide = snapshot.sql(_COMPUTED.format(unit=unit, rows=rows), params).dropna(subset=["unit_code"])
        compared = wide["lowered_n"] + wide["confirmed_n"] + wide["raised_n"]
        for group in ("lowered", "confirmed", "raised"):
            wide[f"{group}_pct"] = 100 * wide[f"{group}_n"] / compared.where(compared > 0)
            wide[f"{group}_n"] = wide[f"{group}_n"].where(compared > 0)
        long = wide.drop(columns="marked").melt(keys, var_name="measure", value_name="computed")
        if level == "school":
            long = long[long["measure"] != "n_schools"]
        parts.append(long.assign(level=level))
        if with_scores:
            scores = snapshot.sql(_SCORES.format(unit=unit, rows=rows), params).dropna(subset=["unit_code"])
            scores["computed"] = 100 * scores["n"] / scores.groupby(keys)["n"].transform("sum")
            scores["measure"] = "score_" + scores["score"].astype(int).astype(str) + "_pct"
            parts.append(scores[[*keys, "measure", "computed"]].assign(level=level))
    return pd.concat(parts, ignore_index=True).dropna(subset=["computed"])


def _whole_municipalities(joined: pd.DataFrame, reported: pd.DataFrame) -> pd.DataFrame:
    """Drop municipalities of whose schools only some have rows, or nobody says how many there should be."""
    unit = ["year", "grade", "subject", "unit_code"]
    stated = reported[(reported["level"] == "municipality") & (reported["measure"] == "n_schools")]
    stated = stated.groupby(unit)["value"].max().rename("stated").reset_index()
    there = joined[(joined["level"] == "municipality") & (joined["measure"] == "n_schools")]
    there = there.groupby(unit)["computed"].max().rename("there").reset_index()
    whole = stated.merge(there, on=unit)
    whole = whole[whole["stated"] == whole["there"]][unit].assign(whole=True)
    joined = joined.merge(whole, on=unit, how="left")
    keep = (joined["level"] == "school") | joined["whole"].notna()
    return joined[keep].drop(columns="whole")


def _either_base(joined: pd.DataFrame, computed: pd.DataFrame) -> pd.DataFrame:
    """Drop counts of the journal report that are the participants with both marks: some of its forms mean those."""
    unit = ["year", "grade", "subject", "level", "unit_code"]
    pairs = computed[computed["measure"].isin(["lowered_n", "confirmed_n", "raised_n"])]
    pairs = pairs.groupby(unit)["computed"].sum().rename("pairs").reset_index()
    joined = joined.merge(pairs, on=unit, how="left")
    is_count = (joined["report"] == "journal") & (joined["measure"] == "n_participants")
    return joined[~(is_count & (joined["value"] == joined["pairs"]))].drop(columns="pairs")


_TITLES = {
    "n_participants": "участников",
    "lowered_n": "понизили",
    "confirmed_n": "подтвердили",
    "raised_n": "повысили",
}
_REPORTS = {
    "marks": "Статистика по отметкам",
    "journal": "Сравнение отметок с отметками по журналу",
    "scores": "Распределение первичных баллов",
}


def discrepancy_warnings(found: pd.DataFrame, limit: int = 20) -> list[str]:
    """Return discrepancies in words: one line per unit, work and report, at most `limit` lines."""
    if found.empty:
        return []
    warnings = []
    groups = list(found.groupby(["report", "year", "grade", "subject", "unit_code"], sort=True))
    for (report, year, grade, subject, unit), rows in groups[:limit]:
        first = rows.iloc[0]
        measure = _TITLES.get(first["measure"], first["measure"])
        warnings.append(
            f"{subject}, {grade} класс, {year}, {unit}: отчёт «{_REPORTS[report]}» и строки участников расходятся "
            f"({wording.count(len(rows), 'показатель', 'показателя', 'показателей')}; {measure}: в отчёте "
            f"{first['reported']:g}, по строкам {round(first['computed'], 2):g}). Проверьте, все ли строки загружены."
        )
    if len(groups) > limit:
        warnings.append(f"Ещё расхождений: {len(groups) - limit}.")
    return warnings
