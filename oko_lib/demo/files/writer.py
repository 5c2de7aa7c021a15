"""All files of a region, folder by folder."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import numpy as np

from oko_lib.demo.files import aggregates, low_results, protocols, quality, registers, talent, talent_protocols
from oko_lib.demo.files.books import Book
from oko_lib.demo.files.delivery import Delivery, plan_delivery
from oko_lib.demo.files.dirt import QUARANTINED_ROWS, DirtLog, plan_dirt
from oko_lib.demo.files.individual import TITLE, individual_sheet
from oko_lib.demo.files.low_results_dirt import spoil_books
from oko_lib.demo.files.newer_dirt import spoil_newer
from oko_lib.demo.files.workbook import write_workbook
from oko_lib.demo.randomness import stream
from oko_lib.demo.simulate import Cell, Region
from oko_lib.demo.talent.entries import CONTEST_DIRT, OLYMPIAD_DIRT
from oko_lib.settings.subjects import Subjects

#: Folder of registers and folder of what came late; both sort after the years.
REGISTERS, LATE = "Справочники", "дополнительно"


class RegionWriter:
    """Writes the files of one region and remembers what it wrote.

    Parameters
    ----------
    region : Region
    folder : Path
        Where the files go.
    subjects : Subjects
        For the codes in the names of sheets.
    """

    def __init__(self, region: Region, folder: Path, subjects: Subjects) -> None:
        self.region = region
        self.folder = folder
        self.subjects = subjects
        self.delivery: Delivery = plan_delivery(region)
        self.files: Counter = Counter()
        self.log = DirtLog()
        self.names = region.municipalities.set_index("municipality_code")["municipality_name"].to_dict()
        self._numbers = iter(2_840_000 + np.cumsum(stream(region.seed, "file names").integers(3, 90, 100_000)))
        self._named = stream(region.seed, "meaningless names")
        #: (year, subject, grade, municipality) written as a whole by «Индивидуальные результаты» → its path.
        self.individual: dict[tuple[int, str, int, str], str] = {}

    def write(self) -> dict:
        """Write everything; return what the truth file must know: files, delivery, dirt, correction, duplicate."""
        corrected, doubled = self._special_slices()
        special = {slice_ for slice_ in (corrected, doubled) if slice_ is not None}
        dirt = plan_dirt(self.region, special, set(self.delivery.form_schools))
        for cell, spoilt in zip(self.region.cells, dirt, strict=True):
            self._results(cell, spoilt)
            self._aggregates(cell)
        self._registers()
        spoilt_rows = self._low_results()
        olympiad_dirt, fault_places, writers = self._talent()
        form_dirt = self._forms()
        correction = self._correction(corrected)
        duplicate = self._duplicate(doubled)
        self._save(LATE, "смета.xlsx", [("Лист1", registers.budget())], "unknown")
        delivery = self.delivery
        return {
            "files": dict(sorted(self.files.items())),
            "delivery": {
                "form_2021": {"municipality_code": delivery.form_2021, "year": self.region.years[0]}
                if delivery.form_2021
                else None,
                "form_2022": {"municipality_code": delivery.form_2022, "year": self.region.years[0]}
                if delivery.form_2022
                else None,
                "school_forms": {
                    "year": self.region.years[-1],
                    "only_form": [login for login, both in delivery.form_schools.items() if not both],
                    "form_and_report": [login for login, both in delivery.form_schools.items() if both],
                },
                "only_counts": list(delivery.only_counts),
            },
            "dirt": {
                "counts": {kind: self.log.counts[kind] for kind in QUARANTINED_ROWS},
                "quarantined_rows_each": QUARANTINED_ROWS,
                "quarantined_rows": sum(self.log.counts[kind] * rows for kind, rows in QUARANTINED_ROWS.items())
                + sum(part["quarantined_rows"] for part in (spoilt_rows, olympiad_dirt, form_dirt)),
                "places": self.log.places,
                "low_results": spoilt_rows,
                "olympiads": olympiad_dirt,
                "forms": form_dirt,
            },
            "repeated_list_rows": self.repeated_list_rows,
            "correction": correction,
            "duplicate": duplicate,
            "unknown": [f"{LATE}/смета.xlsx"],
            "olympiad_files": {
                "by_protocol": list(writers.by_protocol),
                "with_codes": writers.codes[writers.with_codes].tolist(),
                "fault_places": fault_places,
            },
        }

    def _save(self, folder: str, name: str, sheets: list, layout: str) -> str:
        write_workbook(self.folder / folder / name, sheets)
        self.files[layout] += 1
        return f"{folder}/{name}"

    def _code(self, cell: Cell) -> str:
        return f"{self.subjects.code(cell.subject)} {cell.grade}"

    def _special_slices(self) -> tuple[tuple | None, tuple | None]:
        """Two works of whole municipalities delivered by the ordinary report: one to correct, one to copy."""
        cell = self.region.cells[-1]
        special = {self.delivery.form_2021, self.delivery.form_2022}
        form_home = set(
            self.region.schools.loc[self.region.schools["login"].isin(self.delivery.form_schools), "municipality_code"]
        )
        plain_places = [code for code in self.names if code not in special | form_home]
        keys = [(cell.year, cell.subject, cell.grade, code) for code in plain_places[-2:]]
        return (keys[0] if keys else None), (keys[1] if len(keys) > 1 else None)

    def _results(self, cell: Cell, dirt: dict[int, str]) -> None:
        frame = cell.frame
        first, last = self.region.years[0], self.region.years[-1]
        order = frame.groupby("municipality_code", sort=False).indices
        for code, positions in order.items():
            if cell.year == first and code == self.delivery.form_2021:
                name = f"Проведение работы по предмету {cell.subject}, {cell.grade} класс. ВПР {cell.year}.xlsx"
                path = f"{cell.year}/{self.names[code]}"
                sheets = protocols.regional_2021(self.region, cell, code, positions, dirt, f"{path}/{name}", self.log)
                self._save(path, name, sheets, "protocol_2021")
                continue
            if cell.year == first and code == self.delivery.form_2022:
                name = f"Протоколы {cell.subject}, {cell.grade} класс. ВПР {cell.year}.xlsx"
                path = f"{cell.year}/{self.names[code]}"
                sheets = protocols.regional_2022(self.region, cell, code, positions, dirt, f"{path}/{name}", self.log)
                self._save(path, name, sheets, "protocol_2022")
                continue
            if cell.year == last and self.delivery.form_schools:
                logins = frame["login"].iloc[positions]
                for login in self.delivery.form_schools:
                    mine = positions[(logins == login).to_numpy()]
                    if len(mine):
                        name = f"Форма сбора результатов {cell.subject} {cell.grade} класс ВПР {cell.year}.xlsx"
                        path = f"{cell.year}/{self.names[code]}/протоколы/{login}"
                        layout = "protocol_two_parts" if cell.work.two_parts else "protocol_2026"
                        self._save(path, name, protocols.school_form(self.region, cell, mine), layout)
                left_out = {login for login, both in self.delivery.form_schools.items() if not both}
                positions = positions[~logins.isin(left_out).to_numpy()]
            self._individual(cell, code, positions, dirt)

    def _individual(self, cell: Cell, code: str, positions: np.ndarray, dirt: dict[int, str]) -> None:
        if not cell.frame["present"].iloc[positions].any():
            return
        meaningless = self._named.random() < 0.4
        name = f"{next(self._numbers)}.xlsx" if meaningless else f"{self._code(cell)} {TITLE}.xlsx"
        folder = f"{cell.year}/{self.names[code]}"
        sheet = individual_sheet(self.region, cell, code, positions, dirt, f"{folder}/{name}", self.log, self.subjects)
        key = (cell.year, cell.subject, cell.grade, code)
        self.individual[key] = self._save(folder, name, [sheet], "individual_results")

    def _aggregates(self, cell: Cell) -> None:
        folder = f"{cell.year}/{self.region.settings.model.region.name}"
        name = self._code(cell)
        parts = aggregates.groups(self.region, cell)
        marks = aggregates.marks_sheet(cell, parts, self.subjects)
        self._save(folder, f"{name} {aggregates.MARKS_TITLE}.xlsx", [marks], "marks_statistics")
        # The first year comes in the other form of the same report.
        vertical = cell.year == self.region.years[0]
        make = aggregates.journal_sheet_vertical if vertical else aggregates.journal_sheet
        journal = make(cell, parts, self.subjects)
        layout = "journal_comparison_vertical" if vertical else "journal_comparison"
        self._save(folder, f"{name} {aggregates.JOURNAL_TITLE}.xlsx", [journal], layout)
        with_schools = cell is self.region.cells[-1]
        scores = aggregates.scores_sheet(cell, parts, self.subjects, with_schools=with_schools)
        self._save(folder, f"{name} {aggregates.SCORES_TITLE}.xlsx", [scores], "score_distribution")

    def _registers(self) -> None:
        region = self.region
        self._save(
            REGISTERS,
            "Муниципалитеты.xlsx",
            [("Муниципалитеты", registers.municipalities_register(region))],
            "register",
        )
        history = registers.login_history(region, self.delivery.form_2021)
        self._save(REGISTERS, "История логинов.xlsx", [("Логины", history)], "register")
        self._save(REGISTERS, "Шкалы ВПР (демо).xlsx", [("Шкалы", registers.scales(region))], "register")
        self.repeated_list_rows = 0
        for year in region.years:
            repeated = 2 if year == region.years[0] != region.years[-1] else 0
            biased = registers.biased_results_list(region, year, repeated=repeated)
            self.repeated_list_rows += min(repeated, (len(biased) - 1) // 2)
            if len(biased) > 1 and year == region.years[-1]:
                biased = registers.bare_biased_results_list(region, year)
            tables = {
                f"Справочник школ {year}": registers.schools_register(region, year),
                f"Контекст школ {year}": registers.context(region, year),
                f"Контрольная группа {year}": registers.control_group(region, year),
                f"Школы с признаками необъективных результатов {year}": biased,
                f"ШНОР {year}": registers.low_results_list(region, year),
                f"ШНСУ {year}": registers.adverse_conditions(region, year),
            }
            for name, rows in tables.items():
                if len(rows) > 1:
                    self._save(REGISTERS, f"{name}.xlsx", [(name, rows)], "register")

    def _low_results(self) -> dict:
        """Exams, diagnostic works and what schools report; return what was spoilt in them."""
        books = [
            *low_results.earlier_books(self.region, self.delivery),
            *low_results.results_books(self.region, self.delivery),
            *low_results.condition_books(self.region, REGISTERS),
        ]
        spoilt = spoil_books(books, self.region.settings.low_results.dirt, self.region.seed)
        for book in books:
            self._save_book(book)
        return spoilt

    def _talent(self) -> tuple[dict, list[dict], talent.Writers]:
        """Olympiads and contests; return what was spoilt, where planted faults stand, and how municipalities write."""
        writers = talent.Writers(self.region)
        places: list[dict] = []
        for books in (talent.olympiad_books, talent_protocols.protocol_books, talent.contest_books):
            for book in books(self.region, writers, places):
                self._save_book(book)
        spoilt = [place for place in places if "kind" in place]
        counts = Counter(place["kind"] for place in spoilt)
        rows_each = {**OLYMPIAD_DIRT, **CONTEST_DIRT}
        dirt = {
            "counts": {kind: counts[kind] for kind in rows_each},
            "quarantined_rows_each": rows_each,
            "quarantined_rows": sum(counts[kind] * rows for kind, rows in rows_each.items()),
            "places": spoilt,
        }
        return dirt, [place for place in places if "case" in place], writers

    def _forms(self) -> dict:
        """What schools report for directions 1.1 and 1.3; return what was spoilt in it."""
        settings = self.region.settings
        books = [*talent.form_books(self.region, REGISTERS), *quality.quality_books(self.region, REGISTERS)]
        last = self.region.years[-1]
        spoilt = spoil_newer(books, last, settings.talent.dirt, settings.quality.dirt, self.region.seed)
        for book in books:
            self._save_book(book)
        return spoilt

    def _save_book(self, book: Book) -> None:
        self._save(book.folder, f"{book.name}.xlsx", [(book.name, book.rows)], book.layout)

    def _correction(self, key: tuple | None) -> dict | None:
        """A corrected file that supersedes its predecessor: in the first, one school's journal marks were all «5»."""
        if key is None or key not in self.individual:
            return None
        year, subject, grade, code = key
        cell = next(cell for cell in self.region.cells if (cell.year, cell.subject, cell.grade) == key[:3])
        positions = cell.frame.groupby("municipality_code", sort=False).indices[code]
        sheet, rows = individual_sheet(self.region, cell, code, positions, {}, "", DirtLog(), self.subjects)
        logins = [row[0] for row in rows[8:] if len(row) > 1]
        login = max(sorted(set(logins)), key=logins.count)
        wrong = [[*row[:-1], 5] if len(row) > 1 and row[0] == login else row for row in rows]
        write_workbook(self.folder / self.individual[key], [(sheet, wrong)])
        path = f"{LATE}/{self.names[code]}"
        corrected = self._save(
            path, f"{self._code(cell)} {TITLE} (исправлено).xlsx", [(sheet, rows)], "individual_results"
        )
        return {
            "original": self.individual[key],
            "corrected": corrected,
            "year": year,
            "subject": subject,
            "grade": grade,
            "municipality_code": code,
            "login": login,
            "wrong": "journal_mark",
            "rows": logins.count(login),
        }

    def _duplicate(self, key: tuple | None) -> dict | None:
        """The same file sent once more under another name."""
        if key is None or key not in self.individual:
            return None
        target = self.folder / LATE / f"Копия {Path(self.individual[key]).name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.folder / self.individual[key], target)
        self.files["individual_results"] += 1
        return {"original": self.individual[key], "copy": f"{LATE}/{target.name}"}
