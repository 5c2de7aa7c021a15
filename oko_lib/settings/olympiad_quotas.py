"""Organisers' quotas of winners and prize-winners of the olympiad: by year, stage, subject and municipality."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

from pydantic import Field, model_validator

from oko_lib.settings.loading import SettingsError, Strict, load, suggest
from oko_lib.settings.subjects import load_subjects
from oko_lib.settings.workspace import Workspace
from oko_lib.tables.olympiads import OLYMPIAD_STAGES


class Quota(Strict):
    """One quota.

    Attributes
    ----------
    stage : str
        Stage of the olympiad.
    share : float
        Largest share of participants who may be winners or prize-winners, 0–1.
    from_year, to_year : int, int or None
        First and last year (in which the school year ends) it holds for; None while it is in force.
    subject, municipality_code : str or None
        What it holds for; None for all without an entry of their own.
    source : str
        Document of the organiser.
    """

    stage: Literal[OLYMPIAD_STAGES]
    share: float = Field(gt=0, le=1)
    from_year: int = Field(ge=2015, le=2100)
    to_year: int | None = Field(ge=2015, le=2100)
    subject: str | None = None
    municipality_code: str | None = Field(default=None, pattern=r"^reg\d{2}_m\d+$")
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _years_in_order(self) -> Quota:
        if self.to_year is not None and self.to_year < self.from_year:
            raise ValueError("to_year раньше, чем from_year.")
        return self

    def holds_for(self, year: int, stage: str, subject: str, municipality_code: str | None) -> bool:
        """Tell whether the quota is about this protocol."""
        return (
            self.stage == stage
            and self.from_year <= year <= (self.to_year or year)
            and self.subject in (None, subject)
            and self.municipality_code in (None, municipality_code)
        )

    @property
    def scope(self) -> tuple[str, str | None, str | None]:
        """What the quota is about, years aside."""
        return self.stage, self.subject, self.municipality_code


class OlympiadQuotas(Strict):
    """Content of ``parameters/olympiad_quotas.yaml``."""

    quotas: tuple[Quota, ...] = ()

    @model_validator(mode="after")
    def _one_at_a_time(self) -> OlympiadQuotas:
        for first, second in combinations(self.quotas, 2):
            ends = [item.to_year or 2100 for item in (first, second)]
            if first.scope == second.scope and first.from_year <= ends[1] and second.from_year <= ends[0]:
                year = max(first.from_year, second.from_year)
                raise ValueError(f"две квоты об одном и том же в {year} году: этап {first.stage}. Оставьте одну.")
        return self

    def found(self, year: int, stage: str, subject: str, municipality_code: str | None) -> Quota | None:
        """Return the quota that holds, the most particular of several: of the municipality before of the subject."""
        fitting = [item for item in self.quotas if item.holds_for(year, stage, subject, municipality_code)]
        return max(
            fitting, key=lambda item: (item.municipality_code is not None, item.subject is not None), default=None
        )

    def quota(self, year: int, stage: str, subject: str, municipality_code: str | None) -> float | None:
        """Return the share of participants who may be winners or prize-winners, or None when no quota is known."""
        found = self.found(year, stage, subject, municipality_code)
        return None if found is None else found.share


def load_olympiad_quotas(workspace: Workspace) -> OlympiadQuotas:
    """Read ``parameters/olympiad_quotas.yaml``; without the file no quota is known.

    Raises
    ------
    SettingsError
        If the file is wrong or names a subject the dictionary does not know.
    """
    path = workspace.parameters / "olympiad_quotas.yaml"
    if not path.is_file():
        return OlympiadQuotas()
    quotas = load(path, OlympiadQuotas)
    known = load_subjects(workspace).names
    for item in quotas.quotas:
        if item.subject is not None and item.subject not in known:
            raise SettingsError(
                f"{path.name}: предмета «{item.subject}» нет в справочнике.{suggest(item.subject, list(known))}"
            )
    return quotas
