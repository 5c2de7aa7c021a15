"""Protocols of the olympiad as juries write them: facts in title lines, three columns of names, signatures below."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from oko_lib.demo.files.books import Book, Rows
from oko_lib.demo.files.talent import STATUSES, Writers, plain_numbers
from oko_lib.demo.files.workbook import Value
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Region

HEADINGS = (
    "№", "Код участника", "Фамилия", "Имя", "Отчество", "Дата рождения", "Логин ОО", "Образовательная организация",
    "Класс участия", "Сумма баллов", "Место", "Статус",
)  # fmt: skip
_STAGES = {"municipal": "муниципального", "regional": "регионального"}
#: How juries write «призёр» and mark the absent: each has its own way.
_PRIZES = ("призёр", "призер", "Призёр", "ПРИЗЕР")
_ABSENT = (("неявка", "-"), ("не явился", "—"), ("н/я", "-"))


def protocol_books(region: Region, writers: Writers, places: list[dict]) -> Iterator[Book]:
    """Protocols of the last year: the municipal stage of some municipalities, the regional stage, by subject.

    Parameters
    ----------
    places : list of dict
        Gets where planted faults stand.
    """
    year = region.years[-1]
    names = dict(region.municipalities[["municipality_code", "municipality_name"]].itertuples(index=False))
    held = region.talent.entries
    held = held[held["year"] == year]
    municipal = held[(held["stage"] == "municipal") & held["municipality_code"].isin(writers.by_protocol)]
    for (code, number), entries in municipal.groupby(["municipality_code", "subject_number"], sort=True):
        yield _protocol(region, writers, f"{year}/{names[code]}/олимпиада", int(number), entries, places)
    regional = held[held["stage"] == "regional"]
    whole = region.settings.model.region.name
    for number, entries in regional.groupby("subject_number", sort=True):
        yield _protocol(region, writers, f"{year}/{whole}/олимпиада", int(number), entries, places)


def _protocol(
    region: Region, writers: Writers, folder: str, number: int, entries: pd.DataFrame, places: list[dict]
) -> Book:
    year, stage = int(entries["year"].iloc[0]), str(entries["stage"].iloc[0])
    subject = region.settings.talent.olympiads.subjects[number]
    short = {"municipal": "МЭ", "regional": "РЭ"}[stage]
    book = Book(folder, f"Протокол {short} {subject.subject} {year}", "olympiad_protocol", [])
    rng = stream(region.seed, "olympiad protocol", book.path)
    ranked = entries.assign(absent=~entries["present"])
    entries = ranked.sort_values(["grade", "absent", "place", "pupil_id"], kind="stable")
    book.rows = [*_title(year, _STAGES[stage], subject.by, entries), [], list(HEADINGS)]
    prize = str(rng.choice(_PRIZES))
    absent = _ABSENT[int(rng.integers(len(_ABSENT)))]
    school = entries["school"].to_numpy()
    spelt = writers.spelt(entries, entries["municipality"].to_numpy(), book.path)
    fields = zip(
        entries["code"].tolist(),
        spelt.last,
        spelt.first,
        spelt.middle,
        spelt.born,
        region.schools["login"].to_numpy(dtype=object)[school].tolist(),
        region.schools["school_name"].to_numpy(dtype=object)[school].tolist(),
        entries["grade"].tolist(),
        plain_numbers(entries["score"]),
        [place or None for place in entries["place"].tolist()],
        [STATUSES[status] for status in entries["status"]],
        entries["fault"].tolist(),
        strict=True,
    )
    for order, (code, last, first, middle, born, login, name, grade, score, place, status, case) in enumerate(
        fields, 1
    ):
        result: list[Value] = [score, place, prize if status == STATUSES["prize_winner"] else status]
        if status is None:
            result = [absent[0], None, absent[1]]
        if case:
            places.append({"case": case, "file": book.path, "row": len(book.rows) + 1, "login": login})
        book.rows.append([order, code, last, first, middle or None, born, login, name, grade, *result])
    book.rows += _below(entries, rng, region.settings.names.children.surnames)
    return book


def _title(year: int, stage: str, subject: str, entries: pd.DataFrame) -> Rows:
    maxima = entries.groupby("grade")["max_score"].first().astype(int)
    by_grade = ", ".join(f"{grade} класс — {points}" for grade, points in maxima.items())
    most = str(maxima.iloc[0]) if (maxima == maxima.iloc[0]).all() else by_grade
    return [
        [f"Протокол {stage} этапа всероссийской олимпиады школьников по {subject}"],
        [f"{year - 1}–{year} учебный год"],
        [f"Максимальный балл: {most}"],
    ]


def _below(entries: pd.DataFrame, rng: np.random.Generator, surnames: tuple[str, ...]) -> Rows:
    """What stands below the table: totals and signatures of the jury."""
    jury = rng.choice(surnames, 2, replace=False)
    status = entries["status"]
    return [
        ["Всего участников", int(entries["present"].sum())],
        ["Победителей", int((status == "winner").sum()), "Призёров", int((status == "prize_winner").sum())],
        [],
        [f"Председатель жюри ____________ {jury[0]} А. В."],
        ["Члены жюри ____________", None, f"____________ {jury[1]} Н. И."],
    ]
