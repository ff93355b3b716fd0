"""What tests of sending share: a real mail server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.mail_server import PostOffice, open_for_mail


@pytest.fixture(scope="module")
def running() -> Iterator[PostOffice]:
    """One mail server for this file."""
    with open_for_mail() as office:
        yield office


@pytest.fixture
def office(running: PostOffice) -> PostOffice:
    """It, as new."""
    running.came.clear()
    running.answers, running.refuses = ["250 taken"], {}
    return running
