"""Risk factors of a school: which figures of its passport are looked at, and what follows from them."""

from __future__ import annotations

from pydantic import Field, model_validator

from oko_lib.settings.loading import Strict, load
from oko_lib.settings.workspace import Workspace


class RiskFactor(Strict):
    """One factor.

    Parameters
    ----------
    code : str
        Identifier.
    title_ru, short_ru, group_ru : str
        Name of the factor, the same for a figure, and the group it stands in.
    numerator : str
        Column of the conditions of schools.
    denominator : str or None
        Column of the whole; None when the value stands alone.
    high_is_risk : bool
        True when large values are the risk.
    advice : str
        What to check or to do, for the school.
    """

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title_ru: str
    short_ru: str
    group_ru: str
    numerator: str
    denominator: str | None
    high_is_risk: bool
    advice: str


class RiskFactors(Strict):
    """Content of ``parameters/risk_factors.yaml``."""

    factors: tuple[RiskFactor, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> RiskFactors:
        codes = [factor.code for factor in self.factors]
        repeated = sorted({code for code in codes if codes.count(code) > 1})
        if repeated:
            raise ValueError(f"фактор «{repeated[0]}» задан дважды.")
        return self


def load_risk_factors(workspace: Workspace) -> tuple[RiskFactor, ...]:
    """Read ``parameters/risk_factors.yaml``."""
    return load(workspace.parameters / "risk_factors.yaml", RiskFactors).factors
