"""Reports on quality of training: results in, display objects out."""

from oko_lib.report.training_quality.municipality import TrainingQualityReport, open_report
from oko_lib.report.training_quality.regional import RegionalTrainingQualityReport, open_regional_report

__all__ = ["RegionalTrainingQualityReport", "TrainingQualityReport", "open_regional_report", "open_report"]
