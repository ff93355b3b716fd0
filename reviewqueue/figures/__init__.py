"""Figures: shares, medians and their differences with honest intervals, the critical path, and what each metric means.

Pure arithmetic: no database, no clock, no numpy. Every interval is a 95 % interval and names its method.
"""

from reviewqueue.figures.differences import difference
from reviewqueue.figures.figure import Figure
from reviewqueue.figures.kappa import kappa, stratified
from reviewqueue.figures.medians import median, survival_median
from reviewqueue.figures.shares import clustered, share

__all__ = ["Figure", "clustered", "difference", "kappa", "median", "share", "stratified", "survival_median"]
