"""Do the procedures and years agree about the schools of the region?"""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.consistency import direction_profile, school_correlation
from oko_lib.methods.funnel import funnel_means
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.shrinkage import variance_parts
from oko_lib.settings.norms import ObjectivityNorms


def correlations_of_school_means(marks: pd.DataFrame, year: int, norms: ObjectivityNorms) -> pd.DataFrame:
    """Correlations of school means: one work in two successive years, two subjects of one grade in one year.

    Parameters
    ----------
    marks : DataFrame
        Written works of the series.
    year : int
        Year of the report.
    norms : ObjectivityNorms
        Least number of pupils behind a mean, least number of schools, level.

    Returns
    -------
    DataFrame
        kind (``years`` or ``subjects``), subject, grade, other (the earlier year or the other subject), n_schools,
        correlation, low, high, refusal.
    """
    means = (
        marks[marks["primary_score"].notna()]
        .groupby(["year", "subject", "grade", "school"], observed=True)["primary_score"]
        .agg(["mean", "size"])
    )
    written = marks[["subject", "grade"]].drop_duplicates()
    works = sorted((str(subject), int(grade)) for subject, grade in written.itertuples(index=False))
    pairs = [
        ("years", subject, grade, year - 1, (year, subject, grade), (year - 1, subject, grade))
        for subject, grade in works
    ]
    pairs += [
        ("subjects", first, grade, second, (year, first, grade), (year, second, grade))
        for index, (first, grade) in enumerate(works)
        for second, other_grade in works[index + 1 :]
        if other_grade == grade
    ]
    have = set(means.index.droplevel("school"))
    rows = []
    for kind, subject, grade, other, left, right in pairs:
        if left not in have or right not in have:
            continue
        both = means.loc[left].add_suffix("_left").join(means.loc[right].add_suffix("_right"), how="inner")
        result = school_correlation(
            both["mean_left"],
            both["mean_right"],
            both["size_left"],
            both["size_right"],
            minimum_n=int(norms.minimum_group.value),
            minimum_units=int(norms.funnel_minimum_units.value),
            level=norms.confidence_level.value,
        ).correlation
        interval = result.interval
        rows.append(
            {
                "kind": kind,
                "subject": subject,
                "grade": grade,
                "other": str(other),
                "n_schools": result.n,
                "correlation": result.value,
                "low": interval.low if interval else None,
                "high": interval.high if interval else None,
                "refusal": result.refusal,
            }
        )
    columns = ["kind", "subject", "grade", "other", "n_schools", "correlation", "low", "high", "refusal"]
    return pd.DataFrame(rows, columns=columns)


def directions_of_schools(marks: pd.DataFrame, norms: ObjectivityNorms) -> pd.DataFrame:
    """How many works and years of every school deviate the same way beyond noise.

    Parameters
    ----------
    marks : DataFrame
        Written works of the series.
    norms : ObjectivityNorms
        Least number of pupils, funnel settings, false-discovery rate.

    Returns
    -------
    DataFrame
        school, n_cells, n_above, n_high, n_low, direction, p_value, flagged (over all schools of the region).
    """
    parts = []
    scored = marks.loc[marks["primary_score"].notna(), ["year", "subject", "grade", "school", "primary_score"]]
    # Names of schools are compared once: their numbers, in the order of the names, take their place.
    number, names = pd.factorize(scored["school"], sort=True)
    scored = scored.assign(school=number)[number >= 0]
    for (year, subject, grade), rows in scored.groupby(["year", "subject", "grade"], observed=True):
        spread = variance_parts(rows, "school", "primary_score")
        if spread.refusal is not None or not spread.sd_within:
            continue
        means = rows.groupby("school", observed=True)["primary_score"].agg(["mean", "size"])
        funnel = funnel_means(
            means["mean"].to_numpy(),
            means["size"].to_numpy(),
            spread.sd_within,
            winsorise=norms.funnel_winsorise.value,
            minimum_units=int(norms.funnel_minimum_units.value),
        )
        if funnel.refusal is not None:
            continue
        enough = (means["size"] >= norms.minimum_group.value).to_numpy()
        z = funnel.units["z_adjusted"].to_numpy()[enough]
        schools = names[means.index[enough]]
        parts.append(pd.DataFrame({"school": schools, "procedure": f"{subject} {grade} {year}", "z": z}))
    columns = ["school", "n_cells", "n_above", "n_high", "n_low", "direction", "p_value", "flagged"]
    if not parts:
        return pd.DataFrame(columns=columns)
    profile = direction_profile(pd.concat(parts, ignore_index=True), unit="school", z="z").units
    control = false_discovery(profile["p_value"].to_numpy(dtype=float), norms.false_discovery_rate.value)
    return profile.assign(flagged=control.rejected)[columns]
