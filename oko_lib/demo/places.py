"""Municipalities and schools of the demo region."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from oko_lib.demo.randomness import stream
from oko_lib.demo.settings import DemoSettings, SchoolSettings
from oko_lib.settings.loading import SettingsError

#: Logins are edu, two digits of the region and four of the school.
_MOST_SCHOOLS = 9999


def make_municipalities(settings: DemoSettings, count: int) -> pd.DataFrame:
    """Municipalities: code, name, whether it is a city.

    Raises
    ------
    SettingsError
        If more are asked for than there are names.
    """
    names = settings.names.municipalities
    if not 1 <= count <= len(names):
        raise SettingsError(
            f"Муниципалитетов в демонстрационном регионе может быть от 1 до {len(names)}, задано {count}."
        )
    chosen = list(names[:count])
    return pd.DataFrame(
        {
            "municipality_code": [f"reg{settings.model.region.code}_m{i + 1:03d}" for i in range(count)],
            "municipality_name": chosen,
            "is_city": [name.startswith("город ") for name in chosen],
        }
    )


def schools_per_municipality(
    settings: SchoolSettings, municipalities: pd.DataFrame, scale: float, seed: int
) -> np.ndarray:
    """Number of schools of each municipality; the first one, the regional centre, has most."""
    count = len(municipalities)
    total = scale * settings.at_12_municipalities * (count / 12) ** settings.growth
    weights = np.exp(stream(seed, "schools per municipality").normal(0, 0.35, count))
    weights[municipalities["is_city"].to_numpy()] *= 1.6
    weights[0] = max(weights[0], 3.2)
    shares = weights / weights.sum()
    return np.maximum(settings.at_least_per_municipality, np.round(total * shares)).astype(int)


def make_schools(settings: DemoSettings, municipalities: pd.DataFrame, scale: float, seed: int) -> pd.DataFrame:
    """Schools sorted by municipality: login, name, kind, place, size and the persistent advantage of kind and place.

    Returns
    -------
    DataFrame
        ``login, old_login, school_name, school_kind, municipality_code, municipality_name, place_type,
        place_population, pupils_per_grade, advantage``; `advantage` in standard deviations of the school's
        persistent effect.
    """
    model = settings.model
    counts = schools_per_municipality(model.schools, municipalities, scale, seed)
    if counts.sum() > _MOST_SCHOOLS:
        raise SettingsError(
            f"Школ вышло бы {counts.sum()}, а логинов четыре цифры — на {_MOST_SCHOOLS}: уменьшите масштаб."
        )
    rng = stream(seed, "schools")
    frame = municipalities.loc[np.repeat(municipalities.index, counts)].reset_index(drop=True)
    total = len(frame)
    order_inside = np.concatenate([np.arange(n) for n in counts])
    centre_schools = np.repeat(np.maximum(1, np.round(counts * 0.25)), counts)
    place = np.where(frame["is_city"], "город", np.where(order_inside < centre_schools, "посёлок", "село"))

    frame["place_type"] = place
    frame["pupils_per_grade"] = _sizes(model.schools, place, rng)
    frame["school_kind"] = _kinds(place, frame["pupils_per_grade"].to_numpy(), rng)
    frame["place_population"] = _populations(
        place, frame["pupils_per_grade"].to_numpy(), frame["municipality_code"], rng
    )
    frame["school_name"] = _names(frame, settings.names.villages, rng)
    numbers = np.cumsum(rng.integers(1, 4, total)) if total < 3000 else np.arange(1, total + 1)
    frame["login"] = [f"edu{model.region.code}{number:04d}" for number in numbers]
    # The old numbers are of the same look but follow no rule: equal tails of old and new logins mean nothing.
    old = rng.permutation(_MOST_SCHOOLS)[:total] + 1
    has_old = rng.random(total) < model.schools.with_old_login
    frame["old_login"] = [f"sch{model.region.code}{number:04d}" for number in old]
    frame["has_old_login"] = has_old
    elite = frame["school_kind"].isin(["гимназия", "лицей"]).to_numpy()
    frame["advantage"] = model.school_effects.gymnasium * elite + model.school_effects.village * (place == "село")
    return frame.drop(columns="is_city")


def _sizes(settings: SchoolSettings, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Expected pupils per grade: the log-normal distribution of the region, larger schools in larger places."""
    total = len(place)
    # One draw from each of `total` equal slices keeps the shape of the distribution in a small region too.
    quantiles = (np.arange(total) + rng.random(total)) / total
    sizes = np.sort(np.exp(np.log(settings.size_median) + settings.size_sigma * ndtri(quantiles)))
    sizes = np.clip(sizes, settings.size_smallest, settings.size_largest)
    key = np.select([place == "город", place == "посёлок"], [1.6, 1.0], 0.0) + rng.normal(0, 0.7, total)
    result = np.empty(total)
    result[np.argsort(key, kind="stable")] = sizes
    return result


def _kinds(place: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draw = rng.random(len(place))
    elite = (place != "село") & (sizes >= 40) & (draw < 0.16)
    primary = (place == "село") & (sizes < 6) & (draw > 0.90)
    nine_years = (place == "село") & (sizes < 12) & (draw < 0.40)
    kinds = np.where(elite, np.where(rng.random(len(place)) < 0.5, "лицей", "гимназия"), "СОШ")
    kinds = np.where(nine_years, "ООШ", kinds)
    return np.where(primary, "НОШ", kinds)


def _populations(place: np.ndarray, sizes: np.ndarray, municipality: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Inhabitants of the place: one figure for all schools of a town, the school's own village otherwise."""
    own = np.round(sizes * 11 * rng.uniform(6, 10, len(sizes)), -1)
    of_town = (
        pd.Series(np.where(place == "село", 0.0, sizes * 11 * 8)).groupby(municipality.to_numpy()).transform("sum")
    )
    return np.where(place == "село", own, np.round(of_town, -2)).astype(int)


_OWNERS = np.array(["МБОУ", "МБОУ", "МБОУ", "МАОУ", "МКОУ"])
_NUMBERED = {
    "СОШ": "Средняя школа",
    "ООШ": "Основная школа",
    "гимназия": "Гимназия",
    "лицей": "Лицей",
    "НОШ": "Начальная школа",
}


def _names(frame: pd.DataFrame, villages: tuple[str, ...], rng: np.random.Generator) -> list[str]:
    """Names unique inside a municipality: numbered in towns, after the village elsewhere."""
    names: list[str] = []
    for _, group in frame.groupby("municipality_code", sort=False):
        order = rng.permutation(len(villages))
        numbers = iter(np.cumsum(rng.integers(1, 3, len(group))).tolist())
        for index, (kind, place) in enumerate(zip(group["school_kind"], group["place_type"], strict=True)):
            owner = _OWNERS[rng.integers(len(_OWNERS))]
            if place == "село":
                village = villages[order[index % len(villages)]]
                round_number = index // len(villages)
                tail = f" № {round_number + 1}" if round_number else ""
                names.append(f"{owner} «{village} {kind}{tail}»")
            else:
                names.append(f"{owner} «{_NUMBERED[kind]} № {next(numbers)}»")
    return names
