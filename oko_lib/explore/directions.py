"""Directions that can be explored, each read when it is first asked for: the statistics stack is heavy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from oko_lib.settings.loading import SettingsError, suggest

if TYPE_CHECKING:
    from oko_lib.explore.topic import Explored

#: Direction → module of its topics, with ``EXPLORED``. The last is over all directions.
_MODULES = {
    "objectivity": "objectivity",
    "low_results_dynamics": "low_results",
    "training_quality": "training_quality",
    "talent": "talent",
    "indicators": "indicators",
}

NAMES = tuple(_MODULES)
#: Those that have reports.
REPORTED = NAMES[:-1]


def explored(direction: str) -> Explored:
    """Return a direction as explorers see it.

    Raises
    ------
    SettingsError
        If there is none of this name; the message suggests the nearest.
    """
    if direction not in _MODULES:
        hint = suggest(direction, list(NAMES)) or f" Есть: {', '.join(NAMES)}."
        raise SettingsError(f"Нет направления «{direction}».{hint}")
    return import_module(f"oko_lib.explore.topics.{_MODULES[direction]}").EXPLORED
