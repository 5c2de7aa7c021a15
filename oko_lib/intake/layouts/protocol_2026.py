"""School protocol form of 2025–2026: one part or two, no login inside, the total is a formula."""

from __future__ import annotations

from oko_lib.intake.header import Field, HeaderSpec
from oko_lib.intake.layouts.participant_layout import GENDER, JOURNAL, TEACHER, ParticipantLayout

_FIELDS = (
    Field("code", ("Код участника", "Код"), required=True),
    Field("total", ("Итого баллов", "Итого*"), required=True),
    Field("class", ("Порядковый номер класса", "Класс №*", "Класс", "Класс*", "Наименование класса")),
    JOURNAL,
    GENDER,
    TEACHER,
)


class Protocol2026(ParticipantLayout):
    """The form of a work in one part."""

    name = "protocol_2026"
    title_ru = "Форма сбора результатов 2025–2026 годов (протокол школы)"
    rank = 1
    template_rows = True
    total_is_formula = True
    spec = HeaderSpec(
        fields=(*_FIELDS, Field("variant", ("Вариант", "Вариант*"), required=True)), tasks=True, needs_tasks=True
    )


class ProtocolTwoParts(ParticipantLayout):
    """The form of a work in two parts, each with its variant."""

    name = "protocol_two_parts"
    title_ru = "Форма сбора результатов 2025–2026 годов из двух частей (протокол школы)"
    rank = 1
    template_rows = True
    total_is_formula = True
    spec = HeaderSpec(
        fields=(
            Field("variant", ("Вариант (часть 1)", "Вариант (часть*", "Вариант часть*"), required=True, many=True),
            *_FIELDS,
        ),
        tasks=True,
        needs_tasks=True,
    )
