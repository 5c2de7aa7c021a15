"""What an explorer can show: topics, and the view a topic makes of a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from oko_lib.explore.choice import Choice, Offers
from oko_lib.report.figure import ReportFigure
from oko_lib.report.table import ReportTable
from oko_lib.settings.norms import Norm

if TYPE_CHECKING:
    from oko_lib.explore.lens import Lens
    from oko_lib.indicators.session import Session
    from oko_lib.settings.norms import Norms
    from oko_lib.settings.workspace import Workspace


@dataclass(frozen=True)
class Spot:
    """Where a unit stands in a figure.

    Parameters
    ----------
    unit : str
    x, y : float
        In the data of the axes; what lies outside stands at their edge, as the figure draws it.
    axes : int
        Number of the axes in the figure.
    """

    unit: str
    x: float
    y: float
    axes: int = 0


@dataclass(frozen=True)
class Behind:
    """What is behind a number.

    Parameters
    ----------
    title : str
        Whose number.
    facts : tuple of (str, str)
        Label and text: formula, value, interval, n, caveat.
    norms : tuple of Norm
        Norms it is held against, or computed by.
    units : ReportTable or None
        The units it is made of.
    method : str
        Page of ``docs/ru/methods`` without its suffix; empty for none.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    norms: tuple[Norm, ...] = ()
    units: ReportTable | None = None
    method: str = ""


@dataclass(frozen=True)
class View:
    """What is shown of a choice: tables and figures of the reports.

    Parameters
    ----------
    table : ReportTable
    figure : ReportFigure or None
    text : str
        What the report says of it; without a figure also why there is none.
    units : mapping of str to str
        Unit → its name in the table, in the order of names.
    unit_title : str
        What a unit is: «Школа».
    spots : tuple of Spot
    behind : callable or None
        Unit → what is behind its number; "" asks for the whole.
    """

    table: ReportTable
    figure: ReportFigure | None = None
    text: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    unit_title: str = "Школа"
    spots: tuple[Spot, ...] = ()
    behind: Callable[[str], Behind] | None = None


def unnumbered(view: View) -> View:
    """Return the view with its table and figure as things of their own: numbers belong to a report."""
    figure = view.figure and replace(view.figure, number=None, label="")
    return replace(view, table=replace(view.table, number=None, label=""), figure=figure)


def no_offers(lens: Lens, choice: Choice) -> Offers:
    """Offer nothing beyond year and municipality."""
    return {}


@dataclass(frozen=True)
class Topic:
    """One question of a direction.

    Parameters
    ----------
    key : str
        Name in code, unlike the others of the direction.
    title_ru : str
        Name in the list of topics.
    question_ru : str
        The question it answers, as one sentence.
    draw : callable
        ``draw(lens, choice)`` returns the view; it raises SettingsError with a message for the reader.
    offers : callable
        ``offers(lens, choice)`` returns what may be chosen beside year and municipality.
    whole_region : bool
        Whether the whole region can be shown, municipality "".
    municipal : bool
        Whether one municipality can be.
    """

    key: str
    title_ru: str
    question_ru: str
    draw: Callable[[Lens, Choice], View]
    offers: Callable[[Lens, Choice], Offers] = no_offers
    whole_region: bool = False
    municipal: bool = True


@dataclass(frozen=True)
class Explored:
    """A direction as explorers see it.

    Parameters
    ----------
    name, title_ru : str
        Of the direction.
    tables : tuple of str
        Tables it stands on: years with rows in any of them can be chosen.
    norms : callable
        Reads its norms from a working place.
    open : callable
        Session of a municipality → the context its report is made of.
    open_region : callable or None
        Session of the region → the context of the regional report.
    topics : tuple of Topic
    parts : tuple of callable
        ``part(lens, year)`` reads what its topics stand on beside that context, each a part.
    """

    name: str
    title_ru: str
    tables: tuple[str, ...]
    norms: Callable[[Workspace], Norms]
    open: Callable[[Session], Any]
    topics: tuple[Topic, ...]
    open_region: Callable[[Session], Any] | None = None
    parts: tuple[Callable[[Lens, int], object], ...] = ()

    def topic(self, key: str) -> Topic:
        """Return the topic called `key`.

        Raises
        ------
        SettingsError
            If there is none; the message suggests the nearest.
        """
        from oko_lib.settings.loading import SettingsError, suggest

        for topic in self.topics:
            if key in (topic.key, topic.title_ru):
                return topic
        names = [topic.key for topic in self.topics]
        hint = suggest(key, names) or f" Есть: {', '.join(names)}."
        raise SettingsError(f"{self.title_ru}: нет темы «{key}».{hint}")
