"""Fills in organisation.toml of the shipped policy for one organisation, as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from pydantic import TypeAdapter, ValidationError

from reviewqueue.core.errors import FieldError
from reviewqueue.core.text_limits import validate_line
from reviewqueue.policy import loading
from reviewqueue.policy.model.base import UNNAMED, Domain, Name
from reviewqueue.policy.model.calendar import HolidayPlace, Zone

FILE = "organisation.toml"
_VALIDATORS: dict[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(Name),
    "domain": TypeAdapter(Domain),
    "timezone": TypeAdapter(Zone),
    "holidays": TypeAdapter(HolidayPlace),
}


@dataclass(frozen=True)
class OrganisationDetails:
    """The organisation that a policy is for: what customers call it, its mail domains, the time zone of its office and
    the code of the country, or the part of one, whose holidays it keeps ("" for none)."""

    name: str
    domains: tuple[str, ...]
    timezone: str
    holidays: str = ""

    def faults(self) -> list[FieldError]:
        """What a policy would not accept of it, at `/name`, `/domain`, `/timezone` or `/holidays`."""
        given = [("name", self.name), *(("domain", one) for one in self.domains or ("",))]
        given += [("timezone", self.timezone), ("holidays", self.holidays)]
        return [FieldError(f"/{word}", says) for word, value in given for says in _value_faults(word, value)]


def with_details(files: Mapping[str, str], whose: OrganisationDetails) -> dict[str, str]:
    """The files of the shipped policy for this organisation: four keys of organisation.toml change, every other line
    stays. Raises BadPolicy where the result is no valid policy."""
    text = files[FILE]
    words = {"name": whose.name.strip(), "domains": list(whose.domains)}
    for word, value in {**words, "timezone": whose.timezone, "holidays": whose.holidays}.items():
        start = re.search(rf"^{word} = .*$", text, re.MULTILINE)
        if start is None:
            raise ValueError(f"the shipped {FILE} has no line that begins with {word!r}")
        line = f"{word} = {json.dumps(value, ensure_ascii=False)}"
        text = text[: start.start()] + line + text[start.end() :]
    whole = {**files, FILE: text}
    loading.load(whole)
    return whole


def zones_like(given: str) -> list[str]:
    """Time zones that may be meant by a city, or by a name in another case: at most three."""
    meant = re.sub(r"[\s-]+", "_", given.strip()).casefold()
    known = sorted(available_timezones()) if meant else []
    same = [zone for zone in known if meant in (zone.casefold(), zone.rpartition("/")[2].casefold())]
    return same[:3] or [zone for zone in known if meant in zone.casefold()][:3]


def _value_faults(word: str, value: str) -> Iterator[str]:
    if word == "name" and not value.strip():
        yield "it is empty; write what customers call you"
        return
    try:
        _VALIDATORS[word].validate_python(value)
    except ValidationError as error:
        says = error.errors()[0]["msg"].removeprefix("Value error, ")
        like = zones_like(value) if word == "timezone" else []
        yield f"{value!r} is not a time zone; did you mean {' or '.join(like)}?" if like else says
        return
    if word == "name":
        yield from (fault.message for fault in validate_line("/name", value))
        if value.strip() == UNNAMED:
            yield "this is what the shipped policy says of nobody; write what customers call you"
