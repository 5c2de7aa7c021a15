"""The loading panel: choosing, uploading, the process beside the kernel, the account of files and rows."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import ipywidgets as widgets
import jupyter_core.paths
import pytest
from demo_place import demo_root
from tornado import websocket

from oko_lib.explore import load_panel as module
from oko_lib.explore import load_process, load_words
from oko_lib.explore.load_panel import LoadPanel
from oko_lib.explore.load_process import LoadState, Teller, arguments_of, read_state
from oko_lib.explore.start_cache import kept
from oko_lib.explore.start_panel import StartPanel
from oko_lib.explore.uploads import safe_name, save_uploads
from oko_lib.intake.checks import rule_title
from oko_lib.lab.uploads import STOCK_MB
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store
from oko_lib.store.lock import exclusive

TODAY = date(2026, 11, 23)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def until(panel, condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        panel.refresh()
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError((panel.progress.value, panel.message.value, panel.report.value))


@pytest.fixture
def vacant(tmp_path):
    workspace = Workspace.at(tmp_path / "рабочая папка")
    workspace.raw.mkdir(parents=True)
    return workspace


@pytest.fixture
def pretended(vacant):
    program = (sys.executable, str(Path(__file__).parent / "pretended_load.py"))
    panel = LoadPanel(vacant, program=program)
    yield panel
    (vacant.root / "дальше").touch()
    deadline = time.monotonic() + 20
    while panel.busy and time.monotonic() < deadline:
        time.sleep(0.05)
    panel.close()


def uploaded(name, content):
    return {
        "name": name,
        "content": memoryview(content),
        "type": "",
        "size": len(content),
        "last_modified": datetime.now(UTC),
    }


# --- choosing --------------------------------------------------------------------------------------------------------


def test_folders_below_data_raw_are_offered(vacant):
    (vacant.raw / "Выгрузки мая").mkdir()
    (vacant.raw / ".скрытая").mkdir()
    panel = LoadPanel(vacant)
    assert panel.folder.options == ("data/raw", "data/raw/Выгрузки мая")
    assert panel.chosen() == vacant.raw


def test_a_path_is_taken_as_people_paste_it(vacant, tmp_path):
    own = tmp_path / "Мои выгрузки, май"
    own.mkdir()
    panel = LoadPanel(vacant)
    panel.folder.value = f'  "{own}" '
    assert panel.chosen() == own
    panel.folder.value = "data/raw"
    assert panel.chosen() == vacant.raw


@pytest.mark.parametrize(("said", "words"), [("", "Впишите папку"), ("data/row", "Нет папки или файла «data/row»")])
def test_a_folder_that_is_not_there_is_refused_in_words(pretended, vacant, said, words):
    pretended.folder.value = said
    pretended.start.click()
    assert words in text_of(pretended.message.value)
    assert not pretended.busy
    assert read_state(vacant) is None


def test_what_files_do_not_say_is_asked(vacant):
    panel = LoadPanel(vacant)
    assert panel.options() == {}
    panel.year.value, panel.grade.value, panel.subject.value, panel.login.value = " 2026", "4", "Музыка ", "edu990001"
    panel.again.value = True
    assert panel.options() == {"year": 2026, "grade": 4, "subject": "Музыка", "login": "edu990001", "again": True}
    panel.grade.value = "12"
    with pytest.raises(SettingsError, match="от 1 до 11"):
        panel.options()
    panel.grade.value, panel.year.value = "", "2026г"
    with pytest.raises(SettingsError, match="«2026г»"):
        panel.options()


# --- uploading -------------------------------------------------------------------------------------------------------


def test_uploads_are_kept_beside_each_other(vacant):
    first = save_uploads([uploaded("Итоги ВПР.xlsx", b"one"), uploaded("б.csv", b"two")], vacant, TODAY)
    assert first.folder == vacant.raw / "загрузка-2026-11-23"
    second = save_uploads([uploaded("Итоги ВПР.xlsx", b"other"), uploaded("б.csv", b"two")], vacant, TODAY)
    assert [path.name for path in second.files] == ["Итоги ВПР (2).xlsx"]
    assert second.there == ("б.csv",)
    third = save_uploads([uploaded("Итоги ВПР.xlsx", b"other")], vacant, TODAY)
    assert third.there == ("Итоги ВПР (2).xlsx",)
    found = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    assert found == {"Итоги ВПР.xlsx": b"one", "Итоги ВПР (2).xlsx": b"other", "б.csv": b"two"}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Результаты 5 «А».xlsx", "Результаты 5 «А».xlsx"),
        ("../../чужое.xlsx", "чужое.xlsx"),
        (r"D:\отчёты\мой файл.xlsx", "мой файл.xlsx"),
        ("что? где: когда.csv", "что_ где_ когда.csv"),
        ("con.xlsx", "файл con.xlsx"),
        ("..", "файл"),
    ],
)
def test_names_are_fit_for_any_disk_and_stay_in_the_folder(name, safe):
    assert safe_name(name) == safe


def test_an_upload_is_saved_chosen_and_let_go(vacant):
    panel = LoadPanel(vacant)
    panel.upload.value = (uploaded("Мой файл.csv", b"a;b\n"),)
    folder = vacant.raw / f"загрузка-{date.today().isoformat()}"
    assert (folder / "Мой файл.csv").read_bytes() == b"a;b\n"
    assert panel.chosen() == folder
    assert panel.upload.value == ()
    assert "Мой файл.csv" in panel.message.value
    assert "Теперь нажмите «Загрузить»" in panel.message.value


def test_an_upload_that_cannot_be_saved_is_said(vacant, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "нет доступа", "папка")

    monkeypatch.setattr(module, "save_uploads", refuse)
    panel = LoadPanel(vacant)
    panel.upload.value = (uploaded("a.csv", b"1"),)
    assert "Не получилось" in panel.message.value


def test_the_limit_of_another_server_is_the_stock_one():
    assert websocket._default_max_message_size == STOCK_MB * 2**20


def test_the_panel_tells_of_the_limit_and_the_other_way(vacant, monkeypatch):
    monkeypatch.delenv("OKO_LARGEST_UPLOAD_MB", raising=False)
    assert "не больше 10 МБ за один раз" in words_of(LoadPanel(vacant))
    monkeypatch.setenv("OKO_LARGEST_UPLOAD_MB", "100")
    assert "не больше 100 МБ за один раз" in words_of(LoadPanel(vacant))
    assert "скопируйте в data/raw" in words_of(LoadPanel(vacant))


def words_of(panel):
    return " ".join(text_of(item.value) for item in panel.widget.children if isinstance(item, widgets.HTML))


# --- the process -----------------------------------------------------------------------------------------------------


def test_an_intake_from_start_to_end(pretended, vacant):
    pretended.year.value = "2026"
    pretended.start.click()
    assert pretended.start.disabled
    until(pretended, lambda: "Прочитано 3 из 3 файлов" in pretended.progress.value)
    assert "Итоги &lt;2026&gt;.xlsx" in pretended.progress.value
    assert (pretended.bar.value, pretended.bar.max) == (3, 3)
    state = read_state(vacant)
    assert state.paths == [str(vacant.raw)]
    assert state.options == {"year": 2026}
    pretended.start.click()  # a second one is not started
    assert read_state(vacant).pid == state.pid
    (vacant.root / "дальше").touch()
    until(pretended, lambda: not pretended.busy and "Таблиц в этой папке нет" in pretended.report.value)
    assert not pretended.start.disabled
    assert pretended.bar.layout.display == "none"


def test_another_panel_finds_the_intake_and_its_end(pretended, vacant):
    pretended.start.click()
    until(pretended, lambda: "Прочитано 3" in pretended.progress.value)
    other = LoadPanel(vacant)
    assert other.start.disabled
    assert "Прочитано 3" in other.progress.value
    (vacant.root / "дальше").touch()
    until(other, lambda: "Таблиц в этой папке нет" in other.report.value)
    late = LoadPanel(vacant)
    assert "Таблиц в этой папке нет" in late.report.value
    other.close()
    late.close()


def test_an_intake_that_refuses_shows_its_words(pretended, vacant):
    (vacant.root / "отказ").touch()
    pretended.start.click()
    until(pretended, lambda: not pretended.busy and pretended.message.value)
    assert "в него пишет другая программа" in pretended.message.value
    assert not pretended.start.disabled


def test_an_intake_whose_process_disappears_is_called_interrupted(pretended, vacant):
    pretended.start.click()
    until(pretended, lambda: "Прочитано 3" in pretended.progress.value)
    (vacant.root / "исчезни").touch()
    until(pretended, lambda: not pretended.busy and pretended.message.value)
    assert "прервана" in pretended.message.value
    assert not pretended.start.disabled
    (vacant.root / "исчезни").unlink()


def test_a_number_of_a_process_that_came_again_is_not_the_intake(vacant):
    teller = Teller(vacant, [], {})
    teller.say()
    assert read_state(vacant).is_running
    teller.say(born=1.0)
    assert not read_state(vacant).is_running


def test_the_panel_follows_by_itself(vacant, monkeypatch):
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.1)
    program = (sys.executable, str(Path(__file__).parent / "pretended_load.py"))

    async def scenario():
        panel = LoadPanel(vacant, program=program)
        panel.start.click()
        for _ in range(200):
            await asyncio.sleep(0.05)
            if "Прочитано 3" in panel.progress.value:
                (vacant.root / "дальше").touch()
            if "Таблиц в этой папке нет" in panel.report.value:
                break
        panel.close()
        return panel.report.value

    assert "Таблиц в этой папке нет" in asyncio.run(scenario())


def test_a_broken_record_is_no_record(vacant):
    vacant.outputs.mkdir()
    (vacant.outputs / load_process.STATE_NAME).write_text("{", encoding="utf-8")
    assert read_state(vacant) is None
    (vacant.outputs / load_process.STATE_NAME).write_text('{"other": 1}', encoding="utf-8")
    assert read_state(vacant) is None
    LoadPanel(vacant).close()


# --- the real intake, with dirty files -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A place into which a part of the demo region and strange files were loaded through the panel."""
    root = tmp_path_factory.mktemp("load") / "рабочая папка"
    raw = root / "data" / "raw" / "Выгрузки мая"
    raw.mkdir(parents=True)
    demo = demo_root(tmp_path_factory) / "data" / "raw" / "demo"
    wanted = ("Муниципалитеты", "Справочник школ", "КДР", "Адаптированные", "МА 5 Индивидуальные")
    for number, path in enumerate(sorted(demo.rglob("*.xlsx"))):
        if path.name.startswith(wanted):
            shutil.copy(path, raw / f"{number} {path.name}")
    (raw / "письмо.csv").write_text("просто;текст\n1;2\n", encoding="utf-8")
    (raw / "битый файл.xlsx").write_bytes(b"PK\x03\x04 nothing")
    (raw / "фото.jpg").write_bytes(b"\xff\xd8")
    workspace = Workspace.at(root)
    ended = []
    panel = LoadPanel(workspace, on_end=lambda: ended.append(True))
    panel.folder.value = "data/raw/Выгрузки мая"
    panel.start.click()
    until(panel, lambda: not panel.busy and panel.report.value)
    panel.close()
    return workspace, panel, ended


def test_every_file_and_row_is_accounted_for(loaded):
    workspace, panel, ended = loaded
    report = read_state(workspace).report
    totals = {
        name: sum(file[name] for file in report["files"]) for name in ("read", "accepted", "quarantined", "non_data")
    }
    assert totals["read"] == totals["accepted"] + totals["quarantined"] + totals["non_data"]
    assert totals["quarantined"] > 0
    said = text_of(panel.report.value).replace("\u202f", "")
    n = totals
    assert f"принято {n['accepted']} + отложено {n['quarantined']} + не данные {n['non_data']}" in said
    assert "Индивидуальные результаты" in said
    assert "Адаптированные программы по нозологиям" in said
    assert panel.message.value == ""
    assert ended == [True]


def test_unknown_files_come_with_reason_and_advice(loaded):
    said = text_of(loaded[1].report.value)
    assert "Не принято файлов: 2" in said
    assert "письмо.csv «письмо.csv» не опознан" in said
    assert "docs/ru/mapping_example.md" in said
    assert "битый файл.xlsx" in said
    # What was looked for is told once, and folded.
    assert loaded[1].report.value.count("Социальный паспорт школ") == 1
    assert "Не таблицы, пропущены (1) фото.jpg" in said


def test_reasons_have_counts_and_examples_with_their_place(loaded):
    workspace, panel, _ = loaded
    rows = Store(workspace.store).snapshot().read("quarantine")
    assert len(rows)
    said = text_of(panel.report.value)
    for rule, part in rows.groupby("rule"):
        lines = part[["load_id", "source_sheet", "source_row"]].drop_duplicates()
        assert f"{rule_title(rule)}: {len(lines)} строк" in said
    first = rows[rows["cell"].notna()].iloc[0]
    assert re.search(r"лист «[^»]+», строка \d+, ячейка [A-Z]+\d+", said)
    assert first["message_ru"][:20] in said


def test_return_workbooks_can_be_fetched(loaded, tmp_path, monkeypatch):
    import os

    workspace, _, _ = loaded
    monkeypatch.setattr(jupyter_core.paths, "jupyter_runtime_dir", lambda: str(tmp_path))
    served = {"pid": os.getpid(), "root_dir": str(workspace.root), "base_url": "/"}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(served), encoding="utf-8")
    panel = LoadPanel(workspace)
    books = list(workspace.returns.glob("*.xlsx"))
    assert books
    assert panel.report.value.count('href="/files/data/returns/') == len(books)
    assert "заменит прежние строки" in panel.report.value
    panel.close()


def test_after_an_intake_the_start_page_is_known(loaded):
    workspace, _, _ = loaded
    assert kept(workspace) is not None
    assert kept(workspace) == StartPanel(workspace)._content


def test_the_same_files_again_change_nothing(loaded):
    workspace, _, _ = loaded
    before = Store(workspace.store).snapshot().fingerprint
    code = subprocess.run(
        [*load_process.PROGRAM, *arguments_of(workspace, [workspace.raw], {})], check=False, capture_output=True
    ).returncode
    assert code == 1  # the strange files are still strange
    assert Store(workspace.store).snapshot().fingerprint == before
    state = read_state(workspace)
    assert {file["status"] for file in state.report["files"]} == {"unchanged", "failed"}
    panel = LoadPanel(workspace)
    assert "уже был загружен, не изменился" in panel.report.value
    panel.close()


def test_a_store_somebody_writes_into_is_said_in_words(tmp_path, tmp_path_factory):
    from oko_lib.store import StoreError

    workspace = Workspace.at(tmp_path)
    workspace.store.mkdir(parents=True)
    workspace.raw.mkdir(parents=True)
    demo = demo_root(tmp_path_factory) / "data" / "raw" / "demo"
    shutil.copy(next(demo.rglob("Муниципалитеты.xlsx")), workspace.raw)
    with exclusive(workspace.store / "writer.lock", 1.0, StoreError):
        subprocess.run([*load_process.PROGRAM, *arguments_of(workspace, [workspace.raw], {})], check=False)
    state = read_state(workspace)
    assert state.state == "failed"
    assert re.match("[А-Я]", state.error)
    panel = LoadPanel(workspace)
    assert "Не получилось" in panel.message.value
    panel.close()


def test_a_mistake_of_ours_tells_its_place_and_no_words_of_cells(vacant, monkeypatch, capfd):
    import oko_lib.intake

    def broken(*_, **__):
        raise ValueError("Иванов Иван")

    monkeypatch.setitem(oko_lib.intake.__dict__, "ingest", broken)
    assert load_process.take_in(str(vacant.root), [str(vacant.raw)], {}) == 1
    state = read_state(vacant)
    assert "Внутренняя ошибка" in state.error
    printed = capfd.readouterr().err
    assert "ValueError at" in printed
    assert "Иванов" not in printed + state.error


# --- words -----------------------------------------------------------------------------------------------------------


def test_keys_of_the_command_line_become_fields(vacant):
    error = "«а.xlsx»: неизвестен год. Укажите его при загрузке: --year 2026 --grade 4."
    file = {"path": "а.xlsx", "layout": None, "read": 0, "accepted": 0, "quarantined": 0, "non_data": 0}
    file |= {"status": "failed", "error": error, "warnings": [], "load_id": None}
    state = LoadState("finished", 1, 1.0, "2026-11-23T10:00:00+00:00", [], report={"files": [file]})
    import pandas as pd

    said = text_of(load_words.outcome(state, {}, pd.DataFrame()))
    assert "поле «Год», поле «Класс»" in said


def test_files_with_something_to_do_come_first():
    def file(name, **changes):
        usual = {"path": name, "layout": "schools_register", "read": 1, "accepted": 1, "quarantined": 0, "non_data": 0}
        return usual | {"status": "loaded", "error": None, "warnings": [], "load_id": "x"} | changes

    files = [file(f"файл {number}.xlsx") for number in range(100)]
    files += [file("с ошибками.xlsx", quarantined=1, accepted=0), file("чужой.xlsx", layout=None, error="Нет.")]
    said = text_of(load_words._files(files, {"schools_register": "Справочник школ"}))
    assert said.index("чужой.xlsx") < said.index("с ошибками.xlsx") < said.index("файл 0.xlsx")
    assert "и ещё 42 файла: с ними всё в порядке" in said


def test_a_file_of_several_kinds_is_named_by_all():
    titles = {"a": "Протокол", "b": "Список"}
    assert load_words.kind_of("a+b", titles) == "Протокол, Список"
    assert load_words.kind_of("a+new", titles) == "Протокол, new"
    assert load_words.kind_of(None, titles) == "не опознан"
