"""Which of the planned reports have to be built, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oko_lib.batch.files import FileRecord
from oko_lib.batch.journal import BuiltReport
from oko_lib.batch.outcomes import ReportStatus
from oko_lib.batch.placing import is_persons_work, proper_path
from oko_lib.tables import TABLES

UNCHANGED = "ничего не изменилось"
_NAMED = 3


@dataclass(frozen=True)
class Decision:
    """What to do with one report.

    Parameters
    ----------
    build : bool
        Whether it has to be built.
    reason : str
        Why, or why not, in Russian.
    notes : tuple of str
        What the reader should know of files left in place.
    files : dict of FileRecord
        Files of the report as the journal remembers them.
    """

    build: bool
    reason: str
    notes: tuple[str, ...] = ()
    files: dict[str, FileRecord] = field(default_factory=dict)


def decide(
    built: BuiltReport | None,
    made_from: Mapping[str, str],
    formats: Sequence[str],
    outputs: Path,
    *,
    force: bool = False,
) -> Decision:
    """Compare what a report was made from with what it would be made from now.

    Parameters
    ----------
    built : BuiltReport or None
        The report in place, if there is one.
    made_from : mapping
        Its ingredients now; see :func:`oko_lib.batch.ingredients.ingredients`.
    formats : sequence of str
        Files that are asked for.
    outputs : Path
        Folder the files lie in.
    force : bool
        Build in any case.
    """
    if built is None or built.ingredients is None:
        failed = built is not None and built.outcome.status is ReportStatus.FAILED
        return Decision(True, "прошлая попытка не удалась" if failed else "новый")
    files = {kind: FileRecord(**content) for kind, content in built.files.items()}
    if force:
        return Decision(True, "задано --force", files=files)
    changed = changes(built.ingredients, made_from)
    if changed:
        return Decision(True, changed, files=files)
    if built.outcome.status is ReportStatus.FAILED:
        return Decision(True, "прошлая попытка не удалась", files=files)
    return _by_files(files, ("ipynb", *formats), outputs)


def _by_files(files: dict[str, FileRecord], formats: Sequence[str], outputs: Path) -> Decision:
    notes = []
    for kind in formats:
        record = files.get(kind)
        if record is None:
            return Decision(True, f"не было файла {kind.upper()}", files=files)
        path = outputs / record.path
        name = Path(proper_path(record)).name
        if not path.is_file():
            return Decision(True, f"файл {name} удалён", files=files)
        if is_persons_work(kind, path, record):
            notes.append(f"Файл {name} кто-то правил после построения: он оставлен как есть.")
        elif not record.is_at(path):
            return Decision(True, f"файл {name} испорчен", files=files)
    return Decision(False, UNCHANGED, tuple(notes), files)


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Say in Russian which ingredients differ; empty when none does."""
    differing = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    by_kind: dict[str, list[str]] = {}
    for name in differing:
        kind, _, what = name.partition(":")
        by_kind.setdefault(kind, []).append(what)
    said = [
        _said("изменились данные", [_table_title(what) for what in by_kind.get("data", [])]),
        # Which files brought the data is told of in the report; it is worth saying when nothing else has changed.
        "" if "data" in by_kind else _said("изменились сведения о загруженных файлах", by_kind.get("files", [])),
        _said("изменились нормы", [f"parameters/{what}" for what in by_kind.get("norms", [])]),
        "изменились параметры: " + _parameters(before, now) if "parameters" in by_kind else "",
        "изменилась тетрадь" if "notebook" in by_kind else "",
        "изменился пакет oko_lib" if "code" in by_kind else "",
        _said(
            "обновились библиотеки",
            [
                f"{what} {before.get(f'library:{what}', 'нет')} → {now.get(f'library:{what}', 'нет')}"
                for what in by_kind.get("library", [])
            ],
        ),
    ]
    return "; ".join(item for item in said if item)


def _said(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" и ещё {len(names) - _NAMED}" if len(names) > _NAMED else ""
    return f"{what}: {', '.join(sorted(names)[:_NAMED])}{more}"


def _table_title(name: str) -> str:
    return f"«{TABLES[name].title_ru}»" if name in TABLES else "загруженные файлы"


def _parameters(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    old, new = (json.loads(item.get("parameters", "{}")) for item in (before, now))
    differing = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {old.get(name, '—')} → {new.get(name, '—')}" for name in differing)
