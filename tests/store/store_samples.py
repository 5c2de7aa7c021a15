"""Small loads for the tests of the store."""

from __future__ import annotations

import pandas as pd

from oko_lib.store import Load

RESULTS = "vpr_results_by_participant"


def results(login: str = "edu240001", *, year: int = 2024, grade: int = 5, marks: tuple = (3, 4, 5)) -> pd.DataFrame:
    """One school's work in mathematics: one participant per mark (None — absent)."""
    return pd.DataFrame(
        {
            "year": year,
            "grade": grade,
            "subject": "Математика",
            "login": login,
            "participant_code": [str(50001 + place) for place in range(len(marks))],
            "present": [mark is not None for mark in marks],
            "task_scores": [[1, -1, None] if mark is not None else None for mark in marks],
            "mark": list(marks),
            "source_sheet": "Лист1",
            "source_row": range(10, 10 + len(marks)),
        }
    )


def quarantine(row: int = 20, rule: str = "mark_range") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "file_name": ["файл.xlsx"],
            "rule": [rule],
            "message_ru": ["Отметка 7: допустимы 2, 3, 4, 5."],
            "source_sheet": ["Лист1"],
            "source_row": [row],
        }
    )


def load(
    content: str,
    tables: dict | None = None,
    *,
    rank: int = 1,
    layout: str = "protocol_2024",
    path: str | None = "",
    cells: pd.DataFrame | None = None,
) -> Load:
    """A load of the content called `content`; its path is its own unless given."""
    tables = {} if tables is None else tables
    accepted = sum(len(rows) for rows in tables.values())
    held = 0 if cells is None else len(cells)
    return Load(
        file_name=f"{content}.xlsx",
        file_path=f"data/raw/{content}.xlsx" if path == "" else path,
        content_hash=content,
        layout=layout,
        rank=rank,
        read_rows=accepted + held,
        accepted_rows=accepted,
        quarantined_rows=held,
        non_data_rows=0,
        tables=tables,
        quarantine=cells,
    )


def schools(content: str, logins: list[str], *, year: int = 2024) -> pd.DataFrame:
    """Schools named after the content that mentions them."""
    return pd.DataFrame(
        {
            "login": logins,
            "year": year,
            "school_name": [f"Школа {login} из {content}" for login in logins],
            "source_row": range(1, len(logins) + 1),
        }
    )
