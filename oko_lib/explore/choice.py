"""What is chosen on the screen, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Choice:
    """Everything a view may depend on; a topic looks at some of it.

    Parameters
    ----------
    year : int
        Year of the results.
    municipality : str
        Code; empty for the whole region.
    school, beside : str
        Identifiers: the school looked at, and the one it is laid beside.
    beside_year : int
        Year laid beside.
    subject : str
    grade : int
    measure : str
        What is counted; codes are the topic's own.
    threshold : float or None
        A border tried in place of the norm's; None for the norm's own.
    """

    year: int = 0
    municipality: str = ""
    school: str = ""
    beside: str = ""
    beside_year: int = 0
    subject: str = ""
    grade: int = 0
    measure: str = ""
    threshold: float | None = None

    def having(self, **changes: object) -> Choice:
        """Return the choice with some of it changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Scale:
    """Values a threshold may take.

    Parameters
    ----------
    low, high, step : float
        In the unit shown.
    usual : float
        The norm's own value.
    title : str
        What is compared with it, with its unit: «Порог, %».
    """

    low: float
    high: float
    step: float
    usual: float
    title: str


#: Control → label and value of each option, or the scale of a threshold; only these controls are shown.
Offers = Mapping[str, Sequence[tuple[str, object]] | Scale]


def settled(choice: Choice, offers: Offers) -> Choice:
    """Return the choice with whatever is not offered replaced by the first that is."""
    changes: dict[str, object] = {}
    for control, offer in offers.items():
        now = getattr(choice, control)
        if isinstance(offer, Scale):
            if now is None or not offer.low <= now <= offer.high:
                changes[control] = offer.usual
        elif now not in [value for _, value in offer]:
            changes[control] = offer[0][1] if offer else getattr(Choice(), control)
    return choice.having(**changes)
