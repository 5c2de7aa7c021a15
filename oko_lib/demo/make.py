"""Writing the demo region: raw files under ``data/raw/demo`` and the truth beside them."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from oko_lib.demo.files.writer import RegionWriter
from oko_lib.demo.simulate import DEFAULT_SEED, DEFAULT_YEARS, simulate
from oko_lib.demo.truth import make_truth, plain
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.subjects import load_subjects
from oko_lib.settings.workspace import Workspace


@dataclass(frozen=True)
class DemoSummary:
    """What was made.

    Parameters
    ----------
    folder : Path
        Raw files.
    truth : Path
        Truth file.
    municipalities, schools : int
    participants : int
        Children × works, the absent included.
    files : dict of str to int
        Number of files by layout.
    """

    folder: Path
    truth: Path
    municipalities: int
    schools: int
    participants: int
    files: dict[str, int] = field(default_factory=dict)


def make_demo(
    workspace: Workspace,
    *,
    municipalities: int = 12,
    scale: float = 1.0,
    years: tuple[int, ...] = DEFAULT_YEARS,
    seed: int = DEFAULT_SEED,
) -> DemoSummary:
    """Make the demo region: same arguments, same bytes.

    Parameters
    ----------
    workspace : Workspace
        Files go to ``raw/demo`` (which is emptied first), the truth to ``demo_truth``.
    municipalities : int
        From 1 to 61; 12 give about 150 schools, 61 about 1000.
    scale : float
        Multiplies the number of schools.
    years : tuple of int
        Years of the procedures.
    seed : int

    Returns
    -------
    DemoSummary

    Raises
    ------
    SettingsError
        If an argument is out of range.
    """
    if not 0 < scale <= 20:
        raise SettingsError(f"Масштаб демонстрационного региона — больше 0 и не больше 20, задано {scale}.")
    if not years or len(set(years)) != len(years) or not all(2015 <= year <= 2100 for year in years):
        raise SettingsError(f"Годы демонстрационного региона — разные, от 2015 до 2100, заданы {list(years)}.")
    region = simulate(workspace, municipalities=municipalities, scale=scale, years=tuple(years), seed=seed)
    folder = workspace.raw / "demo"
    if folder.exists():
        shutil.rmtree(folder)
    written = RegionWriter(region, folder, load_subjects(workspace)).write()
    arguments = {"municipalities": municipalities, "scale": scale, "years": list(region.years), "seed": seed}
    truth = make_truth(region, arguments, written)
    workspace.demo_truth.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(truth, ensure_ascii=False, indent=1, default=plain)
    workspace.demo_truth.write_text(text + "\n", encoding="utf-8", newline="\n")
    return DemoSummary(
        folder=folder,
        truth=workspace.demo_truth,
        municipalities=len(region.municipalities),
        schools=len(region.schools),
        participants=sum(len(cell.frame) for cell in region.cells),
        files=written["files"],
    )
