"""The dictionary of subjects: one name for each, however a source spells it."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace


class Subject(Strict):
    """One school subject."""

    name: str
    code: str
    synonyms: tuple[str, ...] = ()


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())


class Subjects(Strict):
    """All subjects; see ``parameters/subjects.yaml``."""

    subjects: tuple[Subject, ...] = Field(min_length=1)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {
            _folded(word): subject.name
            for subject in self.subjects
            for word in (subject.name, subject.code, *subject.synonyms)
        }

    def canonical(self, text: str) -> str | None:
        """Return the dictionary name of the subject written as `text` (name, code or synonym), or None."""
        return self._names.get(_folded(text))

    def code(self, name: str) -> str:
        """Return the short code of the subject called `name` in the dictionary (KeyError if there is none)."""
        return {subject.name: subject.code for subject in self.subjects}[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(subject.name for subject in self.subjects)


def load_subjects(workspace: Workspace) -> Subjects:
    """Read ``parameters/subjects.yaml``."""
    return load(workspace.parameters / "subjects.yaml", Subjects)
