"""Rows of participants: the part common to the individual results and all protocol forms."""

from __future__ import annotations

import hashlib
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import compress
from operator import itemgetter

import numpy as np
import pyarrow as pa

from oko_lib.intake.arrow import score_lists, table_of
from oko_lib.intake.checks.identity import IDENTITY_RULES
from oko_lib.intake.checks.marks import MARK_RULES
from oko_lib.intake.checks.rows import ROW_RULES
from oko_lib.intake.checks.rule import apply
from oko_lib.intake.checks.scores import SCORE_RULES
from oko_lib.intake.columns import numbers, translate
from oko_lib.intake.drafts import Draft, MunicipalitySighting, RowFacts, SchoolSighting, Sightings
from oko_lib.intake.header import Header, TaskColumn
from oko_lib.intake.text import is_blank, shown
from oko_lib.intake.values import (
    Kind,
    is_login,
    is_municipality,
    municipality_label,
    parse_class,
    parse_gender,
    parse_mark,
    parse_participant,
    parse_score,
    parse_unit,
    parse_variant,
)
from oko_lib.tables.vpr import NOT_ATTEMPTED

#: Where a file does not state a maximum, a score above these cannot be one: no work comes near.
_ABSURD_TASK = 99
_ABSURD_TOTAL = 300


@dataclass(frozen=True)
class Assessment:
    """The work all rows of a sheet belong to.

    Parameters
    ----------
    year, grade : int
        Year and programme grade.
    subject : str
        Name from the dictionary.
    max_score : int or None
        Maximum of the primary score, when anything tells it.
    login : str or None
        School of the whole sheet, for forms without a column of logins.
    """

    year: int
    grade: int
    subject: str
    max_score: int | None = None
    login: str | None = None


def form_id(work: Assessment, tasks: tuple[TaskColumn, ...]) -> str:
    """Return the fingerprint of year, grade, subject and set of tasks (16 hexadecimal digits)."""
    parts = [str(work.year), str(work.grade), work.subject, *(f"{task.label}:{task.max_score}" for task in tasks)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


class ParticipantBlock:
    """Candidate rows of one sheet, every column parsed.

    Parameters
    ----------
    rows : list of list
        The rows.
    header : Header
        Where the columns are.
    max_score : int or None
        Maximum of the primary score.
    total_is_formula : bool
        The total is a formula of the form: empty or 0 may mean «not calculated».
    login : str or None
        School of the whole sheet.
    """

    def __init__(
        self, rows: list[list[object]], header: Header, max_score: int | None, total_is_formula: bool, login: str | None
    ) -> None:
        self.rows = rows
        self.header = header
        self.size = len(rows)
        self.total_is_formula = total_is_formula
        self._sheet_login = login
        self.tasks, self.task_kinds = self._task_matrix(header.tasks)
        self.task_columns = tuple(task.column for task in header.tasks)
        self.task_max = np.array(
            [_ABSURD_TASK if task.max_score is None else task.max_score for task in header.tasks], dtype=np.float64
        )
        stated = [task.max_score for task in header.tasks]
        summed = sum(stated) if stated and None not in stated else None
        self._maximum = max_score or summed
        self.max_score = float(self._maximum or _ABSURD_TOTAL)
        self.code_columns = header.columns.get("code", ())[:1]
        parsed = self._parsed("code", parse_participant, (None, Kind.EMPTY))
        self.codes = [code for code, _ in parsed]
        self.code_kinds = np.array([kind for _, kind in parsed], dtype=np.int8)
        self.total_columns = header.columns.get("total", ())[:1]
        self.total, self.total_kinds = self._numbers("total", parse_score)
        self.mark_columns = header.columns.get("mark", ())[:1]
        self.mark, self.mark_kinds = self._numbers("mark", parse_mark)
        self.journal_columns = header.columns.get("journal", ())[:1]
        self.journal, self.journal_kinds = self._numbers("journal", parse_mark)
        self.gender_columns = header.columns.get("gender", ())[:1]
        genders = self._parsed("gender", parse_gender, (None, Kind.EMPTY))
        self.gender = [gender for gender, _ in genders]
        self.gender_kinds = np.array([kind for _, kind in genders], dtype=np.int8)
        self.variant_columns = header.columns.get("variant", ())
        self._variants = [translate(self.raw(column), parse_variant) for column in self.variant_columns]
        #: Set by the caller for rows that turned out to be no participants at all.
        self.unrecognised = np.zeros(self.size, dtype=bool)

    def take(self, keep: np.ndarray) -> ParticipantBlock:
        """Return the block of the rows where `keep` is true, without parsing them again."""
        taken = copy(self)
        taken.size = int(keep.sum())
        for name, value in vars(self).items():
            if isinstance(getattr(type(self), name, None), cached_property):
                del taken.__dict__[name]
            elif name in {"tasks", "total", "mark", "journal", "unrecognised"} or name.endswith("_kinds"):
                setattr(taken, name, value[keep])
            elif name in {"rows", "codes", "gender"}:
                setattr(taken, name, list(compress(value, keep)))
        taken._variants = [list(compress(part, keep)) for part in self._variants]
        return taken

    def raw(self, column: int) -> list[object]:
        """Return a column as it stands in the file."""
        return [row[column] for row in self.rows]

    def _parsed(self, name: str, parser, missing):
        column = self.header.column(name)
        return [missing] * self.size if column is None else translate(self.raw(column), parser)

    def _numbers(self, name: str, parser) -> tuple[np.ndarray, np.ndarray]:
        column = self.header.column(name)
        if column is None:
            return np.full(self.size, np.nan), np.full(self.size, Kind.EMPTY, dtype=np.int8)
        return numbers(self.raw(column), parser)

    def _task_matrix(self, tasks: tuple[TaskColumn, ...]) -> tuple[np.ndarray, np.ndarray]:
        if not tasks:
            return np.empty((self.size, 0)), np.empty((self.size, 0), dtype=np.int8)
        places = [task.column for task in tasks]
        if places == list(range(places[0], places[0] + len(places))):
            start, stop = places[0], places[0] + len(places)
            cells = [cell for row in self.rows for cell in row[start:stop]]
        else:
            pick = itemgetter(*places)
            cells = [cell for row in self.rows for cell in pick(row)]
        values, kinds = numbers(cells, parse_score)
        return values.reshape(self.size, len(places)), kinds.reshape(self.size, len(places))

    def cell(self, candidate: int, column: int) -> object:
        return self.rows[candidate][column]

    def details(self, candidate: int, column: int | None) -> dict[str, object]:
        details: dict[str, object] = {"sum": shown(float(self.task_sum[candidate]))}
        details["max"] = self._maximum or f"заведомо меньше {_ABSURD_TOTAL}"
        details["total_allowed"] = f"от 0 до {self._maximum}" if self._maximum else "не меньше 0"
        if column in self.task_columns:
            highest = self.header.tasks[self.task_columns.index(column)].max_score
            details["allowed"] = "целое число от 0" if highest is None else f"целое число от 0 до {highest}"
        return details

    @cached_property
    def units(self) -> list[tuple[str | None, str]]:
        """Login and name of the school of every row, from whichever column holds them."""
        found = [(self._sheet_login, "")] * self.size
        for name in ("login", "user", "school_name"):
            if self.header.column(name) is None:
                continue
            parsed = self._parsed(name, parse_unit, (None, ""))
            # Only a column of names gives a name: a «user» may be a person.
            found = [
                (known or code, text if name == "school_name" else old_text)
                for (known, old_text), (code, text) in zip(found, parsed, strict=True)
            ]
        return found

    @property
    def login_columns(self) -> tuple[int, ...]:
        columns = (self.header.column(name) for name in ("login", "user", "school_name"))
        return next(((column,) for column in columns if column is not None), ())

    @cached_property
    def login_cells(self) -> list[tuple[str | None, bool]]:
        """Login of every row and whether anything at all stands where it should be."""
        columns = self.login_columns
        if not columns:
            return [(code, code is not None) for code, _ in self.units]
        own = self.header.column("login") is not None
        return [
            (code, code is not None or (own and not is_blank(cell)))
            for (code, _), cell in zip(self.units, self.raw(columns[0]), strict=True)
        ]

    @cached_property
    def municipalities(self) -> list[tuple[str | None, str]]:
        """Code and name of the municipality of every row."""
        named = self._parsed("municipality", parse_unit, (None, ""))
        labelled = self._parsed("groups", municipality_label, None)
        return [
            (code if is_municipality(code) else hidden, name)
            for (code, name), hidden in zip(named, labelled, strict=True)
        ]

    @cached_property
    def any_task(self) -> np.ndarray:
        """Rows with at least one score or X."""
        return ((self.task_kinds != Kind.EMPTY) & (self.task_kinds != Kind.ABSENT)).any(axis=1)

    @cached_property
    def task_sum(self) -> np.ndarray:
        """Sum of scores by row; X and empty count as 0."""
        return np.nansum(self.tasks, axis=1)

    @cached_property
    def absent(self) -> np.ndarray:
        """Rows of pupils who were absent from every part of the work."""
        kinds = np.array([[kind for _, kind in part] for part in self._variants], dtype=np.int8)
        kinds = kinds.reshape(len(self._variants), self.size)
        away = kinds == Kind.ABSENT
        told = away.any(axis=0) & (away | (kinds == Kind.EMPTY)).all(axis=0)
        # In a work of two parts a pupil may miss one of them: scores of the other then stand, and he was present.
        told &= ~(self.any_task & (len(self._variants) > 1))
        silent = (kinds == Kind.EMPTY).all(axis=0)
        in_tasks = (self.task_kinds == Kind.ABSENT).any(axis=1) & ~self.any_task & silent
        return told | in_tasks | ((self.total_kinds == Kind.ABSENT) & ~self.any_task)

    @cached_property
    def nothing_inside(self) -> np.ndarray:
        """Rows without a variant, scores and marks; a total of 0 is what a formula leaves in an empty row."""
        silent = np.ones(self.size, dtype=bool)
        for part in self._variants:
            silent &= np.array([kind == Kind.EMPTY for _, kind in part], dtype=bool)
        silent &= (self.task_kinds == Kind.EMPTY).all(axis=1)
        silent &= (self.journal_kinds == Kind.EMPTY) & (self.mark_kinds == Kind.EMPTY)
        return silent & ((self.total_kinds == Kind.EMPTY) | (self.total == 0))

    @cached_property
    def total_counted(self) -> np.ndarray:
        """Rows whose total is really a total and not an uncalculated formula."""
        counted = self.total_kinds == Kind.NUMBER
        return counted & (self.total != 0) if self.total_is_formula else counted

    @cached_property
    def tasks_sound(self) -> np.ndarray:
        """Rows in which every score of a task is possible."""
        wrong = (self.task_kinds == Kind.BAD) | (self.tasks < 0) | (self.tasks > self.task_max[None, :])
        wrong |= ~(np.isnan(self.tasks) | (self.tasks == np.floor(self.tasks)))
        return ~wrong.any(axis=1)

    @cached_property
    def total_contradicts(self) -> np.ndarray:
        """Rows whose total is not the sum of sound scores."""
        if not self.task_columns:
            return np.zeros(self.size, dtype=bool)
        return (
            self.total_counted & self.tasks_sound & ~self.absent & (self.total != self.task_sum) & ~self.without_scores
        )

    @cached_property
    def without_scores(self) -> np.ndarray:
        """Rows that claim neither scores nor absence."""
        no_total = (self.total_kinds == Kind.EMPTY) | ((self.total == 0) if self.task_columns else False)
        return ~self.absent & ~self.any_task & no_total & ~self.unrecognised

    @cached_property
    def primary_score(self) -> np.ndarray:
        """Primary score of those present."""
        score = np.where(self.total_counted, self.total, self.task_sum if self.task_columns else self.total)
        return np.where(self.absent, np.nan, score)

    @cached_property
    def variants(self) -> list[str | None]:
        """Variant of every row; for a work of two parts «1/2», «-» for a missed part."""
        if not self._variants:
            return [None] * self.size
        if len(self._variants) == 1:
            return [text for text, _ in self._variants[0]]
        joined = ("/".join(text or "-" for text, _ in parts) for parts in zip(*self._variants, strict=True))
        return [None if set(text) <= {"-", "/"} else text for text in joined]

    @cached_property
    def classes(self) -> list[str | None]:
        return self._parsed("class", parse_class, None)

    @cached_property
    def teachers(self) -> list[str | None]:
        return self._parsed("teacher", lambda cell: None if is_blank(cell) else shown(cell), None)

    def content(self, candidate: int) -> object:
        """Return everything a row says, for comparing duplicates."""
        return (
            self.tasks[candidate].tobytes(),
            self.task_kinds[candidate].tobytes(),
            repr(self.primary_score[candidate]),
            repr(self.mark[candidate]),
            repr(self.journal[candidate]),
            self.variants[candidate],
            self.classes[candidate],
            self.gender[candidate],
            bool(self.absent[candidate]),
        )


_RULES = (*IDENTITY_RULES, *SCORE_RULES, *MARK_RULES)


def find_issues(block: ParticipantBlock):
    """Return everything wrong in a block; a row that is no participant gets that one remark only."""
    issues = [issue for issue in apply(_RULES, block) if not block.unrecognised[issue.candidate]]
    return issues + apply(ROW_RULES, block)


def draft_of(
    block: ParticipantBlock,
    sheet: str,
    sheet_rows: np.ndarray,
    non_data: int,
    work: Assessment,
    levels: dict[int, str],
    pupil_grades: np.ndarray | None,
) -> Draft:
    """Return the draft of a sheet of participants.

    Parameters
    ----------
    block : ParticipantBlock
        Candidate rows.
    sheet : str
        Name of the sheet.
    sheet_rows : ndarray of int
        Rows of the candidates on the sheet, from zero.
    non_data : int
        Rows that are not data.
    work : Assessment
        The work.
    levels : dict of int to str
        Column of a task → its level of difficulty.
    pupil_grades : ndarray of float or None
        Grade the pupil is in, where it differs from the programme grade (NaN elsewhere).
    """
    header = block.header
    form = form_id(work, header.tasks) if header.tasks else None
    logins = [code if is_login(code) else None for code, _ in block.units]
    keys = [
        (work.year, work.grade, work.subject, login, code) if login and code else None
        for login, code in zip(logins, block.codes, strict=True)
    ]

    def build(keep: np.ndarray) -> dict[str, pa.Table]:
        kept = np.flatnonzero(keep)
        absent = block.absent[keep]
        columns = {
            "year": work.year,
            "grade": work.grade,
            "subject": work.subject,
            "login": [logins[i] for i in kept],
            "participant_code": [block.codes[i] for i in kept],
            "pupil_grade": None if pupil_grades is None else pupil_grades[keep],
            "class_label": [block.classes[i] for i in kept],
            "teacher_code": [block.teachers[i] for i in kept],
            "gender": [block.gender[i] for i in kept],
            "variant": [block.variants[i] for i in kept],
            "present": ~absent,
            "form_id": form,
            "primary_score": block.primary_score[keep],
            "mark": np.where(absent, np.nan, block.mark[keep]),
            "journal_mark": block.journal[keep],
        }
        if form is not None:
            x = block.task_kinds[keep] == Kind.NOT_ATTEMPTED
            columns["task_scores"] = score_lists(block.tasks[keep], x, ~absent, NOT_ATTEMPTED)
        tables = {
            "vpr_results_by_participant": table_of("vpr_results_by_participant", columns, sheet, sheet_rows[keep])
        }
        if form is not None and kept.size:
            tables["vpr_tasks"] = _tasks_table(work, form, header, levels, sheet)
        return tables

    def facts(candidate: int) -> RowFacts:
        login = logins[candidate]
        code, _ = block.municipalities[candidate]
        return RowFacts(work.year, work.grade, work.subject, login, code)

    places = header.columns.get("code", ())
    sums = None
    if block.total_is_formula and block.total_columns and block.task_columns:
        sums = (block.total_columns[0], block.task_columns)
    return Draft(
        sheet=sheet,
        sheet_rows=sheet_rows,
        non_data=non_data,
        issues=find_issues(block),
        keys=keys,
        content=block.content,
        build=build,
        facts=facts,
        found=lambda candidate, column: shown(block.cell(candidate, column)),
        key_column=places[0] if places else None,
        titles=header.titles,
        header_row=header.row,
        sightings=_sightings(block, logins, work.year),
        sum_columns=sums,
        carried={"year": work.year, "grade": work.grade, "subject": work.subject, "login": work.login},
    )


def _tasks_table(work: Assessment, form: str, header: Header, levels: dict[int, str], sheet: str) -> pa.Table:
    tasks = header.tasks
    return _tasks_once(work, form, tasks, tuple(levels.get(task.column) for task in tasks), sheet, header.row)


@lru_cache(maxsize=64)
def _tasks_once(
    work: Assessment, form: str, tasks: tuple[TaskColumn, ...], levels: tuple[str | None, ...], sheet: str, row: int
) -> pa.Table:
    """Return the table of tasks; files of one work share it."""
    columns = {
        "year": work.year,
        "grade": work.grade,
        "subject": work.subject,
        "form_id": form,
        "position": list(range(len(tasks))),
        "label": [task.label for task in tasks],
        "max_score": [task.max_score for task in tasks],
        "level": list(levels),
    }
    return table_of("vpr_tasks", columns, sheet, np.full(len(tasks), row))


def _sightings(block: ParticipantBlock, logins: list[str | None], year: int) -> Sightings:
    schools, municipalities = set(), set()
    names = [name for _, name in block.units]
    for login, name, (code, municipality) in set(zip(logins, names, block.municipalities, strict=True)):
        if login is not None:
            schools.add(SchoolSighting(login, year, name, code, municipality or None))
        if code is not None and municipality:
            municipalities.add(MunicipalitySighting(code, municipality))
    return Sightings(schools, municipalities)
