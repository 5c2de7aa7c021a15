"""What the pages beside the reports of a year have in common: the look, and links to files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

_FORMATS_RU = {"pdf": "PDF", "html": "HTML", "docx": "Word", "xlsx": "Excel", "ipynb": "тетрадь"}

_PAGE = """<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 "PT Sans", "Segoe UI", Arial, sans-serif; color: #222; max-width: 64rem; margin: 2rem auto;
  padding: 0 1rem; }}
h1 {{ font-size: 1.5rem; color: #1f3a5f; margin-bottom: .25rem; }}
h2 {{ font-size: 1.15rem; color: #1f3a5f; margin: 2rem 0 .25rem; break-after: avoid; }}
p {{ margin: .25rem 0; }}
table {{ border-collapse: collapse; width: 100%; margin-top: .75rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #d5d9de; }}
th {{ color: #555; font-weight: 600; }}
a {{ color: #1f3a5f; margin-right: .5rem; white-space: nowrap; }}
.mark {{ color: #555; }}
{style}
@page {{ size: A4; margin: 15mm; }}
@media print {{
  body {{ font-size: 10pt; max-width: none; margin: 0; padding: 0; }}
  thead {{ display: table-header-group; }}
  tr {{ break-inside: avoid; }}
  a {{ text-decoration: none; }}
}}
</style>
</head>
<body>
<h1>{title}</h1>
<p class="mark">Для служебного пользования</p>
{body}
</body>
</html>
"""


def page(title: str, body: str, style: str = "") -> str:
    """Return a page that opens from a folder without a network and is fit to print.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML.
    style : str
        What the page adds to the common look, as CSS.
    """
    return _PAGE.format(title=escape(title), body=body, style=style)


def file_links(year: int, files: Mapping[str, str], about: str) -> str:
    """Return a link for each file.

    Parameters
    ----------
    year : int
        Of the page.
    files : mapping of str
        Format → path relative to ``outputs``.
    about : str
        Whose files they are, as HTML: it is said to those who hear links one by one.
    """
    return " ".join(
        f'<a href="{address(year, files[kind])}" aria-label="{name}: {about}">{name}</a>'
        for kind, name in _FORMATS_RU.items()
        if kind in files
    )


def address(year: int, path: str) -> str:
    """Return the address of a file (relative to ``outputs``) as seen from the year's folder."""
    return quote(PurePosixPath(os.path.relpath(path, str(year)).replace(os.sep, "/")).as_posix())
