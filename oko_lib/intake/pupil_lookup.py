"""From a name somebody lawfully holds to the key under which the child is in the data."""

from __future__ import annotations

from oko_lib.intake.errors import FileRefused
from oko_lib.intake.pseudonyms import NameKind, PupilKeys, read_birth_date, read_name
from oko_lib.intake.text import is_blank
from oko_lib.intake.values import is_login, normal_code
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.secret import SecretPlace, read_secret
from oko_lib.settings.workspace import Workspace
from oko_lib.store import kept_fingerprint

_NO_SECRET = (
    "Секрета ключей учеников ещё нет: в этой рабочей папке не загружали файлов с именами, и ключей никто не делал. "
    "Сначала загрузите файлы: oko ingest ПАПКА."
)


def key_of(
    workspace: Workspace,
    full_name: str,
    born: str | None = None,
    login: str | None = None,
    year: int | None = None,
    grade: int | None = None,
) -> str:
    """Return the key of a child; messages never repeat the name.

    Parameters
    ----------
    workspace : Workspace
        Where the secret lies.
    full_name : str
        Surname, first name, patronymic, in any spelling.
    born : str, optional
        Date of birth in any spelling.
    login, year, grade : optional
        For a child whose date of birth the files did not have: its school, and in which class it was in which year.

    Raises
    ------
    SettingsError
        If there is no secret yet, it is not the one of the store, or too little is said for a key.
    """
    expected = kept_fingerprint(workspace.store)
    if expected is None and read_secret(workspace.pupil_secret) is None:
        raise SettingsError(_NO_SECRET)
    keys = PupilKeys(SecretPlace(workspace.pupil_secret, expected))
    name = read_name(full_name)
    if name.kind is not NameKind.FULL:
        raise SettingsError("Нужны фамилия, имя и отчество полностью, без сокращений и других знаков.")
    try:
        token = keys.token(name.text)
    except FileRefused as refusal:
        raise SettingsError(str(refusal)) from None
    if not is_blank(born):
        date = read_birth_date(born)
        if date is None:
            raise SettingsError("Дата рождения не читается. Запишите её так: --born 01.02.2011.")
        return keys.dated(token, date)
    if login is None or year is None or grade is None:
        raise SettingsError(
            "Назовите дату рождения: --born 01.02.2011. Если в файлах её не было, ключ составлен по школе и году "
            "поступления; тогда назовите школу, любой год и класс в этом году: --login edu990389 --year 2026 --grade 8."
        )
    code = normal_code(login)
    if not is_login(code):
        raise SettingsError("Логин ОО — это edu или sch и шесть цифр, например --login edu990389.")
    return keys.undated(token, code, year - grade)
