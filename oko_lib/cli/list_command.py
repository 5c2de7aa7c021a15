"""``oko list``: what can be built."""

from __future__ import annotations

from typing import Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, workspace_at


def list_reports(
    year: Annotated[int | None, typer.Option("--year", help="Год; по умолчанию последний с результатами.")] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Print municipalities with results, years and directions."""
    from oko_lib.batch.directions import DIRECTIONS
    from oko_lib.batch.plan import available
    from oko_lib.store import Store

    workspace = workspace_at(root)
    data = available(Store(workspace.store).snapshot(), year)
    municipalities = list(data.municipalities.itertuples(index=False, name=None))
    if json:
        print_json(
            {
                "year": data.year,
                "years": data.years,
                "region": data.region_name,
                "directions": [{"name": item.name, "title": item.title_ru} for item in DIRECTIONS.values()],
                "municipalities": [
                    {"code": code, "name": name, "schools": int(schools), "results": int(results)}
                    for code, name, schools, results in municipalities
                ],
                "without_results": [{"code": code, "name": name} for code, name in data.empty],
            }
        )
        return 0
    from rich.table import Table

    out = console()
    out.print(f"{data.region_name}, {data.year} год (есть данные за {', '.join(map(str, data.years))})")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, justify in (("Код", "left"), ("Муниципалитет", "left"), ("Школ", "right"), ("Результатов", "right")):
        table.add_column(title, justify=justify)
    for code, name, schools, results in municipalities:
        table.add_row(code, name, str(schools), f"{results:,}".replace(",", "\u202f"))
    out.print(table)
    if data.empty:
        listed = ", ".join(name for _, name in data.empty)
        out.print(f"Без результатов за {data.year} год: {listed}.")
    out.print("Направления: " + "; ".join(f"{item.name} — {item.title_ru}" for item in DIRECTIONS.values()) + ".")
    out.print(f"Построить всё: oko run --all ({counted(len(municipalities), 'отчёт', 'отчёта', 'отчётов')} и сводка).")
    return 0
