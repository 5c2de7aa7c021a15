"""The controls of an explorer: topic, year, municipality, and what the topic offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager

import ipywidgets as widgets

from oko_lib.explore.choice import Choice, Offers, Scale
from oko_lib.explore.topic import Topic

#: Control of a topic → its title, in the order they are shown.
_TITLES = {
    "subject": "Предмет:",
    "grade": "Класс:",
    "measure": "Что считается:",
    "school": "Школа:",
    "beside": "Рядом:",
    "beside_year": "Другой год:",
}
_STYLE = {"description_width": "initial"}
_NOBODY = "— не выбрано —"


class Controls:
    """The controls; ``widget`` is what is shown.

    Parameters
    ----------
    topics : sequence of Topic
    changed : callable
        Called after a person has changed anything.
    """

    def __init__(self, topics: Sequence[Topic], changed: Callable[[], None]) -> None:
        self._topics = {topic.key: topic for topic in topics}
        self._changed = changed
        self._quiet = False
        self.topics = _dropdown("Тема:", [(topic.title_ru, topic.key) for topic in topics])
        self.year = _dropdown("Год:")
        self.municipality = _dropdown("Муниципалитет:")
        self.offered = {name: _dropdown(title) for name, title in _TITLES.items()}
        # Not while it is dragged: every place on the way would be drawn, one after the other.
        self.threshold = widgets.FloatSlider(
            description="Граница:",
            continuous_update=False,
            readout_format=".0f",
            style=_STYLE,
            layout=widgets.Layout(width="28em", display="none"),
        )
        self.units = _dropdown("Школа:", [(_NOBODY, "")])
        for control in (self.topics, self.year, self.municipality, *self.offered.values(), self.threshold):
            control.observe(self._on_change, "value")
        self._on_unit: Callable[[str], None] | None = None
        self.units.observe(self._unit_chosen, "value")
        everything = [self.topics, self.year, self.municipality, *self.offered.values(), self.threshold, self.units]
        self.widget = widgets.HBox(everything, layout=widgets.Layout(flex_flow="row wrap"))

    @property
    def topic(self) -> Topic:
        """The topic that is chosen."""
        return self._topics[self.topics.value]

    @property
    def municipality_name(self) -> str:
        """Name of the municipality that is chosen."""
        return str(self.municipality.label or "")

    def choice(self) -> Choice:
        """Return what is chosen."""
        values = {name: control.value for name, control in self.offered.items() if _is_shown(control)}
        chosen = {name: value for name, value in values.items() if value is not None}
        threshold = self.threshold.value if _is_shown(self.threshold) else None
        return Choice(
            year=self.year.value or 0, municipality=self.municipality.value or "", threshold=threshold, **chosen
        )

    def show(
        self,
        topic: Topic,
        choice: Choice,
        years: Sequence[int],
        municipalities: Sequence[tuple[str, str]],
        offers: Offers,
    ) -> None:
        """Show the controls of a topic, set to `choice`, without telling anybody."""
        with self._silently():
            _set(self.year, [(str(year), year) for year in years], choice.year)
            _set(self.municipality, municipalities, choice.municipality)
            for name, control in self.offered.items():
                offer = offers.get(name)
                _display(control, offer is not None)
                if offer is not None:
                    _set(control, offer, getattr(choice, name))
            scale = offers.get("threshold")
            _display(self.threshold, isinstance(scale, Scale))
            if isinstance(scale, Scale):
                _set_scale(self.threshold, scale, choice.threshold)

    def offer_units(self, title: str, units: Mapping[str, str], picked: str) -> None:
        """List the units of a view; the same that can be picked in its figure and table."""
        with self._silently():
            self.units.description = f"{title} (что за числом):"
            _display(self.units, bool(units))
            _set(self.units, [(_NOBODY, ""), *((name, unit) for unit, name in units.items())], picked)

    def on_unit(self, action: Callable[[str], None]) -> None:
        """Have `action` called with a unit chosen in the list."""
        self._on_unit = action

    def pick(self, unit: str) -> None:
        """Show in the list which unit is picked."""
        with self._silently():
            if unit in [value for _, value in self.units.options]:
                self.units.value = unit

    def _unit_chosen(self, change: object = None) -> None:
        if not self._quiet and self._on_unit is not None:
            self._on_unit(self.units.value or "")

    def _on_change(self, change: object = None) -> None:
        if not self._quiet:
            self._changed()

    @contextmanager
    def _silently(self):
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


def _dropdown(title: str, options: Sequence[tuple[str, object]] = ()) -> widgets.Dropdown:
    layout = widgets.Layout(width="auto", max_width="34em")
    return widgets.Dropdown(description=title, options=options, style=_STYLE, layout=layout)


def _set(control: widgets.Dropdown, options: Sequence[tuple[str, object]], value: object) -> None:
    wanted = tuple((str(label), each) for label, each in options)
    if tuple(control.options) != wanted:
        control.options = wanted
    control.value = value if value in [each for _, each in wanted] else wanted[0][1] if wanted else None


def _set_scale(slider: widgets.FloatSlider, scale: Scale, value: float | None) -> None:
    # The wider range first: a slider refuses bounds that leave its value outside.
    slider.min, slider.max = min(slider.min, scale.low), max(slider.max, scale.high)
    slider.value = scale.usual if value is None else value
    slider.min, slider.max, slider.step, slider.description = scale.low, scale.high, scale.step, f"{scale.title}:"


def _display(control: widgets.Widget, is_shown: bool) -> None:
    control.layout.display = None if is_shown else "none"


def _is_shown(control: widgets.Widget) -> bool:
    return control.layout.display != "none"
