"""All layouts intake knows."""

from __future__ import annotations

from oko_lib.intake.layouts.base import Layout
from oko_lib.intake.layouts.individual_results import IndividualResults
from oko_lib.intake.layouts.journal_comparison import JournalComparison
from oko_lib.intake.layouts.journal_comparison_vertical import JournalComparisonVertical
from oko_lib.intake.layouts.mapped import MappedLayout
from oko_lib.intake.layouts.marks_statistics import MarksStatistics
from oko_lib.intake.layouts.protocol_2020 import Protocol2020
from oko_lib.intake.layouts.protocol_2021 import Protocol2021
from oko_lib.intake.layouts.protocol_2022 import Protocol2022
from oko_lib.intake.layouts.protocol_2026 import Protocol2026, ProtocolTwoParts
from oko_lib.intake.layouts.score_distribution import ScoreDistribution
from oko_lib.intake.layouts.score_distribution_merged import ScoreDistributionMerged
from oko_lib.intake.mapping import load_mappings
from oko_lib.settings.loading import SettingsError
from oko_lib.settings.workspace import Workspace

#: Of two layouts that understand a row equally well the earlier one is meant.
BUILT_IN: tuple[Layout, ...] = (
    IndividualResults(),
    MarksStatistics(),
    JournalComparison(),
    JournalComparisonVertical(),
    ScoreDistribution(),
    ScoreDistributionMerged(),
    ProtocolTwoParts(),
    Protocol2026(),
    Protocol2022(),
    Protocol2021(),
    Protocol2020(),
)


def all_layouts(workspace: Workspace) -> tuple[Layout, ...]:
    """Return the built-in layouts and those of ``parameters/layouts/``.

    Raises
    ------
    SettingsError
        If a mapping file is wrong or takes the name of a built-in layout.
    """
    mapped = [MappedLayout(mapping) for mapping in load_mappings(workspace.parameters / "layouts")]
    taken = {layout.name for layout in BUILT_IN}
    for layout in mapped:
        if layout.name in taken:
            raise SettingsError(f"Раскладка «{layout.name}» из parameters/layouts: такое имя уже занято, дайте другое.")
    return (*BUILT_IN, *mapped)
