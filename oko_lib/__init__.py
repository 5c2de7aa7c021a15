"""Workbench for assessing the quality of education (ОКО) in regions and municipalities."""

import os
import sys

__version__ = "0.1.0"

# The matrices here are small and the reports run side by side: threads of the linear algebra library only get in each
# other's way (the regional results of the demo region: 8 s with one thread, 41 s with two on a busy machine). The
# libraries read these names when numpy is first imported, so they are set before any room does that.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# nbformat imports jsonschema, and that, if it is there, a package that builds five grammars at import (over a second)
# to check addresses no notebook has. To jsonschema it is optional: here it is not found.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def __getattr__(name: str) -> object:
    # Fetched when asked for: the workbench brings half the package along, and `import oko_lib` must stay light.
    if name == "Workbench":
        from oko_lib.explore.workbench import Workbench

        return Workbench
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "Workbench"]
