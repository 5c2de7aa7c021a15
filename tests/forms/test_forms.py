"""Collection forms: made from the mappings, taken in as they are, checked without storing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest

from oko_lib.cli.main import run
from oko_lib.forms import all_forms, check_forms, form_named, make_form
from oko_lib.forms.workbook import DATA_SHEET, GUIDE_SHEET, LISTS_SHEET
from oko_lib.intake import ingest
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import PROJECT_ROOT, Workspace
from oko_lib.store import Store
from oko_lib.tables import TABLES

KINDS = sorted(all_forms(Workspace(PROJECT_ROOT)))
#: Forms whose rows are about schools.
SCHOOL_KINDS = [kind for kind in KINDS if kind != "task_skills"]
CODE, NAME = "reg99_m012", "Н-ский муниципальный район"

#: A good answer for every column that is not filled in beforehand.
ANSWERS = {
    "exam": "ЕГЭ", "domain": "Читательская грамотность", "grade": 4, "pupil_group": "все", "participant_code": "0101",
    "present": "да", "test_score": 60, "primary_score": 30, "level": "базовый", "score_pct": 55.5, "pupil_key": "k1",
    "disability": None, "at_risk": "нет", "other_native_language": "да", "low_income": "нет", "class_label": "9/1",
    "n_participants": 10, "n_insufficient": 1, "n_reduced": 2, "n_basic": 3, "n_advanced": 4, "n_below_threshold": 1,
    "lessons_planned": 100000, "lessons_missed": 5000, "lessons_missed_without_reason": 500, "pupils": 300,
    "teachers": 30, "heads": 4, "heads_supported": 2, "mentor_school": "нет",
    "event_list": "перечень Минпросвещения", "event": "Олимпиада «Росток»", "procedure_kind": "ВсОШ",
    "stage": "заключительный", "status": "призёр",
    "team": "нет", "has_disability": None, "profile": "Экология", "independent_observers": 1, "started": 20,
    "finished": 18, "without_certificate": 2, "programme_approved": "да", "task": "4К1", "skill_code": "2.1",
    "skill": "Работать с информацией", "pupils_sirius": 3,
    "equipment_pct": 80, "place_type": "село", "is_boarding": "нет", "is_correctional": "нет", "is_evening": "нет",
}  # fmt: skip


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Path:
    """A working place that knows three schools of one municipality, one of them closed long ago, and one elsewhere."""
    folder = tmp_path_factory.mktemp("forms")
    workspace = Workspace.at(folder / "place")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Логин ОО", "Год", "Название ОО", "Код муниципалитета", "Муниципалитет"])
    sheet.append(["edu990389", 2025, "МБОУ «СОШ № 1»", CODE, NAME])
    sheet.append(["edu990389", 2026, "МБОУ «СОШ № 1»", CODE, NAME])
    sheet.append(["edu990390", 2026, "МБОУ «Лицей & школа № 2»", CODE, NAME])
    sheet.append(["edu990391", 2024, "МБОУ «СОШ № 3»", CODE, NAME])
    sheet.append(["edu990392", 2026, "МБОУ «СОШ № 4»", "reg99_m013", "Дальний округ"])
    path = folder / "школы.xlsx"
    book.save(path)
    assert ingest([path], workspace).ok
    return workspace.root


@pytest.fixture
def place(known, tmp_path) -> Workspace:
    return Workspace.at(shutil.copytree(known, tmp_path / "place"))


def headings(path: Path) -> list[str]:
    return [cell.value for cell in openpyxl.load_workbook(path)[DATA_SHEET][1]]


def fill(path: Path, form, *, row: int = 2, **changes: object) -> None:
    """Fill one row of a form with good answers; `changes` by column."""
    book = openpyxl.load_workbook(path)
    sheet = book[DATA_SHEET]
    for number, column in enumerate(form.columns, start=1):
        cell = sheet.cell(row, number)
        if column.name in changes:
            cell.value = changes[column.name]
        elif cell.value is None and column.name:
            cell.value = _answer(column)
    book.save(path)


def _answer(column) -> object:
    if ANSWERS.get(column.name) is None and column.needed and column.choices:
        return column.choices[0]
    if column.name in ANSWERS:
        return ANSWERS[column.name]
    return {"year": 2026, "login": "edu990389", "subject": "Русский язык"}.get(
        column.name, 1 if column.needed else None
    )


def test_there_are_seventeen_forms():
    assert set(KINDS) == {
        "adapted_programmes", "attendance", "contest_results", "diagnostic_counts", "diagnostic_results", "enrolment",
        "exam_counts", "exam_results", "graduates", "internal_levels", "observers", "school_context", "school_support",
        "social_passport", "talent_support", "task_skills", "teacher_deficits",
    }  # fmt: skip


@pytest.mark.parametrize("kind", SCHOOL_KINDS)
def test_a_form_has_the_headings_of_its_mapping(place, kind):
    made = make_form(place, kind, municipality=CODE, year=2026)
    titles = headings(made.file)
    (mapping,) = made.form.mapping.tables.values()
    assert [title for title in titles if title != "Название ОО"] == [
        column.titles[0].rstrip("*") for column in mapping.columns.values()
    ]
    assert "Название ОО" in titles


@pytest.mark.parametrize("kind", SCHOOL_KINDS)
def test_an_untouched_form_holds_no_data_and_no_errors(place, kind):
    made = make_form(place, kind, municipality=NAME, year=2026)
    (checked,) = check_forms([made.file], place).files
    assert checked.ok
    assert (checked.report.layout, checked.report.accepted) == (kind, 0)
    assert checked.report.non_data == made.rows >= 2
    assert any("ни одной заполненной" in warning for warning in checked.report.warnings)


@pytest.mark.parametrize("kind", SCHOOL_KINDS)
def test_a_filled_form_is_taken_as_it_is(place, kind):
    made = make_form(place, kind, municipality=CODE, year=2026)
    fill(made.file, made.form)
    report = ingest([made.file], place)
    (file,) = report.files
    assert file.error is None
    assert not file.warnings
    assert (file.layout, file.accepted, file.quarantined, file.non_data) == (kind, 1, 0, made.rows - 1)
    (row,) = Store(place.store).snapshot().read(made.form.table).to_dict("records")
    assert (row["year"], row["login"]) == (2026, made.place.schools[0][0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_without_a_municipality_can_be_filled_too(place, kind):
    made = make_form(place, kind, year=2026)
    assert (made.place, made.rows) == (None, 0)
    fill(made.file, made.form)
    (checked,) = check_forms([made.file], place).files
    assert (checked.report.accepted, checked.report.read, checked.errors) == (1, 1, ())


def test_a_form_about_no_school_knows_no_municipality(place):
    with pytest.raises(SettingsError, match="без --municipality"):
        make_form(place, "task_skills", municipality=CODE, year=2026)
    titles = headings(make_form(place, "task_skills", year=2026).file)
    assert titles == ["Год", "Предмет", "Класс", "Задание", "Код умения", "Умение", "Уровень", "Макс. балл"]


def test_a_form_of_a_personal_table_asks_for_codes_and_not_for_names(place):
    """Intake makes keys of names, but names do not travel in forms."""
    form = form_named(place, "contest_results")
    titles = {column.heading: column for column in form.columns}
    assert titles["Код участника"].needed
    assert not any("ФИО" in title or "рождения" in title for title in titles)


def test_the_schools_of_the_municipality_are_filled_in(place):
    made = make_form(place, "attendance", municipality=CODE, year=2025)
    sheet = openpyxl.load_workbook(made.file)[DATA_SHEET]
    rows = [[cell.value for cell in row][:3] for row in sheet.iter_rows(min_row=2)]
    assert rows == [
        [2025, "edu990390", "МБОУ «Лицей & школа № 2»"],
        [2025, "edu990389", "МБОУ «СОШ № 1»"],
    ], "by name; the school closed in 2024 and the one elsewhere are not there"


def test_prefilled_rows_are_written_in_words(place):
    made = make_form(place, "diagnostic_counts", municipality=CODE, year=2026)
    sheet = openpyxl.load_workbook(made.file)[DATA_SHEET]
    assert [cell.value for cell in sheet["B"]][1:4] == [
        "Читательская грамотность", "Математическая грамотность", "Естественнонаучная грамотность",
    ]  # fmt: skip
    assert made.rows == 6


def _area(rule):
    (area,) = rule.sqref.ranges
    return area


@pytest.mark.parametrize("kind", SCHOOL_KINDS)
def test_lists_and_bounds_are_those_of_the_table(place, kind):
    made = make_form(place, kind, municipality=CODE, year=2026)
    book = openpyxl.load_workbook(made.file)
    sheet, lists = book[DATA_SHEET], book[LISTS_SHEET]
    assert lists.sheet_state == "hidden"
    rules = {_area(rule).min_col: rule for rule in sheet.data_validations.dataValidation}
    for number, column in enumerate(made.form.columns, start=1):
        rule = rules.get(number)
        if column.is_number:
            low, high = column.bounds
            assert rule.type == ("whole" if TABLES[made.form.table].column(column.name).type == "int" else "decimal")
            assert (float(rule.formula1), float(rule.formula2)) == (low, high)
        elif column.choices or column.name == "login":
            letter = openpyxl.utils.get_column_letter(number)
            listed = [cell.value for cell in lists[letter] if cell.value is not None]
            wanted = ["edu990390", "edu990389"] if column.name == "login" else list(column.choices)
            assert listed == wanted
            assert rule.formula1 == f"'{LISTS_SHEET}'!${letter}$1:${letter}${len(listed)}"
        if rule is not None:
            assert "Исправьте значение" in rule.error or rule.error.endswith("…")
            assert len(rule.error) <= 255
            assert rule.errorTitle
            assert _area(rule).max_row > made.rows + 100, "rows added by hand are checked too"


def test_every_choice_of_every_form_is_understood_by_the_intake(place):
    """What Excel offers, the intake takes: otherwise the list and the dictionary have drifted apart."""
    from oko_lib.intake.checks.fields import parse_field
    from oko_lib.intake.context import make_context
    from oko_lib.intake.options import IntakeOptions

    context = make_context(place, IntakeOptions())
    tried = 0
    for form in all_forms(place).values():
        for column in form.columns:
            for choice in column.choices:
                value, fault = parse_field(choice, column.column, context.finder, context.vocabulary)
                assert fault is None, (form.kind, column.heading, choice)
                assert value is not None
                if column.name == "subject":
                    assert value == choice
                tried += 1
    assert tried > 100


@pytest.mark.parametrize("kind", KINDS)
def test_the_guide_explains_every_column(place, kind):
    made = make_form(place, kind, year=2026)
    sheet = openpyxl.load_workbook(made.file)[GUIDE_SHEET]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    assert all(column.heading in text for column in made.form.columns)
    assert "oko ingest" in text
    assert ("СНИЛС" in text) == TABLES[made.form.table].personal


def test_a_filled_form_is_not_written_over(place):
    made = make_form(place, "attendance", municipality=CODE, year=2026)
    with pytest.raises(SettingsError, match="--force"):
        make_form(place, "attendance", municipality=CODE, year=2026)
    assert make_form(place, "attendance", municipality=CODE, year=2026, replace=True).file == made.file


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "atendance"}, "«attendance»"),
        ({"kind": "attendance", "municipality": "Н-ский муниципальный райн"}, f"«{NAME}»"),
        ({"kind": "attendance", "municipality": "reg99_m999"}, CODE),
        ({"kind": "attendance", "year": 1999}, "2015"),
        ({"kind": "attendance", "out": Path("форма.docx")}, ".xlsx"),
    ],
)
def test_what_cannot_be_made_is_explained(place, arguments, words):
    with pytest.raises(SettingsError, match=words):
        make_form(place, **arguments)


def test_a_place_without_schools_says_what_to_do(tmp_path):
    with pytest.raises(SettingsError, match="oko ingest"):
        make_form(Workspace.at(tmp_path), "attendance", municipality=CODE)


def test_a_russian_title_names_a_form(place):
    assert form_named(place, "посещаемость по школам").kind == "attendance"


def test_a_mapping_of_ones_own_becomes_a_form(tmp_path):
    """One file of parameters: heading, table and form; nothing to program."""
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    text = (tmp_path / "parameters" / "layouts" / "attendance.yaml").read_text(encoding="utf-8")
    own = text.replace("name: attendance", "name: own_attendance").replace("title_ru: Посещаемость", "title_ru: Явка")
    own = own.replace("Уроков по плану", "Часов по плану")
    (tmp_path / "parameters" / "layouts" / "own.yaml").write_text(own, encoding="utf-8")
    made = make_form(Workspace(tmp_path), "own_attendance", year=2026)
    assert "Часов по плану" in headings(made.file)


def test_a_form_in_a_mapping_is_checked(tmp_path):
    shutil.copytree(PROJECT_ROOT / "parameters", tmp_path / "parameters")
    path = tmp_path / "parameters" / "layouts" / "attendance.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("form: {}", "form: {rows: [{lessons_planned: 1}]}"), encoding="utf-8")
    with pytest.raises(SettingsError, match="lessons_planned"):
        all_forms(Workspace(tmp_path))
    path.write_text(text.replace("prefilled: [year, login]", "prefilled: [year, logins]"), encoding="utf-8")
    with pytest.raises(SettingsError, match="«login»"):
        all_forms(Workspace(tmp_path))
    path.write_text(text.replace("form: {}", "form: {copy: 2}"), encoding="utf-8")
    with pytest.raises(SettingsError, match="copies"):
        all_forms(Workspace(tmp_path))


def test_a_check_stores_and_leaves_nothing(place):
    made = make_form(place, "exam_results", municipality=CODE, year=2026)
    fill(made.file, made.form, test_score=101)
    before = sorted(path for path in place.root.rglob("*"))
    sequence = Store(place.store).snapshot().sequence
    (checked,) = check_forms([made.file], place).files
    assert not checked.ok
    assert sorted(path for path in place.root.rglob("*")) == before
    assert Store(place.store).snapshot().sequence == sequence


def oko(capsys, *arguments):
    code = run([str(item) for item in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_commands(capsys, place, tmp_path):
    code, out, _ = oko(capsys, "form", "list", "--root", place.root)
    assert code == 0
    assert all(kind in out for kind in KINDS)
    code, out, _ = oko(capsys, "form", "list", "--json", "--root", place.root)
    assert [form["kind"] for form in json.loads(out)["forms"]] == KINDS

    file = tmp_path / "форма.xlsx"
    code, out, _ = oko(
        capsys,
        "form",
        "make",
        "exam_results",
        "-m",
        NAME,
        "--year",
        2026,
        "--out",
        file,
        "--json",
        "--root",
        place.root,
    )
    assert code == 0
    assert json.loads(out) == {
        "file": str(file), "kind": "exam_results", "year": 2026, "municipality": CODE, "schools": 2, "rows": 60,
    }  # fmt: skip
    form = form_named(place, "exam_results")
    fill(file, form)
    code, out, _ = oko(capsys, "form", "check", file, "--root", place.root)
    assert code == 0
    assert "Ошибок нет" in out

    fill(file, form, row=3, test_score=101, participant_code="0102")
    code, out, _ = oko(capsys, "form", "check", file, "--root", place.root)
    assert code == 1
    for part in ("форма.xlsx", "лист «Данные»", "строка 3", "«Тестовый балл»", "Стоит «101»", "до 100", "Исправьте"):
        assert part in out
    code, out, _ = oko(capsys, "form", "check", file, "--json", "--root", place.root)
    assert code == 1
    (content,) = json.loads(out)["files"]
    taken = ingest([file], place).files[0].to_json()
    assert set(taken) <= set(content)
    for key in ("path", "layout", "read", "accepted", "quarantined", "non_data"):
        assert content[key] == taken[key]
    (error,) = content["errors"]
    assert (error["row"], error["rule"], error["found"]) == (3, "value_outside", "101")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (("form", "make", "exam_result"), "«exam_results»", 1),
        (("form", "mke"), "«make»", 2),
        (("form", "make"), "Не хватает", 2),
        (("form", "check", "нет.xlsx"), "нет.xlsx", 1),
    ],
)
def test_mistakes_in_commands(capsys, place, arguments, words, code):
    found, out, err = oko(capsys, *arguments, "--root", place.root) if code == 1 else oko(capsys, *arguments)
    assert found == code
    assert words in out + err
