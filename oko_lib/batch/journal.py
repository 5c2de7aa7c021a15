"""The journal of runs: an SQLite file that survives a crash at any moment.

It is the truth about what was built from what. Every change is one transaction, written through to the disk: after a
crash the journal says either that a report is in place, with the digests of its files, or nothing of it, and the next
run builds it again.
"""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from oko_lib.batch.journal_file import JournalFile
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.run_lock import is_running
from oko_lib.batch.run_state import CurrentReport, RunState
from oko_lib.settings.workspace import Workspace

FILE_NAME = "journal.sqlite"
#: Runs older than so many are forgotten; what they built is not.
_RUNS_KEPT = 100


@dataclass(frozen=True)
class BuiltReport:
    """A report in place.

    Parameters
    ----------
    outcome : ReportOutcome
        As it was when it was built or last tried.
    ingredients : dict of str, or None
        What its files were made from; None when it was never built.
    files : dict
        Format → what was put in place: path, size, mtime_ns, sha256.
    """

    outcome: ReportOutcome
    ingredients: dict[str, str] | None
    files: dict[str, dict]


@dataclass(frozen=True)
class PlannedReport:
    """A report of a run, as the journal names it."""

    id: str
    title: str
    stem: str


class Journal:
    """The journal of one working place.

    Parameters
    ----------
    workspace : Workspace
        Whose outputs.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._file = JournalFile(self.path)

    @property
    def path(self) -> Path:
        return self._workspace.outputs / FILE_NAME

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    # --- writing: only the run that holds the lock ------------------------------------------------------------------

    def begin(
        self, run_id: str, year: int, jobs: int, engine: str, about: Mapping[str, object], plan: Sequence[PlannedReport]
    ) -> None:
        """Enter a run and all it means to do."""
        rows = [(run_id, number, item.id, item.title, item.stem) for number, item in enumerate(plan)]
        with self._file.transaction() as cursor:
            cursor.execute(
                "insert into runs (id, year, started, state, pid, host, jobs, engine, about)"
                " values (?, ?, ?, 'running', ?, ?, ?, ?, ?)",
                (run_id, year, _now(), os.getpid(), platform.node(), jobs, engine, _text(about)),
            )
            cursor.executemany(
                "insert into run_reports (run_id, position, report_id, title, stem, status)"
                " values (?, ?, ?, ?, ?, 'waiting')",
                rows,
            )
            cursor.execute(
                "delete from runs where id not in (select id from runs order by started desc limit ?)", (_RUNS_KEPT,)
            )

    def report_started(self, run_id: str, report_id: str) -> None:
        """Enter that a process has taken the report."""
        with self._file.transaction() as cursor:
            cursor.execute(
                "update run_reports set status = 'running', started = ? where run_id = ? and report_id = ?",
                (_now(), run_id, report_id),
            )

    def about_to_place(self, run_id: str, report_id: str, digests: Sequence[str]) -> None:
        """Enter the digests of files that are about to be put in place."""
        with self._file.transaction() as cursor:
            cursor.execute(
                "update run_reports set placing = ? where run_id = ? and report_id = ?",
                (_text(list(digests)), run_id, report_id),
            )

    def digests_of(self, report_id: str) -> set[str]:
        """Return the digests of all files this program has put in place for a report, as far as it remembers."""
        found: set[str] = set()
        for (files,) in self._file.rows("select files from reports where id = ? and files is not null", (report_id,)):
            found |= {record["sha256"] for record in json.loads(files).values()}
        query = "select placing from run_reports where report_id = ? and placing is not null"
        for (placing,) in self._file.rows(query, (report_id,)):
            found |= set(json.loads(placing))
        return found

    def report_done(
        self, run_id: str, outcome: ReportOutcome, ingredients: dict[str, str], files: dict[str, dict], stem: str
    ) -> None:
        """Enter what has come of a report; of a built one with its files, which are in place by now."""
        content = _text(outcome.to_json())
        with self._file.transaction() as cursor:
            cursor.execute(
                "update run_reports set status = ?, outcome = ? where run_id = ? and report_id = ?",
                (outcome.status.value, content, run_id, outcome.id),
            )
            if outcome.status is ReportStatus.BUILT:
                cursor.execute(
                    "insert or replace into reports (id, year, stem, built, seconds, ingredients, files, outcome)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        outcome.id,
                        outcome.year,
                        stem,
                        _now(),
                        outcome.seconds,
                        _text(ingredients),
                        _text(files),
                        content,
                    ),
                )
            elif outcome.status is ReportStatus.FAILED:
                # What an earlier run has built is still in place and stays entered.
                cursor.execute(
                    "insert into reports (id, year, stem, outcome) values (?, ?, ?, ?)"
                    " on conflict (id) do update set outcome = excluded.outcome",
                    (outcome.id, outcome.year, stem, content),
                )
            else:
                # A file that had to stand beside the one that was open may by now be in its place.
                cursor.execute(
                    "update reports set outcome = ?, files = ? where id = ?", (content, _text(files), outcome.id)
                )

    def end(self, run_id: str, state: str) -> None:
        """Enter that the run is over: ``finished`` or ``stopped``."""
        with self._file.transaction() as cursor:
            cursor.execute("update runs set finished = ?, state = ? where id = ?", (_now(), state, run_id))

    def forget(self, report_ids: Iterable[str]) -> None:
        """Forget reports whose files somebody has removed."""
        with self._file.transaction() as cursor:
            cursor.executemany("delete from reports where id = ?", [(item,) for item in report_ids])

    # --- reading, and the one thing others may write -----------------------------------------------------------------

    def request_stop(self, run_id: str) -> None:
        """Ask the run to end; it looks about once a second."""
        with self._file.transaction() as cursor:
            cursor.execute("update runs set stop_requested = 1 where id = ?", (run_id,))

    def stop_requested(self, run_id: str) -> bool:
        """Tell whether somebody has asked the run to end."""
        rows = self._file.rows("select stop_requested from runs where id = ?", (run_id,))
        return bool(rows and rows[0][0])

    def _newest(self) -> tuple[sqlite3.Row, str] | None:
        """Return the newest run's row and its state."""
        query = "select * from runs order by started desc, rowid desc limit 1"
        runs = self._file.rows(query)
        if runs and runs[0]["state"] == "running" and not is_running(self._workspace):
            # It may have ended between the two looks: then it has said so.
            runs = self._file.rows(query)
            if runs[0]["state"] == "running":
                return runs[0], "interrupted"
        return (runs[0], runs[0]["state"]) if runs else None

    def run_state(self) -> RunState | None:
        """Return the newest run; None when there was none."""
        newest = self._newest()
        if newest is None:
            return None
        run, state = newest
        rows = self._file.rows("select * from run_reports where run_id = ? order by position", (run["id"],))
        counts = {name: sum(row["status"] == name for row in rows) for name in ("built", "unchanged", "failed")}
        return RunState(
            id=run["id"],
            year=run["year"],
            started=datetime.fromisoformat(run["started"]),
            finished=datetime.fromisoformat(run["finished"]) if run["finished"] else None,
            state=state,
            pid=run["pid"],
            host=run["host"],
            jobs=run["jobs"],
            engine=run["engine"],
            total=len(rows),
            **counts,
            current=tuple(
                CurrentReport(row["report_id"], row["title"], datetime.fromisoformat(row["started"]))
                for row in rows
                if row["status"] == "running" and state == "running"
            ),
            waiting=tuple(row["report_id"] for row in rows if row["outcome"] is None and row["status"] != "running"),
            stems={row["report_id"]: row["stem"] for row in rows},
            outcomes=tuple(ReportOutcome.from_json(json.loads(row["outcome"])) for row in rows if row["outcome"]),
            about=json.loads(run["about"]),
        )

    def reports(self, year: int) -> dict[str, BuiltReport]:
        """Return identifier → report of everything of `year` that was ever built or tried."""
        return {
            row["id"]: BuiltReport(
                outcome=ReportOutcome.from_json(json.loads(row["outcome"])),
                ingredients=json.loads(row["ingredients"]) if row["ingredients"] else None,
                files=json.loads(row["files"]) if row["files"] else {},
            )
            for row in self._file.rows("select * from reports where year = ?", (year,))
        }

    def typical_seconds(self) -> dict[str, float]:
        """Return kind of report → median seconds such reports took."""
        found: dict[str, list[float]] = {}
        for stem, seconds in self._file.rows("select stem, seconds from reports where seconds is not null"):
            found.setdefault(stem, []).append(seconds)
        return {stem: statistics.median(values) for stem, values in found.items()}


def _now() -> str:
    return datetime.now().astimezone().isoformat()


def _text(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, default=str)
