"""How Jupyter gets its kernels: off a warm process where that gives the kernel asked for, else in the ordinary way."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from oko_lib.lab.request import KernelRequest
from oko_lib.lab.warm import warmth

NAME = "oko-warm"


class WarmProvisioner(LocalProvisioner):
    """Kernel provisioner ``oko-warm``; all but the start is Jupyter's own."""

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

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's group, unless the kernel has ended: its number may be another's by then."""
        if self.process is None or self.process.poll() is None:
            await super().send_signal(signum)
