"""TeX formulas as Word equations, all of a report in one pandoc call."""

from __future__ import annotations

import io
import logging
import subprocess
import zipfile
from copy import deepcopy

from lxml import etree

_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_log = logging.getLogger(__name__)


def word_equations(formulas: list[str]) -> dict[str, etree._Element]:
    """Return formula → ``m:oMath`` element; formulas pandoc cannot convert are left out and stay TeX text.

    Parameters
    ----------
    formulas : list of str
        TeX without dollars.
    """
    wanted = list(dict.fromkeys(formula.strip() for formula in formulas if formula.strip()))
    if not wanted:
        return {}
    try:
        found = _convert(wanted)
        if len(found) != len(wanted):  # one of them is broken: find out which
            found = [item for formula in wanted for item in (_convert([formula]) or [None])[:1]]
    except (OSError, subprocess.SubprocessError, zipfile.BadZipFile) as error:
        _log.warning("formulas stay text: %s", error)
        return {}
    return {formula: item for formula, item in zip(wanted, found, strict=True) if item is not None}


def _convert(formulas: list[str]) -> list[etree._Element]:
    import pypandoc

    source = "\n\n".join(f"$${' '.join(formula.split())}$$" for formula in formulas)
    done = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "markdown", "-t", "docx", "--sandbox", "-o", "-"],
        input=source.encode(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    return [deepcopy(item) for item in root.iter(f"{_MATH}oMath")]
