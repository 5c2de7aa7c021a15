"""No name of a child and no date of birth leaves intake, whatever the file looks like."""

import datetime as dt
import json
import re
import zipfile

import openpyxl
import pyarrow.parquet as pq
import pytest
from intake_builders import form_2026, individual, participant, write

from oko_lib.cli.main import run
from oko_lib.intake import ingest, workers
from oko_lib.intake.options import IntakeOptions
from oko_lib.settings.secret import read_secret
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

#: Words that occur nowhere else: surnames, first names, patronymics of the children in the files below.
NAMES = (
    "Златогоров", "Мстислав", "Радомирович", "Берендеева", "Забава", "Путятична", "Кудеяров", "Пересвет", "Осляблин",
    "Святозар", "Гостомыслов", "Лукерья", "Тихомиров-Зимний", "Еремей", "Вышеславцева", "Аглая", "Чурилова", "Епифан",
    "Жихарев", "Фелицата", "Полуярославцев", "Дормидонт",
)  # fmt: skip
#: Their dates of birth.
BORN = (dt.date(2010, 6, 5), dt.date(2011, 8, 19), dt.date(2009, 11, 27), dt.date(2012, 3, 14))
A, B, C, D = (born.strftime("%d.%m.%Y") for born in BORN)

HEADER = [
    "Год", "Этап", "Предмет", "Логин ОО", "Код участника", "ФИО", "Дата рождения", "Класс участия", "Класс обучения",
    "Присутствовал", "Балл", "Максимальный балл", "Место", "Статус", "ОВЗ",
]  # fmt: skip
TABLE = "olympiad_results_by_participant"


def entry(name, born, **changes):
    row = dict(zip(HEADER, (2026, "школьный", "Математика", "edu990389", None, name, born, 8, 8, "да", 20, 35, 1,
                            "призёр", "нет"), strict=True))  # fmt: skip
    return [*{**row, **changes}.values()]


ROWS = [
    entry("Златогоров Мстислав Радомирович", A),
    entry("БЕРЕНДЕЕВА ЗАБАВА ПУТЯТИЧНА", BORN[1], Балл=21),
    entry("Кудеяров Пересвет", C, **{"Код участника": "М-8-03", "Балл": 22}),
    # Wrong cells beside a good name, no date of birth, initials, a date that is none.
    entry("Осляблин Святозар", D, Статус="чемпион", **{"Код участника": "М-8-04"}),
    entry("Гостомыслов Лукерья", None, **{"Логин ОО": "edu99038"}),
    entry("Жихарев Ф.Ф.", A),
    entry("Жихарев Фелицата", "31.02.2010"),
    # Shifted rows; names and dates in place of the code, of the status, of the login.
    [2026, None, "школьный", "Физика", "edu990389", None, "Тихомиров-Зимний Еремей", B, 8, 8, "да", 20, 35, 1, None],
    [None, None, 2026, "школьный", "Физика", "edu990389", None, "Вышеславцева Аглая", A, 8, 8, "да", 20, 35, 1],
    [2026, "школьный", "Вышеславцева", "Аглая", A, "edu990389", 8, 8, "да", 20, 35, 1, "участник", "нет", None],
    entry(None, None, **{"Код участника": "Чурилова Епифан"}),
    entry(None, None, **{"Код участника": "Чурилова"}),
    entry(None, None, **{"Код участника": A}),
    entry("Златогоров Мстислав", C, **{"Код участника": "Златогоров7"}),
    entry("Кудеяров Пересвет", C, Статус="Кудеяров Пересвет", **{"Код участника": "М-8-09"}),
    entry("Осляблин Святозар", B, Предмет="Осляблин", Место=B, **{"Логин ОО": "Святозар", "Класс участия": "Святозар"}),
]  # fmt: skip
LOOSE = ["Классный руководитель о нём", "", "Телефон мамы Ф И О"]


def loosened(rows):
    """Columns nobody knows, one of them without a heading, with names in them."""
    extra = ["Осляблин Святозар хорош", "Жихарев", f"Фелицата Полуярославцев, {D}"]
    return [[*HEADER, *LOOSE], *([*row, *extra] for row in rows)]


PROTOCOL = [
    ["Протокол муниципального этапа всероссийской олимпиады школьников по математике"],
    ["2025–2026 учебный год"],
    ["Максимальный балл: 35"],
    ["Лучший результат: Полуярославцев Дормидонт Радомирович"],
    [],
    ["№", "Код участника", "Фамилия", "Имя", "Отчество", "Дата рождения", "Логин ОО", "Образовательная организация",
     "Класс участия", "Сумма баллов", "Место", "Статус"],
    [1, None, "Полуярославцев", "Дормидонт", "Радомирович", BORN[3], "edu990389", "СОШ № 1", 8, 30, 1, "победитель"],
    [2, None, "Берендеева", "Забава", "Путятична", B, "edu990389", "СОШ № 1", 8, 21, 2, "чемпион"],
    [3, "М-1", "Чурилова", "Е.", "", A, "edu990390", "СОШ № 2 (Берендеева Забава)", 8, 2, 3, "участник"],
    [],
    ["Итого участников: 3, первый — Полуярославцев"],
    ["", "", "Председатель жюри: Жихарев Ф.Ф."],
]  # fmt: skip


@pytest.fixture
def raw(workspace):
    """Files of every kind: good and bad rows, loose columns, a broken header, a CSV, names where none are expected."""
    folder = workspace.raw
    write(folder / "свод.xlsx", {"Лист 1": loosened(ROWS), "Заметки": [["Осляблин Святозар", D], ["был", "молодец"]]})
    write(folder / "протокол.xlsx", {"Протокол": PROTOCOL})
    broken = [
        ["Фамилья", "Имечко", "Родился", "Логинн", "Баллы-шмаллы"],
        *([*row[5].split()[:2], *row[6:8], 3] for row in ROWS[:3]),
    ]
    write(folder / "сломанный заголовок.xlsx", {"Л": broken})
    write(folder / "без заголовка.xlsx", {"Л": [["Златогоров", "Мстислав", A, 8], ["Берендеева", "Забава", B, 8]]})
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in loosened(ROWS))
    (folder / "свод.csv").write_text(text.replace("2011-08-19", B), encoding="cp1251")
    vpr = individual([participant("Жихарев Фелицата", [1, 2, 1, 2]), participant(40002, [9, 1, 1, 1])])
    vpr[7] = [*vpr[7], "ФИО", "Примечание"]
    vpr[8] = [*vpr[8], "Кудеяров Пересвет", "Берендеева Забава Путятична"]
    write(folder / "РУ 4.xlsx", {"РУ 4 Индивидуальные результаты": vpr})
    form = form_2026([["Чурилова Е.Е.", 1, 2, 3, 1, 2, 1, 4]], empty=2)
    write(folder / "edu990389" / "РУ 4 2026.xlsx", form)
    return folder


def spellings():
    for born in BORN:
        serial = (born - dt.date(1899, 12, 30)).days
        yield from (born.isoformat(), born.strftime("%d.%m.%Y"), str(serial), repr(born), born.strftime("%d/%m/%Y"))
    for name in NAMES:
        yield from {name, name.upper(), name.lower(), name.lower().replace("ё", "е")}


def leaks(content: bytes) -> set[str]:
    """Names and dates of birth that stand in bytes, in any of the encodings text may have there."""
    found = set()
    for text in spellings():
        written = [text.encode(code) for code in ("utf-8", "utf-16-le", "cp1251")]
        written += [json.dumps(text)[1:-1].encode(), text.encode("ascii", "xmlcharrefreplace")]
        if any(code in content for code in written):
            found.add(text)
    return found


def everything_in(folder):
    """Name and content of every file, compressed ones also as they are inside."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes() + str(path.relative_to(folder)).encode()
        if path.suffix == ".parquet":
            yield f"{path.name}: rows", repr(pq.read_table(path).to_pylist()).encode()
            yield f"{path.name}: metadata", repr(pq.read_metadata(path).to_dict()).encode()
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}: {name}", archive.read(name)


def check_clean(workspace, *texts):
    for text in texts:
        assert not leaks(text.encode())
    for place, content in everything_in(workspace.root / "data"):
        if not place.startswith("raw"):
            assert not leaks(content), place


@pytest.fixture
def shown(workspace, raw, capsys, caplog):
    """What the command prints in words and as JSON."""
    run(["ingest", str(raw), "--root", str(workspace.root)])
    words = capsys.readouterr()
    run(["ingest", str(raw), "--root", str(workspace.root), "--json", "--again"])
    content = capsys.readouterr()
    return (words.out, words.err, content.out, content.err, caplog.text)


def test_the_search_finds_names_where_they_are(raw):
    """The raw files hold every name and date: a search that found none there would prove nothing."""
    found = set()
    for _, content in everything_in(raw):
        found |= leaks(content)
    assert {name for name in NAMES if name in found or name.upper() in found} == set(NAMES)
    assert {A, B, C, D} <= found


def test_no_name_leaves_intake(workspace, raw, shown):
    files = json.loads(shown[2])["files"]
    read = {file["path"].split("/")[-1]: file for file in files}
    assert read["свод.xlsx"]["accepted"] == read["свод.csv"]["accepted"] == 3
    assert read["свод.xlsx"]["quarantined"] == len(ROWS) - 3
    assert read["протокол.xlsx"]["accepted"] == 2
    assert read["РУ 4.xlsx"]["quarantined"] == 2
    assert {name for name, file in read.items() if file["layout"] is None} == {
        "сломанный заголовок.xlsx", "без заголовка.xlsx",
    }  # fmt: skip
    kept = raw.rename(workspace.root / "elsewhere")
    assert len(list(workspace.returns.iterdir())) >= 4
    check_clean(workspace, *shown)
    assert kept.is_dir()


def test_the_secret_is_in_no_output(workspace, raw, shown):
    secret = read_secret(workspace.pupil_secret).content
    for _, content in everything_in(workspace.store):
        assert secret not in content
        assert secret.hex().encode() not in content
    assert not any(secret.hex() in text for text in shown)


def rows_of(workspace):
    found = Store(workspace.store).snapshot().read(TABLE)
    return found.sort_values("source_row").reset_index(drop=True)


def test_a_return_workbook_comes_back_with_the_same_keys(workspace):
    good = entry("Златогоров Мстислав Радомирович", A)
    wrong = entry("Осляблин Святозар", D, Статус="чемпион")
    undated = entry("Берендеева Забава", None, **{"Логин ОО": "edu99039"})
    no_date = entry("Жихарев Фелицата", "31.02.2010")
    source = write(workspace.raw / "свод.xlsx", {"Лист 1": [HEADER, good, wrong, undated, no_date]})
    (book,) = ingest([source], workspace).return_workbooks
    returned = openpyxl.load_workbook(book)
    sheet = returned["Лист 1"]
    names, dates = ([sheet.cell(row, column).value for row in range(2, 6)] for column in (6, 7))
    assert [re.sub("[0-9a-f]{20}", "", name) for name in names] == ["p-", "p-", "n-", "n-"]
    assert dates == ["скрыто", "скрыто", None, "скрыто"]
    sheet["N3"], sheet["D4"], sheet["G5"] = "победитель", "edu990390", "28.02.2010"
    returned.save(book)
    report = ingest([book], workspace)
    assert [file.accepted for file in report.files] == [4]
    by_return = rows_of(workspace)["pupil_key"].tolist()
    right = [
        good, [*wrong[:13], "победитель", *wrong[14:]], [*undated[:3], "edu990390", *undated[4:]],
        [*no_date[:6], "28.02.2010", *no_date[7:]],
    ]  # fmt: skip
    straight = Workspace.at(workspace.root / "straight")
    straight.pupil_secret.parent.mkdir(parents=True)
    straight.pupil_secret.write_bytes(workspace.pupil_secret.read_bytes())
    ingest([write(straight.raw / "верный.xlsx", {"Лист 1": [HEADER, *right]})], straight)
    assert rows_of(straight)["pupil_key"].tolist() == by_return
    assert len(set(by_return)) == 4


def test_a_date_hidden_by_us_is_asked_for_again(take, tmp_path):
    rows = [entry("Златогоров Мстислав", "скрыто"), entry("скрыто", "скрыто")]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, *rows]}))
    assert [(row["cell"], row["rule"]) for row in outcome.quarantine.to_pylist()] == [
        ("G2", "person_birth_date"), ("F3", "person_incomplete"),
    ]  # fmt: skip


def test_initials_have_no_key_and_a_code_saves_the_row(take, tmp_path):
    rows = [entry("Иванов И.И.", A, **{"Код участника": "М-1"}), entry("Иванов И.И.", A)]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, *rows]}))
    (row,) = outcome.tables[TABLE].to_pylist()
    assert (row["participant_code"], row["pupil_key"]) == ("М-1", None)
    assert [row["rule"] for row in outcome.quarantine.to_pylist()] == ["person_incomplete"]
    assert any("инициалы — ключа ученика нет" in warning for warning in outcome.warnings)


def test_the_key_stands_for_a_code_that_is_not_there(take, tmp_path):
    rows = [
        entry("Иванов Пётр", A),
        entry("Иванов Пётр", A, Предмет="Физика", **{"Код участника": 7}),
        entry("-", None),
    ]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, *rows]}))
    first, second = outcome.tables[TABLE].to_pylist()
    assert first["participant_code"] == first["pupil_key"] == second["pupil_key"]
    assert second["participant_code"] == "7"
    assert [row["rule"] for row in outcome.quarantine.to_pylist()] == ["person_missing"]


def test_one_child_in_any_spelling_of_a_file(take, tmp_path):
    one, three = ("Иванов  Петр Семенович", "01.02.2011"), ("ИВАНОВ", "Пётр", "Семёнович", dt.date(2011, 2, 1))
    table = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, entry(*one)]})).tables[TABLE].to_pylist()
    protocol = [*PROTOCOL[:3], *PROTOCOL[5:6], [1, None, *three, "edu990389", "СОШ", 8, 30, 1, "победитель"]]
    outcome = take(write(tmp_path / "b.xlsx", {"Л": protocol}))
    assert outcome.tables[TABLE].to_pylist()[0]["pupil_key"] == table[0]["pupil_key"]


def test_a_key_the_file_has_is_taken_as_it_is(take, tmp_path):
    rows = [[*entry("Иванов Пётр", A), "К-00017"], [*entry("Златогоров Мстислав", B), "Златогоров1"]]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [[*HEADER, "Ключ ученика"], *rows]}))
    assert [row["pupil_key"] for row in outcome.tables[TABLE].to_pylist()] == ["К-00017"]
    assert [(row["rule"], row["found"]) for row in outcome.quarantine.to_pylist()] == [("code_not_a_code", "скрыто")]


@pytest.mark.parametrize("place", ["{} 8 класс.xlsx", "{}/свод.xlsx"])
def test_a_file_called_after_a_child_is_refused(workspace, place):
    path = workspace.raw / place.format("Златогоров Мстислав")
    report = ingest([write(path, {"Л": [HEADER, ROWS[0]]})], workspace)
    assert "Переименуйте" in report.files[0].error
    assert not leaks(report.files[0].error.encode())


def test_a_sheet_called_after_a_child(workspace):
    source = write(workspace.raw / "свод.xlsx", {"Златогоров Мстислав": [HEADER, *ROWS[:4]]})
    report = ingest([source], workspace)
    source.unlink()
    check_clean(workspace, json.dumps(report.to_json(), ensure_ascii=False))


def test_a_name_in_a_column_of_free_text_is_set_aside(take, tmp_path):
    header = ["Год", "Перечень", "Мероприятие", "Профиль", "Этап", "Логин ОО", "ФИО", "Дата рождения", "Статус"]
    row = [2026, "regional", "Конкурс", None, "final", "edu990389", "Златогоров Мстислав", A, "победитель"]
    wrong = [[*row[:2], "Конкурс: Златогоров Мстислав", *row[3:]], [*row[:3], "Чурилова Е.Е.", *row[4:]]]
    outcome = take(write(tmp_path / "b.xlsx", {"Л": [header, row, *wrong]}))
    assert outcome.accepted == 1
    found = {(row["rule"], row["found"]) for row in outcome.quarantine.to_pylist()}
    assert found == {("person_name_elsewhere", "скрыто")}


def test_what_gives_nobody_away_is_still_quoted(take, tmp_path):
    rows = [entry("Иванов Пётр", A, Статус="победитиль"), entry("Сидоров Олег", B, **{"Логин ОО": "edu99038"})]
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, *rows]}))
    assert {row["found"] for row in outcome.quarantine.to_pylist()} == {"победитиль", "edu99038"}
    sheet = openpyxl.load_workbook(outcome.return_part)["Л"]
    assert (sheet["N2"].value, sheet["D3"].value) == ("победитиль", "edu99038")


def test_a_mistake_of_ours_does_not_quote_cells(take, tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise ValueError(f"cannot take {NAMES[0]} {A}")

    monkeypatch.setattr("oko_lib.intake.layouts.mapped.read_persons", broken)
    outcome = take(write(tmp_path / "a.xlsx", {"Л": [HEADER, ROWS[0]]}))
    assert "ошибки программы" in outcome.error
    assert "ValueError at test_intake_no_names.py" in caplog.text
    assert not leaks((caplog.text + outcome.error).encode())


def test_processes_make_the_same_keys(workspace, monkeypatch, caplog):
    monkeypatch.setattr(workers, "_WORTH_FILES", 1)
    monkeypatch.setattr(workers, "_CHUNK", 1)
    for number in range(4):
        row = entry("Иванов Пётр", A, **{"Логин ОО": f"edu99039{number}"})
        write(workspace.raw / f"{number}.xlsx", {"Л": [HEADER, row]})
    report = ingest([workspace.raw], workspace, options=IntakeOptions(jobs=2))
    assert [file.accepted for file in report.files] == [1] * 4
    assert rows_of(workspace)["pupil_key"].nunique() == 1
    assert not leaks(caplog.text.encode())


# --- the secret and the store ----------------------------------------------------------------------------------------


def named_file(workspace, name, row=ROWS[0]):
    return write(workspace.raw / name, {"Л": [HEADER, row]})


def test_no_names_no_secret(workspace):
    ingest([write(workspace.raw / "РУ 4.xlsx", {"РУ 4": individual([participant(40001, [1, 2, 1, 2])])})], workspace)
    assert not workspace.pupil_secret.exists()
    assert not (workspace.store / "pupil_secret").exists()


@pytest.mark.parametrize("lost", [True, False])
def test_a_wrong_secret_is_noticed(workspace, lost):
    assert ingest([named_file(workspace, "a.xlsx")], workspace).ok
    own = workspace.pupil_secret.read_bytes()
    workspace.pupil_secret.unlink()
    if not lost:
        workspace.pupil_secret.write_text("0" * 64, encoding="ascii")
    report = ingest([named_file(workspace, "b.xlsx", entry("Кудеяров Пересвет", C, Предмет="Физика"))], workspace)
    assert ("потерян" if lost else "другой") in report.files[0].error
    assert "не совпадут" in report.files[0].error
    assert len(rows_of(workspace)) == 1
    # Files without names are taken all the same, and with the secret back everything is.
    vpr = write(workspace.raw / "РУ 4.xlsx", {"РУ 4": individual([participant(40001, [1, 2, 1, 2])])})
    assert ingest([vpr], workspace).ok
    workspace.pupil_secret.write_bytes(own)
    assert ingest([workspace.raw / "b.xlsx"], workspace).ok
    assert len(rows_of(workspace)) == 2


def test_the_fingerprint_alone_does_not_stop_an_intake(workspace):
    """A crash between keeping the fingerprint and the first rows leaves a store of nothing else."""
    source = named_file(workspace, "a.xlsx")
    ingest([source], workspace)
    fingerprint = (workspace.store / "pupil_secret").read_text()
    for item in sorted(workspace.store.rglob("*"), reverse=True):
        if item.name != "pupil_secret":
            item.rmdir() if item.is_dir() else item.unlink()
    assert ingest([source], workspace).files[0].status == "loaded"
    assert (workspace.store / "pupil_secret").read_text() == fingerprint


def test_a_form_check_makes_no_secret(workspace):
    from oko_lib.forms import check_forms

    assert check_forms([named_file(workspace, "a.xlsx")], workspace).ok
    assert not workspace.pupil_secret.exists()
