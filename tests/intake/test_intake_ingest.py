"""The whole intake: store, repeats, corrections, registers, warnings, several processes."""

import json
import shutil

import pytest
from intake_builders import MARKS_HEADER, SCHOOL, form_2026, frame, heading, individual, participant, write

from oko_lib.intake import IntakeOptions, cross_check, ingest
from oko_lib.intake import workers as workers_module
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

ROWS = [participant(40000 + n, [1, 2, 1, n % 3], mark=3 + n % 2) for n in range(1, 11)]


@pytest.fixture
def report_file(workspace):
    return write(workspace.raw / "РУ 4.xlsx", {"РУ 4": individual([heading(10), *ROWS])})


def snapshot(workspace):
    return Store(workspace.store).snapshot()


def test_report_and_its_json(workspace, report_file):
    write(workspace.raw / "смета.xlsx", {"Л": [["Статья", "Сумма"], ["Кофе", 5]]})
    (workspace.raw / "письмо.pdf").write_bytes(b"%PDF")
    report = ingest([workspace.raw], workspace)
    data = json.loads(json.dumps(report.to_json(), ensure_ascii=False))
    good, bad = data["files"]
    assert good["layout"] == "individual_results"
    assert good["read"] == good["accepted"] + good["quarantined"] + good["non_data"] == 11
    assert good["load_id"]
    assert good["status"] == "loaded"
    assert good["error"] is None
    assert bad["layout"] is None
    assert "не опознан" in bad["error"]
    assert bad["read"] == 0
    assert [name.endswith("письмо.pdf") for name in data["ignored"]] == [True]
    assert not report.ok
    assert len(snapshot(workspace).read("vpr_results_by_participant")) == 10


def test_the_same_file_twice_changes_nothing(workspace, report_file):
    first = ingest([report_file], workspace).files[0]
    version = snapshot(workspace).version
    again = ingest([report_file], workspace).files[0]
    assert (again.status, again.load_id) == ("unchanged", first.load_id)
    assert (again.read, again.accepted, again.non_data, again.layout) == (
        first.read,
        first.accepted,
        first.non_data,
        first.layout,
    )
    copy = shutil.copy(report_file, workspace.raw / "копия.xlsx")
    renamed = ingest([copy], workspace).files[0]
    assert (renamed.status, renamed.load_id) == ("unchanged", first.load_id)
    assert ingest([report_file], workspace, options=IntakeOptions(year=2026)).files[0].status == "unchanged"
    assert snapshot(workspace).version == version


def test_one_content_for_two_schools_is_two_loads(workspace):
    sheets = form_2026([[80001, 1, 2, 3, 1, 2, 1, 4]])
    first = write(workspace.raw / "edu990389" / "Английский язык 8 класс ВПР 2026.xlsx", sheets)
    (workspace.raw / "edu990390").mkdir()
    second = shutil.copy(first, workspace.raw / "edu990390" / first.name)
    ingest([first], workspace)
    assert ingest([second], workspace).files[0].status == "loaded"
    assert set(snapshot(workspace).read("vpr_results_by_participant")["login"]) == {"edu990389", "edu990390"}


def test_a_corrected_file_supersedes_and_a_cut_one_warns(workspace, report_file):
    first = ingest([report_file], workspace).files[0]
    write(report_file, {"РУ 4": individual(ROWS[:4])})
    second = ingest([report_file], workspace).files[0]
    assert any("4 вместо 10" in warning for warning in second.warnings)
    assert len(snapshot(workspace).read("vpr_results_by_participant")) == 4
    assert len(Store(workspace.store).snapshot(first.load_id).read("vpr_results_by_participant")) == 10


def test_a_folder_with_an_original_and_its_correction_can_be_taken_in_every_day(workspace, report_file):
    ingest([report_file], workspace)
    corrected = write(workspace.raw / "я исправлено.xlsx", {"РУ 4": individual(ROWS[:9])})
    ingest([corrected], workspace)
    version = snapshot(workspace).version
    copy = shutil.copy(report_file, workspace.raw / "ю копия исходного.xlsx")
    again = {file.path.rsplit("/", 1)[-1]: file for file in ingest([workspace.raw], workspace).files}
    assert {file.status for file in again.values()} == {"unchanged"}
    assert snapshot(workspace).version == version
    assert "--again" in again["РУ 4.xlsx"].warnings[0]
    assert again["я исправлено.xlsx"].warnings == ()
    ingest([copy], workspace, options=IntakeOptions(again=True))
    assert len(snapshot(workspace).read("vpr_results_by_participant")) == 10


def test_two_files_about_one_work_in_one_intake_are_pointed_out(workspace, report_file):
    write(workspace.raw / "РУ 4б.xlsx", {"РУ 4": individual(ROWS[5:])})
    report = ingest([workspace.raw], workspace)
    assert any("РУ 4.xlsx" in warning for warning in report.files[1].warnings)


def test_one_bad_file_does_not_stop_the_others(workspace, report_file, monkeypatch):
    (workspace.raw / "а.xlsx").write_bytes(b"PK\x03\x04junk")
    write(workspace.raw / "б.xlsx", {"РУ 4": individual(ROWS)})
    from oko_lib.intake import take as module

    real = module.read_sheets

    def fails(content, name):
        if name == "б.xlsx":
            raise ZeroDivisionError
        return real(content, name)

    monkeypatch.setattr(module, "read_sheets", fails)
    report = ingest([workspace.raw], workspace)
    assert [file.status for file in report.files] == ["loaded", "failed", "failed"]
    assert "из-за ошибки программы" in report.files[2].error


def test_a_file_the_store_refuses_does_not_stop_the_others(workspace, report_file, monkeypatch):
    other = write(workspace.raw / "МА 4.xlsx", {"МА 4": individual(ROWS, subject="Математика")})
    real = Store.append

    def refuses(self, batches, *, force=False):
        if any(load.file_name == other.name for load in batches):
            raise ValueError("does not fit")
        return real(self, batches, force=force)

    monkeypatch.setattr(Store, "append", refuses)
    report = ingest([workspace.raw], workspace)
    assert [file.status for file in report.files] == ["failed", "loaded"]
    assert set(snapshot(workspace).read("vpr_results_by_participant")["subject"]) == {"Русский язык"}
    assert len(snapshot(workspace).read("schools")) == 1


def test_missing_paths_and_empty_folders(workspace):
    workspace.raw.mkdir(parents=True)
    report = ingest([workspace.raw, workspace.raw / "нет.xlsx"], workspace)
    assert [file.status for file in report.files] == ["failed"]
    assert "нет" in report.files[0].error


def test_schools_municipalities_and_tasks_are_remembered(workspace, report_file):
    header = MARKS_HEADER
    rows = [
        ["Республика N", 1, 10, 0, 50, 50, 0],
        ["Н-ский муниципальный район(reg99_m012)", 1, 10, 0, 50, 50, 0],
        [SCHOOL, None, 10, 0, 50, 50, 0],
    ]
    write(
        workspace.raw / "Ст.xlsx",
        {"РУ 4 Статистика по отметкам": [*frame("Статистика по отметкам", 2026, "Русский язык", 4, 8), header, *rows]},
    )
    ingest([workspace.raw], workspace)
    seen = snapshot(workspace)
    (school,) = seen.read("schools").to_dict("records")
    assert (school["login"], school["year"], school["school_name"], school["municipality_code"]) == (
        "edu990389",
        2026,
        "МБОУ «СОШ № 1»",
        "reg99_m012",
    )
    (place,) = seen.read("municipalities").to_dict("records")
    assert (place["municipality_code"], place["region_code"], place["region_name"]) == (
        "reg99_m012",
        "99",
        "Республика N",
    )
    assert len(seen.read("vpr_tasks")) == 4


def directory(path, name="МБОУ «СОШ № 1 имени А. П. Чехова»"):
    rows = [
        ["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"],
        ["edu990389", 2026, name, "СОШ", "reg99_m012", "Н-ский район"],
    ]
    return write(path, {"Школы": rows})


@pytest.mark.parametrize("first", ["directory", "report"])
def test_a_mention_never_hides_a_directory(workspace, report_file, first):
    book = directory(workspace.root / "Школы.xlsx")
    for path in (book, report_file) if first == "directory" else (report_file, book):
        ingest([path], workspace)
    (school,) = snapshot(workspace).read("schools").to_dict("records")
    assert school["school_name"] == "МБОУ «СОШ № 1 имени А. П. Чехова»"
    assert school["school_kind"] == "СОШ"


def marks(path, percents, participants=10):
    rows = [
        ["Н-ский муниципальный район(reg99_m012)", 1, participants, *percents],
        [SCHOOL, None, participants, *percents],
    ]
    title = frame("Статистика по отметкам", 2026, "Русский язык", 4, 8)
    return write(path, {"РУ 4 Статистика по отметкам": [*title, MARKS_HEADER, *rows]})


def test_aggregates_that_agree_with_the_rows(workspace, report_file):
    marks(workspace.raw / "Ст.xlsx", [0, 50, 50, 0])
    report = ingest([workspace.raw], workspace)
    assert report.warnings == []
    assert cross_check(snapshot(workspace)).empty


def test_aggregates_that_disagree_with_the_rows(workspace, report_file):
    marks(workspace.raw / "Ст.xlsx", [0, 40, 60, 0], participants=11)
    report = ingest([workspace.raw], workspace)
    found = cross_check(snapshot(workspace))
    school = found[found["level"] == "school"].set_index("measure")
    assert set(school.index) == {"n_participants", "mark_3_pct", "mark_4_pct"}
    assert school.loc["n_participants", ["reported", "computed", "difference"]].tolist() == [11, 10, -1]
    assert set(found["level"]) == {"school", "municipality"}
    assert any("edu990389" in warning and "расходятся" in warning for warning in report.warnings)


def test_a_municipality_with_rows_of_some_schools_only_is_not_compared(workspace, report_file):
    path = marks(workspace.raw / "Ст.xlsx", [0, 50, 50, 0])
    rows = [["Н-ский муниципальный район(reg99_m012)", 2, 30, 10, 40, 40, 10], [SCHOOL, None, 10, 0, 50, 50, 0]]
    title = frame("Статистика по отметкам", 2026, "Русский язык", 4, 8)
    write(path, {"РУ 4": [*title, MARKS_HEADER, *rows]})
    assert ingest([workspace.raw], workspace).warnings == []


class Listener:
    def __init__(self):
        self.total, self.paths = None, []

    def start(self, total):
        self.total = total

    def advance(self, path):
        self.paths.append(path)


def test_progress_by_object_and_by_function(workspace, report_file):
    listener = Listener()
    ingest(report_file, workspace, progress=listener)
    assert (listener.total, listener.paths) == (1, [report_file])
    told = []
    ingest([report_file], workspace, progress=lambda done, total, name: told.append((done, total, name)))
    assert told == [(0, 1, ""), (1, 1, "РУ 4.xlsx")]


def test_several_processes_give_what_one_gives(tmp_path, monkeypatch):
    folder = tmp_path / "files"
    for number in range(12):
        login = f"edu99{number:04}"
        rows = [participant(40000 + n, [1, 2, 1, n % 3], login=login, school="МБОУ") for n in range(1, 6)]
        rows.append(participant(40009, [9, 0, 0, 0], login=login, school="МБОУ"))
        write(folder / f"{login}.xlsx", {"РУ 4": individual(rows)})
    monkeypatch.setattr(workers_module, "_WORTH_FILES", 1)
    monkeypatch.setattr(workers_module.os, "cpu_count", lambda: 2)
    one, two = Workspace.at(tmp_path / "one"), Workspace.at(tmp_path / "two")
    alone = ingest([folder], one, options=IntakeOptions(jobs=1))
    together = ingest([folder], two, options=IntakeOptions(jobs=2))
    plain = [
        [(file.path, file.read, file.accepted, file.quarantined) for file in report.files]
        for report in (alone, together)
    ]
    assert plain[0] == plain[1]
    assert len(together.return_workbooks) == len(alone.return_workbooks) == 12
    assert snapshot(one).version == snapshot(two).version


def test_wrong_parameters_are_said_before_anything_is_read(workspace, report_file):
    layouts = workspace.root / "parameters" / "layouts"
    layouts.mkdir(parents=True)
    shutil.copy(Workspace.at().parameters / "subjects.yaml", workspace.root / "parameters" / "subjects.yaml")
    (layouts / "my.yaml").write_text("name: my\ntitle_ru: Моя\ntabels: {}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="Возможно, вы имели в виду «tables»"):
        ingest([report_file], workspace)
