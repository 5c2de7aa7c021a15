"""Numbers, spans of time and the marks of a report in the words that people are shown while reports are built."""

from __future__ import annotations

_SUFFIXES = ("_region", "_school")


def counted(number: int, one: str, few: str, many: str) -> str:
    """Return the number with the noun in the right form: 1 файл, 2 файла, 5 файлов."""
    tail, teens = number % 10, number % 100 // 10 == 1
    form = one if tail == 1 and not teens else few if tail in (2, 3, 4) and not teens else many
    return f"{number:,} {form}".replace(",", "\u202f")


def duration(seconds: float) -> str:
    """Return a span of time in words: «8 с», «3 мин 05 с», «2 ч 07 мин»."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} с"
    return f"{whole // 60} мин {whole % 60:02d} с" if whole < 3600 else _hours(whole // 60)


def roughly(seconds: float | None) -> str:
    """Return a span that is only estimated, as exactly as it is known: «меньше минуты», «около 12 мин»."""
    if seconds is None:
        return "пока неизвестно"
    minutes = round(seconds / 60)
    if seconds < 50:
        return "меньше минуты"
    # Nobody plans by single minutes of an hour-long run, and a figure that jumps every second is not believed.
    step = 1 if minutes < 20 else 5
    minutes = max(1, round(minutes / step) * step)
    return f"около {minutes} мин" if minutes < 60 else f"около {_hours(minutes)}"


def _hours(minutes: int) -> str:
    return f"{minutes // 60} ч {minutes % 60:02d} мин"


def stem_of(report_id: str) -> str:
    """Return the file name of a report without extension: reports of one stem take about the same time."""
    return report_id.rsplit("/", 1)[-1]


def direction_of(report_id: str) -> str:
    """Return the name of the direction a report belongs to."""
    stem = stem_of(report_id)
    return next((stem.removesuffix(end) for end in _SUFFIXES if stem.endswith(end)), stem)


def direction_title(name: str) -> str:
    """Return a direction's title for people; of one that no longer exists its name."""
    # Looked up at each call: listing the directions is for the module that defines them.
    from oko_lib.batch import directions

    known = directions.DIRECTIONS.get(name)
    return known.title_ru if known is not None else name
