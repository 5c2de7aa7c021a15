"""Has the Typst compiler run here? Its threads do not survive a fork: a process forked afterwards hangs in it."""

from __future__ import annotations

_compiled = False


def note_compilation() -> None:
    """Say that Typst compiles in this process; a fork inherits the note."""
    global _compiled
    _compiled = True


def has_compiled() -> bool:
    """Tell whether a fork of this process must not compile."""
    return _compiled
