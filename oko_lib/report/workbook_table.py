"""A table too long for a page: a line in the report, a whole sheet in its Excel workbook."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.report import palette
from oko_lib.report.grammar import count
from oko_lib.report.style import SANS, bundle, html_text, typst_colour, typst_text
from oko_lib.report.table import ReportTable


@dataclass(frozen=True)
class WorkbookTable:
    """A table that is written in full to the workbook only.

    Parameters
    ----------
    table : ReportTable
        Without a number: pages do not count it.
    sheet : str
        Name of its sheet, at most 31 characters.
    """

    table: ReportTable
    sheet: str

    @property
    def text(self) -> str:
        """What the pages say instead of the table."""
        if not self.table.cells:
            return f"{self.table.caption}: {self.table.empty[:1].lower()}{self.table.empty[1:]}"
        rows = count(len(self.table.cells), "строка")
        return f"{self.table.caption} ({rows}) — в книге Excel этого отчёта, лист «{self.sheet}»."

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        described = {**self.table.described(), "kind": "workbook_table", "sheet": self.sheet}
        page = f'<div class="oko-box oko-notes">{html_text(self.text)}</div>'
        muted = typst_colour(palette.MUTED)
        typst = (
            f'#block(above: 8pt, below: 10pt, text(font: "{SANS}", size: 9pt, fill: {muted})'
            f"[{typst_text(self.text)}])\n"
        )
        return bundle(self.text, page, typst, described)
