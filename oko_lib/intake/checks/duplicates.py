"""Repeated rows: the same key twice, with the same or with different data."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from oko_lib.intake.drafts import Draft, Issue

REPEAT = "duplicate_repeat"
CONFLICT = "duplicate_conflict"

TITLES = {
    REPEAT: "Строка повторяет другую слово в слово",
    CONFLICT: "Две строки об одном и том же противоречат друг другу",
}


def _where(draft: Draft, candidate: int, here: Draft) -> str:
    row = f"строке {int(draft.sheet_rows[candidate]) + 1}"
    return row if draft is here or draft.sheet == here.sheet else f"{row} листа «{draft.sheet}»"


def duplicate_issues(drafts: list[Draft]) -> list[list[Issue]]:
    """Return what is wrong because keys repeat within a file, for every draft.

    Of rows that say the same, the first is kept and the others are set aside; of rows that contradict each other
    none is kept: intake cannot know which of them is right.
    """
    places: dict[Hashable, tuple[int, int]] = {}
    groups: dict[Hashable, list[tuple[int, int]]] = {}
    for number, draft in enumerate(drafts):
        for candidate, key in enumerate(draft.keys):
            if key is None:
                continue
            first = places.setdefault(key, (number, candidate))
            if first != (number, candidate):
                groups.setdefault(key, [first]).append((number, candidate))
    issues: list[list[Issue]] = [[] for _ in drafts]
    for group in groups.values():
        for number, issue in _judge(group, drafts):
            issues[number].append(issue)
    return issues


def _judge(group: list[tuple[int, int]], drafts: list[Draft]) -> Iterable[tuple[int, Issue]]:
    contents = [drafts[number].content(candidate) for number, candidate in group]
    if all(content == contents[0] for content in contents[1:]):
        first_number, first_candidate = group[0]
        for number, candidate in group[1:]:
            where = _where(drafts[first_number], first_candidate, drafts[number])
            message = f"Строка повторяет данные, которые уже есть в {where}. Удалите повтор."
            yield number, Issue(candidate, drafts[number].key_column, REPEAT, message)
        return
    for place, (number, candidate) in enumerate(group):
        other_number, other_candidate = group[1] if place == 0 else group[0]
        where = _where(drafts[other_number], other_candidate, drafts[number])
        message = (
            f"То же самое, но с другими данными, записано в {where}. Оставьте одну верную строку "
            "или исправьте код (логин), если это разные записи."
        )
        yield number, Issue(candidate, drafts[number].key_column, CONFLICT, message)
