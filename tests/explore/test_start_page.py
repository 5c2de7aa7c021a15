"""The start page: what it says of data that are there, partly there and not there; its buttons; how fast it is."""

import asyncio
import json
import os
import re
import sys
import time
from html import unescape

import jupyter_core.paths
import pytest
from demo_place import demo_copy, demo_root

from oko_lib.batch.directions import DIRECTIONS
from oko_lib.explore import start_panel
from oko_lib.explore.fresh_data import FreshData
from oko_lib.explore.links import browser_address, lab_address
from oko_lib.explore.page_parts import Html, bullets, shown, table
from oko_lib.explore.run_process import arguments_of, launch
from oko_lib.explore.sources import sources_of_tables
from oko_lib.explore.start_cache import keep, kept
from oko_lib.explore.start_page import StartContent, TableOnPage, YearOfTable, start_content
from oko_lib.explore.start_panel import StartPanel, start_page
from oko_lib.intake import ingest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store
from oko_lib.tables import TABLES


def text_of(*parts: str) -> str:
    """Return what a reader sees of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", " ".join(parts))).split())


def page_of(panel: StartPanel) -> str:
    return text_of(panel.title.value, panel.message.value, panel.built.value, panel.page.value)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return Workspace.at(demo_copy(tmp_path_factory))


@pytest.fixture(scope="module")
def content(demo):
    return start_content(demo, Store(demo.store).snapshot())


@pytest.fixture
def vacant(tmp_path):
    return Workspace.at(tmp_path / "пустая папка")


# --- content ---------------------------------------------------------------------------------------------------------


def test_rows_years_and_municipalities_are_those_of_the_store(content, demo):
    snapshot = Store(demo.store).snapshot()
    assert content.year == 2026
    assert set(content.municipalities) == {"reg99_m001", "reg99_m002"}
    for item in content.tables:
        assert item.rows == len(snapshot.read(item.name)), item.name
    there = {item.name for item in content.tables}
    assert not there & {"loads", "quarantine"}
    for name in set(TABLES) - there - {"loads", "quarantine"}:
        assert len(snapshot.read(name)) == 0
    results = next(item for item in content.tables if item.name == "vpr_results_by_participant")
    logins = snapshot.read("vpr_results_by_participant", ["login"], {"year": 2026})["login"]
    assert results.years[2026].rows == len(logins)
    assert results.years[2026].codes == {"reg99_m001", "reg99_m002"}


def test_everything_can_be_built_from_the_whole_region(content):
    assert [item.name for item in content.directions] == list(DIRECTIONS)
    for item in content.directions:
        assert item.codes == {"reg99_m001", "reg99_m002"}
        assert item.needed == ()


def part_of(demo_folder, wanted, tmp_path):
    """Take in some of the demo region's files only."""
    workspace = Workspace.at(tmp_path / "часть")
    files = [path for path in (demo_folder / "data" / "raw" / "demo").rglob("*.xlsx") if wanted(path.name)]
    assert files
    ingest(files, workspace)
    return workspace


def test_what_is_missing_is_named_with_what_fills_it(tmp_path_factory, tmp_path):
    folder = demo_root(tmp_path_factory)
    names = ("Справочник", "Муниципалитеты", "Школы", "Мероприятия", "Контингент")
    workspace = part_of(folder, lambda name: name.startswith(names), tmp_path)
    content = start_content(workspace, Store(workspace.store).snapshot())
    by_name = {item.name: item for item in content.directions}
    assert by_name["talent"].codes
    assert "Результаты ВПР по участникам" in [item.title for item in by_name["objectivity"].needed]
    assert not by_name["objectivity"].codes
    needed = {item.title: item.sources for item in by_name["low_results_dynamics"].needed}
    assert "форма «Итоги экзаменов по школам» (oko form make exam_counts)" in needed["Итоги экзаменов по школам"]
    wanted = {item.title: item.sources for item in by_name["talent"].wanted}
    assert (
        "форма «Работа с одарёнными детьми» (oko form make talent_support)"
        in wanted["Работа школ с одарёнными детьми по годам"]
    )
    assert "Контингент по классам" not in wanted
    page = page_of(StartPanel(workspace))
    assert "Объективность ВПР нельзя: нет данных" in page
    assert "отчёт ФИС ОКО «Индивидуальные результаты»" in page


def test_a_municipality_without_rows_is_named(content):
    import dataclasses

    others = {**content.municipalities, "reg99_m003": "Заречный <район>"}
    more = dataclasses.replace(content, municipalities=others)
    results = next(item for item in more.tables if item.name == "vpr_results_by_participant")
    assert more.lacking(results, 2026) == ["Заречный <район>"]
    assert content.lacking(results, 2026) == []
    from oko_lib.explore import start_words

    page = start_words.data(more)
    assert "Заречный &lt;район&gt;" in page
    assert "(2 из 3)" in page
    lists = [item for item in more.tables if item.name in ("published_lists", "schools")]
    assert lists
    assert all(more.lacking(item, 2026) == [] for item in lists)


def test_of_two_tables_of_one_thing_one_is_enough():
    def part(name, *codes):
        return TableOnPage(name, name, True, {2026: YearOfTable(5, frozenset(codes))})

    tables = (part("exam_results_by_participant", "a"), part("exam_counts_by_school", "b"))
    content = StartContent(2026, "область", {"a": "А", "b": "Б", "c": "В"}, tables)
    assert [content.lacking(item, 2026) for item in tables] == [["В"], ["В"]]


def test_every_table_a_direction_reads_has_something_that_fills_it(demo):
    sources = sources_of_tables(demo)
    for item in DIRECTIONS.values():
        for name in {*item.tables, *item.reads} - {"loads", "quarantine"}:
            assert sources.get(name), name


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_of_a_region(demo):
    panel = start_page(demo.root)
    page = page_of(panel)
    assert "2026 год" in page
    assert str(demo.root) in page
    assert "Отчёты здесь ещё не строили" in page
    assert "2 из 2 муниципалитетов" in page
    assert "Результаты ВПР по участникам" in page
    assert panel.demo.layout.display == "none"
    assert not panel.build.disabled
    assert "application/vnd.jupyter.widget-view+json" in panel._repr_mimebundle_()


def test_the_page_of_an_empty_place_says_what_to_do(vacant):
    panel = StartPanel(vacant)
    page = page_of(panel)
    assert str(vacant.raw) in page
    assert "Нажмите «Загрузить файлы»" in page
    assert "Создать учебный регион" in page
    assert panel.demo.layout.display is None
    assert panel.build.disabled
    assert panel.explore.disabled
    assert panel.message.value == ""
    # Looking leaves nothing behind.
    assert not vacant.root.exists()


def test_a_damaged_store_is_said_in_words(demo, tmp_path):
    import shutil

    root = tmp_path / "порча"
    shutil.copytree(demo.store, root / "data" / "store")
    shutil.rmtree(root / "data" / "store" / "schools")
    panel = StartPanel(Workspace.at(root))
    assert "Хранилище повреждено" in panel.message.value
    assert "Traceback" not in panel.message.value


def test_what_was_built_last_is_told_with_links(place, program, tmp_path, monkeypatch):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setattr(jupyter_core.paths, "jupyter_runtime_dir", lambda: str(runtime))
    served = {"pid": os.getpid(), "root_dir": str(place.root), "base_url": "/"}
    (runtime / "jpserver-1.json").write_text(json.dumps(served), encoding="utf-8")
    (place.root / "notebooks").mkdir()
    from oko_lib.batch.plan import Selection

    (place.root / "дальше").touch()
    started = launch(arguments_of(Selection(all=True), place), place, program)
    deadline = time.monotonic() + 20
    while started.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    panel = StartPanel(place)
    built = text_of(panel.built.value)
    assert "Всего 5 отчётов: построено 4, без изменений 0, не построено 1" in built
    assert re.search(r"Последний раз начато \d\d\.\d\d\.\d{4} в \d\d:\d\d", built)
    assert 'href="/files/outputs/2026/index.html"' in panel.built.value
    assert 'href="/lab/tree/notebooks/objectivity.ipynb"' in panel.page.value


def test_notebooks_open_in_lab_and_pages_as_files(tmp_path, monkeypatch):
    monkeypatch.setattr(jupyter_core.paths, "jupyter_runtime_dir", lambda: str(tmp_path))
    served = {"pid": os.getpid(), "root_dir": str(tmp_path), "base_url": "/hub/user/"}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(served), encoding="utf-8")
    path = tmp_path / "мои тетради" / "своя.ipynb"
    assert lab_address(path).startswith("/hub/user/lab/tree/%D0%BC")
    assert browser_address(path).startswith("/hub/user/files/%D0%BC")
    assert lab_address(tmp_path.parent / "чужая.ipynb") is None


def test_a_journal_is_not_made_by_looking(demo):
    StartPanel(demo)
    assert not (demo.outputs / "journal.sqlite").exists()


# --- speed -----------------------------------------------------------------------------------------------------------


def test_what_was_last_seen_is_remembered_as_it_was(content, demo):
    keep(demo, content)
    assert kept(demo) == content
    (demo.outputs / ".start-page.json").write_text("{", encoding="utf-8")
    assert kept(demo) is None


def test_a_place_without_data_remembers_nothing(vacant, content):
    keep(vacant, content)
    assert kept(vacant) is None


def test_in_a_kernel_the_page_comes_before_the_data_are_read(demo, content, monkeypatch):
    """What is remembered shows at once, what has changed since replaces it."""
    import dataclasses

    keep(demo, dataclasses.replace(content, region="Прежняя область", loaded=0))
    read = FreshData.snapshot.fget

    def slowly(self):
        time.sleep(0.3)
        return read(self)

    monkeypatch.setattr(FreshData, "snapshot", property(slowly))
    monkeypatch.setattr(start_panel, "read_ahead", lambda *asked, **years: None)

    async def scenario():
        began = time.monotonic()
        panel = StartPanel(demo)
        waited, first = time.monotonic() - began, panel.title.value
        await panel._looking
        return waited, first, panel.title.value

    waited, first, then = asyncio.run(scenario())
    assert waited < 0.3
    assert "Прежняя область" in first
    assert "Прежняя область" not in then
    assert content.region in then


def test_the_newest_year_of_every_direction_is_computed_beside_once(demo, content, monkeypatch):
    asked = []
    monkeypatch.setattr(start_panel, "read_ahead", lambda place, name, years: asked.append((place, name, years)))

    async def scenario():
        panel = StartPanel(demo)
        await panel._looking
        panel.refresh()
        await panel._looking

    asyncio.run(scenario())
    assert sorted(asked) == sorted((demo, direction.name, 1) for direction in DIRECTIONS.values())


def test_data_that_have_not_changed_are_not_counted_again(demo, monkeypatch):
    panel = StartPanel(demo)
    monkeypatch.setattr(sys.modules[StartPanel.__module__], "start_content", None)
    panel.refresh()
    assert panel.message.value == ""


# --- buttons ---------------------------------------------------------------------------------------------------------

_PRETENDED_DEMO = """
import sys, time
from pathlib import Path
root = Path(sys.argv[sys.argv.index("--root") + 1])
assert sys.argv[1:3] == ["demo", "--json"]
if (root / "отказ").exists():
    print("На диске нет места.", file=sys.stderr)
    sys.exit(1)
(root / "data" / "raw" / "demo").mkdir(parents=True)
(root / "data" / "demo_truth.json").write_text("{}")
"""


def pressed(panel):
    panel.demo.click()
    assert panel.demo.disabled
    deadline = time.monotonic() + 20
    while panel.demo.disabled and time.monotonic() < deadline:
        time.sleep(0.05)
        panel.refresh_demo()


def test_the_demo_region_is_made_beside_and_its_files_are_offered(vacant):
    vacant.root.mkdir()
    panel = StartPanel(vacant, program=(sys.executable, "-c", _PRETENDED_DEMO))
    pressed(panel)
    assert "Учебный регион создан" in panel.message.value
    assert panel._opened.folder.value == "data/raw/demo"
    assert panel.demo.layout.display == "none"
    panel.close()


def test_a_demo_region_that_cannot_be_made_is_said_in_words(vacant):
    vacant.root.mkdir()
    (vacant.root / "отказ").touch()
    panel = StartPanel(vacant, program=(sys.executable, "-c", _PRETENDED_DEMO))
    pressed(panel)
    assert "На диске нет места" in panel.message.value
    assert not panel.demo.disabled
    panel.close()


def test_panels_open_on_the_page(demo):
    panel = StartPanel(demo)
    panel.load.click()
    first = panel._opened
    assert panel.place.children == (first.widget,)
    panel.build.click()
    assert panel._opened is not first
    assert panel.place.children == (panel._opened.widget,)
    assert panel.message.value == ""
    panel.close()


def test_a_failing_button_says_so(demo, monkeypatch):
    panel = StartPanel(demo)
    monkeypatch.setattr(sys.modules[StartPanel.__module__], "RunPanel", lambda workspace: 1 / 0)
    panel.build.click()
    assert "Не получилось" in panel.message.value
    panel.close()


# --- pieces ----------------------------------------------------------------------------------------------------------


def test_texts_are_escaped_and_html_is_not():
    assert shown("<b>\nи") == "&lt;b&gt;<br>и"
    assert shown(Html("<b>")) == "<b>"
    assert "&lt;i&gt;" in bullets(["<i>"])
    assert "&lt;td&gt;" in table(("А",), [("<td>",)])
