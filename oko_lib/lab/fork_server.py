"""The process that has everything imported and forks kernels off itself.

Started by the server of JupyterLab (``forking``) with two file descriptors: a socket over which kernels are asked for
and their ends are told, and a pipe nobody writes to, whose other end only the server holds: when it is closed, however
the server ended, this process and every kernel know that nobody is left to serve.

When the code changes, this process starts itself anew in place: it keeps its number, hence stays the parent of the
kernels it has forked.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import threading
import traceback
import warnings
from typing import TYPE_CHECKING, Any, NoReturn

from oko_lib.lab.messages import Decoder, encode
from oko_lib.lab.sources import fingerprint

if TYPE_CHECKING:
    from oko_lib.lab.request import KernelRequest

#: Seconds between looks at the sources while nothing happens.
LOOK = 2.0


class ForkServer:
    """The loop of requests, and the kernels forked so far."""

    def __init__(self, channel: socket.socket, lifeline: int, kernels: set[int]) -> None:
        self._channel = channel
        self._lifeline = lifeline
        self._kernels = kernels
        self._decoder = Decoder()
        self._sources = fingerprint()
        self._refusal = ""
        self._has_changed = False
        self._wake, self._bell = os.pipe()
        for end in (self._wake, self._bell):
            os.set_blocking(end, False)

    def warm_up(self) -> None:
        """Import everything; what goes wrong is told with every refusal until the code changes."""
        self._tell({"event": "warming"})
        try:
            from oko_lib.lab.preload import preload

            preload()
        except Exception:
            self._refusal = traceback.format_exc()
        self._tell({"event": "failed", "why": self._refusal} if self._refusal else {"event": "ready"})

    def serve(self) -> KernelRequest | None:
        """Answer requests. Returns in a new kernel with what to become, and in this process never before the end."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        while True:
            self._report_ends()
            ready, _, _ = select.select(
                [self._channel, self._wake, self._lifeline], [], [], 0 if self._has_changed else LOOK
            )
            if self._lifeline in ready:
                self._end()
            if self._wake in ready:
                os.read(self._wake, 4096)
            if self._channel in ready:
                piece = self._channel.recv(1 << 16)
                if not piece:
                    self._end()
                for message in self._decoder.feed(piece):
                    request = self._answer(message)
                    if request is not None:
                        return request
            elif not ready and self._decoder.is_between and self._look_for_changes():
                self._start_anew()

    def _answer(self, message: dict[str, Any]) -> KernelRequest | None:
        if self._look_for_changes() or self._refusal:
            why = self._refusal or "the code has changed"
            self._tell({"event": "refused", "id": message["id"], "why": why, "anew": self._has_changed})
            return None
        kernel = self._fork()
        if kernel == 0:
            from oko_lib.lab.request import KernelRequest

            return KernelRequest.from_json(message["kernel"])
        self._kernels.add(kernel)
        self._tell({"event": "forked", "id": message["id"], "pid": kernel})
        return None

    def _look_for_changes(self) -> bool:
        self._has_changed = self._has_changed or fingerprint() != self._sources
        return self._has_changed

    def _fork(self) -> int:
        """Fork; returns in the parent only when the child leads its own group, so that signals reach it and its own."""
        wait, done = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            # Threads of numerical libraries, which survive a fork; those that do not are kept out of this process.
            warnings.simplefilter("ignore", DeprecationWarning)
            kernel = os.fork()
        if kernel:
            os.close(done)
            os.read(wait, 1)
            os.close(wait)
            return kernel
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._channel.close()
        for end in (wait, done, self._wake, self._bell):
            os.close(end)
        return 0

    def _report_ends(self) -> None:
        for kernel in tuple(self._kernels):
            try:
                ended, status = os.waitpid(kernel, os.WNOHANG)
            except ChildProcessError:
                ended, status = kernel, 1 << 8
            if ended:
                self._kernels.discard(kernel)
                self._tell({"event": "ended", "pid": kernel, "code": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._channel.sendall(encode(message))
        except OSError:
            self._end()

    def _start_anew(self) -> NoReturn:
        """Import the changed code in a fresh interpreter that goes on under this process's number."""
        for end in (self._channel.fileno(), self._lifeline):
            os.set_inheritable(end, True)
        kernels = ",".join(str(kernel) for kernel in sorted(self._kernels))
        given = [str(self._channel.fileno()), str(self._lifeline), kernels]
        os.execv(sys.executable, [*_interpreter(), "-m", __spec__.name, *given])

    def _end(self) -> NoReturn:
        """Nobody is left to serve: neither are the kernels."""
        for kernel in self._kernels:
            try:
                os.killpg(kernel, signal.SIGKILL)
            except OSError:
                continue
        os._exit(0)


def _interpreter() -> list[str]:
    """Return the command of this interpreter with the options it was started with, up to what it runs."""
    command = sys.orig_argv
    return [sys.executable, *command[1 : command.index("-m")]]


def watch_lifeline(lifeline: int) -> None:
    """End this kernel, and what it has started in its group, as soon as the server is gone."""

    def wait() -> None:
        os.read(lifeline, 1)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=wait, name="oko-lifeline", daemon=True).start()


def main(arguments: list[str]) -> None:
    """Serve over the descriptors given; in a fork, become the kernel."""
    channel = socket.socket(fileno=int(arguments[0]))
    lifeline = int(arguments[1])
    kernels = {int(kernel) for kernel in arguments[2].split(",") if kernel}
    for end in (channel.fileno(), lifeline):
        os.set_inheritable(end, False)
    # Ctrl-C in the terminal is for the server, which asks first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = ForkServer(channel, lifeline, kernels)
    server.warm_up()
    request = server.serve()
    if request is not None:
        from oko_lib.lab.become import become_kernel

        watch_lifeline(lifeline)
        become_kernel(request, parent_handle=1)


if __name__ == "__main__":
    main(sys.argv[1:])
