"""The panel to build reports: its widgets, its buttons, a run that outlives the kernel."""

import asyncio
import json
import os
import sys
import time

import ipywidgets as widgets
import jupyter_core.paths
import pytest
from jupyter_client.manager import start_new_kernel

from oko_lib.batch.journal import Journal
from oko_lib.batch.plan import Selection
from oko_lib.explore import run_words
from oko_lib.explore.links import browser_address
from oko_lib.explore.run_choice import RunChoice
from oko_lib.explore.run_panel import RunPanel, run_panel
from oko_lib.explore.run_process import _environment, arguments_of, launch
from oko_lib.settings.loading import SettingsError


def until(panel, condition, seconds=20.0):
    """Refresh the panel until `condition` holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        panel.refresh()
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError((panel.heading.value, panel.counts.value, panel.message.value))


@pytest.fixture
def panel(place, program):
    made = RunPanel(place, program=program)
    yield made
    # A run that a failed test has left is let go.
    (place.root / "дальше").touch()
    deadline = time.monotonic() + 20
    while made.busy and time.monotonic() < deadline:
        made.refresh()
        time.sleep(0.05)
    made.close()


# --- choosing --------------------------------------------------------------------------------------------------------


def test_everything_is_chosen_at_first(place):
    choice = RunChoice(place, Selection())
    assert choice.selection() == Selection(all=True, year=2026)
    assert choice.municipalities.disabled
    assert {code for _, code in choice.municipalities.options} == {"reg99_m001", "reg99_m002", "reg99_m003"}


def test_the_municipalities_are_those_with_data_of_the_year(place):
    choice = RunChoice(place, Selection(municipalities=("reg99_m001", "reg99_m002")))
    assert choice.year.options == (2026, 2025)
    choice.year.value = 2025
    left = {code for _, code in choice.municipalities.options}
    assert len(left) == 1
    assert set(choice.municipalities.value) == left & {"reg99_m001", "reg99_m002"}
    choice.year.value = 2026
    assert len(choice.municipalities.options) == 3


def test_municipalities_and_directions_are_chosen(place):
    choice = RunChoice(place, Selection())
    choice.everything.value = False
    assert not choice.municipalities.disabled
    choice.municipalities.value = ("reg99_m003", "reg99_m001")
    choice.region.value = True
    choice.directions["talent"].value = False
    choice.listed_schools.value = False
    assert choice.selection() == Selection(
        municipalities=("reg99_m003", "reg99_m001"),
        region=True,
        directions=("objectivity", "low_results_dynamics", "training_quality"),
        year=2026,
        no_schools=True,
    )


def test_a_given_selection_is_what_is_chosen_at_first(place):
    given = Selection(municipalities=("город северск",), directions=("objectivity",), schools=("edu1",))
    choice = RunChoice(place, given)
    assert choice.selection() == Selection(
        municipalities=("reg99_m001",), directions=("objectivity",), schools=("edu1",), year=2026
    )


def test_nothing_chosen_is_refused_in_words(place):
    choice = RunChoice(place, Selection())
    choice.everything.value = False
    with pytest.raises(SettingsError, match="Выберите муниципалитет"):
        choice.selection()
    for box in choice.directions.values():
        box.value = False
    with pytest.raises(SettingsError, match="хотя бы одно направление"):
        choice.selection()


def test_the_command_says_all_that_was_chosen(place):
    chosen = Selection(
        municipalities=("reg99_m001",),
        directions=("talent",),
        schools=("edu1",),
        region=True,
        year=2026,
        no_schools=True,
    )
    arguments = arguments_of(chosen, place, force=True)
    assert arguments == [
        *("run", "--root", str(place.root), "--municipality", "reg99_m001", "--direction", "talent"),
        *("--school", "edu1", "--region", "--no-schools", "--force", "--year", "2026"),
    ]
    from oko_lib.cli import run_command

    known = {name for item in _options(run_command.run) for name in item}
    assert {item for item in arguments if item.startswith("--")} <= known
    assert arguments_of(Selection(all=True), place) == ["run", "--root", str(place.root), "--all"]


def _options(function):
    """Return the names of the options of a command."""
    import typer
    from typer.main import get_command

    app = typer.Typer()
    app.command()(function)
    return [item.opts for item in get_command(app).params]


def test_what_belongs_to_the_kernel_is_not_handed_on():
    kept = _environment({"MPLBACKEND": "module://x", "JPY_PARENT_PID": "1", "PATH": "p", "OKO_ROOT": "r"})
    assert kept == {"PATH": "p", "OKO_ROOT": "r", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


# --- starting, watching, stopping ------------------------------------------------------------------------------------


def test_a_place_without_data_says_what_to_do(tmp_path):
    panel = run_panel(tmp_path)
    assert "oko ingest" in panel.message.value
    assert panel.start.disabled
    assert panel.stop.disabled


def test_a_run_from_start_to_end(panel, place):
    assert isinstance(panel.widget, widgets.VBox)
    assert "application/vnd.jupyter.widget-view+json" in panel._repr_mimebundle_()
    assert panel.heading.value == "Отчёты здесь ещё не строили."
    panel.choice.force.value = True
    panel.start.click()
    assert panel.start.disabled
    assert not panel.stop.disabled
    assert panel.choice.everything.disabled
    until(panel, lambda: "Готово <b>2</b>" in panel.counts.value and panel.current.value.startswith("Сейчас"))
    assert "Строятся отчёты за 2026 год" in panel.heading.value
    assert "Готово <b>2</b> из 5 отчётов" in panel.counts.value
    assert "Осталось <b>около 2 мин</b>" in panel.counts.value  # three of forty seconds each, one at once
    assert "город 3: Таланты, 0 с" in panel.current.value
    assert "город &lt;2&gt; (Таланты)<br>Не хватило памяти." in panel.failures.value
    assert (panel.bar.value, panel.bar.max, panel.bar.bar_style) == (2, 5, "info")
    (place.root / "дальше").touch()
    until(panel, lambda: not panel.busy)
    assert (panel.bar.value, panel.bar.bar_style) == (5, "warning")
    assert "закончено" in panel.heading.value
    assert not panel.start.disabled
    assert panel.stop.disabled
    assert not panel.choice.everything.disabled
    until(panel, lambda: str(place.outputs / "2026" / "index.html") in panel.links.value)
    assert (place.root / "ключи").read_text(encoding="utf-8").split("\n") == [
        *("run", "--root", str(place.root), "--all", "--force", "--year", "2026")
    ]


def test_the_button_stops_the_run(panel, place):
    panel.start.click()
    until(panel, lambda: "Готово <b>2</b>" in panel.counts.value)
    panel.stop.click()
    until(panel, lambda: not panel.busy)
    assert "Построение остановлено" in panel.heading.value
    assert "Готово <b>2</b> из 5" in panel.counts.value
    assert panel.stop.description == "Остановить"
    # The same place goes on with a second run.
    (place.root / "дальше").touch()
    panel.start.click()
    until(panel, lambda: "закончено" in panel.heading.value)


def test_a_run_that_refuses_shows_its_words(panel, place):
    (place.root / "отказ").touch()
    panel.start.click()
    until(panel, lambda: not panel.busy)
    assert "Возможно, вы имели в виду «sample»" in panel.message.value
    assert not panel.start.disabled


def test_a_run_whose_process_disappears_is_called_interrupted(panel, place):
    panel.start.click()
    until(panel, lambda: "построено 1" in panel.counts.value)
    (place.root / "исчезни").touch()
    until(panel, lambda: not panel.busy)
    assert "прервано" in panel.heading.value
    assert panel.current.value == ""
    assert not panel.start.disabled
    (place.root / "исчезни").unlink()


def test_nothing_chosen_starts_nothing(panel, place):
    panel.choice.everything.value = False
    panel.start.click()
    assert "Выберите муниципалитет" in panel.message.value
    assert not panel.busy
    assert not (place.root / "ключи").exists()


def test_a_run_started_elsewhere_is_shown_and_can_be_stopped(place, program):
    started = launch(arguments_of(Selection(all=True), place), place, program)
    panel = RunPanel(place, program=program)
    until(panel, lambda: "построено 1" in panel.counts.value)
    assert panel.start.disabled
    panel.stop.click()
    until(panel, lambda: "остановлено" in panel.heading.value)
    deadline = time.monotonic() + 10
    while started.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not started.alive


def test_the_panel_follows_by_itself_and_a_second_one_takes_over(place, program, monkeypatch):
    # The package's function has the name of its module.
    module = sys.modules[RunPanel.__module__]
    monkeypatch.setattr(module, "_BUSY_SECONDS", 0.1)
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.2)

    async def scenario():
        first = RunPanel(place, program=program)
        second = RunPanel(place, program=program)
        assert first._task is None
        second.start.click()
        for _ in range(200):
            await asyncio.sleep(0.05)
            if "построено 1" in second.counts.value:
                break
        seen = second.counts.value
        second.stop.click()
        for _ in range(200):
            await asyncio.sleep(0.05)
            if "остановлено" in second.heading.value:
                break
        words = second.heading.value
        second.close()
        return seen, words, first.counts.value

    seen, words, stale = asyncio.run(scenario())
    assert "Готово <b>2</b> из 5" in seen
    assert "остановлено" in words
    assert stale == ""


def test_a_failing_read_is_said_and_following_goes_on(panel, monkeypatch):
    def broken(workspace):
        raise SettingsError("Журнал занят другой программой.")

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "run_state", broken)
        panel.refresh()
        assert "Журнал занят" in panel.message.value
    panel.refresh()
    assert panel.heading.value == "Отчёты здесь ещё не строили."


# --- the way to the result -------------------------------------------------------------------------------------------


def test_links_go_through_the_server_that_shows_the_folder(place, tmp_path, monkeypatch):
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    monkeypatch.setattr(jupyter_core.paths, "jupyter_runtime_dir", lambda: str(runtime))
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    file = place.outputs / "2026" / "index.html"
    file.parent.mkdir(parents=True)
    file.touch()
    assert browser_address(file) is None
    servers = (
        {"pid": os.getppid(), "root_dir": str(tmp_path), "base_url": "/other/"},
        {"pid": os.getpid(), "root_dir": str(place.root), "base_url": "/own/"},
        {"pid": 2**22 + 1, "root_dir": str(place.root), "base_url": "/gone/"},
        {"pid": os.getpid(), "root_dir": str(tmp_path / "elsewhere"), "base_url": "/elsewhere/"},
    )
    for number, server in enumerate(servers):
        (runtime / f"jpserver-{number}.json").write_text(json.dumps(server), encoding="utf-8")
    (runtime / "jpserver-9.json").write_text("{", encoding="utf-8")
    assert browser_address(file) == "/own/files/outputs/2026/index.html"
    assert 'href="/own/files/outputs/2026/index.html"' in run_words.links(file.parent)
    assert "run_summary" not in run_words.links(file.parent)


# --- a real kernel ---------------------------------------------------------------------------------------------------

_OPEN = """
from oko_lib.explore.run_panel import RunPanel
from oko_lib.settings.workspace import Workspace
panel = RunPanel(Workspace.at({root!r}), program={program!r})
panel
"""


def ask(client, code):
    """Execute `code` in the kernel; return the text it printed and whether a widget was shown."""
    printed, shown = [], False

    def heard(message):
        nonlocal shown
        content = message["content"]
        if message["msg_type"] == "stream":
            printed.append(content["text"])
        shown = shown or "application/vnd.jupyter.widget-view+json" in content.get("data", {})

    reply = client.execute_interactive(code, timeout=60, output_hook=heard)
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(printed), shown


def ask_until(client, expression, words):
    for _ in range(100):
        text, _ = ask(client, f"print({expression})")
        if words in text:
            return text
        time.sleep(0.1)
    raise AssertionError(text)


def test_a_run_outlives_the_kernel_and_is_found_again(place, program):
    opening = _OPEN.format(root=str(place.root), program=program)
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        _, shown = ask(client, opening)
        assert shown
        ask(client, "panel.start.click()")
        # Nobody refreshes here: the panel follows between the cells.
        ask_until(client, "panel.counts.value", "Готово <b>2</b> из 5")
        client.stop_channels()
        manager.restart_kernel(now=False)
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        journal = Journal(place)
        assert journal.run_state().state == "running"
        ask(client, opening)
        text, _ = ask(client, "print(panel.heading.value, panel.counts.value, panel.start.disabled)")
        assert "Строятся отчёты" in text
        assert "Готово <b>2</b> из 5" in text
        assert "True" in text
        ask(client, "panel.stop.click()")
        ask_until(client, "panel.heading.value", "Построение остановлено")
        assert journal.run_state().state == "stopped"
        journal.close()
    finally:
        (place.root / "дальше").touch()
        client.stop_channels()
        manager.shutdown_kernel(now=True)
