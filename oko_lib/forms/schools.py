"""Schools a form is filled with beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from oko_lib.indicators.registers import municipality_register, school_register
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store


@dataclass(frozen=True)
class Place:
    """A municipality and its schools.

    Parameters
    ----------
    code, name : str
        Municipality.
    schools : tuple of (str, str)
        Present login and name of every school, by name.
    """

    code: str
    name: str
    schools: tuple[tuple[str, str], ...]


def place_of(workspace: Workspace, wanted: str) -> Place:
    """Return the municipality written as a code or a name, with its schools.

    Schools that were last heard of earlier than others of the municipality's (closed or joined to another) are left
    out.

    Raises
    ------
    SettingsError
        If the store knows no such municipality or no school of it.
    """
    if not workspace.store.is_dir():
        raise SettingsError(
            "В хранилище ещё нет школ. Загрузите справочник школ (oko ingest) или сделайте форму без --municipality."
        )
    snapshot = Store(workspace.store).snapshot()
    code, name = _municipality(snapshot, wanted)
    register = school_register(snapshot)
    here = register[register["municipality_code"] == code]
    last = _last_years(snapshot)
    newest = max((last.get(school, 0) for school in here["school"]), default=0)
    schools = [
        (school, "" if school_name == school else school_name)
        for school, school_name in here[["school", "school_name"]].itertuples(index=False)
        if last.get(school, 0) == newest
    ]
    if not schools:
        raise SettingsError(f"«{name}»: в хранилище нет ни одной школы. Загрузите справочник школ (oko ingest).")
    return Place(code, name, tuple(sorted(schools, key=lambda school: (school[1].casefold(), school[0]))))


def _last_years(snapshot: Snapshot) -> dict[str, int]:
    """Return the last year each school was heard of, by its lasting identifier."""
    found = snapshot.sql(
        "select coalesce(history.school_id, schools.login) as school, max(schools.year) as year from schools "
        "left join school_logins as history on history.login = schools.login group by all"
    )
    return dict(zip(found["school"], found["year"].astype(int), strict=True))


def _municipality(snapshot: Snapshot, wanted: str) -> tuple[str, str]:
    register = municipality_register(snapshot)
    known = list(zip(register["municipality_code"], register["municipality_name"], strict=True))
    folded = _folded(wanted)
    found = [(code, name) for code, name in known if folded in (_folded(code), _folded(name))]
    if len(found) == 1:
        return found[0]
    if found:
        codes = ", ".join(code for code, _ in found)
        raise SettingsError(f"«{wanted}» — не один муниципалитет: {codes}. Укажите код.")
    hint = suggest(wanted, [*(code for code, _ in known), *(name for _, name in known)])
    listed = "; ".join(f"{code} {name}" for code, name in known) or "ни одного, загрузите справочник (oko ingest)"
    raise SettingsError(f"Нет муниципалитета «{wanted}».{hint} Есть: {listed}.")


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
