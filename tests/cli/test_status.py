"""``oko status``: the state of the run in words and as JSON, and the request to stop."""

import json
import threading
import time

import pytest

from oko_lib.batch.journal import Journal, PlannedReport
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.run_lock import run_lock
from oko_lib.cli import status_command
from oko_lib.cli.main import run
from oko_lib.settings.workspace import Workspace

IDS = [f"2026/reg99_m{number:03d}/talent" for number in range(1, 7)]


def outcome(report_id, status, error=None):
    code = report_id.split("/")[1]
    return ReportOutcome(
        id=report_id,
        municipality=code,
        municipality_name=f"город {code[-1]}",
        direction="talent",
        year=2026,
        status=status,
        seconds=12.0,
        error=error,
    )


@pytest.fixture
def place(tmp_path):
    return Workspace.at(tmp_path)


@pytest.fixture
def journal(place):
    opened = Journal(place)
    yield opened
    opened.close()


def enter(journal):
    """Enter a run of six: two built (one of them unchanged), one failed, one under way."""
    plan = [PlannedReport(item, f"город {item.split('/')[1][-1]}: Таланты", "talent") for item in IDS]
    journal.begin("r1", 2026, 2, "inprocess", {}, plan)
    journal.report_done("r1", outcome(IDS[0], ReportStatus.UNCHANGED), {}, {}, "talent")
    for report_id, status, error in (
        (IDS[1], ReportStatus.BUILT, None),
        (IDS[2], ReportStatus.FAILED, "Ячейка 5: нет столбца [mark]. Проверьте имя."),
    ):
        journal.report_started("r1", report_id)
        journal.report_done("r1", outcome(report_id, status, error), {}, {}, "talent")
    journal.report_started("r1", IDS[3])


def oko(capsys, place, *arguments):
    code = run(["status", *arguments, "--root", str(place.root)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out


def test_before_the_first_run(capsys, place):
    assert oko(capsys, place) == (0, "Отчёты в этой папке ещё не строили. Построить: oko run --all.\n")
    code, out = oko(capsys, place, "--json")
    assert (code, json.loads(out)) == (0, {"state": "none"})
    assert not place.outputs.exists()


def test_a_run_under_way(capsys, place, journal):
    with run_lock(place):
        enter(journal)
        code, out = oko(capsys, place)
        assert code == 0
        assert "Строятся отчёты за 2026 год" in out
        assert "Готово 3 из 6 отчётов: построено 1, без изменений 1, не построено 1." in out
        assert "город 4: Таланты, " in out
        # One under way and two waiting of twelve seconds each, two at once.
        assert "Осталось меньше минуты." in out
        assert "oko status --stop" in out
        assert "нет столбца [mark]" in out
        code, out = oko(capsys, place, "--json")
    content = json.loads(out)
    assert (content["state"], content["total"], content["done"], content["waiting"]) == ("running", 6, 3, 2)
    assert 20 < content["seconds_left"] <= 24
    assert [item["id"] for item in content["current"]] == [IDS[3]]
    assert content["failures"][0]["error"].startswith("Ячейка 5")


def test_a_run_whose_process_is_gone_says_so_plainly(capsys, place, journal):
    enter(journal)  # nobody holds the lock
    code, out = oko(capsys, place)
    assert code == 0
    assert "Построение прервано" in out
    assert "Запустите oko run ещё раз, он продолжит." in out
    assert "--stop" not in out
    content = json.loads(oko(capsys, place, "--json")[1])
    assert (content["state"], content["seconds_left"], content["current"]) == ("interrupted", None, [])


def test_a_finished_run_points_to_its_pages(capsys, place, journal):
    enter(journal)
    journal.end("r1", "finished")
    (place.outputs / "2026").mkdir()
    (place.outputs / "2026" / "run_summary.html").touch()
    code, out = oko(capsys, place)
    assert code == 0
    assert "Построение закончено (отчёты за 2026 год)" in out
    assert "построятся только эти отчёты" in out
    assert "run_summary.html" in out
    assert "index.html" not in out  # it is not there


def test_stopping_waits_for_the_run_to_end(capsys, place, journal):
    """The run looks for the request itself; this stands for it."""
    seen = []

    def running():
        own = Journal(place)
        for _ in range(100):
            if own.stop_requested("r1"):
                seen.append(True)
                own.end("r1", "stopped")
                break
            time.sleep(0.05)
        own.close()

    with run_lock(place):
        enter(journal)
        thread = threading.Thread(target=running)
        thread.start()
        code, out = oko(capsys, place, "--stop")
        thread.join()
    assert (code, seen) == (0, [True])
    assert "Построение остановлено по запросу" in out
    assert "Продолжить: запустите oko run ещё раз" in out


def test_a_run_that_does_not_hear_is_told_of(capsys, place, journal, monkeypatch):
    monkeypatch.setattr(status_command, "_STOP_SECONDS", 0.1)
    with run_lock(place):
        enter(journal)
        code, out = oko(capsys, place, "--stop")
    assert code == 1
    assert "Остановка запрошена" in out
    assert journal.stop_requested("r1")


def test_stopping_nothing_is_no_error(capsys, place, journal):
    assert "ничего не строится" in oko(capsys, place, "--stop")[1]
    enter(journal)
    journal.end("r1", "finished")
    code, out = oko(capsys, place, "--stop")
    assert code == 0
    assert "закончено" in out
    assert not journal.stop_requested("r1")
