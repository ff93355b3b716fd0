"""What a release writes to its destination, before it is in a vendor's form; the same for the dry run before the
approval and for the worker after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import release_key
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.destinations import Destination


@dataclass(frozen=True)
class Outgoing:
    """One draft on its way: the release's key, where it goes, what it is about and what was drafted. `deal` is the
    (system, id) of the deal whose onboarding it belongs to, ("", "") where it belongs to none; `sealed` the credential
    of its destination as the database has it."""

    key: str
    to: Destination
    item_id: int
    kind: str
    customer: str
    title: str
    digest: str
    draft: dict[str, Any]
    deal: tuple[str, str] = ("", "")
    sealed: str = ""


@dataclass(frozen=True)
class Write:
    """One thing that will be written: what and where, and each field with what is there before and after. `text` is a
    file's whole content."""

    what: str
    fields: tuple[tuple[str, str, str], ...] = ()
    text: str = ""


def outgoing_of(session: Session, context: ItemContext, to: Destination) -> Outgoing:
    """What the newest revision of an item writes to that destination."""
    item, revision = context.item, context.revision
    found = session.get(Onboarding, item.onboarding_id) if item.onboarding_id is not None else None
    deal = (found.system, found.external_id) if found else ("", "")
    key = release_key(item.id, revision.digest)
    whole = item.kind, item.customer, revision.title, revision.digest, revision.draft
    return Outgoing(key, to, item.id, *whole, deal=deal)
