"""Reading YAML parameter files into typed objects; a misspelt key is refused with a suggestion."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from oko_lib.settings.plain_errors import PlainError


class SettingsError(PlainError):
    """A parameter file or a parameter is wrong; the message is for a methodologist, in Russian."""


class Strict(BaseModel):
    """Base of all settings: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


class _UniqueKeys:
    """A key written twice is an error: YAML itself would silently keep the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"ключ «{key}» записан дважды", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)  # type: ignore[misc]


class _Loader(_UniqueKeys, yaml.SafeLoader):
    pass


class _QuickLoader(_UniqueKeys, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """libyaml where it is there: several times quicker, and every report reads all its parameters."""


#: Files read before: (path, model) → (text, settings). A run asks for the same ones in every report; settings are
#: frozen, so all may hold one object. A changed file has another text.
_READ: dict[tuple[str, type[BaseModel]], tuple[str, BaseModel]] = {}


def read_yaml(path: Path) -> object:
    """Return the content of a YAML file.

    Raises
    ------
    SettingsError
        If the file is missing, is not UTF-8, is not YAML or repeats a key.
    """
    return _parsed(_text_of(path), path.name)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(f"Нет файла параметров {path.name} в папке {path.parent.name}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name}: сохраните файл в кодировке UTF-8.") from None


def _parsed(text: str, where: str) -> object:
    try:
        return yaml.load(text, Loader=_QuickLoader)
    except yaml.YAMLError:
        pass  # the loader written in Python says more exactly what is wrong
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise SettingsError(f"{where}, строка {line}: {error.problem}. Исправьте запись YAML.") from None


def load(path: Path, model: type[Model]) -> Model:
    """Return the content of a YAML file as a `model`.

    Raises
    ------
    SettingsError
        If the file cannot be read or does not fit the model.
    """
    text = _text_of(path)
    known, settings = _READ.get((str(path), model), (None, None))
    if text == known and isinstance(settings, model):
        return settings
    content = _parsed(text, path.name)
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name}: ожидались записи вида «ключ: значение».")
    settings = validate(content, model, where=path.name)
    _READ[str(path), model] = text, settings
    return settings


def validate(content: dict, model: type[Model], where: str) -> Model:
    """Return `content` as a `model`; see :func:`load`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(item, model, where) for item in error.errors())) from None


#: A shorter word stands in too many names to say which is meant.
_TELLING = 4
#: Of more names that hold a word none is suggested for it.
_MOST_SUGGESTED = 3


def suggest(word: str, known: list[str]) -> str:
    """Return « Возможно, вы имели в виду …» or an empty string.

    Names one has written in part («Лужский» of «Усть-Лужский муниципальный округ») come before names that merely look
    alike; capitals and «ё» do not count.
    """
    names = {_folded(item): str(item) for item in reversed(known)}
    asked = _folded(word)
    near = [name for name in names if len(asked) >= _TELLING and re.search(rf"(?<!\w){re.escape(asked)}", name)]
    if not 1 <= len(near) <= _MOST_SUGGESTED:
        near = get_close_matches(asked, list(names), n=1, cutoff=0.6)
    return f" Возможно, вы имели в виду {' или '.join(f'«{names[name]}»' for name in near)}." if near else ""


def _folded(text: object) -> str:
    return " ".join(str(text).casefold().replace("ё", "е").split())


def _fields_at(model: type[BaseModel], path: tuple) -> list[str]:
    """Names a settings object accepts at a place inside `model` (empty where it cannot be told)."""
    current: object = model
    for part in path:
        if isinstance(part, int):
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)) or part not in current.model_fields:
            return []
        annotation = current.model_fields[part].annotation
        models = [item for item in (annotation, *getattr(annotation, "__args__", ())) if isinstance(item, type)]
        current = next((item for item in models if issubclass(item, BaseModel)), None)
    return list(current.model_fields) if isinstance(current, type) and issubclass(current, BaseModel) else []


_KINDS = {
    "int_parsing": "ожидалось целое число",
    "int_type": "ожидалось целое число",
    "int_from_float": "ожидалось целое число",
    "float_parsing": "ожидалось число",
    "float_type": "ожидалось число",
    "string_type": "ожидался текст",
    "bool_parsing": "ожидалось true или false",
    "list_type": "ожидался список",
    "model_type": "ожидались записи вида «ключ: значение»",
}


def _explain(item: dict, model: type[BaseModel], where: str) -> str:
    place = " → ".join(str(part + 1) if isinstance(part, int) else str(part) for part in item["loc"])
    kind = item["type"]
    if kind == "extra_forbidden":
        known = _fields_at(model, item["loc"][:-1])
        listed = f" Известны: {', '.join(known)}." if known else ""
        return f"{where}: неизвестный параметр «{place}».{suggest(item['loc'][-1], known) or listed}"
    if kind == "missing":
        return f"{where}: не хватает параметра «{place}»."
    found = item.get("input")
    if kind in _KINDS:
        return f"{where}: «{place}»: {_KINDS[kind]}, записано «{found}»."
    context = item.get("ctx", {})
    if kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        words = {"ge": "не меньше", "gt": "больше", "le": "не больше", "lt": "меньше"}
        limit = ", ".join(f"{words[key]} {value}" for key, value in context.items() if key in words)
        return f"{where}: «{place}»: допустимо {limit}, записано «{found}»."
    if kind in {"literal_error", "enum"}:
        return f"{where}: «{place}»: допустимо {context.get('expected')}, записано «{found}»."
    if kind == "value_error":
        return f"{where}: «{place}»: {context.get('error', item['msg'])}"
    return f"{where}: «{place}»: {item['msg']} (записано «{found}»)."
