"""Pictures of a notebook: found, checked, measured, made ready for Typst.

A missing or broken picture is fatal to the Typst compiler, so none reaches it unchecked.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from lxml import etree

from ..typst_escape import string
from .table_layout import PORTRAIT_WIDTH

MAX_HEIGHT = 640.0  # points; a page has 254 mm = 720 pt of text, the caption needs its share
DEFAULT_ALT = "Рисунок"

_MAGIC = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif", b"RIFF": "webp"}
_UNITS = {"": 0.75, "px": 0.75, "pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "pc": 12.0}
_LENGTH = re.compile(r"^\s*([\d.]+)\s*(px|pt|in|cm|mm|pc|)\s*$")
# Families of matplotlib's default style list; drawn in the report's own face so that a PDF is the same everywhere.
_SANS = re.compile(
    r"(['\"]?)(?:DejaVu Sans(?! Mono)|Bitstream Vera Sans(?! Mono)|Arial|Helvetica|Verdana)\1|\bsans-serif\b"
)
_SIZE_OF_UNKNOWN = (PORTRAIT_WIDTH * 0.7, PORTRAIT_WIDTH * 0.45)


@dataclass(frozen=True)
class Picture:
    """A checked picture: its bytes, file type and natural size in points."""

    data: bytes
    suffix: str
    width: float
    height: float


@dataclass
class Assets:
    """Pictures of one document, by the file name Typst knows them by."""

    files: dict[str, bytes] = field(default_factory=dict)

    def markup(self, picture: Picture, alt: str, max_width: float = PORTRAIT_WIDTH) -> str:
        """Keep the picture and return Typst code (no leading ``#``) that shows it no larger than the text block."""
        name = f"{hashlib.sha256(picture.data).hexdigest()[:16]}.{picture.suffix}"
        self.files[name] = picture.data
        scale = min(1.0, max_width / picture.width, MAX_HEIGHT / picture.height)
        alt_text = string(" ".join(alt.split()) or DEFAULT_ALT)
        return f'image("{name}", width: {picture.width * scale:.1f}pt, alt: {alt_text})'


def read_svg(source: str | bytes) -> Picture | None:
    """Check and normalise an SVG; None if it is not one or has no size."""
    raw = source.encode("utf-8", "replace") if isinstance(source, str) else source
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if etree.QName(root).localname != "svg":
        return None
    size = _svg_size(root)
    if size is None:
        return None
    for node in root.iter("{*}text", "{*}tspan", "{*}g", "{*}style"):
        for name in ("style", "font-family"):
            if node.get(name):
                node.set(name, _SANS.sub("'PT Sans'", node.get(name)))
        if node.text and etree.QName(node).localname == "style":
            node.text = _SANS.sub("'PT Sans'", node.text)
    root.set("width", f"{size[0]:.2f}pt")
    root.set("height", f"{size[1]:.2f}pt")
    return Picture(etree.tostring(root), "svg", *size)


def read_raster(data: bytes, shown: Mapping[str, object] | None = None) -> Picture | None:
    """Check a PNG, JPEG, GIF or WebP; None if it is none of them.

    ``shown`` may give the ``width`` and ``height`` the notebook shows it at, in CSS pixels.
    """
    suffix = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if suffix is None:
        return None
    width, height = _SIZE_OF_UNKNOWN
    if suffix == "png":
        size = _png_size(data)
        if size is None:
            return None
        width, height = size
    if shown:
        try:
            wanted = float(str(shown.get("width"))) * 0.75
            width, height = wanted, height * wanted / width
        except (TypeError, ValueError):
            pass
    return Picture(data, suffix, width, height) if width > 0 and height > 0 else None


def find(src: str, attachments: Mapping[str, Mapping[str, str]], folder: Path | None) -> Picture | None:
    """Find the picture a text refers to: an attachment, a ``data:`` address or a file; never the network.

    Returns None when it is missing or cannot be read, so that the caller can say so on the page.
    """
    if src.startswith("attachment:"):
        for mime, body in attachments.get(unquote(src[len("attachment:") :]), {}).items():
            return _decoded(mime, body)
        return None
    if src.startswith("data:"):
        head, _, body = src[5:].partition(",")
        if head.endswith(";base64"):
            return _decoded(head.split(";")[0], unquote(body))
        return read_svg(unquote_to_bytes(body)) if head.startswith("image/svg") else None
    if re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]+:", src) or src.startswith("//"):
        return None
    try:
        path = (folder or Path()) / unquote(src.split("?")[0].split("#")[0])
        data = path.read_bytes()
    except (OSError, ValueError):
        return None
    return read_svg(data) if path.suffix.lower() == ".svg" else read_raster(data)


def decode(body: object) -> bytes:
    """Return the bytes of a base64 text as notebooks keep it; empty if it is not base64."""
    text = "".join(map(str, body)) if isinstance(body, list) else body
    if isinstance(text, bytes):
        return text
    try:
        return base64.b64decode(str(text), validate=False)
    except (binascii.Error, ValueError):
        return b""


def _decoded(mime: str, body: object) -> Picture | None:
    data = decode(body)
    return read_svg(data) if mime.startswith("image/svg") else read_raster(data)


def _svg_size(root: etree._Element) -> tuple[float, float] | None:
    sizes = [_length(root.get(name)) for name in ("width", "height")]
    try:
        box = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    except ValueError:
        box = []
    if len(box) == 4 and box[2] > 0 and box[3] > 0:
        if None in sizes:
            width = sizes[0] or box[2] * 0.75
            sizes = [width, width * box[3] / box[2]]
    elif None in sizes:
        return None
    else:
        root.set("viewBox", f"0 0 {sizes[0] / 0.75:g} {sizes[1] / 0.75:g}")
    return (sizes[0], sizes[1]) if sizes[0] > 0 and sizes[1] > 0 else None


def _length(text: str | None) -> float | None:
    found = _LENGTH.match(text or "")
    try:
        return float(found[1]) * _UNITS[found[2]] if found else None
    except ValueError:
        return None


def _png_size(data: bytes) -> tuple[float, float] | None:
    """Size in points from the header, by the resolution the file states, else 96 dpi. None if the file is cut short."""
    if len(data) < 33 or b"IEND" not in data[-16:]:
        return None
    width, height = struct.unpack(">II", data[16:24])
    per_point = 96 / 72
    at = data.find(b"pHYs", 33, 4096)
    if at > 0:
        x_per_metre, _, unit = struct.unpack(">IIB", data[at + 4 : at + 13])
        if unit == 1 and x_per_metre > 0:
            per_point = x_per_metre * 0.0254 / 72
    return (width / per_point, height / per_point) if width and height else None
