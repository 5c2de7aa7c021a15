"""``oko dashboard`` where it cannot start, and what it tells Voilà where it can."""

import importlib.util

import pytest

from oko_lib.cli.main import run
from oko_lib.settings.workspace import PROJECT_ROOT


@pytest.fixture
def place(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "dashboard.ipynb").touch()
    return tmp_path


def without_voila(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "voila" else find(name, *rest))


def test_without_voila_it_says_what_to_install(place, monkeypatch, capsys):
    without_voila(monkeypatch)
    assert run(["dashboard", "--root", str(place)]) == 1
    said = capsys.readouterr().err
    assert 'pip install "oko-lib[dashboard]"' in said
    assert "conda install" in said
    assert "oko lab" in said
    assert "Traceback" not in said


def test_without_its_notebook_it_says_so(place, capsys):
    (place / "notebooks" / "dashboard.ipynb").unlink()
    assert run(["dashboard", "--root", str(place)]) == 1
    assert "notebooks/dashboard.ipynb" in capsys.readouterr().err


def test_it_serves_the_notebook_on_this_machine_only(place, monkeypatch):
    from oko_lib.lab import dashboard
    from oko_lib.lab.warm import Warmth

    started = {}
    monkeypatch.setattr(Warmth, "start", lambda self: None)
    monkeypatch.setattr(dashboard.Dashboard, "launch_instance", lambda **options: started.update(options))
    monkeypatch.setenv("JUPYTER_TOKEN", "")
    monkeypatch.setenv("OKO_ROOT", "")
    monkeypatch.chdir(place)
    assert run(["dashboard", "--root", str(place), "--no-browser", "--port", "9999"]) == 0
    assert started["argv"] == [str(place / "notebooks" / "dashboard.ipynb")]
    told = started["config"].Dashboard
    assert (told.ip, told.open_browser, told.port) == ("127.0.0.1", False, 9999)
    assert len(told.token) >= 32
    assert started["config"].VoilaConfiguration.strip_sources is True


def test_the_batch_takes_no_page_of_the_workbench_for_a_direction():
    from oko_lib.batch.directions import DIRECTIONS

    reported = {name for direction in DIRECTIONS.values() for name in direction.notebooks}
    assert not reported & {"dashboard.ipynb", "start_here.ipynb"}
    assert (PROJECT_ROOT / "notebooks" / "dashboard.ipynb").is_file()
