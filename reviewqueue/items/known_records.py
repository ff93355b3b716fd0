"""Gathers what is known of an onboarding's records when a draft is checked or shown: each record at its newest, whoever
brought it. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import BindParameter, Text, and_, bindparam, or_, select, true, type_coerce
from sqlalchemy.orm import Session, aliased

from reviewqueue.checks.known_records import KnownRecords, account_name, account_of, known_as
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import NOT_DRAFTS, OWN_SYSTEM
from reviewqueue.db.statements import Prepared, PreparedIn
from reviewqueue.db.tables.items import Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import Onboarding, SourceArrival, SourceRecord
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence import source_records
from reviewqueue.evidence.record_versions import modified_at, newest_of
from reviewqueue.evidence.source_records import claimed_or_own
from reviewqueue.evidence.types import Arrival, Source
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.policy import Lane, Policy

# At most so many records of an onboarding are compared with one draft, those that came last.
MAX_RECORDS = 200
Key = tuple[str, str, str]
_LIGHT = (
    SourceRecord.id, SourceRecord.system, SourceRecord.object, SourceRecord.external_id,
    source_records.fetched().label("fetched_at"), SourceRecord.modified_at, SourceRecord.label, SourceRecord.digest,
    SourceArrival.id.label("arrival_id"), SourceArrival.way,
    SourceArrival.at, SourceArrival.automation_id, Automation.name.label("automation"),
    type_coerce(SourceRecord.payload, Text).contains('"eventType":').label("event"),
)  # fmt: skip


def _of_keys(binds: list[BindParameter[Any]]) -> Any:
    """The snapshots of some records; the values are system, object and id of one after the other."""
    each = zip(binds[::3], binds[1::3], binds[2::3], strict=True)
    same = (
        and_(SourceRecord.system == system, SourceRecord.object == kind, SourceRecord.external_id == name)
        for system, kind, name in each
    )
    return _with_arrivals(select(*_LIGHT)).where(or_(*same))


def _with_arrivals(query: Any) -> Any:
    joined = query.outerjoin(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    return joined.outerjoin(Automation, Automation.id == SourceArrival.automation_id)


def _of_onboarding(*more: Any) -> Any:
    """Every snapshot of each record that a revision of the onboarding's items rests on, along indexes; with the
    onboarding's own columns, which are there also where no record is."""
    held = aliased(SourceRecord)
    keys = (
        select(held.system, held.object, held.external_id)
        .join(RevisionSource, RevisionSource.source_record_id == held.id)
        .join(Revision, Revision.id == RevisionSource.revision_id)
        .join(Item, Item.id == Revision.item_id)
        .where(Item.onboarding_id == bindparam("onboarding"))
        .distinct()
        .subquery()
    )
    of = (Onboarding.system.label("deal_system"), Onboarding.external_id.label("deal"), Onboarding.account_id)
    same = (SourceRecord.system == keys.c.system) & (SourceRecord.object == keys.c.object)
    query = (
        select(*_LIGHT, *of, *more)
        .select_from(Onboarding)
        .outerjoin(keys, true())
        .outerjoin(SourceRecord, same & (SourceRecord.external_id == keys.c.external_id))
    )
    return _with_arrivals(query).where(Onboarding.id == bindparam("onboarding"))


_BY_KEY = PreparedIn(_of_keys, 12)
_PAYLOADS = PreparedIn(lambda ids: select(SourceRecord.id, SourceRecord.payload).where(SourceRecord.id.in_(ids)), 8)
_OF_ONBOARDING = Prepared(_of_onboarding())
_CITED = aliased(RevisionSource)
_OF_ITEM = Prepared(
    _of_onboarding(type_coerce(SourceRecord.payload, Text).label("text"), _CITED.ref).outerjoin(
        _CITED, (_CITED.source_record_id == SourceRecord.id) & (_CITED.revision_id == bindparam("revision"))
    )
)


@dataclass(frozen=True)
class About:
    """What is asked about: whose draft it is, and its onboarding's customer, deal and account ("" where they are not
    known)."""

    automation_id: int = 0
    automation: str = ""
    customer: str = ""
    system: str = ""
    deal: str = ""
    account: str = ""


def gather(
    session: Session,
    policy: Policy,
    lane: Lane,
    sent: Mapping[str, Source],
    about: About,
    onboarding_id: int | None,
    ahead: KnownRecords | None = None,
    *,
    history: bool = False,
) -> KnownRecords:
    """What is known beside the records that a draft sends along. Two short statements, and one for the payloads that
    are needed; one where the onboarding has not started. `history` asks for earlier versions too. What was gathered
    `ahead` is returned where it still holds."""
    if onboarding_id is None and ahead is not None:
        return ahead
    trusted = policy.organisation.trusted_automations
    found: list[Any] = []
    if onboarding_id is not None:
        found = _OF_ONBOARDING.rows(session, {"onboarding": onboarding_id})
        about = _about_onboarding(about, found)
    keys = dict.fromkeys([*(one.key for one in sent.values()), *_own_keys(lane, about)])
    found += _BY_KEY.rows(session, [part for key in keys for part in key])
    rows = {(row.id, row.arrival_id): row for row in found if _is_record(row, keys)}
    version = tuple(sorted((row.digest, f"{row.arrival_id} {row.way}") for row in rows.values()))
    if ahead is not None and ahead.version == version:
        return ahead
    gathered = _Gathered(about, trusted, list(rows.values()), partial(_read_payloads, session))
    made = replace(gathered.records(sent), version=version)
    return replace(made, older=gathered.older(made.newest)) if history else made


def _about_onboarding(about: About, found: Sequence[Any]) -> About:
    """With the deal and the account of the onboarding whose rows these are."""
    if not found:
        return about
    return replace(about, system=found[0].deal_system, deal=found[0].deal, account=found[0].account_id)


def _is_record(row: Any, sent: Collection[Key]) -> bool:
    """Whether a row is a snapshot to compare with: one of our own only where the draft sent that record."""
    return row.id is not None and (row.system != OWN_SYSTEM or (row.system, row.object, row.external_id) in sent)


def _read_payloads(session: Session, rows: Iterable[Any]) -> dict[int, Any]:
    return {row.id: row.payload for row in _PAYLOADS.rows(session, list(dict.fromkeys(row.id for row in rows)))}


def _parse_payloads(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.id: canonical_json.read(row.text) for row in rows}


def of_item(session: Session, context: ItemContext) -> KnownRecords:
    """What is known now of the records of an item's draft and of its onboarding, by one statement."""
    item, revision_id = context.item, context.revision.id
    if item.onboarding_id is None or item.kind in NOT_DRAFTS:
        return known_as(source_records.of_revision(session, revision_id))
    found = _OF_ITEM.rows(session, {"onboarding": item.onboarding_id, "revision": revision_id})
    about = _about_onboarding(About(item.automation_id, context.automation, item.customer), found)
    cited = {row.ref: row for row in found if row.ref is not None}
    keys = {(row.system, row.object, row.external_id) for row in cited.values()}
    rows = {(row.id, row.arrival_id): row for row in found if _is_record(row, keys)}
    payloads = _parse_payloads(cited.values())
    sent = {
        ref: replace(_light_source(row, Arrival("claimed")), payload=payloads[row.id])
        for ref, row in sorted(cited.items())
    }
    trusted = context.policy.organisation.trusted_automations
    return _Gathered(about, trusted, list(rows.values()), _parse_payloads).records(sent)


def _own_keys(lane: Lane, about: About) -> Iterable[Key]:
    """The onboarding's own deal and account, as its CRM knows them."""
    trigger, shape = lane.triggers.get(about.system), SHAPES.get(about.system)
    if trigger and about.deal:
        yield about.system, trigger.object, about.deal
    if shape and about.account:
        yield about.system, shape.account, about.account


class _Gathered:
    """Snapshots, by record, while they are made into what is known."""

    def __init__(
        self, about: About, trusted: tuple[str, ...], rows: Sequence[Any],
        payloads: Callable[[Iterable[Any]], dict[int, Any]],
    ) -> None:  # fmt: skip
        self.about, self.trusted, self.payloads = about, trusted, payloads
        self.by_key: dict[Key, list[tuple[Source, Any]]] = defaultdict(list)
        self.best: dict[str, Arrival] = {}
        for row in sorted(rows, key=lambda row: row.arrival_id or 0):
            came = Arrival(row.way or "claimed", row.automation or "", row.at, row.automation_id)
            self.by_key[row.system, row.object, row.external_id].append((_light_source(row, came), row))
            if row.digest not in self.best or came.vouches():
                self.best[row.digest] = came

    def records(self, sent: Mapping[str, Source]) -> KnownRecords:
        """What is known, beside the records that a draft sends along."""
        given = {ref: self._arrived(one) for ref, one in sent.items()}
        chosen = {ref: self._newest(one) for ref, one in given.items()}
        keys = {one.key for one in given.values()}
        others = [key for key in self.by_key if key not in keys]
        others.sort(key=lambda key: -max(row.arrival_id or 0 for _, row in self.by_key[key]))
        for key in others[: max(0, MAX_RECORDS - len(given))]:
            if (found := self._newest_kept(key)) is not None:
                chosen[_name(key, chosen)] = found
        by_id = self.payloads(row for _, row in chosen.values() if row is not None)
        newest = {
            ref: one if row is None else replace(one, payload=by_id[row.id]) for ref, (one, row) in chosen.items()
        }
        doubtful = {ref for ref, one in newest.items() if ref not in given and self._is_foreign(one)}
        return KnownRecords(
            given, newest, frozenset(doubtful), self.trusted, self.about.deal, self._account(newest.values())
        )

    def older(self, newest: Mapping[str, Source]) -> dict[str, list[Source]]:
        """The earlier versions of these records that are more than another's claim, the last first; at most
        MAX_RECORDS in all."""
        wanted: dict[str, list[tuple[Source, Any]]] = {}
        for ref, held in newest.items():
            several = self.by_key.get(held.key, []) if len(self.by_key.get(held.key, [])) > 1 else []
            wanted[ref] = [(one, row) for one, row in reversed(several) if not (row.event or self._is_foreign(one))]
        payloads = self.payloads([row for held in wanted.values() for _, row in held][:MAX_RECORDS])
        return {
            ref: [replace(one, payload=payloads[row.id]) for one, row in held if row.id in payloads]
            for ref, held in wanted.items()
            if held
        }

    def _arrived(self, source: Source) -> Source:
        """A source that was sent along, with how it came: as it is known, else claimed by who sends it now."""
        came = self.best.get(source.digest)
        if came is None:
            came = Arrival(claimed_or_own(source), self.about.automation, None, self.about.automation_id)
        made = replace(source, arrival=came, modified_at=modified_at(source.payload))
        vars(made)["digest"] = source.digest  # taken once
        return made

    def _newest(self, source: Source) -> tuple[Source, Any]:
        """The newest known version of a source that was sent along; the source itself where that is none other. What
        another automation claims of it is none."""
        held = self.by_key.get(source.key, [])
        mine = [(one, row) for one, row in held if not self._is_foreign(one)]
        kept = [(one, row) for one, row in mine if row.digest != source.digest]
        sources = [one for one, row in mine if row.digest != source.digest or not row.event]
        known = any(row.digest == source.digest for _, row in held)
        last = newest_of(sources if known and not _comes_again(source, mine) else [*sources, source], self.trusted)
        return next(((one, row) for one, row in kept if one is last), (source, None))

    def _newest_kept(self, key: Key) -> tuple[Source, Any] | None:
        held = [(one, row) for one, row in self.by_key[key] if not row.event]
        last = newest_of([one for one, _ in held], self.trusted)
        return next(((one, row) for one, row in held if one is last), None)

    def _is_foreign(self, source: Source) -> bool:
        """Whether another automation alone claims it."""
        came = source.arrival
        return came is not None and not came.vouches(self.trusted) and came.automation_id != self.about.automation_id

    def _account(self, records: Iterable[Source]) -> str:
        """The id of the onboarding's account: its own, else the one that its deal names, else the one of its customer's
        name. Only records count that are more than claimed."""
        system, deal = self.about.system, self.about.deal
        if self.about.account:
            return SHAPES[system].full_id(self.about.account) if system in SHAPES else self.about.account
        sure = [one for one in records if one.vouches(self.trusted)]
        named = next(filter(None, (account_of(one) for one in sure if one.external_id == deal)), "")
        called = {
            account_of(one) for one in sure if account_name(one) == " ".join(self.about.customer.casefold().split())
        }
        return named or (called.pop() if len(called) == 1 else "")


def _comes_again(source: Source, known: Sequence[tuple[Source, Any]]) -> bool:
    """Whether a known snapshot is sent as fetched after everything that is known of its record."""
    fetched = source.fetched_at
    return fetched is not None and all(one.as_of is None or one.as_of < fetched for one, _ in known)


def _light_source(row: Any, came: Arrival) -> Source:
    """A row as a source whose payload is not read yet."""
    return Source(row.system, row.object, row.external_id, {}, row.fetched_at, row.label, came, row.modified_at)


def _name(key: Key, taken: Mapping[str, Any]) -> str:
    """The ref of a record that a draft did not send: its system, object and id."""
    name = " ".join(key)
    while name in taken:
        name += " *"
    return name
