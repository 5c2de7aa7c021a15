"""A page of docs/ru/methods, as the tests of its example read it."""

from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "docs" / "ru" / "methods"
_PARTS = ("## Вопрос", "## Как считается", "## Пример", "## Чего не скажет", "## Источник")


def _text(page):
    return (_FOLDER / f"{page}.md").read_text(encoding="utf-8")


def numbers_missing(page, numbers):
    """Return those of `numbers`, as printed, that the page does not have; a line may end within one."""
    text = _text(page)
    return [number for number in numbers if number not in text and number not in text.replace("\n", " ")]


def parts_missing(page):
    """Return the headings every page has and this one has not."""
    text = _text(page)
    return [part for part in _PARTS if part not in text]
