"""What one report stands on: the pinned data, the norms, the municipality and the year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from oko_lib.indicators.registers import municipality_register, region_name
from oko_lib.indicators.years import VPR_TABLES, choose_year
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.norms import Norms, load_objectivity_norms
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store

_PINNED: dict[Path, Snapshot] = {}


@dataclass(frozen=True)
class Session:
    """Everything a direction needs to compute one report.

    Parameters
    ----------
    workspace : Workspace
        Where parameters and data lie.
    snapshot : Snapshot
        The pinned version of the data.
    norms : Norms
        Norms in force: those of the direction the session was opened for.
    year : int
        Year of the report.
    municipality_code, municipality_name : str or None
        None for the whole region.
    region_name : str
        Name of the region, as in the data.
    """

    workspace: Workspace
    snapshot: Snapshot
    norms: Norms
    year: int
    municipality_code: str | None
    municipality_name: str | None
    region_name: str


def pin(root: Path | str | None, snapshot: Snapshot) -> None:
    """Make `snapshot` the data of the working place at `root` for this process and its forks.

    The batch pins the version once, before any report is started: all reports of a run then stand on the same data,
    and forked children never touch the table library of the parent.
    """
    _PINNED[Workspace.at(root).root] = snapshot


@contextmanager
def pinned(root: Path | str | None, snapshot: Snapshot) -> Iterator[None]:
    """Pin `snapshot` for as long as the block runs; afterwards things are as they were."""
    key = Workspace.at(root).root
    before = _PINNED.get(key)
    pin(root, snapshot)
    try:
        yield
    finally:
        _PINNED.pop(key)
        if before is not None:
            _PINNED[key] = before


def data_of(workspace: Workspace, as_of: str | None = None) -> Snapshot:
    """Return the pinned snapshot of `workspace`, or open the newest (or the one `as_of`)."""
    if as_of:
        return Store(workspace.store).snapshot(as_of)
    return _PINNED.get(workspace.root) or Store(workspace.store).snapshot()


def open_session(
    workspace_root: str | Path | None = None,
    municipality: str | None = None,
    year: int | None = None,
    as_of: str | None = None,
    *,
    norms: Callable[[Workspace], Norms] = load_objectivity_norms,
    tables: Sequence[str] = VPR_TABLES,
) -> Session:
    """Open the data for one report.

    Parameters
    ----------
    workspace_root : str or Path, optional
        Top folder; the project's own by default.
    municipality : str, optional
        Code or name of a municipality; None or empty for the whole region.
    year : int, optional
        Year of the report; 0 or None for the latest year with results.
    as_of : str, optional
        Time or load id: the data as they stood then.
    norms : callable
        Reads the norms of the direction from a working place.
    tables : sequence of str
        Tables the direction stands on: a year with rows in any of them can be reported.

    Raises
    ------
    SettingsError
        If there are no data, or none for that municipality or year; the message says what there is.
    """
    workspace = Workspace.at(workspace_root or None)
    snapshot = data_of(workspace, as_of or None)
    chosen = choose_year(snapshot, year, tables)
    register = municipality_register(snapshot)
    code, name = _find_municipality(register, municipality) if municipality else (None, None)
    return Session(
        workspace=workspace,
        snapshot=snapshot,
        norms=norms(workspace),
        year=chosen,
        municipality_code=code,
        municipality_name=name,
        region_name=region_name(snapshot) or "регион",
    )


def require_municipality(session: Session) -> None:
    """Refuse a session of the whole region where one municipality is told of.

    Raises
    ------
    SettingsError
        With the municipalities there are.
    """
    if session.municipality_code is None:
        register = municipality_register(session.snapshot)
        known = ", ".join(register["municipality_code"] + " " + register["municipality_name"])
        raise SettingsError(f"Впишите муниципалитет — код или название. Есть: {known}.")


def _find_municipality(register: pd.DataFrame, wanted: str) -> tuple[str, str]:
    folded = " ".join(str(wanted).casefold().replace("ё", "е").split())
    names = register["municipality_name"].str.casefold().str.replace("ё", "е")
    found = register[(register["municipality_code"].str.casefold() == folded) | (names == folded)]
    if len(found) != 1:
        known = [*register["municipality_code"], *register["municipality_name"]]
        listed = ", ".join(register["municipality_code"] + " " + register["municipality_name"])
        raise SettingsError(f"Нет муниципалитета «{wanted}».{suggest(wanted, known) or f' Есть: {listed}.'}")
    return str(found["municipality_code"].iloc[0]), str(found["municipality_name"].iloc[0])
