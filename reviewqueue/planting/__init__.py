"""Planting: faults that a reviewer should see, put into a copy of a good draft; which acts catch one; and the seal.

Pure: no database, no clock, no randomness of its own. The same draft, records and seed give the same faults.
"""

from reviewqueue.planting.faults import Fault, apply, candidates, caught
from reviewqueue.planting.sealing import opens, seal, turn

__all__ = ["Fault", "apply", "candidates", "caught", "opens", "seal", "turn"]
