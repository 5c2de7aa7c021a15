"""The whole path as a newcomer walks it: demo region → raw files → intake → store → notebooks → PDF."""

import io
import json
import re

import nbformat
import pypdf
import pypdfium2
import pytest
from oko_command import MADE, oko

from oko_lib.cli.main import run
from oko_lib.indicators.objectivity.region import region_objectivity
from oko_lib.indicators.session import open_session

#: What the joint evidence should call each planted kind.
PATTERNS = {
    "inflated_vpr": "results_above_journal",
    "leaked_work": "results_above_journal",
    "inflated_journal": "journal_above_results",
    "border_pushing": "border",
}
CITY = "reg99_m003"


@pytest.fixture(scope="module")
def evidence(root, taken):
    return region_objectivity(open_session(root)).evidence.schools.set_index("school")


def test_every_row_of_every_file_is_accounted_for(taken, truth):
    for file in taken["files"]:
        assert file["read"] == file["accepted"] + file["quarantined"] + file["non_data"], file["path"]
    quarantined = sum(file["quarantined"] for file in taken["files"])
    assert quarantined == truth["dirt"]["quarantined_rows"] + truth["repeated_list_rows"]
    unknown = [file for file in taken["files"] if file["layout"] is None]
    assert [file["path"].rsplit("/", 1)[-1] for file in unknown] == ["смета.xlsx"]
    assert "Искали" in unknown[0]["error"]
    assert taken["exit"] == 1  # not everything asked for was made: one file is no data at all


def test_planted_schools_are_found_by_kind_and_clean_ones_are_not(evidence, truth):
    found = evidence[evidence["flagged"]]
    planted = {plant["login"]: plant for plant in truth["planted"]}
    for login, plant in planted.items():
        if plant["kind"] in PATTERNS and plant["pupils_per_grade"] >= 25:
            assert login in found.index, (login, plant["kind"])
            assert found.loc[login, "pattern"] == PATTERNS[plant["kind"]], login
    assert [login for login in truth["clean_schools"] if login in found.index] == []
    improved = {login for login, plant in planted.items() if plant["kind"] == "honest_improvement"}
    assert not improved & set(found.index)


@pytest.fixture(scope="module")
def reports(root, taken):
    return oko("run", "--root", str(root), "--municipality", CITY, "--region")


@pytest.fixture(scope="module")
def pages(root, reports):
    document = pypdfium2.PdfDocument(root / "outputs" / "2026" / CITY / "objectivity.pdf")
    return [page.get_textpage().get_text_range() for page in document]


def test_reports_are_built_in_all_formats(root, reports):
    assert reports["exit"] == 0
    assert {report["status"] for report in reports["reports"]} <= MADE
    for report in reports["reports"]:
        assert {"pdf", "html", "docx", "xlsx", "ipynb"} <= set(report["files"])
    assert (root / "outputs" / "2026" / "index.html").is_file()


def test_pdf_is_of_its_municipality_and_numbers_run_on(pages, truth):
    whole = "\n".join(pages)
    names = {place["municipality_code"]: place["municipality_name"] for place in truth["municipalities"]}
    assert names.pop(CITY) in pages[0]
    assert not [name for name in names.values() if name in whole]
    for number, page in enumerate(pages, start=1):
        assert f"стр. {number} из {len(pages)}" in page
        assert "для служебного пользования" in page
    tables = [int(number) for number in re.findall(r"Таблица (\d+) —", whole)]
    assert tables == list(range(1, len(tables) + 1))
    assert len(tables) >= 15
    assert not re.search(r"\bnan\b|None|Traceback|report\.", whole)


def test_reports_link_to_the_pages_on_methods(root, reports):
    folder = root / "outputs" / "2026" / CITY
    page = (folder / "objectivity.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="(\.\./methods/[a-z_]+\.html)"', page))
    assert len(linked) == 10
    for address in linked:
        text = (folder / address).resolve().read_text(encoding="utf-8")
        assert "Чего не скажет" in text
        assert not re.search(r'(?:src|href)="https?:', text)
    in_pdf = (folder / "objectivity.pdf").read_bytes()
    document = pypdf.PdfReader(io.BytesIO(in_pdf))
    notes = [note.get_object() for page in document.pages for note in page.get("/Annots", [])]
    addresses = {str(note["/A"]["/URI"]) for note in notes if "/URI" in note.get("/A", {})}
    assert linked <= addresses


def test_page_one_says_what_was_found(pages, truth, evidence):
    own = [
        school
        for school in evidence[evidence["flagged"]].index
        if any(plant["login"] == school and plant["municipality_code"] == CITY for plant in truth["planted"])
    ]
    assert "Главное" in pages[0]
    assert "Что проверить" in pages[0]
    assert len(re.findall(r"№\s\d+", pages[0].split("Что проверить")[1])) >= len(own) > 0


def test_no_participant_row_is_in_the_stored_notebook(root, reports):
    notebook = nbformat.read(root / "outputs" / "2026" / CITY / "objectivity.ipynb", as_version=4)
    assert "participant_code" not in json.dumps(notebook.cells, ensure_ascii=False)


def test_taking_the_same_files_again_changes_nothing(root, taken):
    before = open_session(root).snapshot.version
    again = oko("ingest", str(root / "data" / "raw"), "--root", str(root))
    assert {file["status"] for file in again["files"] if file["layout"]} == {"unchanged"}
    assert open_session(root).snapshot.version == before


def test_public_mode_is_refused(root, taken, capsys):
    assert run(["run", "--root", str(root), "--municipality", CITY, "--mode", "public"]) != 0
    assert "защиты малых групп" in capsys.readouterr().err
