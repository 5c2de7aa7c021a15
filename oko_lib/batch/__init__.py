"""Building reports: plan → execute (papermill) → export → verify → journal."""

from oko_lib.batch.directions import DIRECTIONS, Direction, direction
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus, RunReport
from oko_lib.batch.plan import Plan, Selection, plan_reports
from oko_lib.batch.run import RunOptions, run_reports
from oko_lib.batch.spec import ReportSpec

__all__ = [
    "DIRECTIONS",
    "Direction",
    "Plan",
    "ReportOutcome",
    "ReportSpec",
    "ReportStatus",
    "RunOptions",
    "RunReport",
    "Selection",
    "direction",
    "plan_reports",
    "run_reports",
]
