"""The report says what its tables say, in allowed words, for large and for tiny data."""

import re

import pandas as pd
import pytest
from conftest import INFLATED, LENIENT
from region_samples import Plan, fill, load, login

from oko_lib.report.mode import require_internal
from oko_lib.report.numbers import percent
from oko_lib.report.objectivity import open_regional_report, open_report
from oko_lib.settings.loading import SettingsError

#: Words that judge; report-style and law 7 of the house forbid them.
JUDGING = re.compile(r"завысил|нарушил|худш|\bлучш(?:ая|ий|ие|их)|лидер|рейтинг|виновн|отстающ|передов", re.IGNORECASE)


def shown(report) -> dict[str, object]:
    """Everything the notebook shows, by method."""
    helpers = {"context", "built_on", "results"}
    names = [name for name in dir(report) if not name.startswith("_") and name not in helpers]
    return {name: getattr(report, name)() for name in names}


def texts(objects: dict[str, object]) -> dict[str, str]:
    return {
        name: value.data if hasattr(value, "data") else value._repr_mimebundle_()["text/plain"]
        for name, value in objects.items()
    }


@pytest.fixture(scope="module")
def municipality(planted):
    return open_report("reg77_m004", workspace_root=str(planted.root))


@pytest.fixture(scope="module")
def objects(planted, municipality):
    """What the report of the municipality and that of the region show."""
    return {
        "municipality": shown(municipality),
        "region": shown(open_regional_report(workspace_root=str(planted.root))),
    }


@pytest.fixture(scope="module")
def text(objects):
    return {which: texts(values) for which, values in objects.items()}


def test_prose_and_table_print_the_same_number(municipality, text):
    text = text["municipality"]
    total = municipality.context.results.total
    for share in (total.confirmed, total.lowered, total.raised):
        printed = percent(share.value).removesuffix("\u202f%")
        assert printed in text["findings"]
        assert printed in text["works_table"].split("Все работы")[1]


def test_planted_school_is_on_page_one_with_what_to_check(text):
    text = text["municipality"]
    number = int(INFLATED[3:]) - 770001 + 1
    assert f"СОШ № {number}:" in text["to_check"].replace("\u00a0", " ")
    assert "порядок проведения и проверки" in text["to_check"]
    assert "журнал за ними не вырос" in text["attention_table"]
    assert "отметки журнала за ними не выросли" in text["checks"]


def test_region_names_both_planted_schools_and_counts_by_kind(text):
    table = text["region"]["attention_table"]
    for school in (INFLATED, LENIENT):
        assert f"№ {int(school[3:]) - 770000} |" in table.replace("\u00a0", " ")


@pytest.mark.parametrize("which", ["municipality", "region"])
def test_words_do_not_judge_and_law_seven_is_said(which, text):
    text = text[which]
    found = {name: JUDGING.findall(part) for name, part in text.items() if JUDGING.search(part)}
    assert found == {}
    assert "не используются для оценки деятельности школ и учителей" in text["limits_of_use"]


def test_no_participant_row_is_shown(text):
    """Codes of participants (five digits beginning with the grade) stand nowhere."""
    for name, part in text["municipality"].items():
        assert not re.search(r"\b[45]00\d\d\b", part), name


def test_schools_stand_by_name_not_by_result(municipality):
    rows = [row[0].replace("\u00a0", " ") for row in municipality.schools_table().rows]
    assert rows == sorted(rows, key=lambda name: int(name.split("№ ")[1]))


def test_every_table_and_figure_has_its_own_number(objects):
    shown_values = objects["municipality"].values()
    bundles = [value._repr_mimebundle_() for value in shown_values if hasattr(value, "_repr_mimebundle_")]
    described = [bundle["application/vnd.oko+json"] for bundle in bundles if "application/vnd.oko+json" in bundle]
    for kind in ("table", "figure"):
        numbers = [item["number"] for item in described if item["kind"] == kind]
        assert sorted(numbers) == list(range(1, len(numbers) + 1)) or kind == "figure"
        assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(
    "plan",
    [
        Plan(schools=1, municipalities=1, years=(2026,), sizes=(5, 6)),
        Plan(schools=4, municipalities=1, years=(2026,), with_scale=False),
        Plan(schools=8, municipalities=2, years=(2025, 2026), works=(("Физика", 7),)),
    ],
    ids=["one tiny school", "no scale", "a subject without signs"],
)
def test_small_data_give_a_whole_report_that_says_so(tmp_path, plan):
    workspace = fill(tmp_path, plan)
    report = open_report("reg77_m001", workspace_root=str(workspace.root))
    text = texts(shown(report))
    assert "вывод невозможен" in text["attention_text"]
    assert not any("nan" in part.lower().split() for part in text.values())
    if plan.sizes == (5, 6):
        assert "м.д." in text["works_table"]
    assert shown(open_regional_report(workspace_root=str(workspace.root)))


def test_published_list_is_shown_beside_and_not_as_our_finding(tmp_path):
    plan = Plan(schools=40, municipalities=4, years=(2025, 2026))
    workspace = fill(tmp_path, plan)
    listed = pd.DataFrame(
        [
            {
                "list_kind": "biased_results", "year": year, "login": login(0), "school_name": "Средняя школа № 1",
                "sign": "завышенный средний балл: математика, 4 класс", "source": f"письмо {year} года",
                "source_sheet": "л", "source_row": 2,
            }
            for year in (2025, 2026)
        ]
    )  # fmt: skip
    load(workspace, "lists", {"published_lists": listed}, 2)
    report = open_report("reg77_m001", workspace_root=str(workspace.root))
    text = texts(shown(report))
    assert "письмо 2025 года" in text["lists_table"]
    assert "этот отчёт их не вычисляет" in text["lists_table"]
    assert "2025, 2026" in text["attention_table"]
    assert "неслучайных отличий нет" in text["attention_table"]
    item = next(item for item in report.context.results.attention if item.school == login(0))
    assert item.pattern is None
    assert item.listed == tuple((year, "завышенный средний балл: математика, 4 класс") for year in (2025, 2026))


def test_public_mode_is_refused_with_the_reason():
    with pytest.raises(SettingsError, match="защиты малых групп ещё нет"):
        require_internal("public")
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду «internal»"):
        require_internal("internl")
