"""Paragraphs built from results: prose of a report that is not fixed in its notebook."""

from __future__ import annotations

import re

from IPython.display import Markdown

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~^])")


def escaped(text: str) -> str:
    """Return `text` with Markdown's special characters made harmless."""
    return _SPECIAL.sub(r"\\\1", text)


def paragraph(*sentences: str) -> Markdown:
    """Return sentences as one paragraph; empty ones are left out.

    Parameters
    ----------
    *sentences : str
        Finished sentences in plain text, each from a result object.
    """
    return Markdown(escaped(" ".join(sentence.strip() for sentence in sentences if sentence.strip())))
