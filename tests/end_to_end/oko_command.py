"""The command as a test calls it: its JSON answer beside the exit code."""

import contextlib
import io
import json

from oko_lib.cli.main import run

#: What becomes of a report in a folder where tests of another file may have built it before: it is not built again.
MADE = {"built", "unchanged"}


def oko(*arguments: str) -> dict:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = run([*arguments, "--json"])
    return {"exit": code, **json.loads(printed.getvalue())}
