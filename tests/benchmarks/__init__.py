"""Figures: how fast and how large, each measured three times beside its floor in the same run."""
