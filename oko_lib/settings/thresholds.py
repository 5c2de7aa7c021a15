"""Thresholds of state exams by year: who reached the minimum, who has a high result, and by which document."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import Field, model_validator

from oko_lib.settings.loading import SettingsError, Strict, load, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.tables.exams import EXAMS

#: Subject of an entry that holds for every subject without an entry of its own.
ANY_SUBJECT = "все"
#: Largest value of a result by its scale.
_HIGHEST = {"mark": 5, "test_score": 100}


class Limit(Strict):
    """One limit of a result and the document it comes from.

    Attributes
    ----------
    at_least, more_than : int or None
        Exactly one is given: «не меньше» includes the number itself, «больше» does not.
    source, clause : str
        Document and the place in it.
    year : int
        Year of the document.
    official : bool
        True for a norm of a document, False for a choice of the workbench.
    note : str
        What was not checked against the document's own text.
    """

    at_least: int | None = Field(default=None, ge=0, le=100)
    more_than: int | None = Field(default=None, ge=0, le=100)
    source: str = Field(min_length=3)
    clause: str = Field(min_length=3)
    year: int = Field(ge=1990, le=2100)
    official: bool
    note: str = ""

    @model_validator(mode="after")
    def _one_bound(self) -> Limit:
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("укажите одно из двух: at_least («не меньше») или more_than («больше»).")
        return self

    @property
    def value(self) -> int:
        """The number of the limit, whichever way it is meant."""
        return self.more_than if self.at_least is None else self.at_least

    def reached(self, result):
        """Tell whether a result (or every element of an array of results) reaches the limit."""
        return result > self.more_than if self.at_least is None else result >= self.at_least


class Threshold(Strict):
    """Limits of one exam in one subject over a span of years.

    Attributes
    ----------
    exam, subject : str
        Exam and subject; the subject «все» stands for every subject without an entry of its own.
    from_year, to_year : int, int or None
        First and last year the entry holds for; None while it is in force.
    scale : str
        What the limits are about: ``mark`` or ``test_score``.
    minimum : Limit
        Below it a participant «не преодолел порог».
    university : Limit or None
        Minimum of universities where it differs.
    high : Limit or None
        What indicators of a region call a high result.
    rule_ru : str
        What the limits do not say: a composite rule, in words.
    """

    exam: Literal[EXAMS]
    subject: str = Field(min_length=1)
    from_year: int = Field(ge=2015, le=2100)
    to_year: int | None = Field(ge=2015, le=2100)
    scale: Literal["mark", "test_score"]
    minimum: Limit
    university: Limit | None = None
    high: Limit | None = None
    rule_ru: str = ""

    @model_validator(mode="after")
    def _sensible(self) -> Threshold:
        if self.to_year is not None and self.to_year < self.from_year:
            raise ValueError(f"{self.exam}, {self.subject}: to_year раньше, чем from_year.")
        for limit in (self.minimum, self.university, self.high):
            if limit is not None and limit.value > _HIGHEST[self.scale]:
                raise ValueError(f"{self.exam}, {self.subject}: граница {limit.value} больше возможного.")
        return self

    def holds_in(self, year: int) -> bool:
        """Tell whether the entry is about this year."""
        return self.from_year <= year and (self.to_year is None or year <= self.to_year)


class KnownScale(Strict):
    """A scale of primary scores found in some document: information only, marks are never recomputed.

    Attributes
    ----------
    exam, subject, years : str
        What the scale was for.
    max_primary, mark3_min, mark4_min, mark5_min : int or None
        Maximum and the first score of each mark; None where not known.
    rule_ru : str
        Additional conditions.
    source, note : str
        Where it was found and how sure it is.
    official : bool
        Whether the source is a document of an authority.
    """

    exam: Literal[EXAMS]
    subject: str
    years: str
    max_primary: int
    mark3_min: int
    mark4_min: int | None
    mark5_min: int | None
    rule_ru: str = ""
    source: str = Field(min_length=3)
    official: bool
    note: str = ""


class ExamThresholds(Strict):
    """Content of ``parameters/thresholds/exams.yaml``."""

    exams: tuple[Threshold, ...] = Field(min_length=1)
    scales: tuple[KnownScale, ...] = ()

    @model_validator(mode="after")
    def _no_overlaps(self) -> ExamThresholds:
        for place, entry in enumerate(self.exams):
            for other in self.exams[:place]:
                same = (entry.exam, entry.subject) == (other.exam, other.subject)
                if same and (entry.holds_in(other.from_year) or other.holds_in(entry.from_year)):
                    raise ValueError(f"{entry.exam}, {entry.subject}: две записи об одних и тех же годах.")
        return self

    def threshold(self, exam: str, subject: str, year: int) -> Threshold:
        """Return the limits of an exam in a subject and year.

        Parameters
        ----------
        exam, subject : str
            As the tables keep them.
        year : int
            Year of the exam.

        Raises
        ------
        SettingsError
            If there is no such entry; the message names what there is.
        """
        for wanted in (subject, ANY_SUBJECT):
            for entry in self.exams:
                if (entry.exam, entry.subject) == (exam, wanted) and entry.holds_in(year):
                    return entry
        raise SettingsError(self._nothing(exam, subject, year))

    def _nothing(self, exam: str, subject: str, year: int) -> str:
        what = f"В parameters/thresholds/exams.yaml нет порога: {exam}, {subject}, {year} год."
        here = [entry for entry in self.exams if entry.exam == exam]
        if not here:
            known = list(dict.fromkeys(entry.exam for entry in self.exams))
            return f"{what}{suggest(exam, known)} Есть экзамены: {', '.join(known)}."
        same = [entry for entry in here if entry.subject in (subject, ANY_SUBJECT)]
        if same:
            spans = ", ".join(f"{entry.subject} {_span(entry)}" for entry in same)
            return f"{what} Для экзамена «{exam}» есть: {spans}. Добавьте запись для нужного года."
        subjects = list(dict.fromkeys(entry.subject for entry in here))
        return f"{what}{suggest(subject, subjects)} Для экзамена «{exam}» есть предметы: {', '.join(subjects)}."

    @property
    def fingerprint(self) -> str:
        """Short hexadecimal digest of all limits and sources."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def _span(entry: Threshold) -> str:
    return f"с {entry.from_year} года" if entry.to_year is None else f"{entry.from_year}–{entry.to_year}"


def load_exam_thresholds(workspace: Workspace) -> ExamThresholds:
    """Read ``parameters/thresholds/exams.yaml``."""
    return load(workspace.parameters / "thresholds" / "exams.yaml", ExamThresholds)
