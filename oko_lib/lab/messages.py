"""What the server of JupyterLab and its warm processes say to each other: one JSON object per line."""

from __future__ import annotations

import json
from typing import Any


def encode(message: dict[str, Any]) -> bytes:
    """Return `message` as one line; in ASCII, so that names in any encoding survive."""
    return json.dumps(message).encode("ascii") + b"\n"


class Decoder:
    """Messages out of pieces of a stream."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[dict[str, Any]]:
        """Return the messages that `piece` completes."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        return [json.loads(line) for line in lines if line]

    @property
    def is_between(self) -> bool:
        """Tell whether no message has begun and not ended."""
        return not self._rest
