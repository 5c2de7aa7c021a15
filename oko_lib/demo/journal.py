"""Journal marks: the child's ability as the teacher sees it, with the leniency of the school."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from oko_lib.demo.settings import JournalSettings


def journal_marks(
    ability: np.ndarray,
    school_effect: np.ndarray,
    leniency: np.ndarray,
    shift: np.ndarray,
    target: tuple[float, ...],
    settings: JournalSettings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Marks 2..5 in the journal.

    Parameters
    ----------
    ability : ndarray, shape (n,)
        Lasting ability of the child, school effect included, variance near 1.
    school_effect : ndarray, shape (n,)
        Effect of the child's school in the same units; a part of it is lost because teachers compare neighbours.
    leniency : ndarray, shape (n,)
        Standard normal leniency of the child's school in the subject.
    shift : ndarray, shape (n,)
        Planted inflation, in standard deviations of ability.
    target : tuple of float
        Per cent of «2», «3», «4», «5» in the region.
    """
    seen = ability - settings.relative_to_school * school_effect
    seen = seen + settings.leniency * leniency + settings.noise * rng.standard_normal(len(ability))
    spread = np.sqrt(0.9 + settings.leniency**2 + settings.noise**2)
    limits = ndtri(np.cumsum(target)[:3] / np.sum(target)) * spread
    return np.searchsorted(limits, seen + shift, side="right") + 2
