"""Seeded defects: faults that a reviewer should see, put into a copy of a good draft; which acts catch one; the seal.

`faults` and `seals` are pure: the same draft, source records and seed give the same faults. The other modules read and
write the copies among the real drafts.
"""

from reviewqueue.measurement.seeded.faults import Fault, apply, candidates, caught, kept, undone
from reviewqueue.measurement.seeded.seals import opens, seal, turn

__all__ = ["Fault", "apply", "candidates", "caught", "kept", "opens", "seal", "turn", "undone"]
