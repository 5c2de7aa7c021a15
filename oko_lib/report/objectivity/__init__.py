"""The objectivity report: results in, display objects out."""

from oko_lib.report.objectivity.municipality import ObjectivityReport, open_report
from oko_lib.report.objectivity.regional import RegionalObjectivityReport, open_regional_report

__all__ = ["ObjectivityReport", "RegionalObjectivityReport", "open_regional_report", "open_report"]
