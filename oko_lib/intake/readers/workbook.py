"""Workbooks (.xlsx, .xls, .xlsb, .ods) read by calamine; the format is told from the bytes, not from the extension."""

from __future__ import annotations

import io

from python_calamine import CalamineWorkbook, PasswordError

from oko_lib.intake.errors import FileRefused
from oko_lib.intake.readers.delimited import read_delimited
from oko_lib.intake.readers.sheet import Sheet

_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_sheets(content: bytes, file_name: str) -> list[Sheet]:
    """Return all sheets of a file.

    Parameters
    ----------
    content : bytes
        The whole file.
    file_name : str
        Name for messages only.

    Raises
    ------
    FileRefused
        If the file is empty, damaged, locked with a password or no table at all.
    """
    if not content.strip():
        raise FileRefused(f"«{file_name}» — пустой файл (0 байт данных). Скачайте или сохраните его заново.")
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise FileRefused(_password(file_name))
    if content.startswith((_ZIP, _OLE)):
        return _read_workbook(content, file_name)
    head = content[:2048].lstrip().lower()
    if head.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise FileRefused(
            f"«{file_name}» — веб-страница с расширением таблицы, а не книга Excel. "
            "Откройте её в Excel и сохраните как «Книга Excel (.xlsx)»."
        )
    return read_delimited(content, file_name)


def _password(file_name: str) -> str:
    return f"«{file_name}» защищён паролем. Снимите пароль («Файл → Сведения → Защита книги») и пришлите снова."


def _read_workbook(content: bytes, file_name: str) -> list[Sheet]:
    damaged = FileRefused(
        f"«{file_name}» повреждён или это не таблица: книга не открывается. "
        "Откройте файл в Excel, сохраните заново как .xlsx; если Excel его не открывает, запросите файл снова."
    )
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError:
        raise FileRefused(_password(file_name)) from None
    # calamine reports a damaged archive by many unrelated exceptions, even by a Rust panic (a BaseException).
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise damaged from None
    sheets = []
    for name in workbook.sheet_names:
        try:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            if type(error).__name__ == "WorksheetNotFound":
                continue  # a chart sheet: it has no cells
            raise damaged from None
        sheets.append(Sheet(name, rows))
    return sheets
