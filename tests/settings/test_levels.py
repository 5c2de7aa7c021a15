"""The dictionary of words: shipped file, closed codes, no word for two codes."""

import pytest

from oko_lib.settings.levels import Levels, load_levels
from oko_lib.settings.loading import SettingsError, read_yaml, validate
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.tables import table


@pytest.fixture
def content():
    return read_yaml(PROJECT_ROOT / "parameters" / "levels.yaml")


def test_the_shipped_file(tmp_path):
    levels = load_levels(Workspace(PROJECT_ROOT))
    assert levels.title("levels", "reduced") == "пониженный"
    assert levels.title("pupil_groups", "delay") == "задержка психического развития"
    assert levels.title("nosologies", "unknown") == "unknown"
    assert {word.code for word in levels.nosologies} == {
        "hearing", "vision", "speech", "locomotor", "delay", "autism", "intellectual",
    }  # fmt: skip
    (tmp_path / "parameters").mkdir()
    assert load_levels(Workspace(tmp_path)) == levels, "a working place with parameters of its own lacks the file"


@pytest.mark.parametrize(("name", "place", "column"), [
    ("levels", "diagnostic_results_by_participant", "level"),
    ("domains", "diagnostic_results_by_participant", "domain"),
    ("exams", "exam_results_by_participant", "exam"),
])  # fmt: skip
def test_closed_lists_are_those_of_the_tables(name, place, column):
    levels = load_levels(Workspace(PROJECT_ROOT))
    assert tuple(word.code for word in levels.words(name)) == table(place).column(column).allowed


def test_a_nosology_may_be_added(content):
    content["nosologies"].append({"code": "somatic", "title_ru": "соматические заболевания"})
    assert validate(content, Levels, "levels.yaml").title("pupil_groups", "somatic") == "соматические заболевания"


def test_wrong_files_are_refused(content):
    with pytest.raises(SettingsError, match="levels"):
        validate({**content, "levels": content["levels"][:3]}, Levels, "levels.yaml")
    with pytest.raises(SettingsError, match="nosologies"):
        validate({**content, "nosologis": []}, Levels, "levels.yaml")
    content["levels"][2]["synonyms"].append("Ниже базового")
    with pytest.raises(SettingsError, match="и у «reduced», и у «basic»"):
        validate(content, Levels, "levels.yaml")
