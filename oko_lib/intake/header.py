"""Finding the header row of a table by its words, wherever it stands and in whatever order its columns come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from oko_lib.intake.text import fold, is_blank, shown, tidy, title, words

#: The header is looked for in this many first rows.
HEADER_ROWS = 40

_TASK = re.compile(r"^№?\s*(\d+(?:[.,]\d+)?\s*(?:к\s*\d+)?\s*(?:\(\d+\))?)\s*\(\s*(\d+)\s*б[а-я]*\.?\s*\)$")
_BARE_TASK = re.compile(r"^№?\s*(\d+(?:[.,]\d+)?\s*(?:к\s*\d+)?\s*(?:\(\d+\))?)$")
_POINTS_FOR = re.compile(r"^балл\w*\s+за\s+(?:задание\s+)?(\d+(?:[.,]\d+)?\s*(?:к\s*\d+)?)$")
_A_GRADE = re.compile(rf"^{fold('a')}-(\d+)-{fold('grade')}$")


@dataclass(frozen=True)
class Field:
    """A column a layout knows.

    Parameters
    ----------
    name : str
        What the column is for the layout.
    titles : tuple of str
        Headings under which it comes; a trailing ``*`` means «begins with».
    required : bool
        Without it the layout is not recognised.
    many : bool
        The column may come several times (a variant for each part of a work).
    """

    name: str
    titles: tuple[str, ...]
    required: bool = False
    many: bool = False
    _whole: frozenset[str] = field(init=False, repr=False, default=frozenset())
    _starts: tuple[str, ...] = field(init=False, repr=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_whole", frozenset(words(item) for item in self.titles if not item.endswith("*")))
        object.__setattr__(self, "_starts", tuple(words(item[:-1]) for item in self.titles if item.endswith("*")))

    def fits(self, heading: str) -> bool:
        """Tell whether a heading (as words) is this column."""
        return heading in self._whole or (bool(self._starts) and heading.startswith(self._starts))


@dataclass(frozen=True)
class TaskColumn:
    """A column with scores for one task."""

    column: int
    label: str
    max_score: int | None


@dataclass(frozen=True)
class Header:
    """A recognised header row.

    Parameters
    ----------
    row : int
        Row of the header, from zero; the table begins on the next row.
    columns : dict of str to tuple of int
        Field name → its columns.
    tasks : tuple of TaskColumn
        Columns of tasks.
    points : dict of int to int
        For distributions: number in the heading → column.
    titles : dict of int to str
        Column → heading as written.
    unused : tuple of int
        Columns with a heading the layout does not know.
    """

    row: int
    columns: dict[str, tuple[int, ...]]
    tasks: tuple[TaskColumn, ...] = ()
    points: dict[int, int] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    unused: tuple[int, ...] = ()

    def column(self, name: str) -> int | None:
        """Return the (first) column of a field, or None."""
        found = self.columns.get(name)
        return found[0] if found else None

    @cached_property
    def words(self) -> dict[int, str]:
        """Column → words of its heading, for comparing rows with the header."""
        return {column: title(text) for column, text in self.titles.items()}

    @property
    def weight(self) -> int:
        """Number of columns the layout understands: of two layouts that fit, the heavier one is meant."""
        return sum(map(len, self.columns.values())) + len(self.tasks) + len(self.points)


def task_of(cell: object, *, bare: bool = False) -> tuple[str, int | None] | None:
    """Return label and maximum of a task heading: «4К1 (3б)», «9.1 (1б)», «балл за 3», «a-3-grade».

    Parameters
    ----------
    cell : object
        Heading cell.
    bare : bool
        Accept a number alone («3», «9.1»), as in an export without maximums.
    """
    if isinstance(cell, bool) or is_blank(cell):
        return None
    text = fold(cell) if isinstance(cell, str) else fold(shown(cell))
    if found := _TASK.match(text):
        return _label(found.group(1)), int(found.group(2))
    for pattern in (_POINTS_FOR, _A_GRADE, *((_BARE_TASK,) if bare else ())):
        if found := pattern.match(text):
            return _label(found.group(1)), None
    return None


def _label(text: str) -> str:
    return re.sub(r"\s+", "", text).upper().replace(",", ".")


def point_of(cell: object) -> int | None:
    """Return the score a distribution column is for: 0, «0», «12 баллов»; or the mark: «2», «2 %», «отметка 2»."""
    text = title(cell)
    found = re.fullmatch(r"(?:отметка |балл )?(\d{1,3})(?: балл\w*| б)?(?: ?%)?", text)
    return int(found.group(1)) if found else None


def unique_labels(tasks: Iterable[TaskColumn]) -> tuple[TaskColumn, ...]:
    """Return the tasks with repeated labels told apart: «1», then «1 (2)»."""
    seen: dict[str, int] = {}
    result = []
    for task in tasks:
        seen[task.label] = seen.get(task.label, 0) + 1
        times = seen[task.label]
        result.append(task if times == 1 else TaskColumn(task.column, f"{task.label} ({times})", task.max_score))
    return tuple(result)


@dataclass(frozen=True)
class HeaderSpec:
    """How a layout's header looks.

    Parameters
    ----------
    fields : tuple of Field
        Known columns.
    tasks : bool
        Columns of tasks are expected.
    bare_tasks : bool
        Task headings may lack the maximum.
    needs_tasks : bool
        At least one task column is required.
    points : tuple of int
        Numeric headings that must all be present (marks 2–5; score 0).
    no_points : tuple of int
        Numeric headings that must be absent (0 and 1 in a table of marks).
    optional_at_least : int
        How many of the fields that are not required must be there: tells apart kinds of sheet that share their
        required headings.
    optional : frozenset of str
        Names of the fields meant by it.
    """

    fields: tuple[Field, ...]
    tasks: bool = False
    bare_tasks: bool = False
    needs_tasks: bool = False
    points: tuple[int, ...] = ()
    no_points: tuple[int, ...] = ()
    optional_at_least: int = 0
    optional: frozenset[str] = frozenset()

    @property
    def required(self) -> tuple[Field, ...]:
        return tuple(item for item in self.fields if item.required)

    def match(self, row_number: int, row: list[object]) -> tuple[Header | None, tuple[str, ...], int]:
        """Try a row as the header.

        Returns
        -------
        header : Header or None
            None when something required is missing.
        missing : tuple of str
            Headings that were looked for and not found.
        found : int
            How many required headings were found.
        """
        columns: dict[str, list[int]] = {}
        tasks: list[TaskColumn] = []
        points: dict[int, int] = {}
        titles: dict[int, str] = {}
        unused: list[int] = []
        for column, cell in enumerate(row):
            if is_blank(cell):
                continue
            titles[column] = tidy(shown(cell))
            heading = title(cell)
            known = next(
                (item for item in self.fields if item.fits(heading) and (item.many or item.name not in columns)), None
            )
            if known is not None:
                columns.setdefault(known.name, []).append(column)
            elif self.tasks and (task := task_of(cell, bare=self.bare_tasks)):
                tasks.append(TaskColumn(column, *task))
            elif self.points and (point := point_of(cell)) is not None and point not in points:
                points[point] = column
            else:
                unused.append(column)
        if any(task.max_score is not None for task in tasks):
            # Where tasks carry their maximum, a number alone in the header row is noise.
            unused += [task.column for task in tasks if task.max_score is None]
            tasks = [task for task in tasks if task.max_score is not None]
        missing = [item.titles[0].rstrip("*") for item in self.required if item.name not in columns]
        missing += [str(point) for point in self.points if point not in points]
        if self.needs_tasks and not tasks:
            missing.append("задания («1 (2б)»)")
        missing += self._lacking_optional(columns)
        needed = len(self.required) + len(self.points) + self.needs_tasks + (self.optional_at_least > 0)
        found = needed - len(missing)
        if missing or any(point in points for point in self.no_points):
            return None, tuple(missing), found
        frozen = {name: tuple(places) for name, places in columns.items()}
        return Header(row_number, frozen, unique_labels(tasks), points, titles, tuple(unused)), (), found

    def _lacking_optional(self, columns: dict[str, list[int]]) -> list[str]:
        """Say which other headings were looked for when too few of them are there."""
        if self.optional_at_least == 0 or sum(name in columns for name in self.optional) >= self.optional_at_least:
            return []
        titles = [item.titles[0].rstrip("*") for item in self.fields if item.name in self.optional]
        return [f"хотя бы {self.optional_at_least} из: {', '.join(titles)}"]


def two_storeys(upper: list[object], lower: list[object]) -> list[object]:
    """Return one row of headings from a header of two rows, the upper one merged over several columns."""
    joined: list[object] = []
    above: object = ""
    for top, bottom in zip(upper, lower, strict=True):
        above = above if is_blank(top) else top
        if is_blank(bottom):
            joined.append(top)
        else:
            joined.append(bottom if is_blank(above) else f"{shown(above)} {shown(bottom)}")
    return joined


def looks_like_header(row: list[object]) -> bool:
    """Tell whether a row could be a header: at least three short texts."""
    texts = [cell for cell in row if isinstance(cell, str) and not is_blank(cell) and len(cell) < 120]
    return len(texts) >= 3
