"""``oko doctor``: what is missing on this machine."""

from __future__ import annotations

from oko_lib.cli.common import Json, Root, console, print_json, workspace_at


def doctor(root: Root = None, json: Json = False) -> int:
    """Check this machine; exit code 0 if nothing needed is missing."""
    from oko_lib.cli.checks import examine

    workspace = workspace_at(root)
    checks = examine(workspace)
    well = all(check.well or not check.needed for check in checks)
    if json:
        content = [
            {"name": item.name, "ok": item.well, "needed": item.needed, "found": item.found, "advice": item.advice}
            for item in checks
        ]
        print_json({"ok": well, "checks": content})
        return 0 if well else 1
    from rich.markup import escape

    out = console()
    for item in checks:
        mark = "есть" if item.well else ("НЕТ " if item.needed else "нет ")
        out.print(escape(f"{mark}  {item.name}: {item.found}"))
        if not item.well and item.advice:
            out.print(escape(f"      {item.advice}"))
    out.print("Всё нужное на месте." if well else "Чего-то не хватает: сделайте, что написано выше, и повторите.")
    return 0 if well else 1
