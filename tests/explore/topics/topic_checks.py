"""What holds for the views of every topic, whatever the direction."""

import re

from oko_lib.explore.choice import Choice
from oko_lib.explore.explorer import row_units
from oko_lib.explore.hotspots import places
from oko_lib.explore.section import settle
from oko_lib.settings.loading import SettingsError

#: So many units of a view are asked what is behind them.
_LOOKED_AT = 8


def view_of(lens, explored, key, year, municipality, **chosen):
    """Draw a topic as an explorer does: what is not offered is replaced first."""
    topic = explored.topic(key)
    choice = settle(topic, lens, Choice(year=year, municipality=municipality, **chosen))
    return choice, topic.draw(lens, choice)


def drawn_or_told(lens, explored, key, years=None) -> int:
    """Draw a topic for every year and municipality offered; each view is whole, or says in Russian why there is none.

    Returns the number of views.
    """
    views, refusals = 0, []
    topic = explored.topic(key)
    for year in years or lens.years(explored.name):
        everywhere = [""] if topic.whole_region else []
        for municipality in [*everywhere, *(code for _, code in lens.municipalities(explored.name, year))]:
            try:
                _, view = view_of(lens, explored, key, year, municipality)
            except SettingsError as refused:
                refusals.append(str(refused))
            else:
                whole(view, (key, year, municipality))
                views += 1
    assert all(re.search("[а-яё]", refusal) for refusal in refusals), refusals
    return views


def whole(view, what=()) -> None:
    """Every unit is a row of the table, every spot a unit inside the figure, every unit has something behind it."""
    assert {unit for unit in row_units(view) if unit} == set(view.units), what
    assert view.text.strip()
    for unit in ["", *list(view.units)[:_LOOKED_AT]]:
        found = view.behind(unit)
        if not unit and found is None:
            continue
        assert found is not None, (what, unit)
        assert found.title, (what, unit)
        assert found.facts, (what, unit)
        assert all(label and str(text).strip() for label, text in found.facts), (what, unit, found.facts)
        assert "nan" not in str(found.facts), (what, unit, found.facts)
    assert view.behind("нет такой") is None
    if view.figure is None:
        assert not view.spots
        return
    width, height = (72 * side for side in view.figure.content.get_size_inches())
    for spot in places(view.figure.content, view.spots):
        assert spot["unit"] in view.units, what
        assert 0 <= spot["x"] <= width, what
        assert 0 <= spot["y"] <= height, what


def row_of(view, unit) -> dict[str, str]:
    """Return the printed cells of a unit's first row."""
    row = view.table.rows[row_units(view).index(unit)]
    return dict(zip([column.key for column in view.table.columns], row, strict=True))


def facts_of(view, unit) -> dict[str, str]:
    return dict(view.behind(unit).facts)
