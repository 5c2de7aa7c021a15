"""What never changes of a snapshot is asked once."""

import gc
import weakref
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from oko_lib.indicators.remembered import once_per_snapshot
from oko_lib.store import Snapshot


def snapshot(fingerprint="a") -> Snapshot:
    return Snapshot(Path("нет"), fingerprint, datetime(2026, 1, 1, tzinfo=UTC), None, 0, {})


class Asked:
    def __init__(self):
        self.calls = []

    def __call__(self, snapshot, *arguments):
        self.calls.append((snapshot.fingerprint, *arguments))
        return pd.DataFrame({"год": [2025, 2026]})


def test_every_snapshot_and_argument_is_asked_once():
    asked = Asked()
    ask = once_per_snapshot(asked)
    first, second = snapshot("a"), snapshot("b")
    for _ in range(2):
        ask(first, "школы")
        ask(first, "районы")
        ask(second, "школы")
    assert asked.calls == [("a", "школы"), ("a", "районы"), ("b", "школы")]


def test_whoever_writes_into_an_answer_changes_it_for_nobody_else():
    ask, seen = once_per_snapshot(Asked()), snapshot()
    mine = ask(seen)
    mine.loc[0, "год"] = 1900
    mine["лишний"] = 1
    assert ask(seen).to_dict("list") == {"год": [2025, 2026]}


def test_answers_go_with_the_snapshot():
    ask, seen = once_per_snapshot(Asked()), snapshot()
    answer = weakref.ref(ask(seen)._mgr.blocks[0])
    del seen
    gc.collect()
    assert answer() is None
