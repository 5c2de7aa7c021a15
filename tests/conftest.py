"""Settings of all tests."""

import os

from hypothesis import settings

import oko_lib  # noqa: F401  Before anything imports nbformat: a second for every process of pytest.

# The same cases every time: a change is judged by what it changed. HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True, max_examples=30)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
