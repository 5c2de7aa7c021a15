"""The data of a working place, read anew only when something has been loaded: opening a region's takes a second."""

from __future__ import annotations

from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot, Store


class FreshData:
    """The newest snapshot of a working place.

    Parameters
    ----------
    workspace : Workspace
        Whose data.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._store = Store(workspace.store)
        self._snapshot: Snapshot | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing has ever been loaded here."""
        return not self.workspace.store.is_dir() or self._store.history().empty

    @property
    def snapshot(self) -> Snapshot:
        """The data as they stand now.

        Raises
        ------
        StoreError
            If there are none, or they are damaged.
        """
        if self._snapshot is not None and self.workspace.store.is_dir():
            loads = self._store.history()["sequence"]
            if len(loads) and int(loads.max()) == self._snapshot.sequence:
                return self._snapshot
        self._snapshot = self._store.snapshot()
        return self._snapshot
