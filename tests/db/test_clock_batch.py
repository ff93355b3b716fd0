"""One turn of the clock: what fails is named, and holds up none of the others."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from reviewqueue.db.clock_batch import act_on_each


def test_one_that_fails_is_named_and_the_others_are_acted_on(capfd: pytest.CaptureFixture[str]) -> None:
    acted: list[int] = []

    def act(one: int) -> bool:
        if one == 2:
            raise ValueError("its policy cannot be read")
        acted.append(one)
        return one != 3  # another worker was first

    assert act_on_each([1, 2, 3, 4], act, "exception") == 2
    assert acted == [1, 3, 4]
    told = capfd.readouterr().err
    assert 'event=clock.trouble error=ValueError says="its policy cannot be read"' in told
    assert "exception=2" in told


def test_trouble_with_the_database_is_about_none_of_them() -> None:
    """The turn ends, and the thread tries again after a pause."""

    def act(_: int) -> bool:
        raise OperationalError("select 1", {}, OSError("the disk is away"))

    with pytest.raises(OperationalError):
        act_on_each([1, 2], act, "item")
