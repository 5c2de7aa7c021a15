"""The explorer as a person works it: controls, picks, files, sections; without a browser."""

import asyncio
import gc
import io
import shutil
import sys
from pathlib import Path

import nbformat
import openpyxl
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from region import objectivity_region

from oko_lib.explore import explorer as explorer_module
from oko_lib.explore.choice import Choice
from oko_lib.explore.directions import explored
from oko_lib.explore.explorer import Explorer, explorer
from oko_lib.explore.export import file_name
from oko_lib.explore.lens import Lens
from oko_lib.explore.own_sections import add_section, section_code
from oko_lib.explore.section import section
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return objectivity_region(tmp_path_factory).root


@pytest.fixture(scope="module")
def lens(root):
    return Lens(root)


@pytest.fixture
def shown(lens):
    made = Explorer("objectivity", lens)
    made.saved = []
    made.linked.send = lambda message, buffers: made.saved.append((message, buffers[0]))
    made.start()
    return made


def test_nothing_is_computed_before_it_is_shown(lens):
    made = Explorer("objectivity", lens)
    assert made.view is None
    assert made.linked.serial == 0


def test_the_first_view_has_figure_table_and_what_is_behind(shown):
    assert shown.message.value == ""
    assert "<svg" in shown.linked.figure
    assert "<table" in shown.linked.table
    assert shown.linked.spots
    assert "Что стоит за числом" in shown.behind.value


@pytest.mark.parametrize("control", ["municipality", "measure", "topics"])
def test_a_change_of_a_control_changes_what_is_shown(shown, control):
    before = (shown.linked.serial, shown.linked.table, shown.linked.figure)
    box = shown.controls.offered.get(control) or getattr(shown.controls, control)
    box.value = [value for _, value in box.options][2]
    assert shown.linked.serial == before[0] + 1
    assert (shown.linked.table, shown.linked.figure) != before[1:]
    assert shown.message.value == ""


def test_the_threshold_moves_the_list(shown):
    shown.controls.topics.value = "threshold"
    shown.controls.threshold.value = 0.0
    everybody = len(shown.linked.names)
    shown.controls.threshold.value = 60.0
    assert 0 <= len(shown.linked.names) < everybody
    assert shown.choice.threshold == 60


def test_a_unit_is_picked_in_the_table_or_in_the_list(shown):
    first, second = list(shown.view.units)[:2]
    shown.linked.picked = first
    assert shown.controls.units.value == first
    by_table = shown.behind.value
    shown.controls.units.value = second
    assert shown.linked.picked == second
    assert shown.behind.value != by_table
    shown.controls.units.value = ""
    assert shown.linked.picked == ""


def test_a_pick_does_not_draw_anew_and_ends_with_the_unit(shown):
    before = shown.linked.serial
    shown.linked.picked = next(iter(shown.view.units))
    assert shown.linked.serial == before
    shown.controls.municipality.value = shown.controls.municipality.options[3][1]
    assert shown.linked.picked == ""


def test_what_is_not_offered_elsewhere_is_replaced(shown):
    shown.controls.topics.value = "compare_schools"
    former = shown.choice.school
    shown.controls.municipality.value = shown.controls.municipality.options[5][1]
    assert shown.choice.school != former
    assert shown.choice.school in [school for _, school in shown.controls.offered["school"].options]
    assert shown.message.value == ""


def test_the_workbook_holds_the_numbers_of_the_table(shown):
    shown._save_workbook()
    message, content = shown.saved[0]
    assert message["name"].endswith(".xlsx")
    assert "Объективность ВПР" in message["name"]
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = {cell.value for row in book[book.sheetnames[1]].iter_rows() for cell in row}
    # Whole numbers are printed without marks of rounding: pairs of marks by school.
    pairs = {row[1] for row in shown.view.table.values}
    assert pairs <= cells


def test_the_picture_is_one(shown):
    shown._save_picture()
    message, content = shown.saved[0]
    assert message["kind"] == "image/png"
    assert Image.open(io.BytesIO(content)).width > 1000


def test_a_view_without_a_figure_has_no_picture(shown):
    shown.controls.topics.value = "attention"
    assert shown.png.disabled
    shown._save_picture()
    assert shown.saved == []


def test_names_of_files_are_allowed_on_windows():
    name = file_name(['Район: "А/Б"', "", "*?", "2026"], "xlsx")
    assert not set(name) & set('\\/:*?"<>|')
    assert len(file_name(["я" * 500], "png")) < 150


def test_an_empty_working_place_says_what_to_do(tmp_path):
    made = explorer("objectivity", tmp_path)
    made.start()
    assert "oko ingest" in made.message.value
    assert made.linked.table == ""


def test_years_nobody_has_computed_are_ordered_when_they_are_missed(lens, monkeypatch):
    asked = []
    monkeypatch.setattr(explorer_module, "read_ahead", lambda place, direction: asked.append((place.root, direction)))
    made = Explorer("objectivity", lens)
    made.start()
    assert asked == []
    made._near._on_missing()
    assert asked == [(lens.workspace.root, "objectivity")]


def test_a_view_goes_out_before_the_collector_looks_through_the_region(lens, monkeypatch):
    looked = []
    monkeypatch.setattr(explorer_module.gc, "collect", lambda: looked.append(made.linked.serial))
    monkeypatch.setattr(explorer_module, "_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(explorer_module, "read_ahead", lambda place, direction: None)
    made = Explorer("objectivity", lens)

    async def scenario():
        made.start()
        assert looked == []
        assert not gc.isenabled()
        await asyncio.sleep(0.1)
        made._near._follower.close()

    asyncio.run(scenario())
    assert looked == [1]
    assert gc.isenabled()


def test_new_data_are_shown_when_asked_for(shown):
    before = shown.linked.serial
    shown._renew()
    assert "Новых данных нет" in shown.message.value
    assert shown.linked.serial == before


# --- sections of reports ---------------------------------------------------------------------------------------------


@pytest.fixture
def place(root, tmp_path):
    """A working place with notebooks of its own, on the same data."""
    own = tmp_path / "мои данные"
    own.mkdir()
    (own / "data").symlink_to(root / "data")
    shutil.copytree(PROJECT_ROOT / "notebooks", own / "notebooks")
    return Workspace.at(own)


def test_a_section_stands_before_the_appendices_and_shows_the_view(place, lens):
    known = explored("objectivity")
    topic = known.topic("schools")
    path = add_section(place, known, topic, Choice(municipality="reg77_m004", measure="raised", school="x"))
    sources = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    at = next(number for number, source in enumerate(sources) if topic.title_ru in source)
    assert sources[at + 1] == section_code("objectivity", "schools", Choice(measure="raised"))
    assert sources[at + 2].startswith("## Приложение А")
    shown = section("objectivity", "schools", "reg77_m004", 0, workspace_root=str(place.root), measure="raised")
    explored_view = topic.draw(lens, Choice(2026, "reg77_m004", measure="raised"))
    assert shown.view.table.rows == explored_view.table.rows
    assert shown.view.table.number is None


def test_the_same_section_twice_is_refused(place):
    known = explored("objectivity")
    add_section(place, known, known.topic("schools"), Choice(measure="raised"))
    with pytest.raises(SettingsError, match="уже есть"):
        add_section(place, known, known.topic("schools"), Choice(measure="raised"))
    add_section(place, known, known.topic("schools"), Choice(measure="lowered"))


def test_a_place_without_notebooks_gets_its_own(root, tmp_path):
    (tmp_path / "data").symlink_to(root / "data")
    known = explored("objectivity")
    path = add_section(Workspace.at(tmp_path), known, known.topic("years"), Choice())
    assert path.is_relative_to(tmp_path)
    original = PROJECT_ROOT / "notebooks" / path.name
    assert "oko_lib.explore.section" not in original.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"direction": "objectivty"}, "objectivity"),
        ({"topic": "scools"}, "schools"),
        ({"mode": "public"}, "малых групп"),
        ({"mesure": "raised"}, "measure"),
        ({"municipality": "reg77_m00"}, "reg77_m00"),
    ],
)
def test_what_is_misspelt_in_a_section_is_named(root, wrong, said):
    right = {"direction": "objectivity", "topic": "schools", "municipality": "reg77_m004", "workspace_root": str(root)}
    with pytest.raises(SettingsError, match=said):
        section(**{**right, **wrong})
