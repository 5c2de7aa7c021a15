"""Olympiads, contests, support of the gifted and truths planted in them: as the model says, and as the files show."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_samples import Written
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from oko_lib.demo import Region
from oko_lib.demo.files.names import spell
from oko_lib.demo.files.talent import OLYMPIAD_HEADINGS, UNKNOWN_STATUSES
from oko_lib.demo.files.talent_protocols import HEADINGS
from oko_lib.demo.talent.awards import award
from oko_lib.demo.talent.people import Names, female_surname
from oko_lib.demo.talent.settings import SpellingSettings
from oko_lib.demo.talent.truth import describe_talent

STAGES = ("school", "municipal", "regional", "final")
PRIZES = ("winner", "prize_winner")


@pytest.fixture(scope="module")
def region(usual: Region) -> Region:
    return usual


@pytest.fixture(scope="module")
def truth(region: Region) -> dict:
    return describe_talent(region, {"by_protocol": [], "with_codes": [], "fault_places": []})


@pytest.fixture(scope="module")
def entries(region: Region) -> pd.DataFrame:
    return region.talent.entries


def _came(entries: pd.DataFrame, stage: str) -> pd.DataFrame:
    return entries[(entries["stage"] == stage) & entries["present"]]


# --- children


def _folded(*parts: str) -> str:
    return " ".join(" ".join(parts).casefold().replace("ё", "е").replace(" - ", "-").split())


def test_no_two_children_have_one_name_and_birthday(region: Region, entries: pd.DataFrame) -> None:
    columns = ["start", "place_in_cohort", "pupil_id"]
    children = pd.concat([entries[columns], region.talent.contests[columns]]).drop_duplicates()
    assert children["pupil_id"].is_unique
    names = region.talent.people.names(children["start"].to_numpy(), children["place_in_cohort"].to_numpy())
    fields = zip(names.last, names.first, names.middle, names.born, strict=True)
    folded = [_folded(last, first, middle, born) for last, first, middle, born in fields]
    assert len(set(folded)) == len(folded) > 15_000
    assert 0 < np.mean(names.middle == "") < 0.01
    assert 0 < np.mean(["-" in last for last in names.last]) < 0.02


def test_children_are_of_the_age_of_their_grade(region: Region, entries: pd.DataFrame) -> None:
    some = entries.iloc[::50]
    names = region.talent.people.names(some["start"].to_numpy(), some["place_in_cohort"].to_numpy())
    born = np.array([int(text[-4:]) for text in names.born])
    age = some["year"].to_numpy() - born - some["pupil_grade"].to_numpy()
    assert set(age) <= {6, 7}


def test_names_of_children_are_in_no_name_of_a_place(region: Region) -> None:
    names = region.settings.names
    places = [_folded(place) for place in (*names.municipalities, *names.villages)]
    assert not [surname for surname in names.children.surnames if any(_folded(surname) in place for place in places)]
    forms = [_folded(surname) for surname in names.children.surnames]
    assert len(set(forms)) == len(forms)


@pytest.mark.parametrize(
    ("male", "female"),
    [("Елагин", "Елагина"), ("Дегтярёв", "Дегтярёва"), ("Загорельский", "Загорельская"), ("Храпко", "Храпко"),
     ("Нагорных", "Нагорных"), ("Кислицын", "Кислицына")],
)  # fmt: skip
def test_female_surnames(male: str, female: str) -> None:
    assert female_surname(male) == female


_PARTS = st.text("АБвгдеёЖзИЙ-", min_size=1, max_size=9).filter(lambda text: text.strip("-") == text)
_SHARE = st.floats(0, 1)


@settings(max_examples=40, deadline=None)
@given(
    parts=st.lists(_PARTS, min_size=3, max_size=3),
    shares=st.tuples(_SHARE, _SHARE, _SHARE),
    plain=st.booleans(),
    seed=st.integers(0, 999),
)
def test_a_child_spelt_otherwise_is_the_same_child(parts: list[str], shares: tuple, plain: bool, seed: int) -> None:
    last, first, middle = (np.array([part], dtype=object) for part in parts)
    names = Names(last, first, middle, np.array(["01.02.2012"], dtype=object))
    habits = SpellingSettings(capitals=shares[0], spaces=shares[1], lower_case=shares[2], without_yo=0)
    spelt = spell(names, np.array([plain]), habits, np.random.default_rng(seed))
    assert _folded(*spelt.full) == _folded(*parts)
    assert _folded(spelt.last[0], spelt.first[0], spelt.middle[0]) == _folded(*parts)
    assert spelt.born == ["01.02.2012"]


# --- the organiser's rule


@settings(max_examples=40, deadline=None)
@given(
    scores=st.lists(st.tuples(st.integers(5, 7), st.integers(0, 20), st.booleans()), min_size=1, max_size=40),
    quota=st.sampled_from([0.0, 0.3, 0.35, 0.4, 1.0]),
)
def test_the_rule_of_awards(scores: list[tuple], quota: float) -> None:
    frame = pd.DataFrame(scores, columns=["grade", "score", "present"]).assign(max_score=20.0)
    frame["score"] = frame["score"].astype(float).where(frame["present"])
    held = award(frame, np.zeros(len(frame), dtype=int), np.full(len(frame), quota))
    came = held[held["present"]]
    assert (held.loc[~held["present"], "status"] == "").all()
    prizes = came["status"].isin(PRIZES)
    assert prizes.sum() <= np.floor(quota * len(came) + 1e-9)
    assert not came[["grade", "score", "status"]].drop_duplicates().duplicated(["grade", "score"]).any()
    for _, own in came.groupby("grade"):
        winners = own[own["status"] == "winner"]
        assert (winners["score"] == own["score"].max()).all()
        assert (winners["score"] > 10).all()
        awarded = own["status"].isin(PRIZES)
        if awarded.any() and not awarded.all():
            assert own.loc[awarded, "score"].min() > own.loc[~awarded, "score"].max()


def _broken_rules(region: Region) -> Counter:
    """Cases against the rules in all entries of all years, found anew without the code that makes them."""
    entries = region.talent.entries
    came = entries[entries["present"]]
    found: Counter = Counter()
    home = came["stage"] == "school"
    place = came["municipality_code"].where(came["stage"] == "municipal", "").mask(home, came["school"].astype(str))
    cell = ["year", "stage", "subject", "grade", "place"]
    came = came.assign(place=place)
    winners = came[came["status"] == "winner"]
    top = came.groupby(cell)["score"].max().rename("top").reset_index()
    early = winners[winners["stage"].isin(["school", "municipal"])]
    found["winner_not_above_half"] = int((early["score"] <= early["max_score"] / 2).sum())
    against = winners.merge(top, on=cell)
    found["winner_not_maximum"] = int((against["score"] < against["top"]).sum())
    kinds = came[[*cell, "score", "status"]].drop_duplicates()
    found["equal_scores_different_status"] = int((kinds.groupby([*cell, "score"]).size() > 1).sum())
    number = {code: place for place, code in enumerate(region.municipalities["municipality_code"])}
    awarded = came[came["stage"] != "final"].assign(prize=lambda frame: frame["status"].isin(PRIZES))
    for (_, stage, _, code), own in awarded.groupby(["year", "stage", "subject", "municipality_code"]):
        if stage != "regional":
            limit = np.floor(region.talent.quotas[stage][number[code]] * len(own) + 1e-9)
            found["over_quota"] += int(own["prize"].sum() > limit)
    found["same_person_twice"] = int((came.groupby(["year", "stage", "subject", "pupil_id"]).size() > 1).sum())
    keys = ["year", "subject", "pupil_id"]
    laureates = came[came["status"].isin(PRIZES) & (came["stage"] == "municipal")]
    last_year = pd.MultiIndex.from_frame(laureates.assign(year=laureates["year"] + 1)[keys])
    for before, after in pairwise(STAGES):
        later = pd.MultiIndex.from_frame(came.loc[came["stage"] == after, keys])
        known = later.isin(pd.MultiIndex.from_frame(came.loc[came["stage"] == before, keys]))
        if after == "municipal":
            known |= later.isin(last_year)
        found["absent_from_earlier_stage"] += int((~known).sum())
    return found


def test_only_planted_faults_break_the_rules(region: Region, truth: dict) -> None:
    planted = Counter(case["kind"] for case in truth["faults"])
    assert planted == Counter(region.settings.talent.faults.model_dump()), "every kind found its occasion"
    found = _broken_rules(region)
    assert found == planted
    assert {case["year"] for case in truth["faults"]} == {region.years[-1]}
    exactly = next(case for case in truth["faults"] if case["kind"] == "winner_not_above_half")
    assert exactly["score"] == exactly["limit"], "exactly half is not more than half"


# --- who takes part


def test_participation_looks_like_a_real_one(region: Region, entries: pd.DataFrame, truth: dict) -> None:
    home = _came(entries, "school")
    for year, own in home.groupby("year"):
        coverage = [row for row in truth["coverage"] if row["year"] == year]
        share = sum(row["participants"] for row in coverage) / sum(row["pupils"] for row in coverage)
        assert 0.25 <= share <= 0.35
        assert 1.65 <= len(own) / own["pupil_id"].nunique() <= 1.95
    assert all(0.4 <= share <= 0.6 for share in truth["returning"].values())
    assert set(home.loc[home["grade"] == 4, "subject"]) == {"Русский язык", "Математика"}
    assert home["subject"].nunique() == 10
    prizes = home["status"].isin(PRIZES).mean()
    assert 0.22 <= prizes <= 0.35
    assert (home["status"] == "winner").mean() < 0.5 * prizes


def test_stages_narrow(entries: pd.DataFrame) -> None:
    for _, held in entries.groupby("year"):
        sizes = [len(_came(held, stage)) for stage in STAGES]
        assert sizes[1] < 0.2 * sizes[0]
        assert sizes[2] < 0.2 * sizes[1]
        assert 3 <= sizes[3] <= 15
    assert entries.loc[entries["stage"] == "municipal", "grade"].min() == 7
    assert entries.loc[entries["stage"].isin(["regional", "final"]), "grade"].min() == 9
    scores = entries[entries["present"]]
    assert (scores["score"] <= scores["max_score"]).all()
    assert entries.loc[~entries["present"], "score"].isna().all()


def test_participation_follows_additional_education(large: Region) -> None:
    """Over a thousand schools the planted slope is found again by logits of schools."""
    planted = large.settings.talent.olympiads.participation.link
    year = large.years[-1]
    enrolment = large.talent.enrolment[year]
    pupils = enrolment[enrolment["grade"].between(5, 11)].groupby("school")["pupils"].sum()
    home = _came(large.talent.entries, "school")
    home = home[(home["year"] == year) & (home["pupil_grade"] >= 5)]
    children = home.groupby("school")["pupil_id"].nunique().reindex(pupils.index, fill_value=0)
    coverage = pd.Series(large.talent.coverage[year].additional)[pupils.index]
    low = large.talent.plants.low_coverage
    usual = (pupils >= 60) & ~pupils.index.isin([*low.villages, *low.others])
    share = (children + 0.5) / (pupils + 1)
    slope = np.polyfit(10 * coverage[usual], np.log(share / (1 - share))[usual], 1)[0]
    assert slope == pytest.approx(planted, abs=0.07)


def test_enrolment_is_that_of_the_cohorts(region: Region) -> None:
    for year, enrolment in region.talent.enrolment.items():
        by_grade = {grade: own.set_index("school")["pupils"] for grade, own in enrolment.groupby("grade")}
        assert set(by_grade) == set(range(1, 12))
        for work in region.low_results.diagnostics:
            if work.year == year:
                pd.testing.assert_series_equal(
                    by_grade[work.settings.grade], work.frame.groupby("school").size(), check_names=False
                )
        for exam in region.low_results.exams:
            if (exam.year, exam.settings.subject) == (year, "Русский язык"):
                counted = exam.frame.groupby("school").size()
                pd.testing.assert_series_equal(by_grade[exam.settings.grade], counted, check_names=False)
        for part, whole in [
            ("pupils_with_disabilities", "pupils"),
            ("pupils_advanced", "pupils"),
            ("classes_advanced", "classes"),
        ]:
            assert (enrolment[part] <= enrolment[whole]).all()
        passport = next(item.passport for item in region.low_results.conditions if item.year == year)
        reported = passport["pupils_with_disabilities"].sum() / passport["pupils"].sum()
        assert enrolment["pupils_with_disabilities"].sum() / enrolment["pupils"].sum() == pytest.approx(
            reported, rel=0.1
        )


def test_forms_of_schools_are_consistent(region: Region, entries: pd.DataFrame) -> None:
    wholes = {
        "pupils_additional_education_talent": "pupils_additional_education",
        "programmes_additional_talent": "programmes_additional",
        "teachers_trained_gifted": "teachers",
        "psychologists_trained_gifted": "psychologists",
        "psychologists_identifying": "psychologists",
        "mentors_awarded": "mentors",
        "programmes_university": "programmes_university_all",
    }
    home = _came(entries, "school")
    for year, support in region.talent.support.items():
        for part, whole in wholes.items():
            assert (support[part] <= support[whole]).fillna(True).all(), part
        enrolment = region.talent.enrolment[year].groupby("school")["pupils"].sum()
        assert (support["pupils_additional_education"].to_numpy(dtype=int) <= enrolment.to_numpy()).all()
        own = home[(home["year"] == year) & home["grade"].between(5, 11)]
        olympians = own.groupby("school")["pupil_id"].nunique().reindex(support["school"], fill_value=0)
        assert (support["pupils_talent_events"].to_numpy(dtype=int) >= olympians.to_numpy()).all()


# --- planted schools


def test_three_villages_hold_their_municipality_below_the_norm(region: Region, truth: dict) -> None:
    plant = truth["low_coverage_villages"]
    assert len(plant["schools"]) == 3
    assert 3 * len(plant["schools"]) <= len(plant["schools"]) + len(plant["others"])
    places = region.schools.set_index("login").loc[plant["schools"]]
    assert set(places["place_type"]) == {"село"}
    logins = region.schools["login"]
    for year in region.years:
        now = plant["by_year"][str(year)]
        assert now["coverage"] < 0.1 <= now["coverage_of_others"]
        enrolment = region.talent.enrolment[year]
        enrolment = enrolment[enrolment["grade"].between(5, 11)]
        pupils = enrolment.groupby(logins[enrolment["school"]].to_numpy())["pupils"].sum()
        covered = region.talent.support[year].set_index(logins)["pupils_talent_events"].astype(int)
        others = plant["others"]
        assert (covered[others] >= 0.1 * pupils.reindex(others, fill_value=0)).all(), "the others are fine"
        for two in combinations(plant["schools"], 2):
            left = [login for login in (*plant["schools"], *others) if login not in two]
            assert covered[left].sum() < 0.1 * pupils.reindex(left, fill_value=0).sum(), "two alone do not explain it"
        rest = [
            row
            for row in truth["coverage"]
            if row["year"] == year and row["municipality_code"] != plant["municipality_code"]
        ]
        assert min(row["covered"] / row["pupils"] for row in rest) > 0.2
        assert now["participants"] / now["pupils"] < 0.1, "seen in the olympiad too"


def test_home_medals_do_not_hold_at_the_municipal_stage(region: Region, entries: pd.DataFrame, truth: dict) -> None:
    assert len(truth["home_medals"]) == 2
    seniors = entries[entries["grade"] >= 7]
    shown = seniors["score"] / seniors["max_score"]
    home = shown[(seniors["stage"] == "school") & seniors["present"]].mean()
    away = shown[(seniors["stage"] == "municipal") & seniors["present"]].mean()
    for plant in truth["home_medals"]:
        for now in plant["by_year"].values():
            assert now["score_share"] > home + 0.15
            assert now["score_share_municipal"] < away - 0.05
            assert now["came"] / now["invited"] == pytest.approx(plant["comes"], abs=0.12)
    assert {school["login"] for school in truth["home_medals"]}.isdisjoint(truth["clean_schools"])


def test_a_school_strong_in_one_subject_is_strong_in_no_other(
    region: Region, entries: pd.DataFrame, truth: dict
) -> None:
    plant = truth["strong_subject"]
    for now in plant["by_year"].values():
        assert now["score_share"] > now["score_share_of_others"] + 0.15
    home = _came(entries, "school")
    share = home["score"] / home["max_score"]
    mine = region.schools["login"].to_numpy()[home["school"]] == plant["login"]
    others = home["subject"] != plant["subject"]
    assert abs(share[mine & others].mean() - share[~mine & others].mean()) < 0.08


def test_planted_schools_are_nobody_elses(large: Region) -> None:
    plants = large.talent.plants
    older = {plant.school for plant in large.plants} | {plant.school for plant in large.low_results.plants}
    newer = large.quality.plants.schools
    assert plants.schools.isdisjoint(older | newer)
    assert newer.isdisjoint(older)


# --- contests and observers


def test_finals_of_contests_come_from_their_qualifying_stage(region: Region, truth: dict) -> None:
    contests = region.talent.contests
    keys = ["year", "event", "profile", "pupil_id"]
    assert not contests.duplicated([*keys, "stage"]).any()
    qualifying = contests[contests["stage"] == "qualifying"]
    finals = contests[(contests["stage"] == "final") & contests["event"].isin(qualifying["event"])]
    assert len(finals)
    assert pd.MultiIndex.from_frame(finals[keys]).isin(pd.MultiIndex.from_frame(qualifying[keys])).all()
    shares = contests["status"].value_counts(normalize=True)
    assert 0.05 < shares["winner"] < shares["prize_winner"] < 0.2
    listed = pd.MultiIndex.from_frame(region.talent.events[["year", "event_list", "event"]])
    there = pd.MultiIndex.from_frame(contests[["year", "event_list", "event"]]).isin(listed)
    assert set(contests.loc[~there, "event"]) == {row["event"] for row in truth["unlisted_events"]}
    assert {row["year"] for row in truth["unlisted_events"]} == {region.years[-1]}
    assert set(contests["event_list"]) == {"federal_education", "federal_science", "regional", "municipal"}


def test_observers_are_missing_only_where_the_truth_says(region: Region, truth: dict) -> None:
    incomplete = set(truth["observers"]["incomplete"])
    assert 1 <= len(incomplete) < len(region.municipalities) / 2
    gaps = set()
    for places in truth["observers"]["municipal_stage"].values():
        gaps |= {code for code, seen in places.items() if seen["observed"] < seen["olympiads"]}
    assert gaps == incomplete
    for year, frame in region.talent.observers.items():
        assert not frame.duplicated(["procedure_kind", "stage", "subject", "grade", "school"]).any()
        assert (frame["rooms_with_video"] <= frame["rooms"]).all()
        assert (frame["independent_observers"] + frame["own_school_observers"] <= frame["observers"]).all()
        watched = set(region.control.loc[region.control["year"] == year, "school"])
        vpr = frame[frame["procedure_kind"] == "ВПР"]
        assert set(vpr.loc[vpr["independent_observers"] > 0, "school"]) == watched
        assert set(vpr["school"]) == set(region.schools.index)


# --- files


def _rows(path: Path) -> list[list]:
    book = CalamineWorkbook.from_path(path)
    return book.get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_every_entry_is_written_once(written: Written) -> None:
    entries = written.region.talent.entries
    shown: Counter = Counter()
    for path in written.folder.rglob("*ВсОШ*.xlsx"):
        rows = _rows(path)
        assert rows[0] == list(OLYMPIAD_HEADINGS)
        for row in rows[1:]:
            shown[int(row[0]), row[1]] += 1
    for path in written.folder.rglob("Протокол ?Э *.xlsx"):
        rows = _rows(path)
        assert rows[4] == list(HEADINGS)
        stage = "муниципальный" if "муниципального" in rows[0][0] else "региональный"
        assert rows[1][0] == "2025–2026 учебный год"
        assert rows[2][0].startswith("Максимальный балл: ")
        shown[2026, stage] += sum(isinstance(row[0], float) for row in rows[5:])
        assert [row[0].split()[0] for row in rows[-5:] if row[0]] == ["Всего", "Победителей", "Председатель", "Члены"]
    words = {"school": "школьный", "municipal": "муниципальный", "regional": "региональный", "final": "заключительный"}
    expected = entries.groupby(["year", "stage"]).size()
    assert shown == {(year, words[stage]): count for (year, stage), count in expected.items()}


def test_spoilt_rows_of_olympiads_are_where_the_truth_says(written: Written) -> None:
    dirt = written.truth["dirt"]["olympiads"]
    assert sum(dirt["counts"].values()) == len(dirt["places"])
    assert all(dirt["counts"].values())
    for place in dirt["places"]:
        rows = _rows(written.folder / place["file"])
        row = dict(zip(rows[0], rows[place["row"] - 1], strict=True))
        assert row["Логин ОО"] == place["login"]
        match place["kind"]:
            case "status_spelling":
                assert row["Статус"] not in {"победитель", "призёр", "участник"}
            case "subject_spelling":
                assert row["Предмет"] not in set(written.region.talent.entries["subject"])
            case "score_as_text":
                assert isinstance(row["Балл"], str)
            case "date_spelling":
                assert len(row["Дата рождения"].split(".")[-1]) != 4
            case "score_over_maximum":
                assert row["Балл"] > row["Максимальный балл"]
            case "status_unknown":
                assert row["Статус"] in UNKNOWN_STATUSES
            case "nobody":
                assert (row["Код участника"], row["ФИО"], row["Дата рождения"]) == ("", "", "")
            case "contest_list_unknown":
                assert row["Перечень"] == "всероссийские мероприятия"
            case _:
                raise AssertionError(place["kind"])


def test_planted_faults_stand_where_the_truth_says(written: Written) -> None:
    faults = written.truth["talent"]["faults"]
    assert faults
    for case in faults:
        assert len(case["places"]) == len(case["entries"])
        assert Counter(place["login"] for place in case["places"]) == Counter(row["login"] for row in case["entries"])
        for place in case["places"]:
            assert place["login"] in _rows(written.folder / place["file"])[place["row"] - 1]


def test_the_truth_has_no_names(written: Written) -> None:
    text = str({name: part for name, part in written.truth["talent"].items() if name != "parameters"}).casefold()
    names = written.region.settings.names.children
    assert not [surname for surname in names.surnames if surname.casefold() in text]


# --- in the store


def test_the_store_counts_what_the_truth_counts(written: Written, taken: tuple) -> None:
    rows = taken[1].sql(
        "select year, stage, count(*) as entries, count(*) filter (present) as present, "
        "count(distinct pupil_key) filter (present) as persons, "
        "count(*) filter (present and status = 'winner') as winners, "
        "count(*) filter (present and status = 'prize_winner') as prize_winners "
        "from olympiad_results_by_participant group by all"
    )
    found = {(int(row.pop("year")), row.pop("stage")): row for row in rows.to_dict("records")}
    expected = {
        (row["year"], row["stage"]): {
            name: row[name] for name in ("entries", "present", "persons", "winners", "prize_winners")
        }
        for row in written.truth["talent"]["counts"]
        if row["municipality_code"] is None
    }
    assert found == expected


def test_one_child_has_one_key_in_all_tables(written: Written, taken: tuple) -> None:
    keys = (
        taken[1]
        .sql(
            "select count(distinct pupil_key) as n from (select pupil_key from olympiad_results_by_participant "
            "union all select pupil_key from contest_results_by_participant)"
        )["n"]
        .iloc[0]
    )
    talent = written.region.talent
    spoilt = ["score_over_maximum", "status_unknown", "nobody", "contest_list_unknown"]
    both = pd.concat([talent.entries[["pupil_id", "dirt"]], talent.contests[["pupil_id", "dirt"]]])
    assert keys == both.loc[~both["dirt"].isin(spoilt), "pupil_id"].nunique()


def test_contests_in_the_store_are_those_of_the_truth(written: Written, taken: tuple) -> None:
    rows = taken[1].sql(
        "select year, event_list, stage, count(*) as entries, count(distinct pupil_key) as persons "
        "from contest_results_by_participant group by all"
    )
    found = {(int(row.year), row.event_list, row.stage): (row.entries, row.persons) for row in rows.itertuples()}
    assert found == {
        (row["year"], row["event_list"], row["stage"]): (row["entries"], row["persons"])
        for row in written.truth["talent"]["contests"]
    }
