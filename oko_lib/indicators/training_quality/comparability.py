"""May results of two years be compared: the scale of marks, the skills of the codifier."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

#: What a scale is made of: the maximum and the score each mark begins with.
SCALE_PARTS = ("max_score", "mark3_min", "mark4_min", "mark5_min")


@dataclass(frozen=True)
class ScaleComparison:
    """Scales of one work in two years.

    Parameters
    ----------
    subject, grade, before, after : str, int, int, int
        Work and years.
    missing : tuple of int
        Years without a scale.
    differences : tuple of (str, int, int)
        Part of the scale, its value in either year.
    """

    subject: str
    grade: int
    before: int
    after: int
    missing: tuple[int, ...] = ()
    differences: tuple[tuple[str, int, int], ...] = ()

    @property
    def comparable(self) -> bool:
        """Whether marks of the two years may be compared."""
        return not self.missing and not self.differences


def compare_scales(scales: pd.DataFrame, subject: str, grade: int, before: int, after: int) -> ScaleComparison:
    """Compare the scales of a work in two years.

    Parameters
    ----------
    scales : DataFrame
        From :func:`~oko_lib.indicators.vpr_frames.scales`.
    subject, grade, before, after : str, int, int, int
    """
    own = scales[(scales["subject"] == subject) & (scales["grade"] == grade)]
    of_year = {row["year"]: row for row in own.to_dict("records")}
    missing = tuple(year for year in (before, after) if year not in of_year)
    differences: list[tuple[str, int, int]] = []
    if not missing:
        pairs = ((part, int(of_year[before][part]), int(of_year[after][part])) for part in SCALE_PARTS)
        differences = [(part, first, last) for part, first, last in pairs if first != last]
    return ScaleComparison(subject, grade, before, after, missing, tuple(differences))


@dataclass(frozen=True)
class SkillComparison:
    """Codifiers of one work in two years.

    Parameters
    ----------
    subject, grade, before, after : str, int, int, int
    missing : tuple of int
        Years without a codifier.
    common, only_before, only_after : tuple of str
        Codes of skills.
    """

    subject: str
    grade: int
    before: int
    after: int
    missing: tuple[int, ...]
    common: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    @property
    def comparable(self) -> bool:
        """Whether any skill may be compared."""
        return not self.missing and bool(self.common)


def compare_skills(skills: pd.DataFrame, subject: str, grade: int, before: int, after: int) -> SkillComparison:
    """Compare the codifiers of a work in two years.

    Parameters
    ----------
    skills : DataFrame
        From :func:`~oko_lib.indicators.vpr_tasks.codifier`.
    subject, grade, before, after : str, int, int, int
    """
    own = skills[(skills["subject"] == subject) & (skills["grade"] == grade)]
    codes = {year: set(own.loc[own["year"] == year, "skill_code"]) for year in (before, after)}
    return SkillComparison(
        subject,
        grade,
        before,
        after,
        missing=tuple(year for year in (before, after) if not codes[year]),
        common=tuple(sorted(codes[before] & codes[after])),
        only_before=tuple(sorted(codes[before] - codes[after])),
        only_after=tuple(sorted(codes[after] - codes[before])),
    )
