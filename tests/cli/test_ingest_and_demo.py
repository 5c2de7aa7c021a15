"""``oko demo`` and ``oko ingest`` over real files: exit codes and the account of every row."""

import json

import pytest

from oko_lib.cli.main import run


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo")
    assert run(["demo", "--municipalities", "2", "--scale", "0.3", "--years", "2026", "--root", str(root)]) == 0
    return root


def test_demo_writes_files_and_truth(region):
    assert list((region / "data" / "raw").rglob("*.xlsx"))
    assert json.loads((region / "data" / "demo_truth.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("option", "value"), [("--years", "26г"), ("--municipalities", "900"), ("--years", ",")])
def test_demo_refuses_what_it_cannot_make(capsys, tmp_path, option, value):
    assert run(["demo", option, value, "--root", str(tmp_path)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_ingest_accounts_for_every_row(region, capsys):
    code = run(["ingest", str(region / "data" / "raw"), "--json", "--root", str(region)])
    content = json.loads(capsys.readouterr().out)
    assert content["files"]
    for file in content["files"]:
        assert file["read"] == file["accepted"] + file["quarantined"] + file["non_data"]
        assert file["layout"] is not None or file["error"]
    assert code == (1 if any(file["error"] for file in content["files"]) else 0)


def test_an_unknown_file_gives_exit_code_1(region, tmp_path, capsys):
    strange = tmp_path / "письмо.csv"
    strange.write_text("просто;текст\n1;2\n", encoding="utf-8")
    assert run(["ingest", str(strange), "--root", str(region)]) == 1
    assert "Не принят письмо.csv" in capsys.readouterr().out


def test_a_missing_path_is_said_in_words(region, capsys):
    assert run(["ingest", str(region / "нет.xlsx"), "--root", str(region)]) == 1
    captured = capsys.readouterr()
    assert "нет.xlsx" in captured.out + captured.err
    assert "Traceback" not in captured.err
