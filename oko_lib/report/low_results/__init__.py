"""Reports on schools with low results: results in, display objects out."""

from oko_lib.report.low_results.municipality import LowResultsReport, open_report
from oko_lib.report.low_results.regional import RegionalLowResultsReport, open_regional_report
from oko_lib.report.low_results.school import SchoolReport, open_school_report

__all__ = [
    "LowResultsReport",
    "RegionalLowResultsReport",
    "SchoolReport",
    "open_regional_report",
    "open_report",
    "open_school_report",
]
