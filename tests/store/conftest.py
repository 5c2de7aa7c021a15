"""How the tests of the store start other processes."""

from __future__ import annotations

import multiprocessing

import pytest


@pytest.fixture(scope="session")
def processes():
    """Processes that share nothing with this one; cheap to start where a fork server exists."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["oko_lib.store", "store_workers"])
    return context
