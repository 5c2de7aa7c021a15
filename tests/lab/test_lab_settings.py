"""What JupyterLab is told when ``oko lab`` starts it; read by JupyterLab's own functions."""

import json

import json5
import pytest
from jupyterlab.commands import get_app_dir
from jupyterlab_server.config import get_page_config
from jupyterlab_server.settings_utils import get_settings
from jupyterlab_server.translation_utils import get_language_pack

from oko_lib.cli import lab_command
from oko_lib.cli.main import run
from oko_lib.lab import start
from oko_lib.settings import workspace
from oko_lib.settings.workspace import ROOT_VARIABLE

LANGUAGE = "@jupyterlab/translation-extension:plugin"
NOTIFICATIONS = "@jupyterlab/apputils-extension:notification"
EXTENSION_MANAGER = "@jupyterlab/extensionmanager-extension:plugin"


def in_force(name, user_settings):
    """Settings of a plugin as its page gets them: what the user chose, else the defaults."""
    schemas = f"{get_app_dir()}/schemas"
    found, warnings = get_settings(str(start.SETTINGS), schemas, str(user_settings), name)
    assert not any(warnings)
    defaults = {key: part["default"] for key, part in found["schema"]["properties"].items() if "default" in part}
    return {**defaults, **found["settings"]}


def test_the_language_is_russian_and_its_pack_is_installed(tmp_path):
    assert in_force(LANGUAGE, tmp_path)["locale"] == "ru_RU"
    pack, said = get_language_pack("ru_RU")
    assert not said
    assert pack["jupyterlab"]["menu\x04File"] == ["Файл"]


def test_a_language_of_the_users_own_wins(tmp_path):
    folder = tmp_path / "@jupyterlab" / "translation-extension"
    folder.mkdir(parents=True)
    (folder / "plugin.jupyterlab-settings").write_text(json.dumps({"locale": "en"}))
    assert in_force(LANGUAGE, tmp_path)["locale"] == "en"


def test_nothing_is_fetched_and_nothing_is_asked(tmp_path):
    notifications = in_force(NOTIFICATIONS, tmp_path)
    assert (notifications["fetchNews"], notifications["checkForUpdates"]) == ("false", False)
    assert in_force(EXTENSION_MANAGER, tmp_path)["enabled"] is False


def test_every_setting_of_ours_is_one_that_jupyterlab_knows(tmp_path):
    overrides = json5.loads((start.SETTINGS / "overrides.json5").read_text(encoding="utf-8"))
    for name, settings in overrides.items():
        assert settings.items() <= in_force(name, tmp_path).items()


def test_the_page_runs_our_extension_and_never_builds():
    page = get_page_config([str(start.EXTENSIONS)], str(start.SETTINGS))
    assert [item["name"] for item in page["federated_extensions"]] == ["oko-start"]
    assert (page["buildAvailable"], page["buildCheck"]) == (False, False)
    assert "@voila-dashboards/jupyterlab-preview" in page["disabledExtensions"]
    for item in page["federated_extensions"]:
        assert (start.EXTENSIONS / item["name"] / item["load"]).is_file()


@pytest.fixture
def told(monkeypatch):
    """What JupyterLab would be started with."""
    arguments = []
    monkeypatch.setattr(lab_command, "serve", arguments.extend)
    monkeypatch.setenv(ROOT_VARIABLE, "")
    return arguments


def test_it_listens_on_this_machine_only_and_asks_for_a_secret(monkeypatch):
    monkeypatch.setenv("JUPYTER_TOKEN", "")
    token = start.access_token()
    assert len(token) >= 32
    assert token != start.access_token()
    arguments = start.lab_arguments(token)
    assert {"--ServerApp.ip=127.0.0.1", f"--PasswordIdentityProvider.token={token}"} <= set(arguments)
    monkeypatch.setenv("JUPYTER_TOKEN", "мой")
    assert start.access_token() == "мой"


def test_it_opens_the_start_notebook_and_without_one_the_folder(told, tmp_path):
    root = tmp_path / "мои данные"
    (root / "notebooks").mkdir(parents=True)
    assert run(["lab", "--root", str(root), "--no-browser", "--port", "9999"]) == 0
    assert f"--ServerApp.root_dir={root}" in told
    assert {"--no-browser", "--port=9999", "--LabApp.default_url=/lab/tree/notebooks"} <= set(told)
    (root / "notebooks" / "start_here.ipynb").touch()
    told.clear()
    assert run(["lab", "--root", str(root)]) == 0
    assert "--LabApp.default_url=/lab/tree/notebooks/start_here.ipynb" in told


def test_a_place_without_notebooks_gets_its_own_copy_once(told, tmp_path, monkeypatch):
    project = tmp_path / "поставка"
    (project / "notebooks").mkdir(parents=True)
    (project / "notebooks" / "start_here.ipynb").write_text("первая")
    monkeypatch.setattr(workspace, "PROJECT_ROOT", project)
    root = tmp_path / "пустая папка"
    root.mkdir()
    assert run(["lab", "--root", str(root)]) == 0
    # The whole place can be seen, the reports too, not the notebooks alone.
    assert f"--ServerApp.root_dir={root}" in told
    assert "--LabApp.default_url=/lab/tree/notebooks/start_here.ipynb" in told
    page = root / "notebooks" / "start_here.ipynb"
    assert page.read_text() == "первая"
    page.write_text("моя")
    assert run(["lab", "--root", str(root)]) == 0
    assert page.read_text() == "моя"


def test_a_folder_that_is_not_there_is_a_misspelt_one(told, tmp_path):
    assert run(["lab", "--root", str(tmp_path / "нет")]) != 0
    assert told == []
