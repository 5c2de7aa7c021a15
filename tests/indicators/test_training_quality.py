"""Quality of training: shares counted by hand, years that may not be compared, planted schools found, codes "
"complete."""

import pandas as pd
import pytest
import quality_samples as made
from hypothesis import given, settings
from hypothesis import strategies as st
from quality_samples import NORMS, YEAR, login

from oko_lib.batch.directions import DIRECTIONS
from oko_lib.indicators.training_quality.adapted import adapted_programmes
from oko_lib.indicators.training_quality.comparability import compare_scales, compare_skills
from oko_lib.indicators.training_quality.flow import region_flow
from oko_lib.indicators.training_quality.indicator_values import (
    municipality_values,
    region_values,
    school_values,
)
from oko_lib.indicators.training_quality.marks import distribution, shares_of_works, with_shares
from oko_lib.indicators.training_quality.municipality import municipality_quality
from oko_lib.indicators.training_quality.region import TABLES, region_quality
from oko_lib.indicators.training_quality.register import INSUFFICIENT, OUT_OF_PROFILE
from oko_lib.indicators.training_quality.summary import region_summary
from oko_lib.methods.result import RefusalReason
from oko_lib.settings.loading import SettingsError

MARKS = {"school": "a", "class_label": "А", "subject": "Математика", "grade": 4}


def counts(*rows: dict) -> pd.DataFrame:
    """Counts by class; marks as four numbers."""
    found = []
    for row in rows:
        marks = row.pop("marks")
        found.append({**MARKS, "year": YEAR, **dict(zip(("mark_2", "mark_3", "mark_4", "mark_5"), marks, strict=True))})
        found[-1].update(row, n=sum(marks))
    return with_shares(pd.DataFrame(found))


def scales(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame([{**made.scale("Математика", 4, YEAR), **row} for row in rows])


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return made.written(tmp_path_factory)


@pytest.fixture(scope="module")
def region(workspace):
    return region_quality(made.session(workspace))


@pytest.fixture(scope="module")
def municipality(workspace):
    return municipality_quality(made.session(workspace, made.code(0)))


# --- Which years may be compared -----------------------------------------------------------------------------------


def test_equal_scales_are_comparable():
    assert compare_scales(scales({"year": YEAR - 1}, {}), "Математика", 4, YEAR - 1, YEAR).comparable


@pytest.mark.parametrize("part", ["max_score", "mark3_min", "mark4_min", "mark5_min"])
def test_one_different_part_of_the_scale_is_named(part):
    before = {"year": YEAR - 1, part: made.scale("Математика", 4, YEAR)[part] + 1}
    found = compare_scales(scales(before, {}), "Математика", 4, YEAR - 1, YEAR)
    assert not found.comparable
    assert found.differences == ((part, before[part], before[part] - 1),)


def test_a_year_without_a_scale_is_named():
    found = compare_scales(scales({}), "Математика", 4, YEAR - 1, YEAR)
    assert not found.comparable
    assert found.missing == (YEAR - 1,)
    assert compare_scales(scales({}), "Математика", 5, YEAR - 1, YEAR).missing == (YEAR - 1, YEAR)


def test_only_skills_of_both_codifiers_are_common(region):
    found = compare_skills(region.skills, "Математика", 4, YEAR - 1, YEAR)
    assert found.common == ("4.1", "4.2", "4.3", "4.4")
    assert (found.only_before, found.only_after) == (("4.5старое",), ("4.5",))
    assert compare_skills(region.skills, *made.OTHER_SCALE, YEAR - 1, YEAR).missing == (YEAR - 1,)


def test_skills_of_two_years_are_those_of_one_code(municipality):
    found = municipality.own.skill_years
    assert {(row.subject, row.grade) for row in found.rows.itertuples()} == {("Математика", 4), ("Математика", 5)}
    assert not found.comparisons[made.OTHER_SCALE].comparable
    assert "4.5" not in set(found.rows["skill_code"])


# --- Marks -----------------------------------------------------------------------------------------------------------


def test_shares_are_those_counted_by_hand():
    frame = distribution(counts({"marks": (3, 7, 8, 2)}, {"school": "b", "marks": (1, 2, 3, 3)}), ["school"], NORMS)
    first, second = (row for _, row in frame.iterrows())
    assert (first["n"], first["failing"].value, first["good"].value) == (20, 0.15, 0.5)
    assert not second["failing"].given
    assert second["failing"].refusal.reason is RefusalReason.TOO_FEW


@pytest.mark.parametrize(("now", "formal"), [(21, True), (20, True), (19, False)])
def test_exactly_ten_points_more_are_a_decline_by_the_norm(now, formal):
    rows = [
        {"school": f"s{number}", "year": year, "marks": (failing, 100 - failing, 0, 0)}
        for number in range(6)
        for year, failing in ((YEAR - 1, 10), (YEAR, now))
    ]
    found = shares_of_works(counts(*rows), scales({"year": YEAR - 1}, {}), YEAR, NORMS).iloc[0]
    assert found["formal_decline"] == formal
    assert found["failing_change"].value == pytest.approx((now - 10) / 100)


def test_another_scale_refuses_the_change_and_says_so():
    rows = [{"year": year, "marks": (5, 5, 5, 5)} for year in (YEAR - 1, YEAR)]
    found = shares_of_works(counts(*rows), scales({"year": YEAR - 1, "mark4_min": 8}, {}), YEAR, NORMS).iloc[0]
    assert found["failing_change"].refusal.reason is RefusalReason.NOT_COMPARABLE
    assert found["failing_before"] is None
    assert found["failing"].given
    assert pd.isna(found["formal_decline"])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=8))
def test_shares_make_one_and_small_groups_show_nothing(classes):
    frame = distribution(
        counts(*({"school": f"s{i}", "marks": marks} for i, marks in enumerate(classes))), ["school"], NORMS
    )
    for _, row in frame.iterrows():
        marks = [row[f"mark_{mark}"] for mark in (2, 3, 4, 5)]
        assert all(item.given == (row["n"] >= 10) for item in marks)
        if marks[0].given:
            assert sum(item.value for item in marks) == pytest.approx(1)
            assert row["good"].value == pytest.approx(marks[2].value + marks[3].value)


def test_no_comparison_between_different_scales_reaches_schools(region):
    assert region.marks.changes[made.OTHER_SCALE].failing is None
    assert region.marks.changes["Математика", 4].failing is not None


# --- Tasks, skills, register -----------------------------------------------------------------------------------------


def test_the_planted_skill_is_found_and_little_else(region):
    rows = region.tasks.school_skills
    below = rows[rows["state"] == "below"]
    planted = below[(below["school"] == login(made.WEAK)) & (below["grade"] == 5) & (below["subject"] == "Математика")]
    assert made.WEAK_SKILL in set(planted["skill_code"])
    assert len(below) - len(planted) <= 0.05 * len(rows)
    assert (rows["n"] >= 19).all()


def test_zones_follow_the_norms_of_the_level(municipality):
    rows = municipality.own.completion
    for row in rows.itertuples():
        sufficient, insufficient = (0.6, 0.57) if row.level == "Б" else (0.3, 0.285)
        expected = (
            "sufficient"
            if row.completion >= sufficient
            else "insufficient"
            if row.completion < insufficient
            else "border"
        )
        assert row.zone == expected


def test_classes_under_ten_show_no_numbers(region, workspace):
    small = municipality_quality(made.session(workspace, made.code(made.SMALL_CLASS))).own.register
    few = small[small["few"]]
    assert set(few["school"]) == {login(made.SMALL_CLASS)}
    assert set(few["class_label"]) == {"Б"}
    assert few[["completion", "expected", "difference", "state", "zone"]].isna().all().all()
    assert not any(few["why"])
    assert small[~small["few"]]["completion"].notna().all()


def test_the_register_says_why_a_row_stands_out(municipality):
    register = municipality.own.register
    weak = register[(register["school"] == login(made.WEAK)) & (register["skill_code"] == made.WEAK_SKILL)]
    assert any(OUT_OF_PROFILE in why for why in weak.loc[weak["subject"] == "Математика", "why"])
    for row in register.itertuples():
        assert (OUT_OF_PROFILE in row.why) == (row.state == "below")
        assert (INSUFFICIENT in row.why) == (row.zone == "insufficient" and bool(row.reliable))
    assert "participant_code" not in register.columns


def test_a_work_without_a_codifier_is_told_by_tasks(tmp_path):
    workspace = made.region(tmp_path, levels=False, beside=False, years=(YEAR,))
    made.add(workspace, "codifier", task_skills=made.skills_of("Математика", 4, YEAR).iloc[:2].assign(skill_code="x"))
    book = region_quality(made.session(workspace)).tasks.codifier
    alone = book[(book["grade"] == 4)]
    assert list(alone["skill_code"][:3]) == ["x", "x", "№3"]
    assert alone["skill"].iloc[2] == "Задание 3"


# --- Graduates, adapted programmes, own assessment --------------------------------------------------------------------


def test_the_school_many_leave_is_outside_the_spread(region):
    rows = region.flow.schools
    flagged = rows[rows["flagged"].astype(bool)]
    assert [(row.school, row.education_level) for row in flagged.itertuples()] == [(login(made.LEAVING), "basic")]


def test_a_region_of_few_schools_judges_nobody():
    rows = pd.concat([made.graduates(f"s{number}", "basic", 30, 0, number) for number in range(5)])
    found = region_flow(rows.rename(columns={"login": "school"}), YEAR, NORMS)
    assert "basic" in found.refusals
    assert not found.schools["flagged"].any()


def test_own_assessment_against_the_target():
    rows = pd.concat(
        [
            made.adapted("a", 5),
            made.adapted("b", 3, assessment=None),
            made.adapted("c", 4, approved=False, assessment=False),
        ]
    ).rename(columns={"login": "school"})
    found = adapted_programmes(rows, YEAR)
    assert (found.any_programme.numerator, found.any_programme.denominator) == (2, 3)
    assert (found.assessment.numerator, found.assessment.denominator) == (
        1,
        1,
    )  # «b» said nothing, «c» has no programme
    assert found.meets(1.0) is True
    worse = adapted_programmes(
        pd.concat([rows, made.adapted("d", 2, assessment=False).rename(columns={"login": "school"})]), YEAR
    )
    assert worse.meets(1.0) is False
    assert worse.meets(0.5) is True
    assert adapted_programmes(rows.iloc[:0], YEAR).meets(1.0) is None


def test_one_nosology_without_a_programme_is_not_every_nosology():
    rows = pd.concat([made.adapted("a", 5), made.adapted("a", 2, approved=False, disability="speech")])
    found = adapted_programmes(rows.rename(columns={"login": "school"}), YEAR)
    assert (found.any_programme.value, found.every_programme.value) == (1, 0)


# --- Indicators under their codes -------------------------------------------------------------------------------------

REGION = {"1.1.1-R01", "1.1.2-R01", "1.1.3-R01", "1.1.3-R02", "1.1.3-R03", "1.1.4-R01", "1.1.4-R02", "1.1.4-R03"}
MUNICIPALITY = {
    "1.1.1-M01", "1.1.1-M02", "1.1.1-M03", "1.1.2-M01", "1.1.2-M02", "1.1.2-M03", "1.1.3-M01", "1.1.4-M01", "1.1.4-M02",
}  # fmt: skip
SCHOOL = {
    "1.1.1-S01", "1.1.1-S02", "1.1.2-S01", "1.1.2-S02", "1.1.2-S03", "1.1.3-S01", "1.1.4-S01", "1.1.4-S02", "1.1.4-S03",
}  # fmt: skip


def of_all_levels(workspace):
    own = municipality_quality(made.session(workspace, made.code(0)))
    region = own.region
    return (
        region_values(region, NORMS),
        municipality_values(region, made.code(0), own.schools, own.own.moves, NORMS),
        school_values(region, own.schools, NORMS),
    )


@pytest.mark.parametrize("case", ["full", "levels only", "marks only"])
def test_every_indicator_is_there_or_says_what_it_lacks(tmp_path_factory, case):
    found = of_all_levels(made.written(tmp_path_factory, case))
    for values, codes, level in zip(
        found, (REGION, MUNICIPALITY, SCHOOL), ("region", "municipality", "school"), strict=True
    ):
        assert {value.code for value in values} == codes
        assert {value.level for value in values} == {level}
        for value in values:
            assert value.estimate.given or value.estimate.refusal is not None, value


def test_indicators_are_the_numbers_of_the_data(workspace, municipality):
    _, values, schools = of_all_levels(workspace)
    whole = {
        (value.code, value.title_ru, value.reading): value.estimate for value in values if value.unit == made.code(0)
    }
    rows = municipality.region.marks.counts
    own = rows[(rows["year"] == YEAR) & rows["school"].isin(municipality.schools)]
    failing = whole["1.1.1-M01", "«2» за ВПР", "все школы и работы вместе"]
    assert (failing.numerator, failing.denominator) == (own["mark_2"].sum(), own["n"].sum())
    observed = whole["1.1.4-M02", "независимые наблюдатели на ВПР", "доля работ школ с наблюдателем"]
    assert (observed.numerator, observed.denominator) == (4, 8)
    internal = [value for value in schools if value.code == "1.1.2-S03" and value.unit == login(0)]
    assert [value.estimate.value for value in internal] == [pytest.approx(18 / 24 - 16 / 24)]
    by_class = [
        value for value in schools if value.code == "1.1.1-S01" and value.unit == login(0) and value.estimate.given
    ]
    assert {value.reading for value in by_class} >= {"Математика · 4 · А", "Математика · 4 · Б", "Математика · 4"}


def test_small_classes_have_no_shares(workspace):
    own = municipality_quality(made.session(workspace, made.code(made.SMALL_CLASS)))
    values = school_values(own.region, own.schools, NORMS)
    small = [value for value in values if value.unit == login(made.SMALL_CLASS) and value.reading.endswith("· Б")]
    marks = [value for value in small if value.code == "1.1.1-S01"]
    assert marks
    assert not any(value.estimate.given for value in marks)


# --- The region and what cannot be opened -----------------------------------------------------------------------------


def test_municipalities_add_up_to_the_region(workspace):
    found = region_summary(made.session(workspace))
    assert found.municipalities["schools"].sum() == made.SCHOOLS
    assert found.municipalities["works"].sum() == found.own.works["n"].sum()
    assert found.municipalities["schools_below"].sum() >= 1


def test_the_direction_names_the_tables_and_norms_it_stands_on():
    direction = DIRECTIONS["training_quality"]
    assert direction.tables == TABLES
    assert "norms/training_quality.yaml" in direction.norms


def test_a_year_or_municipality_without_results_is_refused(workspace):
    with pytest.raises(SettingsError, match="Впишите муниципалитет"):
        municipality_quality(made.session(workspace))
    with pytest.raises(SettingsError, match="Есть: 2025, 2026"):
        made.session(workspace, year=2019)


def test_the_first_year_has_no_changes_but_everything_else(workspace):
    found = municipality_quality(made.session(workspace, made.code(0), YEAR - 1))
    assert not any(row.failing_change.given for row in found.own.works.itertuples())
    assert found.own.works["failing"].map(lambda item: item.given).all()
    assert not found.own.skill_years.rows.size
