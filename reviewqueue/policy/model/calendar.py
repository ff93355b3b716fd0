"""The organisation's office calendar as the policy states it. `reviewqueue.policy.business_hours` counts with it."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from reviewqueue.policy.holidays import days_off
from reviewqueue.policy.model.base import Key, PolicyTable, Whole


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{name!r} is not a time zone; write one such as Europe/Berlin") from None
    return name


def _known_country(code: str) -> str:
    try:
        if code:
            days_off(code, 2026)
    except NotImplementedError:
        raise ValueError(f"no holidays are known for {code!r}; write a code such as US, or leave it out") from None
    return code


Zone = Annotated[str, AfterValidator(_known_zone)]
Country = Annotated[str, AfterValidator(_known_country)]


class Calendar(PolicyTable):
    """Business hours: weekdays 0 (Monday) to 6, local opening and closing hour, and a holiday country."""

    key: Key
    timezone: Zone
    weekdays: tuple[Annotated[Whole, Field(ge=0, le=6)], ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    opens: Whole = Field(default=9, ge=0, le=23)
    closes: Whole = Field(default=17, ge=1, le=24)
    holidays: Country = ""

    @model_validator(mode="after")
    def _open_at_all(self) -> Calendar:
        if self.closes <= self.opens:
            raise ValueError(
                f"the office closes at {self.closes}, before it opens at {self.opens}; correct one of them"
            )
        return self
