"""The schools there are, under every name and login they have gone by, and the one a user means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from oko_lib.batch.school_names import name_words, spellings
from oko_lib.indicators.registers import school_register
from oko_lib.report.names import short_school
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.store import Snapshot

_SPELT = """
    select coalesce(history.school_id, schools.login) as school, schools.login, schools.school_name
    from schools
    left join school_logins as history on history.login = schools.login
    order by schools.year desc
"""
_LOGINS = "select school_id as school, login from school_logins order by login"
#: So many schools of one name are listed in a message.
_LISTED = 6


@dataclass(frozen=True)
class School:
    """One school over all years.

    Parameters
    ----------
    id : str
        Lasting identifier.
    municipality_code : str or None
        None when no file states it.
    names, logins : tuple of str
        All there have been, the newest name first; the identifier is among the logins.
    """

    id: str
    municipality_code: str | None
    names: tuple[str, ...]
    logins: tuple[str, ...]

    @property
    def name(self) -> str:
        """The newest name."""
        return self.names[0]

    @property
    def short(self) -> str:
        return short_school(self.name)


def schools_of(snapshot: Snapshot) -> dict[str, School]:
    """Return identifier → school of every school the data name."""
    spelt = snapshot.sql(_SPELT)
    names = spelt.groupby("school", sort=False)["school_name"].unique()
    logins = dict(spelt.groupby("school", sort=False)["login"].unique())
    further = dict(snapshot.sql(_LOGINS).groupby("school")["login"].unique())
    return {
        row.school: School(
            id=row.school,
            municipality_code=row.municipality_code if isinstance(row.municipality_code, str) else None,
            # The register says which name is the newest: logins of one year may disagree.
            names=tuple(dict.fromkeys((row.school_name, *names[row.school]))),
            logins=tuple(dict.fromkeys((row.school, *logins[row.school], *further.get(row.school, ())))),
        )
        for row in school_register(snapshot).itertuples(index=False)
    }


def find_school(wanted: str, schools: Mapping[str, School], within: Collection[str] = ()) -> School:
    """Return the school written as an identifier, a login or a name, full or short.

    Parameters
    ----------
    within : collection of str
        Codes of municipalities that decide between schools of one name.

    Raises
    ------
    SettingsError
        If there is none (with the nearest name or login) or there are several.
    """
    folded = wanted.strip().casefold()
    by_login = [item for item in schools.values() if folded in {login.casefold() for login in item.logins}]
    words = name_words(wanted)
    found = (
        by_login
        or [item for item in schools.values() if words and words in map(name_words, item.names)]
        or [item for item in schools.values() if words and words in map(name_words, spellings(item.names))]
    )
    chosen = [item for item in found if item.municipality_code in within] or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        listed = ", ".join(f"{item.id} ({item.municipality_code or '?'})" for item in chosen[:_LISTED])
        more = f" и ещё {len(chosen) - _LISTED}" if len(chosen) > _LISTED else ""
        raise SettingsError(f"Название «{wanted}» носят несколько школ: {listed}{more}. Укажите логин школы.")
    known = {form.casefold(): form for item in schools.values() for form in (*item.logins, *spellings(item.names))}
    near = suggest(folded, list(known))
    for key, form in known.items():
        near = near.replace(f"«{key}»", f"«{form}»")
    raise SettingsError(f"Нет школы «{wanted}».{near or ' Укажите логин школы или её название, как в справочнике.'}")
