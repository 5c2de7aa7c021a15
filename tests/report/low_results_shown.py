"""What the notebooks of «Динамика ШНОР» show, as text, for the tests of their reports."""

from __future__ import annotations

import json
import re
import sys
from functools import cache
from pathlib import Path

from oko_lib.settings.workspace import PROJECT_ROOT

sys.path.insert(0, str(Path(__file__).parents[1] / "indicators"))

_CALL = re.compile(r"^report\.(\w+)\(\)$")

#: Traces of a missing value or a crash that no reader may see.
TRACES = re.compile(r"\bnan\b|\bNaN\b|\bNone\b|<NA>|&lt;NA&gt;|\bNaT\b|Traceback|\bTrue\b|\bFalse\b|\binf\b")

#: Words that judge.
JUDGING = re.compile(r"худш|\bлучш(?:ая|ий|ие|их)|лидер|рейтинг|виновн|отстающ|передов|провал", re.IGNORECASE)


@cache
def methods(notebook: str) -> tuple[str, ...]:
    """Methods of the report that the notebook calls, in its order."""
    cells = json.loads((PROJECT_ROOT / "notebooks" / notebook).read_text("utf-8"))["cells"]
    found = [_CALL.match("".join(cell["source"]).strip()) for cell in cells if cell["cell_type"] == "code"]
    return tuple(match[1] for match in found if match)


def shown(report, notebook: str) -> dict[str, object]:
    return {name: getattr(report, name)() for name in methods(notebook)}


def text(value: object) -> str:
    """The plain text of what is shown, ordinary spaces for all others."""
    plain = value.data if hasattr(value, "data") else value._repr_mimebundle_()["text/plain"]
    return re.sub(r"[\u00a0\u202f]", " ", plain)


def texts(objects: dict[str, object]) -> dict[str, str]:
    return {name: text(value) for name, value in objects.items()}


def traces(objects: dict[str, object]) -> dict[str, list[str]]:
    """By method, traces found in any form of what is shown (HTML, SVG and Typst too)."""
    found = {}
    for name, value in objects.items():
        forms = [value.data] if hasattr(value, "data") else list(value._repr_mimebundle_().values())
        hits = [hit for form in forms if isinstance(form, str) for hit in TRACES.findall(form)]
        if hits:
            found[name] = hits
    return found


def rows(table: str) -> list[list[str]]:
    """Cells of a table's text, its caption and heading left out."""
    return [line.split(" | ") for line in table.splitlines()[2:] if " | " in line]
