"""What has not changed is not built again; what has is, and the reason is said."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from oko_sample_direction import DIRECTIONS

from oko_lib.batch import ReportStatus, RunOptions, Selection, run_reports
from oko_lib.batch import placing as placing_module
from oko_lib.batch.decision import changes
from oko_lib.batch.directions import Direction
from oko_lib.batch.journal import Journal
from oko_lib.store import Load, Store
from oko_lib.store.snapshot import Snapshot

PLACE = {"source_sheet": "Лист1", "source_row": 1}
ONE = Selection(municipalities=("reg99_m001",))


def run(place, selection=ONE, directions=DIRECTIONS, **options):
    given_ = {"formats": ("pdf", "docx"), "jobs": 1, **options}
    return run_reports(place, selection, RunOptions(**given_), directions=directions)


def only(report):
    (outcome,) = report.outcomes
    return outcome


def load(place, name, rows, layout="sample"):
    """Load one more file that brings rows of one table."""
    frame = pd.DataFrame(rows).assign(**PLACE)
    content = json.dumps([name, rows], ensure_ascii=False, default=str)
    Store(place.store).append(
        [
            Load(
                file_name="ещё.xlsx",
                file_path=f"data/raw/{name}.xlsx",
                content_hash=f"{abs(hash(content)):064x}",
                layout=layout,
                rank=2,
                read_rows=len(frame),
                accepted_rows=len(frame),
                quarantined_rows=0,
                non_data_rows=0,
                tables={name: frame},
            )
        ]
    )


def test_the_second_run_builds_nothing_and_gives_the_same_files(place):
    first = only(run(place))
    times = {name: (place.outputs / path).stat().st_mtime_ns for name, path in first.files.items()}
    second = only(run(place))
    assert (first.status, second.status) == (ReportStatus.BUILT, ReportStatus.UNCHANGED)
    assert second.reason == "ничего не изменилось"
    assert second.files == first.files
    assert {name: (place.outputs / path).stat().st_mtime_ns for name, path in second.files.items()} == times
    page = (place.outputs / "2026" / "index.html").read_text(encoding="utf-8")
    assert "без изменений" in page


def test_force_builds_all_and_a_dry_run_nothing(place):
    dry = only(run(place, dry_run=True))
    assert (dry.status, dry.reason) == (ReportStatus.PLANNED, "новый")
    assert not place.outputs.exists()
    run(place)
    assert only(run(place, dry_run=True)).status is ReportStatus.UNCHANGED
    forced = only(run(place, force=True))
    assert (forced.status, forced.reason) == (ReportStatus.BUILT, "задано --force")


def test_each_ingredient_is_named(place):
    run(place)
    notebook = place.notebooks / "sample.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace("Проба.", "Проба!"), encoding="utf-8")
    assert only(run(place, dry_run=True)).reason == "изменилась тетрадь"
    run(place)
    changed = only(run(place, parameters={"only": "никто"}, dry_run=True))
    assert changed.reason == "изменились параметры: only  → никто"
    load(place, "vpr_results_by_participant", [_result("9001")])
    assert only(run(place, dry_run=True)).reason.startswith("изменились данные")
    assert only(run(place)).status is ReportStatus.BUILT
    assert only(run(place)).status is ReportStatus.UNCHANGED


def _result(code):
    return {
        "year": 2026, "login": "edu99001", "participant_code": code, "grade": 5, "subject": "Математика",
        "present": True, "mark": 4, "primary_score": 11,
    }  # fmt: skip


def reading(*tables) -> dict[str, Direction]:
    from dataclasses import replace

    return {"sample": replace(DIRECTIONS["sample"], reads=tables)}


def test_tables_a_direction_does_not_read_change_nothing(place):
    directions = reading("vpr_results_by_participant", "municipalities", "schools", "school_logins", "loads")
    run(place, directions=directions)
    load(place, "school_context_by_year", [{"login": "edu99001", "year": 2025, "pupils": 5}])
    assert only(run(place, directions=directions, dry_run=True)).status is ReportStatus.UNCHANGED
    load(place, "vpr_results_by_participant", [_result("9002")])
    reason = only(run(place, directions=directions, dry_run=True)).reason
    assert "изменились данные: «" in reason
    assert "по участникам" in reason.lower() or "участник" in reason.lower()


def test_what_other_files_state_again_of_a_register_changes_nothing(place):
    directions = reading("vpr_results_by_participant", "schools")
    run(place, directions=directions)
    same = {
        "login": "edu99001", "year": 2026, "school_name": "Гимназия № 1", "municipality_code": "reg99_m001",
        "municipality_name": "город Северск", "school_kind": "СОШ",
    }  # fmt: skip
    load(place, "schools", [same], layout="another")
    assert only(run(place, directions=directions, dry_run=True)).status is ReportStatus.UNCHANGED
    load(place, "schools", [{**same, "school_name": "Гимназия № 1 имени М. В. Ломоносова"}], layout="third")
    assert "изменились данные" in only(run(place, directions=directions, dry_run=True)).reason


def test_a_file_that_is_gone_or_spoilt_is_built_again(place):
    pdf = place.outputs / only(run(place)).files["pdf"]
    pdf.unlink()
    assert only(run(place)).reason == "файл sample.pdf удалён"
    pdf.write_bytes(pdf.read_bytes()[:-1])
    assert only(run(place)).reason == "файл sample.pdf испорчен"
    docx = pdf.with_suffix(".docx")
    docx.write_bytes(docx.read_bytes()[: len(docx.read_bytes()) // 2])
    assert only(run(place)).reason == "файл sample.docx испорчен"
    Document(docx)
    assert only(run(place)).status is ReportStatus.UNCHANGED


def test_a_format_that_was_not_asked_for_before_is_made(place):
    run(place, formats=("pdf",))
    again = only(run(place, formats=("pdf", "xlsx")))
    assert again.reason == "не было файла XLSX"
    # Asking for less later leaves what is there.
    assert set(only(run(place, formats=("pdf",))).files) == {"ipynb", "pdf", "xlsx"}


def test_a_format_not_asked_for_does_not_stay_beside_newer_ones(place):
    run(place, formats=("pdf", "xlsx"))
    load(place, "vpr_results_by_participant", [_result("9003")])
    again = only(run(place, formats=("pdf",)))
    assert set(again.files) == {"ipynb", "pdf"}
    assert not (place.outputs / again.files["pdf"]).with_suffix(".xlsx").exists()


def test_what_a_person_has_written_into_a_report_is_kept(place):
    docx = place.outputs / only(run(place)).files["docx"]
    document = Document(docx)
    document.add_paragraph("Обсудить с директорами.")
    document.save(docx)
    written = docx.read_bytes()
    unchanged = only(run(place))
    assert unchanged.status is ReportStatus.UNCHANGED
    assert "кто-то правил" in unchanged.note
    assert docx.read_bytes() == written
    built = only(run(place, force=True))
    assert "правка сохранена под именем «sample (правка " in built.note
    (kept,) = docx.parent.glob("sample (правка *).docx")
    assert kept.read_bytes() == written
    assert docx.read_bytes() != written
    # Kept once; our own new file is nobody's edit.
    run(place, force=True)
    assert len(list(docx.parent.glob("sample (правка *).docx"))) == 1


def test_a_file_open_in_another_program_keeps_its_place_until_it_is_closed(place, monkeypatch):
    pdf = place.outputs / only(run(place)).files["pdf"]
    before = pdf.read_bytes()
    real = os.replace
    held = [True]

    def replace_on_windows(source, target):
        if held[0] and Path(target) == pdf:
            raise PermissionError(13, "Процесс не может получить доступ к файлу")
        real(source, target)

    monkeypatch.setattr(placing_module.os, "replace", replace_on_windows)
    open_elsewhere = only(run(place, force=True))
    assert open_elsewhere.status is ReportStatus.BUILT
    assert open_elsewhere.files["pdf"].endswith("/sample (новый).pdf")
    assert "открыт в другой программе" in open_elsewhere.note
    assert "sample (новый).pdf" in open_elsewhere.note
    assert pdf.read_bytes() == before
    beside = place.outputs / open_elsewhere.files["pdf"]
    assert beside.is_file()
    page = (place.outputs / "2026" / "index.html").read_text(encoding="utf-8")
    assert "sample%20%28%D0%BD%D0%BE%D0%B2%D1%8B%D0%B9%29.pdf" in page
    held[0] = False
    closed = only(run(place))
    assert (closed.status, closed.note) == (ReportStatus.UNCHANGED, None)
    assert closed.files["pdf"].endswith("/sample.pdf")
    assert not beside.exists()
    assert only(run(place)).status is ReportStatus.UNCHANGED


def test_a_failed_report_is_tried_again_though_nothing_has_changed(place):
    (place.root / "сломано").touch()
    failing = {"behave": "raise"}
    assert only(run(place, parameters=failing)).status is ReportStatus.FAILED
    again = only(run(place, parameters=failing))
    assert (again.status, again.reason) == (ReportStatus.FAILED, "прошлая попытка не удалась")


def test_the_journal_tells_how_long_reports_take_and_survives_a_new_run(place):
    outcome = only(run(place))
    journal = Journal(place)
    assert journal.typical_seconds() == {"sample": pytest.approx(outcome.seconds)}
    state = journal.run_state()
    assert (state.total, state.built, state.state) == (1, 1, "finished")
    assert [item.to_json() for item in state.outcomes] == [outcome.to_json()]
    run(place)
    state = journal.run_state()
    assert (state.unchanged, state.waiting, state.current) == (1, (), ())


def test_registers_and_tables_have_versions_of_their_own(place):
    before = Store(place.store).snapshot()
    load(place, "school_context_by_year", [{"login": "edu99001", "year": 2025, "pupils": 5}])
    after = Store(place.store).snapshot()

    def version(snapshot: Snapshot, *tables):
        return snapshot.version_of(tables)

    assert version(before, "vpr_results_by_participant") == version(after, "vpr_results_by_participant")
    assert version(before, "school_context_by_year") != version(after, "school_context_by_year")
    assert version(before, "schools") == version(after, "schools")
    assert version(before, "schools") != version(before, "municipalities")


names = st.sampled_from(["data:schools", "norms:a.yaml", "code", "notebook", "library:pandas", "parameters", "files:x"])
values = st.sampled_from(["{}", '{"a": 1}', '{"a": 2}'])


@given(st.dictionaries(names, values), st.dictionaries(names, values))
def test_a_difference_is_always_said_and_equality_never(before, now):
    assert bool(changes(before, now)) == (before != now)
