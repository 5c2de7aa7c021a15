"""Reports on talent: results in, display objects out."""

from oko_lib.report.talent.municipality import TalentReport, open_report
from oko_lib.report.talent.regional import RegionalTalentReport, open_regional_report

__all__ = ["RegionalTalentReport", "TalentReport", "open_regional_report", "open_report"]
