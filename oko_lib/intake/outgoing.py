"""A sheet as it may leave intake: in a return workbook and in the quarantine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from oko_lib.intake.checks.fields import NOT_A_CODE
from oko_lib.intake.checks.identity import CODE_BAD
from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Header
from oko_lib.intake.leftovers import is_personal
from oko_lib.intake.pseudonyms import HIDDEN
from oko_lib.intake.readers import Sheet
from oko_lib.intake.text import fold, is_blank, shown, title
from oko_lib.intake.veil import Veil, looks_like_name, without_names

_WORD = re.compile(r"[а-я]{3,}")


@dataclass(frozen=True)
class Outgoing:
    """What may be shown of the cells of a sheet.

    Parameters
    ----------
    header_row : int
        Row of the header.
    titles : mapping of int to str
        Column → heading.
    replaced : mapping of (int, int) to str
        Row and column on the sheet → what stands there instead.
    shut : frozenset of int
        Columns of which nothing is shown below the header.
    veil : Veil or None
        Names met on the sheet; a sheet with names shows nothing of columns without a heading either.
    """

    header_row: int
    titles: Mapping[int, str]
    replaced: Mapping[tuple[int, int], str] = field(default_factory=dict)
    shut: frozenset[int] = frozenset()
    veil: Veil | None = None

    def cell(self, row: int, column: int, cell: object) -> object:
        """Return a cell as it may be shown."""
        if is_blank(cell):
            return cell
        if (row, column) in self.replaced:
            return self.replaced[row, column]
        heading = self.titles.get(column)
        shut = column in self.shut or (self.veil is not None and heading is None)
        if shut and row > self.header_row and title(cell) != title(heading or ""):
            return HIDDEN
        if self.veil is not None:
            return self.veil.cell(cell)
        return without_names(cell) if isinstance(cell, str) else cell


def shut_columns(header: Header, *, all_unknown: bool) -> frozenset[int]:
    """Return columns nothing is shown of: of unknown heading, or whose heading promises something personal.

    Parameters
    ----------
    header : Header
        Header of the sheet.
    all_unknown : bool
        Every column the layout does not know; otherwise only those whose heading promises something personal.
    """
    beside = {*header.unused, *header.columns.get("ignored", ())}
    personal = {column for column in beside if is_personal(header.titles[column])}
    return frozenset(personal | set(header.unused) if all_unknown else personal)


def cover(draft: Draft, header: Header) -> None:
    """Say what may be shown of a sheet on which nobody expects names, and take them out of the messages."""
    replaced: dict[tuple[int, int], str] = {}
    issues = []
    for issue in draft.issues:
        text = "" if issue.column is None else draft.found(issue.candidate, issue.column)
        if issue.rule == NOT_A_CODE or looks_like_name(text) or (issue.rule == CODE_BAD.code and _spells(text)):
            replaced[int(draft.sheet_rows[issue.candidate]), issue.column] = HIDDEN
            issue = replace(issue, message=issue.message.replace(f"«{text}»", f"«{HIDDEN}»"))
        issues.append(issue)
    draft.issues = issues
    hide(draft, Outgoing(draft.header_row, draft.titles, replaced, shut_columns(header, all_unknown=False)))


def hide(draft: Draft, outgoing: Outgoing) -> None:
    """Make a draft show its cells as they may be shown."""
    plain = draft.found

    def found(candidate: int, column: int) -> str:
        place = int(draft.sheet_rows[candidate]), column
        text = plain(candidate, column)
        return outgoing.replaced.get(place) or shown(outgoing.cell(*place, text))

    draft.outgoing, draft.found = outgoing, found


def _spells(text: str) -> bool:
    """Tell whether a text has a word in it: in place of a number, a name."""
    return _WORD.search(fold(text)) is not None


def may_hold_names(sheet: Sheet) -> bool:
    """Tell whether a sheet nobody recognised seems to name people."""
    texts = (cell for row in sheet.rows for cell in row if isinstance(cell, str) and cell)
    return any(is_personal(text) or looks_like_name(text) for text in _short(texts))


def _short(texts: Iterable[str]) -> Iterable[str]:
    return (text for text in texts if len(text) < 300)
