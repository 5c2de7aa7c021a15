"""Dictionary of words: how files write the values of closed lists — levels, nosologies, exams, stages, statuses."""

from __future__ import annotations

from itertools import chain

from pydantic import Field, model_validator

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.tables.diagnostics import DOMAINS, LEVELS
from oko_lib.tables.exams import EXAMS
from oko_lib.tables.olympiads import (
    CONTEST_STAGES,
    EVENT_KINDS,
    EVENT_LISTS,
    OLYMPIAD_STAGES,
    PROCEDURE_KINDS,
    STATUSES,
)
from oko_lib.tables.quality import DIFFICULTIES, EDUCATION_LEVELS

#: Lists whose codes the tables fix: the file may add ways to write them, not codes.
_CLOSED = {
    "levels": LEVELS,
    "domains": DOMAINS,
    "exams": EXAMS,
    "event_lists": EVENT_LISTS,
    "event_kinds": EVENT_KINDS,
    "olympiad_stages": OLYMPIAD_STAGES,
    "contest_stages": CONTEST_STAGES,
    "statuses": STATUSES,
    "procedure_kinds": PROCEDURE_KINDS,
    "education_levels": EDUCATION_LEVELS,
    "difficulties": DIFFICULTIES,
}
#: All lists.
LISTS = (*_CLOSED, "nosologies", "pupil_groups")


class Word(Strict):
    """One value and the ways to write it.

    Attributes
    ----------
    code : str
        What the tables keep.
    title_ru : str
        How reports and forms write it.
    synonyms : tuple of str
        Other spellings met in files.
    """

    code: str = Field(min_length=1)
    title_ru: str = Field(min_length=1)
    synonyms: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Code, title and synonyms."""
        return (self.code, self.title_ru, *self.synonyms)


class Levels(Strict):
    """All lists; see ``parameters/levels.yaml``."""

    levels: tuple[Word, ...] = Field(min_length=1)
    nosologies: tuple[Word, ...] = Field(min_length=1)
    pupil_groups: tuple[Word, ...] = Field(min_length=1)
    domains: tuple[Word, ...] = Field(min_length=1)
    exams: tuple[Word, ...] = Field(min_length=1)
    event_lists: tuple[Word, ...] = Field(min_length=1)
    event_kinds: tuple[Word, ...] = Field(min_length=1)
    olympiad_stages: tuple[Word, ...] = Field(min_length=1)
    contest_stages: tuple[Word, ...] = Field(min_length=1)
    statuses: tuple[Word, ...] = Field(min_length=1)
    procedure_kinds: tuple[Word, ...] = Field(min_length=1)
    education_levels: tuple[Word, ...] = Field(min_length=1)
    difficulties: tuple[Word, ...] = Field(min_length=1)
    nothing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Levels:
        for name, codes in _CLOSED.items():
            found = [word.code for word in getattr(self, name)]
            if sorted(found) != sorted(codes):
                raise ValueError(f"{name}: должны быть ровно коды {', '.join(codes)}, записано {', '.join(found)}.")
        for name in LISTS:
            owners: dict[str, str] = {}
            for word in self.words(name):
                for spelling in word.spellings:
                    other = owners.setdefault(spelling.casefold().replace("ё", "е"), word.code)
                    if other != word.code:
                        raise ValueError(f"{name}: «{spelling}» записано и у «{other}», и у «{word.code}».")
        return self

    def words(self, name: str) -> tuple[Word, ...]:
        """Return the words of a list; groups of pupils include the nosologies.

        Raises
        ------
        KeyError
            If there is no such list.
        """
        if name not in LISTS:
            raise KeyError(f"no list of words {name}")
        if name == "pupil_groups":
            return tuple(chain(self.pupil_groups, self.nosologies))
        return getattr(self, name)

    def title(self, name: str, code: str) -> str:
        """Return the Russian title of a code of a list (the code itself when the list has no such code)."""
        return next((word.title_ru for word in self.words(name) if word.code == code), code)


def load_levels(workspace: Workspace) -> Levels:
    """Read ``parameters/levels.yaml``; a working place whose parameters have none uses the project's.

    Raises
    ------
    SettingsError
        If the file is wrong: an unknown key, a code the tables do not know, one spelling for two codes.
    """
    own = workspace.parameters / "levels.yaml"
    return load(own if own.is_file() else PROJECT_ROOT / "parameters" / "levels.yaml", Levels)
