"""Failures of a report in words a methodologist can act on; the traceback goes to a log file."""

from __future__ import annotations

import errno
import re

from nbformat import NotebookNode

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

#: Exceptions whose message is already written for a methodologist.
_OWN = frozenset({"SettingsError", "StoreError", "FileRefused", "IdentityError", "UnknownNameError"})

_CAUSES: dict[str, str] = {
    "ModuleNotFoundError": "не найдена библиотека ({value}). Повторите установку: make install",
    "ImportError": "не удалось подключить модуль ({value}). Повторите установку: make install",
    "FileNotFoundError": "нет файла ({value}). Проверьте путь и имя файла",
    "PermissionError": "нет доступа к файлу ({value}). Закройте его в других программах",
    "MemoryError": "не хватило памяти. Закройте другие программы или постройте отчёты с --jobs 1",
    "KeyError": "нет столбца или ключа {value}. Проверьте имя; столбцы описаны в docs/data_dictionary.md",
    "NameError": "имя не определено ({value}). Проверьте написание или выполните ячейки выше",
    "SyntaxError": "ошибка записи ({value}). Проверьте скобки, кавычки и запятые",
    "ZeroDivisionError": "деление на ноль: данных для расчёта нет",
    "KeyboardInterrupt": "выполнение прервано",
}


_NOT_STARTED = ("Kernel died before replying", "Kernel didn't respond in")
#: A full disk, a quota used up, a file beyond what the file system or the user may have.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})

_DISK_FULL = "На диске нет места. Освободите место и запустите oko run ещё раз: построенное не потеряно."


def cell_failure(ename: str, evalue: str, cell_number: int, source: str) -> str:
    """Return where a cell failed, why and what to do.

    Parameters
    ----------
    ename, evalue : str
        Name and text of the exception.
    cell_number : int
        Number of the cell in the notebook as opened in JupyterLab, from one.
    source : str
        Code of the cell.
    """
    first = next((line.strip() for line in source.splitlines() if line.strip() and not line.startswith("#")), "")
    place = f"Ячейка {cell_number}" + (f" («{first[:60]}»)" if first else "")
    value = _ANSI.sub("", evalue).strip()
    if ename in _OWN:
        return f"{place}: {value}"
    if ename == "OSError" and any(f"[Errno {number}]" in value for number in _NO_SPACE):
        return f"{place}: {_DISK_FULL}"
    cause = _CAUSES.get(ename)
    if cause is not None:
        return f"{place}: {cause.format(value=value.splitlines()[0] if value else '')}."
    shown = f"{ename}: {value.splitlines()[0]}" if value else ename
    return (
        f"{place}: расчёт остановился ({shown}). Если вы меняли эту тетрадь, верните ячейку; если нет, "
        "передайте разработчику файл журнала."
    )


def original_number(executed: NotebookNode, index: int) -> int:
    """Return the number, from one, that the cell at `index` has in the notebook before papermill added its own."""
    before = executed.cells[: index + 1]
    added = sum(1 for cell in before if _was_added(cell))
    return len(before) - added


def _was_added(cell: NotebookNode) -> bool:
    tags = cell.metadata.get("tags", [])
    return "injected-parameters" in tags or "papermill-error-cell-tag" in tags


def process_failure(
    exit_code: int | None,
    *,
    timed_out: float | None = None,
    memory: int | None = None,
    never_began: bool = False,
) -> str:
    """Return why a report's process ended without an answer, and what to do.

    Parameters
    ----------
    exit_code : int or None
        Of the process; negative for a signal.
    timed_out : float or None
        The limit in seconds it went over.
    memory : int or None
        Bytes it held when it was stopped for that.
    never_began : bool
        The process could not be started.
    """
    if timed_out is not None:
        return (
            f"Отчёт не уложился в {timed_out:.0f} с и остановлен. Повторите с большим --timeout; если не поможет, "
            "передайте разработчику файл журнала."
        )
    if memory is not None:
        return (
            f"Отчёт занял {memory / 2**20:.0f} МБ памяти, больше отведённого, и остановлен, чтобы не остановить весь "
            "компьютер. Повторите с --jobs 1 и большим --memory; если не поможет, передайте разработчику файл журнала."
        )
    if never_began:
        return (
            "Процесс отчёта не запускается: системе не хватает памяти или процессов. Закройте другие программы и "
            "запустите oko run ещё раз; если не поможет, перезагрузите компьютер."
        )
    if exit_code in (-9, 137):
        return (
            "Процесс отчёта остановлен системой; обычно так бывает, когда не хватает памяти. "
            "Повторите с --jobs 1 или закройте другие программы."
        )
    return f"Процесс отчёта неожиданно завершился (код {exit_code}). Повторите; подробности в файле журнала."


def kernel_did_not_start(error: BaseException) -> bool:
    """Tell a kernel that never answered from one that died at work."""
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NOT_STARTED)


def unexpected(error: BaseException) -> str:
    """Return words for an exception outside the notebook's cells."""
    name, value = type(error).__name__, str(error).strip()
    if name in _OWN:
        return value
    if name == "DeadKernelError":
        return (
            "Ядро Jupyter остановилось, не закончив отчёт; обычно так бывает, когда не хватает памяти. Закройте другие "
            "программы или постройте отчёты с --jobs 1."
        )
    if kernel_did_not_start(error):
        return "Ядро Jupyter не запускается. Запустите oko run ещё раз; если не поможет, повторите установку."
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        return _DISK_FULL
    if isinstance(error, OSError):
        return f"Не удалось прочитать или записать файл: {value}. Проверьте место на диске и права на папку."
    cause = _CAUSES.get(name)
    if cause is not None:
        sentence = cause.format(value=value.splitlines()[0] if value else "")
        return f"{sentence[0].upper()}{sentence[1:]}."
    shown = f"{name}: {value.splitlines()[0]}" if value else name
    return f"Внутренняя ошибка ({shown}). Передайте разработчику файл журнала."
