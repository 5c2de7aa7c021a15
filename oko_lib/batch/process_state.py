"""State of the process that must not leak from one report to the next."""

from __future__ import annotations

import sys
import zlib
from dataclasses import dataclass, field


def seed_for(report_id: str) -> None:
    """Seed numpy's global generator from the report's identifier.

    Forks of one parent share the generator's state, and a recycled worker has used it before: without this, equal
    reports would differ by what was built before them.
    """
    import numpy as np

    np.random.seed(zlib.crc32(report_id.encode()))  # noqa: NPY002 (other people's cells use the global generator)


@dataclass
class ProcessState:
    """Settings of libraries as they were when a worker started; :meth:`restore` brings them back.

    What a report's own code set at import stays: only later changes are undone.
    """

    _matplotlib: dict[str, object] = field(default_factory=dict)

    @classmethod
    def capture(cls) -> ProcessState:
        """Remember the present state."""
        import matplotlib as mpl

        return cls(_matplotlib=dict(mpl.rcParams))

    def restore(self) -> None:
        """Undo what reports changed since :meth:`capture`."""
        import matplotlib as mpl
        import pandas as pd

        # Updating key by key would warn about deprecated ones; the mapping's own update takes values as they are.
        dict.update(mpl.rcParams, self._matplotlib)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
        pd.reset_option(r"^display\.")
        pd.reset_option(r"^styler\.")
