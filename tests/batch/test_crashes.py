"""Whatever is killed whenever: nothing half-written is seen, nobody is left, the next run completes the set."""

import os
import random
import resource
import signal
import sqlite3
import time

import pytest
from interrupted_runs import (
    FORMATS,
    assert_no_half_file,
    assert_nobody_is_left,
    end_of,
    has_ended,
    hidden_files,
    kill,
    reports_of,
    start_run,
    values_of,
    visible_files,
    wait_for_reports,
)
from oko_sample_direction import BOTH, DIRECTIONS

from oko_lib.batch import Selection
from oko_lib.batch.journal import Journal

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are killed as forked children")

KILLS = 56
#: Runs that are killed; each is followed by another until the kills are used up.
SEED = 20261123


@pytest.fixture(scope="module")
def undisturbed(stored, tmp_path_factory):
    """What the set says when nobody disturbs the run."""
    import shutil

    from oko_lib.settings.workspace import Workspace

    root = tmp_path_factory.mktemp("покой") / "рабочая папка {1}"
    shutil.copytree(stored, root)
    place = Workspace.at(root)
    assert end_of(start_run(place, BOTH)) == 0
    return values_of(place)


def differing(found: dict, wanted: dict) -> list[str]:
    """Names of files that are missing, too many or say something else."""
    return [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]


def test_random_kills(place, undisturbed):
    chance = random.Random(SEED)
    done = dict.fromkeys(("run", "report", "all"), 0)
    attempts = 0
    while sum(done.values()) < KILLS:
        attempts += 1
        assert attempts < 4 * KILLS
        # Anew from time to time: a set that is complete leaves nothing to disturb.
        run = start_run(place, BOTH, force=attempts % 2 == 1)
        if chance.random() < 0.75:
            wait_for_reports(run)
        time.sleep(chance.uniform(0.0, 1.0))
        if has_ended(run) is not None:
            continue
        whom = chance.choice(("run", "run", "report", "all"))
        reports = reports_of(run)
        if whom != "run" and not reports:
            whom = "run"
        if whom in {"report", "all"}:
            for process in reports if whom == "all" else [chance.choice(reports)]:
                kill(process.pid)
        if whom in {"run", "all"}:
            kill(run)
        done[whom] += 1
        code = end_of(run)
        assert code in ((0, 1) if whom == "report" else (-signal.SIGKILL, 0, 1)), (attempts, whom, code)
        assert_nobody_is_left(run)
        assert_no_half_file(place)
    assert min(done.values()) >= 5, done
    assert end_of(start_run(place, BOTH)) == 0
    assert_no_half_file(place)
    assert hidden_files(place) == []
    assert differing(values_of(place), undisturbed) == []


def test_death_at_every_step_of_placing_and_journal(place, undisturbed):
    """The n-th step of the run's own process is its last, for every n until it gets through."""
    code, step = -1, 0
    while code != 0:
        step += 1
        assert step < 400
        code = end_of(
            start_run(
                place,
                DIRECTIONS,
                before=lambda step=step: _die_at(step),
                selection=Selection(municipalities=("reg99_m001",)),
                formats=("pdf", "xlsx"),
                force=True,
            )
        )
        assert code in (0, 1, 77), code
        assert_no_half_file(place)
    assert hidden_files(place) == []
    # Every step of the journal, of placing and of the pages of a year was somebody's last.
    assert step > 12
    ends = ("reg99_m001/sample.pdf", "reg99_m001/sample.xlsx", "reg99_m001/sample.ipynb")
    found, wanted = (
        {name: item for name, item in values.items() if name.endswith(ends)}
        for values in (values_of(place), undisturbed)
    )
    assert differing(found, wanted) == []


def _die_at(last: int) -> None:
    """End this process, not its children, before its `last`-th change of a file's name or of the journal."""
    mine, left = os.getpid(), [last]
    real_replace, real_connect = os.replace, sqlite3.connect

    def count() -> None:
        if os.getpid() == mine:
            left[0] -= 1
            if left[0] <= 0:
                os._exit(77)

    def replace(*names, **options):
        count()
        return real_replace(*names, **options)

    class Connection(sqlite3.Connection):
        def commit(self):
            count()
            super().commit()

    os.replace = replace
    sqlite3.connect = lambda *given, **options: real_connect(*given, factory=Connection, **options)


@pytest.mark.parametrize("limit", [2_000, 30_000, 80_000])
def test_a_full_disk_costs_time_only(place, undisturbed, limit):
    """No file may grow beyond `limit`: writes fail half-way, as on a disk that is full."""

    def little_space() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    assert end_of(start_run(place, BOTH, before=little_space)) in (1, 3)
    assert_no_half_file(place)
    state = Journal(place).run_state()
    said = [item.error for item in state.outcomes if item.error] if state else []
    told = place.root / "сказано.txt"
    if told.is_file():
        said.append(told.read_text(encoding="utf-8"))
    assert said
    assert all("диске нет места" in text for text in said), said
    assert end_of(start_run(place, BOTH)) == 0
    assert differing(values_of(place), undisturbed) == []


def test_a_torn_journal_is_put_aside_and_everything_built_anew(place):
    assert end_of(start_run(place, DIRECTIONS, formats=("pdf",))) == 0
    journal = place.outputs / "journal.sqlite"
    journal.write_bytes(b"\0" * 300 + journal.read_bytes()[300:])
    assert end_of(start_run(place, DIRECTIONS, formats=("pdf",))) == 0
    assert [path.name.split(".broken-")[0] for path in visible_files(place) if ".broken-" in path.name] == [
        "journal.sqlite"
    ]
    state = Journal(place).run_state()
    assert state is not None
    assert (state.built, state.state) == (4, "finished")


def test_the_second_run_is_told_who_builds(place):
    slow = start_run(place, DIRECTIONS, parameters={"behave": "hang"}, formats=FORMATS)
    wait_for_reports(slow)
    second = start_run(place, DIRECTIONS)
    assert end_of(second) == 3
    said = (place.root / "сказано.txt").read_text(encoding="utf-8")
    assert f"уже строит процесс {slow}" in said
    assert "oko status" in said
    state = Journal(place).run_state()
    assert state is not None
    assert (state.state, state.pid) == ("running", slow)
    assert state.current
    kill(slow)
    end_of(slow)
    assert_nobody_is_left(slow)
    deadline = time.monotonic() + 20
    while Journal(place).run_state().state == "running" and time.monotonic() < deadline:
        time.sleep(0.1)  # the system takes the lock back when the last thread of the last fork is gone
    assert Journal(place).run_state().state == "interrupted"


def test_a_run_that_is_asked_to_stop_stops(place):
    slow = start_run(place, DIRECTIONS, parameters={"behave": "hang"})
    journal = Journal(place)
    wait_for_reports(slow)
    journal.request_stop(journal.run_state().id)
    assert end_of(slow) == 1
    assert_nobody_is_left(slow)
    assert journal.run_state().state == "stopped"
    assert end_of(start_run(place, DIRECTIONS)) == 0
