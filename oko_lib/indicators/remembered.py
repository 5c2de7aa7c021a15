"""Answers about a snapshot that never change: asked for by every session and every panel, read once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pandas as pd

from oko_lib.store import Snapshot

_Answer = TypeVar("_Answer")


def once_per_snapshot(ask: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Decorate ``ask(snapshot, *arguments)``: the answer is kept as long as the snapshot is.

    Parameters
    ----------
    ask : callable
        Its arguments beside the snapshot are hashable; what it raises is not kept.
    """
    answers: WeakKeyDictionary[Snapshot, dict[tuple[Any, ...], _Answer]] = WeakKeyDictionary()

    @wraps(ask)
    def remembered(snapshot: Snapshot, *arguments: Any) -> _Answer:
        known = answers.setdefault(snapshot, {})
        if arguments not in known:
            known[arguments] = ask(snapshot, *arguments)
        answer = known[arguments]
        # Whoever writes into its frame writes into a copy of its own, made only then.
        return answer.copy(deep=False) if isinstance(answer, pd.DataFrame) else answer

    return remembered
