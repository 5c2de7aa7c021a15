"""Stands for ``oko run``: enters a run of five reports, one step at a time, and ends when it is asked to.

It goes on by itself until two are done, then waits for the file ``дальше`` in the working place; the file ``отказ``
makes it refuse before anything is entered, ``исчезни`` makes it die without a word.
"""

import os
import sys
import time
from pathlib import Path

from oko_lib.batch.journal import Journal, PlannedReport
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.run_lock import run_lock
from oko_lib.settings.workspace import Workspace

root = Path(sys.argv[sys.argv.index("--root") + 1])
(root / "ключи").write_text("\n".join(sys.argv[1:]), encoding="utf-8")
if (root / "отказ").exists():
    print("Нет направления «sampel». Возможно, вы имели в виду «sample».", file=sys.stderr)
    sys.exit(1)
workspace = Workspace.at(root)
run_id = f"r{time.time_ns()}"
ids = [f"2026/reg99_m00{number}/talent" for number in range(1, 6)]


def outcome(report_id: str, failed: bool) -> ReportOutcome:
    return ReportOutcome(
        id=report_id,
        municipality=report_id.split("/")[1],
        municipality_name=f"город <{report_id[14]}>",
        direction="talent",
        year=2026,
        status=ReportStatus.FAILED if failed else ReportStatus.BUILT,
        seconds=40.0,
        error="Не хватило памяти. Закройте другие программы." if failed else None,
    )


with run_lock(workspace):
    journal = Journal(workspace)
    plan = [PlannedReport(item, f"город {item[14]}: Таланты", "talent") for item in ids]
    journal.begin(run_id, 2026, 1, "inprocess", {}, plan)
    state = "finished"
    for number, report_id in enumerate(ids):
        journal.report_started(run_id, report_id)
        while number >= 2 and not (root / "дальше").exists() and not journal.stop_requested(run_id):
            if (root / "исчезни").exists():
                os._exit(9)
            time.sleep(0.05)
        if journal.stop_requested(run_id):
            state = "stopped"
            break
        journal.report_done(run_id, outcome(report_id, failed=number == 1), {}, {}, "talent")
    (workspace.outputs / "2026").mkdir(exist_ok=True)
    for name in ("index.html", "run_summary.html"):
        (workspace.outputs / "2026" / name).touch()
    journal.end(run_id, state)
    journal.close()
