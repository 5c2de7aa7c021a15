"""Text for consoles that cannot show everything: an old Windows code page must not stop a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: What our texts use and code pages 866 and 1251 lack, in their stead.
_PLAINER = str.maketrans(
    {"«": '"', "»": '"', "—": "-", "–": "-", "−": "-", "…": "...", "\u202f": " ", "\u00a0": " ", "≈": "~"}
)


def speakable(text: str, encoding: str) -> str:
    """Return `text` as a stream of this encoding can take it."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAINER).encode(encoding, errors="replace").decode(encoding)
    except LookupError:
        return text
    return text


def cropped(text: str, width: int) -> str:
    """Return `text` on one line of at most `width` cells; what is cut off is marked."""
    from rich.cells import cell_len, set_cell_size

    line = " ".join(text.splitlines())
    return line if cell_len(line) <= width else f"{set_cell_size(line, max(0, width - 3)).rstrip()}..."


class Speaker:
    """Says lines on a console as they are: no markup, no characters it cannot show.

    Parameters
    ----------
    out : Console
        The console.
    """

    def __init__(self, out: Console) -> None:
        self._out = out

    def line(self, text: str) -> None:
        """Print a line; long ones are left to the terminal to wrap."""
        self._out.print(speakable(text, self._out.encoding), markup=False, highlight=False, soft_wrap=True)

    def fitting(self, text: str, width: int) -> str:
        """Return `text` as one line of the console."""
        return cropped(speakable(text, self._out.encoding), width)
