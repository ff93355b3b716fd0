"""Domain errors: what a function raises when it refuses, with the HTTP status and the input that is at fault."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FieldError:
    """One thing wrong with what was sent: `at` is a JSON Pointer ("" for the whole), `message` is for a person."""

    at: str
    message: str


@dataclass
class DomainError(Exception):
    """Nothing was written. `says` is for a person: what happened, what it means, what to do next; `faults` name the
    fields."""

    says: str
    faults: list[FieldError] = field(default_factory=list)
    status: int = 422
    code: str = "refused"

    def __str__(self) -> str:
        return self.says


@dataclass
class Invalid(DomainError):
    """The input is at fault (422)."""

    code: str = "invalid"


@dataclass
class NotFound(DomainError):
    """Absent, or this person may not see it: the two look alike (404)."""

    says: str = "There is nothing here, or it is not yours to see. Go back to the queue and pick an item from there."
    status: int = 404
    code: str = "not-there"


@dataclass
class Forbidden(DomainError):
    """Visible, but this person may not do this (403); `says` names the rule."""

    status: int = 403
    code: str = "not-allowed"


@dataclass
class MissingScope(Forbidden):
    """The API key is valid, but lacks the `scope` that this call takes (403)."""

    code: str = "missing-scope"
    scope: str = ""


@dataclass
class Conflict(DomainError):
    """What was seen is no longer what is there (409); `who`, `when` and `what` say what changed since."""

    status: int = 409
    code: str = "moved"
    who: str = ""
    when: str = ""
    what: list[str] = field(default_factory=list)
