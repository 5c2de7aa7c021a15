"""A synthetic region with known planted truths, written as raw files in the real layouts."""

from oko_lib.demo.make import DemoSummary, make_demo
from oko_lib.demo.simulate import Cell, Region, simulate

__all__ = ["Cell", "DemoSummary", "Region", "make_demo", "simulate"]
