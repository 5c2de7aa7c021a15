"""Planted truths go in as pupils and come out as findings; what cannot be said is refused."""

import pandas as pd
import pytest
from conftest import INFLATED, LENIENT
from region_samples import WORKS, Plan, fill, load, login, participants

from oko_lib.indicators.objectivity.municipality import municipality_objectivity
from oko_lib.indicators.objectivity.region import region_objectivity
from oko_lib.indicators.session import open_session
from oko_lib.indicators.vpr_frames import marks_by_participant
from oko_lib.settings.loading import SettingsError


def test_planted_schools_are_found_and_named_by_pattern(planted):
    evidence = region_objectivity(open_session(planted.root)).evidence
    found = evidence.schools[evidence.schools["flagged"]].set_index("school")
    assert found.loc[INFLATED, "pattern"] == "results_above_journal"
    assert found.loc[LENIENT, "pattern"] == "journal_above_results"
    assert len(found) <= 3  # false-discovery control: at most a stray one beside the two planted


def test_shares_of_the_region_are_the_plain_shares_of_its_pairs(planted):
    region = region_objectivity(open_session(planted.root))
    pupils = participants(
        Plan(sizes=(28, 60), shift={INFLATED: (1.0, WORKS[:2], (2025, 2026))}, journal={LENIENT: 1.0})
    )
    now = pupils[(pupils["year"] == 2026) & (pupils["subject"] == "Математика") & (pupils["grade"] == 4)]
    expected = (now["mark"] < now["journal_mark"]).mean()
    cell = region.agreement.by_cell.set_index(["subject", "grade"]).loc[("Математика", 4)]
    assert cell["lowered"] == pytest.approx(expected)
    assert cell["n_pairs"] == len(now)


def test_lenient_journal_lies_outside_the_funnel_of_lowered_marks(planted):
    units = region_objectivity(open_session(planted.root)).agreement.schools["lowered"].units
    assert units.loc[LENIENT, "flagged"]
    assert units.loc[LENIENT, "ratio"] > 1.3


def test_municipality_is_cut_from_the_region(planted):
    results = municipality_objectivity(open_session(planted.root, "Луговой муниципальный район"))
    assert INFLATED in results.schools
    assert len(results.schools) == 5
    assert [item.school for item in results.attention if item.pattern] == [INFLATED]
    assert sum(found.n_pairs for found in results.works.values()) == results.total.n_pairs


def test_unknown_municipality_is_refused_with_the_nearest_name(planted):
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду «Луговой муниципальный район»"):
        open_session(planted.root, "Лугавой муниципальный район")


def test_unknown_year_is_refused_with_the_years_there_are(planted):
    with pytest.raises(SettingsError, match=r"2019 год\. Есть: 2024, 2025, 2026"):
        open_session(planted.root, year=2019)


def test_a_protocol_without_marks_gets_them_by_the_scale_of_its_year(tmp_path):
    plan = Plan(schools=2, municipalities=1, years=(2026,))
    rows = participants(plan)
    workspace = fill(tmp_path, plan, rows.assign(mark=None))
    marks = marks_by_participant(open_session(workspace.root).snapshot, 2026, 2026)
    assert marks["mark_by_scale"].all()
    assert sorted(marks["mark"]) == sorted(rows["mark"])


def test_without_a_scale_there_is_no_mark_and_no_border(tmp_path):
    plan = Plan(schools=12, municipalities=1, years=(2026,), with_scale=False)
    workspace = fill(tmp_path, plan, participants(plan).assign(mark=None))
    region = region_objectivity(open_session(workspace.root))
    assert region.marks["mark"].isna().all()
    assert {work.result.refusal.reason for work in region.borders} == {"no_scale"}


def test_one_school_under_two_logins_is_one_school(tmp_path):
    plan = Plan(schools=3, municipalities=1, years=(2025, 2026))
    rows = participants(plan)
    old = rows["year"].eq(2025) & rows["login"].eq(login(0))
    workspace = fill(tmp_path, plan, rows.assign(login=rows["login"].where(~old, "sch990001")))
    history = pd.DataFrame(
        [
            {
                "login": "sch990001",
                "school_id": login(0),
                "valid_from": 2020,
                "valid_to": 2025,
                "source_sheet": "л",
                "source_row": 1,
            }
        ]
    )
    load(workspace, "logins", {"school_logins": history}, 1)
    marks = marks_by_participant(open_session(workspace.root).snapshot, 2025, 2026)
    assert sorted(marks["school"].unique()) == [login(0), login(1), login(2)]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(schools=1, municipalities=1, years=(2026,), sizes=(5, 6)),
        Plan(schools=4, municipalities=1, years=(2026,)),
        Plan(schools=8, municipalities=2, years=(2025, 2026), works=(("Физика", 7),)),
    ],
    ids=["one tiny school", "one municipality, one year", "a subject without signs"],
)
def test_small_data_are_refused_in_words_not_in_exceptions(tmp_path, plan):
    workspace = fill(tmp_path, plan)
    results = municipality_objectivity(open_session(workspace.root, "reg77_m001"))
    assert results.region.evidence.refusal is not None
    assert results.attention == []
    assert all(fit.funnel.refusal is not None for fit in results.region.agreement.municipalities.values())


def test_scale_change_takes_a_work_out_of_the_series(tmp_path):
    plan = Plan(schools=12, municipalities=2, years=(2025, 2026))
    workspace = fill(tmp_path, plan)
    changed = pd.DataFrame(
        [
            {
                "year": 2026, "grade": 4, "subject": "Математика", "max_score": 50, "mark3_min": 14, "mark4_min": 24,
                "mark5_min": 33, "source": "новая шкала", "note": None, "source_sheet": "л", "source_row": 1,
            }
        ]
    )  # fmt: skip
    load(workspace, "scale", {"score_scales": changed}, 1)
    dynamics = region_objectivity(open_session(workspace.root)).dynamics
    assert ("Математика", 4) in dynamics.left_out
    assert ("Математика", 4) not in dynamics.works
    assert ("Математика", 5) in dynamics.works
