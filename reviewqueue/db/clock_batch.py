"""What one turn of the clock acts on: each alone, so that one that fails holds up none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from reviewqueue.core.logging import log_error

_Found = TypeVar("_Found", int, str)


def act_on_each(found: Iterable[_Found], act: Callable[[_Found], int], name: str) -> int:
    """Call `act`, which writes in a transaction of its own, with each id or key; returns on how many it acted. One that
    fails is logged to standard error under `name`. Raises what the database itself fails with: it is about none of
    them."""
    acted = 0
    for one in found:
        try:
            acted += act(one)
        except SQLAlchemyError:
            raise
        except Exception as error:
            log_error("clock.trouble", error, **{name: one})
    return acted
