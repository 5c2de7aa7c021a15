"""Random histories against a model of the visibility rule written as plainly as possible."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import load, quarantine, schools

from oko_lib.store import Load, Store

LOGINS = [f"edu24000{number}" for number in range(4)]


@dataclass(frozen=True)
class File:
    """One possible file: what it is called decides everything it holds."""

    name: str
    rank: int
    logins: tuple[str, ...]
    path: str

    def as_load(self) -> Load:
        tables = {"schools": schools(self.name, list(self.logins))} if self.logins else {}
        return load(self.name, tables, rank=self.rank, path=self.path, cells=quarantine())


class Model:
    """The rule in a few lines: remember everything, look up the winner when asked."""

    def __init__(self) -> None:
        self.files: list[File] = []

    def append(self, files: list[File]) -> None:
        self.files += files

    def schools(self) -> dict[str, str]:
        """School → name of the file it is shown from."""
        shown: dict[str, File] = {}
        for file in self.files:
            for login in file.logins:
                if login not in shown or file.rank >= shown[login].rank:
                    shown[login] = file
        return {login: file.name for login, file in shown.items()}

    def active(self) -> set[str]:
        winners = set(self.schools().values())
        last_of_path = {file.path: file.name for file in self.files}
        return {
            file.name
            for file in self.files
            if (file.name in winners if file.logins else last_of_path[file.path] == file.name)
        }


@st.composite
def libraries(draw) -> list[File]:
    """A handful of files that may share schools and paths."""
    count = draw(st.integers(2, 5))
    return [
        File(
            name=f"f{place}",
            rank=draw(st.integers(1, 2)),
            logins=tuple(draw(st.lists(st.sampled_from(LOGINS), unique=True, max_size=3))),
            path=draw(st.sampled_from(["a.xlsx", "b.xlsx", f"own{place}.xlsx"])),
        )
        for place in range(count)
    ]


@st.composite
def histories(draw, max_batches: int = 5) -> list[list[File]]:
    files = draw(libraries())
    one_batch = st.lists(st.sampled_from(files), min_size=1, max_size=3)
    return draw(st.lists(one_batch, min_size=1, max_size=max_batches))


def seen(snapshot) -> tuple[dict[str, str], set[str]]:
    rows = snapshot.read("schools")
    names = rows["school_name"].str.replace(r".* ", "", regex=True)
    assert not rows.duplicated("login").any()
    assert len(snapshot.read("quarantine")) == len(snapshot.loads())
    return dict(zip(rows["login"], names, strict=True)), set(snapshot.loads()["content_hash"])


SLOW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@SLOW
@given(histories(), st.booleans())
def test_what_is_seen_is_what_the_rule_says_now_and_as_of_any_batch(history, clean):
    with tempfile.TemporaryDirectory() as folder:
        store, model, past = Store(Path(folder)), Model(), []
        versions: dict[str, str] = {}
        for batch in history:
            ids = store.append([file.as_load() for file in batch])
            model.append(batch)
            snapshot = store.snapshot()
            expected = (model.schools(), model.active())
            assert seen(snapshot) == expected
            # Equal content ⇔ equal version, whatever the way there.
            assert versions.setdefault(repr((sorted(expected[0].items()), sorted(expected[1]))), snapshot.version) == (
                snapshot.version
            )
            past.append((ids, snapshot.loaded_at, snapshot.sequence, snapshot.version, expected))
        assert len(set(versions.values())) == len(versions)
        if clean:
            store.clean(None)
        for _, loaded_at, sequence, version, expected in past:
            for as_of in (loaded_at.isoformat(), sequence):
                old = store.snapshot(as_of=as_of)
                assert (old.version, seen(old)) == (version, expected)


@SLOW
@given(histories(max_batches=3))
def test_one_batch_is_the_same_as_its_files_one_by_one(history):
    files = [file for batch in history for file in batch]
    with tempfile.TemporaryDirectory() as folder:
        together, single = Store(Path(folder) / "together"), Store(Path(folder) / "single")
        together.append([file.as_load() for file in files])
        for file in files:
            single.append([file.as_load()])
        assert together.snapshot().version == single.snapshot().version
        columns = ["sequence", "content_hash", "active", "n_slices", "n_visible"]
        pd.testing.assert_frame_equal(together.history()[columns], single.history()[columns])


@SLOW
@given(histories(max_batches=3))
def test_loading_everything_known_again_changes_nothing(history):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        for batch in history:
            store.append([file.as_load() for file in batch])
        version, count = store.snapshot().version, len(store.history())
        by_name = {file.name: file for batch in history for file in batch}
        known = [file for name, file in by_name.items() if store.known(name, "protocol_2024")]
        for file in known:
            assert store.append([file.as_load()]) == [store.known(file.name, "protocol_2024")]
        assert store.snapshot().version == version
        assert len(store.history()) == count
