"""Bytes of a file → sheets of cells, whatever the format."""

from oko_lib.intake.readers.sheet import Sheet
from oko_lib.intake.readers.workbook import read_sheets

__all__ = ["Sheet", "read_sheets"]
