"""Exceptions told without their texts: a text may quote a cell, and a cell may hold the name of a child."""

from __future__ import annotations

import traceback
from pathlib import Path


def where_it_broke(error: BaseException) -> str:
    """Return kind and place of an exception, innermost place first, and the same of what caused it."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    cause = error.__cause__ or error.__context__
    behind = f"; behind it {where_it_broke(cause)}" if cause is not None else ""
    return f"{type(error).__name__} at {places}{behind}"
