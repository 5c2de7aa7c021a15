"""Mistakes in writing a command, said in Russian with the nearest right word."""

from __future__ import annotations

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from oko_lib.settings.loading import suggest

# The command-line library brings its own copy of click; its error classes are reached through a public one.
UsageError: type[Exception] = next(item for item in typer.BadParameter.__mro__ if item.__name__ == "UsageError")

_PANELS = {
    "ARGUMENTS_PANEL_TITLE": "Аргументы",
    "OPTIONS_PANEL_TITLE": "Ключи",
    "COMMANDS_PANEL_TITLE": "Команды",
    "ERRORS_PANEL_TITLE": "Ошибка",
    "DEFAULT_STRING": "[по умолчанию: {}]",
    "REQUIRED_LONG_STRING": "[обязательно]",
}


def speak_russian() -> None:
    """Give the headings of the help pages in Russian."""
    for name, text in _PANELS.items():
        setattr(rich_utils, name, text)


class RussianCommand(TyperCommand):
    """A command whose help option is described in Russian."""

    def get_help_option(self, ctx: typer.Context):
        return _in_russian(super().get_help_option(ctx))


class RussianGroup(TyperGroup):
    """The same for the command that holds the others."""

    def get_help_option(self, ctx: typer.Context):
        return _in_russian(super().get_help_option(ctx))


def _in_russian(option):
    if option is not None:
        option.help = "Показать эту справку."
    return option


def is_exit(error: BaseException) -> bool:
    """True for the library's own way to leave with a code."""
    return isinstance(error, typer.Exit)


def is_abort(error: BaseException) -> bool:
    """True when the user broke off."""
    return isinstance(error, typer.Abort)


def explain_usage(error: Exception) -> str:
    """Return what is wrong with the command line and what to do."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "oko"
    return f"{_cause(error, context)} Справка: {command} --help"


def _cause(error: Exception, context: typer.Context | None) -> str:
    kind = type(error).__name__
    param = getattr(error, "param", None)
    name = _name_of(param)
    if kind == "NoSuchOption":
        wrong = getattr(error, "option_name", "")
        return f"Нет ключа {wrong}.{suggest(wrong, _options(context))}"
    if kind == "MissingParameter":
        return f"Не хватает: {name}."
    if kind == "BadParameter":
        return f"{name}: {_translated(str(error))}."
    if kind in ("BadOptionUsage", "BadArgumentUsage"):
        return f"Ключу {getattr(error, 'option_name', name)} нужно значение."
    text = str(error)
    if "No such command" in text:
        wrong = text.split("'")[1] if "'" in text else ""
        return f"Нет команды «{wrong}».{suggest(wrong, _commands(context))}"
    if "unexpected extra argument" in text:
        extra = text.split("(", 2)[-1].rstrip(").")
        return f"Лишнее слово в команде: {extra}."
    if "Missing command" in text:
        return "Не названа команда."
    return f"Команда записана неверно ({text})."


def _name_of(param: object) -> str:
    options = [item for item in getattr(param, "opts", []) if item.startswith("--")]
    return options[0] if options else str(getattr(param, "metavar", None) or getattr(param, "name", "") or "ключ")


def _translated(text: str) -> str:
    """Return the library's remark about a value in Russian where it is a known one."""
    if "valid integer" in text:
        return "нужно целое число"
    if "valid number" in text or "valid float" in text:
        return "нужно число"
    if "is not one of" in text:
        return f"допустимо: {text.split('is not one of', 1)[1].strip(' .')}"
    if "does not exist" in text:
        return "нет такого файла или папки"
    return text


def _options(context: typer.Context | None) -> list[str]:
    params = context.command.params if context is not None else []
    return [option for param in params for option in param.opts]


def _commands(context: typer.Context | None) -> list[str]:
    return list(getattr(context.command, "commands", {})) if context is not None else []
