"""What the user may say about files that do not say it themselves."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.intake.heading import Work


@dataclass(frozen=True)
class IntakeOptions:
    """Options of one intake.

    Parameters
    ----------
    year, grade : int or None
        Year and programme grade for files without them; stronger than what the files say.
    subject : str or None
        Subject, in any spelling of the dictionary.
    login : str or None
        School of forms that have no column of logins.
    jobs : int or None
        How many processes read files; None for two. One reads everything in this process.
    again : bool
        Read and load files anew though the same content was loaded before (a mapping or the dictionary of subjects
        has changed since).
    """

    year: int | None = None
    grade: int | None = None
    subject: str | None = None
    login: str | None = None
    jobs: int | None = None
    again: bool = False

    @property
    def said(self) -> Work:
        """Return the facts about the work."""
        return Work(year=self.year, grade=self.grade, subject=self.subject, login=self.login)
