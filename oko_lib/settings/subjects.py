"""The dictionary of subjects: one name for each, however a source spells it."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace


class Subject(Strict):
    """One school subject.

    Attributes
    ----------
    name, code : str
        Name and short code.
    synonyms : tuple of str
        Other spellings.
    exam_only : bool
        The subject exists at state exams only. Elsewhere its spellings mean another subject: «Математика базовая» is
        «Математика» in a ВПР file of grade 11.
    """

    name: str
    code: str
    synonyms: tuple[str, ...] = ()
    exam_only: bool = False


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
    def _exam_names(self) -> dict[str, str]:
        return _spellings(tuple(subject for subject in self.subjects if subject.exam_only))

    @property
    def taught(self) -> tuple[Subject, ...]:
        """Subjects that are not of exams only."""
        return tuple(subject for subject in self.subjects if not subject.exam_only)

    def canonical(self, text: str, *, exams: bool = False) -> str | None:
        """Return the dictionary name of the subject written as `text` (name, code or synonym), or None.

        Parameters
        ----------
        text : str
            As written.
        exams : bool
            The text is about a state exam: subjects of exams come first.
        """
        word = _folded(text)
        return (self._exam_names.get(word) if exams else None) or self._names.get(word)

    def code(self, name: str) -> str:
        """Return the short code of the subject called `name` in the dictionary (KeyError if there is none)."""
        return {subject.name: subject.code for subject in self.subjects}[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(subject.name for subject in self.subjects)


def load_subjects(workspace: Workspace) -> Subjects:
    """Read ``parameters/subjects.yaml``."""
    return load(workspace.parameters / "subjects.yaml", Subjects)
