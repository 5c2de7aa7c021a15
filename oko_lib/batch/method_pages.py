"""Pages on the methods beside the reports: the text of the guide, one click from a report."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from oko_lib.batch.files import write_whole
from oko_lib.settings.workspace import PROJECT_ROOT

#: Folder of the pages, beside the folders of the municipalities.
FOLDER = "methods"
_SOURCE = PROJECT_ROOT / "docs" / "ru" / "methods"
_STYLE = (
    "<style>body{font:16px/1.5 'PT Serif',Georgia,serif;max-width:46em;margin:2em auto;padding:0 1em;color:#222}"
    "h1,h2{font-family:'PT Sans',Arial,sans-serif;color:#1f3a5f}table{border-collapse:collapse}"
    "td,th{border-bottom:1px solid #ccc;padding:.3em .7em;text-align:left}</style>"
)
_LINK = re.compile(r"\]\(([a-z_]+|README)\.md\)")


def publish(names: tuple[str, ...], outputs_of_year: Path) -> None:
    """Write the pages called `names` as HTML without any outside reference, and their index.

    Parameters
    ----------
    names : tuple of str
        Pages of ``docs/ru/methods`` without their ending; a page that is not there is left out.
    outputs_of_year : Path
        Folder in which the reports of a year lie.
    """
    import pypandoc

    folder = outputs_of_year / FOLDER
    for name in ("README", *names) if names else ():
        source = _SOURCE / f"{name}.md"
        if not source.is_file():
            continue
        target = folder / f"{name.replace('README', 'index')}.html"
        content = source.read_text("utf-8")
        # Pandoc takes a tenth of a second per page: a page made from the same text stays.
        mark = f"<!-- {hashlib.sha256((content + _STYLE).encode()).hexdigest()[:12]} -->"
        if target.is_file() and target.read_text("utf-8").endswith(mark):
            continue
        text = _LINK.sub(lambda found: f"]({found[1].replace('README', 'index')}.html)", content)
        title = text.lstrip("# ").split("\n", 1)[0]
        page = pypandoc.convert_text(
            text,
            "html5",
            format="markdown",
            extra_args=["--standalone", "--mathml", "-V", "lang=ru", "-M", f"pagetitle={title}"],
        )
        write_whole(target, page.replace("</head>", f"{_STYLE}</head>", 1) + mark)
