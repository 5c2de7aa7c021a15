"""The dictionary of subjects: what is taught everywhere, what exists at exams or olympiads only."""

import pytest

from oko_lib.settings.loading import SettingsError, validate
from oko_lib.settings.subjects import Subjects, load_subjects
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace


@pytest.fixture(scope="module")
def subjects() -> Subjects:
    return load_subjects(Workspace(PROJECT_ROOT))


def test_areas_of_the_shipped_dictionary(subjects):
    exam = {subject.name for subject in subjects.of("exam")}
    olympiad = {subject.name for subject in subjects.of("olympiad")}
    assert exam == {"Математика базовая", "Математика профильная", "Испанский язык", "Китайский язык"}
    assert exam & olympiad == {"Испанский язык", "Китайский язык"}
    assert len(olympiad) == 11
    assert not (exam | olympiad) & {subject.name for subject in subjects.taught}
    assert len(subjects.taught) + len(exam | olympiad) == len(subjects.names)


def test_names_and_codes_are_unique(subjects):
    assert len({subject.name for subject in subjects.subjects}) == len(subjects.subjects)
    assert len({subject.code for subject in subjects.subjects}) == len(subjects.subjects)


@pytest.mark.parametrize(
    ("text", "anywhere", "exam", "olympiad"),
    [
        ("Математика базовая", "Математика", "Математика базовая", "Математика"),
        ("испанский", None, "Испанский язык", "Испанский язык"),
        ("ПРАВО", None, None, "Право"),
        ("ОБЖ", None, None, "Основы безопасности и защиты Родины"),
        ("Химия", "Химия", "Химия", "Химия"),
        ("Травоведение", None, None, None),
    ],
)
def test_a_spelling_means_what_its_area_knows(subjects, text, anywhere, exam, olympiad):
    assert subjects.canonical(text) == anywhere
    assert subjects.canonical(text, "exam") == exam
    assert subjects.canonical(text, "olympiad") == olympiad
    assert subjects.canonical(text, "exam", "olympiad") == (exam or olympiad)


def test_an_unknown_area_is_refused():
    with pytest.raises(SettingsError, match="допустимо"):
        validate({"subjects": [{"name": "Пение", "code": "ПЕ", "only": ["choir"]}]}, Subjects, "subjects.yaml")
