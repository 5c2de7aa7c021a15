"""``oko list``: what can be built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from oko_lib.cli.common import Json, Root, console, counted, print_json, workspace_at

if TYPE_CHECKING:
    from oko_lib.batch import Direction
    from oko_lib.batch.available import Available


def list_reports(
    year: Annotated[int | None, typer.Option("--year", help="Год; по умолчанию последний с результатами.")] = None,
    root: Root = None,
    json: Json = False,
) -> int:
    """Print municipalities with data, years and directions."""
    from oko_lib.batch.available import available, survey
    from oko_lib.batch.directions import DIRECTIONS, all_tables
    from oko_lib.store import Store

    workspace = workspace_at(root)
    snapshot = Store(workspace.store).snapshot()
    data = available(snapshot, year, all_tables(DIRECTIONS.values()))
    found = {name: survey(snapshot, data.year, item.tables) for name, item in DIRECTIONS.items()}
    if json:
        print_json(_content(data, DIRECTIONS, found))
    else:
        _show(data, DIRECTIONS, found)
    return 0


def _content(data: Available, directions: dict[str, Direction], found: dict[str, Available]) -> dict[str, object]:
    return {
        "year": data.year,
        "years": data.years,
        "region": data.region_name,
        "directions": [
            {
                "name": item.name,
                "title": item.title_ru,
                "years": found[item.name].years,
                "school_reports": item.school_notebook is not None,
            }
            for item in directions.values()
        ],
        "municipalities": [
            {
                "code": code,
                "name": name,
                "schools": int(schools),
                "results": int(results),
                "directions": [item for item in directions if code in found[item].codes],
            }
            for code, name, schools, results in data.municipalities.itertuples(index=False, name=None)
        ],
        "without_results": [{"code": code, "name": name} for code, name in data.empty],
    }


def _show(data: Available, directions: dict[str, Direction], found: dict[str, Available]) -> None:
    from rich.table import Table

    out = console()
    out.print(f"{data.region_name}, {data.year} год (есть данные за {', '.join(map(str, data.years))})")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title, justify in (("Код", "left"), ("Муниципалитет", "left"), ("Школ", "right"), ("Результатов", "right")):
        table.add_column(title, justify=justify)
    for code, name, schools, results in data.municipalities.itertuples(index=False, name=None):
        table.add_row(code, name, str(schools), f"{results:,}".replace(",", "\u202f"))
    out.print(table)
    if data.empty:
        listed = ", ".join(name for _, name in data.empty)
        out.print(f"Без результатов за {data.year} год: {listed}.")
    out.print("Направления:")
    for item in directions.values():
        out.print(f"  {item.name} — {item.title_ru}: {_extent(item, found[item.name])}", markup=False)
    reports = sum(len(found[name].codes) for name in directions)
    regional = sum(data.year in found[name].years for name, item in directions.items() if item.region_notebook)
    summaries = f" и {counted(regional, 'сводка', 'сводки', 'сводок')}" if regional else ""
    out.print(f"Построить всё: oko run --all ({counted(reports, 'отчёт', 'отчёта', 'отчётов')}{summaries}).")


def _extent(item: Direction, data: Available) -> str:
    """Return for how many municipalities a direction can be built, and whether for schools."""
    if data.year not in data.years:
        known = f" (есть за {', '.join(map(str, data.years))})" if data.years else ""
        return f"нет данных за {data.year} год{known}."
    places = counted(len(data.codes), "муниципалитет", "муниципалитета", "муниципалитетов")
    return f"{places}{'; есть профили школ (--school)' if item.school_notebook else ''}."
