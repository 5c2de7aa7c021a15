"""All checks by code."""

from __future__ import annotations

from oko_lib.intake import persons
from oko_lib.intake.checks import duplicates, fields
from oko_lib.intake.checks.aggregates import AGGREGATE_RULES
from oko_lib.intake.checks.identity import IDENTITY_RULES
from oko_lib.intake.checks.mapped_rows import TABLE_REMARKS, TABLE_RULES
from oko_lib.intake.checks.marks import MARK_RULES
from oko_lib.intake.checks.rows import ROW_RULES
from oko_lib.intake.checks.scores import SCORE_RULES

#: Code of a check → what it is about, in Russian.
RULES: dict[str, str] = {
    **{rule.code: rule.title_ru for rule in (*IDENTITY_RULES, *SCORE_RULES, *MARK_RULES, *ROW_RULES, *AGGREGATE_RULES)},
    **{rule.code: rule.title_ru for rules in (*TABLE_RULES.values(), *TABLE_REMARKS.values()) for rule in rules},
    **duplicates.TITLES,
    **fields.TITLES,
    **persons.TITLES,
}


def rule_title(code: str) -> str:
    """Return what the check with this code is about (the code itself if it is from another version)."""
    return RULES.get(code, code)
