"""The parts of the joint evidence: cells, variance components, scan and its tail; missing data and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from oko_lib.methods.direction_scan import Scan, SetFamily, invert
from oko_lib.methods.evidence_cells import pupil_correlation, school_cells
from oko_lib.methods.result import RefusalReason
from oko_lib.methods.school_evidence import HYPOTHESES, school_evidence
from oko_lib.methods.school_variation import COMPONENTS, Cells, Signals, estimate_variation, kernels

SUBJECTS, GRADES, YEARS = ("Математика", "Русский язык"), (4, 5), (2024, 2025)


def participants(schools=60, pupils=25, seed=0, shift=None, years=YEARS):
    """A plain normal region: a lasting level of each school, pupils, a journal that follows the ability."""
    rng = np.random.default_rng(seed)
    parts = []
    level, lenient = rng.normal(0, 0.25, schools), rng.normal(0, 0.2, schools)
    school = np.repeat(np.arange(schools), pupils)
    for year in years:
        for grade in GRADES:
            ability = rng.normal(level[school], 0.8)
            for subject in SUBJECTS:
                z = ability + rng.normal(0, 0.5, len(school)) + rng.normal(0, 0.15, schools)[school]
                journal = ability + lenient[school] + rng.normal(0, 0.5, len(school))
                if shift is not None:
                    z = z + shift(school, subject, grade, year)
                score = np.clip(np.rint(20 + 6 * z), 0, 38).astype(int)
                mark = 2 + (score[:, None] >= [14, 20, 27]).sum(axis=1)
                parts.append(
                    pd.DataFrame(
                        {
                            "school": [f"edu{k:03d}" for k in school],
                            "subject": subject,
                            "grade": grade,
                            "year": year,
                            "participant_code": np.arange(len(school)),
                            "primary_score": score,
                            "mark": mark,
                            "journal_mark": 2 + (journal[:, None] >= [-1.5, 0.1, 1.2]).sum(axis=1),
                        }
                    )
                )
    return pd.concat(parts, ignore_index=True)


SCALES = pd.DataFrame(
    [(s, g, y, 14, 20, 27) for s in SUBJECTS for g in GRADES for y in YEARS],
    columns=["subject", "grade", "year", "mark3_min", "mark4_min", "mark5_min"],
)


def test_cells_are_the_plain_sums():
    frame = participants(schools=4, pupils=9)
    frame.loc[::7, "journal_mark"] = np.nan
    frame.loc[::11, ["primary_score", "mark"]] = np.nan
    cells = school_cells(frame, SCALES).set_index(["school", "subject", "grade", "year"])
    there = frame[frame["primary_score"].notna()]
    work = there.groupby(["subject", "grade", "year"])["primary_score"]
    there = there.assign(z=(there["primary_score"] - work.transform("mean")) / work.transform("std"))
    for key, group in there.groupby(["school", "subject", "grade", "year"]):
        row, pairs = cells.loc[key], group[group["journal_mark"].notna()]
        difference = pairs["mark"] - pairs["journal_mark"]
        assert (row["n"], row["n_pairs"]) == (len(group), len(pairs))
        assert row["mean_z"] == pytest.approx(group["z"].mean())
        assert row["ss_z"] == pytest.approx(((group["z"] - group["z"].mean()) ** 2).sum())
        assert row["mean_d"] == pytest.approx(difference.mean())
        assert row["ss_d"] == pytest.approx(((difference - difference.mean()) ** 2).sum(), abs=1e-9)
        expected = ((pairs["z"] - group["z"].mean()) * (difference - difference.mean())).sum()
        assert row["sp_zd"] == pytest.approx(expected, abs=1e-9)
        assert row["at_4"] == group["primary_score"].isin([20, 21]).sum()
        assert row["below_4"] == group["primary_score"].isin([18, 19]).sum()


def test_pupil_correlation_is_that_of_the_abilities():
    correlation = pupil_correlation(participants(schools=80, pupils=30))
    assert correlation[0, 0] == pytest.approx(0.8**2 / (0.8**2 + 0.5**2), abs=0.05)
    nameless = participants(schools=30).assign(participant_code=None)
    assert pupil_correlation(nameless) is None
    unlinked = participants(schools=3, pupils=5).assign(participant_code=lambda f: np.arange(len(f)))
    assert pupil_correlation(unlinked) is None


def grid_cells(subjects=2, grades=2, years=2):
    index = np.array([(s, g, y) for s in range(subjects) for g in range(4, 4 + grades) for y in range(years)])
    return Cells(index[:, 0], index[:, 1], index[:, 2])


def test_variance_components_are_recovered_without_the_outstanding():
    rng = np.random.default_rng(3)
    cells, schools = grid_cells(3, 4, 3), 800
    truth = {"school": 0.03, "grade_year": 0.03, "cell": 0.02}
    covariance = sum(share * kernels(cells)[COMPONENTS.index(name)] for name, share in truth.items())
    pupils = np.round(np.exp(rng.normal(3, 0.8, (schools, 1)))) * np.ones((1, len(cells))) + 2
    noise = 0.9 / pupils
    values = rng.standard_normal((schools, len(cells))) @ np.linalg.cholesky(covariance).T
    values += rng.standard_normal(values.shape) * np.sqrt(noise)
    values[:20] += 3.0
    signals = Signals(values[None], noise[None], pupils, np.ones((1, 1, len(cells))))
    weight = np.r_[np.zeros(20), np.ones(schools - 20)]
    variation = estimate_variation(signals, cells, weight, np.zeros((2, 1, 1)))
    found = dict(zip(COMPONENTS, variation.between[:, 0, 0], strict=True))
    for name in COMPONENTS:
        assert found[name] == pytest.approx(truth.get(name, 0.0), abs=0.008)
    assert all(np.linalg.eigvalsh(part).min() >= 0 for part in variation.between)


def test_sums_over_sets_equal_the_sets_one_by_one():
    rng = np.random.default_rng(4)
    cells = grid_cells(3, 2, 3)
    family = SetFamily(cells)
    every = family.indicators(np.arange(len(family)))
    assert len(np.unique(every, axis=0)) == len(every)
    values = rng.standard_normal((5, len(cells)))
    np.testing.assert_allclose(family.sums(values), values @ every.T, atol=1e-12)
    root = rng.standard_normal((len(cells), len(cells)))
    matrix = root @ root.T
    np.testing.assert_allclose(family.squares(matrix), np.einsum("gc,ce,ge->g", every, matrix, every))


def test_tail_of_one_direction_and_of_independent_ones():
    rng = np.random.default_rng(5)
    single = Cells(np.array([0]), np.array([4]), np.array([2025]))
    scan = Scan(SetFamily(single), np.ones((1, 1, 1)))
    inverse = invert(np.array([0]), np.array([[0.3]]), 1)
    length = scan.lengths(inverse.precision)
    for height in (0.5, 3.0, 12.0):
        assert scan.tail(inverse, length, height, 20, rng) == pytest.approx(norm.sf(height), rel=1e-9)


def test_tail_equals_brute_force():
    rng = np.random.default_rng(6)
    cells = grid_cells(2, 2, 2)
    scan = Scan(SetFamily(cells), np.stack([np.ones((2, 8)), np.stack([np.zeros(8), -np.ones(8)])]))
    root = rng.standard_normal((16, 24))
    sigma = root @ root.T / 24 + 0.2 * np.eye(16)
    present = np.array([0, 1, 2, 4, 5, 6, 7, 8, 9, 12, 15])
    inverse = invert(present, sigma[np.ix_(present, present)], 16)
    length = scan.lengths(inverse.precision)
    natural = inverse.draw(60000, rng)
    np.testing.assert_allclose(np.cov(natural.T), inverse.precision, atol=0.15)
    largest = scan.project(natural, length).max(axis=1)
    for height in (1.5, 2.5, 3.0):
        exact = (largest > height).mean()
        assert scan.tail(inverse, length, height, 4000, rng) == pytest.approx(exact, rel=0.1)


def test_a_covariance_that_is_not_one_is_lifted():
    sigma = np.array([[1.0, 0.99, 0.0], [0.99, 1.0, 0.99], [0.0, 0.99, 1.0]])
    assert np.linalg.eigvalsh(sigma).min() < 0
    assert np.linalg.eigvalsh(invert(np.arange(3), sigma, 3).precision).min() > 0


def test_planted_school_is_found_with_its_place_and_reason():
    def shift(school, subject, grade, year):
        return 1.2 * ((school == 7) & (year == 2025) & (grade == 5))

    result = school_evidence(school_cells(participants(shift=shift), SCALES))
    schools = result.schools.set_index("school")
    assert schools.index[schools["flagged"]].tolist() == ["edu007"]
    row = schools.loc["edu007"]
    assert (row["hypothesis"], row["pattern"]) == (HYPOTHESES[0], "results_above_journal")
    assert (row["grades"], row["years"], row["subjects"]) == ((5,), (2025,), SUBJECTS)
    assert {"level", "profile", "journal"} <= set(row["signals"])
    assert row["level_shift"] == pytest.approx(1.2, abs=0.5)
    assert row["journal_shift"] > 0.5


def test_a_school_that_is_always_strong_is_no_finding():
    frame = participants(shift=lambda school, *_: 1.0 * (school == 7))
    # Its journal is as high: move it along with the results.
    own = frame["school"] == "edu007"
    frame.loc[own, "journal_mark"] = np.minimum(frame.loc[own, "mark"], 5)
    schools = school_evidence(school_cells(frame, SCALES)).schools.set_index("school")
    assert not schools.loc["edu007", "flagged"]


def test_missing_years_journals_scales_and_tiny_schools():
    frame = participants(schools=50)
    frame = frame[~((frame["school"] < "edu020") & (frame["year"] == 2024))]
    frame.loc[frame["school"] < "edu010", "journal_mark"] = np.nan
    tiny = frame["school"].isin(["edu048", "edu049"])
    frame = pd.concat([frame[~tiny], frame[tiny].groupby(["school", "subject", "grade", "year"]).head(3)])
    result = school_evidence(school_cells(frame))
    schools = result.schools.set_index("school")
    assert schools.loc[["edu048", "edu049"], "refusal"].tolist() == ["too_few", "too_few"]
    assert schools.loc[["edu048", "edu049"], "p_value"].isna().all()
    rest = schools.drop(["edu048", "edu049"])
    assert rest["p_value"].between(0, 1).all()
    assert (rest["adjusted_p"] >= rest["p_value"]).all()
    assert rest.loc["edu005", "journal_z"] is None or np.isnan(rest.loc["edu005", "journal_z"])
    assert rest["border_z"].isna().all()
    assert result.n_schools == 48


def test_order_of_rows_does_not_matter():
    cells = school_cells(participants(schools=40, seed=2), SCALES)
    once = school_evidence(cells).schools
    again = school_evidence(cells.sample(frac=1.0, random_state=1)).schools
    pd.testing.assert_frame_equal(once, again, check_exact=False, rtol=1e-6)


def test_one_subject_one_grade_one_year_still_answers():
    frame = participants(schools=80)
    frame = frame[(frame["subject"] == "Математика") & (frame["grade"] == 4) & (frame["year"] == 2025)]
    result = school_evidence(school_cells(frame, SCALES))
    assert result.schools["p_value"].between(0, 1).all()
    assert result.schools["profile_z"].isna().all()


def test_nullable_columns_of_the_store_and_nothing_at_all():
    frame = participants(schools=35)
    frame.loc[::9, "journal_mark"] = np.nan
    frame.loc[::13, ["primary_score", "mark"]] = np.nan
    stored = frame.astype({"primary_score": "Int32", "mark": "Int32", "journal_mark": "Int32", "school": "string"})
    pd.testing.assert_frame_equal(
        school_cells(stored, SCALES).drop(columns="school"), school_cells(frame, SCALES).drop(columns="school")
    )
    np.testing.assert_allclose(pupil_correlation(stored), pupil_correlation(frame))
    empty = school_cells(frame.iloc[:0], SCALES)
    assert empty.empty
    assert school_evidence(empty).refusal.reason is RefusalReason.NO_DATA


def test_refusals_and_errors():
    cells = school_cells(participants(schools=29), SCALES)
    few = school_evidence(cells)
    assert (few.refusal.reason, few.refusal.found, few.refusal.needed) == (RefusalReason.TOO_FEW, 29, 30)
    assert few.schools is None
    assert school_evidence(cells.iloc[:0]).refusal.reason is RefusalReason.NO_DATA
    with pytest.raises(ValueError, match="repeated"):
        school_evidence(pd.concat([cells, cells.head(1)]), min_schools=10)
    with pytest.raises(ValueError, match="lasting_level"):
        school_evidence(cells, lasting_level="always")


def test_numbers_of_the_page_are_those_of_the_formula():
    """Two subjects in two years; correlations of school effects as in methods of the simulator."""
    between, sampling = 0.095, 0.905 / 25
    effects = np.array([[1, 0.7, 0.48, 0.45], [0.7, 1, 0.45, 0.48], [0.48, 0.45, 1, 0.7], [0.45, 0.48, 0.7, 1]])
    pupils = np.kron(np.eye(2), [[1, 0.6], [0.6, 1]])
    level = between * effects + sampling * pupils
    journal = 0.03 * np.where(np.eye(4) > 0, 1, 0.6) + np.eye(4) * 0.33 / 25
    ones = np.ones(4)

    def information(matrix):
        return ones @ np.linalg.solve(matrix, ones)

    expected = [
        1 / np.sqrt(between + sampling),
        np.sqrt(information(level)),
        0.75 * np.sqrt(information(journal)),
        np.sqrt(information(level) + 0.75**2 * information(journal)),
    ]
    page = (Path(__file__).parents[2] / "docs" / "ru" / "methods" / "school_evidence.md").read_text(encoding="utf-8")
    assert [z for z in expected if f"| {z:.2f} |".replace(".", ",") not in page] == []
    assert f"отклонение {np.sqrt(between + sampling):.2f}".replace(".", ",") in page
    assert f"школами {np.sqrt(0.03):.2f} отметки".replace(".", ",") in page
    # The same numbers by the scan itself.
    cells = Cells(np.array([0, 0, 1, 1]), np.array([4, 4, 4, 4]), np.array([2024, 2025, 2024, 2025]))
    order = [0, 2, 1, 3]
    sigma = np.block(
        [[level[np.ix_(order, order)], np.zeros((4, 4))], [np.zeros((4, 4)), journal[np.ix_(order, order)]]]
    )
    family = SetFamily(cells)
    everything = int(np.flatnonzero(family.indicators(np.arange(len(family))).all(axis=1))[0])
    scan = Scan(family, np.stack([np.ones(4), np.full(4, 0.75)])[None])
    assert scan.lengths(np.linalg.inv(sigma))[everything] == pytest.approx(expected[-1])


def test_figures_quoted_on_the_page_are_those_of_the_study():
    docs = Path(__file__).parents[2] / "docs"
    page = (docs / "ru" / "methods" / "school_evidence.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("| \n").split("|")]
        for line in (docs / "detection_power.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    study = {row[0]: row[1:] for row in rows}
    kind = "results +1 sd, 2 subjects × 2 years, "
    quoted = [study["150 schools"][1]]
    for name in (kind + "all grades", kind + "one grade of five", kind + "region with one grade only",
                 "results +0.5 sd, 2 subjects × 2 years, all grades"):  # fmt: skip
        quoted += [study[name][1], study[name][4]]
    assert [q for q in quoted if q.split(" %")[0].replace(".", ",") + " %" not in page] == []
