"""Numbers of tables and figures, fixed before the first of them is built.

Page one says «табл. 3» long before table 3 exists, so the order of a report's tables and figures is declared once, at
its head, and everything else asks here.
"""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.settings.loading import suggest


@dataclass(frozen=True)
class Numbering:
    """Order of the labelled tables and figures of one report.

    Parameters
    ----------
    tables, figures : tuple of str
        Labels in reading order («tbl-agreement», «fig-funnel»).
    """

    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()

    @classmethod
    def of(cls, tables: list[str] | tuple[str, ...] = (), figures: list[str] | tuple[str, ...] = ()) -> Numbering:
        """Return a numbering; a label given twice is an error."""
        labels = [*tables, *figures]
        repeated = sorted({label for label in labels if labels.count(label) > 1})
        if repeated:
            raise ValueError(f"Метки повторяются: {', '.join(repeated)}. Дайте каждой таблице и рисунку свою метку.")
        return cls(tuple(tables), tuple(figures))

    def table(self, label: str) -> int:
        """Return the number of a table."""
        return _position(label, self.tables, "таблицы")

    def figure(self, label: str) -> int:
        """Return the number of a figure."""
        return _position(label, self.figures, "рисунка")

    def ref(self, *labels: str) -> str:
        """Return a pointer for prose: «табл. 3», «рис. 2», «табл. 3 и рис. 2»."""
        parts = [
            f"табл.\u00a0{self.table(label)}" if label in self.tables else f"рис.\u00a0{self._any_figure(label)}"
            for label in labels
        ]
        return " и ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} и {parts[-1]}"

    def _any_figure(self, label: str) -> int:
        if label not in self.figures:
            raise KeyError(
                f"Нет ни таблицы, ни рисунка с меткой «{label}».{suggest(label, [*self.tables, *self.figures])}"
            )
        return self.figure(label)


def _position(label: str, labels: tuple[str, ...], what: str) -> int:
    if label not in labels:
        raise KeyError(f"Нет {what} с меткой «{label}».{suggest(label, list(labels))}")
    return labels.index(label) + 1
