"""Sizes: storms are small in the suite and as large as the product's promises with `RQ_TEST_SIZE=full` around pytest."""

from __future__ import annotations

import os

FULL = os.environ.get("RQ_TEST_SIZE") == "full"


def size(small: int, full: int) -> int:
    """How many of something a storm has."""
    return full if FULL else small
