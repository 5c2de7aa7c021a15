"""Layouts of files: one module per layout, recognised from the content of a sheet."""

from oko_lib.intake.layouts.base import Layout, Reference
from oko_lib.intake.layouts.recognition import Recognised, recognise
from oko_lib.intake.layouts.registry import BUILT_IN, all_layouts

__all__ = ["BUILT_IN", "Layout", "Recognised", "Reference", "all_layouts", "recognise"]
