"""Markdown of the notebook → Typst or HTML, through one pandoc process for all texts of a report.

Starting pandoc costs 60 ms and more, so every text of a notebook goes in one call, and what was converted once in this
process (or in the parent it was forked from) is remembered.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

Target = Literal["typst", "html"]

_FILTER = Path(__file__).with_name("markdown_typst.lua")
_READER = "gfm+tex_math_dollars+raw_html"
_SEPARATOR = "okoseparatorx{}x"
_KEPT = 4000

# Jupyter shows a bare LaTeX environment as a formula; Markdown knows only formulas between dollars.
_ENVIRONMENT = re.compile(
    r"^[ \t]*\\begin\{(equation|align|aligned|gather|gathered|multline|eqnarray|cases|[pbvBV]?matrix|split)(\*?)\}"
    r".*?\\end\{\1\2\}[ \t]*$",
    re.DOTALL | re.MULTILINE,
)
_FENCE_OR_FORMULA = re.compile(r"(```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|\$\$.*?\$\$)", re.DOTALL)
# Texts with references or footnotes would share them with their neighbours; those go alone.
_HAS_REFERENCES = re.compile(r"^\s{0,3}\[[^\]]+\]:", re.MULTILINE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ue000\ue001]")

_done: dict[tuple[Target, str], str] = {}


class MarkdownError(RuntimeError):
    """Pandoc could not be run or refused the text."""


def convert(texts: Iterable[str], target: Target) -> list[str]:
    """Convert Markdown texts, each on its own, with as few pandoc calls as possible.

    Parameters
    ----------
    texts : iterable of str
        Markdown as Jupyter writes it (GitHub flavour, formulas in dollars, raw HTML).
    target : {"typst", "html"}

    Returns
    -------
    list of str
        Markup in the order of ``texts``. In Typst, images and raw HTML blocks are left as marks
        ``U+E000 name:hex:hex U+E001`` for the caller, which knows the attachments and the folder.

    Raises
    ------
    MarkdownError
        Pandoc is missing or does not take the text.
    """
    wanted = list(texts)
    missing = list(dict.fromkeys(text for text in wanted if (target, text) not in _done))
    if len(_done) > _KEPT:
        _done.clear()
        missing = list(dict.fromkeys(wanted))
    together = [text for text in missing if not _HAS_REFERENCES.search(text)]
    parts = _convert_together(together, target)
    for text, part in zip(together, parts, strict=True):
        _done[target, text] = part
    for text in missing:
        if (target, text) not in _done:
            _done[target, text] = _run(prepare(text), target)
    return [_done[target, text] for text in wanted]


def prepare(text: str) -> str:
    """Put bare LaTeX environments between dollars and drop characters no format can carry."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n"))
    if r"\begin{" not in text:
        return text
    parts = _FENCE_OR_FORMULA.split(text)
    parts[::2] = [_ENVIRONMENT.sub(lambda found: f"$$\n{found[0].strip()}\n$$", part) for part in parts[::2]]
    return "".join(parts)


def _convert_together(texts: list[str], target: Target) -> list[str]:
    if not texts:
        return []
    if len(texts) == 1:
        return [_run(prepare(texts[0]), target)]
    source = "\n\n".join(f"{prepare(text)}\n\n{_SEPARATOR.format(number)}" for number, text in enumerate(texts))
    result = _run(source + "\n", target)
    parts = re.split(r"(?:<p>)?okoseparatorx(\d+)x(?:</p>)?", result)
    # An open fence or HTML comment swallows the separators behind it: then each text goes alone.
    if [int(number) for number in parts[1::2]] == list(range(len(texts))) and not parts[-1].strip():
        return [part.strip("\n") for part in parts[:-1:2]]
    return [_run(prepare(text), target) for text in texts]


@cache
def _pandoc() -> str:
    import pypandoc

    try:
        return pypandoc.get_pandoc_path()
    except OSError as error:
        raise MarkdownError("pandoc не найден: установите пакет pypandoc-binary") from error


def _run(source: str, target: Target) -> str:
    command = [_pandoc(), "-f", _READER, "-t", target, "--wrap=none", "--sandbox"]
    command += [f"--lua-filter={_FILTER}"] if target == "typst" else ["--mathml"]
    hide_window = {"creationflags": subprocess.CREATE_NO_WINDOW} if sys.platform == "win32" else {}
    try:
        done = subprocess.run(
            command, input=source.encode(), capture_output=True, timeout=60, check=True, **hide_window
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise MarkdownError(f"pandoc не справился с текстом: {error}") from error
    return done.stdout.decode("utf-8").replace("\r\n", "\n").strip("\n")
