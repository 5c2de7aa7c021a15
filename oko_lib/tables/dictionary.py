"""The data dictionary as Markdown, generated from the definitions: ``python -m oko_lib.tables.dictionary FILE``."""

from __future__ import annotations

import sys
from pathlib import Path

from oko_lib.tables.definition import PROVENANCE, Column, ColumnType, Table
from oko_lib.tables.registry import TABLES

_TYPES_RU: dict[ColumnType, str] = {
    ColumnType.STRING: "текст",
    ColumnType.INT: "целое",
    ColumnType.FLOAT: "число",
    ColumnType.BOOL: "да/нет",
    ColumnType.DATE: "дата",
    ColumnType.TIMESTAMP: "момент времени",
    ColumnType.INT_LIST: "список целых",
    ColumnType.STRING_LIST: "список текстов",
}

_HEAD = """# Словарь данных

Построен из определений `oko_lib/tables` командой `make docs`; руками не правится (тест сверяет).
У каждой загруженной строки есть ещё столбцы происхождения, они описаны в конце.
"""


def dictionary_markdown() -> str:
    """Return the whole dictionary."""
    contents = "\n".join(f"- [`{table.name}`](#{table.name}) — {table.title_ru}" for table in TABLES.values())
    tables = "\n".join(_table_section(table) for table in TABLES.values())
    return f"{_HEAD}\n{contents}\n\n{tables}\n## Происхождение строки\n\n{_column_table(PROVENANCE)}"


def _table_section(table: Table) -> str:
    facts = [f"Одна строка — {table.grain_ru}.", f"Ключ: {_names(table.key)}."]
    if table.slice_key:
        facts.append(f"Исправленный файл заменяет срез целиком; срез: {_names(table.slice_key)}.")
    if table.personal:
        facts.append("Строки описывают отдельных детей и за пределы рабочего места не выходят.")
    return f"## {table.name}\n\n**{table.title_ru}.** {' '.join(facts)}\n\n{_column_table(table.columns)}"


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in columns)


def _column_table(columns: tuple[Column, ...]) -> str:
    rows = ["| столбец | название | тип | пусто | допустимо | пояснение |", "|---|---|---|---|---|---|"]
    for column in columns:
        cells = (
            f"`{column.name}`",
            column.title_ru,
            _TYPES_RU[column.type],
            "можно" if column.nullable else "нельзя",
            _allowed(column),
            column.description_ru,
        )
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{value}`" for value in column.allowed)
    bounds = (("от", column.minimum), ("до", column.maximum))
    return " ".join(f"{word} {value:g}" for word, value in bounds if value is not None)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(dictionary_markdown(), encoding="utf-8", newline="\n")
