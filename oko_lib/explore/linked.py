"""Figure and table on the screen, linked by the units they show."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).resolve().parent


class LinkedView(anywidget.AnyWidget):
    """A figure beside its table: what is picked in one is marked in the other.

    Everything that is shown changes together, when ``serial`` does.
    """

    _esm = _HERE / "linked.js"
    _css = _HERE / "linked.css"

    #: SVG of the figure and its caption; empty for none.
    figure = traitlets.Unicode("").tag(sync=True)
    #: HTML of the table.
    table = traitlets.Unicode("").tag(sync=True)
    #: What the report says of it.
    text = traitlets.Unicode("").tag(sync=True)
    #: Unit of every row of the table, "" for rows that are no unit's.
    row_units = traitlets.List(traitlets.Unicode()).tag(sync=True)
    #: Unit, x, y in points of the figure.
    spots = traitlets.List().tag(sync=True)
    #: Unit → name.
    names = traitlets.Dict().tag(sync=True)
    #: Unit that is picked, "" for none; set from either side.
    picked = traitlets.Unicode("").tag(sync=True)
    #: Number of the drawing.
    serial = traitlets.Int(0).tag(sync=True)

    def download(self, name: str, kind: str, content: bytes) -> None:
        """Have the browser save a file: it comes over the kernel's own connection, not from an address."""
        self.send({"do": "save", "name": name, "kind": kind}, buffers=[content])
