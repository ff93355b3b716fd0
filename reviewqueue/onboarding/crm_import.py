"""CRM import: files that a CRM exported become source records, and closed-won deals become onboardings, or questions to
RevOps."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import connectors
from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import deals as connectors_deals
from reviewqueue.connectors.deals import Identity, Verdict
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import corrections, item_context, opening, revise
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_records
from reviewqueue.onboarding.drafting.packet import customer
from reviewqueue.onboarding.drafting.question import question
from reviewqueue.people import api_keys
from reviewqueue.people.access import Caller
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy

Thing = TypeVar("Thing")
Told = Callable[[int, str], None]
RECORDS = 500
DEALS = 100
PEOPLE = 200


@dataclass
class Imported:
    """The results of an import. Each deal counts once: started, asked (a question to RevOps), skipped, or a duplicate;
    every other record that was known before counts as a duplicate. `refused` counts files, `kept` the records that were
    not known before. `details` say why, deal by deal."""

    started: int = 0
    asked: int = 0
    skipped: int = 0
    duplicates: int = 0
    refused: int = 0
    kept: int = 0
    details: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The five numbers by name."""
        return {name: getattr(self, name) for name in ("started", "asked", "skipped", "duplicates", "refused")}

    def note(self, outcome: str, why: str, **place: Any) -> None:
        """Count one outcome and keep its reason."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.details.append({"outcome": outcome, **place, "why": why})


@dataclass(frozen=True)
class _Run:
    """One import under way. `deals` are those of its files by (object, id): whether a source record of it is new."""

    session: Session
    system: str
    policy: Policy
    caller: Caller
    now: datetime
    told: Told
    done: Imported = field(default_factory=Imported)
    deals: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor.automation(self.caller.automation_id)

    def pass_over(self, deal: Source, why: str) -> None:
        """Count a deal that starts nothing: skipped when its record is new, else a duplicate."""
        fresh = self.deals.get((deal.object, deal.external_id))
        if fresh:
            self.done.note("skipped", why, **_named(deal))
        elif fresh is not None:
            self.done.duplicates += 1


@dataclass(frozen=True)
class _Taken:
    """What became of a deal before: the state of its onboarding ("running") or of the question about it."""

    state: str
    item_id: int = 0


@dataclass(frozen=True)
class _Case:
    """A deal to act on. `twins` are the ids of other won deals of its name, `asked` is the item of its open question
    (0: none)."""

    deal: Source
    verdict: Verdict
    twins: Sequence[str]
    asked: int = 0


def run(
    session: Session,
    system: str,
    paths: Sequence[Path],
    now: datetime,
    *,
    hint: str = "",
    told: Told = lambda done, what: None,
) -> Imported:
    """Import files of one system: first every record is kept, then their deals are judged, and with them the deals
    whose question is still open, for which an account may have come in.

    A file that cannot be read changes nothing and is counted; the others are imported. `told(count, what)` is called as
    it goes on.
    """
    policy, name = policy_versions.current(session), f"{system} import"
    with writing(session):
        caller = api_keys.own_caller(session, name, now)
    under_way = _Run(session, system, policy, caller, now, told)
    for path in paths:
        try:
            _keep(under_way, path, hint)
        except Invalid as refusal:
            name = str(path).encode(errors="backslashreplace").decode()
            under_way.done.note("refused", refusal.says, file=name)
    known = crm_records.survey(session, policy, system)
    count = 0
    for kind in sorted(crm_records.deal_objects(policy, system)):
        mine = [found for of, found in under_way.deals if of == kind]
        for ids in _batches([*mine, *(set(_waiting(under_way)) - set(mine))], DEALS):
            _judge(under_way, known, kind, ids)
            told(count := count + len(ids), "deals")
    return under_way.done


def _batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    rest = iter(things)
    return iter(lambda: list(islice(rest, size)), [])


def _keep(run: _Run, path: Path, hint: str) -> None:
    """Keep a file's records, and remember its deals. The log names the file with the first record that is new."""
    kinds = crm_records.deal_objects(run.policy, run.system)
    found = connectors.read(run.system, path, hint=hint, remark=run.done.remarks.append)
    count, logged = 0, False
    for sources in _batches(found, RECORDS):
        with writing(run.session):
            fresh = source_records.keep(run.session, sources, run.now)
            run.done.kept += len(fresh)
            events = [_kept(run, path)] if fresh and not logged else []
            logged = logged or bool(events)
            events += corrections.answered_by_sources(run.session, sources, fresh, run.now)
            events += flag_changes.flag_changes(run.session, sources, fresh, run.actor, run.now)
            if events:
                override_log.append(run.session, run.now, *events)
        for source in sources:
            key, is_new = (source.object, source.external_id), source.digest in fresh
            if source.object in kinds:
                run.deals[key] = run.deals.get(key, False) or is_new
            else:
                run.done.duplicates += not is_new
        run.told(count := count + len(sources), f"records of {path.name}")


def _kept(run: _Run, path: Path) -> Event:
    """The log event for a file that brought something new."""
    name = path.name.encode(errors="backslashreplace").decode()
    with path.open("rb") as file:
        facts = {"system": run.system, "file": name, "sha256": file_digest(file, "sha256").hexdigest()}
    return Event(run.actor, EventType.IMPORT_KEEP, facts=facts)


def _waiting(run: _Run) -> Iterable[str]:
    """Ids of the deals whose question is still open."""
    mine = select(Item.subject).where(Item.kind == "trigger_question", Item.automation_id == run.caller.automation_id)
    return run.session.scalars(mine.where(Item.state.in_(vocabulary.OPEN))).all()


def _taken(run: _Run, ids: Collection[str]) -> dict[str, _Taken]:
    """What became of these deals before, by id."""
    asked = select(Item.subject, Item.state, Item.id).where(
        Item.onboarding_id.is_(None),
        Item.kind == "trigger_question",
        Item.subject.in_(ids),
        Item.automation_id == run.caller.automation_id,
    )
    found = {row.subject: _Taken(row.state, row.id) for row in run.session.execute(asked.order_by(Item.id))}
    # An automation that submitted without naming the system may have started the same deal.
    here = (Onboarding.system == run.system) | Onboarding.system.startswith("automation-")
    running = select(Onboarding.external_id).where(Onboarding.external_id.in_(ids), here)
    return found | {one: _Taken("running") for one in run.session.scalars(running)}


def _judge(run: _Run, known: crm_records.Crm, kind: str, ids: Collection[str]) -> None:
    """Judge some deals and open what is to be opened, in one transaction with its log entries."""
    deals = source_records.newest(run.session, run.system, kind, ids)
    before = _taken(run, ids)
    cases = [case for deal in deals.values() if (case := _case(run, known, deal, before.get(deal.external_id)))]
    records = _gather(run, known, cases)
    drafts = _news(run, [(case, _submission(run, known, records, case)) for case in cases])
    if not drafts:
        return
    with writing(run.session):
        after = _taken(run, [case.deal.external_id for case, _ in drafts])
        events: list[Event] = []
        for case, submission in drafts:
            if after.get(case.deal.external_id) != before.get(case.deal.external_id):
                run.pass_over(case.deal, "somebody else took it up at the same moment")
            elif case.asked:
                events += _ask_anew(run, case, submission)
            else:
                events += _open(run, case, submission)
        if events:
            override_log.append(run.session, run.now, *events)


def _news(run: _Run, drafts: Sequence[tuple[_Case, Submission]]) -> list[tuple[_Case, Submission]]:
    """The drafts without the questions that are open already with the same content."""
    asked = [case.asked for case, _ in drafts if case.asked]
    mine = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    rows = run.session.execute(select(Item.id, Revision.draft).join(Revision, mine).where(Item.id.in_(asked)))
    waits = {row.id: row.draft for row in rows}
    same = {case.asked for case, draft in drafts if case.asked and waits.get(case.asked) == draft.drafted.draft}
    for case, _ in drafts:
        if case.asked in same:
            run.pass_over(case.deal, "its question waits already")
    return [(case, draft) for case, draft in drafts if case.asked not in same]


def _case(run: _Run, known: crm_records.Crm, deal: Source, taken: _Taken | None) -> _Case | None:
    """A deal to act on, or None after counting it as skipped or a duplicate."""
    if taken and taken.state not in vocabulary.OPEN:
        runs = taken.state == "running"
        run.pass_over(deal, "its onboarding runs already" if runs else f"its question was {taken.state}")
        return None
    name = connectors_deals.closed_won_name(run.policy, deal, known.stages)
    twins = [one for one in known.won.get(name, ()) if one != deal.external_id] if name else []
    linked = known.linked.get(deal.external_id, ())
    verdict = connectors_deals.judge(run.policy, deal, known.book, known.stages, linked, len(twins))
    if verdict.act == "skip" and taken is None:
        run.pass_over(deal, verdict.why)
        return None
    return _Case(deal, verdict, twins, taken.item_id if taken else 0)


def _gather(run: _Run, known: crm_records.Crm, cases: Sequence[_Case]) -> Mapping[str, Mapping[str, Source]]:
    """The source records that these cases' drafts rest on, by object and id."""
    shape = SHAPES[run.system]
    accounts = {one for case in cases for one in case.verdict.accounts}
    starting = {one for case in cases if case.verdict.act == "start" for one in case.verdict.accounts}
    wanted = {
        shape.account: accounts,
        shape.contact: {one for account in starting for one in known.contacts.get(account, ())[:PEOPLE]},
        shape.case: {one for account in starting for one in known.cases.get(account, ())[:PEOPLE]},
    }
    for case in cases:
        wanted.setdefault(case.deal.object, set()).update(case.twins)
    return {kind: source_records.newest(run.session, run.system, kind, ids) for kind, ids in wanted.items()}


def _submission(
    run: _Run, known: crm_records.Crm, records: Mapping[str, Mapping[str, Source]], case: _Case
) -> Submission:
    """The handoff packet of a clear deal, or the question about an unclear one."""
    deal, verdict, shape = case.deal, case.verdict, SHAPES[run.system]
    lane = verdict.lane or next(lane for lane in run.policy.lanes if run.system in lane.triggers)
    account_id = next(iter(verdict.accounts), "")
    if verdict.act == "start" and not case.asked:
        contacts = _those(records[shape.contact], known.contacts.get(account_id, ()))
        cases = _those(records[shape.case], known.cases.get(account_id, ()))
        found = Identity(verdict.how, connectors_deals.pipeline_of(lane.triggers[run.system], deal, known.pipelines))
        account = records[shape.account].get(account_id)
        return crm_records.handoff(run.policy, lane, deal, account_id, account, contacts, cases, found)
    why = verdict.why or "it was not when it was asked about, but one account matches now"
    candidates = [records[shape.account].get(one, one) for one in verdict.accounts]
    drafted = question(lane, run.system, deal, why, candidates, _those(records[deal.object], case.twins))
    return Submission(lane.key, drafted, deal.external_id, customer(run.system, deal, None), run.system)


def _those(records: Mapping[str, Source], ids: Iterable[str]) -> list[Source]:
    return [records[one] for one in ids if one in records]


def _named(deal: Source) -> dict[str, str]:
    return {"object": deal.object, "id": deal.external_id, "name": deal.label}


def _open(run: _Run, case: _Case, submission: Submission) -> list[Event]:
    """Open the item; counts what it did and returns the log events."""
    try:
        opened = opening.open_item(run.session, run.policy, run.caller, submission, run.now)
    except DomainError as refusal:  # raised before anything of this deal was written
        faults = "; ".join(fault.message for fault in refusal.faults)
        run.done.note("skipped", f"{refusal.says} {faults}".strip(), **_named(case.deal))
        return []
    asked = case.verdict.act == "ask"
    run.done.note("asked" if asked else "started", case.verdict.why, **_named(case.deal), item=opened.item_id)
    return opened.events


def _ask_anew(run: _Run, case: _Case, submission: Submission) -> list[Event]:
    """Revise the open question; counts it and returns the log events."""
    found = item_context.load(run.session, case.asked, run.now)
    author = revise.Author(automation_id=run.caller.automation_id)
    events = revise.add_revision(run.session, found, submission.drafted, author, run.now)
    why = f"asked again: {case.verdict.why or 'one account matches now'}"
    run.done.note("asked", why, **_named(case.deal), item=case.asked)
    return events
