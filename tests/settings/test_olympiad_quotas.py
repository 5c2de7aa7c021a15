"""Quotas of winners and prize-winners: none by default, the most particular entry holds, wrong files are refused."""

import shutil

import pytest

from oko_lib.settings.loading import SettingsError, validate
from oko_lib.settings.olympiad_quotas import OlympiadQuotas, load_olympiad_quotas
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

ENTRY = {"stage": "municipal", "share": 0.45, "from_year": 2025, "to_year": 2026, "source": "Приказ № 1"}


def quotas(*entries: dict) -> OlympiadQuotas:
    return validate({"quotas": [{**ENTRY, **entry} for entry in entries]}, OlympiadQuotas, "olympiad_quotas.yaml")


def test_no_quota_is_known_by_default(tmp_path):
    assert load_olympiad_quotas(Workspace(PROJECT_ROOT)).quota(2026, "municipal", "Математика", "reg24_m012") is None
    (tmp_path / "parameters").mkdir()
    assert load_olympiad_quotas(Workspace(tmp_path)).quotas == ()


def test_the_most_particular_entry_holds():
    found = quotas(
        {"share": 0.4},
        {"share": 0.3, "subject": "Математика"},
        {"share": 0.2, "municipality_code": "reg24_m012"},
        {"share": 0.1, "municipality_code": "reg24_m012", "subject": "Математика"},
    )
    assert found.quota(2026, "municipal", "Право", "reg24_m001") == 0.4
    assert found.quota(2026, "municipal", "Математика", "reg24_m001") == 0.3
    assert found.quota(2026, "municipal", "Математика", None) == 0.3
    assert found.quota(2026, "municipal", "Право", "reg24_m012") == 0.2
    assert found.quota(2026, "municipal", "Математика", "reg24_m012") == 0.1
    assert found.quota(2026, "school", "Математика", "reg24_m012") is None


def test_both_years_belong_to_the_span():
    found = quotas({}, {"from_year": 2028, "to_year": None, "share": 0.3})
    shares = [found.quota(year, "municipal", "Право", None) for year in range(2024, 2030)]
    assert shares == [None, 0.45, 0.45, None, 0.3, 0.3]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"share": 45}], "меньше|не больше"),
        ([{"share": 0}], "больше"),
        ([{"stage": "district"}], "допустимо"),
        ([{"to_year": 2020}], "to_year"),
        ([{"municipality_code": "m012"}], "municipality_code"),
        ([{}, {"share": 0.3}], "две квоты"),
        ([{}, {"share": 0.3, "from_year": 2026, "to_year": None}], "в 2026 году"),
        ([{"sorce": "x"}], "source"),
    ],
)
def test_wrong_entries_are_refused(entries, words):
    with pytest.raises(SettingsError, match=words):
        quotas(*entries)


def test_an_unknown_subject_is_refused_with_a_suggestion(tmp_path):
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    path = tmp_path / "parameters" / "olympiad_quotas.yaml"
    entry = "{stage: school, share: 0.3, from_year: 2026, to_year: null, subject: Астраномия, source: Приказ № 2}"
    path.write_text(f"quotas: [{entry}]", encoding="utf-8")
    with pytest.raises(SettingsError, match="имели в виду «Астрономия»"):
        load_olympiad_quotas(Workspace(tmp_path))
    path.write_text(f"quotas: [{entry.replace('Астраномия', 'Астрономия')}]", encoding="utf-8")
    assert load_olympiad_quotas(Workspace(tmp_path)).quota(2030, "school", "Астрономия", None) == 0.3
