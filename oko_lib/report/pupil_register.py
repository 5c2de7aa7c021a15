"""The register of gifted children as a workbook: keys, schools, stages and statuses; for official use only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from oko_lib.indicators.pupil_register import PupilRegister
from oko_lib.report.exporters.atomic import write_atomically
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.xlsx import Sheet, SheetColumn, write_sheets
from oko_lib.settings.levels import Levels, load_levels
from oko_lib.settings.workspace import Workspace

TITLE = "Реестр одарённых детей"
_STAGES = {
    "school": "Школьный этап",
    "municipal": "Муниципальный этап",
    "regional": "Региональный этап",
    "final": "Заключительный этап",
}
_NOTES = (
    "Ребёнок обозначен ключом; имён в данных нет. Найти ребёнка может тот, кто законно знает имя: oko register key.",
    "В реестре — победители и призёры любого этапа олимпиады, участники муниципального и следующих этапов, участники "
    "мероприятий из перечней. Школа и класс — по последнему этапу года.",
)


def register_path(workspace: Workspace, register: PupilRegister) -> Path:
    """Return where the register of a year and a municipality lies."""
    tail = f"-{register.municipality_code}" if register.municipality_code else ""
    return workspace.outputs / str(register.year) / f"register{tail}.xlsx"


def write_register(register: PupilRegister, workspace: Workspace, fingerprint: dict[str, str]) -> Path:
    """Write the register and return its file.

    Parameters
    ----------
    register : PupilRegister
        The register.
    workspace : Workspace
        Where to write, and the words of statuses and lists.
    fingerprint : dict
        From what it was made.
    """
    meta = ReportMeta(
        title=TITLE,
        municipality=register.municipality_name or "",
        direction="",
        year=str(register.year),
        fingerprint_short=next(iter(fingerprint.values()), ""),
        fingerprint=fingerprint,
    )
    sheet = register_sheet(register, load_levels(workspace))
    return write_atomically(register_path(workspace, register), lambda part: write_sheets([sheet], part, meta))


def register_sheet(register: PupilRegister, levels: Levels) -> Sheet:
    """Return the table of a register."""
    children, done = register.children, register.achievements
    now = done[done["year"] == register.year]
    words = _Words(levels)

    def texts(rows: pd.DataFrame, text) -> list[object]:
        found = {person: "; ".join(map(text, own.itertuples(index=False))) for person, own in rows.groupby("person")}
        return [found.get(person) for person in children["person"]]

    olympiads = now[now["kind"] == "olympiad"]
    columns = [
        _text("Ключ ученика", children["person"]),
        _text("Муниципалитет", children["municipality_name"]),
        _text("Школа", children["school_name"]),
        _text("Логин ОО", children["school"]),
        _number("Класс", children["grade"]),
        *(_text(title, texts(olympiads[olympiads["stage"] == stage], words.entry)) for stage, title in _STAGES.items()),
        _text("Мероприятия из перечней", texts(now[now["kind"] == "contest"], words.contest)),
        _number("Побед и призов за год", children["prizes"]),
        _text("Годы участия", (", ".join(map(str, years)) for years in children["years"])),
        _text("Победы и призы прежних лет", texts(_earlier_prizes(done, register.year), words.earlier)),
    ]
    notes = list(_NOTES)
    if register.unlinked:
        notes.append(f"Записей года без ключа ученика (инициалы или один код): {register.unlinked}; в реестр не вошли.")
    place = f" — {register.municipality_name}" if register.municipality_name else ""
    return Sheet(
        title=f"{TITLE}{place}, {register.year} год",
        short="Реестр",
        columns=columns,
        notes=notes,
        empty="" if len(children) else "За этот год в данных нет детей, которых следует внести в реестр.",
    )


def _earlier_prizes(done: pd.DataFrame, year: int) -> pd.DataFrame:
    return done[(done["year"] < year) & done["status"].isin(("winner", "prize_winner"))]


class _Words:
    """Achievements in words."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels

    def _status(self, row) -> str:
        return f" — {self._levels.title('statuses', row.status)}" if isinstance(row.status, str) else ""

    def entry(self, row) -> str:
        """«Математика — призёр»."""
        return f"{row.what}{self._status(row)}"

    def contest(self, row) -> str:
        """«Большие вызовы (экология), отборочный этап — призёр»."""
        profile = f" ({row.profile})" if row.profile else ""
        return f"{row.what}{profile}, {self._levels.title('contest_stages', row.stage)} этап{self._status(row)}"

    def earlier(self, row) -> str:
        """«2025: Математика, муниципальный этап — призёр»."""
        if row.kind == "contest":
            return f"{row.year}: {self.contest(row)}"
        return f"{row.year}: {row.what}, {self._levels.title('olympiad_stages', row.stage)} этап{self._status(row)}"


def _text(title: str, values: Iterable[object]) -> SheetColumn:
    return SheetColumn(title, "@", False, [value or None for value in values])


def _number(title: str, values: pd.Series) -> SheetColumn:
    return SheetColumn(title, "0", True, [None if pd.isna(value) else int(value) for value in values])
