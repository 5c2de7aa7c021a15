"""Regional export of protocols of 2021: «логин школы, регион, …, всего баллов, балл за 1, …», all cells text."""

from __future__ import annotations

from oko_lib.intake.header import Field, HeaderSpec
from oko_lib.intake.layouts.participant_layout import GENDER, JOURNAL, TEACHER, ParticipantLayout


class Protocol2021(ParticipantLayout):
    """Protocols of 2021; the column «регион» holds the municipality."""

    name = "protocol_2021"
    title_ru = "Протоколы 2021 года (региональная выгрузка)"
    rank = 1
    trailing_tasks_optional = True
    spec = HeaderSpec(
        fields=(
            Field("login", ("логин школы", "логин"), required=True),
            Field("code", ("код обучающегося", "код участника"), required=True),
            Field("total", ("всего баллов",), required=True),
            Field("municipality", ("регион", "муниципалитет")),
            Field("class", ("класс",)),
            Field("variant", ("вариант", "вариант*"), many=True),
            JOURNAL,
            GENDER,
            TEACHER,
            Field("ignored", ("номер обучающегося", "Учебник*", "Др.уч*"), many=True),
        ),
        tasks=True,
        needs_tasks=True,
    )
