"""The workbook that goes back to the sender."""

import openpyxl
import pytest
from intake_builders import form_2026, individual, participant, results, write

from oko_lib.intake import ingest
from oko_lib.intake.returns import GUIDE_SHEET
from oko_lib.store import Store

ROWS = [
    participant(40001, [1, 2, 1, 2]),
    participant(40002, [9, 1, 1, 1], total=12),
    participant(40003, [1, 1, 1, "X"], total=3, journal="ж", klass="4 а"),
]


@pytest.fixture
def returned(take, tmp_path):
    sheet = individual(ROWS)
    sheet[7] = [*sheet[7], "ФИО"]
    sheet[8] = [*sheet[8], "Иванов"]
    outcome = take(write(tmp_path / "РУ 4.xlsx", {"РУ 4 Индивидуальные результаты": sheet, "Заметки": [["привет", 7]]}))
    return outcome, openpyxl.load_workbook(outcome.return_part)


def test_the_whole_sheet_comes_back(returned):
    _outcome, book = returned
    assert book.sheetnames == [GUIDE_SHEET, "РУ 4 Индивидуальные результаты", "Заметки"]
    sheet = book["РУ 4 Индивидуальные результаты"]
    assert [cell.value for cell in sheet[9]][:4] == [
        "edu990389",
        "Н-ский муниципальный район",
        "МБОУ «СОШ № 1»(edu990389)",
        40001,
    ]
    assert sheet["N9"].value == "скрыто"
    assert sheet["E11"].value == "4 а"
    assert sheet.max_row == 11
    assert book["Заметки"]["B1"].value == 7


def test_wrong_cells_are_coloured_and_explained(returned):
    _, book = returned
    sheet = book["РУ 4 Индивидуальные результаты"]
    marked = {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fill_type == "solid"}
    assert marked == {"G10", "K10", "M11"}
    assert "от 0 до 2" in sheet["G10"].comment.text
    assert "«ж»" in sheet["M11"].comment.text
    red, green, blue = (int(sheet["G10"].fill.start_color.rgb[place : place + 2], 16) for place in (2, 4, 6))
    assert red > 200
    assert green > 150
    assert blue < 180


def test_the_guide_lists_the_cells_with_links(returned):
    _, book = returned
    guide = book[GUIDE_SHEET]
    assert "в 2 строках" in guide["A5"].value
    lines = [[cell.value for cell in row] for row in guide.iter_rows(min_row=8)]
    assert [(line[1], line[2], line[3]) for line in lines] == [
        (10, "G10", "1 (2б)"),
        (10, "K10", "Первичный балл"),
        (11, "M11", "Отметка по журналу"),
    ]
    assert guide["C8"].hyperlink.location == "'РУ 4 Индивидуальные результаты'!G10"


def test_nothing_wrong_nothing_to_return(take, tmp_path):
    assert take(write(tmp_path / "a.xlsx", {"РУ 4": individual(ROWS[:1])})).return_part is None


def test_a_corrected_return_workbook_supersedes_the_original(workspace):
    original = write(workspace.raw / "РУ 4.xlsx", {"РУ 4 Индивидуальные результаты": individual(ROWS)})
    first = ingest([original], workspace)
    (path,) = first.return_workbooks
    assert path == workspace.returns / "РУ 4 — исправить.xlsx"
    assert first.files[0].quarantined == 2
    store = Store(workspace.store)
    assert len(store.snapshot().read("quarantine")) == 3
    book = openpyxl.load_workbook(path)
    sheet = book["РУ 4 Индивидуальные результаты"]
    sheet["G10"], sheet["K10"], sheet["M11"] = 2, 5, 4
    book.save(path)
    second = ingest([path], workspace)
    assert (second.files[0].layout, second.files[0].accepted, second.files[0].quarantined) == (
        "individual_results",
        3,
        0,
    )
    assert second.return_workbooks == []
    snapshot = store.snapshot()
    rows = snapshot.read("vpr_results_by_participant")
    assert sorted(rows["participant_code"]) == ["40001", "40002", "40003"]
    assert set(rows["load_id"]) == {second.files[0].load_id}
    assert len(snapshot.read("quarantine")) == 0
    before = store.snapshot(first.files[0].load_id).read("vpr_results_by_participant")
    assert before["participant_code"].tolist() == ["40001"]


def test_a_form_carries_its_school_and_work_and_recalculates(workspace):
    rows = [[80001, 1, 2, 3, 1, 2, 1, 4], [80002, 1, 7, 3, 1, 2, 1, 4]]
    folder = workspace.raw / "edu990389"
    form = write(folder / "Английский язык 8 класс ВПР 2026.xlsx", form_2026(rows))
    (path,) = ingest([form], workspace).return_workbooks
    path = path.rename(workspace.root / "без имени.xlsx")
    book = openpyxl.load_workbook(path)
    assert book["Протокол"]["I3"].value == "=SUM(C3:F3)"
    book["Протокол"]["C3"] = 1
    book.save(path)
    report = ingest([path], workspace)
    assert (report.files[0].error, report.files[0].accepted) == (None, 2)
    rows = Store(workspace.store).snapshot().read("vpr_results_by_participant")
    assert set(rows["login"]) == {"edu990389"}
    assert sorted(rows["primary_score"]) == [7, 8]


def test_names_of_return_workbooks_do_not_collide(workspace):
    for place in ("Первый", "Второй"):
        login = "edu990389" if place == "Первый" else "edu990390"
        bad = participant(40001, [9, 0, 0, 0], login=login, school="МБОУ")
        write(workspace.raw / place / "РУ 4.xlsx", {"РУ 4": individual([bad])})
    names = sorted(path.name for path in ingest([workspace.raw], workspace).return_workbooks)
    assert len(names) == 2
    assert names[0].startswith("РУ 4 — исправить (")
    assert names[1] == "РУ 4 — исправить.xlsx"
    assert sorted(path.name for path in workspace.returns.iterdir()) == names
    # The same files once more, changed: their workbooks are replaced, not multiplied.
    for place in ("Первый", "Второй"):
        login = "edu990389" if place == "Первый" else "edu990390"
        bad = participant(40001, [8, 0, 0, 0], login=login, school="МБОУ")
        write(workspace.raw / place / "РУ 4.xlsx", {"РУ 4": individual([bad])})
    ingest([workspace.raw], workspace)
    assert sorted(path.name for path in workspace.returns.iterdir()) == names


def test_a_workbook_still_wrong_is_not_written_over_the_sender_s(workspace):
    original = write(workspace.raw / "РУ 4.xlsx", {"РУ 4": individual(ROWS)})
    (path,) = ingest([original], workspace).return_workbooks
    book = openpyxl.load_workbook(path)
    book["РУ 4"]["G10"] = 2
    book["РУ 4"]["K10"] = 5
    book.save(path)
    content = path.read_bytes()
    (again,) = ingest([path], workspace).return_workbooks
    assert again != path
    assert path.read_bytes() == content
    assert "исправить — исправить" not in again.name


def test_csv_comes_back_as_a_workbook(take, tmp_path):
    lines = [";".join("" if cell is None else str(cell) for cell in row) for row in individual(ROWS)]
    path = tmp_path / "РУ 4.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    outcome = take(path)
    assert outcome.quarantined == 2
    again = take(outcome.return_part)
    assert results(again)["participant_code"].tolist() == results(outcome)["participant_code"].tolist()
