"""How much a browser may hand to a kernel at once: uploaded files arrive as one message."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

#: A region's largest export is some tens of megabytes; the message is in memory three times while it passes.
LARGEST_MB = 100
#: Of a server that was not started by ``oko lab`` (tornado's ``websocket_max_message_size``).
STOCK_MB = 10
_VARIABLE = "OKO_LARGEST_UPLOAD_MB"


def allow_large_uploads(server: ServerApp) -> None:
    """Let a server take messages of `LARGEST_MB`, and tell its kernels so; a larger one breaks the connection."""
    server.web_app.settings["websocket_max_message_size"] = LARGEST_MB * 2**20
    os.environ[_VARIABLE] = str(LARGEST_MB)


def largest_upload_mb() -> int:
    """Return what the server of this kernel takes at once, megabytes."""
    return int(os.environ.get(_VARIABLE, STOCK_MB))
