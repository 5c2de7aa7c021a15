"""Exams, diagnostics, conditions and planted levels of direction 1.2: as the model says, and as the files show them."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from demo_samples import Written
from python_calamine import CalamineWorkbook

from oko_lib.demo import Region, simulate
from oko_lib.demo.files.low_results import LEVEL_WORDS
from oko_lib.demo.files.low_results_dirt import KINDS, UNKNOWN_LEVELS
from oko_lib.demo.low_results.diagnostics import pupil_key
from oko_lib.demo.low_results.exams import has_senior_grades
from oko_lib.demo.low_results.rule import federal_flags, outcomes
from oko_lib.demo.low_results.settings import OfficialListSettings
from oko_lib.demo.low_results.truth import describe_low_results, procedure_of
from oko_lib.settings.workspace import Workspace

MATHS, RUSSIAN = "Математика", "Русский язык"


@pytest.fixture(scope="module")
def truth(large: Region) -> dict:
    return describe_low_results(large)


def _present(large: Region, exam: str, subject: str) -> pd.DataFrame:
    frames = [
        held.frame.assign(year=held.year)
        for held in large.low_results.exams
        if (held.settings.exam, held.settings.subject) == (exam, subject)
    ]
    frame = pd.concat(frames)
    return frame[frame["present"]]


def _score(frame: pd.DataFrame) -> pd.Series:
    return frame["test_score"].fillna(frame["primary_score"]).astype(float)


@pytest.mark.parametrize(
    ("exam", "subject", "below", "success"),
    [
        ("ОГЭ", MATHS, (0.07, 0.13), (0.40, 0.50)),
        ("ОГЭ", RUSSIAN, (0.035, 0.07), (0.55, 0.66)),
        ("ЕГЭ", RUSSIAN, (0.003, 0.02), (0.50, 0.62)),
        ("ЕГЭ", "Математика базовая", (0.02, 0.06), (0.60, 0.75)),
        ("ЕГЭ", "Математика профильная", (0.05, 0.10), (0.33, 0.45)),
    ],
)
def test_exams_look_like_real_ones(large: Region, exam: str, subject: str, below: tuple, success: tuple) -> None:
    frame = _present(large, exam, subject)
    assert below[0] <= frame["below"].mean() <= below[1]
    assert success[0] <= frame["success"].mean() <= success[1]
    if (exam, subject) == ("ЕГЭ", RUSSIAN):
        assert 59 <= _score(frame).mean() <= 65


def test_marks_and_scores_go_together(large: Region) -> None:
    for held in large.low_results.exams:
        frame = held.frame[held.frame["present"]]
        if held.settings.marks is None:
            assert frame["mark"].isna().all()
            assert frame["test_score"].between(0, 100).all()
            continue
        by_score = np.searchsorted(held.settings.marks, frame["primary_score"].astype(int), side="right") + 2
        mark = frame["mark"].astype(int)
        strict = mark < by_score
        # The composite rule takes «3» from a few just above the border, and nothing else differs.
        assert (mark[~strict] == by_score[~strict]).all()
        assert (mark[strict] == 2).all()
        assert strict.mean() <= held.settings.composite_rule
        assert frame["primary_score"].between(0, held.settings.maximum).all()


def test_who_takes_the_exam_after_grade_11(large: Region) -> None:
    senior = set(np.flatnonzero(has_senior_grades(large.schools, large.settings.low_results.exam_takers)))
    by_subject = {
        held.settings.subject: set(held.frame["pupil_id"])
        for held in large.low_results.exams
        if held.settings.exam == "ЕГЭ" and held.year == 2026
    }
    basic, profile = by_subject["Математика базовая"], by_subject["Математика профильная"]
    assert not basic & profile
    assert basic | profile == by_subject[RUSSIAN]
    assert 0.4 < len(profile) / len(by_subject[RUSSIAN]) < 0.6
    for held in large.low_results.exams:
        if held.settings.exam == "ЕГЭ":
            assert set(held.frame["school"]) <= senior
    grade_9 = next(held for held in large.low_results.exams if held.settings.exam == "ОГЭ")
    there = held.frame["school"].isin(senior).sum()
    assert 0.4 < there / grade_9.frame["school"].isin(senior).sum() / 0.5 < 0.6


def _school_means(large: Region, frame: pd.DataFrame, values: pd.Series, at_least: int = 20) -> pd.Series:
    planted = {plant.school for plant in large.low_results.plants}
    table = pd.DataFrame({"school": frame["school"].to_numpy(), "value": values.to_numpy()})
    grouped = table[~table["school"].isin(planted)].groupby("school")["value"]
    return grouped.mean()[grouped.size() >= at_least]


def test_school_means_agree_between_years_as_real_ones_do(large: Region) -> None:
    correlations = []
    for subject in (MATHS, RUSSIAN):
        frame = _present(large, "ОГЭ", subject)
        table = pd.DataFrame(
            {year: _school_means(large, mine, _score(mine)) for year, mine in frame.groupby("year")}
        ).corr()
        correlations += table.to_numpy()[np.triu_indices(len(table), 1)].tolist()
    assert 0.33 <= np.mean(correlations) <= 0.50


def test_exams_agree_with_the_vpr_of_the_school(large: Region) -> None:
    exam = _present(large, "ОГЭ", MATHS)
    cell = next(cell for cell in large.cells if (cell.subject, cell.grade, cell.year) == (MATHS, 6, large.years[-1]))
    vpr = cell.frame[cell.frame["present"] & ~cell.frame["school"].isin({plant.school for plant in large.plants})]
    one = _school_means(large, vpr, vpr["primary_score"].astype(float))
    other = _school_means(large, exam, _score(exam))
    assert 0.25 <= one.corr(other) <= 0.60


def test_difficulty_changes_for_everybody(large: Region, truth: dict) -> None:
    """Where the work was harder, all schools together did worse by as much."""
    held = [exam for exam in large.low_results.exams if procedure_of(exam) == "ОГЭ · Математика"]
    harder = [exam.harder for exam in held]
    assert [entry["harder"] for entry in truth["common_shifts"] if entry["procedure"] == "ОГЭ · Математика"] == harder
    scores = [_score(exam.frame[exam.frame["present"]]) for exam in held]
    spread = pd.concat(scores).std()
    for (one, before), (other, after) in pairwise(zip(harder, scores, strict=True)):
        assert (after.mean() - before.mean()) / spread == pytest.approx(one - other, abs=0.04)


def test_the_same_children_are_followed_by_their_key() -> None:
    assert pupil_key(7, 1) == pupil_key(7, 1)
    assert len({pupil_key(pupil, seed) for pupil in range(300) for seed in (1, 2)}) == 600


def test_grade_4_and_grade_6_two_years_later_are_the_same_children(region_of_three_years: Region) -> None:
    region = region_of_three_years
    works = {
        (work.settings.domain, work.settings.grade, work.year): work.frame for work in region.low_results.diagnostics
    }
    early, late = (works["reading_literacy", grade, year] for grade, year in ((4, 2024), (6, 2026)))
    both = early.merge(late, on="pupil_key", suffixes=("_4", "_6"))
    assert len(both) / len(early) > 0.85
    assert (both["pupil_id_4"] == both["pupil_id_6"]).all()
    assert (both["disability_4"] == both["disability_6"]).all()
    assert (both["low_income_4"] == both["low_income_6"]).all()
    vpr = next(cell for cell in region.cells if (cell.subject, cell.grade, cell.year) == (RUSSIAN, 4, 2024))
    shared = early.merge(vpr.frame, on="pupil_id", suffixes=("", "_vpr"))
    assert len(shared) == len(early) == len(vpr.frame), "the children of the ВПР"
    shared = shared[shared["present"] & shared["present_vpr"]]
    assert shared["score_pct"].astype(float).corr(shared["primary_score"].astype(float)) > 0.5


@pytest.fixture(scope="module")
def region_of_three_years() -> Region:
    return simulate(Workspace.at(), municipalities=6, scale=0.6, seed=3)


def test_levels_follow_ability_and_their_targets(large: Region) -> None:
    for work in large.low_results.diagnostics:
        frame = work.frame[work.frame["present"]]
        shares = 100 * frame["level"].value_counts(normalize=True).sort_index().to_numpy(dtype=float)
        assert np.abs(shares - np.array(work.settings.levels)).max() < 8
        ranges = frame.groupby("level")["score_pct"].agg(["min", "max"])
        assert (ranges["min"].to_numpy()[1:] > ranges["max"].to_numpy()[:-1]).all()
        assert work.frame.loc[~work.frame["present"], ["score_pct", "level"]].isna().all(axis=None)


def test_groups_of_pupils_have_their_shares_and_gaps(large: Region, truth: dict) -> None:
    gaps = truth["gaps"]
    for name, share in {
        "disability": 0.06, "at_risk": 0.08, "other_native_language": 0.05, "low_income": 0.15,
    }.items():  # fmt: skip
        assert gaps[name]["share"] == pytest.approx(share, abs=0.02)
        assert gaps[name]["planted"] < 0
    # In levels, with the difference of the schools such pupils go to; a level is about 1.2 standard deviations.
    for name, gap in gaps.items():
        assert gap["level_difference"] < 0.6 * gap["planted"], name
    frame = pd.concat([work.frame for work in large.low_results.diagnostics])
    assert set(frame["disability"]) == {"", *large.settings.low_results.nosologies}


def test_conditions_explain_a_fifth_of_school_means(large: Region) -> None:
    explained, index_share = [], []
    for conditions in large.low_results.conditions:
        passport = conditions.passport.set_index("school")
        shares = passport.filter(like="pupils_").astype(float).div(passport["pupils"], axis=0)
        scaled = ((shares - shares.mean()) / shares.std()).fillna(0)
        sizes, directions = np.linalg.eigh(np.cov(scaled.T))
        index_share.append(sizes[-1] / sizes.sum())
        index = scaled @ directions[:, -1]
        parts = []
        for held in large.low_results.exams:
            if held.year == conditions.year:
                frame = held.frame[held.frame["present"]]
                means = _school_means(large, frame, _score(frame), at_least=10)
                parts.append((means - means.mean()) / means.std())
        results = pd.concat(parts, axis=1).mean(axis=1)
        both = pd.concat([results.rename("result"), index.rename("index")], axis=1).dropna()
        explained.append(both.corr().loc["result", "index"] ** 2)
    assert 0.12 <= np.mean(explained) <= 0.30
    assert min(index_share) > 0.4, "the parts of the passport move together"


def test_reports_of_schools_are_consistent(large: Region) -> None:
    frame = _present(large, "ОГЭ", MATHS)
    results = _school_means(large, frame, _score(frame))
    for conditions in large.low_results.conditions:
        passport, attendance, support = conditions.passport, conditions.attendance, conditions.support
        parts = passport.filter(like="pupils_").astype("Float64")
        assert (parts.le(passport["pupils"], axis=0) | parts.isna()).all(axis=None)
        assert 0.01 < parts.isna().to_numpy().mean() < 0.04
        assert len(passport) < len(large.schools), "some schools send none"
        missed = (attendance["lessons_missed"] / attendance["lessons_planned"]).set_axis(attendance["school"])
        assert 0.04 < missed.mean() < 0.12
        assert -0.6 < missed.reindex(results.index).corr(results) < -0.2
        listed = support["school"].isin(large.low_results.listed(conditions.year))
        covered = support["teachers_supported"].astype(float) / support["teachers"]
        assert covered[listed].mean() > 0.7 > 0.4 > covered[~listed].mean()
        for name in support.filter(like="teachers_"):
            assert (support[name].astype("Int64") <= support["teachers"]).fillna(True).all(), name


# --- planted levels


def test_kinds_and_numbers_of_plants(large: Region, truth: dict) -> None:
    per_150 = {"improving": 3, "declining": 3, "stable_low": 4, "flat_small": 6, "resilient": 3}
    kinds = Counter(plant["kind"] for plant in truth["plants"])
    for kind, count in per_150.items():
        assert kinds[kind] == pytest.approx(count * len(large.schools) / 150, abs=1.5)
    logins = {plant["login"] for plant in truth["plants"]}
    assert len(logins) == len(truth["plants"])
    objectivity = set(large.schools.loc[[plant.school for plant in large.plants], "login"])
    assert not logins & objectivity, "no school has two planted truths"
    assert logins.isdisjoint(truth["clean_schools"])
    assert logins | set(truth["clean_schools"]) == set(large.schools["login"])
    sizes = [plant["pupils_per_grade"] for plant in truth["plants"] if plant["kind"] == "flat_small"]
    assert 10 <= min(sizes) <= max(sizes) <= 25


def test_planted_changes_are_true_effects(truth: dict) -> None:
    for kind, change in {"improving": 0.32, "declining": -0.32, "stable_low": 0.0, "resilient": 0.0}.items():
        slopes = []
        for plant in truth["plants"]:
            if plant["kind"] != kind:
                continue
            levels = plant["level_by_year"]
            assert levels["2026"] - levels["2025"] == pytest.approx(change)
            effects = pd.DataFrame(plant["effects"])
            by_year = effects.pivot_table(index="procedure", columns="year", values="true_effect")
            slopes.append((by_year[2026] - by_year[2025]).mean())
        # The usual fluctuation of a school stays; over many schools it goes out.
        assert np.mean(slopes) == pytest.approx(change, abs=0.12), kind


def test_planted_changes_show_in_the_results(large: Region) -> None:
    def change(kind: str) -> float:
        schools = {plant.school for plant in large.low_results.plants if plant.kind == kind}
        found = []
        for subject in (MATHS, RUSSIAN):
            frame = _present(large, "ОГЭ", subject)
            scores = _score(frame)
            means = scores.groupby([frame["school"].isin(schools), frame["year"]]).mean()
            moved = means.xs(2026, level="year") - means.xs(2024, level="year")
            found.append((moved[True] - moved[False]) / scores.std())
        return float(np.mean(found))

    assert 0.45 < change("improving") < 0.85
    assert -0.85 < change("declining") < -0.45
    assert abs(change("stable_low")) < 0.2
    assert abs(change("resilient")) < 0.2


def test_flat_small_schools_have_no_change_at_all(truth: dict) -> None:
    plants = [plant for plant in truth["plants"] if plant["kind"] == "flat_small"]
    assert plants
    moves = []
    for plant in plants:
        assert {effect["true_effect"] for effect in plant["effects"]} == {plant["level_by_year"]["2026"]}
        shares = pd.DataFrame([effect for effect in plant["effects"] if effect["procedure"] == "ОГЭ · Математика"])
        moves.append((shares["n_success"] / shares["n"]).diff().abs().max())
    assert np.mean(moves) > 0.1, "and still their numbers jump"


def test_resilient_schools_do_well_in_difficult_conditions(truth: dict) -> None:
    for plant in truth["plants"]:
        if plant["kind"] == "resilient":
            assert truth["conditions"][plant["login"]]["lowest_third"]
            assert np.mean([effect["true_effect"] for effect in plant["effects"]]) > 0.2


def test_the_federal_rule_catches_stable_low_schools(large: Region, truth: dict) -> None:
    plants = [plant for plant in truth["plants"] if plant["kind"] == "stable_low"]
    assert np.mean([bool(plant["listed_years"]) for plant in plants]) > 0.8
    improving = [plant for plant in truth["plants"] if plant["kind"] == "improving"]
    assert np.mean([bool(plant["listed_years"]) for plant in improving]) > 0.6


# --- the rule and the lists


def test_exactly_thirty_per_cent_counts() -> None:
    settings = OfficialListSettings(share=30, procedures=2, adverse_conditions=0.1)

    def part(year: int, procedure: str, counts: dict[int, tuple[int, int]]) -> tuple:
        school = pd.Series([place for place, (_, n) in counts.items() for _ in range(n)])
        below = pd.Series([order < k for k, n in counts.values() for order in range(n)])
        return year, procedure, school, below

    counts = outcomes(
        [
            part(2025, "a", {0: (3, 10), 1: (2, 10), 2: (9, 30)}),
            part(2026, "a", {0: (3, 10), 1: (3, 10), 2: (9, 30)}),
            part(2026, "b", {0: (6, 20), 1: (6, 20), 2: (5, 20)}),
        ]
    )
    flags = federal_flags(counts, (2026,), settings).set_index("school")
    assert flags["several"].tolist() == [True, True, False]
    assert flags["repeated"].tolist() == [True, False, True]


def test_lists_change_and_regress_to_the_mean(large: Region) -> None:
    first, last = (set(large.low_results.listed(year)) for year in large.years)
    assert first & last
    assert first - last
    assert last - first
    counts = large.low_results.outcomes
    planted = {plant.school for plant in large.low_results.plants}
    mine = counts[counts["school"].isin(first - planted) & counts["procedure"].str.startswith("ОГЭ")]
    shares = mine.groupby("year")[["n_below", "n"]].sum()
    share = shares["n_below"] / shares["n"]
    assert share[2026] < share[2025], "chosen for a bad year, better in the next without any help"


# --- files


def _rows(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_files_hold_every_participant(written: Written) -> None:
    few = set(written.truth["delivery"]["only_counts"])
    assert few
    names = written.region.municipalities.set_index("municipality_code")["municipality_name"]
    code = written.region.schools["municipality_code"]
    for year in written.region.years:
        shown = sum(len(_rows(path)) - 1 for path in written.folder.glob(f"{year}/*/*ГЭ {year}.xlsx"))
        expected = sum(
            (~held.frame["school"].map(code).isin(few)).sum()
            for held in written.region.low_results.exams
            if held.year == year
        )
        assert shown == expected
        counted = 0
        for municipality in few:
            path = written.folder / str(year) / names[municipality] / f"Итоги КДР {year}.xlsx"
            rows = _rows(path)
            counted += sum(row[5] for row in rows[1:] if row[4] == "все")
        expected = sum(
            (work.frame["present"] & work.frame["school"].map(code).isin(few)).sum()
            for work in written.region.low_results.diagnostics
            if work.year == year
        )
        assert counted == expected


def test_municipalities_use_both_dictionaries_of_levels(written: Written) -> None:
    seen = set()
    for path in written.folder.rglob("КДР 202*.xlsx"):
        rows = _rows(path)
        words = {row[rows[0].index("Уровень")] for row in rows[1:]}
        seen |= {index for index, known in enumerate(LEVEL_WORDS) if set(known) <= words}
    assert seen == {0, 1}


def test_earlier_exams_come_as_counts_under_the_logins_of_that_time(written: Written) -> None:
    path = written.folder / "2024" / "Демонстрационная область" / "Итоги ГИА 2024 по школам.xlsx"
    rows = _rows(path)
    logins = {row[3] for row in rows[1:]}
    assert {login[:3] for login in logins} == {"edu", "sch"}
    history = _rows(written.folder / "Справочники" / "История логинов.xlsx")
    assert {login for login in logins if login.startswith("sch")} <= {row[0] for row in history}


def test_spoilt_rows_are_where_the_truth_says(written: Written) -> None:
    dirt = written.truth["dirt"]["low_results"]
    assert sum(dirt["counts"].values()) == len(dirt["places"])
    assert all(dirt["counts"][kind] >= 1 for kind in KINDS)
    assert dirt["quarantined_rows"] == sum(dirt["counts"][kind] * KINDS[kind].quarantined for kind in KINDS)
    for place in dirt["places"]:
        rows = _rows(written.folder / place["file"])
        row, above = (dict(zip(rows[0], rows[place["row"] - back], strict=True)) for back in (1, 2))
        assert row["Логин ОО"] == place["login"]
        match place["kind"]:
            case "exam_score_text":
                assert isinstance(row["Тестовый балл"], str)
            case "exam_score_over":
                assert row["Тестовый балл"] > 100
            case "exam_repeated":
                assert row["Код участника"] == above["Код участника"]
            case "exam_counts_sum":
                assert sum(row[f"Получили «{mark}»"] for mark in (2, 3, 4, 5)) != row["Участников"]
            case "diagnostic_level_spelling":
                assert row["Уровень"].split()[0].capitalize() in {word.split()[0] for word in sum(LEVEL_WORDS, ())}
            case "diagnostic_level_unknown":
                assert row["Уровень"] in UNKNOWN_LEVELS
            case "diagnostic_counts_sum":
                assert sum(list(row.values())[6:]) != row["Участников"]
            case "passport_part_over":
                assert row["Из малообеспеченных семей"] > row["Обучающихся"]
            case "attendance_over":
                assert row["Пропущено уроков"] > row["Уроков по плану"]
            case "support_part_over":
                assert row["Охвачены поддержкой"] > row["Педагогов"]
            case _:
                raise AssertionError(place["kind"])


def test_lists_in_files_are_those_of_the_truth(written: Written) -> None:
    truth = written.truth
    for year in written.region.years:
        listed = {row["login"] for row in truth["published_lists"]["low_results"] if row["year"] == year}
        assert listed == set(truth["low_results"]["federal_rule"][str(year)]["both"])
        path = written.folder / "Справочники" / f"ШНОР {year}.xlsx"
        assert (({row[2] for row in _rows(path)[1:]}) if path.exists() else set()) == listed
    adverse = written.folder / "Справочники" / "ШНСУ 2026.xlsx"
    rows = _rows(adverse)[1:]
    assert {row[0] for row in rows} == {"ШНСУ"}
    assert {row[2] for row in rows} == {row["login"] for row in truth["published_lists"]["adverse_conditions"]}
    assert not (adverse.parent / "ШНСУ 2025.xlsx").exists()
