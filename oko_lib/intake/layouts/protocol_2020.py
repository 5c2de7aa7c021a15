"""Regional export of protocols, autumn 2020: «groups, user, id, code, otc, gender, klass, var-1, …, a-40-grade»."""

from __future__ import annotations

from oko_lib.intake.header import Field, HeaderSpec
from oko_lib.intake.layouts.participant_layout import GENDER, JOURNAL, TEACHER, ParticipantLayout


class Protocol2020(ParticipantLayout):
    """Protocols of autumn 2020; pupils wrote the work for the grade before theirs."""

    name = "protocol_2020"
    title_ru = "Протоколы 2020 года (региональная выгрузка)"
    rank = 1
    trailing_tasks_optional = True
    grade_from_code = True
    spec = HeaderSpec(
        fields=(
            Field("user", ("user",), required=True),
            Field("code", ("code",), required=True),
            Field("total", ("sum",), required=True),
            Field("groups", ("groups",)),
            Field("class", ("klass",)),
            Field("variant", ("var-1", "var-2", "var*"), many=True),
            JOURNAL,
            GENDER,
            TEACHER,
            Field("ignored", ("id", "Учебник*", "Др.уч*"), many=True),
        ),
        tasks=True,
        needs_tasks=True,
    )
