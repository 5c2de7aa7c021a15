"""A direction opens its report with its own norms, on its own tables, and says what data it lacks."""

import pandas as pd
import pytest

from oko_lib.indicators.session import open_session
from oko_lib.indicators.years import choose_year, lacking, years_with_results
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.norms import Norm, Norms, ObjectivityNorms
from oko_lib.store import Load, Store

CONTEXT = ("school_context_by_year",)
BOTH = ("vpr_results_by_participant", *CONTEXT)


class ShortNorms(Norms):
    least: Norm
    word: str = ""


def short_norms(workspace) -> ShortNorms:
    norm = Norm(value=5.0, unit="школ", source="проба", clause="п. 1", year=2026, official=False)
    return ShortNorms(least=norm)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Results of 2025 and context of 2026."""
    place = {"source_sheet": "лист", "source_row": 1}
    root = tmp_path_factory.mktemp("session")
    result = {"year": 2025, "grade": 4, "subject": "Математика", "login": "edu770001", "participant_code": "40001"}
    tables = {
        "vpr_results_by_participant": pd.DataFrame([{**result, "present": True, "mark": 4, **place}]),
        "school_context_by_year": pd.DataFrame([{"login": "edu770001", "year": 2026, "pupils": 400, **place}]),
    }
    counts = {"read_rows": 2, "accepted_rows": 2, "quarantined_rows": 0, "non_data_rows": 0}
    about = {"file_name": "a.xlsx", "file_path": None, "content_hash": "0" * 64, "layout": "sample", "rank": 2}
    Store(root / "data" / "store").append([Load(**about, **counts, tables=tables)])
    return root


def test_objectivity_stays_the_default(root):
    session = open_session(root)
    assert session.year == 2025
    assert isinstance(session.norms, ObjectivityNorms)


def test_a_direction_brings_its_norms_and_tables(root):
    session = open_session(root, norms=short_norms, tables=CONTEXT)
    assert session.year == 2026
    assert [name for name, _ in session.norms.items()] == ["least"]
    assert open_session(root, year=2025, tables=BOTH).year == 2025


def test_norms_have_a_fingerprint_of_their_values(root):
    norms = short_norms(None)
    changed = norms.model_copy(update={"least": norms.least.model_copy(update={"value": 6.0})})
    assert norms.fingerprint == short_norms(None).fingerprint != changed.fingerprint


def test_years_are_those_of_any_table(root):
    snapshot = Store(root / "data" / "store").snapshot()
    assert years_with_results(snapshot) == [2025]
    assert years_with_results(snapshot, CONTEXT) == [2026]
    assert years_with_results(snapshot, BOTH) == [2025, 2026]
    with pytest.raises(KeyError, match="school_context_by_year"):
        years_with_results(snapshot, ("school_context",))


@pytest.mark.parametrize(
    ("year", "tables", "words"),
    [
        (2026, BOTH[:1], r"Нет результатов ВПР за 2026 год\. Есть: 2025\."),
        (2025, CONTEXT, r"Нет данных «Контекст школ по годам» за 2025 год\. Есть: 2026\."),
        (2020, BOTH, r"Нет ни результатов ВПР, ни данных «Контекст школ по годам» за 2020 год\. Есть: 2025, 2026\."),
        (None, ("control_group_schools",), r"В хранилище нет данных «.+»\. Загрузите файлы"),
    ],
)
def test_what_is_lacking_is_named(root, year, tables, words):
    with pytest.raises(SettingsError, match=words):
        open_session(root, year=year, tables=tables)


def test_alike_tables_are_named_once(root):
    assert lacking((*BOTH[:1], *BOTH[:1])) == "результатов ВПР"
    assert choose_year(Store(root / "data" / "store").snapshot(), 0, BOTH) == 2026
