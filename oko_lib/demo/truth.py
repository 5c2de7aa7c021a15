"""The truth file: everything planted in the demo region, for tests to compare findings with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from oko_lib.demo.lists import adverse_conditions_list, biased_results_lists, low_results_lists
from oko_lib.demo.low_results.truth import describe_low_results
from oko_lib.demo.plants import Plant
from oko_lib.demo.quality.truth import describe_quality
from oko_lib.demo.simulate import Region
from oko_lib.demo.talent.truth import describe_talent


def _effects(region: Region, plant: Plant) -> list[dict]:
    """What the distortion did to the school's scores, in standard deviations of the region's honest scores."""
    effects = []
    for cell in region.cells:
        if not plant.acts(cell.year, cell.subject, cell.grade):
            continue
        # Rows stand by school: a slice is enough.
        bounds = np.searchsorted(cell.frame["school"].to_numpy(), [plant.school, plant.school + 1])
        mine = cell.frame.iloc[slice(*bounds)]
        mine = mine[mine["present"]]
        if len(mine) == 0:
            continue
        gain = mine["primary_score"].astype(float) - mine["honest_score"]
        effects.append(
            {
                "year": cell.year,
                "subject": cell.subject,
                "grade": cell.grade,
                "n": len(mine),
                "score_shift_sd": round(float(gain.mean()) / cell.honest_spread, 4),
                "lowered": round(float((mine["mark"] < mine["journal_mark"]).mean()), 4),
                "raised": round(float((mine["mark"] > mine["journal_mark"]).mean()), 4),
            }
        )
    return effects


def describe_plant(region: Region, plant: Plant) -> dict:
    """One planted truth with what it came to, work by work."""
    school = region.schools.loc[plant.school]
    return {
        "kind": plant.kind,
        "login": school["login"],
        "old_login": school["old_login"] if school["has_old_login"] else None,
        "school_name": school["school_name"],
        "municipality_code": school["municipality_code"],
        "pupils_per_grade": round(float(school["pupils_per_grade"]), 1),
        "large": bool(school["pupils_per_grade"] >= region.settings.model.plants.large_from),
        "years": list(plant.years),
        "subjects": list(plant.subjects),
        "grades": list(plant.grades),
        "strength": plant.strength,
        "group": plant.group,
        "effects": _effects(region, plant),
    }


def describe_control(region: Region) -> dict:
    """The observed schools and what observation takes away, known because the honest scores are known."""
    planted = {plant.school for plant in region.plants}
    works = []
    for cell in region.cells:
        frame = cell.frame[cell.frame["present"]]
        gain = (frame["primary_score"].astype(float) - frame["honest_score"]) / cell.honest_spread
        free = ~frame["observed"]
        works.append(
            {
                "year": cell.year,
                "subject": cell.subject,
                "grade": cell.grade,
                "schools_observed": int(frame.loc[frame["observed"], "school"].nunique()),
                "inflation_sd_unobserved": round(float(gain[free].mean()), 4),
                "inflation_sd_unobserved_unplanted": round(
                    float(gain[free & ~frame["school"].isin(planted)].mean()), 4
                ),
                "inflation_sd_observed": round(float(gain[~free].mean()), 4) if (~free).any() else None,
            }
        )
    logins = region.schools["login"].to_numpy()
    rows = region.control.assign(login=logins[region.control["school"]])[["year", "login", "subject", "grade"]]
    return {
        "ability_shift_of_unobserved": region.settings.model.control_group.unobserved_inflation,
        "schools": rows.to_dict("records"),
        "works": works,
    }


def _list_truth(region: Region, frame: pd.DataFrame) -> list[dict]:
    logins = region.schools["login"].to_numpy()
    return frame.assign(login=logins[frame["school"]]).drop(columns="school").to_dict("records")


def make_truth(region: Region, arguments: dict, written: dict) -> dict:
    """Content of the truth file.

    Parameters
    ----------
    region : Region
    arguments : dict
        Arguments the region was made with.
    written : dict
        What was written: files by layout, dirt, corrections, duplicates, unknown files, delivery.
    """
    planted = {plant.school for plant in region.plants}
    model = region.settings.model
    sizes = region.schools["pupils_per_grade"]
    return {
        "about": "Planted truths of a synthetic region: no such schools, municipalities or children exist.",
        "arguments": arguments,
        "parameters": model.model_dump(mode="json"),
        "municipalities": region.municipalities[["municipality_code", "municipality_name"]].to_dict("records"),
        "schools": {
            "count": len(region.schools),
            "median_pupils_per_grade": round(float(sizes.median()), 1),
            "share_below_10": round(float((sizes < 10).mean()), 4),
            "planted_share": round(len(planted) / len(region.schools), 4),
        },
        "participants": {
            "rows": int(sum(len(cell.frame) for cell in region.cells)),
            "present": int(sum(cell.frame["present"].sum() for cell in region.cells)),
        },
        "planted": [describe_plant(region, plant) for plant in region.plants],
        "clean_schools": region.schools.loc[~region.schools.index.isin(planted), "login"].tolist(),
        "control_group": describe_control(region),
        "published_lists": {
            "biased_results": _list_truth(region, biased_results_lists(region)),
            "low_results": _list_truth(region, low_results_lists(region)),
            "adverse_conditions": _list_truth(region, adverse_conditions_list(region)),
        },
        "low_results": describe_low_results(region),
        "talent": describe_talent(region, written["olympiad_files"]),
        "training_quality": describe_quality(region),
        **{name: part for name, part in written.items() if name != "olympiad_files"},
    }


def plain(value: object) -> object:
    """JSON form of what NumPy leaves in a truth (for ``json.dumps(default=…)``)."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"not JSON: {type(value).__name__}")
