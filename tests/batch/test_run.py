"""Whole runs over the sample direction: what is built, what fails and how, what is left behind."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from lxml import html
from oko_sample_direction import BOTH, DIRECTIONS, MUNICIPALITIES

from oko_lib.batch import ReportStatus, RunOptions, Selection, run_reports
from oko_lib.batch.ingredients import of_norms
from oko_lib.batch.verify import pdf_text
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.settings.loading import SettingsError
from oko_lib.store import Store

TESTS = Path(__file__).parent


def run(place, selection=None, directions=DIRECTIONS, **options):
    given = {"formats": ("pdf",), "jobs": 2, **options}
    return run_reports(place, selection or Selection(all=True), RunOptions(**given), directions=directions)


def run_context(place, behave="well", only="", **selection):
    """Run the direction that reports schools, in one municipality unless said otherwise."""
    chosen = {"municipalities": ("reg99_m001",), "directions": ("context",), **selection}
    return run(place, Selection(**chosen), BOTH, parameters={"behave": behave, "only": only})


def leftovers(place):
    return [path for path in place.outputs.rglob("*") if path.name.startswith(".")]


def test_every_report_is_built_checked_and_linked(place):
    report = run(place)
    assert report.complete
    assert report.outcomes[0].id == "2026/region/sample_region"
    assert len(report.outcomes) == 4
    for item in report.outcomes:
        pdf = place.outputs / item.files["pdf"]
        assert item.municipality_name.split()[0] in pdf_text(pdf)
        assert (place.outputs / item.files["ipynb"]).is_file()
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    for item in report.outcomes:
        assert item.municipality_name in page
        assert f'href="{item.files["pdf"].removeprefix("2026/")}"' in page
    assert "://" not in page
    assert leftovers(place) == []
    assert not (place.outputs / "2026" / "logs").exists() or not list((place.outputs / "2026" / "logs").iterdir())


def test_forked_reports_share_what_the_parent_computed(place):
    report = run(place, Selection(municipalities=("reg99_m001",)))
    notebook = nbformat.read(place.outputs / report.outcomes[0].files["ipynb"], as_version=4)
    shown = str([cell.get("outputs") for cell in notebook.cells])
    # Nine results of 2026: computed once for the run, -1 had the child been on its own.
    assert "<td>9</td>" in shown
    injected = next(cell for cell in notebook.cells if "injected-parameters" in cell.metadata.get("tags", []))
    assert "municipality = 'reg99_m001'" in injected.source
    assert "remove-cell" in injected.metadata["tags"]
    assert notebook.metadata["oko"]["fingerprint_short"] == report.outcomes[0].fingerprint["short"]
    assert notebook.metadata["oko"]["mode_mark"] == "для служебного пользования"


def test_journal_says_from_what(place):
    report = run(place, Selection(region=True))
    journal = json.loads((place.outputs / "2026" / "run.json").read_text(encoding="utf-8"))
    assert journal["reports"] == [report.outcomes[0].to_json()]
    assert journal["run"]["data"] == Store(place.store).snapshot().version
    assert journal["run"]["libraries"]["papermill"][0].isdigit()
    assert journal["run"]["engine"] == "inprocess"


def test_a_later_run_keeps_the_earlier_reports_in_the_index(place):
    run(place, Selection(municipalities=("reg99_m001",)))
    report = run(place, Selection(municipalities=("reg99_m003",)))
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    assert MUNICIPALITIES["reg99_m001"] in page
    assert MUNICIPALITIES["reg99_m003"] in page


def test_one_failing_municipality_does_not_stop_the_others(place):
    report = run(place, parameters={"behave": "raise", "only": "reg99_m002"})
    assert [item.municipality for item in report.failed] == ["reg99_m002"]
    (failed,) = report.failed
    assert "Ячейка 5" in failed.error
    assert "столбца нет" in failed.error
    assert failed.log == "2026/logs/reg99_m002-sample.log"
    assert "Traceback" in (place.outputs / failed.log).read_text(encoding="utf-8")
    assert "Traceback" not in failed.error
    kept = nbformat.read((place.outputs / failed.log).with_suffix(".ipynb"), as_version=4)
    assert "столбца нет" in str(kept.cells)
    assert not (place.outputs / "2026" / "reg99_m002" / "sample.pdf").exists()
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    assert "не построен" in page
    assert "logs/reg99_m002-sample.log" in page
    assert leftovers(place) == []


def test_a_failed_report_leaves_its_predecessor_in_place(place):
    built = run(place, Selection(municipalities=("reg99_m001",)))
    pdf = place.outputs / built.outcomes[0].files["pdf"]
    before = pdf.read_bytes()
    failed = run(place, Selection(municipalities=("reg99_m001",)), parameters={"behave": "raise"})
    assert not failed.complete
    assert pdf.read_bytes() == before
    page = (place.outputs / failed.index).read_text(encoding="utf-8")
    assert "от прежнего построения" in page
    assert "sample.pdf" in page


def test_a_killed_process_costs_only_its_own_report(place):
    report = run(place, parameters={"behave": "die", "only": "reg99_m003"})
    assert [item.municipality for item in report.failed] == ["reg99_m003"]
    assert "памяти" in report.failed[0].error


def test_a_report_naming_another_municipality_is_not_given_out(place):
    report = run(place, parameters={"behave": "stranger", "only": "reg99_m001 reg99_m003"})
    (failed,) = report.failed
    assert failed.municipality == "reg99_m001"
    assert "Усть-Лужский" in failed.error
    assert not (place.outputs / "2026" / "reg99_m001" / "sample.pdf").exists()


def test_a_hanging_report_is_stopped_with_everything_it_started(place):
    started = time.monotonic()
    report = run(place, parameters={"behave": "hang", "only": "reg99_m002"}, timeout=6.0)
    assert time.monotonic() - started < 60
    (failed,) = report.failed
    assert "не уложился" in failed.error
    pids = [int(path.read_text()) for path in Path(os.environ["OKO_TEST_PIDS"]).iterdir()]
    assert pids
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie" for pid in pids)


def test_printing_goes_to_the_notebook_or_the_log_never_to_the_console(place, capfd):
    report = run(place, Selection(municipalities=("reg99_m001",)), parameters={"behave": "print"})
    assert report.complete
    captured = capfd.readouterr()
    assert "напечатано" not in captured.out + captured.err
    assert "оболочки" not in captured.out + captured.err
    notebook = nbformat.read(place.outputs / report.outcomes[0].files["ipynb"], as_version=4)
    assert "напечатано" in str(notebook.cells)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "public"}, "защиты малых групп"),
        ({"mode": "publik"}, "publik"),
        ({"jobs": 0}, "--jobs"),
        ({"timeout": -1.0}, "--timeout"),
        ({"engine": "magic"}, "magic"),
        ({"parameters": {"behavee": "x"}}, "Возможно, вы имели в виду «behave»"),
        ({"parameters": {"year": 2020}}, "своим ключом"),
    ],
)
def test_what_would_fail_every_report_is_refused_before_execution(place, options, words):
    with pytest.raises(SettingsError, match=words):
        run(place, **options)
    assert not place.outputs.exists()


def test_a_notebook_with_a_misspelt_parameter_is_refused_before_execution(place):
    path = place.notebooks / "sample.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("municipality =", "munisipality ="), encoding="utf-8")
    with pytest.raises(SettingsError, match="«municipality»"):
        run(place)
    assert not place.outputs.exists()


def test_a_missing_or_broken_notebook_is_refused(place):
    path = place.notebooks / "sample_region.ipynb"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match="повреждена"):
        run(place)
    path.unlink()
    with pytest.raises(SettingsError, match=r"sample_region\.ipynb"):
        run(place)


def test_fingerprint_is_the_same_in_another_folder_and_changes_with_parameters(place, tmp_path):
    first = run(place, Selection(municipalities=("reg99_m001",))).outcomes[0].fingerprint
    again = run(place, Selection(municipalities=("reg99_m001",))).outcomes[0].fingerprint
    moved = type(place).at(place.root.rename(tmp_path / "другое место"))
    elsewhere = run(moved, Selection(municipalities=("reg99_m001",))).outcomes[0].fingerprint
    other = run(moved, Selection(municipalities=("reg99_m003",))).outcomes[0].fingerprint
    assert first == again == elsewhere
    assert first["short"] != other["short"]
    assert {key for key in first if first[key] != other[key]} == {"short", "parameters"}


def test_spawned_workers_do_the_same(place, monkeypatch):
    monkeypatch.setenv("OKO_TEST_SHOW_PROCESS", "1")
    report = run(place, method="spawn", jobs=1)
    assert report.complete, [item.error for item in report.outcomes]
    pids = set()
    for item in report.outcomes:
        notebook = nbformat.read(place.outputs / item.files["ipynb"], as_version=4)
        pids |= {str(cell.get("outputs")).split("<td>")[2].split("<")[0] for cell in notebook.cells[4:5]}
        assert "<td>9</td>" in str(notebook.cells)
    assert len(pids) == 1


def test_real_kernels_do_the_same(place, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    report = run(place, Selection(municipalities=("reg99_m003",)), engine="kernel")
    assert report.complete, report.outcomes[0].error
    notebook = nbformat.read(place.outputs / report.outcomes[0].files["ipynb"], as_version=4)
    # A kernel inherits nothing, but finds what was computed once; it has to be told which data the run stands on.
    assert "<td>9</td>" in str(notebook.cells)
    assert "as_of = ''" not in str(notebook.cells[2].source)


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal do not exist on Windows")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_behind(place, tmp_path, how):
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
        import signal, sys
        sys.path.insert(0, {str(TESTS)!r})
        # Tests started in the background inherit that SIGINT is ignored; a person's terminal does not.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        from oko_sample_direction import DIRECTIONS
        from oko_lib.batch import RunOptions, Selection, run_reports
        from oko_lib.settings.workspace import Workspace
        run_reports(Workspace.at({str(place.root)!r}), Selection(all=True), RunOptions(
            formats=("pdf",), jobs=2, parameters={{"behave": "hang"}}), directions=DIRECTIONS)
        """),
        encoding="utf-8",
    )
    pids = Path(os.environ["OKO_TEST_PIDS"])
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 90
    while len(list(pids.iterdir())) < 2 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.2)
    reports = [int(path.name) for path in pids.iterdir()]
    started = [int(path.read_text() or 0) for path in pids.iterdir()]
    assert len(reports) == 2, process.communicate()[0] if process.poll() is not None else "still starting"
    process.send_signal(how)
    process.communicate(timeout=60)
    deadline = time.monotonic() + 20
    while any(_lives(pid) for pid in reports + started) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in reports + started if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_statuses_have_the_agreed_names():
    assert [item.value for item in ReportStatus] == ["built", "unchanged", "failed", "planned"]


SCHOOL = "2026/reg99_m001/schools/edu99011/context_school"


def test_reports_of_schools_lie_in_their_municipality_and_say_whose_they_are(place):
    report = run(place, directions=BOTH)
    assert report.complete, [item.error for item in report.failed]
    assert len([item for item in report.outcomes if item.school]) == 3
    item = next(item for item in report.outcomes if item.school == "edu99011")
    assert item.id == SCHOOL
    assert item.files["pdf"] == f"{SCHOOL}.pdf"
    assert (item.to_json()["school"], item.school_name) == ("edu99011", "МБОУ «Средняя школа № 2»")
    assert all(other.to_json()["school"] is None for other in report.outcomes if not other.school)
    notebook = nbformat.read(place.outputs / item.files["ipynb"], as_version=4)
    assert "school = 'edu99011'" in str(notebook.cells)
    about = notebook.metadata["oko"]
    assert about["title"] == "Условия: СОШ №\u00a02, город Северск"
    meta = ReportMeta.from_notebook(notebook)
    assert meta.running_header == "СОШ №\u00a02 · город Северск · Условия · 2026"
    assert {entry.direction for entry in report.skipped} == {"sample", "context"}
    assert leftovers(place) == []


def test_schools_are_listed_under_their_municipality(place):
    first = run_context(place)
    run(place, Selection(municipalities=("reg99_m001",)), BOTH)
    page = (place.outputs / first.index).read_text(encoding="utf-8")
    assert "Отчётов: 4 (из них профилей школ: 2); готовы: 4" in page
    tree = html.fromstring(page)
    (group,) = tree.xpath("//tr[@class='schools']")
    above = group.getprevious()
    assert [cell.text_content() for cell in above][:2] == ["город Северск", "Условия"]
    items = group.xpath(".//ul/li")
    assert [item.text_content().split(":")[0] for item in items] == ["СОШ №\u00a02", "СОШ №\u00a010"]
    link = items[0].xpath("./a")[0]
    assert link.get("href") == f"{SCHOOL.removeprefix('2026/')}.pdf"
    assert link.get("aria-label") == "PDF: СОШ №\u00a02, Условия"
    journal = json.loads((place.outputs / "2026" / "run.json").read_text(encoding="utf-8"))
    order = [(item["municipality"], item["direction"], item["school"]) for item in journal["reports"]]
    assert order == [
        ("reg99_m001", "context", None),
        ("reg99_m001", "context", "edu99011"),
        ("reg99_m001", "context", "edu99012"),
        ("reg99_m001", "sample", None),
    ]


def test_a_school_alone_stands_under_its_municipality_too(place):
    report = run_context(place, municipalities=(), schools=("edu99013",))
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    assert "<td>город Северск</td><td>Условия</td><td></td><td></td>" in page
    assert "edu99013/context_school.pdf" in page


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        ("nameless", "не найдено название школы"),
        ("neighbour", r"другие школы муниципалитета: МБОУ «Средняя школа № 10»\."),
        ("stranger", "Усть-Лужский"),
    ],
)
def test_a_report_naming_another_school_or_none_is_not_given_out(place, behave, words):
    report = run_context(place, behave=behave, only="edu99011", municipalities=(), schools=("edu99011", "edu99001"))
    failed = {item.school: item.error for item in report.failed}
    assert re.search(words, failed["edu99011"])
    assert not (place.outputs / f"{SCHOOL}.pdf").exists()
    assert not (place.outputs / f"{SCHOOL}.pdf").parent.exists()
    if behave != "nameless":
        assert list(failed) == ["edu99011"]
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    assert "не построен" in page
    assert leftovers(place) == []


def test_the_school_named_elsewhere_may_be_the_reports_own(place):
    assert run_context(place, behave="neighbour", only="edu99012", municipalities=(), schools=("edu99012",)).complete


def test_a_list_of_schools_that_fails_is_named_and_the_rest_is_built(place):
    (place.root / "без перечня").touch()
    report = run(place, directions=BOTH)
    assert {item.status.value for item in report.outcomes} == {"built"}
    assert len(report.outcomes) == 6
    assert not report.complete
    (problem,) = report.problems
    assert "перечень испорчен" in problem.error
    assert "Traceback" in (place.outputs / problem.log).read_text(encoding="utf-8")
    assert report.to_json()["problems"] == [problem.to_json()]
    page = (place.outputs / report.index).read_text(encoding="utf-8")
    assert "Условия: Перечень школ для профилей не получен" in page
    (place.root / "без перечня").unlink()
    again = run(place, Selection(municipalities=("reg99_m001",)), BOTH)
    assert again.complete
    assert not (place.outputs / problem.log).exists()


def test_folders_of_schools_none_of_which_was_built_are_not_left(place):
    report = run_context(place, behave="raise", municipalities=(), schools=("edu99011", "edu99012"))
    assert len(report.failed) == 2
    assert not (place.outputs / "2026" / "reg99_m001").exists()
    assert {item.log for item in report.failed} == {
        f"2026/logs/{school}-context_school.log" for school in ("edu99011", "edu99012")
    }


def test_a_missing_parameter_file_is_refused_before_execution(place):
    (place.root / "parameters" / "rules").mkdir(parents=True)
    (place.root / "parameters" / "subjects.yaml").write_text("a: 1\n", encoding="utf-8")
    known = {"sample": replace(DIRECTIONS["sample"], norms=("subjects.yaml", "rules"))}
    with pytest.raises(SettingsError, match="Нет файла параметров parameters/rules"):
        run(place, directions=known)
    assert not place.outputs.exists()


def test_a_folder_of_parameters_means_all_its_files(place):
    folder = place.root / "parameters" / "rules"
    folder.mkdir(parents=True)
    rule = folder / "a.yaml"
    rule.write_text("a: 1\n", encoding="utf-8")
    known = replace(DIRECTIONS["sample"], norms=("rules",))
    before = of_norms(place, known)
    (folder / ".~lock").write_text("x", encoding="utf-8")
    assert of_norms(place, known) == before
    (folder / "b.yaml").write_text("b: 1\n", encoding="utf-8")
    assert of_norms(place, known) != before
    (folder / "b.yaml").unlink()
    rule.write_text("a: 2\n", encoding="utf-8")
    assert of_norms(place, known) != before
