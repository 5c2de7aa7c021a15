"""Do the procedures and years agree about the schools of the region?"""

from __future__ import annotations

import pandas as pd

from oko_lib.methods.consistency import school_correlation
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
    works = sorted(
        {(str(subject), int(grade)) for subject, grade in zip(marks["subject"], marks["grade"], strict=True)}
    )
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
