"""The sales owner of a deal: by which id the CRM names them, and what is known of that id, from a record of the CRM's
own or from what a person said."""

from __future__ import annotations

import re

from reviewqueue.connectors.deals import fact_text
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.vocabulary import OWN_SYSTEM
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Trigger

OBJECT = "crm_owner"  # what a person said, under SYSTEM/ID
_OWN_NAME, _OWN_EMAIL = (("/name",),), "/email"


def id_in(system: str, text: str) -> str:
    """The owner's id, where a text of that system is one and no name; else ""."""
    shape = SHAPES.get(system)
    return shape.full_id(text) if shape and re.fullmatch(shape.owner_id, text) else ""


def id_of(trigger: Trigger, deal: Source) -> str:
    """The id that a deal names its owner by; "" where it has their name, or nothing."""
    return id_in(deal.system, fact_text(trigger, deal, "owner"))


def is_owner(source: Source | None) -> bool:
    """Whether a record says who an owner is, whatever a draft calls it."""
    shape = SHAPES.get(source.system) if source else None
    return source is not None and source.object == (OBJECT if source.system == OWN_SYSTEM else shape and shape.owner)


def name_places(owner: Source) -> tuple[tuple[str, ...], ...]:
    """Where an owner's record has their name, as groups of pointers; their address where it has no name."""
    places, email = _places(owner)
    named = any(first(owner, group)[0] for group in places)
    return places if named else ((email,),)


def name_of(owner: Source) -> str:
    """What the owner is called."""
    return " ".join(said for group in name_places(owner) for at in group if (said := first(owner, [at])[0]))


def email_of(owner: Source) -> tuple[str, str]:
    """(the owner's address, where it stands); ("", "") where none is known."""
    return first(owner, [_places(owner)[1]])


def _places(owner: Source) -> tuple[tuple[tuple[str, ...], ...], str]:
    if owner.system == OWN_SYSTEM:
        return _OWN_NAME, _OWN_EMAIL
    shape = SHAPES[owner.system]
    full = tuple((at,) for at in shape.owner_name[:1] if first(owner, [at])[0])
    return full or (shape.owner_name[1:],), shape.owner_email
