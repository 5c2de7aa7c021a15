"""Everything reading a file needs besides the file: dictionary of subjects, layouts, reference maximums."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from oko_lib.intake.heading import Work
from oko_lib.intake.layouts import Layout, Recogniser, Reference, all_layouts
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.pseudonyms import HIDDEN, PupilKeys
from oko_lib.intake.subject_words import SubjectFinder
from oko_lib.intake.values import is_login, normal_code
from oko_lib.intake.veil import KnownWords
from oko_lib.intake.vocabulary import Vocabulary
from oko_lib.settings.levels import LISTS, Levels, load_levels
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.secret import SecretPlace
from oko_lib.settings.subjects import Subjects, load_subjects
from oko_lib.settings.workspace import Workspace


@dataclass(frozen=True)
class Context:
    """What a reader of files knows beforehand.

    Parameters
    ----------
    layouts : tuple of Layout
        Built-in layouts and mappings.
    recogniser : Recogniser
        Finds their headers.
    finder : SubjectFinder
        Dictionary of subjects.
    vocabulary : Vocabulary
        Lists of words and subjects of exams.
    reference : Reference
        Maximum scores.
    said : Work
        What the user said, checked.
    root : Path
        Top folder of the working place.
    returns : Path
        Where return workbooks go.
    pupils : PupilKeys
        Makes keys of pupils.
    known_words : KnownWords
        Words of headings and dictionaries, which may be quoted from a file with names.
    """

    layouts: tuple[Layout, ...]
    recogniser: Recogniser
    finder: SubjectFinder
    vocabulary: Vocabulary
    reference: Reference
    said: Work
    root: Path
    returns: Path
    pupils: PupilKeys
    known_words: KnownWords


def make_context(workspace: Workspace, options: IntakeOptions, secret: SecretPlace | None = None) -> Context:
    """Read the parameters and check the options.

    Parameters
    ----------
    workspace : Workspace
        Where the parameters are.
    options : IntakeOptions
        What the user said.
    secret : SecretPlace, optional
        Secret of the keys of pupils; that of the working place, whichever it is, when not given.

    Raises
    ------
    SettingsError
        If a parameter file or an option is wrong.
    """
    subjects = load_subjects(workspace)
    finder = SubjectFinder(subjects)
    levels = load_levels(workspace)
    layouts = all_layouts(workspace)
    known_words = KnownWords(_own_texts(layouts, levels, subjects))
    return Context(
        layouts=layouts,
        recogniser=Recogniser(layouts, known_words),
        finder=finder,
        vocabulary=Vocabulary(levels, subjects),
        reference=Reference(_maxima(workspace.parameters / "scales", finder)),
        said=_checked(options, finder),
        root=workspace.root,
        returns=workspace.returns,
        pupils=PupilKeys(secret or SecretPlace(workspace.pupil_secret)),
        known_words=known_words,
    )


def _own_texts(layouts: tuple[Layout, ...], levels: Levels, subjects: Subjects) -> Iterator[str]:
    """Yield the texts this workbench itself knows: headings, words of the lists, subjects."""
    for layout in layouts:
        yield layout.title_ru
        for item in layout.spec.fields:
            yield from item.titles
    for name in LISTS:
        for word in levels.words(name):
            yield from word.spellings
    for subject in subjects.subjects:
        yield from (subject.name, subject.code, *subject.synonyms)
    yield HIDDEN


def _checked(options: IntakeOptions, finder: SubjectFinder) -> Work:
    said = options.said
    if said.year is not None and not 2015 <= said.year <= 2100:
        raise SettingsError(f"Год {said.year}: допустимы годы с 2015 по 2100.")
    if said.grade is not None and not 1 <= said.grade <= 11:
        raise SettingsError(f"Класс {said.grade}: допустимы классы с 1 по 11.")
    subject = said.subject
    if subject is not None:
        subject = finder.exact(subject) or finder.within(subject)
        if subject is None:
            raise SettingsError(
                f"Предмета «{said.subject}» нет в справочнике. Посмотрите написания в parameters/subjects.yaml."
            )
    login = normal_code(said.login) if said.login is not None else None
    if login is not None and not is_login(login):
        raise SettingsError(f"Логин «{said.login}»: нужен логин ОО вида edu990389 или sch990389.")
    return Work(year=said.year, grade=said.grade, subject=subject, login=login)


def _maxima(folder: Path, finder: SubjectFinder) -> dict[tuple[int, int, str], int]:
    """Return the maximum scores of the published scales; rows that do not read are left to the intake of scales."""
    maxima: dict[tuple[int, int, str], int] = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    subject = finder.exact(row.get("subject") or "")
                    try:
                        key, value = (int(row["year"]), int(row["grade"]), subject), int(row["max_primary"])
                    except (KeyError, TypeError, ValueError):
                        continue
                    if subject is not None and value > 0:
                        maxima[key] = value
        except (OSError, UnicodeDecodeError):
            continue
    return maxima
