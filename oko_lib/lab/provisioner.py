"""How Jupyter gets its kernels: off a warm process where that gives the kernel asked for, else in the ordinary way."""

from __future__ import annotations

import asyncio
import os
import pathlib
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from oko_lib.lab.request import KernelRequest
from oko_lib.lab.warm import warmth

NAME = "oko-warm"

#: Seconds after which nothing sent to a kernel that has gone can reach its successor at the same address: Jupyter's
#: manager keeps trying for 0.1 s. An ordinary kernel is not there so soon; a warm one is, and would obey the request to
#: shut down that was meant for the dead.
_UNHEARD = 0.25


class WarmProvisioner(LocalProvisioner):
    """Kernel provisioner ``oko-warm``; all but the start is Jupyter's own."""

    _was_unheard = False

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel `cmd` describes."""
        process = None
        request = KernelRequest.of(cmd, kwargs)
        if request is not None:
            try:
                process = await warmth().kernel(request)
            except Exception:
                # Whatever is wrong with what is meant to save seconds, the kernel has to start.
                self.log.exception("oko: no warm kernel, starting an ordinary one")
        if request is None or process is None:
            self.log.info("oko: ordinary kernel")
            return await super().launch_kernel(cmd, **kwargs)
        self.process = process
        self.pid = process.pid
        # A kernel of either kind leads its own group.
        self.pgid = process.pid if hasattr(os, "getpgid") else None
        self.cwd = pathlib.Path(request.folder)
        return self.connection_info

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Note whether there was anybody to hear the request."""
        self._was_unheard = self.process is None or self.process.poll() is not None
        await super().shutdown_requested(restart)

    async def wait(self) -> int | None:
        """Wait for the end of the kernel; returns its exit code."""
        code = await super().wait()
        self._was_unheard = self._was_unheard or bool(code)
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Clean up; before a restart, let a request die that the kernel did not hear."""
        await super().cleanup(restart)
        if restart and self._was_unheard:
            await asyncio.sleep(_UNHEARD)
        self._was_unheard = False

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's group, unless the kernel has ended: its number may be another's by then."""
        if self.process is None or self.process.poll() is None:
            await super().send_signal(signum)
