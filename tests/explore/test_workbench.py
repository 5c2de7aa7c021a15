"""The workbench object: what it gives, how it answers mistakes, and what a notebook shows of its errors."""

import re
import subprocess
import sys
import types
from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest
from demo_place import demo_copy, demo_root
from jupyter_client.manager import start_new_kernel
from papermill.exceptions import PapermillExecutionError

from oko_lib import Workbench
from oko_lib.batch.directions import DIRECTIONS
from oko_lib.batch.explain import cell_failure
from oko_lib.explore import workbench as module
from oko_lib.explore import workbench_tables
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.plain_errors import HelpfulNames, PlainError, UnknownNameError
from oko_lib.store import Store, StoreError
from oko_lib.tables import TABLES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return demo_root(tmp_path_factory)


@pytest.fixture(scope="module")
def wb(root):
    return Workbench(root)


@pytest.fixture
def empty(tmp_path):
    return Workbench(tmp_path)


# --- light and discoverable ------------------------------------------------------------------------------------------


def test_the_package_stays_light_and_offers_the_workbench():
    code = (
        "import sys, oko_lib; heavy = {'pandas', 'ipywidgets', 'duckdb'} & set(sys.modules); "
        "assert not heavy, heavy; assert 'Workbench' in dir(oko_lib); oko_lib.Workbench; "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_name_the_package_lacks_is_an_ordinary_error():
    with pytest.raises(ImportError):
        from oko_lib import Wrokbench  # noqa: F401


def test_completion_shows_only_what_one_can_do(wb):
    assert set(dir(wb)) == {
        *("municipalities", "schools", "years", "directions", "tables", "data"),
        *("report", "explorer", "explorers", "start", "load", "build"),
    }


def test_everything_public_is_explained_in_russian():
    for name in dir(Workbench.__new__(Workbench)):
        words = getattr(Workbench, name).__doc__ or ""
        assert re.match("[А-Я]", words), name


def test_every_direction_has_its_reports():
    from importlib import import_module

    assert set(module.REPORTS) == set(DIRECTIONS)
    for room in module.REPORTS.values():
        assert callable(import_module(room).open_report)
        assert callable(import_module(room).open_regional_report)


def test_a_place_that_is_not_there_is_not_taken_for_an_empty_one(tmp_path):
    with pytest.raises(SettingsError, match="Нет папки"):
        Workbench(tmp_path / "рабчая")


# --- tables ----------------------------------------------------------------------------------------------------------


def test_small_tables_speak_russian(wb):
    places = wb.municipalities
    assert list(places.columns) == ["Код", "Муниципалитет", "Школ"]
    assert set(places["Код"]) == {"reg99_m001", "reg99_m002"}
    schools = wb.schools("reg99_m001")
    assert len(schools) == int(places.set_index("Код").loc["reg99_m001", "Школ"])
    assert len(wb.schools()) == places["Школ"].sum()
    assert len(set(schools["Муниципалитет"])) == 1
    years = wb.years.set_index("Год")
    assert years.loc[2026, "Объективность ВПР"] == 2
    assert list(wb.directions["Имя"]) == list(DIRECTIONS)
    assert "2026" in wb.directions.set_index("Имя").loc["talent", "Годы с данными"]
    tables = wb.tables.set_index("Имя")["Строк"]
    assert tables["vpr_results_by_participant"] == len(wb.data("vpr_results_by_participant"))


def test_a_municipality_is_found_by_its_name_in_any_spelling(wb):
    name = wb.municipalities["Муниципалитет"].iloc[0]
    code = wb.municipalities["Код"].iloc[0]
    pd.testing.assert_frame_equal(wb.schools(f"  {name.upper()} "), wb.schools(code))


def test_rows_of_a_table_are_those_of_the_store(wb, root):
    frame = wb.data("exam_results_by_participant", year=2026, municipality="reg99_m001")
    logins = set(wb.schools("reg99_m001")["Логин"])
    stored = Store(root / "data" / "store").snapshot().read("exam_results_by_participant", where={"year": 2026})
    assert 0 < len(frame) == stored["login"].isin(logins).sum() < len(stored)
    assert set(frame["Логин ОО"]) <= logins
    assert set(frame["Экзамен"]) <= {"ОГЭ", "ЕГЭ", "ГВЭ-9", "ГВЭ-11", "ГВЭ"}
    plain = wb.data("exam_results_by_participant", year=2026, municipality="reg99_m001", titles=False)
    assert list(plain.columns) == [column.name for column in TABLES["exam_results_by_participant"].columns]


def test_codes_become_words_and_no_row_is_lost(wb):
    words, codes = (wb.data("diagnostic_results_by_participant", titles=titles) for titles in (True, False))
    assert len(words) == len(codes)
    assert "basic" in set(codes["level"])
    assert "базовый" in set(words["Уровень"])
    assert (codes["level"] == "basic").sum() == (words["Уровень"] == "базовый").sum()
    assert codes["level"].isna().sum() == words["Уровень"].isna().sum()


def test_a_table_is_found_by_its_russian_title(wb):
    assert len(wb.data("муниципалитеты")) == 2
    assert len(wb.data("Муниципалитеты", municipality="reg99_m002")) == 1


def test_no_heading_stands_twice_in_a_table():
    for definition in TABLES.values():
        titles = list(workbench_tables.titles_of(definition.columns).values())
        assert len(titles) == len(set(titles)), definition.name


def test_too_many_rows_are_not_fetched(wb, monkeypatch):
    monkeypatch.setattr(workbench_tables, "MOST_ROWS", 100)
    with pytest.raises(SettingsError, match="Укажите year и municipality"):
        wb.data("vpr_results_by_participant")
    assert len(wb.data("vpr_results_by_participant", 2026, "reg99_m001")) > 100


def test_new_data_show_without_a_new_workbench(tmp_path_factory):
    from oko_lib.intake import ingest
    from oko_lib.settings.workspace import Workspace

    root = demo_copy(tmp_path_factory)
    wb = Workbench(root)
    before = len(wb.data("school_logins"))
    held = wb._data.snapshot
    assert wb._data.snapshot is held
    file = root / "data" / "raw" / "логины.csv"
    file.write_text("Логин;Действующий логин\nsch999001;edu999001\n", encoding="utf-8")
    assert ingest([file], Workspace.at(root)).files[0].accepted == 1
    assert len(wb.data("school_logins")) == before + 1
    assert wb._data.snapshot is not held


# --- reports ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(wb):
    return wb.report("Объективность ВПР", "reg99_m001")


def test_a_report_is_that_of_the_notebook(report, root):
    from oko_lib.report.objectivity import ObjectivityReport, open_report

    assert isinstance(report, ObjectivityReport)
    own = open_report("reg99_m001", workspace_root=str(root))
    assert report.works_table().rows == own.works_table().rows


def test_without_a_municipality_it_is_the_region(wb):
    from oko_lib.report.talent import RegionalTalentReport

    assert isinstance(wb.report("таланты", year=2026), RegionalTalentReport)


def test_a_misspelt_part_of_a_report_gets_the_nearest_name(report):
    with pytest.raises(UnknownNameError, match=r"«funel_figure»\. Возможно, вы имели в виду «funnel_figure»") as caught:
        report.funel_figure()
    assert isinstance(caught.value, AttributeError)
    assert not hasattr(report, "_repr_html_")
    assert not hasattr(report, "совсем другое")


def test_all_report_objects_help_with_names():
    from oko_lib.report import low_results, objectivity, talent, training_quality

    rooms = (low_results, objectivity, talent, training_quality)
    classes = [item for room in rooms for item in vars(room).values() if isinstance(item, type)]
    assert len(classes) >= 9
    assert all(issubclass(item, HelpfulNames) for item in classes)


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda wb: wb.data("exam_count_by_school"), "Возможно, вы имели в виду «exam_counts_by_school»"),
        (lambda wb: wb.data("итоги экзаменов"), "Возможно, вы имели в виду «Итоги экзаменов по школам»"),
        (lambda wb: wb.report("объективность", "reg99_m001"), "Возможно, вы имели в виду «Объективность ВПР»"),
        (lambda wb: wb.report("talant", "reg99_m001"), "Возможно, вы имели в виду «talent»"),
        (lambda wb: wb.schools("reg99_m01"), "Возможно, вы имели в виду «reg99_m001»"),
        (lambda wb: wb.report("talent", "reg99_m001", 2019), "за 2019 год. Есть: 2026"),
        (lambda wb: wb.data("vpr_tasks", year=2019), "нет строк за 2019 год. Есть: 2026"),
        (lambda wb: wb.data("vpr_tasks", year="2026"), "нужно число"),
        (lambda wb: wb.data("municipalities", year=2026), "не делится по годам"),
        (lambda wb: wb.data("vpr_tasks", municipality="reg99_m001"), "не делится по муниципалитетам"),
        (lambda wb: wb.data("vpr_tasks", yeer=2026), "нет параметра «yeer». Возможно, вы имели в виду «year»"),
        (lambda wb: wb.data(), "не хватает: table"),
        (lambda wb: wb.schools("reg99_m001", 2026), "лишнее значение «2026»"),
        (lambda wb: wb.schools("reg99_m001", municipality="reg99_m001"), "задан дважды"),
        (lambda wb: wb.munisipalities, "Возможно, вы имели в виду «municipalities»"),
        (lambda wb: wb.совсем_другое, "Есть: build, data"),
        (lambda wb: wb.explorer("objectivty"), "Возможно, вы имели в виду «objectivity»"),
    ],
)
def test_a_mistake_is_answered_in_words(wb, call, words, monkeypatch):
    stand_in(monkeypatch)
    with pytest.raises(PlainError) as caught:
        call(wb)
    assert words in str(caught.value)


def test_part_of_a_name_is_enough_for_a_suggestion():
    known = ["город Северск", "Северский муниципальный район", "Усть-Лужский муниципальный округ"]
    assert suggest("усть-лужский", known) == " Возможно, вы имели в виду «Усть-Лужский муниципальный округ»."
    assert suggest("Лужский", known) == " Возможно, вы имели в виду «Усть-Лужский муниципальный округ»."
    assert suggest("Северск", known).count("«") == 2
    assert suggest("школа", known) == ""
    # Three letters stand in half of all names.
    assert suggest("год", ["годы", "год рождения"]) != " Возможно, вы имели в виду «год рождения»."


def test_an_empty_place_has_empty_tables_and_says_what_to_do(empty, monkeypatch):
    stand_in(monkeypatch)
    for frame in (empty.municipalities, empty.schools(), empty.years):
        assert isinstance(frame, pd.DataFrame)
        assert frame.empty
    assert set(empty.directions["Годы с данными"]) == {"нет"}
    assert empty.tables["Строк"].sum() == 0
    assert empty.explorers() is module.NO_DATA
    assert empty.explorer("objectivity") is module.NO_DATA
    with pytest.raises(StoreError, match="Загрузите файлы"):
        empty.data("vpr_tasks")


# --- explorers -------------------------------------------------------------------------------------------------------


def stand_in(monkeypatch):
    """Put a stand-in for the explorers, which have tests of their own."""
    asked = []
    shown = types.ModuleType("oko_lib.explore.explorer")
    shown.explorer = lambda direction, root=None: asked.append((direction, root)) or f"обзор {direction}"
    shown.explorers = lambda root=None: asked.append(("все", root)) or "обзоры"
    monkeypatch.setitem(sys.modules, "oko_lib.explore.explorer", shown)
    return asked


def test_explorers_are_asked_for_by_name_and_title(wb, root, monkeypatch):
    asked = stand_in(monkeypatch)
    assert wb.explorer("Таланты") == "обзор talent"
    assert wb.explorer("objectivity") == "обзор objectivity"
    assert wb.explorers() == "обзоры"
    assert asked == [("talent", root.resolve()), ("objectivity", root.resolve()), ("все", root.resolve())]


# --- what a notebook shows -------------------------------------------------------------------------------------------


def test_a_notebook_shows_the_message_alone(root):
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        opening = f"from oko_lib import Workbench; wb = Workbench({str(root)!r})"
        assert client.execute_interactive(opening, timeout=120)["content"]["status"] == "ok"
        content = client.execute_interactive("wb.data('vpr_task')", timeout=60, output_hook=lambda _: None)["content"]
        assert content["ename"] == "SettingsError"
        assert content["traceback"] == [content["evalue"]]
        assert "Возможно, вы имели в виду «vpr_tasks»" in content["evalue"]
        # Any other mistake keeps its traceback.
        content = client.execute_interactive("1 / 0", timeout=60, output_hook=lambda _: None)["content"]
        assert len(content["traceback"]) > 1
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("code", ["wb.data('vpr_task')", "wb.report('talent', 'reg99_m001').funel_figure()"])
def test_the_batch_names_cell_and_message(root, tmp_path, code):
    """What the batch makes of an error of ours is its message, not an internal error."""
    cells = [f"from oko_lib import Workbench\nwb = Workbench({str(root)!r})", code]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with pytest.raises(PapermillExecutionError) as caught:
        papermill.execute_notebook(
            notebook,
            str(tmp_path / "out.ipynb"),
            engine_name="oko-inprocess",
            progress_bar=False,
            kernel_name="python3",
        )
    error = caught.value
    words = cell_failure(error.ename, error.evalue, 2, error.source)
    assert error.traceback == [error.evalue]
    assert words.startswith("Ячейка 2")
    assert "Возможно, вы имели в виду" in words
    assert "расчёт остановился" not in words


def test_errors_written_for_people_are_known_to_the_batch():
    from oko_lib.batch.explain import _OWN
    from oko_lib.intake.errors import FileRefused

    for kind in (SettingsError, StoreError, FileRefused, UnknownNameError):
        assert issubclass(kind, PlainError)
        assert kind.__name__ in _OWN


# --- documentation and the first notebook ----------------------------------------------------------------------------


def test_the_examples_of_the_page_work(tmp_path_factory, monkeypatch):
    page = (ROOT / "docs" / "ru" / "workbench.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) >= 8
    stand_in(monkeypatch)
    root = demo_copy(tmp_path_factory)
    monkeypatch.setenv("OKO_ROOT", str(root))
    monkeypatch.chdir(root)
    names: dict = {}
    for block in blocks:
        if "# ошибка" in block:
            with pytest.raises(SettingsError, match="Возможно, вы имели в виду «Объективность ВПР»"):
                exec(block, names)
        else:
            exec(block, names)
    assert (root / "контекст.xlsx").is_file()
    mentioned = set(re.findall(r"wb\.(\w+)", page))
    assert mentioned <= set(dir(names["wb"]))
    assert mentioned == set(dir(names["wb"]))


def executed(root, tmp_path):
    return papermill.execute_notebook(
        str(ROOT / "notebooks" / "start_here.ipynb"),
        str(tmp_path / "start.ipynb"),
        parameters={"workspace_root": str(root)},
        kernel_name="python3",
        progress_bar=False,
    )


def test_the_first_notebook_runs_on_data_and_without(root, tmp_path):
    """In a real kernel, as when JupyterLab opens it."""
    for place in (demo_place_of(root, tmp_path), tmp_path / "пустая"):
        place.mkdir(exist_ok=True)
        outputs = [output for cell in executed(place, tmp_path).cells for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output.output_type in ("error", "stream")]
        assert any("application/vnd.jupyter.widget-view+json" in output.get("data", {}) for output in outputs)


def demo_place_of(root, tmp_path):
    import shutil

    return Path(shutil.copytree(root / "data" / "store", tmp_path / "с данными" / "data" / "store")).parents[1]


def test_the_batch_does_not_take_the_first_notebook_for_a_direction():
    assert "start_here.ipynb" not in {name for item in DIRECTIONS.values() for name in item.notebooks}


def test_names_in_the_first_notebook_exist():
    notebook = nbformat.read(ROOT / "notebooks" / "start_here.ipynb", as_version=4)
    said = "\n".join(cell.source for cell in notebook.cells)
    assert set(re.findall(r"wb\.(\w+)", said)) <= set(dir(Workbench.__new__(Workbench)))
    from oko_lib.report.objectivity import ObjectivityReport

    parts = set(re.findall(r"отчёт\.(\w+)\(", said))
    assert parts
    assert all(hasattr(ObjectivityReport, name) for name in parts)
