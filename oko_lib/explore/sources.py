"""Which files fill a table: exports of ФИС ОКО, collection forms, tables of one's own."""

from __future__ import annotations

from oko_lib.intake.layouts.mapped import MappedLayout
from oko_lib.intake.layouts.registry import all_layouts
from oko_lib.settings.workspace import Workspace

#: Seniority of what ФИС ОКО itself has made; a form a school fills in has less.
_OFFICIAL = 2


def sources_of_tables(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Return table → what fills it, in words: what is collected by a form comes with the command that makes one.

    Raises
    ------
    SettingsError
        If a description of a layout is wrong.
    """
    found: dict[str, list[str]] = {}
    for layout in all_layouts(workspace):
        for name in layout.tables:
            found.setdefault(name, []).append(_words(layout))
    return {name: tuple(dict.fromkeys(words)) for name, words in found.items()}


def _words(layout) -> str:
    if not isinstance(layout, MappedLayout):
        kind = "отчёт ФИС ОКО" if layout.rank == _OFFICIAL else "протоколы"
        return f"{kind} «{layout.title_ru}»"
    if layout.mapping.form is not None:
        return f"форма «{layout.title_ru}» (oko form make {layout.name})"
    return f"таблица «{layout.title_ru}»"


def layout_titles(workspace: Workspace) -> dict[str, str]:
    """Return name of a layout → what people call such a file."""
    return {layout.name: layout.title_ru for layout in all_layouts(workspace)}
