"""Turn this process, in which everything is imported, into the kernel that was asked for."""

from __future__ import annotations

import importlib
import os
import random
import sys
import time
from typing import Any

from oko_lib.lab.request import KernelRequest

_INLINE = "inline"
_OWN = ("JPY_INTERRUPT_EVENT", "IPY_INTERRUPT_EVENT", "JPY_PARENT_PID")


def become_kernel(request: KernelRequest, parent_handle: int | None = None) -> None:
    """Run the kernel until it is shut down.

    Parameters
    ----------
    request : KernelRequest
        Command line, environment, folder.
    parent_handle : int or None
        What the kernel watches to learn that its server has gone; None for what the environment says, 1 for nothing.
    """
    _take_environment(request)
    _reseed()
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [launcher.origin if launcher and launcher.origin else "ipykernel_launcher", *request.arguments]
    from ipykernel.kernelapp import IPKernelApp

    options: dict[str, Any] = {}
    if parent_handle is not None:
        options["parent_handle"] = parent_handle
    if _draws_inline(request.environment):
        # Said outright: it is announced to the first shell that imports matplotlib, and that was not this kernel's.
        options["matplotlib"] = _INLINE
    app = IPKernelApp.instance(**options)
    app.initialize(sys.argv[1:])
    app.start()


def _take_environment(request: KernelRequest) -> None:
    # Who may interrupt this process and whose child it is was settled at its start.
    own = {
        name: os.environ[name]
        for name in ("JPY_INTERRUPT_EVENT", "IPY_INTERRUPT_EVENT", "JPY_PARENT_PID")
        if name in os.environ
    }
    os.environ.clear()
    os.environ.update(request.environment)
    os.environ.update(own)
    os.chdir(request.folder)
    if hasattr(time, "tzset"):
        time.tzset()
    importlib.invalidate_caches()


def _reseed() -> None:
    """Give this kernel its own chance numbers: all forks of a process inherit the same."""
    import numpy as np

    random.seed()
    np.random.seed()  # noqa: NPY002


def _draws_inline(environment: dict[str, str]) -> bool:
    backend = environment.get("MPLBACKEND", "")
    if not backend or backend.endswith((_INLINE, "backend_inline")):
        return True
    import matplotlib as mpl

    mpl.use(backend, force=False)
    return False
