"""Report tables: one object that is a table in JupyterLab, in the HTML report, in Typst, Word and Excel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from oko_lib.report import palette
from oko_lib.report.columns import Cell, ColumnSpec, cell, raw
from oko_lib.report.layout import Geometry, Segment, geometry, segments
from oko_lib.report.numbers import CODE_MEANINGS
from oko_lib.report.style import SANS, bundle, html_text, text_width, typst_colour, typst_label, typst_text
from oko_lib.settings.loading import suggest

EMPTY = "Нет строк, которые можно показать."


def natural_key(value: object) -> tuple:
    """Sort key of names: «СОШ № 2» before «СОШ № 10», «Ё» as «Е», empty last."""
    if value is None or (isinstance(value, float) and value != value):
        return (1, ())
    parts = re.split(r"(\d+)", str(value).casefold().replace("ё", "е"))
    return (0, tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part))


@dataclass(frozen=True)
class ReportTable:
    """A numbered table; make it with :meth:`build`."""

    columns: tuple[ColumnSpec, ...]
    cells: tuple[tuple[Cell, ...], ...]
    values: tuple[tuple[object, ...], ...]
    caption: str
    number: int | None = None
    label: str = ""
    has_total: bool = False
    notes: tuple[str, ...] = ()
    wide_asked: bool | None = None
    empty: str = EMPTY
    _cache: dict = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[ColumnSpec],
        caption: str,
        number: int | None = None,
        label: str = "",
        *,
        total_row: Mapping[str, object] | None = None,
        notes: Sequence[str] = (),
        wide: bool | None = None,
        sort: str | Sequence[str] | None = None,
        empty: str = EMPTY,
    ) -> ReportTable:
        """Return the table of a frame.

        Parameters
        ----------
        frame : DataFrame
            One row per table row; cells hold numbers, Estimate, Refusal, Interval, text or nothing.
        columns : sequence of ColumnSpec
            Which columns, in which order.
        caption : str
            What the table shows, without «Таблица N —» and without a full stop.
        number, label : int, str
            From :class:`oko_lib.report.numbering.Numbering`; without a number the caption stands alone.
        total_row : mapping, optional
            Column key → value of the last, bold row; the first column says «Всего» if it is not given.
        notes : sequence of str
            Printed under the table; the meaning of «м.д.», «—», «…» is added when they occur.
        wide : bool, optional
            Turn the page; by default decided by the content.
        sort : str or sequence of str, optional
            Columns to sort by (names with numbers in their natural order); by default the frame's order.
        empty : str
            What is said instead of a table without rows.

        Raises
        ------
        KeyError
            If the frame lacks a column, with the most similar name.
        """
        columns = tuple(columns)
        wanted = [column.key for column in columns] + ([sort] if isinstance(sort, str) else list(sort or ()))
        for key in wanted:
            if key not in frame.columns:
                raise KeyError(f"Таблица «{caption}»: нет столбца «{key}».{suggest(key, list(frame.columns))}")
        rows = list(zip(*(frame[column.key].tolist() for column in columns), strict=True)) if len(frame) else []
        if sort:
            keys = [sort] if isinstance(sort, str) else list(sort)
            order = sorted(range(len(frame)), key=_row_key([frame[key].tolist() for key in keys]))
            rows = [rows[index] for index in order]
        if total_row is not None and rows:
            rows.append(_total(total_row, columns))
        cells = tuple(tuple(cell(value, column) for value, column in zip(row, columns, strict=True)) for row in rows)
        return cls(
            columns=columns,
            cells=cells,
            values=tuple(tuple(raw(value) for value in row) for row in rows),
            caption=caption.strip().rstrip("."),
            number=number,
            label=label,
            has_total=total_row is not None and bool(rows),
            notes=(*notes, *_code_notes(cells)),
            wide_asked=wide,
            empty=empty,
        )

    @property
    def title(self) -> str:
        """«Таблица 3 — …»."""
        return f"Таблица {self.number} — {self.caption}" if self.number is not None else self.caption

    @property
    def rows(self) -> list[list[str]]:
        """Printed cells, the total row last."""
        return [[item.text for item in row] for row in self.cells]

    @property
    def wide(self) -> bool:
        """Whether the table needs a turned page."""
        return bool(self.cells) and self._geometry.wide

    @property
    def _printed(self) -> list[list[list[Segment]]]:
        """Cut cells, column by column."""
        if "printed" not in self._cache:
            self._cache["printed"] = [
                segments([row[index] for row in self.cells], column) for index, column in enumerate(self.columns)
            ]
        return self._cache["printed"]

    @property
    def _geometry(self) -> Geometry:
        if "geometry" not in self._cache:
            self._cache["geometry"] = geometry(list(self.columns), self._printed, self.has_total, self.wide_asked)
        return self._cache["geometry"]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        described = {**self.described(), "wide": self.wide}
        return bundle(self._plain(), self._html(), self._typst(), described)

    def described(self) -> dict[str, object]:
        """The table's content as JSON types, apart from how it is set on a page."""
        return {
            "kind": "table",
            "number": self.number,
            "label": self.label,
            "caption": self.caption,
            "columns": [
                {
                    "key": column.key,
                    "title": column.header,
                    "unit": column.unit or "",
                    "align": column.side,
                    "kind": column.kind,
                    "group": column.group,
                    "digits": column.places,
                }
                for column in self.columns
            ],
            "rows": self.rows,
            "values": [list(row) for row in self.values],
            "total_row": self.has_total,
            "notes": list(self.notes),
            "empty": self.empty,
        }

    def _plain(self) -> str:
        lines = [[column.header for column in self.columns], *self.rows]
        body = "\n".join(" | ".join(line) for line in lines) if self.cells else self.empty
        return "\n".join([self.title, body, *self.notes])

    # --- HTML ------------------------------------------------------------------------------------------------------

    def _html(self) -> str:
        anchor = f' id="{html_text(self.label)}"' if self.label else ""
        if not self.cells:
            return (
                f'<div class="oko-tbl"{anchor}><b>{html_text(self.title)}.</b> {html_text(self.empty)}'
                f"{self._html_notes()}</div>"
            )
        body_rows = len(self.cells) - self.has_total
        body = "".join(self._html_row(row) for row in range(body_rows))
        foot = f"<tfoot>{self._html_row(body_rows)}</tfoot>" if self.has_total else ""
        return (
            f'<div class="oko-tbl"{anchor}><table><caption>{html_text(self.title)}</caption>'
            f"<thead>{self._html_head()}</thead><tbody>{body}</tbody>{foot}</table>{self._html_notes()}</div>"
        )

    def _html_head(self) -> str:
        single = "".join(
            f'<th class="oko-{column.side}" scope="col">{html_text(column.header)}</th>'
            for column in self.columns
            if not (column.group == "" and self._grouped)
        )
        if not self._grouped:
            return f"<tr>{single}</tr>"
        top = "".join(
            f'<th class="oko-{first.side}" scope="col" rowspan="2">{html_text(first.header)}</th>'
            if not first.group
            else f'<th class="oko-center" scope="colgroup" colspan="{width}">{html_text(first.group)}</th>'
            for first, width in self._groups()
        )
        return f'<tr class="oko-groups">{top}</tr><tr>{single}</tr>'

    def _html_row(self, row: int) -> str:
        shown = []
        for column, cells in zip(self.columns, self._printed, strict=True):
            text = "".join(
                f'<span class="oko-pad" aria-hidden="true">{html_text(part.text)}</span>'
                if part.hidden
                else html_text(part.text)
                for part in cells[row]
            )
            shown.append(f'<td class="oko-{column.side}">{text}</td>')
        return f"<tr>{''.join(shown)}</tr>"

    def _html_notes(self) -> str:
        return "".join(f'<div class="oko-notes">{html_text(note)}</div>' for note in self.notes)

    # --- Typst -----------------------------------------------------------------------------------------------------

    def _typst(self) -> str:
        caption = self._typst_caption()
        notes = "".join(
            f'#block(above: 4pt, below: 0pt, text(font: "{SANS}", size: 8pt, fill: {typst_colour(palette.MUTED)})'
            f"[{typst_text(note)}])\n"
            for note in self.notes
        )
        if not self.cells:
            return (
                f"#block(above: 12pt, below: 12pt, width: 100%)[{caption}\n"
                f'#text(font: "{SANS}", size: 9pt)[{typst_text(self.empty)}]\n{notes}]{typst_label(self.label)}\n'
            )
        markup = (
            "#[\n#show figure: set block(breakable: true, above: 14pt, below: 14pt)\n"
            # A caption of its own instead of figure's: numbers are given, and it must stick to the header.
            "#figure(kind: table, supplement: none, numbering: none, gap: 0pt)[#block(width: 100%)[\n"
            f"#set align(left)\n{caption}\n{self._typst_table()}\n{notes}]]{typst_label(self.label)}\n]\n"
        )
        return f"#page(flipped: true)[\n{markup}]\n" if self.wide else markup

    def _typst_caption(self) -> str:
        head, _, rest = self.title.partition(" — ") if self.number is not None else ("", "", self.title)
        bold = f'#text(weight: "bold", fill: {typst_colour(palette.ACCENT)})[{typst_text(head)}] — ' if head else ""
        return (
            f'#block(sticky: true, above: 0pt, below: 6pt, text(font: "{SANS}", size: 9.5pt, hyphenate: false)'
            f"[#set par(justify: false)\n{bold}{typst_text(rest)}])"
        )

    def _typst_table(self) -> str:
        made = self._geometry
        accent, light = typst_colour(palette.ACCENT), typst_colour(palette.RULE_LIGHT)
        widths = ", ".join(f"{width + 8:.1f}pt" for width in made.widths)
        sides = ", ".join(column.side for column in self.columns)
        head_rows = 2 if self._grouped else 1
        body_rows = len(self.cells) - self.has_total
        body = "\n".join(self._typst_row(row) for row in range(body_rows))
        foot = ""
        if self.has_total:
            foot = (
                f"table.footer(repeat: false, table.hline(stroke: 0.8pt + {accent}), "
                f"{self._typst_row(body_rows, bold=True)}),"
            )
        # Rows are not torn apart: a school's line is read as one.
        return (
            f'#[#set text(font: "{SANS}", size: {made.size:g}pt)\n#set par(justify: false, leading: 0.5em)\n'
            "#show table.cell: set block(breakable: false)\n"
            f"#table(columns: ({widths},), align: ({sides},), inset: (x: 4pt, y: 3.2pt),\n"
            f"stroke: (_, y) => if y >= {head_rows} {{ (bottom: 0.5pt + {light}) }},\n"
            f"table.header({self._typst_head()}table.hline(stroke: 0.8pt + {accent})),\n{body}\n{foot}\n)]"
        )

    def _typst_head(self) -> str:
        fill = typst_colour(palette.ACCENT)

        def head(text: str, side: str, extra: str = "") -> str:
            return (
                f'table.cell(align: {side} + bottom{extra}, text(weight: "bold", fill: {fill}, hyphenate: auto)'
                f"[{typst_text(text)}]), "
            )

        if not self._grouped:
            return "".join(head(column.header, column.side) for column in self.columns)
        top, column_index, lines = "", 0, ""
        for first, width in self._groups():
            if first.group:
                top += head(first.group, "center", f", colspan: {width}")
                lines += (
                    f"table.hline(y: 1, start: {column_index}, end: {column_index + width},"
                    f" stroke: 0.5pt + {typst_colour(palette.RULE)}), "
                )
            else:
                top += head(first.header, first.side, ", rowspan: 2")
            column_index += width
        return top + lines + "".join(head(column.header, column.side) for column in self.columns if column.group)

    def _typst_row(self, row: int, bold: bool = False) -> str:
        cells = (self._typst_cell(column[row], bold) for column in self._printed)
        return " ".join(f"[*{text}*]," if bold and text else f"[{text}]," for text in cells)

    def _typst_cell(self, parts: list[Segment], bold: bool) -> str:
        """Return the markup of a cell; of its pieces as few as can be: each costs the compiler as much as a cell."""

        def piece(part: Segment) -> str:
            if part.hidden:
                # Its room, not its text: a hidden text is shaped and laid out all the same.
                return f"#h({sum(text_width(letter, self._geometry.size, bold) for letter in part.text):.2f}pt)"
            text = typst_text(part.text)
            # Spaces at the ends of a piece would be lost in markup.
            return f"~{text}" if part.text.startswith(" ") else text

        muted = [number for number, part in enumerate(parts) if part.muted]
        if not muted or bold:
            return "".join(map(piece, parts))
        first, last = muted[0], muted[-1] + 1
        before, inner, after = ("".join(map(piece, some)) for some in (parts[:first], parts[first:last], parts[last:]))
        return f"{before}#text(fill: {typst_colour(palette.MUTED)})[{inner}]{after}"

    # --- column groups ---------------------------------------------------------------------------------------------

    @property
    def _grouped(self) -> bool:
        return any(column.group for column in self.columns)

    def _groups(self) -> list[tuple[ColumnSpec, int]]:
        """First column and width of each run of columns with the same group; columns without a group stand alone."""
        runs: list[tuple[ColumnSpec, int]] = []
        for column in self.columns:
            if runs and column.group and runs[-1][0].group == column.group:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
            else:
                runs.append((column, 1))
        return runs


def _row_key(keys: list[list[object]]) -> Callable[[int], tuple]:
    return lambda index: tuple(natural_key(values[index]) for values in keys)


def _total(total_row: Mapping[str, object], columns: tuple[ColumnSpec, ...]) -> tuple[object, ...]:
    unknown = set(total_row) - {column.key for column in columns}
    if unknown:
        raise KeyError(f"Итоговая строка: нет столбца «{sorted(unknown)[0]}».")
    first = columns[0]
    # A column the total row says nothing about is not applicable, not missing.
    return tuple(
        total_row.get(column.key, "Всего" if column is first else "—" if column.numeric else "") for column in columns
    )


def _code_notes(cells: tuple[tuple[Cell, ...], ...]) -> tuple[str, ...]:
    shown = {item.value for row in cells for item in row}
    meanings = [meaning for code, meaning in CODE_MEANINGS.items() if code in shown]
    return (f"{'; '.join(meanings)}.",) if meanings else ()
