"""Refusals: what a verb raises when it will not do what was asked, and where the fault lies."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing wrong with what was sent: `at` is a JSON Pointer ("" for the whole), `message` is for a person."""

    at: str
    message: str


@dataclass
class Refused(Exception):
    """Nothing was written. `says` tells what happened, what it means and what to do next; `faults` name the places."""

    says: str
    faults: list[Fault] = field(default_factory=list)
    status: int = 422
    code: str = "refused"

    def __str__(self) -> str:
        return self.says


@dataclass
class Invalid(Refused):
    """The input is at fault (422)."""

    code: str = "invalid"


@dataclass
class NotThere(Refused):
    """Absent, or not for this person's eyes: the two look alike (404)."""

    says: str = "There is nothing here, or it is not yours to see. Go back to the queue and pick an item from there."
    status: int = 404
    code: str = "not-there"


@dataclass
class NotAllowed(Refused):
    """Visible, but this act is not this person's (403); `says` names the rule."""

    status: int = 403
    code: str = "not-allowed"


@dataclass
class MissingScope(NotAllowed):
    """The key is good, but not for this call (403), which takes `scope`."""

    code: str = "missing-scope"
    scope: str = ""


@dataclass
class Moved(Refused):
    """What was seen is no longer what is there (409); `who`, `when` and `what` tell what moved since."""

    status: int = 409
    code: str = "moved"
    who: str = ""
    when: str = ""
    what: list[str] = field(default_factory=list)
