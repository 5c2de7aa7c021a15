"""Dictionary of words: how files write levels, nosologies, groups of pupils, diagnostic works and exams."""

from __future__ import annotations

from itertools import chain

from pydantic import Field, model_validator

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.tables.diagnostics import DOMAINS, LEVELS
from oko_lib.tables.exams import EXAMS

#: Lists whose codes the tables fix: the file may add ways to write them, not codes.
_CLOSED = {"levels": LEVELS, "domains": DOMAINS, "exams": EXAMS}


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
    nothing: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Levels:
        for name, codes in _CLOSED.items():
            found = [word.code for word in getattr(self, name)]
            if sorted(found) != sorted(codes):
                raise ValueError(f"{name}: должны быть ровно коды {', '.join(codes)}, записано {', '.join(found)}.")
        for name in ("levels", "nosologies", "domains", "exams", "pupil_groups"):
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
        lists = {
            "levels": self.levels,
            "nosologies": self.nosologies,
            "pupil_groups": tuple(chain(self.pupil_groups, self.nosologies)),
            "domains": self.domains,
            "exams": self.exams,
        }
        return lists[name]

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
