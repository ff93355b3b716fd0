"""What is known by now of the empty fields of open packets: how far the question to sales is, what sales answered, and
what a newer CRM record says. As many statements for a page of the queue as for one packet. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks.packet_fields import has_value
from reviewqueue.connectors.packet_places import pointers
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import APPROVED, OPEN, PACKET
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import sales_questions
from reviewqueue.items.sales_questions import KIND
from reviewqueue.onboarding import sales_answers
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import PacketField, Policy

_SHOWN = (*OPEN, *APPROVED)
_QUESTION = aliased(Item)
_NEWEST = (
    select(func.max(_QUESTION.id))
    .where(_QUESTION.onboarding_id == Onboarding.id, _QUESTION.kind == KIND, _QUESTION.state.in_(_SHOWN))
    .correlate(Onboarding)
    .scalar_subquery()
)
# Whether a question about an onboarding's packet is being drafted.
DRAFTING = (
    exists()
    .where(DraftJob.onboarding_id == Onboarding.id, DraftJob.cause.startswith("packet:"))
    .where(DraftJob.state.in_(("waiting", "drafting")))
    .correlate(Onboarding)
)


@dataclass(frozen=True)
class QuestionStanding:
    """The newest question to sales about an onboarding that is open or approved, with its draft; whether one is being
    drafted; the answers, as `sales_answers.ANSWERS` gives them; and to whose address it was `handed` on."""

    item: Item | None = None
    says: Any = None
    drafting: bool = False
    answers: str = ""
    handed: str = ""


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
    fills. `news` says whether an answer is to one that is still empty; `left` are the labels of the empty ones that no
    answer settles."""

    question: int = 0
    state: str = ""
    asked: int = 0
    answered: int = 0
    silent: int = 0
    filled: tuple[str, ...] = ()
    news: bool = False
    to: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def empty_fields(policy: Policy, lane_key: str, draft: Any) -> list[PacketField]:
    """The packet's empty fields that sales can be asked about."""
    lane = policy.lane(lane_key)
    waived = lane.waived_fields if lane else ()
    fields = (one for one in policy.packet.fields if one.audited and one.ask and one.key not in waived)
    return [one for one in fields if not has_value(resolve_pointer(draft, one.at))]


def of_items(session: Session, items: Iterable[Item]) -> dict[int, GapStanding]:
    """How the gaps of these items' packets stand, by item id: the open packets among them that have any. Two
    statements, and none where no check of a packet marked a gap."""
    packets = {one.id: one for one in items if one.kind == PACKET and one.state in OPEN and (one.fails or one.warns)}
    rows = session.execute(_rows(packets)).all() if packets else []
    found = []
    for row in rows:
        item = packets[row.id]
        policy = policy_versions.version(session, item.policy_digest)
        if gaps := empty_fields(policy, item.lane, row.draft):
            found.append((OpenPacket(item.id, row.Onboarding.id, item.lane, policy, row.draft), gaps, row))
    deals = _deals(session, [(one, row.Onboarding) for one, _, row in found])
    return {
        one.item_id: standing(
            *(
                session,
                one,
                gaps,
                QuestionStanding(row.Item, row.says, row.drafting, row.answers or "", row.handed or ""),
            ),
            deals.get(one.onboarding_id),
        )
        for one, gaps, row in found
    }


def _rows(ids: Iterable[int]) -> Any:
    """Each packet with its onboarding's question, whether one is being drafted, and what was answered."""
    packet, draft = aliased(Item), aliased(Revision)
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    found = select(packet.id, draft.draft, Onboarding, Item, Revision.draft.label("says"))
    found = found.add_columns(DRAFTING.label("drafting"), sales_answers.ANSWERS.label("answers"))
    found = found.add_columns(sales_questions.HANDED.label("handed")).select_from(packet)
    found = found.join(draft, (draft.item_id == packet.id) & (draft.number == packet.revision_number))
    found = found.join(Onboarding, Onboarding.id == packet.onboarding_id).outerjoin(Item, Item.id == _NEWEST)
    return found.outerjoin(Revision, current).where(packet.id.in_(ids))


def standing(
    session: Session, packet: OpenPacket, gaps: Sequence[PacketField], question: QuestionStanding, deal: Source | None
) -> GapStanding:
    """How the gaps of one packet stand; `deal` is its deal's newest record. Runs no statement but for a policy."""
    filled, item = _filled(packet, gaps, deal), question.item
    outcomes = sales_answers.outcomes_in(question.answers)
    left = tuple(one.label for one in gaps if outcomes.get(one.key, "") in sales_answers.UNSETTLED)
    if item is None or item.state not in APPROVED:
        state = "open" if item else "drafting" if question.drafting else ""
        return GapStanding(item.id if item else 0, state, filled=filled, left=left)
    fields = sales_answers.fields_of(policy_versions.version(session, item.policy_digest), question.says)
    said = {one.key: outcomes.get(one.key, "") for one in fields}
    settled = {key for key, outcome in said.items() if outcome not in sales_answers.UNSETTLED}
    silent, to = (
        sum(not outcome for outcome in said.values()),
        sales_questions.addresses(question.says, question.handed),
    )
    news = any(one.key in settled for one in gaps)
    return GapStanding(item.id, "asked", len(said), len(settled), silent, filled, news, tuple(sorted(to)), left)


def _deals(session: Session, packets: Iterable[tuple[OpenPacket, Onboarding]]) -> dict[int, Source]:
    """The newest record of each onboarding's deal, where its CRM is one of ours."""
    wanted: dict[tuple[str, str, tuple[str, ...]], dict[str, int]] = defaultdict(dict)
    for one, run in packets:
        lane = one.policy.lane(one.lane)
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
    if deal is None or lane is None or deal.system not in lane.triggers:
        return ()
    trigger, shape = lane.triggers[deal.system], SHAPES[deal.system]
    return tuple(one.label for one in gaps if first(deal, pointers(trigger, shape, one.key))[0])
