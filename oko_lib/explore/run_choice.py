"""What to build, chosen with the mouse."""

from __future__ import annotations

import ipywidgets as widgets

from oko_lib.batch.available import Available, available
from oko_lib.batch.directions import DIRECTIONS, all_tables
from oko_lib.batch.plan import Selection
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Store

_WIDE = {"description_width": "initial"}
_ROWS = 10


class RunChoice:
    """Directions, municipalities and the rest of a selection.

    Parameters
    ----------
    workspace : Workspace
        Whose data.
    selection : Selection
        What is chosen at first.
    """

    def __init__(self, workspace: Workspace, selection: Selection) -> None:
        self._workspace, self._schools = workspace, selection.schools
        data = _data(workspace, selection.year)
        places = _places(data)
        chosen = {item.casefold() for item in selection.municipalities}
        everything = selection.all or not (chosen or selection.region or selection.schools)
        self.directions = {
            item.name: _box(item.title_ru, not selection.directions or item.name in selection.directions)
            for item in DIRECTIONS.values()
        }
        self.everything = _box("Все муниципалитеты и сводки по региону", everything)
        self.region = _box("Сводки по региону", selection.region)
        self.municipalities = widgets.SelectMultiple(
            options=places,
            value=[code for label, code in places if {code.casefold(), _name(label, code)} & chosen],
            rows=min(_ROWS, max(3, len(places))),
            description="Муниципалитеты:",
            style=_WIDE,
            layout=widgets.Layout(width="auto"),
        )
        self.year = widgets.Dropdown(options=sorted(data.years, reverse=True), value=data.year, description="Год:")
        self.listed_schools = _box("Профили школ, которые называют сами направления", not selection.no_schools)
        self.force = _box("Построить заново и то, что не изменилось", False)
        self.everything.observe(self._suit, "value")
        self.year.observe(self._of_year, "value")
        self._suit()
        hint = widgets.HTML("Несколько муниципалитетов выбирают, удерживая Ctrl.")
        self.widget = widgets.VBox(
            [
                widgets.HTML("<b>Направления</b>"),
                widgets.HBox(list(self.directions.values()), layout=widgets.Layout(flex_flow="row wrap")),
                widgets.HTML("<b>О ком</b>"),
                self.everything,
                self.region,
                self.municipalities,
                hint,
                self.year,
                self.listed_schools,
                self.force,
            ]
        )

    def selection(self) -> Selection:
        """Return what is chosen.

        Raises
        ------
        SettingsError
            If nothing is.
        """
        directions = tuple(name for name, box in self.directions.items() if box.value)
        if not directions:
            raise SettingsError("Отметьте хотя бы одно направление.")
        places = () if self.everything.value else tuple(self.municipalities.value)
        region = bool(self.region.value) and not self.everything.value
        if not (self.everything.value or places or region or self._schools):
            raise SettingsError("Выберите муниципалитет, сводки по региону или отметьте «Все муниципалитеты».")
        return Selection(
            municipalities=places,
            all=bool(self.everything.value),
            region=region,
            # Of a direction that is named, data are demanded; of all together what there is.
            directions=() if len(directions) == len(self.directions) else directions,
            year=self.year.value,
            schools=self._schools,
            no_schools=not self.listed_schools.value,
        )

    def enable(self, wanted: bool) -> None:
        """Let choose or not: while a run is under way nothing can be chosen."""
        for box in (*self.directions.values(), self.everything, self.year, self.listed_schools, self.force):
            box.disabled = not wanted
        self._suit()

    def _of_year(self, change: object = None) -> None:
        """Offer the municipalities with data of the chosen year; of the chosen ones those that stay."""
        chosen = set(self.municipalities.value)
        places = _places(_data(self._workspace, self.year.value))
        self.municipalities.options = places
        self.municipalities.value = [code for _, code in places if code in chosen]

    def _suit(self, change: object = None) -> None:
        narrower = not self.everything.disabled and not self.everything.value
        self.region.disabled = self.municipalities.disabled = not narrower


def _data(workspace: Workspace, year: int | None) -> Available:
    return available(Store(workspace.store).snapshot(), year, all_tables(DIRECTIONS.values()))


def _places(data: Available) -> list[tuple[str, str]]:
    """Return label → code of the municipalities."""
    named = data.municipalities[["code", "name"]].itertuples(index=False, name=None)
    return [(f"{name} ({code})", code) for code, name in named]


def _box(title: str, value: bool) -> widgets.Checkbox:
    return widgets.Checkbox(description=title, value=value, indent=False, layout=widgets.Layout(width="auto"))


def _name(label: str, code: str) -> str:
    return label.removesuffix(f" ({code})").casefold()
