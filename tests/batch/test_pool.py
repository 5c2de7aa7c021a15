"""Processes of the pool: limits, deaths before and at work, and what they leave behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from oko_lib.batch import pool as pool_module
from oko_lib.batch.explain import process_failure
from oko_lib.batch.pool import START_ATTEMPTS, Answer, Pool, Started

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Task:
    """Does what its name says."""

    id: str
    folder: Path
    what: str = "well"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.id}.log"

    def perform(self) -> object:
        if self.what == "grow":
            block = bytearray(os.urandom(MEGABYTE) * 300)
            time.sleep(60)
            return len(block)
        if self.what == "leave":
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            (self.folder / "child").write_text(str(child.pid))
            os.kill(os.getpid(), signal.SIGKILL)
        if self.what == "hang":
            time.sleep(600)
        return f"{self.id}: сделано"


def answers(pool: Pool, *tasks: Task) -> dict[str, Answer]:
    events = list(pool.run(tasks))
    begun = [event.job.id for event in events if isinstance(event, Started)]
    assert sorted(begun) == sorted(task.id for task in tasks)
    return {event.job.id: event for event in events if isinstance(event, Answer)}


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_report_that_grows_is_stopped_and_the_others_go_on(tmp_path, method):
    pool = Pool(jobs=2, method=method, timeout=50, memory=200 * MEGABYTE)
    found = answers(pool, Task("a", tmp_path, "grow"), Task("b", tmp_path))
    assert found["b"].result == "b: сделано"
    assert found["a"].result is None
    assert found["a"].memory > 200 * MEGABYTE
    words = process_failure(found["a"].exit_code, memory=found["a"].memory)
    assert "МБ памяти, больше отведённого" in words
    assert "--memory" in words


def test_a_fork_may_share_more_with_its_parent_than_it_may_hold_itself(tmp_path):
    shared = bytearray(os.urandom(MEGABYTE) * 250)
    found = answers(Pool(jobs=1, method="fork", memory=100 * MEGABYTE), Task("a", tmp_path))
    assert found["a"].result == "a: сделано"
    assert len(shared) == 250 * MEGABYTE


def test_what_a_dead_process_had_started_ends_with_it(tmp_path):
    found = answers(Pool(jobs=1, method="fork"), Task("a", tmp_path, "leave"))
    assert found["a"].exit_code == -signal.SIGKILL
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(child) and psutil.Process(child).status() != "zombie" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie"


def dies_at_start(times: int, counter: Path):
    """Return a body of the process that dies `times` times before it takes its job."""
    real = pool_module._serve

    def serve(*given):
        count = int(counter.read_text()) if counter.is_file() else 0
        counter.write_text(str(count + 1))
        if count < times:
            os._exit(5)
        real(*given)

    return serve


def test_a_process_that_dies_before_its_job_is_started_again(tmp_path, monkeypatch):
    counter = tmp_path / "count"
    monkeypatch.setattr(pool_module, "_serve", dies_at_start(START_ATTEMPTS - 1, counter))
    found = answers(Pool(jobs=1, method="fork"), Task("a", tmp_path))
    assert found["a"].result == "a: сделано"
    assert counter.read_text() == str(START_ATTEMPTS)


def test_a_process_that_never_starts_is_given_up_in_words(tmp_path, monkeypatch):
    counter = tmp_path / "count"
    monkeypatch.setattr(pool_module, "_serve", dies_at_start(99, counter))
    found = answers(Pool(jobs=1, method="fork"), Task("a", tmp_path))
    assert found["a"].never_began
    assert counter.read_text() == str(START_ATTEMPTS)
    assert "не запускается" in process_failure(found["a"].exit_code, never_began=True)


def test_a_process_that_dies_at_work_is_not_tried_again(tmp_path):
    found = answers(Pool(jobs=1, method="fork"), Task("a", tmp_path, "leave"))
    assert not found["a"].never_began
    assert "остановлен системой" in process_failure(found["a"].exit_code)


def test_a_system_without_free_processes_is_waited_for(tmp_path, monkeypatch):
    refusals = [OSError(11, "Resource temporarily unavailable")] * 2
    real = Pool._start

    def start(self, *given):
        if refusals:
            raise refusals.pop()
        return real(self, *given)

    monkeypatch.setattr(Pool, "_start", start)
    assert answers(Pool(jobs=1, method="fork"), Task("a", tmp_path))["a"].result == "a: сделано"


def test_closing_the_run_ends_what_is_under_way(tmp_path):
    events = Pool(jobs=1, method="fork").run([Task("a", tmp_path, "hang")])
    assert isinstance(next(events), Started)
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 8
    assert not [item for item in psutil.Process().children() if item.status() != "zombie" and "pytest" in item.name()]
