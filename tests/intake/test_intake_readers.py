"""Damaged, locked, empty and mislabelled files: a clear word about each."""

import pytest
from intake_builders import individual, participant, write

from oko_lib.intake.finding import find_files

ROW = participant(40001, [1, 2, 1, 2])
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "пустой файл"),
        (b"   \n", "пустой файл"),
        (b"PK\x03\x04 not a zip at all", "повреждён"),
        (OLE + b"\0" * 4096, "повреждён"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "защищён паролем"),
        (b"\x00\x01\x02\xff" * 100, "не открывается как таблица"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "веб-страница"),
        ("просто текст без столбцов".encode(), "не открывается как таблица"),
    ],
)
def test_files_that_are_no_tables(take, tmp_path, content, words):
    path = tmp_path / "выгрузка.xlsx"
    path.write_bytes(content)
    outcome = take(path)
    assert words in outcome.error
    assert outcome.layout is None
    assert outcome.read == 0


def test_half_a_file(take, tmp_path):
    path = write(tmp_path / "a.xlsx", {"РУ 4": individual([ROW])})
    path.write_bytes(path.read_bytes()[:2000])
    assert "повреждён" in take(path).error


def test_a_missing_file(take, tmp_path):
    assert "нет" in take(tmp_path / "нет.xlsx").error


def test_workbook_of_blank_sheets(take, tmp_path):
    assert "ни одной заполненной строки" in take(write(tmp_path / "a.xlsx", {"Л": [[" "], []]})).error


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
def test_delimited_text(take, tmp_path, delimiter, encoding):
    lines = [delimiter.join(f'"{cell}"' if cell not in (None, "") else "" for cell in row) for row in individual([ROW])]
    path = tmp_path / "РУ 4 2026.csv"
    path.write_bytes(
        "\r\n".join(lines)
        .replace('"МБОУ «СОШ № 1»(edu990389)"', '"МБОУ ""СОШ""(edu990389)"')
        .encode(encoding, "replace")
    )
    outcome = take(path)
    assert (outcome.error, outcome.accepted) == (None, 1)


def test_workbook_under_a_wrong_extension(take, tmp_path):
    path = write(tmp_path / "a.xlsx", {"РУ 4": individual([ROW])}).rename(tmp_path / "a.csv")
    assert take(path).accepted == 1


def test_folders_are_walked_and_litter_is_passed_over(tmp_path):
    table = write(tmp_path / "б" / "a.xlsx", {"РУ 4": individual([ROW])})
    odd = tmp_path / "report.dat"
    odd.write_bytes(table.read_bytes())
    for name in ("~$a.xlsx", ".hidden.xlsx", "Thumbs.db", "б/~$b.xlsx"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "письмо.docx").write_bytes(b"PK")
    (tmp_path / "фото.jpg").write_bytes(b"x")
    found = find_files([tmp_path, tmp_path / "нет.xlsx"])
    assert found.files == [odd, table]
    assert [path.name for path in found.ignored] == ["письмо.docx", "фото.jpg"]
    assert found.missing == [tmp_path / "нет.xlsx"]
