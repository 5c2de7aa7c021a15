"""The catalogue of checks: one small rule per way a row can be wrong."""

from oko_lib.intake.checks.catalogue import RULES, rule_title
from oko_lib.intake.checks.duplicates import duplicate_issues
from oko_lib.intake.checks.rule import Rule, apply

__all__ = ["RULES", "Rule", "apply", "duplicate_issues", "rule_title"]
