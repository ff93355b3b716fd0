"""Statistics of figures: shares, medians, agreement, differences with their intervals, and the critical path.

Pure arithmetic: no database, no clock, no numpy. Every interval is a 95 % interval and names its method.
"""

from reviewqueue.measurement.stats.figure import Figure
from reviewqueue.measurement.stats.kappa import kappa, stratified
from reviewqueue.measurement.stats.medians import median, survival_median
from reviewqueue.measurement.stats.shares import clustered, difference, share

__all__ = ["Figure", "clustered", "difference", "kappa", "median", "share", "stratified", "survival_median"]
