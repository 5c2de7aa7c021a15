"""A region in a working place, for explorers; made once for all tests that ask for it."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "indicators")]

from made_once import made_once  # noqa: E402
from region_samples import WORKS, Plan, fill, login  # noqa: E402

#: School whose results are shifted, and school whose journal is; as in the tests of indicators.
INFLATED, LENIENT = login(3), login(10)


def objectivity_region(factory):
    """Return a working place with 60 schools of 12 municipalities over three years."""
    plan = Plan(sizes=(28, 60), shift={INFLATED: (1.0, WORKS[:2], (2025, 2026))}, journal={LENIENT: 1.0})
    return made_once(factory, "objectivity", lambda root: fill(root, plan))
