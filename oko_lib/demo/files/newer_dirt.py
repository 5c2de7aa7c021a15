"""Dirt in the tables of directions 1.1 and 1.3 that schools fill in: rows that cannot be accepted."""

from __future__ import annotations

import numpy as np

from oko_lib.demo.files.books import Book
from oko_lib.demo.files.quality import (
    ADAPTED_HEADINGS,
    GRADUATE_HEADINGS,
    INTERNAL_HEADINGS,
    SKILL_HEADINGS,
)
from oko_lib.demo.files.row_dirt import Kind, Row, Spoil, part_over, spoil_rows
from oko_lib.demo.files.talent import ENROLMENT_HEADINGS, SUPPORT_HEADINGS
from oko_lib.demo.quality.settings import QualityDirtSettings
from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.settings import TalentDirtSettings

UNKNOWN_LEVELS = ("начальное общее", "полное")
#: Year and login stand before the columns of what schools report.
_BEFORE = 2


def _over(headings: dict[str, str], part: str, whole: str) -> Spoil:
    names = list(headings)
    return part_over(_BEFORE + names.index(part), _BEFORE + names.index(whole))


def _level_unknown(row: Row, above: Row, rng: np.random.Generator) -> bool:
    row[_BEFORE] = str(rng.choice(UNKNOWN_LEVELS))
    return True


def _skill_missing(row: Row, above: Row, rng: np.random.Generator) -> bool:
    row[SKILL_HEADINGS.index("Код умения")] = None
    return True


def _levels_do_not_sum(row: Row, above: Row, rng: np.random.Generator) -> bool:
    row[_BEFORE + list(INTERNAL_HEADINGS).index("n_basic")] += int(rng.integers(1, 5))
    return True


KINDS = {
    "support_part_over": Kind("talent_support", 1, _over(SUPPORT_HEADINGS, "teachers_trained_gifted", "teachers")),
    "enrolment_part_over": Kind("enrolment", 1, _over(ENROLMENT_HEADINGS, "pupils_with_disabilities", "pupils")),
    "graduates_part_over": Kind("graduates", 1, _over(GRADUATE_HEADINGS, "finished", "started")),
    "graduates_level_unknown": Kind("graduates", 1, _level_unknown),
    "adapted_part_over": Kind("adapted_programmes", 1, _over(ADAPTED_HEADINGS, "assessed", "pupils")),
    "internal_sum": Kind("internal_levels", 1, _levels_do_not_sum),
    "skill_missing": Kind("task_skills", 1, _skill_missing),
}


def spoil_newer(
    books: list[Book], last_year: int, talent: TalentDirtSettings, quality: QualityDirtSettings, seed: int
) -> dict:
    """Spoil rows in place; return what the truth file must know of them.

    Only workbooks of earlier years are spoilt, where there are any: what is planted in the last year stands on whole
    tables.
    """
    earlier = [book for book in books if not book.name.endswith(str(last_year))]
    wanted = {name: getattr(talent, name) if hasattr(talent, name) else getattr(quality, name) for name in KINDS}
    return spoil_rows(earlier or books, KINDS, wanted, stream(seed, "newer dirt"))
