"""A view of an explorer as a section of a report: the notebook of the direction shows it for every municipality."""

from __future__ import annotations

from dataclasses import dataclass, fields

from IPython.display import display

from oko_lib.explore.choice import Choice, settled
from oko_lib.explore.directions import explored
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Topic, View, unnumbered
from oko_lib.indicators.session import open_session
from oko_lib.report.mode import require_internal
from oko_lib.report.prose import paragraph
from oko_lib.settings.loading import SettingsError, suggest

#: Offers depend on each other (grades on the subject), so what is chosen settles in a few steps.
_STEPS = 4


def settle(topic: Topic, lens: Lens, choice: Choice) -> Choice:
    """Return the choice with whatever the topic does not offer replaced."""
    for _ in range(_STEPS):
        before, choice = choice, settled(choice, topic.offers(lens, choice))
        if choice == before:
            break
    return choice


@dataclass(frozen=True)
class Section:
    """A view in a notebook: text, figure and table one after the other."""

    view: View

    def _ipython_display_(self) -> None:
        if self.view.text:
            display(paragraph(self.view.text))
        if self.view.figure is not None:
            display(self.view.figure)
        display(self.view.table)


def section(
    direction: str,
    topic: str,
    municipality: str = "",
    year: int = 0,
    mode: str = "internal",
    workspace_root: str = "",
    as_of: str = "",
    **chosen: object,
) -> Section:
    """Return a view of an explorer for the notebook of a report.

    Parameters
    ----------
    direction, topic : str
        Name of the direction and key of its topic.
    municipality, year, mode, workspace_root, as_of
        The notebook's own parameters.
    **chosen
        What was chosen in the explorer: fields of :class:`~oko_lib.explore.choice.Choice`.

    Raises
    ------
    SettingsError
        If there is no such direction, topic, parameter or municipality; the message suggests the nearest.
    """
    require_internal(mode)
    known = [field.name for field in fields(Choice)]
    for name in chosen:
        if name not in known:
            raise SettingsError(f"Раздел отчёта: нет параметра «{name}».{suggest(name, known)}")
    found = explored(direction)
    wanted = found.topic(topic)
    session = open_session(workspace_root, municipality or None, year, as_of, norms=found.norms, tables=found.tables)
    lens = Lens(workspace_root or None, as_of)
    choice = Choice(year=session.year, municipality=session.municipality_code or "", **chosen)  # type: ignore[arg-type]
    return Section(unnumbered(wanted.draw(lens, settle(wanted, lens, choice))))
