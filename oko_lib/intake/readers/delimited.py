"""Delimited text (CSV): encoding and delimiter found from the content."""

from __future__ import annotations

import csv
import io

from oko_lib.intake.errors import FileRefused
from oko_lib.intake.readers.sheet import Sheet

_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE_LINES = 60


def decode(content: bytes) -> str | None:
    """Return the text of a file, or None when it is not text in UTF-8, UTF-16 with a mark, or Windows-1251."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            return None
    if b"\x00" in content[:4096]:
        return None
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _split(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _delimiter(text: str) -> str | None:
    """Return the delimiter that splits most lines into the same number (at least two) of cells."""
    sample = "\n".join(text.splitlines()[:_SAMPLE_LINES])
    best, best_score = None, 0
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in _split(sample, delimiter) if row]
        except csv.Error:
            continue
        wide = [width for width in widths if width > 1]
        if not wide:
            continue
        common = max(set(wide), key=lambda width: (wide.count(width), width))
        score = wide.count(common) * common
        if score > best_score:
            best, best_score = delimiter, score
    return best


def read_delimited(content: bytes, file_name: str) -> list[Sheet]:
    """Return the only sheet of a CSV file.

    Raises
    ------
    FileRefused
        If the bytes are not text or no delimiter splits the lines into columns.
    """
    text = decode(content)
    delimiter = _delimiter(text) if text else None
    if text is None or delimiter is None:
        raise FileRefused(
            f"«{file_name}» не открывается как таблица: это не книга Excel и не текст, разделённый точкой с запятой, "
            "запятой или табуляцией. Откройте файл в Excel и сохраните как «Книга Excel (.xlsx)»."
        )
    try:
        rows = _split(text, delimiter)
    except csv.Error as error:
        raise FileRefused(
            f"«{file_name}»: текст не делится на столбцы ({error}). Проверьте кавычки или сохраните файл как .xlsx."
        ) from None
    width = max(map(len, rows), default=0)
    return [Sheet("", [row + [""] * (width - len(row)) for row in rows])]
