"""Russian wording of counts: correct plural forms."""

from __future__ import annotations


def plural(n: int, one: str, few: str, many: str) -> str:
    """Return the form of a word that goes with the number `n`.

    Parameters
    ----------
    n : int
        The number.
    one, few, many : str
        Forms for 1, 2–4 and 5–20: «строка», «строки», «строк».
    """
    tail = abs(n) % 100
    if 11 <= tail <= 14:
        return many
    return {1: one, 2: few, 3: few, 4: few}.get(tail % 10, many)


def count(n: int, one: str, few: str, many: str) -> str:
    """Return the number with the right form of the word: «3 строки»."""
    return f"{spaced(n)} {plural(n, one, few, many)}"


def spaced(n: int) -> str:
    """Return an integer with a no-break space between thousands."""
    return f"{n:,}".replace(",", "\u00a0")


def rows(n: int) -> str:
    """Return «1 строка», «3 строки», «5 строк»."""
    return count(n, "строка", "строки", "строк")


def in_rows(n: int) -> str:
    """Return «в 1 строке», «в 3 строках»."""
    return f"в {count(n, 'строке', 'строках', 'строках')}"


def participants(n: int) -> str:
    """Return «1 участник», «3 участника», «5 участников»."""
    return count(n, "участник", "участника", "участников")


def points(n: int) -> str:
    """Return «1 балла», «5 баллов»: the form after «от 0 до»."""
    return count(n, "балла", "баллов", "баллов")


def listed(items: list[str], limit: int = 8) -> str:
    """Return the items through commas, at most `limit` of them, and how many more there are."""
    head = ", ".join(items[:limit])
    return head if len(items) <= limit else f"{head} и ещё {len(items) - limit}"
