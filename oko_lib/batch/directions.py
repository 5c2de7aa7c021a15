"""Which directions can be built: their notebooks, their parameters, what a run computes once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oko_lib.batch.parameters import MunicipalityParameters, RegionParameters
from oko_lib.settings.loading import SettingsError, suggest
from oko_lib.settings.workspace import Workspace
from oko_lib.store import Snapshot


@dataclass(frozen=True)
class Direction:
    """One direction of the assessment of quality.

    Parameters
    ----------
    name : str
        Identifier in commands and file names.
    title_ru : str
        Title in lists and headers.
    notebook, region_notebook : str
        File names in the notebooks folder; the second may be None when there is no regional summary.
    norms : tuple of str
        Parameter files (relative to the parameters folder) whose content belongs to the fingerprint.
    method_pages : tuple of str
        Pages of ``docs/ru/methods`` its reports link to.
    parameters, region_parameters : type
        Models of the notebooks' parameters.
    prepare : callable or None
        ``prepare(workspace, snapshot, year)`` computes region-wide results once, in the parent, before any report is
        started; forked reports inherit them. It must not compile Typst: a fork after that hangs.
    """

    name: str
    title_ru: str
    notebook: str
    region_notebook: str | None = None
    norms: tuple[str, ...] = ()
    method_pages: tuple[str, ...] = ()
    parameters: type[MunicipalityParameters] = MunicipalityParameters
    region_parameters: type[RegionParameters] = RegionParameters
    prepare: Callable[[Workspace, Snapshot, int], object] | None = None


def _prepare_objectivity(workspace: Workspace, snapshot: Snapshot, year: int) -> None:
    # Imported here: listing the directions must not load the statistics stack.
    from oko_lib.indicators import objectivity

    objectivity.prepare(workspace, snapshot, year)


DIRECTIONS: dict[str, Direction] = {
    item.name: item
    for item in (
        Direction(
            name="objectivity",
            title_ru="Объективность ВПР",
            notebook="objectivity.ipynb",
            region_notebook="objectivity_region.ipynb",
            norms=("norms/objectivity.yaml", "subjects.yaml"),
            method_pages=(
                "agreement",
                "border_excess",
                "consistency",
                "control_group",
                "false_discovery",
                "fioko_signs",
                "funnel",
                "repetition",
                "school_evidence",
                "shrinkage",
            ),
            prepare=_prepare_objectivity,
        ),
    )
}


def direction(name: str, known: dict[str, Direction] | None = None) -> Direction:
    """Return the direction called `name`.

    Raises
    ------
    SettingsError
        If there is none; the message names the nearest one or lists all.
    """
    registry = DIRECTIONS if known is None else known
    if name in registry:
        return registry[name]
    hint = suggest(name, list(registry)) or f" Есть: {', '.join(registry)}."
    raise SettingsError(f"Нет направления «{name}».{hint}")
