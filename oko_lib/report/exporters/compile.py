"""Blocks → PDF: the document is put together, compiled, and whatever the compiler refuses is framed, never fatal.

The compiler's threads do not survive a fork: nothing here may run in a process that forks afterwards.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from oko_lib.report.typst_state import note_compilation

from ..typst_escape import string
from .blocks import Block, contents_place
from .font_metrics import FONT_DIR
from .images import Assets
from .meta import ReportMeta

_TEMPLATE = Path(__file__).with_name("template.typ")
_GUILTY = re.compile(r"\bblock-(\d+)\.typ")
_IMPORT = '#import "template.typ": *\n'
# Accessible PDF first; if some foreign block stands against it, tagged PDF all the same.
_STANDARDS: tuple[list[str], ...] = (["ua-1"], [])


class PdfError(RuntimeError):
    """The document cannot be compiled even with every block framed: the installation is damaged."""


@cache
def load_fonts() -> Any:
    import typst

    # Only the shipped fonts and those inside the compiler (formulas, fallback): the same PDF on every machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONT_DIR)])


def compile_pdf(blocks: list[Block], assets: Assets, meta: ReportMeta) -> bytes:
    """Compile blocks into a PDF; equal input gives equal bytes.

    Raises
    ------
    PdfError
        Nothing can be compiled at all.
    """
    with tempfile.TemporaryDirectory(prefix="oko-pdf-") as name:
        return _Compilation(Path(name), blocks, assets, meta).run()


class _Compilation:
    def __init__(self, folder: Path, blocks: list[Block], assets: Assets, meta: ReportMeta) -> None:
        import typst

        self._error = typst.TypstError
        self._folder = folder
        self._blocks = list(blocks)
        self._framed: set[int] = set()
        self._meta = meta
        (folder / "template.typ").write_bytes(_TEMPLATE.read_bytes())
        for file_name, data in assets.files.items():
            (folder / file_name).write_bytes(data)
        for number in range(len(blocks)):
            self._write_block(number)
        self._main = folder / "main.typ"
        self._main.write_text(document(self._blocks, meta), encoding="utf-8")
        self._compiler = typst.Compiler(root=str(folder), font_paths=load_fonts(), ignore_system_fonts=True)

    def run(self) -> bytes:
        for _ in range(3):
            pdf = self._attempt()
            if pdf is not None:
                return pdf
            # Each block alone: finds every bad one at once.
            bad = [n for n in range(len(self._blocks)) if n not in self._framed and not self._stands_alone(n)]
            if not bad:
                break
            for number in bad:
                self._frame(number)
        pdf = self._attempt()
        if pdf is not None:
            return pdf
        for number in range(len(self._blocks)):
            self._frame(number)
        pdf = self._attempt()
        if pdf is None:
            raise PdfError("не удалось собрать PDF: шаблон или шрифты пакета повреждены; переустановите oko-lib")
        return pdf

    def _attempt(self) -> bytes | None:
        """Compile; frame the blocks the compiler names as the cause; None when it names none."""
        for _ in range(len(self._blocks) + 2):
            error = None
            for standards in _STANDARDS:
                try:
                    return self._compile(self._main, standards)
                except self._error as raised:
                    error = raised
            named = {int(number) for number in _GUILTY.findall(error.diagnostic)[:1]} - self._framed
            if not named:
                return None
            for number in named:
                self._frame(number)
        return None

    def _compile(self, path: Path, standards: list[str]) -> bytes:
        note_compilation()
        made = self._compiler.compile(
            str(path), format="pdf", pdf_standards=standards, timestamp=self._meta.timestamp, pdf_tags=True
        )
        return made if isinstance(made, bytes) else b"".join(made)

    def _stands_alone(self, number: int) -> bool:
        probe = self._folder / "probe.typ"
        probe.write_text(document([self._blocks[number]], self._meta, first=number), encoding="utf-8")
        try:
            self._compile(probe, [])
        except self._error:
            return False
        return True

    def _frame(self, number: int) -> None:
        self._framed.add(number)
        self._blocks[number] = self._blocks[number].framed()
        self._write_block(number)

    def _write_block(self, number: int) -> None:
        markup = _IMPORT + self._blocks[number].markup
        (self._folder / f"block-{number}.typ").write_text(markup, encoding="utf-8", newline="\n")


def document(blocks: list[Block], meta: ReportMeta, first: int = 0) -> str:
    """Return the main Typst file: page set-up and one include per block.

    A file per block keeps a syntax error inside its block and lets the compiler name the block it refuses.
    """
    details = "; ".join(f"{name}: {value}" for name, value in meta.fingerprint.items())
    words = ", ".join(string(word) for word in (meta.municipality, meta.direction, str(meta.year)) if word)
    lines = [
        '#import "template.typ": *',
        "#show: oko-report.with(",
        f"  title: {string(meta.title)}, author: {string(meta.author)}, lang: {string(_language(meta.lang))},",
        f"  header: {string(meta.running_header)}, mark: {string(meta.mode_mark)},",
        f"  fingerprint: {string(meta.fingerprint_short)}, description: {string(details)},",
        f"  keywords: ({words}{',' if words else ''}),",
        ")",
    ]
    if not any(block.role == "title" for block in blocks) and not _begins_with_heading(blocks):
        lines.append(f"#oko-default-title({string(meta.title)}, {string(meta.running_header)})")
    blocks = _with_headings_turned(blocks)
    contents = contents_place(blocks)
    number = 0
    while number < len(blocks):
        if number == contents:
            lines += ["#oko-contents()", ""]
            contents = None
        turned = number
        while turned < len(blocks) and blocks[turned].landscape:
            turned += 1
        if turned > number:  # neighbours share the turned page
            inner = "\n".join(f'#include "block-{first + n}.typ"\n' for n in range(number, turned))
            lines += [f"#page(flipped: true)[{inner}]", ""]
            number = turned
        else:
            lines += [f'#include "block-{first + number}.typ"', ""]  # a blank line ends the paragraph
            number += 1
    return "\n".join(lines) + "\n"


def _with_headings_turned(blocks: list[Block]) -> list[Block]:
    """Turn the headings before a turned block with it: a heading never stands last on a page."""
    turned = list(blocks)
    for number in range(len(turned) - 2, -1, -1):
        if turned[number + 1].landscape and turned[number].is_heading_only:
            turned[number] = replace(turned[number], landscape=True)
    return turned


def _begins_with_heading(blocks: list[Block]) -> bool:
    return bool(blocks) and blocks[0].starts_with_heading


def _language(lang: str) -> str:
    code = lang.split("-")[0].lower()
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 else "ru"
