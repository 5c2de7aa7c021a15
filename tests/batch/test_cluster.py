"""Runs over a real Dask scheduler and real workers: the same reports, and nothing that goes wrong costs more."""

import os
import re
import shutil
import threading
import time
from collections import deque
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from dask_machines import Machines, are_gone, end, family, free_port
from oko_sample_direction import BOTH, DIRECTIONS, MUNICIPALITIES, write_notebooks, write_store

from oko_lib.batch import ReportStatus, RunOptions, Selection, away, run_reports
from oko_lib.batch import cluster as cluster_module
from oko_lib.batch.cluster_link import WAIT_VARIABLE
from oko_lib.batch.journal import Journal
from oko_lib.batch.plan import plan_reports
from oko_lib.batch.progress import Progress
from oko_lib.batch.tasks import make_tasks
from oko_lib.batch.verify import pdf_text
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

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


def said(place, outcome):
    """Return the text of its PDF, without that number."""
    return re.sub(r"\b9 \d+", "9", pdf_text(place.outputs / outcome.files["pdf"]))


def test_the_same_reports_as_built_here_and_nothing_to_do_the_second_time(machines, here):
    begun = []
    progress = Progress(started=lambda name, title: begun.append(name))
    both = Selection(municipalities=("reg99_m001",), region=True)
    report = run(here, machines, both, BOTH, progress)
    assert report.complete, [item.error for item in report.failed]
    assert sorted(begun) == sorted(item.id for item in report.outcomes)
    state = Journal(here).run_state()
    assert (state.state, state.built, state.failed) == ("finished", len(report.outcomes), 0)
    away = {item.id: (item, shown(here, item), said(here, item)) for item in report.outcomes}
    again = run(here, machines, both, BOTH)
    assert {item.status for item in again.outcomes} == {ReportStatus.UNCHANGED}
    shutil.rmtree(here.outputs)
    local = run_reports(here, both, RunOptions(formats=("pdf",), jobs=2), directions=BOTH)
    assert local.complete
    assert {item.id for item in local.outcomes} == set(away)
    for item in local.outcomes:
        other, outputs, text = away[item.id]
        assert (other.files, other.fingerprint, other.reason) == (item.files, item.fingerprint, item.reason)
        assert outputs == shown(here, item)
        assert text == said(here, item)
    # Nothing of the run is left on the workers, nor in the outputs.
    assert are_gone([item for worker in machines.workers for item in family(worker) if _is_helper(item)])
    assert not list(here.outputs.rglob(".*"))


def _is_helper(process):
    try:
        return any("cluster_helper" in part for part in process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
def worker(cluster):
    """The cluster with one worker."""
    cluster.remove_workers()
    return cluster.add_worker()


@pytest.mark.parametrize(
    ("behave", "words"), [("die", "остановлен системой"), ("hang", "не уложился")], ids=["die", "hang"]
)
def test_a_report_that_misbehaves_costs_only_itself(cluster, worker, here, behave, words):
    report = run(here, cluster, parameters={"behave": behave, "only": "reg99_m002"}, timeout=15.0)
    (failed,) = report.failed
    assert failed.municipality == "reg99_m002"
    assert words in failed.error
    assert len(report.outcomes) == 4
    pids = [int(path.read_text()) for path in Path(os.environ["OKO_TEST_PIDS"]).iterdir()]
    assert bool(pids) == (behave == "hang")
    assert are_gone([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)])


def test_a_stop_ends_what_runs_on_the_workers(cluster, worker, here):
    """Asked for as ``oko status --stop`` does, while one report hangs."""
    began = threading.Event()
    progress = Progress(
        started=lambda name, title: began.set(),
        tick=lambda: began.is_set() and Journal(here).request_stop(_run_id(here)),
    )
    report = run(here, cluster, ONE, progress=progress, parameters={"behave": "hang"})
    assert report.stopped
    assert are_gone(family(worker))


def _run_id(place):
    return Journal(place).run_state().id


def test_a_killed_worker_costs_nothing_and_a_broken_report_only_itself(cluster, worker, here):
    """The worker's report goes to one that comes later, and what the worker had started ends with it."""
    orphans = []

    def kill_it(name, title):
        if not orphans:
            orphans.extend(family(worker))
            worker.kill()
            worker.wait()
            cluster.add_worker()

    behaving = {"behave": "raise", "only": "reg99_m002"}
    report = run(here, cluster, progress=Progress(started=kill_it), parameters=behaving)
    assert orphans
    assert are_gone(orphans)
    assert len(report.outcomes) == 4
    (failed,) = report.failed
    assert "столбца нет" in failed.error
    assert failed.log == "2026/logs/reg99_m002-sample.log"
    log = here.outputs / failed.log
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert "столбца нет" in log.with_suffix(".ipynb").read_text(encoding="utf-8")


def test_a_report_whose_workers_are_lost_again_and_again_has_failed(here):
    snapshot = Store(here.store).snapshot()
    options = RunOptions()
    plan = plan_reports(here, snapshot, ONE, DIRECTIONS)
    (task,) = make_tasks(here, snapshot, plan.specs, options)
    around = cluster_module._Round(SimpleNamespace(options=options), None, deque())
    answers = []
    for _ in range(cluster_module.LOSSES):
        assert not answers
        around.waiting.clear()
        gone = SimpleNamespace(status="pending", cancel=lambda: None)
        around.given["key"] = cluster_module._Given(task, "tcp://10.0.0.7:1", gone)
        answers += around._take_back({"tcp://10.0.0.8:1": 1})
        assert not around.given
    assert not around.waiting
    assert "10.0.0.7" in answers[0].result.outcome.error


@pytest.fixture
def elsewhere(cluster, here, tmp_path):
    """A worker with a working place of its own in another folder, alone in the cluster."""
    cluster.remove_workers()
    root = tmp_path / "копия"
    shutil.copytree(here.root, root)
    cluster.add_worker(OKO_ROOT=str(root))
    return Workspace.at(root)


def test_a_copy_in_another_folder_serves_as_well_until_it_differs(cluster, here, elsewhere, tmp_path):
    # Beside it a worker without data, which must not spoil what the other can build.
    empty = cluster.add_worker(OKO_ROOT=str(tmp_path))
    report = run(here, cluster)
    assert report.complete, report.outcomes[0].error
    end(empty)
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


def test_a_worker_with_another_version_is_refused(cluster, worker, here, monkeypatch):
    """It only knows what it is asked to be; asked to be another version it says so."""
    monkeypatch.setattr(away, "code_version", lambda: "9.9.9+другая")
    report = run(here, cluster, ONE)
    assert "другая версия программы" in report.outcomes[0].error
    assert "9.9.9" in report.outcomes[0].error
    assert Journal(here).run_state().failed == 1
    spoken = iter(("Python 3.99 и distributed 1", "Python 3.11 и distributed 2"))
    monkeypatch.setattr(cluster_module, "versions_of", lambda about: next(spoken))
    with pytest.raises(SettingsError, match=r"планировщика .* distributed 2, а здесь Python 3\.99"):
        run(here, cluster, ONE)


def test_without_workers_it_is_said_how_to_start_one(cluster, here, monkeypatch):
    cluster.remove_workers()
    monkeypatch.setenv(WAIT_VARIABLE, "1,5")
    started = time.monotonic()
    with pytest.raises(SettingsError, match=f"dask worker {cluster.address}"):
        run(here, cluster, ONE)
    assert time.monotonic() - started < 60
    assert Journal(here).run_state().state != "running"


def test_a_scheduler_that_is_not_there_is_said_at_once(here, monkeypatch):
    options = RunOptions(formats=("pdf",), scheduler=f"127.0.0.1:{free_port()}")
    with pytest.raises(SettingsError, match="не отвечает"):
        run_reports(here, ONE, options, directions=DIRECTIONS)
    with pytest.raises(SettingsError, match=r"tcp://компьютер:8786"):
        run_reports(here, ONE, RunOptions(scheduler="tcp://host"), directions=DIRECTIONS)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    with pytest.raises(SettingsError, match=r"pip install -e \.\[cluster\]"):
        run_reports(here, ONE, options, directions=DIRECTIONS)


def test_a_lost_scheduler_ends_the_run_and_keeps_what_was_built(cluster, worker, here):
    """The last test of the cluster: it goes down."""

    def end_it(outcome):
        cluster.scheduler.kill()
        cluster.scheduler.wait()

    with pytest.raises(SettingsError, match="Связь с планировщиком"):
        run(here, cluster, progress=Progress(finished=end_it))
    assert Journal(here).run_state().built == 1
    cluster.begin()
    cluster.remove_workers()
    cluster.add_worker()
    report = run(here, cluster)
    assert report.complete
    assert sum(item.status is ReportStatus.UNCHANGED for item in report.outcomes) == 1
