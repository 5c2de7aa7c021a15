"""What the reports on talent show, for their tests: every form of it, its tables and its pointers."""

from __future__ import annotations

import json
import re

import low_results_shown as seen
from IPython.display import Markdown

NOTEBOOK, REGION_NOTEBOOK = "talent.ipynb", "talent_region.ipynb"


def forms(value: object) -> str:
    """Everything a shown object may become: text, HTML, SVG, Typst and what Word and Excel are made of."""
    if isinstance(value, Markdown):
        return value.data
    parts = value._repr_mimebundle_().values()
    return "\n".join(part if isinstance(part, str) else json.dumps(part, ensure_ascii=False) for part in parts)


def described(objects: dict[str, object], kind: str) -> dict[str, dict]:
    """By method, the description of what is shown of a kind: table or figure."""
    found = {}
    for name, value in objects.items():
        if not isinstance(value, Markdown):
            about = value._repr_mimebundle_()["application/vnd.oko+json"]
            if about.get("kind") == kind:
                found[name] = about
    return found


def whole(objects: dict[str, object]) -> None:
    """Check what holds of every report, whatever its data."""
    texts = seen.texts(objects)
    assert [name for name, text in texts.items() if not text.strip()] == []
    assert seen.traces(objects) == {}
    assert {name: hits for name, text in texts.items() if (hits := seen.JUDGING.findall(text))} == {}
    for kind, pointer in (("table", r"табл\. (\d+)"), ("figure", r"рис\. (\d+)")):
        numbers = [about["number"] for about in described(objects, kind).values()]
        assert numbers == sorted(set(numbers)), kind
        pointed = {int(number) for text in texts.values() for number in re.findall(pointer, text)}
        assert pointed <= set(numbers), kind


def said(objects: dict[str, object], words: dict[str, str]) -> None:
    """Check that what is shown says the words expected of it."""
    texts = seen.texts(objects)
    assert {name: texts[name] for name, part in words.items() if not re.search(part, texts[name])} == {}


def cells(text: str, first: str) -> list[str]:
    """The row of a table that begins with a name."""
    return next(row for row in seen.rows(text) if row[0] == first)
