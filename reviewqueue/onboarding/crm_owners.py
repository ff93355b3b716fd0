"""Who the owners are that a CRM names by an id alone: from its owners or users as they were imported, else from what a
person said once, for every onboarding of that owner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import owners
from reviewqueue.connectors.contacts import EMAIL
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import text_limits
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import OPEN, OWN_SYSTEM, PACKET, SYSTEM_NAMES
from reviewqueue.db.database import writing
from reviewqueue.db.tables import base
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items.item_context import ItemContext
from reviewqueue.people import access, actors, visibility
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy, Trigger

ABILITY = "set the account's owner"
_MAX = 200


@dataclass(frozen=True)
class CrmOwner:
    """The owner of an onboarding's deal, whom its CRM names by an id: what is known of it, None for nothing."""

    system: str
    id: str
    record: Source | None

    @property
    def said(self) -> bool:
        """Whether a person said who it is."""
        return self.record is not None and self.record.system == OWN_SYSTEM

    @property
    def name(self) -> str:
        """What they are called; "" where nobody knows."""
        return owners.name_of(self.record) if self.record else ""

    @property
    def email(self) -> str:
        """Their address; "" where nobody knows."""
        return owners.email_of(self.record)[0] if self.record else ""


def known(session: Session, system: str, ids: Collection[str], trusted: Collection[str] = ()) -> dict[str, Source]:
    """What is known of these owners of a CRM, by id: its own record of each, else what a person said last."""
    wanted = {one for one in ids if one}
    if not wanted or system not in SHAPES:
        return {}
    found = source_records.newest(session, system, SHAPES[system].owner, wanted, trusted)
    asked = {f"{system}/{one}": one for one in wanted - found.keys()}
    said = source_records.newest(session, OWN_SYSTEM, owners.OBJECT, asked) if asked else {}
    return found | {asked[key]: one for key, one in said.items()}


def of_deal(session: Session, policy: Policy, trigger: Trigger, deal: Source) -> Source | None:
    """What is known of the owner whom a deal names by an id; None where nothing is, or it has their name."""
    owner_id = owners.id_of(trigger, deal)
    return known(session, deal.system, [owner_id], policy.organisation.trusted_automations).get(owner_id)


def of_onboarding(session: Session, policy: Policy, onboarding: Onboarding) -> CrmOwner | None:
    """The owner of an onboarding's deal as its newest record names them; None where it names them in words."""
    lane, system, trusted = policy.lane(onboarding.lane), onboarding.system, policy.organisation.trusted_automations
    trigger = lane.triggers.get(system) if lane else None
    if trigger is None or system not in SHAPES:
        return None
    deals = source_records.newest(session, system, trigger.object, [onboarding.external_id], trusted)
    deal = deals.get(onboarding.external_id)
    owner_id = owners.id_of(trigger, deal) if deal else ""
    if not owner_id:
        return None
    return CrmOwner(system, owner_id, known(session, system, [owner_id], trusted).get(owner_id))


def unnamed(context: ItemContext, sources: Mapping[str, Source]) -> str:
    """The id that stands in an open packet instead of its owner's name; "" where it has a name. No statement is run."""
    deal, draft = sources.get("deal"), context.revision.draft
    if context.item.kind != PACKET or context.item.state not in OPEN or context.item.onboarding_id is None or not deal:
        return ""
    at = next((one.at for one in context.policy.packet.fields if one.key == "sales_owner"), "")
    says = resolve_pointer(draft, at) if at else ""
    return owners.id_in(deal.system, says) if isinstance(says, str) else ""


def name(session: Session, person_id: int, onboarding_id: int, called: str, email: str, now: datetime) -> CrmOwner:
    """Keep who the owner of an onboarding's deal is, for all onboardings of that owner. A later word is another record,
    and the newest counts. Raises NotFound, Forbidden, Conflict where the CRM says itself who it is, and Invalid naming
    the field."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        onboarding = visibility.load_onboarding(session, onboarding_id, actor)
        if not access.has_ability(actor.roles, ABILITY):
            raise Forbidden("Only a CS leader, a manager or RevOps says who an owner of the CRM is. Ask one of them.")
        owner = of_onboarding(session, policy_versions.current(session), onboarding)
        if owner is None or (owner.record and not owner.said):
            raise Conflict("The CRM says by now who owns this deal, so nothing was kept. Reload the page.")
        if faults := _faults(called, email):
            raise Invalid("Nothing was kept yet.", faults)
        person = session.get_one(Person, person_id)
        who, at = single_line(called.strip()), base.moment(now)
        payload = {"name": who, "email": email.strip(), "system": owner.system, "owner": owner.id}
        payload |= {"by": person.name, "person": str(person_id), "at": at}
        label = f"{SYSTEM_NAMES[owner.system]} owner {owner.id}: {who}"
        source = Source(OWN_SYSTEM, owners.OBJECT, f"{owner.system}/{owner.id}", payload, None, label)
        fresh, by = source_records.keep(session, [source], now, "imported").fresh, Actor.person(person_id)
        events = flag_changes.flag_changes(session, [source], fresh, by, now)
        facts = {"system": owner.system, "owner": owner.id, "record": source.digest}
        named = Event(by, EventType.CRM_OWNER, onboarding_id=onboarding.id, lane=onboarding.lane, facts=facts)
        override_log.append(session, now, named, *events)
        return CrmOwner(owner.system, owner.id, source)


def _faults(called: str, email: str) -> list[FieldError]:
    faults = []
    if not visible(called) or len(called) > _MAX or text_limits.replace_invalid(called) != called:
        faults.append(FieldError("/name", f"write the name, in at most {_MAX} characters"))
    if len(email) > _MAX or not EMAIL.fullmatch(email.strip()):
        faults.append(FieldError("/email", "write the address, such as ann@example.com"))
    return faults
