"""The explorer of a direction: what is chosen, the view of it, what is behind a number, and the view as a file."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from oko_lib.batch.explain import unexpected
from oko_lib.explore import export
from oko_lib.explore.ahead import read_ahead
from oko_lib.explore.behind import behind_html
from oko_lib.explore.choice import Choice
from oko_lib.explore.controls import Controls
from oko_lib.explore.directions import NAMES, explored
from oko_lib.explore.hotspots import places
from oko_lib.explore.lens import Lens
from oko_lib.explore.linked import LinkedView
from oko_lib.explore.links import browser_address
from oko_lib.explore.near_years import NearYears
from oko_lib.explore.own_sections import add_section
from oko_lib.explore.run_words import trouble
from oko_lib.explore.section import settle
from oko_lib.explore.topic import Topic, View, unnumbered
from oko_lib.indicators.memory import set_aside
from oko_lib.report.fingerprint import report_fingerprint
from oko_lib.report.style import HTML_STYLE, html_text
from oko_lib.settings.loading import SettingsError
from oko_lib.store import StoreError

#: Till the page has the view.
_AFTER_SECONDS = 0.5
_COUNTING = "Считаю результаты региона. В первый раз это занимает до нескольких минут, дальше — мгновенно."


def explorer(direction: str, root: str | Path | None = None) -> Explorer:
    """Return the explorer of a direction; show it as the last line of a cell.

    Parameters
    ----------
    direction : str
        Name of the direction, or ``indicators`` for the indicators of all.
    root : path or None
        Working place; by default the one ``oko lab`` was opened for.

    Raises
    ------
    SettingsError
        If there is no such direction.
    """
    return Explorer(direction, Lens(root))


def explorers(root: str | Path | None = None) -> Explorers:
    """Return the explorers of all directions in tabs."""
    return Explorers(Lens(root))


def _in_words(action: Callable[..., None]) -> Callable[..., None]:
    """Show what goes wrong in a callback: JupyterLab hides it in a log nobody opens."""

    @wraps(action)
    def guarded(self: Explorer, *arguments: Any) -> None:
        try:
            action(self, *arguments)
        except (SettingsError, StoreError) as error:
            self._say(str(error))
        except Exception as error:
            self._say(unexpected(error))

    return guarded


class Explorer:
    """The explorer of one direction; ``widget`` is what is shown.

    Parameters
    ----------
    direction : str
    lens : Lens
        The data; explorers that share it show one version of them.
    """

    def __init__(self, direction: str, lens: Lens) -> None:
        self.lens = lens
        self.known = explored(direction)
        self.view: View | None = None
        self.choice = Choice()
        self.controls = Controls(self.known.topics, self._changed)
        self.linked = LinkedView()
        self.message = widgets.HTML()
        self.question = widgets.HTML()
        self.behind = widgets.HTML()
        self.xlsx = _button("Excel", "table", "Сохранить таблицу книгой Excel")
        self.png = _button("Рисунок PNG", "image", "Сохранить рисунок для презентации")
        self.to_report = _button("В отчёт", "file-text-o", "Добавить этот вид разделом в тетрадь отчёта")
        self.renew = _button("Обновить данные", "refresh", "Показать то, что загружено с тех пор")
        self.xlsx.on_click(self._save_workbook)
        self.png.on_click(self._save_picture)
        self.to_report.on_click(self._add_to_report)
        self.renew.on_click(self._renew)
        self.linked.observe(self._picked, "picked")
        self.controls.on_unit(self._pick)
        self.widget = widgets.VBox(
            [
                self.controls.widget,
                self.question,
                self.message,
                self.linked,
                widgets.HBox(
                    [self.xlsx, self.png, self.to_report, self.renew], layout=widgets.Layout(flex_flow="row wrap")
                ),
                self.behind,
            ]
        )
        self.widget.add_class("oko-explorer")
        self._near = NearYears(self.known, lens, lambda: read_ahead(lens.workspace, self.known.name))
        self._started = False
        #: Years whose region has been computed.
        self._seen: set[int] = set()

    def _ipython_display_(self) -> None:
        # Shown before anything is computed: the first time a region takes long.
        display(self.widget)
        self.start()

    def start(self) -> None:
        """Compute and show the first view; does nothing when it is shown already."""
        if not self._started:
            self._started = True
            self._changed()

    @property
    def topic(self) -> Topic:
        """The topic that is shown."""
        return self.controls.topic

    # --- drawing -----------------------------------------------------------------------------------------------------

    @_in_words
    def _changed(self) -> None:
        """Draw anew after any change of a control."""
        seen = len(self._seen)
        self._near.acted()
        # The collector would look through a region just read, a quarter of a second each time, while somebody waits.
        gc.disable()
        try:
            self._draw()
        finally:
            if len(self._seen) > seen:
                _soon(_set_aside)
            else:
                gc.enable()

    def _draw(self) -> None:
        topic = self.topic
        self.view = None
        years = self.lens.years(self.known.name)
        if not years:
            self._clear()
            raise SettingsError(f"Данных для обзора «{self.known.title_ru}» нет: загрузите файлы.")
        choice = self.controls.choice()
        choice = choice if choice.year in years else choice.having(year=years[0])
        if choice.year not in self._seen:
            self._say(_COUNTING, is_trouble=False)
        municipalities = self._municipalities(topic, choice.year)
        if choice.municipality not in [code for _, code in municipalities]:
            choice = choice.having(municipality=municipalities[0][1] if municipalities else "")
        choice = settle(topic, self.lens, choice)
        self.choice = choice
        self.controls.show(topic, choice, years, municipalities, topic.offers(self.lens, choice))
        self.question.value = f"<i>{html_text(topic.question_ru)}</i>"
        self.png.disabled = self.xlsx.disabled = self.to_report.disabled = True
        try:
            view = unnumbered(topic.draw(self.lens, choice))
        except (SettingsError, StoreError):
            self._clear()
            raise
        self._show(view)
        self.view = view
        if choice.year not in self._seen:
            if not self._seen:
                self._near.begin(choice.year, choice.municipality)
            self._seen.add(choice.year)
        self.message.value = ""
        self.xlsx.disabled = self.to_report.disabled = False
        self.png.disabled = view.figure is None
        self._picked()

    def _municipalities(self, topic: Topic, year: int) -> list[tuple[str, str]]:
        region = [("Весь регион", "")] if topic.whole_region else []
        return region + (self.lens.municipalities(self.known.name, year) if topic.municipal else [])

    def _show(self, view: View) -> None:
        picked = self.linked.picked if self.linked.picked in view.units else ""
        with self.linked.hold_sync():
            self.linked.text = view.text
            self.linked.figure = _figure_html(view)
            self.linked.table = HTML_STYLE + view.table._html()
            self.linked.row_units = row_units(view)
            self.linked.spots = places(view.figure.content, view.spots) if view.figure else []
            self.linked.names = dict(view.units)
            self.linked.picked = picked
            self.linked.serial += 1
        self.controls.offer_units(view.unit_title, view.units, picked)

    def _clear(self) -> None:
        with self.linked.hold_sync():
            self.linked.text = self.linked.figure = self.linked.table = self.linked.picked = ""
            self.linked.row_units, self.linked.spots, self.linked.names = [], [], {}
            self.linked.serial += 1
        self.behind.value = ""

    @_in_words
    def _picked(self, change: object = None) -> None:
        """Show what is behind the unit that was picked, in the figure, in the table or in the list."""
        self._near.acted()
        if self.view is None:
            return
        self.controls.pick(self.linked.picked)
        found = self.view.behind(self.linked.picked) if self.view.behind else None
        self.behind.value = "" if found is None else behind_html(found, self._method_address(found.method))

    def _pick(self, unit: str) -> None:
        self.linked.picked = unit

    def _method_address(self, page: str) -> str | None:
        path = self.lens.workspace.outputs / str(self.choice.year) / "methods" / f"{page}.html"
        return browser_address(path) if page and path.is_file() else None

    def _say(self, text: str, is_trouble: bool = True) -> None:
        self.message.value = trouble(text) if is_trouble else html_text(text)

    # --- buttons -----------------------------------------------------------------------------------------------------

    @_in_words
    def _save_workbook(self, button: object = None) -> None:
        if self.view is not None:
            content = export.workbook(self.view, self._title, self._fingerprint())
            self.linked.download(self._file_name("xlsx"), export.XLSX, content)

    @_in_words
    def _save_picture(self, button: object = None) -> None:
        content = export.picture(self.view) if self.view is not None else None
        if content is not None:
            self.linked.download(self._file_name("png"), export.PNG, content)

    @_in_words
    def _add_to_report(self, button: object = None) -> None:
        path = add_section(self.lens.workspace, self.known, self.topic, self.choice)
        self._say(
            f"Раздел «{self.topic.title_ru}» добавлен в тетрадь notebooks/{path.name} перед приложениями и войдёт в "
            "отчёт каждого муниципалитета. Школа в раздел не переносится. Если тетрадь открыта, закройте её и откройте "
            "снова.",
            is_trouble=False,
        )

    @_in_words
    def _renew(self, button: object = None) -> None:
        changed = self.lens.refresh()
        if changed:
            self._seen.clear()
            self._changed()
        else:
            self._say("Новых данных нет.", is_trouble=False)

    @property
    def _title(self) -> str:
        return f"{self.known.title_ru}: {self.topic.title_ru}"

    def _file_name(self, suffix: str) -> str:
        parts = [self.known.title_ru, self.topic.title_ru, self.controls.municipality_name, str(self.choice.year)]
        return export.file_name(parts, suffix)

    def _fingerprint(self) -> dict[str, str]:
        session = self.lens.session(self.known.name, self.choice.year, self.choice.municipality)
        return dict(report_fingerprint(session))


class Explorers:
    """The explorers of all directions in tabs; one is computed when its tab is opened."""

    def __init__(self, lens: Lens) -> None:
        self.each = [Explorer(name, lens) for name in NAMES]
        self.widget = widgets.Tab([item.widget for item in self.each])
        self.widget.titles = [item.known.title_ru for item in self.each]
        self.widget.add_class("oko-explorers")
        self.widget.observe(self._opened, "selected_index")

    def _ipython_display_(self) -> None:
        display(self.widget)
        self._opened()

    def _opened(self, change: object = None) -> None:
        self.each[self.widget.selected_index or 0].start()


def row_units(view: View) -> list[str]:
    """Return the unit of every row of a view's table, "" for rows that are nobody's."""
    of_name = {name: unit for unit, name in view.units.items()}
    return [of_name.get(row[0], "") if row else "" for row in view.table.rows]


def _set_aside() -> None:
    """Let the collector look through the region once, and never again."""
    gc.collect()
    set_aside()
    gc.enable()


def _soon(action: Callable[[], None]) -> None:
    """Do it when the view has gone out to the page; at once where no kernel runs."""
    try:
        asyncio.get_running_loop().call_later(_AFTER_SECONDS, action)
    except RuntimeError:
        action()


def _figure_html(view: View) -> str:
    return view.figure._html() if view.figure is not None else ""


def _button(title: str, icon: str, tooltip: str) -> widgets.Button:
    return widgets.Button(description=title, icon=icon, tooltip=tooltip, layout=widgets.Layout(width="auto"))
