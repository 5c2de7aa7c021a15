"""``oko demo``: make the synthetic region."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, shown_path, workspace_at
from oko_lib.settings.loading import SettingsError


def demo(
    municipalities: Annotated[int, typer.Option("--municipalities", help="Сколько муниципалитетов, до 61.")] = 12,
    scale: Annotated[float, typer.Option("--scale", help="Во сколько раз больше школ.")] = 1.0,
    years: Annotated[
        str | None, typer.Option("--years", metavar="СПИСОК", help="Годы через запятую; по умолчанию три последних.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Начальное число: одно и то же даёт один и тот же регион.")
    ] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Write the demo region's raw files; the same arguments give the same bytes."""
    from oko_lib.demo import make_demo

    workspace = workspace_at(root, must_exist=False)
    workspace.root.mkdir(parents=True, exist_ok=True)
    # What is not said is left to the demo room: its defaults are not repeated here.
    said: dict[str, Any] = {"municipalities": municipalities, "scale": scale}
    if years is not None:
        said["years"] = _years(years)
    if seed is not None:
        said["seed"] = seed
    out = console(json)
    out.print("Создаю учебный регион…")
    made = make_demo(workspace, **said)
    files = sum(made.files.values())
    if json:
        print_json(
            {
                "folder": str(made.folder),
                "truth": str(made.truth),
                "municipalities": made.municipalities,
                "schools": made.schools,
                "participants": made.participants,
                "files": made.files,
            }
        )
        return 0
    out.print(
        f"Готово: {counted(made.municipalities, 'муниципалитет', 'муниципалитета', 'муниципалитетов')}, "
        f"{counted(made.schools, 'школа', 'школы', 'школ')}, {counted(files, 'файл', 'файла', 'файлов')} "
        f"в папке {shown_path(made.folder)}.",
        markup=False,
    )
    out.print(f"Заложенная правда (для проверки): {shown_path(made.truth)}", markup=False)
    out.print(f"Дальше: oko ingest {shown_path(workspace.raw)}", markup=False)
    return 0


def _years(text: str) -> tuple[int, ...]:
    try:
        years = tuple(sorted({int(part) for part in text.replace(" ", "").split(",") if part}))
    except ValueError:
        raise SettingsError(f"--years: нужны годы через запятую, например 2025,2026; задано «{text}».") from None
    if not years:
        raise SettingsError("--years: не назван ни один год.")
    return years
