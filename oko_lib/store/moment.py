"""«As of» in the forms people give it: a moment, a day, a load."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pandas as pd

from oko_lib.store.errors import StoreError
from oko_lib.store.ids import batch_of, is_load_id

#: What may be asked for: moment, day, load id or ISO text, number of a load.
AsOf = datetime | date | str | int


def sequence_at(loads: pd.DataFrame, as_of: AsOf) -> int:
    """Return the number of the last load known at a moment.

    A load stands for its whole batch, because no one ever saw half a batch. A day means its end; a moment without a
    time zone is local time.

    Parameters
    ----------
    loads : DataFrame
        All loads: ``sequence``, ``load_id``, ``loaded_at``.
    as_of : datetime, date, str or int

    Returns
    -------
    int
        0 when nothing was loaded yet.

    Raises
    ------
    StoreError
        If there is no such load or the text is no moment.
    """
    if isinstance(as_of, int):
        return _end_of_batch(loads, loads["sequence"] == as_of, str(as_of))
    if isinstance(as_of, str):
        if is_load_id(as_of):
            return _end_of_batch(loads, loads["load_id"] == as_of, as_of)
        as_of = _parse(as_of)
    if not isinstance(as_of, datetime):
        as_of = datetime.combine(as_of, time.max)
    known = loads.loc[loads["loaded_at"] <= as_of.astimezone(UTC), "sequence"]
    return int(known.max()) if len(known) else 0


def _parse(text: str) -> datetime | date:
    for kind in (date, datetime):
        try:
            return kind.fromisoformat(text.strip())
        except ValueError:
            continue
    raise StoreError(
        f"Не понял, на какой момент нужны данные: «{text}». Запишите день (2026-11-22), время (2026-11-22T14:30) или "
        "номер загрузки из журнала загрузок (00000012-1f2e3d4c)."
    )


def _end_of_batch(loads: pd.DataFrame, match: pd.Series, asked: str) -> int:
    if not match.any():
        raise StoreError(f"В журнале загрузок нет загрузки {asked}. Номера загрузок показывает журнал (Store.history).")
    batch = batch_of(loads.loc[match, "load_id"].iloc[0])
    return int(loads.loc[loads["load_id"].map(batch_of) == batch, "sequence"].max())
