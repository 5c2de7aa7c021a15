"""Runs over a real Dask scheduler and real workers: the same reports, and nothing that goes wrong costs more."""

import os
import shutil
import threading
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from dask_machines import Machines, are_gone, family, free_port
from oko_sample_direction import BOTH, DIRECTIONS, MUNICIPALITIES, write_notebooks, write_store

from oko_lib.batch import ReportStatus, RunOptions, Selection, run_reports
from oko_lib.batch.cluster_link import WAIT_VARIABLE
from oko_lib.batch.journal import Journal
from oko_lib.batch.progress import Progress
from oko_lib.batch.verify import pdf_text
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

pytest.importorskip("distributed")

ONE = Selection(municipalities=("reg99_m001",))


def run(place, machines, selection=None, directions=DIRECTIONS, progress=None, **options):
    given = {"formats": ("pdf",), "scheduler": machines.address, **options}
    return run_reports(place, selection or Selection(all=True), RunOptions(**given), progress, directions=directions)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    machines = Machines(tmp_path_factory.mktemp("dask"))
    pids = machines.folder / "pids"
    pids.mkdir()
    os.environ["OKO_TEST_PIDS"] = str(pids)
    yield machines
    machines.end()
    del os.environ["OKO_TEST_PIDS"]


@pytest.fixture(scope="module")
def machines(cluster):
    """The cluster with two workers, one of them under a nanny."""
    cluster.add_worker()
    cluster.add_worker(nanny=True)
    yield cluster
    cluster.remove_workers()


@pytest.fixture
def here(stored, tmp_path) -> Workspace:
    root = tmp_path / "рабочая папка {1}"
    shutil.copytree(stored, root)
    return Workspace.at(root)


def shown(place, outcome):
    """Return the outputs of the report's notebook, without the number of the process that made them."""
    notebook = nbformat.read(place.outputs / outcome.files["ipynb"], as_version=4)
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            texts.append(str(output.get("data", output.get("text"))).split("<td>9</td>")[0])
    return texts, [cell.source for cell in notebook.cells]


def test_the_same_reports_as_built_here_and_nothing_to_do_the_second_time(machines, here):
    begun = []
    progress = Progress(started=lambda name, title: begun.append(name))
    report = run(here, machines, directions=BOTH, progress=progress)
    assert report.complete, [item.error for item in report.failed]
    assert sorted(begun) == sorted(item.id for item in report.outcomes)
    state = Journal.open(here).run_state()
    assert (state.state, state.built, state.failed) == ("finished", len(report.outcomes), 0)
    away = {item.id: (item, shown(here, item), pdf_text(here.outputs / item.files["pdf"])) for item in report.outcomes}
    again = run(here, machines, directions=BOTH)
    assert {item.status for item in again.outcomes} == {ReportStatus.UNCHANGED}
    shutil.rmtree(here.outputs)
    local = run_reports(here, Selection(all=True), RunOptions(formats=("pdf",), jobs=2), directions=BOTH)
    assert local.complete
    assert {item.id for item in local.outcomes} == set(away)
    for item in local.outcomes:
        other, outputs, text = away[item.id]
        assert (other.files, other.fingerprint, other.reason) == (item.files, item.fingerprint, item.reason)
        assert outputs == shown(here, item)
        assert text == pdf_text(here.outputs / item.files["pdf"])
    # Nothing of the run is left on the workers, nor in the outputs.
    assert are_gone([item for worker in machines.workers for item in family(worker) if _is_helper(item)])
    assert not list(here.outputs.rglob(".*"))


def _is_helper(process):
    try:
        return any("cluster_helper" in part for part in process.cmdline())
    except psutil.Error:
        return False


@pytest.mark.parametrize(
    ("behave", "words"),
    [("die", "остановлен системой"), ("hang", "не уложился"), ("raise", "столбца нет")],
)
def test_a_report_that_misbehaves_costs_only_itself(machines, here, behave, words):
    report = run(here, machines, parameters={"behave": behave, "only": "reg99_m002"}, timeout=20.0)
    (failed,) = report.failed
    assert failed.municipality == "reg99_m002"
    assert words in failed.error
    assert len(report.outcomes) == 4
    log = here.outputs / "2026" / "logs" / "reg99_m002-sample.log"
    if behave == "raise":
        assert failed.log == "2026/logs/reg99_m002-sample.log"
        assert "Traceback" in log.read_text(encoding="utf-8")
        assert "столбца нет" in log.with_suffix(".ipynb").read_text(encoding="utf-8")
    if behave == "hang":
        pids = [int(path.read_text()) for path in Path(os.environ["OKO_TEST_PIDS"]).iterdir()]
        assert pids
        assert are_gone([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)])


def test_a_stop_ends_what_runs_on_the_workers(machines, here):
    """Asked for as ``oko status --stop`` does, while one report hangs."""
    began = threading.Event()
    progress = Progress(
        started=lambda name, title: began.set(),
        tick=lambda: began.is_set() and Journal.open(here).request_stop(_run_id(here)),
    )
    report = run(here, machines, ONE, progress=progress, parameters={"behave": "hang"})
    assert report.stopped
    assert are_gone([item for worker in machines.workers for item in family(worker) if _is_helper(item)])


def _run_id(place):
    return Journal.open(place).run_state().id


def test_a_killed_worker_costs_nothing(cluster, here):
    """Its report goes to a worker that comes later, and what it had started ends with it."""
    cluster.remove_workers()
    worker = cluster.add_worker()
    orphans = []

    def kill_it(name, title):
        if not orphans:
            orphans.extend(family(worker))
            worker.kill()
            worker.wait()
            cluster.add_worker()

    report = run(here, cluster, progress=Progress(started=kill_it))
    assert report.complete, [item.error for item in report.failed]
    assert orphans
    assert are_gone(orphans)


@pytest.fixture
def elsewhere(cluster, here, tmp_path):
    """A worker with a working place of its own in another folder, alone in the cluster."""
    cluster.remove_workers()
    root = tmp_path / "копия"
    shutil.copytree(here.root, root)
    cluster.add_worker(OKO_ROOT=str(root))
    return Workspace.at(root)


def test_a_copy_in_another_folder_serves_as_well_until_it_differs(cluster, here, elsewhere):
    report = run(here, cluster, ONE)
    assert report.complete, report.outcomes[0].error
    notebook = (here.outputs / report.outcomes[0].files["ipynb"]).read_text(encoding="utf-8")
    assert str(elsewhere.root) not in notebook
    assert here.root.name in notebook
    assert not elsewhere.outputs.exists()

    path = elsewhere.notebooks / "sample.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Проба.", "Другая."), encoding="utf-8")
    report = run(here, cluster, force=True)
    failed = {item.id for item in report.failed}
    assert failed == {f"2026/{code}/sample" for code in list(MUNICIPALITIES)[:3]}
    assert all("другая тетрадь" in item.error and "notebooks" in item.error for item in report.failed)

    shutil.rmtree(elsewhere.store)
    write_store(elsewhere.store)
    write_notebooks(elsewhere.notebooks)
    shutil.rmtree(elsewhere.store / "loads")
    report = run(here, cluster, ONE, force=True)
    assert "другие данные" in report.outcomes[0].error


def test_a_worker_with_another_version_is_refused(cluster, here, monkeypatch):
    """It only knows what it is asked to be; asked to be another version it says so."""
    cluster.remove_workers()
    cluster.add_worker()
    from oko_lib.batch import away

    monkeypatch.setattr(away, "code_version", lambda: "9.9.9+другая")
    report = run(here, cluster, ONE)
    assert "другая версия программы" in report.outcomes[0].error
    assert "9.9.9" in report.outcomes[0].error
    assert Journal.open(here).run_state().failed == 1


def test_without_workers_it_is_said_how_to_start_one(cluster, here, monkeypatch):
    cluster.remove_workers()
    monkeypatch.setenv(WAIT_VARIABLE, "1,5")
    started = time.monotonic()
    with pytest.raises(SettingsError, match=f"dask worker {cluster.address}"):
        run(here, cluster, ONE)
    assert time.monotonic() - started < 60
    assert Journal.open(here).run_state().state != "running"


def test_a_scheduler_that_is_not_there_is_said_at_once(here, monkeypatch):
    options = RunOptions(formats=("pdf",), scheduler=f"127.0.0.1:{free_port()}")
    with pytest.raises(SettingsError, match="не отвечает"):
        run_reports(here, ONE, options, directions=DIRECTIONS)
    with pytest.raises(SettingsError, match=r"tcp://компьютер:8786"):
        run_reports(here, ONE, RunOptions(scheduler="tcp://host"), directions=DIRECTIONS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    with pytest.raises(SettingsError, match=r"pip install -e \.\[cluster\]"):
        run_reports(here, ONE, options, directions=DIRECTIONS)


def test_a_lost_scheduler_ends_the_run_and_keeps_what_was_built(cluster, here):
    """The last test of the cluster: it goes down."""
    cluster.remove_workers()
    cluster.add_worker()

    def end_it(outcome):
        cluster.scheduler.kill()
        cluster.scheduler.wait()

    with pytest.raises(SettingsError, match="Связь с планировщиком"):
        run(here, cluster, progress=Progress(finished=end_it))
    assert Journal.open(here).run_state().built == 1
    cluster.begin()
    cluster.remove_workers()
    cluster.add_worker()
    report = run(here, cluster)
    assert report.complete
    assert sum(item.status is ReportStatus.UNCHANGED for item in report.outcomes) == 1
