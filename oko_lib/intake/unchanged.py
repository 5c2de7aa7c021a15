"""Is a file in the store already? The journal of loads knows, mostly without reading the file's cells."""

from __future__ import annotations

import hashlib
from pathlib import Path

from oko_lib.intake.outcome import Outcome
from oko_lib.intake.report import FileReport
from oko_lib.store import Snapshot, Store


class Journal:
    """Loads that are there already.

    Parameters
    ----------
    store : Store
        The store.
    snapshot : Snapshot or None
        What is visible before the intake.
    """

    def __init__(self, store: Store, snapshot: Snapshot | None) -> None:
        self._store = store
        self._snapshot = snapshot
        self.ids: set[str] = set()
        self._by_hash: dict[str, list[dict]] = {}
        self._by_id: dict[str, dict] = {}
        if snapshot is not None:
            for row in store.history().to_dict("records"):
                self.ids.add(row["load_id"])
                self._by_hash.setdefault(row["content_hash"], []).append(row)
                self._by_id[row["load_id"]] = row

    def same_file(self, path: Path) -> FileReport | None:
        """Return the report of a file that was loaded under the same name from a folder of the same name.

        Names matter because a form may take its school, subject or year from them. A file whose rows a later file
        replaced is not loaded again either: a folder that holds an original and its correction can be taken in every
        day, and the correction stays.
        """
        if not self._by_hash:
            return None
        try:
            content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            return None
        for row in reversed(self._by_hash.get(content_hash, [])):
            folder = Path(row["file_path"] or "").parent.name
            if row["file_name"] == path.name and folder == path.resolve().parent.name:
                return _unchanged(path, row)
        return None

    def superseded(self, outcome: Outcome) -> FileReport | None:
        """Return the report of a file whose content was loaded under another name and then replaced.

        Only for files that say themselves what they are about: equal forms of two schools are two files.
        """
        for row in reversed(self._by_hash.get(outcome.content_hash, [])):
            same = row["layout"] == outcome.layout and row["accepted_rows"] == outcome.accepted
            if same and not row["active"] and outcome.rank >= _SPEAKS_FOR_ITSELF:
                return _unchanged(outcome.path, row)
        return None

    def same_rows(self, outcome: Outcome) -> FileReport | None:
        """Return the report of a file whose content, read as it is now, is all there under another name."""
        load_id = self._store.known(outcome.content_hash, outcome.layout or "") if self._by_hash else None
        row = self._by_id.get(load_id or "")
        if row is None or row["accepted_rows"] != outcome.accepted or not outcome.works:
            return None
        there = self._snapshot.sql(
            "SELECT DISTINCT year, grade, subject, login FROM vpr_results_by_participant WHERE load_id = $load_id",
            {"load_id": load_id},
        )
        works = {(int(row.year), int(row.grade), row.subject, row.login) for row in there.itertuples(index=False)}
        return _unchanged(outcome.path, row) if works == set(outcome.works) else None

    def note(self, outcome: Outcome, load_id: str) -> None:
        """Remember a load made just now."""
        self.ids.add(load_id)


def _unchanged(path: Path, row: dict) -> FileReport:
    return FileReport(
        path=str(path),
        layout=row["layout"],
        read=int(row["read_rows"]),
        accepted=int(row["accepted_rows"]),
        quarantined=int(row["quarantined_rows"]),
        non_data=int(row["non_data_rows"]),
        load_id=row["load_id"],
        status="unchanged",
        warnings=() if row["active"] else (_REPLACED,),
    )


#: Rank of reports and directories; a collection form (rank 1) takes its school from the folder or the file name.
_SPEAKS_FOR_ITSELF = 2

_REPLACED = (
    "Файл уже загружали, позже его строки заменил другой файл (исправленный или старший по виду). Ничего не изменено; "
    "чтобы вернуть строки этого файла, загрузите его с --again."
)
