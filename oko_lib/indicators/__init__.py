"""Catalogue entries and tables in, indicator values out: one package per direction."""
