"""A reader of single files and a working place with a store of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from oko_lib.intake.context import Context, make_context
from oko_lib.intake.options import IntakeOptions
from oko_lib.intake.outcome import Outcome
from oko_lib.intake.take import take_file
from oko_lib.settings.workspace import Workspace


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return make_context(Workspace.at(tmp_path_factory.mktemp("reading")), IntakeOptions())


@pytest.fixture
def take(context: Context):
    """Read one file; rows must always add up."""

    def read(path: Path, options: IntakeOptions | None = None) -> Outcome:
        own = context if options is None else make_context(Workspace.at(context.root), options)
        outcome = take_file(path, own)
        assert outcome.read == outcome.accepted + outcome.quarantined + outcome.non_data
        if outcome.return_part is not None:
            outcome.return_part = outcome.return_part.rename(path.with_name(f"{path.stem}.returned.xlsx"))
        return outcome

    return read


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.at(tmp_path / "place")
