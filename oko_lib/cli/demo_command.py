"""``oko demo``: make the synthetic region."""

from __future__ import annotations

from typing import Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, shown_path, workspace_at
from oko_lib.settings.loading import SettingsError


def demo(
    municipalities: Annotated[int, typer.Option("--municipalities", help="Сколько муниципалитетов.")] = 12,
    scale: Annotated[float, typer.Option("--scale", help="Во сколько раз больше школ.")] = 1.0,
    years: Annotated[str, typer.Option("--years", metavar="СПИСОК", help="Годы через запятую.")] = "2024,2025,2026",
    seed: Annotated[int, typer.Option("--seed", help="Начальное число: одно и то же даёт один и тот же регион.")] = 1,
    root: Root = None,
    json: Json = False,
) -> int:
    """Write the demo region's raw files; deterministic for a seed."""
    from oko_lib.demo import make_demo

    workspace = workspace_at(root, must_exist=False)
    workspace.root.mkdir(parents=True, exist_ok=True)
    made = make_demo(workspace, municipalities=municipalities, scale=scale, years=_years(years), seed=seed)
    if json:
        print_json(made.to_json())
        return 0
    out = console()
    out.print(
        f"Учебный регион готов: {counted(len(made.files), 'файл', 'файла', 'файлов')} в {shown_path(workspace.raw)}."
    )
    out.print(f"Заложенная правда: {shown_path(workspace.demo_truth)}", markup=False)
    out.print("Дальше: oko ingest data/raw")
    return 0


def _years(text: str) -> tuple[int, ...]:
    try:
        years = tuple(sorted({int(part) for part in text.replace(" ", "").split(",") if part}))
    except ValueError:
        raise SettingsError(f"--years: нужны годы через запятую, например 2025,2026; задано «{text}».") from None
    if not years:
        raise SettingsError("--years: не назван ни один год.")
    return years
