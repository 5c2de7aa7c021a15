"""``oko register``: children by key, for those who hold a name its key; never a name in a file."""

import json
import zipfile

import openpyxl
import pytest

from oko_lib.cli.main import run
from oko_lib.intake import ingest
from oko_lib.settings.workspace import Workspace

OLYMPIADS = [
    "Год", "Этап", "Предмет", "Логин ОО", "Код участника", "ФИО", "Дата рождения", "Класс участия", "Класс обучения",
    "Присутствовал", "Балл", "Максимальный балл", "Место", "Статус", "ОВЗ",
]  # fmt: skip
CONTESTS = [
    "Год", "Перечень", "Мероприятие", "Профиль", "Этап", "Логин ОО", "Код участника", "ФИО", "Дата рождения", "Класс",
    "Статус", "Команда", "ОВЗ",
]  # fmt: skip
SCHOOLS = [
    ["Логин ОО", "Год", "Название ОО", "Вид ОО", "Код муниципалитета", "Муниципалитет"],
    ["edu990389", 2026, "Школа № 1", "СОШ", "reg99_m001", "Первый район"],
    ["edu990390", 2026, "Школа № 2", "СОШ", "reg99_m002", "Второй район"],
]
ZABAVA, PERESVET, OSLYABA = "Берендеева Забава Путятична", "Кудеяров Пересвет", "Осляблин Святозар"
BORN = "19.08.2011"


def entry(year, stage, subject, login, name, born, status, grade=8, own=None, code=None, present="да"):
    score = 20 if present == "да" else None
    return [year, stage, subject, login, code, name, born, grade, own or grade, present, score, 35, None, status, "нет"]


ROWS = [
    entry(2026, "школьный", "Математика", "edu990389", ZABAVA, BORN, "победитель", grade=9, own=8),
    entry(2026, "муниципальный", "Математика", "edu990389", ZABAVA.upper(), "2011-08-19", "призёр", grade=9, own=8),
    entry(2026, "школьный", "Физика", "edu990389", ZABAVA, BORN, "участник"),
    entry(2025, "муниципальный", "Физика", "edu990390", ZABAVA, BORN, "призёр", grade=7),
    # At the school stage without a prize: not in the register. Absent: neither.
    entry(2026, "школьный", "Математика", "edu990390", "Жихарев Епифан", BORN, "участник"),
    entry(2026, "муниципальный", "Право", "edu990390", "Жихарев Епифан", BORN, None, present="нет"),
    # No date of birth; initials with a code.
    entry(2026, "муниципальный", "Биология", "edu990390", PERESVET, None, "участник", grade=10),
    entry(2026, "муниципальный", "География", "edu990390", "Чурилов Е.Е.", BORN, "призёр", code="Г-1"),
]
CONTEST = [2026, "региональный", "Кубок", "экология", "финал", "edu990390", None, OSLYABA, "14.03.2012", 7, "призёр"]
NAMES = ("еренде", "забав", "кудеяр", "пересвет", "осляб", "святозар", "жихар", "чурил", "2011-08-19", BORN)


def write(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    workspace = Workspace.at(tmp_path_factory.mktemp("register"))
    write(workspace.raw / "школы.xlsx", SCHOOLS)
    write(workspace.raw / "олимпиады.xlsx", [OLYMPIADS, *ROWS])
    write(workspace.raw / "конкурсы.xlsx", [CONTESTS, [*CONTEST, "нет", "нет"]])
    report = ingest([workspace.raw], workspace)
    assert report.ok
    assert sum(file.quarantined for file in report.files) == 0
    return workspace


@pytest.fixture
def oko(place, capsys):
    def command(*arguments):
        code = run([*arguments, "--root", str(place.root)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def key_of(oko, *arguments):
    code, out, _ = oko("register", "key", *arguments, "--json")
    assert code == 0
    return json.loads(out)


def made(oko, *arguments):
    code, out, _ = oko("register", "make", *arguments, "--json")
    assert code == 0
    content = json.loads(out)
    book = openpyxl.load_workbook(content["file"])
    rows = [[cell.value for cell in row] for row in book["Реестр"].iter_rows(min_row=3)]
    header, body = rows[0], [row for row in rows[1:] if row[0] and str(row[0]).startswith("p-")]
    return content, {row[0]: dict(zip(header, row, strict=True)) for row in body}, rows


def test_one_row_per_child(oko, place):
    content, children, _ = made(oko)
    assert (content["year"], content["children"], content["unlinked"]) == (2026, 3, 1)
    assert content["file"] == str(place.outputs / "2026" / "register.xlsx")
    zabava = children[key_of(oko, ZABAVA, "--born", BORN)["key"]]
    assert zabava == {
        "Ключ ученика": zabava["Ключ ученика"],
        "Муниципалитет": "Первый район",
        "Школа": "Школа № 1",
        "Логин ОО": "edu990389",
        "Класс": 8,
        "Школьный этап": "Математика — победитель; Физика — участник",
        "Муниципальный этап": "Математика — призёр",
        "Региональный этап": None,
        "Заключительный этап": None,
        "Мероприятия из перечней": None,
        "Побед и призов за год": 2,
        "Годы участия": "2025, 2026",
        "Победы и призы прежних лет": "2025: Физика, муниципальный этап — призёр",
    }
    oslyaba = children[key_of(oko, OSLYABA, "--born", "14.03.2012")["key"]]
    assert oslyaba["Мероприятия из перечней"] == "Кубок (экология), заключительный этап — призёр"


def test_a_register_of_one_municipality(oko, place):
    content, children, _ = made(oko, "--municipality", "Второй район")
    assert content["file"] == str(place.outputs / "2026" / "register-reg99_m002.xlsx")
    assert {child["Муниципалитет"] for child in children.values()} == {"Второй район"}
    assert len(children) == 2


def test_an_earlier_year(oko):
    content, children, _ = made(oko, "--year", "2025")
    assert (content["children"], content["unlinked"]) == (1, 0)
    (child,) = children.values()
    assert (child["Школа"], child["Класс"], child["Годы участия"]) == ("Школа № 2", 7, "2025")


def test_the_register_names_nobody_and_is_marked(oko):
    content, _, rows = made(oko)
    with zipfile.ZipFile(content["file"]) as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml"))
    assert not [name for name in NAMES if name in text.casefold()]
    assert "для служебного пользования" in text
    assert any("в реестр не вошли" in str(row[0]) for row in rows)


def test_the_command_speaks(oko):
    code, out, _ = oko("register", "make")
    assert code == 0
    assert "3 ребёнка" in out
    assert "1 запись" in out


@pytest.mark.parametrize(
    "arguments",
    [
        (ZABAVA, "--born", BORN),
        ("БЕРЕНДЕЕВА  забава путятична", "--born", "2011-08-19"),
        ("Берендеева, Забава Путятична", "--born", "19.8.11"),
    ],
)
def test_a_child_is_found_in_any_spelling(oko, arguments):
    found = key_of(oko, *arguments)
    assert [(row["year"], row["rows"]) for row in found["records"]] == [(2025, 1), (2026, 3)]
    code, out, err = oko("register", "key", *arguments)
    assert (code, err) == (0, "")
    assert found["key"] in out
    assert "4 записи (2025, 2026)" in out
    assert not [name for name in NAMES if name in out.casefold()]


def test_a_child_without_a_date_is_found_by_its_school(oko):
    found = key_of(oko, PERESVET, "--login", "edu990390", "--year", "2025", "--grade", "9")
    assert found["records"] == [{"table": "olympiad_results_by_participant", "year": 2026, "rows": 1}]
    assert key_of(oko, PERESVET, "--login", "edu990390", "--year", "2026", "--grade", "9")["records"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Берендеева З.П.", "--born", BORN), "полностью"),
        ((ZABAVA,), "--born"),
        ((ZABAVA, "--born", "99.99.2011"), "не читается"),
        ((ZABAVA, "--login", "школа", "--year", "2026", "--grade", "8"), "edu990389"),
    ],
)
def test_what_is_not_enough_is_said_without_the_name(oko, arguments, said):
    code, out, err = oko("register", "key", *arguments)
    assert (code, out) == (1, "")
    assert said in err
    assert not [name for name in NAMES if name in err.casefold()]


def test_no_secret_is_made_by_asking(tmp_path, capsys):
    assert run(["register", "key", ZABAVA, "--born", BORN, "--root", str(tmp_path)]) == 1
    assert "ещё нет" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_lost_secret_is_said(place, oko):
    secret = place.pupil_secret
    kept = secret.rename(secret.with_name("elsewhere"))
    try:
        code, _, err = oko("register", "key", ZABAVA, "--born", BORN)
    finally:
        kept.rename(secret)
    assert code == 1
    assert "потерян" in err


def test_the_log_of_a_mistake_of_ours_holds_no_name(oko, monkeypatch, tmp_path):
    def broken(*_):
        raise RuntimeError(f"no key for {ZABAVA}")

    monkeypatch.setattr("oko_lib.intake.pupil_lookup.read_name", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, _, err = oko("register", "key", ZABAVA, "--born", BORN)
    assert code == 1
    (log,) = tmp_path.glob("oko-*.log")
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError at test_register_command.py" in text
    assert not [name for name in NAMES if name in (text + err).casefold()]


def test_no_results_no_register(tmp_path, capsys):
    workspace = Workspace.at(tmp_path)
    write(workspace.raw / "школы.xlsx", SCHOOLS)
    ingest([workspace.raw], workspace)
    assert run(["register", "make", "--root", str(tmp_path)]) == 1
    assert "нет" in capsys.readouterr().err
