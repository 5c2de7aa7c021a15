"""Figures of the reports: plain frames in, matplotlib figures of one size and look out."""
