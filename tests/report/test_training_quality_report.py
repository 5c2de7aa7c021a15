"""The reports on quality of training: they say what their tables say, also when data lack."""

import re

import low_results_shown as seen
import openpyxl
import pandas as pd
import pytest
from IPython.display import Markdown
from nbformat import v4

from oko_lib.report.columns import ColumnSpec
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.table import ReportTable
from oko_lib.report.training_quality import open_regional_report, open_report
from oko_lib.report.workbook_table import WorkbookTable
from oko_lib.report.xlsx import write_xlsx
from oko_lib.settings.loading import SettingsError

import quality_samples as made  # isort: skip (its folder is put on the path by low_results_shown)

NOTEBOOK, REGION_NOTEBOOK = "training_quality.ipynb", "training_quality_region.ipynb"
SCHOOL = "СОШ № 1"
PARAGRAPHS = {"marks_text", "skills_text", "skill_years_text", "register_text", "transition_text", "levels_text",
              "cohorts_text", "graduates_text", "adapted_text", "objectivity_text"}  # fmt: skip


def opened(workspace, municipality=0):
    return open_report(made.code(municipality), workspace_root=str(workspace.root))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return made.written(tmp_path_factory)


@pytest.fixture(scope="module")
def report(workspace):
    return opened(workspace)


@pytest.fixture(scope="module")
def objects(report):
    return seen.shown(report, NOTEBOOK)


@pytest.fixture(scope="module")
def text(objects):
    return seen.texts(objects)


@pytest.fixture(scope="module")
def regional(workspace):
    return seen.shown(open_regional_report(workspace_root=str(workspace.root)), REGION_NOTEBOOK)


# --- Whatever the data, the report is whole ------------------------------------------------------------------------


def whole(objects: dict[str, object]) -> None:
    for name, value in objects.items():
        assert isinstance(value, Markdown) or hasattr(value, "_repr_mimebundle_"), name
        if name in PARAGRAPHS:
            assert isinstance(value, Markdown), name
        assert seen.text(value).strip(), name
    assert seen.traces(objects) == {}
    found = {name: seen.JUDGING.findall(part) for name, part in seen.texts(objects).items()}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_the_notebooks_show_the_whole_reports(objects, regional):
    assert len(objects) > 40
    whole(objects)
    whole(regional)


SAYS = {
    "marks only": {"levels_text": "нет", "graduates_text": "нет"},
    "levels only": {"skills_text": "нет", "marks_figure": "Рисунка нет"},
    "one year": {"changes_table": "…", "transition_text": "в данных нет"},
}


@pytest.mark.parametrize("case", list(SAYS))
def test_data_that_lack_something_give_whole_reports(tmp_path_factory, case):
    says = SAYS[case]
    workspace = made.written(tmp_path_factory, case)
    objects = seen.shown(opened(workspace), NOTEBOOK)
    whole(objects)
    text = seen.texts(objects)
    assert {name for name, words in says.items() if words in text[name]} == set(says)
    if case == "levels only":
        whole(seen.shown(open_regional_report(workspace_root=str(workspace.root)), REGION_NOTEBOOK))


# --- Numbers of prose and tables -------------------------------------------------------------------------------------


def test_the_largest_share_of_failing_is_in_its_table(text):
    work, share = re.search(r"Больше всего «2» за работу «(.+?)»: ([\d,]+) %", text["marks_text"]).groups()
    rows = {cells[0]: cells[2] for cells in seen.rows(text["works_table"])}
    assert rows[work].startswith(share)
    assert float(share.replace(",", ".")) == max(float(cell.split(" ")[0].replace(",", ".")) for cell in rows.values())


def test_years_of_another_scale_are_refused_with_the_reason(text):
    name = "Русский язык, 5 кл."
    row = next(cells for cells in seen.rows(text["changes_table"]) if cells[0] == name)
    assert row[1:] == ["—", "—", "не сравнить"] * 2
    for where in ("changes_table", "findings", "marks_text"):
        assert f"{name}: шкалы 2025 и 2026 годов разные («3» с 5 и 4; «4» с 8 и 7; «5» с 11 и 10)" in text[where]
    assert "Русский язык, 5 кл. — кодификатор 2025 года не загружен" in text["skill_years_text"]
    assert "только в 2025 году: 4.5старое; только в 2026 году: 4.5" in text["skill_years_text"]


def test_the_planted_skill_is_on_page_one_and_in_its_tables(text):
    assert f"{SCHOOL}, Математика, 5 кл.: «" in text["findings"]
    assert f"{SCHOOL}: как проходили темы" in text["to_check"]
    rows = [cells for cells in seen.rows(text["out_table"]) if cells[0] == SCHOOL]
    planted = next(cells for cells in rows if "Умение 2" in cells[2] and cells[1] == "МА-5")
    assert planted[-1] == "ниже ожидаемого"
    skill = next(cells for cells in seen.rows(text["skills_table"]) if cells[0] == "МА-5" and "Умение 2" in cells[1])
    assert skill[-2].startswith("1 из ")


def test_counts_of_graduates_in_words_are_those_of_the_table(text):
    lost, started, gone = re.search(
        r"9 класс: без аттестата (\d+) из (\d+), не продолжили образование (\d+)", text["graduates_text"]
    ).groups()
    row = next(cells for cells in seen.rows(text["graduates_table"]) if cells[0] == "9 класс")
    assert (row[2], row[4], row[-2]) == (started, lost, gone)
    assert "СОШ № 4 (9 класс)" in text["graduates_text"]


def test_own_assessment_below_the_target_is_said_and_addressed(workspace):
    report = opened(workspace, made.NO_ASSESSMENT)
    assert "у 87,5 % (7 из 8) школ с АООП при норме 100 %: ниже нормы" in seen.text(report.adapted_text())
    assert [cells[0] for cells in seen.rows(seen.text(report.adapted_table()))] == ["СОШ № 7"]


def test_tables_and_figures_are_numbered_in_reading_order(objects, regional):
    for shown in (objects, regional):
        described = [
            value._repr_mimebundle_()["application/vnd.oko+json"]
            for value in shown.values()
            if hasattr(value, "_repr_mimebundle_") and not isinstance(value, Markdown)
        ]
        for kind in ("table", "figure"):
            numbers = [item["number"] for item in described if item.get("kind") == kind]
            assert numbers == sorted(set(numbers)), kind
        tables = [item["number"] for item in described if item.get("kind") == "table"]
        assert tables == list(range(1, len(tables) + 1))


# --- Pupils and small classes -----------------------------------------------------------------------------------------


def test_no_participant_is_shown(objects):
    for name, value in objects.items():
        described = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else {}
        whole_text = seen.text(value) + str(described.get("application/vnd.oko+json", ""))
        assert not re.search(r"\b[45]0\d{4}\b", whole_text), name


def test_a_class_of_six_has_no_numbers_in_the_register(workspace):
    described = opened(workspace, made.SMALL_CLASS).full_register()._repr_mimebundle_()["application/vnd.oko+json"]
    rows = [row for row in described["rows"] if row[0].endswith("№\u00a010") and row[1].endswith("Б")]
    assert rows
    assert all(row[8] == row[10] == row[11] == row[12] == "м.д." for row in rows)


def test_codes_stand_in_the_appendix_and_in_the_workbook(report, text):
    codes = {cells[0] for cells in seen.rows(text["indicators_table"])}
    assert codes == {f"1.1.1-M0{n}" for n in (1, 2, 3)} | {f"1.1.2-M0{n}" for n in (1, 2, 3)} | {
        "1.1.3-M01", "1.1.4-M01", "1.1.4-M02",
    }  # fmt: skip
    rows = report.all_indicators()._repr_mimebundle_()["application/vnd.oko+json"]["rows"]
    assert {"1.1.1-S01", "1.1.2-S02", "1.1.4-S03"} <= {row[0] for row in rows}


# --- Tables only the workbook holds -----------------------------------------------------------------------------------


def test_a_workbook_table_is_a_line_on_the_page_and_a_sheet_in_the_workbook(tmp_path):
    frame = pd.DataFrame({"name": [f"строка {number}" for number in range(300)], "share": [0.25] * 300})
    columns = [ColumnSpec("name", "Имя"), ColumnSpec("share", "Доля", kind="share")]
    shown = WorkbookTable(ReportTable.build(frame, columns, "Всё"), "Полный лист")._repr_mimebundle_()
    assert "Всё (300 строк) — в книге Excel этого отчёта, лист «Полный лист»." in shown["text/plain"].replace(
        "\u00a0", " "
    )
    assert "строка 7" not in shown["text/html"] + shown["text/vnd.typst"]
    node = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[v4.new_output("display_data", data=shown)])])
    write_xlsx(node, tmp_path / "book.xlsx", META)
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["Полный лист"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert ["строка 299", 0.25] in cells


META = ReportMeta(title="Проверка", municipality="Н", direction="Качество подготовки", year="2026")


# --- What cannot be opened -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("municipality", "mode", "words"),
    [("", "internal", "Впишите муниципалитет"), ("reg88_m009", "internal", "Нет муниципалитета"),
     ("reg88_m001", "public", "защиты малых групп ещё нет")],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_russian(workspace, municipality, mode, words):
    with pytest.raises(SettingsError, match=words):
        open_report(municipality, 0, mode, str(workspace.root))
