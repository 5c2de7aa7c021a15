"""A missing or damaged store is explained, not thrown at the user."""

from __future__ import annotations

import shutil

import pytest
from store_samples import RESULTS
from store_workers import batch

from oko_lib.store import Store, StoreError


def test_missing_store(tmp_path):
    with pytest.raises(StoreError, match="oko ingest"):
        Store(tmp_path / "нет").snapshot()


@pytest.fixture
def store(tmp_path) -> Store:
    store = Store(tmp_path / "store")
    store.append(batch(0))
    store.append(batch(1))
    return Store(store.root)


def test_lost_data_file(store):
    next((store.root / RESULTS).glob("*.parquet")).unlink()
    with pytest.raises(StoreError, match="не хватает файлов данных"):
        store.snapshot()


def test_lost_table(store):
    shutil.rmtree(store.root / "schools")
    with pytest.raises(StoreError, match=r"schools.*резервной копии"):
        store.snapshot()


def test_unreadable_log(store):
    for item in (store.root / "loads" / "_delta_log").glob("*.json"):
        item.write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="повреждено"):
        store.snapshot()


def test_lost_list_of_loads_never_deletes_data(store):
    shutil.rmtree(store.root / "loads")
    with pytest.raises(StoreError, match="ни одной завершённой"):
        store.clean()
    assert len(list((store.root / RESULTS).glob("*.parquet"))) == 2


@pytest.mark.parametrize("name", ["[2024]", "a|b", "a^b", "100%25"])
def test_folder_names_the_library_cannot_take(tmp_path, name):
    with pytest.raises(StoreError, match="Уберите из имени папки"):
        Store(tmp_path / name)


@pytest.mark.parametrize("name", ["Данные 2024 №1", "год=2024", "100% {x} #1 'y'", "a&b+c~(d)"])
def test_folder_names_it_can_take(tmp_path, name):
    store = Store(tmp_path / name)
    store.append(batch(0))
    store.append(batch(1))
    assert len(store.snapshot().read(RESULTS)) == 12
