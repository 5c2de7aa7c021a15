"""Text that is safe inside Typst markup.

Everything that goes from data into Typst passes through here: «Гимназия № 1 #[ab]» must print as written.
"""

from __future__ import annotations

import re

# Typst treats all of these as line ends, so they are made one kind before anything else.
_NEWLINES = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# Control characters and lone surrogates can neither be drawn nor, for the latter, be written as UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile(r"""[\\#$*_`<>@~\-+=/\[\]"'{}&|^:;%]""")
_ENUM_DOT = re.compile(r"(?<=\d)\.(?=\s|$)")
_JOINT = re.compile(r"(?<=\w[_/.])(?=[^\W\d_]|\d+\b(?![.,]))")
_LONG_RUN = re.compile("[^\\s\u200b]{25,}")
_LONG_NAME = re.compile(r"\b(?=\S*[^\W\d_])\w[\w/.]{9,}")

ZERO_WIDTH_SPACE = "\u200b"


def clean(text: object) -> str:
    """Return ``text`` as a string without control characters, with ``\\n`` as its only line end."""
    return _UNPRINTABLE.sub("", _NEWLINES.sub("\n", str(text)))


def escape(text: object) -> str:
    """Escape ``text`` for Typst content mode (inside ``[...]`` or at top level).

    Parameters
    ----------
    text : object
        Anything; it is taken through ``str``.

    Returns
    -------
    str
        One line of markup that prints exactly ``text``. Line ends become Typst line breaks; a run of plain spaces
        prints as one space, as in any markup.

    Examples
    --------
    >>> escape("№ 5 [корпус #2]")
    '№ 5 \\\\[корпус \\\\#2\\\\]'
    """
    # Blanks at the ends go first: a line break left at the very end would escape the bracket that follows.
    escaped = _SPECIAL.sub(r"\\\g<0>", clean(text).replace("\t", "    ").strip(" \n"))
    escaped = _ENUM_DOT.sub(r"\\.", escaped).replace("...", r"\.\.\.")
    return " \\ ".join(line.strip(" ") for line in escaped.split("\n"))


def string(text: object) -> str:
    """Return ``text`` as a Typst string literal, quotes included (for code mode: alt texts, titles, raw blocks)."""
    body = clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{body}"'


def breakable(text: str, every: int = 20) -> str:
    """Let very long words break: runs over 24 characters every ``every`` characters, long names at their joints.

    Hyphenation knows words; a file hash, an address or a column name has no syllables and would run off the page.
    """
    text = _LONG_NAME.sub(lambda name: _JOINT.sub(ZERO_WIDTH_SPACE, name[0]), text)
    return _LONG_RUN.sub(
        lambda run: ZERO_WIDTH_SPACE.join(run[0][at : at + every] for at in range(0, len(run[0]), every)), text
    )
