"""The dictionary of subjects: one name for each, however a source spells it."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from pydantic import Field

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace

#: Where a text about subjects comes from: a state exam, an olympiad.
Area = Literal["exam", "olympiad"]


class Subject(Strict):
    """One school subject.

    Attributes
    ----------
    name, code : str
        Name and short code.
    synonyms : tuple of str
        Other spellings.
    only : tuple of str
        Areas in which alone the subject exists: ``exam``, ``olympiad``. Elsewhere its spellings mean another subject or
        none: «Математика базовая» is «Математика» in a ВПР file of grade 11, «Право» is nothing in any. Empty for a
        subject that is taught and met everywhere.
    """

    name: str
    code: str
    synonyms: tuple[str, ...] = ()
    only: tuple[Area, ...] = ()


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


def _spellings(subjects: tuple[Subject, ...]) -> dict[str, str]:
    return {
        _folded(word): subject.name for subject in subjects for word in (subject.name, subject.code, *subject.synonyms)
    }


class Subjects(Strict):
    """All subjects; see ``parameters/subjects.yaml``."""

    subjects: tuple[Subject, ...] = Field(min_length=1)

    @cached_property
    def _names(self) -> dict[str, str]:
        return _spellings(self.taught)

    @cached_property
    def _names_of_areas(self) -> dict[Area, dict[str, str]]:
        return {area: _spellings(self.of(area)) for area in ("exam", "olympiad")}

    @property
    def taught(self) -> tuple[Subject, ...]:
        """Subjects that are met everywhere."""
        return tuple(subject for subject in self.subjects if not subject.only)

    def of(self, area: Area) -> tuple[Subject, ...]:
        """Subjects that exist in this area and not everywhere."""
        return tuple(subject for subject in self.subjects if area in subject.only)

    def canonical(self, text: str, *areas: Area) -> str | None:
        """Return the dictionary name of the subject written as `text` (name, code or synonym), or None.

        Parameters
        ----------
        text : str
            As written.
        *areas : str
            What the text is about: subjects of these areas come first, in their order.
        """
        word = _folded(text)
        special = (self._names_of_areas[area].get(word) for area in areas)
        return next((name for name in special if name), None) or self._names.get(word)

    def code(self, name: str) -> str:
        """Return the short code of the subject called `name` in the dictionary (KeyError if there is none)."""
        return {subject.name: subject.code for subject in self.subjects}[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(subject.name for subject in self.subjects)


def load_subjects(workspace: Workspace) -> Subjects:
    """Read ``parameters/subjects.yaml``."""
    return load(workspace.parameters / "subjects.yaml", Subjects)
