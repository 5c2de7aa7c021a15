"""Statistics only: arrays and frames in, frozen result objects out."""
