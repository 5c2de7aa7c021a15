"""The dictionary of words: shipped file, closed codes, no word for two codes."""

import pytest

from oko_lib.intake.vocabulary import SUBJECT_LISTS
from oko_lib.settings.levels import LISTS, Levels, load_levels
from oko_lib.settings.loading import SettingsError, read_yaml, validate
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.tables import TABLES, table


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
    ("olympiad_stages", "olympiad_results_by_participant", "stage"),
    ("contest_stages", "contest_results_by_participant", "stage"),
    ("statuses", "olympiad_results_by_participant", "status"),
    ("event_lists", "listed_events_by_year", "event_list"),
    ("event_kinds", "listed_events_by_year", "event_kind"),
    ("procedure_kinds", "observers_by_procedure", "procedure_kind"),
    ("education_levels", "graduates_by_school", "education_level"),
    ("difficulties", "task_skills", "level"),
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


def test_every_column_in_words_has_its_list():
    """Words of a column are a list of the dictionary, a list of subjects, a code or the number of a task."""
    words = {column.words for definition in TABLES.values() for column in definition.columns if column.words}
    assert words <= {*LISTS, *SUBJECT_LISTS, "code", "task"}
    assert set(LISTS) <= words


def test_one_spelling_is_one_code_in_the_new_lists_too(content):
    content["statuses"][1]["synonyms"].append("Победитель")
    with pytest.raises(SettingsError, match="и у «winner», и у «prize_winner»"):
        validate(content, Levels, "levels.yaml")
    with pytest.raises(KeyError):
        load_levels(Workspace(PROJECT_ROOT)).words("marks")
