"""The fingerprint a report prints: from what exactly it was built."""

from __future__ import annotations

import json
import os

import oko_lib
from oko_lib.indicators.session import Session

#: The batch hands the full fingerprint over in this variable: it alone knows the notebook and the digest of the code.
VARIABLE = "OKO_REPORT_FINGERPRINT"

_TITLES = {
    "short": "Отпечаток",
    "data": "Версия данных",
    "code": "Версия программы",
    "notebook": "Тетрадь",
    "parameters": "Параметры",
    "norms": "Нормы",
    "libraries": "Библиотеки",
}


def hand_over(fingerprint: dict[str, str]) -> None:
    """Make `fingerprint` the one reports of this process and of its kernels print."""
    os.environ[VARIABLE] = json.dumps(fingerprint, ensure_ascii=False)


def report_fingerprint(session: Session) -> dict[str, str]:
    """Return title → value; outside a batch run only what the notebook itself can know."""
    given = json.loads(os.environ.get(VARIABLE) or "{}")
    parts = given or {
        "data": session.snapshot.version,
        "code": oko_lib.__version__,
        "norms": session.norms.fingerprint,
    }
    return {_TITLES.get(name, name): str(value) for name, value in parts.items()}
