"""What a layout is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from oko_lib.intake.drafts import Draft
from oko_lib.intake.header import Header, HeaderSpec
from oko_lib.intake.heading import Circumstances
from oko_lib.intake.readers import Sheet


@dataclass(frozen=True)
class Reference:
    """Reference data a layout may consult.

    Parameters
    ----------
    maxima : mapping of (year, grade, subject) to int
        Maximum primary scores from the published scales, for exports that do not state them.
    """

    maxima: Mapping[tuple[int, int, str], int] = field(default_factory=dict)


class Layout(ABC):
    """A kind of sheet intake can read.

    Attributes
    ----------
    name : str
        English identifier, kept in the journal of loads.
    title_ru : str
        What a methodologist calls such a file.
    rank : int
        Seniority: 2 for ФИС ОКО reports and directories, 1 for collection forms.
    spec : HeaderSpec
        How the header looks.
    tables : frozenset of str
        Tables such a sheet fills.
    """

    name: ClassVar[str]
    title_ru: ClassVar[str]
    rank: ClassVar[int]
    spec: ClassVar[HeaderSpec]
    tables: ClassVar[frozenset[str]]

    @abstractmethod
    def draft(self, sheet: Sheet, header: Header, circumstances: Circumstances, reference: Reference) -> Draft:
        """Take a recognised sheet apart.

        Raises
        ------
        FileRefused
            If something without which no row makes sense is missing (the year, the subject, the login of a form).
        """
