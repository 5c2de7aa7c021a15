"""Results about the region are computed once, by whichever process comes first, and never taken for other data."""

import os
import pickle
import shutil
import time
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from oko_lib.indicators import regional
from oko_lib.indicators.regional import once
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace


@dataclass(frozen=True)
class Seen:
    """What a computation needs of a session."""

    workspace: Workspace
    snapshot: SimpleNamespace
    norms: SimpleNamespace
    year: int = 2026


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.setattr(regional, "_COMPUTED", {})
    monkeypatch.delenv(regional.CACHE_VARIABLE, raising=False)
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    return Seen(Workspace.at(tmp_path), SimpleNamespace(fingerprint="a" * 64), SimpleNamespace(fingerprint="n"))


class Counter:
    """Computes a new value at every call."""

    def __init__(self):
        self.calls = 0

    def __call__(self, session):
        self.calls += 1
        return {"calls": self.calls}


def files(session):
    return sorted((session.workspace.root / "data" / "cache").glob("*"))


def test_another_process_finds_what_the_first_has_computed(session):
    compute = Counter()
    assert once("proba", session, compute) == {"calls": 1}
    assert once("proba", session, compute) is once("proba", session, compute)
    regional.forget()
    assert once("proba", session, compute) == {"calls": 1}
    assert compute.calls == 1


def test_other_data_norms_years_parameters_and_code_are_computed_anew(session, monkeypatch):
    compute = Counter()
    once("proba", session, compute)
    others = [
        replace(session, snapshot=SimpleNamespace(fingerprint="b" * 64)),
        replace(session, norms=SimpleNamespace(fingerprint="m")),
        replace(session, year=2025),
    ]
    for number, other in enumerate(others, start=2):
        assert once("proba", other, compute) == {"calls": number}
    path = session.workspace.parameters / "subjects.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# правка\n", encoding="utf-8")
    assert once("proba", session, compute) == {"calls": 5}
    monkeypatch.setattr(regional, "_code", lambda: "изменён")
    assert once("proba", session, compute) == {"calls": 6}


def test_a_damaged_file_is_as_good_as_none(session):
    compute = Counter()
    once("proba", session, compute)
    (path,) = files(session)
    for content in (b"", b"junk", path.read_bytes()[:-3]):
        path.write_bytes(content)
        regional.forget()
        once("proba", session, compute)
    assert compute.calls == 4
    with path.open("rb") as file:
        assert pickle.load(file) == {"calls": 4}


def test_files_can_be_switched_off(session, monkeypatch):
    monkeypatch.setenv(regional.CACHE_VARIABLE, "0")
    compute = Counter()
    once("proba", session, compute)
    assert files(session) == []
    regional.forget()
    assert once("proba", session, compute) == {"calls": 2}


def test_what_cannot_be_written_is_only_computed_again(session):
    (session.workspace.root / "data").write_text("файл на месте папки", encoding="utf-8")
    compute = Counter()
    assert once("proba", session, compute) == {"calls": 1}
    regional.forget()
    assert once("proba", session, compute) == {"calls": 2}


def test_only_the_last_versions_are_kept(session):
    compute = Counter()
    for year in range(2016, 2027):
        once("proba", replace(session, year=year), compute)
    assert len(files(session)) == 4


def test_files_of_processes_that_are_gone_are_cleared_away(session):
    folder = session.workspace.root / "data" / "cache"
    folder.mkdir(parents=True)
    old, young = folder / ".a.unfinished", folder / ".b.unfinished"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    once("proba", session, Counter())
    assert not old.exists()
    assert young.exists()
