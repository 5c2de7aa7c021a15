"""Results against conditions: what may be expected of a school, which schools do better two years running."""

from __future__ import annotations

#: Features whose reporting a school's expected result waits for; what most schools lack is dropped and named.
FEATURES = (
    "log_pupils", "rural", "low_income", "single_parent", "other_language", "on_record", "parents_higher_education",
)  # fmt: skip

#: Fields of the index of social well-being: +1 where more is more favourable.
INDEX_FIELDS = {
    "parents_higher_education": 1,
    "low_income": -1,
    "single_parent": -1,
    "on_record": -1,
    "other_language": -1,
}
