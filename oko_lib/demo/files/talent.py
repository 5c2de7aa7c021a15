"""Tables of direction 1.3: olympiads, contests, registers of events, observers, enrolment, work with the gifted.

The headings are those of the mapping files in ``parameters/layouts``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from oko_lib.demo.files.books import Book, Rows, cells_of
from oko_lib.demo.files.names import Spelt, spell
from oko_lib.demo.files.workbook import Value
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Region

OLYMPIAD_HEADINGS = (
    "Год", "Этап", "Предмет", "Логин ОО", "Код участника", "ФИО", "Дата рождения", "Класс участия", "Класс обучения",
    "Присутствовал", "Балл", "Максимальный балл", "Место", "Статус", "ОВЗ",
)  # fmt: skip
CONTEST_HEADINGS = (
    "Год", "Перечень", "Мероприятие", "Профиль", "Этап", "Логин ОО", "Код участника", "ФИО", "Дата рождения", "Класс",
    "Статус", "Команда", "ОВЗ",
)  # fmt: skip
EVENT_HEADINGS = ("Год", "Перечень", "Мероприятие", "Вид", "Организатор")
OBSERVER_HEADINGS = (
    "Год", "Процедура", "Этап", "Предмет", "Класс", "Логин ОО", "Аудиторий", "Аудиторий с видеонаблюдением",
    "Наблюдателей", "Независимых наблюдателей", "Наблюдателей своей школы", "Регламент утверждён",
)  # fmt: skip
ENROLMENT_HEADINGS = {
    "grade": "Класс",
    "pupils": "Обучающихся",
    "classes": "Классов",
    "classes_advanced": "Профильных и углублённых классов",
    "pupils_advanced": "Обучающихся в профильных и углублённых классах",
    "pupils_with_disabilities": "Обучающихся с ОВЗ",
}
SUPPORT_HEADINGS = {
    "pupils_talent_events": "Охвачены мероприятиями для одарённых",
    "pupils_individual_programme": "Обучаются по ИОП",
    "pupils_individual_plan": "Обучаются по ИУП",
    "pupils_sirius": "В реестре «Талант и успех»",
    "pupils_additional_education": "Охвачены дополнительным образованием",
    "pupils_additional_education_talent": "Дополнительное образование: таланты",
    "programmes_additional": "Программ дополнительного образования",
    "programmes_additional_talent": "Программ стартапа и персонифицированных",
    "pupils_network": "В сетевых программах",
    "programmes_network_individual": "Сетевых программ для ИОП",
    "programmes_network_plan": "Сетевых программ для ИУП",
    "interagency_programme": "Межведомственная программа",
    "navigator_requests": "Запросов к навигатору",
    "teachers": "Педагогов",
    "teachers_trained_gifted": "Подготовлены к работе с одарёнными",
    "psychologists": "Педагогов-психологов",
    "psychologists_trained_gifted": "Психологов подготовлено",
    "psychologists_identifying": "Психологов, выявляющих одарённых",
    "mentors": "Наставников",
    "mentors_awarded": "Наставников — победителей конкурса",
    "programmes_university": "Программ ВО и ПОО для подготовки",
    "programmes_university_all": "Программ ВО и ПОО всего",
}
STAGES = {
    "": None,
    "school": "школьный",
    "municipal": "муниципальный",
    "regional": "региональный",
    "final": "заключительный",
}
STATUSES = {"winner": "победитель", "prize_winner": "призёр", "participant": "участник", "": None}
LISTS = {
    "federal_education": "Минпросвещения",
    "federal_science": "Минобрнауки",
    "regional": "региональный",
    "municipal": "муниципальный",
}
CONTEST_STAGES = {"qualifying": "отборочный", "final": "заключительный"}
EVENT_KINDS = {
    "olympiad": "олимпиада", "contest": "конкурс", "project": "конкурс проектов", "sport": "соревнования",
    "art": "творческий конкурс", "other": "иное",
}  # fmt: skip
_LETTERS = "АБВГДЕЖЗИКЛМН"


class Writers:
    """How the municipalities of a region write: lasting habits, and the names of children in their spelling.

    Parameters
    ----------
    region : Region
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        places = len(region.municipalities)
        rng = stream(region.seed, "habits of writers")
        settings = region.settings.talent
        self._without_yo = rng.random(places) < settings.spelling.without_yo
        #: Municipalities whose tables of the school stage have codes of participants.
        self.with_codes = rng.permutation(places) < round(settings.olympiads.codes * places)
        self._by_protocol = rng.permutation(places) < round(settings.olympiads.protocol_municipalities * places)
        self.codes = region.municipalities["municipality_code"].to_numpy()

    @property
    def by_protocol(self) -> tuple[str, ...]:
        """Municipalities whose municipal stage of the last year comes as protocols."""
        return tuple(self.codes[self._by_protocol])

    def spelt(self, entries: pd.DataFrame, municipality: np.ndarray, *file: object) -> Spelt:
        """Names of children as the municipality of each writes them in a file."""
        names = self._region.talent.people.names(entries["start"].to_numpy(), entries["place_in_cohort"].to_numpy())
        rng = stream(self._region.seed, "spelling", *file)
        return spell(names, self._without_yo[municipality], self._region.settings.talent.spelling, rng)


def class_label(grade: int, number: int) -> str:
    """«7А»."""
    return f"{grade}{_LETTERS[(number - 1) % len(_LETTERS)]}"


def olympiad_books(region: Region, writers: Writers, places: list[dict]) -> Iterator[Book]:
    """Summary tables: the school stage by municipality, later stages of earlier years by region, finals.

    Parameters
    ----------
    places : list of dict
        Gets where spoilt rows and planted faults stand.
    """
    last = region.years[-1]
    names = dict(region.municipalities[["municipality_code", "municipality_name"]].itertuples(index=False))
    whole = region.settings.model.region.name
    for (year, stage), entries in region.talent.entries.groupby(["year", "stage"], sort=False):
        title = f"{STAGES[stage].capitalize()} этап ВсОШ {year}"
        if stage == "school" or (stage == "municipal" and year == last):
            for code, own in entries.groupby("municipality_code", sort=False):
                if stage == "school" or code not in writers.by_protocol:
                    yield _olympiad_book(region, writers, f"{year}/{names[code]}", title, own, places)
        elif stage != "regional" or year != last:
            yield _olympiad_book(region, writers, f"{year}/{whole}", title, entries, places)


def _olympiad_book(
    region: Region, writers: Writers, folder: str, name: str, entries: pd.DataFrame, places: list[dict]
) -> Book:
    order = ["subject_number", "grade", "school", "place"] if len(entries) else []
    entries = entries.sort_values([*order, "pupil_id"], kind="stable")
    book = Book(folder, name, "olympiad_results", [list(OLYMPIAD_HEADINGS)])
    rng = stream(region.seed, "olympiad table", folder, name)
    school, municipality = entries["school"].to_numpy(), entries["municipality"].to_numpy()
    spelt = writers.spelt(entries, municipality, folder, name)
    with_code = writers.with_codes[municipality] | (entries["stage"] != "school").to_numpy()
    logins = region.schools["login"].to_numpy(dtype=object)[school]
    fields = zip(
        entries["year"].tolist(),
        [STAGES[stage] for stage in entries["stage"]],
        entries["subject"].tolist(),
        logins.tolist(),
        np.where(with_code, entries["code"].to_numpy(dtype=object), None).tolist(),
        spelt.full,
        spelt.born,
        entries["grade"].tolist(),
        map(class_label, entries["pupil_grade"].tolist(), entries["class_number"].tolist()),
        np.where(entries["present"], None, "нет").tolist(),
        plain_numbers(entries["score"]),
        plain_numbers(entries["max_score"]),
        [place or None for place in entries["place"].tolist()],
        [STATUSES[status] for status in entries["status"]],
        np.where(entries["has_disability"], "да", "нет").tolist(),
        strict=True,
    )
    marks = zip(entries["dirt"].tolist(), entries["fault"].tolist(), strict=True)
    for cells, (kind, case) in zip(fields, marks, strict=True):
        row = list(cells)
        if kind:
            spoil_olympiad_row(kind, row, rng)
            places.append({"kind": kind, "file": book.path, "row": len(book.rows) + 1, "login": row[3]})
        if case:
            places.append({"case": case, "file": book.path, "row": len(book.rows) + 1, "login": row[3]})
        book.rows.append(row)
    return book


def plain_numbers(values: pd.Series) -> list[Value]:
    """Whole numbers as whole, halves as they are, None where missing."""
    return [
        None if value != value else int(value) if value == int(value) else value
        for value in values.astype(float).tolist()
    ]


_SUBJECT_SPELLINGS = {
    "Русский язык": "Русский", "Математика": "математика ", "Английский язык": "Англ. язык",
    "Обществознание": "Общество",
}  # fmt: skip
_STATUS_SPELLINGS = {
    "победитель": ("Победитель", "ПОБЕДИТЕЛЬ", "победитель ", "Диплом победителя"),
    "призёр": ("призер", "Призер ", "ПРИЗЁР", "Призёр олимпиады"),
    "участник": ("Участник", " участник", "участница"),
}
_MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября",
    "декабря",
)  # fmt: skip
UNKNOWN_STATUSES = ("похвальный лист", "рекомендован", "зачтено")


def spoil_olympiad_row(kind: str, row: list[Value], rng: np.random.Generator) -> None:
    """Spoil a row of the summary table in place."""
    cell = dict(zip(OLYMPIAD_HEADINGS, range(len(OLYMPIAD_HEADINGS)), strict=True))
    match kind:
        case "status_spelling":
            row[cell["Статус"]] = str(rng.choice(_STATUS_SPELLINGS[row[cell["Статус"]]]))
        case "subject_spelling":
            subject = row[cell["Предмет"]]
            row[cell["Предмет"]] = _SUBJECT_SPELLINGS.get(subject, f" {subject.upper()}")
        case "score_as_text":
            row[cell["Балл"]] = str(row[cell["Балл"]]).replace(".", ",")
        case "date_spelling":
            day, month, year = str(row[cell["Дата рождения"]]).split(".")
            in_words = f"{int(day)} {_MONTHS[int(month) - 1]} {year} г."
            row[cell["Дата рождения"]] = str(
                rng.choice([f"{year}-{month}-{day}", in_words, f"{int(day)}.{int(month)}.{year[2:]}"])
            )
        case "score_over_maximum":
            row[cell["Балл"]] = row[cell["Максимальный балл"]] + int(rng.integers(1, 20))
        case "status_unknown":
            row[cell["Статус"]] = str(rng.choice(UNKNOWN_STATUSES))
        case "nobody":
            row[cell["Код участника"]] = row[cell["ФИО"]] = row[cell["Дата рождения"]] = None
        case _:
            raise ValueError(f"unknown kind of dirt: {kind}")


def contest_books(region: Region, writers: Writers, places: list[dict]) -> Iterator[Book]:
    """Contests: one workbook for the region, list and year."""
    whole = region.settings.model.region.name
    municipality = pd.factorize(region.schools["municipality_code"])[0]
    logins = region.schools["login"].to_numpy(dtype=object)
    for (year, name), entries in region.talent.contests.groupby(["year", "event_list"], sort=False):
        folder, title = f"{year}/{whole}", f"Мероприятия — {LISTS[name]} {year}"
        book = Book(folder, title, "contest_results", [list(CONTEST_HEADINGS)])
        rng = stream(region.seed, "contest table", year, name)
        school = entries["school"].to_numpy()
        spelt = writers.spelt(entries, municipality[school], folder, title)
        # Organisers of the ministries' olympiads give numbers of their own.
        numbered = name == "federal_science"
        numbers = 100_000 + rng.permutation(900_000)[: len(entries)]
        fields = zip(
            entries["year"].tolist(),
            [LISTS[name] for name in entries["event_list"]],
            entries["event"].tolist(),
            [profile or None for profile in entries["profile"]],
            [CONTEST_STAGES[stage] for stage in entries["stage"]],
            logins[school].tolist(),
            [f"У{number}" if numbered else None for number in numbers],
            spelt.full,
            spelt.born,
            entries["pupil_grade"].tolist(),
            [STATUSES[status] for status in entries["status"]],
            np.where(entries["team"], "да", "нет").tolist(),
            np.where(entries["has_disability"], "да", "нет").tolist(),
            entries["dirt"].tolist(),
            strict=True,
        )
        for *row, kind in fields:
            if kind:
                row[1] = "всероссийские мероприятия"
                places.append({"kind": kind, "file": book.path, "row": len(book.rows) + 1, "login": row[5]})
            book.rows.append(row)
        yield book


def form_books(region: Region, folder: str) -> Iterator[Book]:
    """Registers of events, observers, enrolment, work with the gifted: regional workbooks, one of each kind a year."""
    talent = region.talent
    for year in region.years:
        events = talent.events[talent.events["year"] == year]
        rows: Rows = [list(EVENT_HEADINGS)]
        rows += [
            [year, LISTS[name], event, EVENT_KINDS[kind], organiser]
            for _, name, event, kind, organiser in events.itertuples(index=False)
        ]
        yield Book(folder, f"Перечни мероприятий {year}", "listed_events", rows)
        yield Book(folder, f"Наблюдатели {year}", "observers", _observers(region, year))
        yield reported(
            region, folder, "Контингент по классам", "enrolment", year, talent.enrolment[year], ENROLMENT_HEADINGS
        )
        yield reported(
            region, folder, "Работа с одарёнными детьми", "talent_support", year, talent.support[year], SUPPORT_HEADINGS
        )


def reported(
    region: Region, folder: str, name: str, layout: str, year: int, frame: pd.DataFrame, headings: dict[str, str]
) -> Book:
    """A workbook of what schools report: year, login, then the columns of `headings`."""
    logins = region.schools["login"].to_numpy(dtype=object)[frame["school"].to_numpy()].tolist()
    columns = [cells_of(frame[column]) for column in headings]
    rows: Rows = [["Год", "Логин ОО", *headings.values()]]
    rows += [[year, login, *cells] for login, *cells in zip(logins, *columns, strict=True)]
    return Book(folder, f"{name} {year}", layout, rows)


def _observers(region: Region, year: int) -> Rows:
    frame = region.talent.observers[year]
    logins = region.schools["login"].to_numpy(dtype=object)[frame["school"].to_numpy()].tolist()
    names = ["rooms", "rooms_with_video", "observers", "independent_observers", "own_school_observers", "regulation"]
    fields = zip(
        frame["procedure_kind"].tolist(),
        [STAGES[stage] for stage in frame["stage"]],
        frame["subject"].tolist(),
        frame["grade"].tolist(),
        logins,
        *(cells_of(frame[name]) for name in names),
        strict=True,
    )
    return [list(OBSERVER_HEADINGS), *([year, *cells] for cells in fields)]
