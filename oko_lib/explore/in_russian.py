"""Calls that say in Russian what is wrong with their arguments."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from oko_lib.settings.loading import SettingsError, suggest

_Method = TypeVar("_Method", bound=Callable[..., Any])


def in_russian(method: _Method) -> _Method:
    """Make a method refuse misspelt, missing and superfluous parameters in words its user understands."""
    signature = inspect.signature(method)

    @wraps(method)
    def called(*values: Any, **named: Any) -> Any:
        try:
            signature.bind(*values, **named)
        except TypeError:
            words = _explained(method.__name__, signature, values[1:], named)
            raise SettingsError(words) from None
        return method(*values, **named)

    return called  # type: ignore[return-value]


def _explained(name: str, signature: inspect.Signature, values: tuple, named: dict[str, Any]) -> str:
    """Return what does not fit; `values` without the object itself."""
    known = {item.name: item for item in list(signature.parameters.values())[1:]}
    call = f"{name}({', '.join(_written(item) for item in known.values())})"
    for word in named:
        if word not in known:
            return f"{name}: нет параметра «{word}».{suggest(word, list(known))} Вызов: {call}."
    positional = [item.name for item in known.values() if item.kind is not item.KEYWORD_ONLY]
    if len(values) > len(positional):
        return f"{name}: лишнее значение «{values[len(positional)]}». Вызов: {call}."
    twice = [word for word in positional[: len(values)] if word in named]
    if twice:
        return f"{name}: параметр «{twice[0]}» задан дважды. Вызов: {call}."
    given = {*positional[: len(values)], *named}
    missing = [word for word, item in known.items() if item.default is item.empty and word not in given]
    return f"{name}: не хватает: {', '.join(missing)}. Вызов: {call}."


def _written(item: inspect.Parameter) -> str:
    return item.name if item.default is item.empty else f"{item.name}={item.default!r}"
