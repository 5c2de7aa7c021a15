"""The server's side of forked kernels: the process that forks them and what stands for each of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any

import psutil

from oko_lib.lab.messages import Decoder, encode
from oko_lib.lab.request import KernelRequest, early_variables

#: Seconds a kernel waits for imports under way, and seconds they must have been under way for that to be worth it: an
#: ordinary kernel started instead is through with its own imports after about three.
PATIENCE = 3.0
_HEAD_START = 1.0

#: Seconds within which a warm process forks, even on a machine that swaps.
_FORK_LIMIT = 30.0

_UNKNOWN_CODE = 1


class ForkedKernel:
    """A kernel that is nobody's child here, with the methods of ``subprocess.Popen`` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, warm: WarmProcess, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._warm = warm
        try:
            # Tells this process from a later one of the same number.
            self._process: psutil.Process | None = psutil.Process(pid)
        except psutil.NoSuchProcess:
            self._process = None

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        if self.returncode is None:
            self.returncode = self._warm.exit_code(self.pid)
        if self.returncode is None and not self._warm.is_listening and self._has_ended():
            self.returncode = _UNKNOWN_CODE
        return self.returncode

    def _has_ended(self) -> bool:
        try:
            return (
                self._process is None
                or not self._process.is_running()
                or self._process.status() == psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return True

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("kernel", timeout or 0.0)
            time.sleep(0.02)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal unless it has ended: its number may be another's by then."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class WarmProcess:
    """A running ``fork_server``."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.refusal = ""
        self._state = "warming"
        self._warming_since = time.monotonic()
        self._codes: dict[int, int] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self._kernels: set[int] = set()
        self._requests = 0
        self._decoder = Decoder()
        self._lock = threading.RLock()
        self._channel, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        command = [sys.executable, "-m", "oko_lib.lab.fork_server"]
        try:
            self.process = subprocess.Popen(
                [*command, str(theirs.fileno()), str(lifeline), ""],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
                # Python looks for modules where it is started: not among the user's files.
                cwd=sys.prefix,
            )
        finally:
            theirs.close()
            os.close(lifeline)

    @property
    def state(self) -> str:
        """Return ``warming``, ``ready``, ``failed`` or ``gone``."""
        self._listen()
        return self._state

    @property
    def is_listening(self) -> bool:
        """Tell whether ends of kernels are being told at once."""
        return self.state in ("ready", "failed")

    def exit_code(self, pid: int) -> int | None:
        """Return the exit code of a kernel whose end was told."""
        self._listen()
        return self._codes.get(pid)

    def wait_until_warm(self, timeout: float) -> bool:
        """Wait for the imports and tell whether kernels can be had."""
        until = time.monotonic() + timeout
        while self.state == "warming" and time.monotonic() < until:
            time.sleep(0.02)
        return self._state == "ready"

    async def fork(self, request: KernelRequest) -> ForkedKernel | None:
        """Fork a kernel; None if this process cannot make the one that is asked for, or not soon."""
        if early_variables(request.environment) != early_variables(self.environment):
            return None
        now = time.monotonic()
        while self.state == "warming" and self._warming_since < now - _HEAD_START:
            if time.monotonic() > now + PATIENCE:
                return None
            await asyncio.sleep(0.02)
        if self._state != "ready":
            return None
        environment = {**request.environment, "JPY_PARENT_PID": str(os.getpid())}
        content = KernelRequest(request.arguments, environment, request.folder).to_json()
        with self._lock:
            self._requests += 1
            number = self._requests
            try:
                self._channel.settimeout(_FORK_LIMIT)
                self._channel.sendall(encode({"id": number, "kernel": content}))
            except OSError:
                self._lost()
                return None
        until = time.monotonic() + _FORK_LIMIT
        while (answer := self._answer(number)) is None and self._state != "gone":
            if time.monotonic() > until:
                self._abandon()
                return None
            await asyncio.sleep(0.002)
        if answer is None or answer["event"] != "forked":
            self.refusal = (answer or {}).get("why", "")
            return None
        self._kernels.add(answer["pid"])
        return ForkedKernel(self, answer["pid"])

    def _answer(self, number: int) -> dict[str, Any] | None:
        self._listen()
        return self._answers.pop(number, None)

    def _listen(self) -> None:
        """Take in what the process has said since; never waits."""
        with self._lock:
            while self._state != "gone" and select.select([self._channel], [], [], 0)[0]:
                try:
                    piece = self._channel.recv(1 << 16)
                except OSError:
                    piece = b""
                if not piece:
                    self._lost()
                    return
                for message in self._decoder.feed(piece):
                    self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        event = message["event"]
        if message.get("anew"):
            self._warms("warming")
        if event in ("warming", "ready", "failed"):
            self._warms(event)
            self.refusal = message.get("why", "")
        elif event == "ended":
            self._codes[message["pid"]] = message["code"]
            self._kernels.discard(message["pid"])
        else:
            self._answers[message["id"]] = message

    def _warms(self, state: str) -> None:
        self._state = state
        if state == "warming":
            self._warming_since = time.monotonic()

    def _lost(self) -> None:
        self._state = "gone"
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=1.0)

    def _abandon(self) -> None:
        """End a process that answers no more, and a kernel it may just have forked; those in use go on without it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            strays = [child for child in psutil.Process(self.process.pid).children() if child.pid not in self._kernels]
            self.process.kill()
            for stray in strays:
                with contextlib.suppress(psutil.NoSuchProcess):
                    stray.kill()
        self._lost()

    def close(self) -> None:
        """End the process and its kernels."""
        if self._lifeline < 0:
            return
        os.close(self._lifeline)
        self._lifeline = -1
        if self._state != "gone":
            self._state = "gone"
            self._channel.close()
        try:
            # It may be importing and look at the channel only afterwards.
            self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
