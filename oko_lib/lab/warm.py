"""What a server keeps warm: one fork server or one spare kernel, started ahead of the first kernel."""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, Any

from oko_lib.lab.request import KernelRequest
from oko_lib.lab.sources import fingerprint

if TYPE_CHECKING:
    import subprocess

    from oko_lib.lab.forking import ForkedKernel, WarmProcess
    from oko_lib.lab.spares import Reserve

#: ``fork``, ``spare`` or ``plain``: for tests, and for a machine where something goes wrong.
METHOD_VARIABLE = "OKO_KERNELS"


class Warmth:
    """The warm processes of one server."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.warm: WarmProcess | None = None
        self.reserve: Reserve | None = None
        self._ended: list[WarmProcess] = []
        self._failed_with = ""

    def start(self) -> None:
        """Start what is to be warm; returns at once."""
        if self.method == "fork":
            self._start_fork_server()
        elif self.method == "spare":
            from oko_lib.lab.spares import Reserve

            self.reserve = self.reserve or Reserve()
            self.reserve.fill()

    def _start_fork_server(self) -> None:
        from oko_lib.lab.forking import WarmProcess

        if self.warm is not None:
            if self.warm.state != "gone":
                return
            # Kept for the kernels that go on without it: they end when this process does.
            self._ended.append(self.warm)
            if self.warm.refusal:
                self._failed_with = fingerprint()
            self.warm = None
        if fingerprint() != self._failed_with:
            self.warm = WarmProcess()

    async def kernel(self, request: KernelRequest) -> ForkedKernel | subprocess.Popen | None:
        """Return a kernel with everything imported, None where an ordinary one has to do."""
        self.start()
        if self.warm is not None:
            return await self.warm.fork(request)
        if self.reserve is not None:
            return self.reserve.take(request)
        return None

    def close(self) -> None:
        """End everything warm, and the kernels forked off it."""
        for process in (*self._ended, *filter(None, [self.warm])):
            process.close()
        self._ended.clear()
        self.warm = None
        if self.reserve is not None:
            self.reserve.close()


_warmth: Warmth | None = None
_owner = 0


def warmth() -> Warmth:
    """Return what is warm in this process."""
    global _warmth, _owner
    if _warmth is None or _owner != os.getpid():
        _warmth, _owner = Warmth(_method()), os.getpid()
        atexit.register(_close, _owner)
    return _warmth


def close() -> None:
    """End everything warm in this process; the next kernel starts it anew."""
    global _warmth
    if _warmth is not None and _owner == os.getpid():
        _warmth.close()
        _warmth = None


def _close(owner: int) -> None:
    if owner == os.getpid():
        close()


def _method() -> str:
    said: Any = os.environ.get(METHOD_VARIABLE)
    if said in ("fork", "spare", "plain"):
        return said
    # As for reports: the libraries of macOS do not survive a fork.
    return "fork" if hasattr(os, "fork") and sys.platform != "darwin" else "spare"
