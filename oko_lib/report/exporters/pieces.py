"""What of a notebook goes into a report, in order: the part all formats share.

A report shows markdown and results. Source code, prompts, parameters and everything tagged ``hide`` stay out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

HIDDEN_TAGS = frozenset({"hide", "parameters", "injected-parameters", "remove-cell", "remove_cell"})
HIDDEN_OUTPUT_TAGS = frozenset({"hide-output", "remove-output", "remove_output"})

OKO_MIME = "application/vnd.oko+json"
TYPST_MIME = "text/vnd.typst"
WIDGET_MIMES = (
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.plotly.v1+json",
    "application/vnd.vegalite",
    "application/vnd.bokehjs_exec",
    "application/javascript",
)
WIDGET_TEXT = "Интерактивный элемент: в печатной версии не показан."
ERROR_TEXT = "Расчёт этого фрагмента не завершён."

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_OBJECT_NAME = re.compile(
    r"<(Figure|Axes|matplotlib|seaborn|pandas\.io)[^>]*>|\[<matplotlib[^\]]*\]|Text\(.*\)", re.DOTALL
)

Kind = Literal["markdown", "output", "stream", "error"]


@dataclass(frozen=True)
class Piece:
    """One thing to print.

    ``kind`` markdown: ``text`` is its source, ``attachments`` its embedded files (name → {mime: base64}).
    ``kind`` output: ``data`` is the mime bundle, ``metadata`` the bundle's metadata. Others: ``text``.
    """

    kind: Kind
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()

    @property
    def semantic(self) -> Mapping[str, Any]:
        """The display object's own description (``application/vnd.oko+json``), empty for foreign output."""
        described = self.data.get(OKO_MIME)
        return described if isinstance(described, Mapping) else {}

    def mime_text(self, mime: str) -> str:
        """The bundle's ``mime`` as one string (nbformat allows a list of lines)."""
        value = self.data.get(mime, "")
        return "".join(map(str, value)) if isinstance(value, list) else str(value)

    @property
    def is_widget(self) -> bool:
        """Whether the output lives only in a browser."""
        return any(mime.startswith(WIDGET_MIMES) for mime in self.data)


def pieces(nb: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield what a report shows of ``nb``, in reading order; neighbouring stream outputs of a cell become one."""
    for cell in nb.get("cells", []):
        tags = frozenset(map(str, cell.get("metadata", {}).get("tags", ()) or ()))
        if tags & HIDDEN_TAGS:
            continue
        kind = cell.get("cell_type")
        if kind == "markdown":
            source = _joined(cell.get("source", ""))
            if source.strip():
                yield Piece("markdown", text=source, attachments=cell.get("attachments", {}) or {}, tags=tags)
        elif kind == "code" and not tags & HIDDEN_OUTPUT_TAGS:
            yield from _outputs(cell, tags)


def _outputs(cell: Mapping[str, Any], tags: frozenset[str]) -> Iterator[Piece]:
    stream = ""
    for output in cell.get("outputs", []):
        kind = output.get("output_type")
        if kind == "stream":
            # Warnings and progress bars (stderr) are for the person who runs the notebook, not for the reader.
            if output.get("name", "stdout") == "stdout":
                stream += _joined(output.get("text", ""))
            continue
        if stream.strip():
            yield Piece("stream", text=plain(stream), tags=tags)
        stream = ""
        if kind in ("display_data", "execute_result"):
            if output.get("data") and not _is_object_name(output["data"]):
                yield Piece("output", data=output["data"], metadata=output.get("metadata", {}) or {}, tags=tags)
        elif kind == "error":
            yield Piece("error", text=plain(f"{output.get('ename', '')}: {output.get('evalue', '')}"), tags=tags)
    if stream.strip():
        yield Piece("stream", text=plain(stream), tags=tags)


def _is_object_name(data: Mapping[str, Any]) -> bool:
    """``<Axes: >``, left behind by the last line of a plotting cell, tells a reader nothing."""
    return set(data) == {"text/plain"} and bool(_OBJECT_NAME.fullmatch(_joined(data["text/plain"]).strip()))


def plain(text: str) -> str:
    """Text without terminal colours; of a line rewritten by carriage returns only the last state is kept."""
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)
