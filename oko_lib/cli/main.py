"""Entry point of ``oko``: commands put together, every failure turned into words."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from datetime import datetime
from pathlib import Path

#: Exceptions whose message is already written for a methodologist; compared by name so that nothing is imported for it.
_OWN_ERRORS = frozenset({"SettingsError", "StoreError", "FileRefused", "IdentityError"})

#: Commands whose arguments or exceptions may hold the name of a child: their log tells places only.
_MEET_NAMES = frozenset({"ingest", "form", "register"})

_INTERRUPTED = "Прервано. То, что было готово, сохранено."


def main(arguments: list[str] | None = None) -> None:
    """Run ``oko`` and leave with its exit code: 0 only if everything asked for was made."""
    _speak_utf8()
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run ``oko`` with `arguments` and return the exit code."""
    try:
        from oko_lib.cli.app import app
        from oko_lib.cli.usage import UsageError, explain_usage, is_abort, is_exit
    except ImportError as error:
        return _say(f"Установка неполна ({error}). Повторите её: make install", code=1)
    try:
        outcome = app(args=arguments, prog_name="oko", standalone_mode=False)
        return outcome if isinstance(outcome, int) else 0
    except UsageError as error:
        return _say(explain_usage(error), code=2)
    except KeyboardInterrupt:
        return _say(_INTERRUPTED, code=130)
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to complain to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except Exception as error:
        if is_exit(error):
            return int(error.exit_code)  # type: ignore[attr-defined]
        if is_abort(error):
            return _say(_INTERRUPTED, code=130)
        if type(error).__name__ in _OWN_ERRORS:
            return _say(str(error), code=1)
        if isinstance(error, OSError):
            return _say(_explain_os_error(error), code=1)
        return _say(f"Внутренняя ошибка. Передайте разработчику журнал {_write_log(arguments)}", code=1)


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


def _explain_os_error(error: OSError) -> str:
    name = f" «{error.filename}»" if error.filename else ""
    if isinstance(error, FileNotFoundError):
        return f"Нет файла или папки{name}. Проверьте путь."
    if isinstance(error, PermissionError):
        return f"Нет доступа к{name or ' файлу'}. Закройте файл в других программах или проверьте права на папку."
    if error.errno == 28:
        return f"На диске кончилось место{f' (при записи{name})' if name else ''}. Освободите его и повторите."
    return f"Не удалось прочитать или записать{name or ' файл'}: {error.strerror or error}."


def _write_log(arguments: list[str]) -> Path:
    """Keep the traceback for a developer and return where; called while the exception is being handled."""
    now = datetime.now()
    said, story = " ".join(arguments), traceback.format_exc()
    if arguments[:1] and arguments[0] in _MEET_NAMES:
        from oko_lib.intake.quiet_errors import where_it_broke

        said, story = arguments[0], where_it_broke(sys.exception())
    text = f"{now.isoformat(timespec='seconds')} oko {said}\n{story}"
    folder = Path(tempfile.gettempdir())
    path = folder / f"oko-{now.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    path.write_text(text, encoding="utf-8")
    return path


def _speak_utf8() -> None:
    """A Windows console or a pipe may default to another encoding, where Russian cannot be written."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
