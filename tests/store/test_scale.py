"""Thousands of files that all mention the same schools stay fast."""

from __future__ import annotations

import random
import time

import pytest
from store_samples import load, schools

from oko_lib.store import Store

LOADS, SLICES = 2000, 50


@pytest.mark.parametrize("universe", [SLICES, 1000])
def test_two_thousand_loads_of_fifty_slices(tmp_path, universe):
    chance = random.Random(7)
    logins = [f"edu24{number:04d}" for number in range(universe)]
    template = schools("x", logins[:SLICES])
    winners: dict[str, str] = {}
    files = []
    for number in range(LOADS):
        mentioned = chance.sample(logins, SLICES)
        winners |= dict.fromkeys(mentioned, f"f{number}")
        files.append(load(f"f{number}", {"schools": template.assign(login=mentioned, school_name=f"f{number}")}))
    Store(tmp_path).append(files)
    store = Store(tmp_path)

    def timed(function):
        seconds = []
        for _ in range(3):
            begin = time.perf_counter()
            result = function()
            seconds.append(time.perf_counter() - begin)
        return result, min(seconds)

    def fresh_snapshot():
        return Store(store.root).snapshot()

    snapshot, taking = timed(fresh_snapshot)
    rows, reading = timed(lambda: snapshot.read("schools"))
    assert dict(zip(rows["login"], rows["school_name"], strict=True)) == winners
    # Measured 0.2–0.5 s and 0.02 s; the bounds leave room for a busy machine and still catch a slow algorithm.
    assert taking < 3
    assert reading < 0.5
    known = [store.known(f"f{number}", "protocol_2024") is not None for number in range(LOADS)]
    last_lines = set(winners.values())
    assert known[-1] is True
    assert all(f"f{number}" in last_lines for number in range(LOADS) if known[number])
