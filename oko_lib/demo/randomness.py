"""Independent random streams by name: a change in one part of the model does not move the others."""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the generator of the stream called `names` under `seed`.

    The stream depends on nothing but its name and the seed, so results do not depend on the order of calls.
    """
    label = "/".join(str(name) for name in names).encode("utf-8")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, crc32(label), len(label)])))
