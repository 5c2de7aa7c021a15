"""Regional export of protocols of 2022: «Пользователь, …, Школа, …, Код, Вариант, 1 (2б), …, Итого баллов»."""

from __future__ import annotations

from oko_lib.intake.header import Field, HeaderSpec
from oko_lib.intake.layouts.participant_layout import GENDER, JOURNAL, TEACHER, ParticipantLayout


class Protocol2022(ParticipantLayout):
    """Protocols of 2022; codes stand before names: «edu994003 | МБОУ …»."""

    name = "protocol_2022"
    title_ru = "Протоколы 2022 года (региональная выгрузка)"
    rank = 1
    spec = HeaderSpec(
        fields=(
            Field("school_name", ("Школа", "ОО"), required=True),
            Field("code", ("Код", "Код участника"), required=True),
            Field("variant", ("Вариант", "Вариант*"), required=True, many=True),
            Field("total", ("Итого баллов", "Итого*"), required=True),
            Field("municipality", ("Муниципалитет", "Муниципалитет*")),
            Field("user", ("Пользователь",)),
            Field("class", ("Наименование класса", "Класс*", "Порядковый номер класса")),
            JOURNAL,
            GENDER,
            TEACHER,
            Field("ignored", ("Код региона", "Регион", "Дата загрузки*"), many=True),
        ),
        tasks=True,
        needs_tasks=True,
    )
