"""The seven measures of section 1.2.3: which procedures each stands on and under which codes it is reported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure «share of listed schools with positive dynamics in …».

    Parameters
    ----------
    number : int
        Number in section 1.2.3.
    region_code, municipality_code : str
        Codes of the indicator on both levels.
    title_ru : str
        What the results are of, as it follows «положительная динамика в результатах …».
    short_ru, brief_ru : str
        For sentences; for tables and figures.
    procedures : tuple of str
        Keys of :func:`~oko_lib.indicators.low_results.outcomes.outcomes_by_school`; several are judged together.
    success_codes, failure_codes : tuple of str
        Codes of the school-level indicators the measure is read off, by procedure: share of success, share below the
        threshold (КДР has none).
    """

    number: int
    region_code: str
    municipality_code: str
    title_ru: str
    short_ru: str
    brief_ru: str
    procedures: tuple[str, ...]
    success_codes: tuple[str, ...]
    failure_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    title_ru: str
    short_ru: str
    brief_ru: str
    procedures: tuple[str, ...]
    success: tuple[int, ...]
    failure: tuple[int, ...] = ()


# The school's own indicators are numbered through in the table of 2021: S01 … S13.
_LINES = (
    _Line("ОГЭ по математике", "ОГЭ, математика", "ОГЭ МА", ("ОГЭ · Математика",), (1,), (2,)),
    _Line("ОГЭ по русскому языку", "ОГЭ, русский язык", "ОГЭ РУ", ("ОГЭ · Русский язык",), (3,), (4,)),
    _Line(
        "ЕГЭ по математике",
        "ЕГЭ, математика",
        "ЕГЭ МА",
        ("ЕГЭ · Математика базовая", "ЕГЭ · Математика профильная"),
        (5, 6),
        (8, 7),
    ),
    _Line("ЕГЭ по русскому языку", "ЕГЭ, русский язык", "ЕГЭ РУ", ("ЕГЭ · Русский язык",), (9,), (10,)),
    _Line(
        "краевой диагностической работы по читательской грамотности (4 класс)",
        "КДР, читательская грамотность, 4 кл.",
        "КДР РЧ-4",
        ("КДР · reading_literacy · 4",),
        (11,),
    ),
    _Line(
        "краевой диагностической работы по читательской грамотности (6 класс)",
        "КДР, читательская грамотность, 6 кл.",
        "КДР РЧ-6",
        ("КДР · reading_literacy · 6",),
        (12,),
    ),
    _Line(
        "краевой диагностической работы по естественнонаучной грамотности (8 класс)",
        "КДР, естественнонаучная грамотность, 8 кл.",
        "КДР ЕНГ-8",
        ("КДР · science_literacy · 8",),
        (13,),
    ),
)


def _codes(numbers: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(f"1.2.3-S{number:02d}" for number in numbers)


MEASURES: tuple[Measure, ...] = tuple(
    Measure(
        number=number,
        region_code=f"1.2.3-R{number:02d}",
        municipality_code=f"1.2.3-M{number:02d}",
        title_ru=line.title_ru,
        short_ru=line.short_ru,
        brief_ru=line.brief_ru,
        procedures=line.procedures,
        success_codes=_codes(line.success),
        failure_codes=_codes(line.failure),
    )
    for number, line in enumerate(_LINES, start=1)
)
