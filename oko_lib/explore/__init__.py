"""Panels for JupyterLab: what the reports do, under a methodologist's hands."""

from oko_lib.explore.run_panel import RunPanel, run_panel

__all__ = ["RunPanel", "run_panel"]
