"""The installer says in words what it does and what it cannot do."""

import importlib.util
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("bootstrap", ROOT / ".ci" / "bootstrap.py")
bootstrap = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bootstrap)


@pytest.fixture
def commands(monkeypatch, tmp_path):
    """Record commands instead of running them; nothing is installed."""
    run: list[list[str]] = []

    def record(command, **options):
        run.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(bootstrap.subprocess, "run", record)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(bootstrap, "can_make_venv", lambda: True)
    return run


def have(monkeypatch, *programs):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/bin/{name}" if name in programs else None)


def test_installation_checks_hashes_and_happens_once(commands, monkeypatch, tmp_path):
    assert bootstrap.main([]) == 0
    pip = [command for command in commands if "pip" in command]
    assert "--require-hashes" in pip[0]
    assert {"--no-deps", "--no-build-isolation"} <= set(pip[1])
    python = bootstrap.venv_python()
    python.parent.mkdir(parents=True)
    python.touch()
    commands.clear()
    assert bootstrap.main([]) == 0
    assert commands == []
    monkeypatch.setattr(bootstrap, "wanted_stamp", lambda: "another lock")
    assert bootstrap.main([]) == 0
    assert commands


def test_a_missing_venv_module_is_installed_with_sudo_when_not_root(commands, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "can_make_venv", lambda: False)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    have(monkeypatch, "apt-get", "sudo")
    assert bootstrap.main([]) == 0
    installs = [command for command in commands if "install" in command and "apt-get" in command]
    assert installs[0][0] == "sudo"
    assert any(part.endswith("-venv") for part in installs[0])
    assert "python3-venv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("programs", "words"), [((), "системные пакеты"), (("apt-get",), "администратора: apt-get install poppler-utils")]
)
def test_without_the_right_to_install_it_says_what_to_ask_for(commands, monkeypatch, capsys, programs, words):
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000, raising=False)
    have(monkeypatch, *programs)
    assert bootstrap.main(["--tool", "pdftoppm=poppler-utils"]) == 1
    assert words in capsys.readouterr().err
    assert commands == []


def test_a_tool_that_is_there_is_not_installed(commands, monkeypatch):
    have(monkeypatch, "pdftoppm")
    assert bootstrap.main(["--tool", "pdftoppm=poppler-utils"]) == 0
    assert not [command for command in commands if "apt-get" in command]


def test_an_old_python_is_refused_in_words(commands, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 0))
    assert bootstrap.main([]) == 1
    assert "Нужен Python" in capsys.readouterr().err


def test_a_failing_step_is_not_a_traceback(commands, monkeypatch, capsys):
    def fail(command, **options):
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(bootstrap.subprocess, "run", fail)
    assert bootstrap.main([]) == 1
    assert "повторите команду" in capsys.readouterr().err
