"""What is known by now of the empty fields of open packets: how far the question to sales is, what sales answered, and
what a newer CRM record says. As many statements for a page of the queue as for one packet. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks.packet_fields import has_value
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import APPROVED, OPEN, PACKET
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import sales_answers
from reviewqueue.onboarding.drafting.packet import pointers
from reviewqueue.onboarding.sales_answers import KIND
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import PacketField, Policy

_QUESTION = aliased(Item)
_NEWEST = (
    select(func.max(_QUESTION.id))
    .where(_QUESTION.onboarding_id == Onboarding.id, _QUESTION.kind == KIND)
    .where(_QUESTION.state.in_((*OPEN, *APPROVED)))
    .correlate(Onboarding)
    .scalar_subquery()
)


@dataclass(frozen=True)
class OpenPacket:
    """An open packet as its gaps are looked for: its item, lane and policy, and what it says."""

    item_id: int
    onboarding_id: int
    lane: str
    policy: Policy
    draft: Any


@dataclass(frozen=True)
class GapStanding:
    """How an open packet's empty fields stand. `question` is the item of the newest question to sales (0: none) and
    `state` how far it is: "drafting", "open", "asked", or "" for none. Of the fields it `asked` for `answered` are
    answered, and `silent` have no answer of any kind; `filled` are the labels of the empty ones that a newer CRM record
    fills. `news` says whether an answer is to one that is still empty."""

    question: int = 0
    state: str = ""
    asked: int = 0
    answered: int = 0
    silent: int = 0
    filled: tuple[str, ...] = ()
    news: bool = False
    to: tuple[str, ...] = ()


def empty_fields(policy: Policy, lane_key: str, draft: Any) -> list[PacketField]:
    """The packet's empty fields that sales can be asked about."""
    lane = policy.lane(lane_key)
    waived = lane.waived_fields if lane else ()
    fields = (one for one in policy.packet.fields if one.audited and one.ask and one.key not in waived)
    return [one for one in fields if not has_value(resolve_pointer(draft, one.at))]


def of_items(session: Session, items: Iterable[Item]) -> dict[int, GapStanding]:
    """How the gaps of these items' packets stand, by item id: the open packets among them that have any."""
    packets = [one for one in items if one.kind == PACKET and one.state in OPEN and one.onboarding_id]
    if not packets:
        return {}
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    query = select(Item.id, Revision.draft).join(Revision, current).where(Item.id.in_([one.id for one in packets]))
    says = {row.id: row.draft for row in session.execute(query)}
    version = policy_versions.version
    found = [
        OpenPacket(one.id, one.onboarding_id or 0, one.lane, version(session, one.policy_digest), says.get(one.id))
        for one in packets
    ]
    return of_packets(session, found)


def of_packets(session: Session, packets: Sequence[OpenPacket]) -> dict[int, GapStanding]:
    """The same for packets that were read already."""
    gaps = {one.item_id: empty_fields(one.policy, one.lane, one.draft) for one in packets}
    packets = [one for one in packets if gaps[one.item_id]]
    if not packets:
        return {}
    ids = {one.onboarding_id for one in packets}
    rows = {row.Onboarding.id: row for row in session.execute(_standing_query(ids))}
    asked = _asked(session, [row for row in rows.values() if row.Item and row.Item.state in APPROVED])
    deals = _deals(session, packets, rows)
    return {
        one.item_id: _standing(
            rows[one.onboarding_id], asked.get(one.onboarding_id, {}), gaps[one.item_id],
            _filled(one, gaps[one.item_id], deals.get(one.onboarding_id)),
        )
        for one in packets
    }  # fmt: skip


def _standing(
    row: Any, fields: Mapping[str, Source | None], gaps: Sequence[PacketField], filled: tuple[str, ...]
) -> GapStanding:
    if not fields:
        state = "open" if row.Item else "drafting" if row.drafting else ""
        return GapStanding(row.Item.id if row.Item else 0, state, filled=filled)
    settled = {key for key, one in fields.items() if sales_answers.settles(one)}
    silent, to = sum(one is None for one in fields.values()), sales_answers.receivers(row.says)
    news = any(one.key in settled for one in gaps)
    return GapStanding(row.Item.id, "asked", len(fields), len(settled), silent, filled, news, tuple(sorted(to)))


def _standing_query(ids: Iterable[int]) -> Any:
    """Each onboarding with its newest question that is open or approved, and whether one is being drafted."""
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    due = DraftJob.cause.startswith("packet:"), DraftJob.state.in_(("waiting", "drafting"))
    return (
        select(Onboarding, Item, Revision.draft.label("says"))
        .add_columns(exists().where(DraftJob.onboarding_id == Onboarding.id, *due).label("drafting"))
        .select_from(Onboarding)
        .outerjoin(Item, Item.id == _NEWEST)
        .outerjoin(Revision, current)
        .where(Onboarding.id.in_(ids))
    )


def _asked(session: Session, rows: Sequence[Any]) -> dict[int, dict[str, Source | None]]:
    """By onboarding, the fields that its question asks for, each with its newest answer."""
    if not rows:
        return {}
    fields = {}
    for row in rows:
        policy = policy_versions.version(session, row.Item.policy_digest)
        fields[row.Onboarding.id] = sales_answers.fields_of(policy, row.says)
    answers = sales_answers.newest(session, fields)
    return {run: {one.key: answers.get((run, one.key)) for one in asked} for run, asked in fields.items()}


def _deals(session: Session, packets: Sequence[OpenPacket], rows: dict[int, Any]) -> dict[int, Source]:
    """The newest record of each onboarding's deal, where its CRM is one of ours."""
    wanted: dict[tuple[str, str, tuple[str, ...]], dict[str, int]] = defaultdict(dict)
    for one in packets:
        run, lane = rows[one.onboarding_id].Onboarding, one.policy.lane(one.lane)
        if lane and run.system in SHAPES and run.system in lane.triggers:
            trusted = tuple(one.policy.organisation.trusted_automations)
            wanted[run.system, lane.triggers[run.system].object, trusted][run.external_id] = run.id
    found: dict[int, Source] = {}
    for (system, kind, trusted), mine in wanted.items():
        newest = source_records.newest(session, system, kind, mine, trusted)
        found |= {mine[external_id]: deal for external_id, deal in newest.items()}
    return found


def _filled(packet: OpenPacket, gaps: Sequence[PacketField], deal: Source | None) -> tuple[str, ...]:
    lane = packet.policy.lane(packet.lane)
    if deal is None or lane is None:
        return ()
    trigger, shape = lane.triggers[deal.system], SHAPES[deal.system]
    return tuple(one.label for one in gaps if first(deal, pointers(trigger, shape, one.key))[0])
