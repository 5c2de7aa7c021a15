"""The files of identification methods: what is shipped, and what a methodologist is told about a mistake."""

from __future__ import annotations

import shutil
from decimal import Decimal
from fractions import Fraction

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from oko_lib.settings.identification import (
    AtLeast,
    ShareBelow,
    load_identification_method,
    load_identification_methods,
)
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace

FOLDER = PROJECT_ROOT / "parameters" / "identification"


@pytest.fixture
def workspace(tmp_path):
    """A working place with the shipped methods, free to be spoiled."""
    shutil.copytree(FOLDER, tmp_path / "parameters" / "identification")
    return Workspace(tmp_path)


def spoil(workspace, change, name="federal.yaml") -> str:
    """Return the message about a shipped file after `change` was made to its content."""
    path = workspace.parameters / "identification" / name
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_identification_methods(workspace)
    return str(refused.value)


def test_shipped_methods():
    methods = load_identification_methods(Workspace(PROJECT_ROOT))
    assert list(methods) == ["federal", "krasnodar_2021", "municipal_risk_zone"]
    assert {name: method.official for name, method in methods.items()} == {
        "federal": True,
        "krasnodar_2021": True,
        "municipal_risk_zone": False,
    }


def test_the_federal_rule_is_the_one_of_the_document():
    federal = load_identification_method(FOLDER / "federal.yaml")
    asked = [(c.share, c.procedures_at_least, c.years_in_a_row) for c in federal.criteria]
    assert asked == [(Fraction(3, 10), 2, 1), (Fraction(3, 10), 1, 2)]
    assert all(c.kinds == ("ВПР", "ОГЭ", "ЕГЭ") for c in federal.criteria)
    assert federal.combine_is_ambiguous
    assert federal.readings == ("all", "any")
    for words in ("не менее 30 %", "по двум и более", "а также по одной и той же"):
        assert words in federal.clause
    assert "omskinform" in federal.source


def test_what_the_krasnodar_document_leaves_open_is_marked_as_our_choice():
    method = load_identification_method(FOLDER / "krasnodar_2021.yaml")
    assert isinstance(method.combine, AtLeast)
    assert method.combine_own_choice
    assert [bool(criterion.own_choice) for criterion in method.criteria] == [True, True, False]
    assert len(method.own_choices) == 3
    assert method.criteria[0].grades == (5, 6)
    assert method.criteria[2].ever


def test_the_risk_zone_is_our_proposal_and_wider_than_the_list():
    method = load_identification_method(FOLDER / "municipal_risk_zone.yaml")
    assert not method.official
    assert method.risk_zone.at_least == 1
    assert min(c.share for c in method.risk_zone.criteria) < min(c.share for c in method.criteria)
    assert len(method.own_choices) == 4


def test_the_template_is_a_method_once_it_is_copied(workspace):
    folder = workspace.parameters / "identification"
    assert "own_method" not in load_identification_methods(workspace)
    shutil.copy(folder / "own_method.yaml.example", folder / "my_district.yaml")
    own = load_identification_methods(workspace)["own_method"]
    assert {criterion.type for criterion in own.criteria} == {"share_below", "change", "relative_change", "listed"}
    assert own.risk_zone is not None


def test_two_methods_of_one_name_are_refused(workspace):
    folder = workspace.parameters / "identification"
    shutil.copy(folder / "federal.yaml", folder / "zz_copy.yaml")
    with pytest.raises(SettingsError, match=r"zz_copy\.yaml: имя методики «federal» уже занято в federal\.yaml"):
        load_identification_methods(workspace)


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "parameters").mkdir()
    with pytest.raises(SettingsError, match="нет ни одной методики"):
        load_identification_methods(Workspace(tmp_path))


def first(content):
    return content["criteria"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda c: c.update(titel_ru=c.pop("title_ru")),
            ["federal.yaml: неизвестный параметр «titel_ru»", "«title_ru»"],
        ),
        (
            lambda c: first(c).update(treshold=first(c).pop("threshold")),
            [
                "federal.yaml, признак 1",
                "«treshold»",
                "Возможно, вы имели в виду «threshold»",
                "не хватает параметра «threshold»",
            ],
        ),
        (lambda c: first(c).update(type="share_bellow"), ["признак 1", "«share_bellow»", "имели в виду «share_below»"]),
        (lambda c: first(c).update(tipe=first(c).pop("type")), ["признак 1", "не указан вид", "имели в виду «type»"]),
        (lambda c: first(c).update(kinds=["ВПЗ"]), ["признак 1", "«ВПЗ»", "имели в виду «ВПР»"]),
        (lambda c: first(c).update(kinds="КДР"), ["«КДР» нет порога"]),
        (lambda c: first(c).update(threshold=0.3), ["в процентах: не 0.3, а 30"]),
        (lambda c: first(c).update(threshold="тридцать"), ["ожидалось число процентов", "«тридцать»"]),
        (lambda c: first(c).update(threshold=130), ["от 1 до 100"]),
        (lambda c: first(c).update(procedures_at_least=0), ["не меньше 1"]),
        (lambda c: first(c).update(procedures_at_least=1.5), ["не меньше 1", "«1.5»"]),
        (lambda c: first(c).update(subjects=[]), ["список пуст"]),
        (lambda c: c.update(combine="al"), ["all (все признаки)", "«al»"]),
        (
            lambda c: c.update(combine={"at_least": 3}, combine_is_ambiguous=False),
            ["нужно признаков: 3, а записано: 2"],
        ),
        (
            lambda c: c.update(combine={"atleast": 1}, combine_is_ambiguous=False),
            ["combine", "{at_least: 2}", "atleast"],
        ),
        (lambda c: c.update(combine={"at_least": 1}), ["combine_is_ambiguous", "all или any"]),
        (lambda c: c.update(criteria=[]), ["не записано ни одного признака"]),
        (lambda c: c.update(criteria=["share_below"]), ["признак 1", "«ключ: значение»"]),
        (lambda c: c.update(criteria="share_below"), ["ожидался список признаков"]),
        (lambda c: c.pop("criteria"), ["не хватает параметра «criteria»"]),
        (lambda c: c["criteria"][1].update(name="several_procedures"), ["«several_procedures» записано дважды"]),
        (lambda c: c.update(source=" "), ["source", "запись пуста"]),
        (lambda c: c.update(official="возможно"), ["official", "federal.yaml"]),
        (lambda c: c.update(year=20255), ["year", "не больше 2100"]),
    ],
)
def test_a_mistake_is_explained_with_its_place(workspace, change, words):
    message = spoil(workspace, change)
    for word in words:
        assert word in message
    assert "Input should" not in message  # nothing in English


def test_a_mistake_in_the_risk_zone_is_named_there(workspace):
    message = spoil(
        workspace, lambda c: c["risk_zone"]["criteria"][1].update(year_in_a_row=2), name="municipal_risk_zone.yaml"
    )
    assert "municipal_risk_zone.yaml, risk_zone, признак 2" in message
    assert "«years_in_a_row»" in message


def test_a_list_cannot_name_a_school_twice_in_one_year(workspace):
    def change(content):
        content["criteria"][2].update(ever=False, times_at_least=2)

    assert "за один год" in spoil(workspace, change, name="krasnodar_2021.yaml")


def test_a_key_written_twice_is_refused(workspace):
    path = workspace.parameters / "identification" / "federal.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\nofficial: false\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"federal\.yaml, строка \d+: ключ «official» записан дважды"):
        load_identification_methods(workspace)


@given(st.decimals(1, 100, places=2))
def test_a_threshold_is_exactly_what_is_written(percent):
    for written in (str(percent), str(percent).replace(".", ","), float(percent)):
        criterion = ShareBelow(type="share_below", name="a", title_ru="а", kinds="ВПР", threshold=written)
        assert criterion.threshold == Decimal(str(percent))
        assert criterion.share == Fraction(int(percent * 100), 10000)


def test_the_fingerprint_changes_with_the_rule(workspace):
    path = workspace.parameters / "identification" / "federal.yaml"
    before = load_identification_method(path).fingerprint
    assert before == load_identification_method(path).fingerprint
    path.write_text(path.read_text(encoding="utf-8").replace("threshold: 30", "threshold: 31", 1), encoding="utf-8")
    assert load_identification_method(path).fingerprint != before
