"""What is on the screen as a file: a workbook, a picture."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from oko_lib.explore.topic import View
from oko_lib.report.exporters.meta import ReportMeta
from oko_lib.report.figures.theme import theme
from oko_lib.report.rasters import svg_to_png
from oko_lib.report.xlsx import table_sheet, write_sheets

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PNG = "image/png"
#: Dots per inch of pictures: a figure 165 mm wide fills a slide.
_DPI = 200
#: What Windows does not allow in a name.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
_LONGEST = 120


def file_name(parts: list[str], suffix: str) -> str:
    """Return a name Windows takes, made of the parts that are not empty."""
    name = " — ".join(_FORBIDDEN.sub(" ", part).strip() for part in parts if part.strip())
    return f"{name[:_LONGEST].rstrip(' .')}.{suffix}"


def workbook(view: View, title: str, fingerprint: Mapping[str, str]) -> bytes:
    """Return the table of a view as an Excel workbook, in the look of the reports' workbooks."""
    meta = ReportMeta(title=title, fingerprint=dict(fingerprint))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "view.xlsx"
        write_sheets([table_sheet(view.table.described())], path, meta)
        return path.read_bytes()


def picture(view: View) -> bytes | None:
    """Return the figure of a view as PNG; None if it has none."""
    if view.figure is None:
        return None
    content = view.figure.content
    if isinstance(content, str):
        return svg_to_png(content)
    file = io.BytesIO()
    with theme():
        content.savefig(file, format="png", dpi=_DPI, facecolor="white")
    return file.getvalue()
