"""Compile markup as the PDF exporter's page would, with the shipped fonts only."""

from __future__ import annotations

import io

import typst
from pypdf import PdfReader

from oko_lib.report.style import FONT_DIR

_PAGE = (
    '#set page(paper: "a4", margin: (left: 25mm, right: 20mm, y: 20mm))\n'
    '#set text(lang: "ru", font: "PT Serif", size: 10.5pt)\n#set par(justify: true)\n'
)


def pages(*objects: object, before: str = "") -> list[str]:
    """Return the text of every page the objects' Typst forms make; a compile error fails the test."""
    markup = "\n\n".join(item._repr_mimebundle_()["text/vnd.typst"] for item in objects)
    made = typst.compile(
        (_PAGE + before + "\n\n" + markup).encode(), font_paths=[str(FONT_DIR)], ignore_system_fonts=True
    )
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


def squeezed(text: str) -> str:
    """Text without any spaces: how a line is broken on the page does not matter."""
    return "".join(text.split())
