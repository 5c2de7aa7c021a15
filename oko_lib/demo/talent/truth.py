"""The part of the truth file on direction 1.3: planted schools, counts of children and entries, faults of protocols.

Keys of the section ``talent``:

``parameters``
    Content of ``parameters/demo/talent.yaml``.
``home_medals``
    Schools whose school stage is inflated: who they are, ``ability_shift``, ``comes`` and by year what came of it in
    grades invited to the municipal stage.
``low_coverage_villages``
    The municipality below the norm of coverage (None in a region too small for one), its ``schools`` that hold it down,
    the ``others``, numbers by year.
``strong_subject``
    The school, its subject, numbers by year.
``counts``
    By year, stage and municipality (None: the region): accepted ``entries`` (the absent included), ``present``,
    different children ``persons`` among the present, ``winners``, ``prize_winners``.
``contests``, ``unlisted_events``
    The same by year, list and stage of accepted entries; events of which the register of the year knows nothing.
``coverage``
    By year and municipality: pupils of grades 5–11, covered by the form, children at the school stage. In years before
    the last a few rows of these files are spoilt; told is what they would say.
``participation_link``
    Planted change of the log-odds of taking part for 10 percentage points more of additional education.
``returning``
    By year, share of last year's children of the school stage (but for grade 11) who are at the school stage again.
``quotas``
    Shares of winners and prize-winners every organiser keeps to, but for planted faults.
``faults``
    Cases with their entries and where these stand. Everything else in the protocols keeps the rules.
``admitted_by_last_year``
    By year, entries of the municipal stage of last year's laureates who were not at the school stage.
``observers``
    Municipalities with olympiads not observed; by year and municipality the olympiads of the municipal stage and the
    observed among them.
``disabilities``
    By year, pupils with disabilities, and different children with disabilities beyond the school stage or in contests.
``files``
    Municipalities that send protocols, and those whose tables of the school stage have codes.
``clean_schools``
    Logins of schools without a planted truth about talents.
"""

from __future__ import annotations

import pandas as pd

from oko_lib.demo.simulate import Region
from oko_lib.demo.talent.entries import CONTEST_DIRT, OLYMPIAD_DIRT
from oko_lib.demo.talent.support import NORM_GRADES

_PRIZES = ("winner", "prize_winner")


def describe_talent(region: Region, files: dict) -> dict:
    """Section ``talent`` of the truth file.

    Parameters
    ----------
    files : dict
        What the writer knows: ``by_protocol``, ``with_codes``, ``fault_places``.
    """
    entries = _accepted(region.talent.entries, OLYMPIAD_DIRT)
    contests = _accepted(region.talent.contests, CONTEST_DIRT)
    plants = region.talent.plants
    low = plants.low_coverage
    differing = plants.schools | set(low.others if low else ())
    numbers = _numbers(region, entries)
    return {
        "parameters": region.settings.talent.model_dump(mode="json"),
        "home_medals": _home_medals(region, entries),
        "low_coverage_villages": _low_coverage(region, numbers),
        "strong_subject": _strong_subject(region, entries),
        "counts": _counts(entries),
        "contests": _contests(contests),
        "unlisted_events": _unlisted(contests),
        "coverage": _coverage(region, numbers),
        "participation_link": {"log_odds_per_10_points": region.settings.talent.olympiads.participation.link},
        "returning": _returning(region, entries),
        "quotas": _quotas(region),
        "faults": _faults(region, files["fault_places"]),
        "admitted_by_last_year": {
            str(year): int(own["by_last_year"].astype(bool).sum()) for year, own in entries.groupby("year")
        },
        "observers": _observers(region),
        "disabilities": _disabilities(region, entries, contests),
        "files": {name: files[name] for name in ("by_protocol", "with_codes")},
        "clean_schools": [login for school, login in enumerate(region.schools["login"]) if school not in differing],
    }


def _accepted(frame: pd.DataFrame, kinds: dict[str, int]) -> pd.DataFrame:
    return frame[~frame["dirt"].isin([kind for kind, rows in kinds.items() if rows])]


def _who(region: Region, school: int) -> dict:
    fields = ["login", "school_name", "municipality_code"]
    return {name: region.schools.loc[school, name] for name in fields}


def _share(part: float, whole: float) -> float | None:
    return round(float(part / whole), 4) if whole else None


def _home_medals(region: Region, entries: pd.DataFrame) -> list[dict]:
    from_grade = region.settings.talent.olympiads.stages["municipal"].from_grade
    result = []
    for plant in region.talent.plants.home_medals:
        own = entries[(entries["school"] == plant.school) & (entries["grade"] >= from_grade)]
        by_year = {}
        for year, held in own.groupby("year"):
            home = held[(held["stage"] == "school") & held["present"]]
            away = held[held["stage"] == "municipal"]
            came = away[away["present"]]
            by_year[str(year)] = {
                "entries": len(home),
                "prizes": int(home["status"].isin(_PRIZES).sum()),
                "score_share": _share((home["score"] / home["max_score"]).sum(), len(home)),
                "invited": len(away),
                "came": len(came),
                "score_share_municipal": _share((came["score"] / came["max_score"]).sum(), len(came)),
                "prizes_municipal": int(came["status"].isin(_PRIZES).sum()),
            }
        result.append(
            {
                **_who(region, plant.school),
                "ability_shift": plant.ability_shift,
                "comes": plant.comes,
                "by_year": by_year,
            }
        )
    return result


def _numbers(region: Region, entries: pd.DataFrame) -> pd.DataFrame:
    """By year and school: pupils of the norm's grades, covered by the form, children at the school stage."""
    parts = []
    came = entries[(entries["stage"] == "school") & entries["present"] & entries["grade"].between(*NORM_GRADES)]
    for year in region.years:
        enrolment = region.talent.enrolment[year]
        pupils = enrolment[enrolment["grade"].between(*NORM_GRADES)].groupby("school")["pupils"].sum()
        children = came[came["year"] == year].groupby("school")["pupil_id"].nunique()
        support = region.talent.support[year].set_index("school")["pupils_talent_events"].astype(int)
        frame = pd.DataFrame({"pupils": pupils, "covered": support, "participants": children}).fillna(0).astype(int)
        parts.append(frame.rename_axis("school").reset_index().assign(year=year))
    return pd.concat(parts, ignore_index=True)


def _low_coverage(region: Region, numbers: pd.DataFrame) -> dict | None:
    plant = region.talent.plants.low_coverage
    if plant is None:
        return None
    logins = region.schools["login"]
    by_year = {}
    for year in region.years:
        now = numbers[numbers["year"] == year].set_index("school")
        schools, others = (now.reindex(members).fillna(0) for members in (plant.villages, plant.others))
        both = pd.concat([schools, others])
        by_year[str(year)] = {
            **{name: int(both[name].sum()) for name in ("pupils", "covered", "participants")},
            "coverage": _share(both["covered"].sum(), both["pupils"].sum()),
            "coverage_of_others": _share(others["covered"].sum(), others["pupils"].sum()),
            "by_school": {
                logins[school]: {name: int(row[name]) for name in ("pupils", "covered", "participants")}
                for school, row in schools.iterrows()
            },
        }
    return {
        "municipality_code": plant.municipality_code,
        "schools": logins.loc[list(plant.villages)].tolist(),
        "others": logins.loc[list(plant.others)].tolist(),
        "by_year": by_year,
    }


def _strong_subject(region: Region, entries: pd.DataFrame) -> dict | None:
    plant = region.talent.plants.strong_subject
    if plant is None:
        return None
    held = entries[(entries["stage"] == "school") & entries["present"] & (entries["subject"] == plant.subject)]
    by_year = {}
    for year, everybody in held.groupby("year"):
        share = everybody["score"] / everybody["max_score"]
        mine = everybody["school"] == plant.school
        by_year[str(year)] = {
            "entries": int(mine.sum()),
            "score_share": _share(share[mine].sum(), mine.sum()),
            "score_share_of_others": _share(share[~mine].sum(), (~mine).sum()),
        }
    return {
        **_who(region, plant.school),
        "subject": plant.subject,
        "ability_shift": plant.ability_shift,
        "by_year": by_year,
    }


def _tally(entries: pd.DataFrame) -> dict:
    present = entries[entries["present"]] if "present" in entries else entries
    return {
        "entries": len(entries),
        "present": len(present),
        "persons": int(present["pupil_id"].nunique()),
        "winners": int((present["status"] == "winner").sum()),
        "prize_winners": int((present["status"] == "prize_winner").sum()),
    }


def _counts(entries: pd.DataFrame) -> list[dict]:
    rows = []
    for (year, stage), held in entries.groupby(["year", "stage"], sort=False):
        rows.append({"year": int(year), "stage": stage, "municipality_code": None, **_tally(held)})
        for code, own in held.groupby("municipality_code", sort=False):
            rows.append({"year": int(year), "stage": stage, "municipality_code": code, **_tally(own)})
    return rows


def _contests(contests: pd.DataFrame) -> list[dict]:
    return [
        {"year": int(year), "event_list": name, "stage": stage, **_tally(own)}
        for (year, name, stage), own in contests.groupby(["year", "event_list", "stage"], sort=False)
    ]


def _unlisted(contests: pd.DataFrame) -> list[dict]:
    odd = contests[~contests["listed"]]
    return [
        {"year": int(year), "event_list": name, "event": event, "entries": len(own)}
        for (year, name, event), own in odd.groupby(["year", "event_list", "event"], sort=False)
    ]


def _coverage(region: Region, numbers: pd.DataFrame) -> list[dict]:
    code = region.schools["municipality_code"].to_numpy()[numbers["school"].to_numpy()]
    columns = ["pupils", "covered", "participants"]
    sums = numbers.assign(municipality_code=code).groupby(["year", "municipality_code"], sort=False)[columns].sum()
    return sums.reset_index().to_dict("records")


def _returning(region: Region, entries: pd.DataFrame) -> dict[str, float | None]:
    held = entries[(entries["stage"] == "school") & entries["present"]]
    result = {}
    for year in region.years[1:]:
        if year - 1 in region.years:
            before = set(held.loc[(held["year"] == year - 1) & (held["grade"] < 11), "pupil_id"])
            now = set(held.loc[held["year"] == year, "pupil_id"])
            result[str(year)] = _share(len(before & now), len(before))
    return result


def _quotas(region: Region) -> list[dict]:
    codes = region.municipalities["municipality_code"].tolist()
    quotas = region.talent.quotas
    own = [
        {"stage": stage, "municipality_code": code, "share": float(share)}
        for stage in ("school", "municipal")
        for code, share in zip(codes, quotas[stage], strict=True)
    ]
    return [*own, {"stage": "regional", "municipality_code": None, "share": float(quotas["regional"][0])}]


def _faults(region: Region, places: list[dict]) -> list[dict]:
    entries = region.talent.entries
    logins = region.schools["login"].to_numpy()
    result = []
    for case in region.talent.cases:
        own = entries[entries["fault"] == case["case"]]
        first = own.iloc[0]
        fields = ["grade", "score", "status", "code"]
        result.append(
            {
                **case,
                **{name: first[name] for name in ("year", "stage", "subject", "municipality_code")},
                "entries": [
                    {"login": logins[school], **{name: row[name] for name in fields}}
                    for school, (_, row) in zip(own["school"], own.iterrows(), strict=True)
                ],
                "places": [
                    {name: place[name] for name in ("file", "row", "login")}
                    for place in places
                    if place["case"] == case["case"]
                ],
            }
        )
    return result


def _observers(region: Region) -> dict:
    code = region.schools["municipality_code"].to_numpy()
    by_year = {}
    for year, frame in region.talent.observers.items():
        held = frame[(frame["procedure_kind"] == "ВсОШ") & (frame["stage"] == "municipal")]
        observed = (held["independent_observers"] > 0).groupby(code[held["school"]])
        by_year[str(year)] = {
            place: {"olympiads": int(size), "observed": int(seen)}
            for place, size, seen in zip(observed.size().index, observed.size(), observed.sum(), strict=True)
        }
    return {"incomplete": list(region.talent.incomplete), "municipal_stage": by_year}


def _disabilities(region: Region, entries: pd.DataFrame, contests: pd.DataFrame) -> dict:
    beyond = entries[entries["has_disability"] & entries["present"] & (entries["stage"] != "school")]
    events = contests[contests["has_disability"]]
    result = {}
    for year in region.years:
        children = {*beyond.loc[beyond["year"] == year, "pupil_id"], *events.loc[events["year"] == year, "pupil_id"]}
        pupils = int(region.talent.enrolment[year]["pupils_with_disabilities"].sum())
        result[str(year)] = {"pupils": pupils, "took_part": len(children)}
    return result
