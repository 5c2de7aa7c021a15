import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from made_once import made_once
from region_samples import WORKS, Plan, fill, login

INFLATED, LENIENT = login(3), login(10)


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    """A region with one school of shifted results and one of shifted journals; 58 clean ones."""
    plan = Plan(
        sizes=(28, 60),
        shift={INFLATED: (1.0, WORKS[:2], (2025, 2026))},
        journal={LENIENT: 1.0},
    )
    return made_once(tmp_path_factory, "objectivity", lambda root: fill(root, plan))
