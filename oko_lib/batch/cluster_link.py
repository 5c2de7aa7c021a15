"""The connection to a Dask scheduler: how it is made, and what is said when it cannot be."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from oko_lib.settings.loading import SettingsError

if TYPE_CHECKING:
    from distributed import Client

#: Seconds to wait for a worker when there is none.
WAIT_VARIABLE = "OKO_WORKERS_WAIT"
CONNECT_SECONDS = 10.0
END_SECONDS = 5.0
KEPT = "Построенное не потеряно: следующий oko run продолжит."


@contextlib.contextmanager
def connected(address: str) -> Iterator[Client]:
    """Yield a client of the scheduler.

    Raises
    ------
    SettingsError
        If no connection comes about.
    """
    import cloudpickle
    from distributed import Client

    from oko_lib.batch import cluster_calls

    logger = logging.getLogger("distributed")
    level = logger.level
    # What the library reports of lost connections would run into the progress bar; we say it in our words.
    logger.setLevel(logging.CRITICAL + 1)
    cloudpickle.register_pickle_by_value(cluster_calls)
    client = None
    try:
        try:
            with warnings.catch_warnings():
                # Differing versions are found and told by ourselves.
                warnings.simplefilter("ignore")
                client = Client(address, timeout=CONNECT_SECONDS, name="oko", set_as_default=False)
        except Exception as error:
            raise _unreachable(address, f"{type(error).__name__}: {error}") from error
        yield client
    finally:
        if client is not None:
            with contextlib.suppress(Exception):
                client.close(timeout=END_SECONDS)
        cloudpickle.unregister_pickle_by_value(cluster_calls)
        logger.setLevel(level)


def asked(address: str, ask: Callable[[], Any]) -> Any:
    """Return the scheduler's answer.

    Raises
    ------
    SettingsError
        If it does not give one.
    """
    try:
        return ask()
    except Exception as error:
        raise SettingsError(
            f"Связь с планировщиком {address} потеряна: он остановлен, или пропала сеть. Запустите его (dask "
            f"scheduler) и исполнителей (dask worker {address}) и повторите oko run. {KEPT}"
        ) from error


def refuse_unreachable(address: str) -> None:
    """Refuse an address at which nothing listens; without the library, whose threads must not be there at a fork."""
    parts = urlsplit(address)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise SettingsError(f"--scheduler: нужен адрес вида tcp://компьютер:8786, задано «{address}».")
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise _unreachable(address, error.strerror or str(error)) from error


def _unreachable(address: str, details: str) -> SettingsError:
    return SettingsError(
        f"Планировщик {address} не отвечает ({details}). Проверьте адрес, сеть и что на той машине он запущен: dask "
        "scheduler. Без --scheduler отчёты строятся на этом компьютере."
    )


def patience() -> float:
    """Return how many seconds to wait for a worker.

    Raises
    ------
    SettingsError
        If the variable is not a number.
    """
    text = os.environ.get(WAIT_VARIABLE, "60")
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise SettingsError(f"{WAIT_VARIABLE}: нужно число секунд, задано «{text}».") from None


def versions_of(about: dict[str, Any]) -> str:
    """Return what both ends of a connection must have the same."""
    python = ".".join(about["host"]["python"].split(".")[:2])
    return f"Python {python} и distributed {about['packages']['distributed']}"


def host(worker: str) -> str:
    return urlsplit(worker).hostname or worker
