"""The data explorers look at: one pinned version, and what has been computed of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

from oko_lib.batch.available import Available, survey
from oko_lib.explore.directions import explored
from oko_lib.indicators.session import Session, data_of, open_session, pinned
from oko_lib.indicators.years import years_with_results
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store

#: Municipalities × directions kept in memory, beside the regions, which are kept as long as the kernel.
_KEPT = 64


class Lens:
    """What explorers ask for data.

    All of them that share a lens show one version of the data, until :meth:`refresh`.

    Parameters
    ----------
    root : path or None
        Working place; by default the one ``oko lab`` was opened for.
    as_of : str
        Time or load id; empty for the data as they stand, or as the batch has pinned them.
    """

    def __init__(self, root: str | Path | None = None, as_of: str = "") -> None:
        self.workspace = Workspace.at(root or None)
        self._as_of = as_of
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._snapshot: Snapshot | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The version of the data; opened when first asked for: a working place may be empty yet."""
        if self._snapshot is None:
            self._snapshot = data_of(self.workspace, self._as_of or None)
        return self._snapshot

    def refresh(self) -> bool:
        """Look at the newest data; tells whether they have changed."""
        newest = Store(self.workspace.store).snapshot()
        if self._snapshot is not None and newest.fingerprint == self._snapshot.fingerprint:
            return False
        self._snapshot = newest
        self._kept.clear()
        return True

    def years(self, direction: str) -> list[int]:
        """Return the years with data of a direction, newest first."""
        return self._keep(("years", direction), lambda: self._years(direction))

    def municipalities(self, direction: str, year: int) -> list[tuple[str, str]]:
        """Return name and code of the municipalities with data of a direction in a year, by name."""
        return list(self._keep(("municipalities", direction, year), lambda: self._municipalities(direction, year)))

    def session(self, direction: str, year: int = 0, municipality: str = "") -> Session:
        """Return the session of a direction; `municipality` is a code, empty for the region."""
        known = explored(direction)

        def opened() -> Session:
            with pinned(self.workspace.root, self.snapshot):
                return open_session(self.workspace.root, None, year, norms=known.norms, tables=known.tables)

        session = self._keep(("session", direction, year), opened)
        if not municipality:
            return session
        names = {code: name for name, code in self.municipalities(direction, session.year)}
        if municipality not in names:
            raise SettingsError(f"Нет данных за {session.year} год: муниципалитет «{municipality}».")
        return replace(session, municipality_code=municipality, municipality_name=names[municipality])

    def context(self, direction: str, year: int, municipality: str) -> Any:
        """Return what the report of a municipality is made of (of the region, when `municipality` is empty)."""
        known = explored(direction)
        make = known.open if municipality else known.open_region
        if make is None:
            raise SettingsError("Эта тема показывает один муниципалитет: выберите его.")
        session = self.session(direction, year, municipality)
        return self._keep(("context", direction, year, municipality), lambda: make(session))

    def keep(self, key: Hashable, make: Any) -> Any:
        """Return ``make()``, made once for this version of the data; `key` says of what."""
        return self._keep(("own", key), make)

    def _keep(self, key: Hashable, make: Any) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def _years(self, direction: str) -> list[int]:
        return years_with_results(self.snapshot, explored(direction).tables)[::-1]

    def _municipalities(self, direction: str, year: int) -> list[tuple[str, str]]:
        named = self._surveyed(direction, year).municipalities
        return list(zip(named["name"].map(str), named["code"].map(str), strict=True))

    def _surveyed(self, direction: str, year: int) -> Available:
        make = lambda: survey(self.snapshot, year, explored(direction).tables)  # noqa: E731
        return self._keep(("survey", direction, year), make)
