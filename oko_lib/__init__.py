"""Workbench for assessing the quality of education (ОКО) in regions and municipalities."""

__version__ = "0.1.0"
