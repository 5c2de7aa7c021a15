"""The report of a municipality on talent: it says what its tables say, also when data lack, and shows no child."""

import re

import low_results_shown as seen
import pytest
import talent_shown as whole
from refusals import of_what_is_not_there
from talent_shown import NOTEBOOK, cells, described, forms, said

from oko_lib.indicators.talent.entries import PLACES, olympiad_entries
from oko_lib.indicators.talent.municipality import MunicipalityTalent
from oko_lib.report.talent import open_report
from oko_lib.report.talent.context import NUMBERING
from oko_lib.report.talent.home import home_sentence, home_table
from oko_lib.settings.loading import SettingsError

import talent_store as made  # isort: skip (its folder is put on the path by low_results_shown)

YEAR = made.YEAR
NORTH, MIDDLE, SOUTH = 0, 1, 2


def opened(workspace, municipality=NORTH):
    return open_report(made.code(municipality), workspace_root=str(workspace.root))


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return opened(made.written(tmp_path_factory))


@pytest.fixture(scope="module")
def objects(report):
    return seen.shown(report, NOTEBOOK)


@pytest.fixture(scope="module")
def text(objects):
    return seen.texts(objects)


@pytest.fixture(scope="module")
def south(tmp_path_factory):
    return seen.texts(seen.shown(opened(made.written(tmp_path_factory), SOUTH), NOTEBOOK))


# --- Whatever the data, the report is whole --------------------------------------------------------------------------


def test_the_notebook_shows_the_whole_report(objects):
    assert len(objects) > 30
    assert {"tbl-stages", "tbl-home", "tbl-fingerprint"} <= {
        about["label"] for about in described(objects, "table").values()
    }
    assert len(described(objects, "figure")) == 3
    whole.whole(objects)


NO_PEOPLE = r"участи\w+ \(людей не посчитать: не хватает ключей учеников\)"
NO_NEXT = {
    "map_figure": "^Рисунка нет",
    "home_figure": "^Рисунка нет",
    "home_table": "Школ, у которых достаточно дипломов .+, нет",
    "fairness_text": "нужны оба этапа одного года, баллы и ключи учеников нескольких школ",
}
NO_OLYMPIADS = NO_NEXT | {
    "stages_text": "Протоколов олимпиады этого года нет",
    "stages_table": "Протоколов олимпиады этого года нет",
    "funnel_figure": "Рисунка нет",
    "subjects_table": "Протоколов муниципального этапа этого года нет",
    "fault_places_table": "Строк, которые стоило бы сверить, нет",
}
NO_FORMS = {
    "findings": "Сведений о подготовке педагогов к работе с одарёнными нет",
    "support_text": "не оценена: нет данных",
    "staff_table": r"одарёнными \| … \| … \| …",
}
NO_COVERAGE = "Охват мероприятиями для одарённых не посчитать: "
NO_PUPILS = {
    "findings": f"{NO_COVERAGE}нет численности обучающихся по классам",
    "coverage_table": "Численности обучающихся по классам в данных нет",
    "groups_table": "Сведений о численности, месте и виде школ нет",
}
NO_CONTESTS = {
    "contests_text": "Участия в мероприятиях перечней в данных нет",
    "contests_table": r"муниципальные мероприятия \| … \| … \| … \| …",
}
NO_OBSERVERS = {
    "fairness_text": "Сведений о наблюдателях на муниципальном этапе нет",
    "observers_table": "Сведений о наблюдателях на олимпиадах нет",
}
LACKING = {
    "no forms": NO_FORMS | {"coverage_text": f"{NO_COVERAGE}школы не подали сведений"},
    "no enrolment": NO_PUPILS,
    "no contests": NO_CONTESTS,
    "no observers": NO_OBSERVERS,
    "no keys": NO_NEXT | {"findings": NO_PEOPLE, "stages_text": NO_PEOPLE, "contests_text": NO_PEOPLE,
                          "stages_table": r"школьный \| 4 \| … \| \d+ \| — \| — \| \d",
                          "coverage_table": r"СОШ № 1 \| 70 \| 9 \| 12,9 \| … \| …"},
    "no school keys": NO_NEXT | {"stages_text": NO_PEOPLE, "findings": r"этапе — \d+ человек\w?, \d+ участи"},
    "no scores": {name: words for name, words in NO_NEXT.items() if name != "map_figure"},
    "no municipal stage": NO_NEXT | {"subjects_table": "Протоколов муниципального этапа этого года нет"},
    "no olympiads": NO_OLYMPIADS | {"growth_table": "участники мероприятий федеральных перечней"},
    "no context": {"groups_table": "гимназии и лицеи"},
    "no previous year": {"growth_table": "Сравнить не с чем"},
    "only contests": NO_OLYMPIADS | NO_PUPILS | NO_OBSERVERS | {"staff_table": r"\| … \| … \| …"},
    "only forms": NO_OLYMPIADS | NO_PUPILS | NO_OBSERVERS | NO_CONTESTS | {"growth_table": "Сравнить не с чем"},
    "only protocols": NO_PUPILS | NO_CONTESTS | NO_OBSERVERS | {"support_text": "подготовке .+ нет"},
    "one school": {name: words for name, words in NO_NEXT.items() if name != "map_figure"}
    | {"support_text": "не оценена: 1 школа, нужно не менее 30"},
    "long names": {"coverage_table": r"Средняя\w+… \(edu880024\) \| 70"},
}  # fmt: skip


def test_every_case_is_looked_at():
    assert set(LACKING) == set(made.CASES)


@pytest.mark.parametrize("case", list(made.CASES))
def test_data_that_lack_something_give_a_whole_report_that_says_so(tmp_path_factory, case):
    objects = seen.shown(opened(made.written(tmp_path_factory, case)), NOTEBOOK)
    whole.whole(objects)
    said(objects, LACKING[case])


def test_a_municipality_without_entries_beside_others_points_to_no_figure(tmp_path):
    def without_north(entries):
        return entries[~entries["login"].isin([made.login(number) for number in range(0, 9, 3)])]

    objects = seen.shown(opened(made.region(tmp_path, 9, change=without_north)), NOTEBOOK)
    whole.whole(objects)
    said(objects, {"funnel_figure": "^Рисунка нет", "findings": r"участников не было \(табл\. 1\)"})


# --- Numbers of prose and tables -------------------------------------------------------------------------------------


def test_prizes_in_words_are_those_of_the_table(text):
    persons, entries, of_entries, of_persons, regional = re.search(
        r"На муниципальном этапе — (\d+) человек\w?, (\d+) участи\w+; дипломы — ([\d,]+) % (?:\(\S+\)) участий, "
        r"([\d,]+) % (?:\(\S+\)) людей \(по региону ([\d,]+) % участий\)",
        text["findings"],
    ).groups()
    row = cells(text["stages_table"], "муниципальный")
    assert (row[2], row[3]) == (persons, entries)
    assert (row[6].split(" ")[0], row[7].split(" ")[0], row[8]) == (of_entries, of_persons, regional)
    assert int(entries) > int(persons)


def test_coverage_in_words_is_the_total_of_its_table(text):
    share, covered, pupils = re.search(
        r"одарённых — ([\d,]+) % \((\d+) из (\d+)\), норма — не менее 10 %: норма не достигнута", text["coverage_text"]
    ).groups()
    total = cells(text["coverage_table"], "Всего")
    assert total[1:4] == [pupils, covered, share]
    rows = [row for row in seen.rows(text["coverage_table"]) if row[0] != "Всего"]
    assert sum(int(row[1]) for row in rows) == int(pupils)
    assert f"{share} % ({covered} из {pupils})" in text["findings"]


def test_growth_in_words_is_the_row_of_its_table(text):
    before, after, verdict = re.search(
        r"Участники муниципального этапа: было (\d+), стало (\d+); (.+?) \(табл\. 2\)", text["findings"]
    ).groups()
    row = cells(text["growth_table"], "участники муниципального этапа, чел.")
    assert row[1:3] == [before, after]
    assert row[5] == {"изменение неразличимо": "неразличимо"}.get(verdict, verdict.split(" ")[0])
    assert after == cells(text["stages_table"], "муниципальный")[2]


def test_home_results_in_words_are_those_of_the_table(text):
    name, mean, expected = re.search(
        r"не подтверждаются неслучайно: (.+?) \(средний балл пришедших (\d+) % максимума при ожидаемых (\d+) %\)",
        text["to_check"],
    ).groups()
    assert name == made.label(made.INFLATED)
    row = cells(text["home_table"], name)
    assert [round(float(cell.replace(",", "."))) for cell in row[4:6]] == [int(mean), int(expected)]
    assert row[-1] == "пришедшие показали меньше ожидаемого"
    others = [row for row in seen.rows(text["home_table"]) if row[0] != name]
    assert len(others) > 5
    assert {row[-1] for row in others} == {"неразличимо"}


def test_staff_in_words_is_the_row_of_its_table(text):
    share, part, every = re.search(r"подготовлены ([\d,]+) % педагогов \((\d+) из (\d+)\)", text["findings"]).groups()
    assert cells(text["staff_table"], "педагоги, подготовленные к работе с одарёнными")[1:4] == [part, every, share]


def test_values_under_codes_are_those_of_the_sections(text):
    stage = cells(text["stages_table"], "муниципальный")
    rows = seen.rows(text["indicators_table"])
    prizes = {row[3]: row[4] for row in rows if row[0] == "1.3.2-M02"}
    assert {reading: value.split(" ")[0] for reading, value in prizes.items()} == {
        "от участий": stage[6].split(" ")[0],
        "от людей": stage[7].split(" ")[0],
    }
    schools = seen.rows(text["school_indicators_table"])
    assert [row[0] for row in schools] == [row[0] for row in seen.rows(text["coverage_table"])[:-1]]


# --- Children and works ----------------------------------------------------------------------------------------------


def test_every_share_of_prizes_names_its_unit(text):
    for name in ("findings", "stages_text", "contests_text", "funnel_figure"):
        for sentence in re.findall(r"диплом[^.;]*%[^.;]*", text[name]):
            shares = re.findall(r"[\d,]+ %(?: \([\d,–]+\))?( \w+)?", sentence)
            assert {unit.strip() for unit in shares} <= {"участий", "людей"}, sentence
            assert shares, sentence


def test_every_share_in_the_tables_of_stages_and_contests_names_its_unit(objects):
    tables = described(objects, "table")
    shares = [
        column
        for name in ("stages_table", "subjects_table", "contests_table")
        for column in tables[name]["columns"]
        if column["kind"] == "share" and column["title"] != "По региону, %"
    ]
    assert len(shares) == 7
    assert [column["title"] for column in shares if not re.search("от (участий|людей|всех|них)", column["title"])] == []


# --- Beside the region -----------------------------------------------------------------------------------------------


def test_a_municipality_alone_is_compared_with_nothing(tmp_path, text):
    assert sum("по региону" in part.casefold() for part in text.values()) > 8
    objects = seen.shown(opened(made.region(tmp_path, 24, municipalities=1)), NOTEBOOK)
    whole.whole(objects)
    assert [name for name, part in seen.texts(objects).items() if "по региону" in part.casefold()] == []


def test_a_subject_nobody_came_to_is_named_only_where_its_protocols_are_known(tmp_path_factory):
    north = [made.login(number) for number in range(0, 12, 3)]

    def physics_at_the_municipal_stage(entries):
        return (entries["subject"] == "Физика") & (entries["stage"] == "municipal")

    def absent(entries):
        return entries[~(physics_at_the_municipal_stage(entries) & entries["login"].isin(north))]

    def not_loaded(entries):
        return entries[~physics_at_the_municipal_stage(entries)]

    found = {}
    for change in (absent, not_loaded):
        workspace = made.region(tmp_path_factory.mktemp("subjects"), 12, change=change, faults=False)
        found[change] = seen.text(opened(workspace).subjects_text())
    assert "На муниципальном этапе никого не было по предметам: физика" in found[absent]
    assert "никого не было" not in found[not_loaded]


# --- Planted ---------------------------------------------------------------------------------------------------------


def test_three_villages_hold_coverage_below_the_norm_and_are_named_with_the_others(text):
    named = " и ".join([", ".join(map(made.label, made.VILLAGES[:2])), made.label(made.VILLAGES[2])])
    expected = f"не хватает в 3 школах: {named}; в остальных школах вместе — 12,9 %"
    assert expected in text["findings"]
    assert f"{named}: почему охвачено мало детей" in text["to_check"]
    rest = [row for row in seen.rows(text["coverage_table"])[:-1] if row[0] not in map(made.label, made.VILLAGES)]
    assert len(rest) == 9
    total = cells(text["coverage_table"], "Всего")
    pupils = int(total[1]) - 3 * 70
    assert f"{100 * int(total[2]) / pupils:.1f}".replace(".", ",") == "12,9"


def test_exactly_ten_per_cent_is_reached(tmp_path_factory):
    report = opened(made.written(tmp_path_factory), MIDDLE)
    found = seen.text(report.coverage_text())
    assert "10,0 % (84 из 840), норма — не менее 10 %: норма выполнена." in found
    assert "не хватает" not in found
    assert "Охват ниже нормы" not in seen.text(report.advice())


def test_silence_is_no_zero_and_is_named(south):
    silent = made.label(made.SILENT)
    assert f"Сведений об охвате нет у 1 школы ({silent})" in south["coverage_text"]
    assert f"у 1 школы ({silent})" in south["to_check"]
    assert cells(south["coverage_table"], silent)[2:4] == ["…", "…"]
    assert cells(south["coverage_table"], "Всего")[1:4] == ["840", "99", "12,9"]
    assert "Общий охват — по школам, подавшим сведения: 99 из 770." in south["coverage_table"]
    assert "12,9 % (99 из 770)" in south["findings"]  # of the eleven others


def test_an_olympiad_without_an_observer_is_named(south, text):
    said_ = f"без них прошли олимпиады на площадках: {made.label(made.UNOBSERVED)}"
    assert said_ in south["fairness_text"]
    assert said_ in south["to_check"]
    assert cells(south["observers_table"], "муниципальный")[3] == "95,8"
    assert "на 100,0 % олимпиад" in text["fairness_text"]
    assert "наблюдатели" not in text["to_check"].casefold()


def test_an_event_in_no_register_is_named(text, south):
    assert (
        f"Этих мероприятий нет в перечнях года, хотя участие записано на перечень: «{made.UNLISTED}»"
        in (text["contests_text"])
    )
    assert made.UNLISTED not in south["contests_text"]


def test_a_list_of_events_that_was_not_loaded_is_no_zero(tmp_path_factory):
    table = seen.text(opened(made.written(tmp_path_factory, "no contests")).contests_table())
    assert {cell for row in seen.rows(table) for cell in row[1:]} == {"…"}
    values = seen.text(opened(made.written(tmp_path_factory, "no contests")).indicators_table())
    assert {row[4] for row in seen.rows(values) if row[0] in {"1.3.3-M01", "1.3.11-M01", "1.3.11-M02"}} == {"…"}


# --- Small groups ----------------------------------------------------------------------------------------------------


def test_a_school_of_seven_children_has_no_shares(text):
    row = cells(text["coverage_table"], made.label(made.TINY))
    assert row[1] == "7"
    assert set(row[2:]) == {"м.д."}


def test_a_municipality_of_seven_children_has_no_share_of_children(tmp_path):
    """One school with a pupil in every grade from 5 to 11, 14 works; two ordinary municipalities beside it."""
    objects = seen.shown(opened(made.region(tmp_path, 12, tiny=(0,), left_out=(3, 6, 9))), NOTEBOOK)
    whole.whole(objects)
    of_children = {"stages_table", "coverage_table", "groups_table", "subjects_table", "contests_table", "home_table"}
    found = []
    for name in of_children:
        about = described(objects, "table")[name]
        shares = [index for index, column in enumerate(about["columns"])
                  if column["kind"] == "share" and not column["key"].endswith("region")]  # fmt: skip
        found += [(name, row[0], row[index]) for row in about["rows"] for index in shares]
    assert len(found) > 20
    assert [item for item in found if re.search(r"\d", item[2])] == []
    programmes = seen.text(objects["programmes_table"])
    pupils = [row for row in seen.rows(programmes) if row[3] == "учеников" and row[2] != "—"]
    assert len(pupils) == 6
    assert {(row[1], row[4]) for row in pupils} == {("м.д.", "м.д.")}
    said(objects, {"coverage_text": "не посчитать: 7 учеников, нужно не менее 10"})
    values = {row[4] for row in seen.rows(seen.text(objects["indicators_table"])) if row[5] == "—" and "," in row[4]}
    assert values == set()


def test_results_of_few_who_came_are_not_printed(report):
    """A school is judged from five who came on; its mean is shown from ten on."""
    results: MunicipalityTalent = report.context.results
    few = results.home[results.home["state"].notna()].assign(n_next=9, state="beyond", route="shortfall")
    table = seen.rows(seen.text(home_table(few, report.context.short_names, NUMBERING, 10)))
    assert table
    assert {cell for row in table for cell in row[4:6]} == {"м.д."}
    sentence = home_sentence(few, report.context.short_names, 10)
    assert "средний балл пришедших ниже ожидаемого" in sentence
    assert "%" not in sentence


# --- No child is shown -----------------------------------------------------------------------------------------------


def stored(report):
    """Entries as they stand in the store: results about the region keep no codes and no places in files."""
    data = report.context.results.region.data
    assert not {*PLACES} & {*data.entries.columns}
    return olympiad_entries(report.context.results.session.snapshot, data.first_year, data.year)


def test_no_pupil_key_and_no_code_in_any_form(report, objects):
    entries = stored(report)
    assert len(entries) > 0
    assert entries["person"].str.fullmatch(made.KEY).all()
    assert entries["participant"].str.fullmatch(made.CODE).all()
    shown = {name: re.findall(f"{made.KEY}|{made.CODE}", forms(value)) for name, value in objects.items()}
    assert {name: hits for name, hits in shown.items() if hits} == {}
    assert "<svg" in forms(objects["funnel_figure"])
    assert "typst" in "".join(objects["funnel_figure"]._repr_mimebundle_())


def test_faults_name_file_sheet_and_row_of_the_child(report, text):
    rows = seen.rows(text["fault_places_table"])
    assert len(rows) == 3
    entries = stored(report)
    codes = {}
    for what, *_, place in rows:
        file, sheet, row = re.fullmatch(r"(.+), лист «(.+)», строка (\d+)", place).groups()
        assert (file, sheet) == (made.OLYMPIAD_FILE, made.SHEET)
        codes[what] = entries.loc[entries["source_row"] == int(row), "participant"].item()
    assert codes["победитель набрал не больше половины максимума"] == "уч-900001"
    assert codes["нет среди участников предыдущего этапа"] == "уч-900002"
    assert "балл 20, половина 20" in text["fault_places_table"]
    counted = {row[0]: row[1] for row in seen.rows(text["faults_table"])}
    assert sorted(counted.values()) == ["0", "0", "1", "1", "1", "…"]
    assert "В протоколах не сходятся 3 записи с правилами олимпиады (" in text["to_check"]  # no kind is the commonest


def test_a_municipality_without_faults_is_asked_nothing_of_protocols(south):
    assert "Строк, которые стоило бы сверить, нет" in south["fault_places_table"]
    assert "протокол" not in south["to_check"].casefold()


# --- What cannot be opened -------------------------------------------------------------------------------------------


@of_what_is_not_there
def test_what_is_not_there_is_refused_in_russian(tmp_path_factory, municipality, year, mode, words):
    with pytest.raises(SettingsError, match=words):
        open_report(municipality, year, mode, str(made.written(tmp_path_factory).root))


def test_a_store_without_talent_is_refused_in_russian(tmp_path):
    workspace = made.region(tmp_path, 3, without=("forms", "enrolment", "contests", "observers", "olympiads"))
    with pytest.raises(SettingsError, match="Загрузите файлы"):
        opened(workspace)
