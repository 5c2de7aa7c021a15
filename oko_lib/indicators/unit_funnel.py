"""Units of a region (schools, municipalities) beside each other in one outcome of pupils, whatever works they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import pandas as pd

from oko_lib.methods.funnel import Funnel, funnel_proportions
from oko_lib.methods.multiplicity import false_discovery
from oko_lib.methods.standardisation import indirectly_standardised
from oko_lib.settings.norms import Norm

#: What is equalised between units: a work.
CELL = ["subject", "grade"]


class FunnelNorms(Protocol):
    """What a direction's norms must name: minimum group, levels, false-discovery rate, settings of the funnel."""

    minimum_group: Norm
    confidence_level: Norm
    false_discovery_rate: Norm
    funnel_outer_level: Norm
    funnel_winsorise: Norm
    funnel_minimum_units: Norm


@dataclass(frozen=True)
class UnitFunnel:
    """Shares of one outcome by unit, standardised by subject and grade, against the spread between units.

    Parameters
    ----------
    direction : str
        The outcome.
    units : DataFrame
        Indexed by unit: events, n (pupils), expected, ratio, share (standardised), z_adjusted, p_value, adjusted_p,
        flagged (false-discovery control over all units of the region), enough (n reaches the minimum).
    funnel : Funnel
        The fit: centre, over-dispersion, curves of limits.
    """

    direction: str
    units: pd.DataFrame
    funnel: Funnel

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Limits to be drawn, over the sizes there are: n, low95, high95, low998, high998, naive_low95, naive_high95.

        The same for every municipality, so computed once.
        """
        told = self.units["enough"] & self.units["share"].notna()
        largest = float(self.units.loc[told, "n"].max())
        grid = np.unique(np.round(np.geomspace(8, max(largest, 30) * 1.05, 40)))
        limits = self.funnel.limits(grid)
        wide = pd.DataFrame({"n": grid})
        for level, suffix in zip(self.funnel.levels, ("95", "998"), strict=True):
            part = limits[limits["level"] == level]
            wide[f"low{suffix}"], wide[f"high{suffix}"] = part["low"].to_numpy(), part["high"].to_numpy()
            if suffix == "95":
                wide["naive_low95"] = part["naive_low"].to_numpy()
                wide["naive_high95"] = part["naive_high"].to_numpy()
        return wide


def unit_funnel(by_unit_cell: pd.DataFrame, unit: str, direction: str, norms: FunnelNorms) -> UnitFunnel:
    """Compare units of a region in one outcome of pupils.

    Parameters
    ----------
    by_unit_cell : DataFrame
        One row per unit × subject × grade: ``{direction}_n`` of ``n_pairs`` pupils.
    unit : str
        Column of the unit.
    direction : str
        The outcome: ``lowered``, ``confirmed``, ``raised`` marks; ``failing``, ``good`` ones.
    norms : FunnelNorms
    """
    counts = by_unit_cell.rename(columns={f"{direction}_n": "events", "n_pairs": "n"})
    units = indirectly_standardised(counts, unit, CELL)
    minimum = int(norms.minimum_group.value)
    # The funnel speaks of whole pupils: the standardised count is rounded to the nearest one.
    funnel = funnel_proportions(
        (units["share"] * units["n"]).round().to_numpy(),
        units["n"].to_numpy(),
        winsorise=norms.funnel_winsorise.value,
        levels=(norms.confidence_level.value, norms.funnel_outer_level.value),
        minimum_units=int(norms.funnel_minimum_units.value),
        minimum_n=minimum,
    )
    p_value = funnel.units["p_value"].to_numpy()
    control = false_discovery(p_value, norms.false_discovery_rate.value)
    units = units.assign(
        z_adjusted=funnel.units["z_adjusted"].to_numpy(),
        p_value=p_value,
        adjusted_p=control.adjusted,
        flagged=control.rejected,
        enough=units["n"] >= minimum,
    )
    return UnitFunnel(direction, units, funnel)
