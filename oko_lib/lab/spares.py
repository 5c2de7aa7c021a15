"""The server's side of spare kernels: one in reserve, its imports done or under way."""

from __future__ import annotations

import os
import subprocess
import sys

from jupyter_client.launcher import launch_kernel

from oko_lib.lab.messages import encode
from oko_lib.lab.request import KernelRequest, early_variables
from oko_lib.lab.sources import fingerprint


class Reserve:
    """One process waiting to become a kernel."""

    def __init__(self) -> None:
        self._spare: subprocess.Popen | None = None
        self._sources = ""
        self._environment: dict[str, str] = {}

    @property
    def pid(self) -> int | None:
        """Return the number of the spare's process, None if there is none."""
        return None if self._spare is None else self._spare.pid

    def fill(self) -> None:
        """Start a spare if there is none, or if the one there holds code that has changed since."""
        sources = fingerprint()
        if self._spare is not None and self._spare.poll() is None and sources == self._sources:
            return
        self.close()
        self._sources = sources
        self._environment = dict(os.environ)
        command = [sys.executable, "-m", "oko_lib.lab.spare_kernel"]
        # Jupyter's own launcher: on Windows it also makes the event by which a kernel is interrupted.
        # Python looks for modules where it is started: not among the user's files.
        self._spare = launch_kernel(command, stdin=subprocess.PIPE, env=dict(os.environ), cwd=sys.prefix)

    def take(self, request: KernelRequest) -> subprocess.Popen | None:
        """Make the spare the kernel that is asked for and start another; None if it cannot be that kernel."""
        spare = self._spare
        if (
            spare is None
            or spare.poll() is not None
            or fingerprint() != self._sources
            or early_variables(request.environment) != early_variables(self._environment)
        ):
            self.fill()
            return None
        self._spare = None
        assert spare.stdin is not None
        try:
            spare.stdin.write(encode(request.to_json()))
            spare.stdin.close()
        except OSError:
            spare.kill()
            spare.wait()
            return None
        finally:
            self.fill()
        return spare

    def close(self) -> None:
        """End the spare."""
        spare, self._spare = self._spare, None
        if spare is None:
            return
        assert spare.stdin is not None
        spare.stdin.close()
        spare.kill()
        spare.wait()
