"""All indicators of all directions on the screen."""

from __future__ import annotations

from collections.abc import Callable

from oko_lib.explore.choice import Choice
from oko_lib.explore.lens import Lens
from oko_lib.explore.topic import Explored, Topic
from oko_lib.explore.topics import indicator_compare, indicator_values
from oko_lib.explore.topics.indicator_parts import NAME, Gathered, load_all_norms, opened
from oko_lib.indicators.all_values import valued_directions


def _values(direction: str) -> Callable[[Lens, int], object]:
    def read(lens: Lens, year: int) -> None:
        gathered = opened(lens, Choice(year=year))
        if direction in gathered.directions:
            gathered.values(gathered.directions[direction])

    return read


def _by_indicator(lens: Lens, year: int) -> None:
    indicator_values.of_municipalities(lens, opened(lens, Choice(year=year)))


EXPLORED = Explored(
    name=NAME,
    title_ru="Все показатели",
    tables=tuple(dict.fromkeys(table for item in valued_directions() for table in item.tables)),
    norms=load_all_norms,
    open=Gathered,
    open_region=Gathered,
    parts=(*(_values(item.name) for item in valued_directions()), _by_indicator),
    topics=(
        Topic(
            "values",
            "Значения показателей",
            "Какие значения у всех показателей региона или муниципалитета?",
            indicator_values.draw_values,
            indicator_values.direction_offers,
            whole_region=True,
        ),
        Topic(
            "schools",
            "Показатели школы",
            "Какие значения у показателей одной школы?",
            indicator_values.draw_school,
            indicator_values.school_offers,
        ),
        Topic(
            "municipalities",
            "Показатель по муниципалитетам",
            "Какие значения у одного показателя во всех муниципалитетах?",
            indicator_values.draw_municipalities,
            indicator_values.indicator_offers,
            whole_region=True,
            municipal=False,
        ),
        Topic(
            "over_years",
            "Показатель по годам",
            "Как показатель менялся по годам?",
            indicator_values.draw_years,
            indicator_values.year_offers,
            whole_region=True,
        ),
        Topic(
            "compare",
            "Два муниципалитета рядом",
            "Чем показатели одного муниципалитета отличаются от показателей другого?",
            indicator_compare.draw_municipalities,
            indicator_compare.municipality_offers,
        ),
        Topic(
            "compare_years",
            "Два года рядом",
            "Чем показатели этого года отличаются от показателей другого?",
            indicator_compare.draw_years,
            indicator_compare.year_offers,
            whole_region=True,
        ),
    ),
)
