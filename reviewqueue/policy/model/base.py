"""Types shared by all parts of the policy model: keys, roles, acts, numbers, and the base class that rejects unknown
keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict, StringConstraints

from reviewqueue.core.domain_names import SHARED_HOSTS, registered_domain, to_ascii
from reviewqueue.core.vocabulary import SYSTEMS


def _own_domain(name: str) -> str:
    found = to_ascii(name)
    if not found:
        raise ValueError(f"{name!r} is not a mail domain; write what comes after the @, such as company.com")
    if found in SHARED_HOSTS or not registered_domain(found):
        raise ValueError(f"everybody may have an address at {name}, so it is not yours; remove it")
    return name


def _read_here(system: str) -> str:
    if system not in SYSTEMS:
        raise ValueError(f"nobody here reads the deals of {system!r}; write {' or '.join(SYSTEMS)}")
    return system


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
System = Annotated[str, AfterValidator(_read_here)]
# What an organisation is called, in messages to customers too: EY is a name.
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
# What the shipped policy says in its place: nobody's name, and never written into a draft.
UNNAMED = "Your organisation"
Says = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=600)]
Domain = Annotated[str, AfterValidator(_own_domain)]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]+)+$")]
# Numbers as a file writes them: `true` is none, and neither is "4".
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]


class PolicyTable(BaseModel):
    """One table of a policy file: immutable, and it rejects unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
