"""Layouts of files: one module per layout, recognised from the content of a sheet."""

from oko_lib.intake.layouts.base import Layout, Reference
from oko_lib.intake.layouts.recognition import Recognised, Recogniser
from oko_lib.intake.layouts.registry import BUILT_IN, all_layouts

__all__ = [
    "BUILT_IN",
    "Layout",
    "Recognised",
    "Recogniser",
    "Reference",
    "all_layouts",
]
