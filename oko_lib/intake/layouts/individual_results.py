"""«Индивидуальные результаты» (form Ф1): the ФИС ОКО report with one participant a row."""

from __future__ import annotations

from oko_lib.intake.header import Field, HeaderSpec
from oko_lib.intake.layouts.participant_layout import GENDER, JOURNAL, TEACHER, ParticipantLayout


class IndividualResults(ParticipantLayout):
    """The report «Индивидуальные результаты»."""

    name = "individual_results"
    title_ru = "Индивидуальные результаты"
    rank = 2
    spec = HeaderSpec(
        fields=(
            Field("code", ("Код участника", "Код"), required=True),
            Field("total", ("Первичный балл", "Первичный балл*"), required=True),
            Field("mark", ("Отметка", "Отметка за ВПР", "Отметка ВПР"), required=True),
            Field("login", ("ОО", "Логин ОО", "Логин", "Код ОО", "Логин школы")),
            Field("municipality", ("Муниципалитет", "Муниципалитет*", "МСУ", "Муниципальное образование", "Район")),
            Field("school_name", ("Название ОО", "Наименование ОО", "Школа", "Образовательная организация")),
            Field("class", ("Класс", "Номер класса", "Порядковый номер класса", "Наименование класса")),
            Field("variant", ("Вариант", "Вариант*"), many=True),
            JOURNAL,
            GENDER,
            TEACHER,
        ),
        tasks=True,
        bare_tasks=True,
    )
