"""Making a blank form: which rows it gets and where the file goes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from oko_lib.forms.form import Form, form_named, title_of
from oko_lib.forms.schools import Place, place_of
from oko_lib.forms.workbook import write_workbook
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

_YEARS = (2015, 2100)


@dataclass(frozen=True)
class MadeForm:
    """A form that was written.

    Parameters
    ----------
    file : Path
        The workbook.
    form : Form
        What it asks for.
    year : int
        Year filled in beforehand.
    place : Place or None
        Municipality whose schools are filled in.
    rows : int
        Rows filled in beforehand.
    """

    file: Path
    form: Form
    year: int
    place: Place | None
    rows: int


def make_form(
    workspace: Workspace,
    kind: str,
    *,
    municipality: str | None = None,
    year: int | None = None,
    out: Path | None = None,
    replace: bool = False,
) -> MadeForm:
    """Write a blank form.

    Parameters
    ----------
    workspace : Workspace
        Where the parameters and the register of schools are.
    kind : str
        Name or title of the form.
    municipality : str, optional
        Code or name: its schools are filled in; without it the rows are blank.
    year : int, optional
        Calendar year the data are about; this year by default.
    out : Path, optional
        File or folder; by default ``data/forms`` of the working place.
    replace : bool
        Write over a file that is there. It may be a filled form, so this must be asked for.

    Raises
    ------
    SettingsError
        If there is no such form or municipality, the year is impossible, or the file is there already.
    """
    form = form_named(workspace, kind)
    year = dt.date.today().year if year is None else year
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise SettingsError(f"Год {year}: допустимы годы с {_YEARS[0]} по {_YEARS[1]}.")
    if municipality and not form.by_school:
        raise SettingsError(f"Форма «{form.title_ru}» не о школах: делайте её без --municipality.")
    place = place_of(workspace, municipality) if municipality else None
    file = _target(workspace, form, place, year, out)
    if file.exists() and not replace:
        raise SettingsError(
            f"Файл «{file}» уже есть, возможно, заполненный. Укажите другое имя (--out) или добавьте --force."
        )
    rows = _rows(form, place, year, workspace)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_workbook(file, form, rows, place, year)
    return MadeForm(file, form, year, place, len(rows))


def _target(workspace: Workspace, form: Form, place: Place | None, year: int, out: Path | None) -> Path:
    parts = [form.title_ru, *([place.name] if place else []), str(year)]
    name = re.sub(r'[\\/:*?"<>|]+', " ", " — ".join(parts)).strip() + ".xlsx"
    if out is None:
        return workspace.root / "data" / "forms" / name
    if out.is_dir():
        return out / name
    if out.suffix.casefold() != ".xlsx":
        raise SettingsError(f"--out: «{out}» — нужна папка или файл .xlsx.")
    return out


def _rows(form: Form, place: Place | None, year: int, workspace: Workspace) -> list[dict[str, object]]:
    """Return the rows filled in beforehand: column (empty name for the school's name) → value."""
    if place is None:
        return []
    written = [{name: title_of(form, name, value, workspace) for name, value in row.items()} for row in form.rows]
    return [{"year": year, "login": login, "": name, **row} for login, name in place.schools for row in written]
