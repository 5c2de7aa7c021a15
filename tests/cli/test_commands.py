"""The ``oko`` command as a user meets it: words, exit codes, JSON."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oko_lib.cli.common import counted, duration
from oko_lib.cli.main import run
from oko_lib.settings.workspace import PROJECT_ROOT

BATCH_TESTS = Path(__file__).parents[1] / "batch"


@pytest.fixture(scope="session")
def stored(tmp_path_factory):
    sys.path.insert(0, str(BATCH_TESTS))
    from oko_sample_direction import write_store

    root = tmp_path_factory.mktemp("cli")
    write_store(root / "data" / "store")
    return root


@pytest.fixture
def place(stored, tmp_path, monkeypatch):
    """A working place whose only direction is the small sample."""
    import oko_sample_direction as sample

    from oko_lib.batch import directions, plan
    from oko_lib.batch import run as running

    root = tmp_path / "place"
    shutil.copytree(stored, root)
    sample.write_notebooks(root / "notebooks")
    for module in (directions, plan, running):
        monkeypatch.setattr(module, "DIRECTIONS", sample.DIRECTIONS)
    return root


@pytest.fixture
def both(place, monkeypatch):
    """The same with the direction that stands on another table and reports schools."""
    import oko_sample_direction as sample

    from oko_lib.batch import directions, plan
    from oko_lib.batch import run as running

    for module in (directions, plan, running):
        monkeypatch.setattr(module, "DIRECTIONS", sample.BOTH)
    return place


def oko(capsys, *arguments):
    """Run a command in this process; return exit code, standard output and standard error."""
    code = run([str(item) for item in arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu"], "Возможно, вы имели в виду «run»"),
        (["run", "--al"], "--all"),
        (["run", "--jobs", "много"], "целое число"),
        (["run", "--year"], "нужно значение"),
        (["run", "лишнее"], "Лишнее слово"),
        (["ingest"], "Не хватает"),
        (["demo", "--scale", "x"], "нужно число"),
    ],
)
def test_a_badly_written_command_is_explained(capsys, arguments, words):
    code, out, err = oko(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert words in err
    assert "--help" in err


def test_help_is_in_russian_and_names_every_command(capsys):
    code, out, _ = oko(capsys, "--help")
    assert code == 0
    for name in ("demo", "ingest", "list", "run", "lab", "doctor"):
        assert f" {name} " in out
    assert "Команды" in out
    assert "Show this message" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--all", "--mode", "public"], "защиты малых групп"),
        (["run", "--municipality", "город Северс"], "«город Северск»"),
        (["run", "--municipality", "reg99_m004"], "нет результатов ВПР за 2026"),
        (["run", "--all", "--year", "2031"], "Есть: 2025, 2026"),
        (["run", "--all", "--direction", "sampel"], "«sample»"),
        (["run"], "oko run --all"),
        (["run", "--all", "--set", "behavee=x"], "«behave»"),
        (["run", "--all", "--set", "behave"], "ИМЯ=ЗНАЧЕНИЕ"),
        (["run", "--all", "--formats", "pdf,doc"], "docx"),
        (["list", "--year", "2031"], "Есть: 2025, 2026"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(capsys, place, arguments, words):
    code, out, err = oko(capsys, *arguments, "--root", place)
    assert code == 1
    assert out == ""
    assert words in err
    assert not (place / "outputs").exists()


def test_a_misspelt_root_is_refused(capsys, tmp_path):
    code, _, err = oko(capsys, "list", "--root", tmp_path / "нет такой")
    assert code == 1
    assert "нет папки" in err


def test_an_empty_place_says_what_to_do(capsys, tmp_path):
    code, _, err = oko(capsys, "run", "--all", "--root", tmp_path)
    assert code == 1
    assert "oko ingest" in err


def test_list_json(capsys, place):
    code, out, _ = oko(capsys, "list", "--json", "--root", place)
    content = json.loads(out)
    assert code == 0
    assert content["years"] == [2025, 2026]
    assert {item["code"] for item in content["municipalities"]} == {"reg99_m001", "reg99_m002", "reg99_m003"}
    assert content["without_results"] == [{"code": "reg99_m004", "name": "Пустынский муниципальный район"}]


def test_list_in_words(capsys, place):
    code, out, _ = oko(capsys, "list", "--root", place)
    assert code == 0
    assert "reg99_m003" in out
    assert "Пустынский" in out


def test_run_json_is_all_there_is_on_standard_output(capsys, place):
    code, out, err = oko(capsys, "run", "-m", "reg99_m001", "--formats", "pdf", "--json", "--root", place)
    content = json.loads(out)
    assert code == 0, err
    (report,) = content["reports"]
    wanted = {"id", "municipality", "direction", "year", "status", "files", "seconds", "error"}
    assert wanted <= set(report)
    assert (report["id"], report["status"], report["error"]) == ("2026/reg99_m001/sample", "built", None)
    assert (place / "outputs" / report["files"]["pdf"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--school", "edu9911"], "Нет школы «edu9911»"),
        (["--school", "Гимназя № 1"], "Возможно, вы имели в виду «Гимназия № 1»"),
        (["--school", "edu99014"], "нет данных «Контекст школ по годам» за 2026"),
        (["--school", "edu99011", "-d", "sample"], "Профилей школ у направления нет: sample"),
        (["-m", "reg99_m002", "-d", "context"], "нет данных «Контекст школ по годам» за 2026"),
        (["--all", "-d", "context", "--year", "2025"], "Есть: 2024, 2026"),
        (["--all", "--set", "school=edu99011"], "своим ключом"),
        (["--no-schools"], "oko run --all"),
    ],
)
def test_schools_that_cannot_be_reported_are_refused_in_words(capsys, both, arguments, words):
    code, out, err = oko(capsys, "run", *arguments, "--root", both)
    assert (code, out) == (1, "")
    assert words in err
    assert not (both / "outputs").exists()


def test_a_school_is_reported_by_login_or_name(capsys, both):
    arguments = ["--school", "sch99011", "--school", "Гимназия № 1", "--formats", "pdf", "--json"]
    code, out, err = oko(capsys, "run", *arguments, "--root", both)
    content = json.loads(out)
    assert code == 0, err
    assert [item["school"] for item in content["reports"]] == ["edu99001", "edu99011"]
    assert (content["skipped"], content["problems"]) == ([], [])


def test_all_says_what_was_left_out_and_why(capsys, both):
    code, out, _ = oko(capsys, "run", "--all", "-d", "context", "--formats", "pdf", "--root", both)
    assert code == 0
    assert "Готово: 5 отчётов, из них профилей школ: 3, за" in out
    assert "Пропущено: 3 отчёта (context) — нет данных «Контекст школ по годам» за 2026 год: Пустынский" in out
    assert "СОШ № 14" in out.replace("\u00a0", " ")


def test_a_failing_list_of_schools_is_said_in_the_summary(capsys, both):
    (both / "без перечня").touch()
    code, out, _ = oko(capsys, "run", "-m", "reg99_m001", "-d", "context", "--formats", "pdf", "--root", both)
    assert code == 1
    assert "Готово: 1 отчёт за" in out
    assert "context: Перечень школ для профилей не получен" in out
    assert "schools-context.log" in out
    code, out, _ = oko(
        capsys, "run", "-m", "reg99_m001", "-d", "context", "--no-schools", "--formats", "pdf", "--root", both
    )
    assert code == 0


def test_list_counts_each_direction_over_its_own_tables(capsys, both):
    code, out, _ = oko(capsys, "list", "--json", "--root", both)
    content = json.loads(out)
    assert code == 0
    assert content["years"] == [2024, 2025, 2026]
    assert [(item["name"], item["years"]) for item in content["directions"]] == [
        ("sample", [2025, 2026]),
        ("context", [2024, 2026]),
    ]
    directions = {item["code"]: item["directions"] for item in content["municipalities"]}
    assert directions["reg99_m001"] == ["sample", "context"]
    assert directions["reg99_m002"] == ["sample"]
    code, out, _ = oko(capsys, "list", "--year", "2025", "--root", both)
    assert "context — Условия: нет данных за 2025 год (есть за 2024, 2026)." in out
    assert "oko run --all (1 отчёт и 1 сводка)" in out


def test_doctor_looks_at_the_notebooks_and_parameters_of_every_direction(capsys, both):
    (both / "notebooks" / "context_school.ipynb").unlink()
    code, out, _ = oko(capsys, "doctor", "--json", "--root", both)
    found = {item["name"]: item for item in json.loads(out)["checks"]}
    assert code == 1
    assert "context_school.ipynb" in found["Тетради отчётов"]["found"]
    assert found["Данные"]["found"] == "результаты за 2024, 2025, 2026"


def test_a_failed_report_gives_exit_code_1_and_a_summary(capsys, place):
    arguments = ["run", "--all", "--formats", "pdf", "--set", "behave=raise", "--set", "only=reg99_m002"]
    code, out, _ = oko(capsys, *arguments, "--root", place)
    assert code == 1
    assert "Готово: 3 отчёта" in out
    assert "Не построены: 1 отчёт" in out
    assert "Ячейка 5" in out
    assert "index.html" in out


def test_an_unexpected_error_becomes_words_and_a_log(capsys, monkeypatch):
    from oko_lib.cli import checks

    def broken(workspace):
        raise RuntimeError("совсем неожиданно")

    monkeypatch.setattr(checks, "examine", broken)
    code, _, err = oko(capsys, "doctor")
    assert code == 1
    assert "Внутренняя ошибка" in err
    log = Path(err.strip().rsplit(" ", 1)[1])
    assert "совсем неожиданно" in log.read_text(encoding="utf-8")
    log.unlink()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "denied", "отчёт.xlsx"), "Закройте файл"),
        (OSError(28, "No space left on device", "x"), "кончилось место"),
        (FileNotFoundError(2, "no", "x.xlsx"), "Нет файла или папки «x.xlsx»"),
    ],
)
def test_system_errors_say_what_to_do(capsys, monkeypatch, error, words):
    from oko_lib.cli import checks

    def broken(workspace):
        raise error

    monkeypatch.setattr(checks, "examine", broken)
    code, _, err = oko(capsys, "doctor")
    assert code == 1
    assert words in err


def test_doctor_tries_things_out(capsys, place):
    code, out, _ = oko(capsys, "doctor", "--json", "--root", place)
    content = json.loads(out)
    found = {item["name"]: item for item in content["checks"]}
    assert found["Typst и шрифты (PDF)"]["ok"]
    assert found["Pandoc (текст тетрадей)"]["ok"]
    assert found["Библиотеки"]["ok"], found["Библиотеки"]["found"]
    assert found["Данные"]["found"] == "результаты за 2025, 2026"
    assert code == (0 if content["ok"] else 1)


def test_doctor_notices_missing_notebooks(capsys, place):
    (place / "notebooks" / "sample.ipynb").unlink()
    code, out, _ = oko(capsys, "doctor", "--root", place)
    assert code == 1
    assert "sample.ipynb" in out


def test_russian_is_written_in_any_console_encoding(place):
    """A Windows console of the code page 866, or a pipe of the C locale, must not break the output."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "COLUMNS": "200"}
    command = [sys.executable, "-c", "from oko_lib.cli import main; main()", "list", "--root", str(place)]
    done = subprocess.run(command, env=environment, capture_output=True, cwd=PROJECT_ROOT, check=False)
    assert "Усть-Лужский муниципальный округ" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(
    ("number", "words"),
    [(1, "1 файл"), (2, "2 файла"), (5, "5 файлов"), (11, "11 файлов"), (21, "21 файл"), (1112, "1\u202f112 файлов")],
)
def test_numerals_agree(number, words):
    assert counted(number, "файл", "файла", "файлов") == words


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "0 с"), (59.4, "59 с"), (60, "1 мин 00 с"), (185, "3 мин 05 с")])
def test_durations(seconds, words):
    assert duration(seconds) == words
