"""Errors whose message is all that a methodologist needs: a notebook shows it alone, without a traceback."""

from __future__ import annotations


class PlainError(Exception):
    """Base of errors whose message is written for a methodologist, in Russian: what, where, what to do.

    IPython asks an exception how it wants to be shown; a notebook then keeps name and message apart, so that papermill
    and the batch read them as of any other. For a developer the traceback is there: ``%debug``, ``sys.last_exc``.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class UnknownNameError(PlainError, AttributeError):
    """An object has nothing of this name.

    Also an ``AttributeError``: Python itself, IPython and pickle ask objects for names they need not have.
    """


class HelpfulNames:
    """Mixin: whoever misspells a name of the object is told the nearest one."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            # Nobody types these: it is Python or IPython asking what the object can do.
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        from oko_lib.settings.loading import suggest

        known = [item for item in dir(self) if not item.startswith("_")]
        hint = suggest(name, known) or f" Есть: {', '.join(known)}."
        raise UnknownNameError(f"Здесь нет имени «{name}».{hint}")
