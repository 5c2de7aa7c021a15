"""Protocols of the olympiad against its own rules, with the place of every odd row in its file."""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.olympiad_protocol import ProtocolChecks, ProtocolRule, check_protocols
from oko_lib.settings.olympiad_quotas import OlympiadQuotas
from oko_lib.store import Snapshot

#: Within these columns children are compared: one jury, one set of tasks.
_GROUP = ("year", "stage", "subject", "grade", "place")
#: The quota is of everybody whom one organiser let take part: the municipality at its stages, the region at the later.
_QUOTA_GROUP = ("year", "stage", "subject", "organiser")
_OF_MUNICIPALITIES = ("school", "municipal")


def protocol_faults(
    entries: pd.DataFrame, schools: pd.DataFrame, year: int, quotas: OlympiadQuotas
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check the protocols of `year`.

    Parameters
    ----------
    entries : DataFrame
        Entries of `year` and the year before (last year's winners may skip a stage), of the whole region.
    schools : DataFrame
        Register indexed by school, with municipality_code.
    year : int
    quotas : OlympiadQuotas
        Of the organisers; where none is given, the number of prizes is not checked.

    Returns
    -------
    faults : DataFrame
        One row per case: rule, stage, subject, grade (missing for the quota), school (missing when several),
        municipality_code (missing when several), value, limit, n, n_rows, load_id, source_sheet, source_row (of the
        first row concerned).
    checked : DataFrame
        Index rule: n_checked, n_unchecked, n_faults.

    Notes
    -----
    At the school stage every school awards its own children, so places are schools; later stages are marked for a whole
    municipality or the region.
    """
    own = entries[entries["year"].between(year - 1, year)].reset_index(drop=True)
    municipality = own["school"].map(schools["municipality_code"])
    place = municipality.where(own["stage"] == "municipal", "").mask(own["stage"] == "school", own["school"])
    organiser = municipality.where(own["stage"].isin(_OF_MUNICIPALITIES), "").fillna("")
    frame = own.assign(
        municipality_code=municipality.fillna(""),
        place=place.fillna(""),
        organiser=organiser,
        quota=_quotas(own, organiser, quotas),
    )
    found = check_protocols(frame, group=_GROUP, quota_group=_QUOTA_GROUP)
    return _faults(found, frame, year), _checked(found, frame, year)


def _quotas(entries: pd.DataFrame, organiser: pd.Series, quotas: OlympiadQuotas) -> pd.Series:
    """Organiser's quota of every entry (an empty organiser is the region): asked once per organiser."""
    keys = pd.DataFrame(
        {"year": entries["year"], "stage": entries["stage"], "subject": entries["subject"], "code": organiser}
    )
    number = keys.groupby(list(keys.columns), sort=False, dropna=False).ngroup().to_numpy()
    known = [
        quotas.quota(int(key[0]), key[1], key[2], key[3] or None)
        for key in keys[~pd.Series(number).duplicated().to_numpy()].itertuples(index=False)
    ]
    # Numbers are given in the order in which organisers first come.
    return pd.Series(
        pd.array(known, dtype="Float64").to_numpy(dtype=float, na_value=float("nan"))[number], entries.index
    )


def _faults(found: ProtocolChecks, frame: pd.DataFrame, year: int) -> pd.DataFrame:
    faults = found.faults[found.faults["year"] == year]
    first = pd.Index([rows[0] for rows in faults["rows"]], dtype="int64")
    of_rows = [set(frame.loc[list(rows), "municipality_code"]) for rows in faults["rows"]]
    where = frame.loc[first, ["load_id", "source_sheet", "source_row"]].reset_index(drop=True)
    columns = ["rule", "stage", "subject", "grade", "school", "value", "limit", "n", "n_rows"]
    rows = faults.reindex(columns=columns).reset_index(drop=True)
    rows = rows.assign(
        rule=rows["rule"].astype(str),
        municipality_code=[codes.pop() or None if len(codes) == 1 else None for codes in of_rows],
    )
    return pd.concat([rows, where], axis=1)


def _checked(found: ProtocolChecks, frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """Counts of the report's year: the year before is there only to know who was there."""
    faults = found.faults
    now = faults[faults["year"] == year].groupby(faults["rule"].astype(str)).size()
    names = [rule.value for rule in ProtocolRule]
    table = found.checked[["n_checked", "n_unchecked"]].rename(index=str).reindex(names)
    return table.assign(n_faults=now.reindex(names).fillna(0).astype(int)).rename_axis("rule")


def files_of_faults(snapshot: Snapshot, faults: pd.DataFrame) -> pd.Series:
    """Return the name of the file of every fault's first row."""
    loads = snapshot.sql("select load_id, file_name from loads").drop_duplicates("load_id").set_index("load_id")
    return faults["load_id"].map(loads["file_name"])
