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
from reviewqueue.connectors.deals import DealIdentity, DealVerdict
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import changed_deals
from reviewqueue.items import corrections, item_context, opening, revise
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_records
from reviewqueue.onboarding.drafting.packet import customer_name
from reviewqueue.onboarding.drafting.question import question
from reviewqueue.people import api_keys
from reviewqueue.people.access import Caller
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy

Thing = TypeVar("Thing")
ProgressCallback = Callable[[int, str], None]
RECORD_BATCH_SIZE = 500
DEAL_BATCH_SIZE = 100
MAX_RELATED = 200


@dataclass
class ImportResult:
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
class _ImportRun:
    """One import under way. `deals` are those of its files by (object, id): whether a source record of it is new."""

    session: Session
    system: str
    policy: Policy
    caller: Caller
    now: datetime
    on_progress: ProgressCallback
    result: ImportResult = field(default_factory=ImportResult)
    deals: dict[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor.automation(self.caller.automation_id)

    @property
    def trusted(self) -> Collection[str]:
        return self.policy.organisation.trusted_automations

    def count_skipped(self, deal: Source, why: str) -> None:
        """Count a deal that starts nothing: skipped when its record is new, else a duplicate."""
        fresh = self.deals.get((deal.object, deal.external_id))
        if fresh:
            self.result.note("skipped", why, **_named(deal))
        elif fresh is not None:
            self.result.duplicates += 1


@dataclass(frozen=True)
class _PreviousOutcome:
    """What became of a deal before: the state of its onboarding ("running") or of the question about it."""

    state: str
    item_id: int = 0


@dataclass(frozen=True)
class _PendingDeal:
    """A deal to act on. `same_name_ids` are the ids of other won deals of its name, `question_item_id` is the item of
    its open question (0: none)."""

    deal: Source
    verdict: DealVerdict
    same_name_ids: Sequence[str]
    question_item_id: int = 0


def run(
    session: Session,
    system: str,
    paths: Sequence[Path],
    now: datetime,
    *,
    hint: str = "",
    told: ProgressCallback = lambda done, what: None,
) -> ImportResult:
    """Import files of one system: first every record is kept, then their deals are judged, and with them the deals
    whose question is still open, for which an account may have come in.

    A file that cannot be read changes nothing and is counted; the others are imported. `told(count, what)` is called as
    it goes on.
    """
    policy, name = policy_versions.current(session), f"{system} import"
    with writing(session):
        caller = api_keys.own_caller(session, name, now)
    import_run = _ImportRun(session, system, policy, caller, now, told)
    for path in paths:
        try:
            _store_records(import_run, path, hint)
        except Invalid as refusal:
            name = str(path).encode(errors="backslashreplace").decode()
            import_run.result.note("refused", refusal.says, file=name)
    crm = crm_records.index_crm(session, policy, system)
    count = 0
    for kind in sorted(crm_records.deal_objects(policy, system)):
        mine = [found for of, found in import_run.deals if of == kind]
        for ids in _batches([*mine, *(set(_open_question_ids(import_run)) - set(mine))], DEAL_BATCH_SIZE):
            _process_deals(import_run, crm, kind, ids)
            told(count := count + len(ids), "deals")
    return import_run.result


def _batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    rest = iter(things)
    return iter(lambda: list(islice(rest, size)), [])


def _store_records(run: _ImportRun, path: Path, hint: str) -> None:
    """Keep a file's records, and remember its deals. The log names the file with the first record that is new."""
    kinds = crm_records.deal_objects(run.policy, run.system)
    found = connectors.read(run.system, path, hint=hint, remark=run.result.remarks.append)
    count, logged = 0, False
    for sources in _batches(found, RECORD_BATCH_SIZE):
        with writing(run.session):
            kept = source_records.keep(run.session, sources, run.now, "imported", run.caller.automation_id)
            fresh = kept.fresh
            run.result.kept += len(kept.new)
            events = [_import_event(run, path)] if fresh and not logged else []
            logged = logged or bool(events)
            events += corrections.accept_from_sources(run.session, sources, fresh, run.now)
            events += flag_changes.flag_changes(run.session, sources, fresh, run.actor, run.now, run.trusted)
            compared = changed_deals.compare(run.session, run.policy, sources, run.actor, run.now)
            run.result.remarks += [says for one in compared if (says := changed_deals.remark(one))]
            events += compared
            if events:
                override_log.append(run.session, run.now, *events)
        for source in sources:
            key, is_new = (source.object, source.external_id), source.digest in fresh
            if source.object in kinds:
                run.deals[key] = run.deals.get(key, False) or is_new
            else:
                run.result.duplicates += not is_new
        run.on_progress(count := count + len(sources), f"records of {path.name}")


def _import_event(run: _ImportRun, path: Path) -> Event:
    """The log event for a file that brought something new."""
    name = path.name.encode(errors="backslashreplace").decode()
    with path.open("rb") as file:
        facts = {"system": run.system, "file": name, "sha256": file_digest(file, "sha256").hexdigest()}
    return Event(run.actor, EventType.IMPORT_KEEP, facts=facts)


def _open_question_ids(run: _ImportRun) -> Iterable[str]:
    """Ids of the deals whose question is still open."""
    mine = select(Item.subject).where(Item.kind == "trigger_question", Item.automation_id == run.caller.automation_id)
    return run.session.scalars(mine.where(Item.state.in_(vocabulary.OPEN))).all()


def _previous_outcomes(run: _ImportRun, ids: Collection[str]) -> dict[str, _PreviousOutcome]:
    """What became of these deals before, by id."""
    asked = select(Item.subject, Item.state, Item.id).where(
        Item.onboarding_id.is_(None),
        Item.kind == "trigger_question",
        Item.subject.in_(ids),
        Item.automation_id == run.caller.automation_id,
    )
    found = {row.subject: _PreviousOutcome(row.state, row.id) for row in run.session.execute(asked.order_by(Item.id))}
    # An automation that submitted without naming the system may have started the same deal.
    here = (Onboarding.system == run.system) | Onboarding.system.startswith("automation-")
    running = select(Onboarding.external_id).where(Onboarding.external_id.in_(ids), here)
    return found | {one: _PreviousOutcome("running") for one in run.session.scalars(running)}


def _process_deals(run: _ImportRun, crm: crm_records.Crm, kind: str, ids: Collection[str]) -> None:
    """Judge some deals and open what is to be opened, in one transaction with its log entries."""
    deals = source_records.newest(run.session, run.system, kind, ids, run.trusted)
    before = _previous_outcomes(run, ids)
    cases = [case for deal in deals.values() if (case := _pending_deal(run, crm, deal, before.get(deal.external_id)))]
    records = _load_sources(run, crm, cases)
    drafts = _without_unchanged(run, [(case, _submission(run, crm, records, case)) for case in cases])
    if not drafts:
        return
    with writing(run.session):
        after = _previous_outcomes(run, [case.deal.external_id for case, _ in drafts])
        events: list[Event] = []
        for case, submission in drafts:
            if after.get(case.deal.external_id) != before.get(case.deal.external_id):
                run.count_skipped(case.deal, "somebody else took it up at the same moment")
            elif case.question_item_id:
                events += _ask_anew(run, case, submission)
            else:
                events += _open(run, case, submission)
        if events:
            override_log.append(run.session, run.now, *events)


def _without_unchanged(
    run: _ImportRun, drafts: Sequence[tuple[_PendingDeal, Submission]]
) -> list[tuple[_PendingDeal, Submission]]:
    """The drafts without the questions that are open already with the same content."""
    asked = [case.question_item_id for case, _ in drafts if case.question_item_id]
    mine = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    rows = run.session.execute(select(Item.id, Revision.draft).join(Revision, mine).where(Item.id.in_(asked)))
    waits = {row.id: row.draft for row in rows}
    same = {
        case.question_item_id
        for case, draft in drafts
        if case.question_item_id and waits.get(case.question_item_id) == draft.drafted.draft
    }
    for case, _ in drafts:
        if case.question_item_id in same:
            run.count_skipped(case.deal, "its question waits already")
    return [(case, draft) for case, draft in drafts if case.question_item_id not in same]


def _pending_deal(
    run: _ImportRun, crm: crm_records.Crm, deal: Source, previous: _PreviousOutcome | None
) -> _PendingDeal | None:
    """A deal to act on, or None after counting it as skipped or a duplicate."""
    if previous and previous.state not in vocabulary.OPEN:
        runs = previous.state == "running"
        run.count_skipped(deal, "its onboarding runs already" if runs else f"its question was {previous.state}")
        return None
    name = connectors_deals.closed_won_name(run.policy, deal, crm.stages)
    twins = [one for one in crm.won_ids.get(name, ()) if one != deal.external_id] if name else []
    linked = crm.account_ids.get(deal.external_id, ())
    verdict = connectors_deals.judge(run.policy, deal, crm.account_index, crm.stages, linked, len(twins))
    if verdict.act == "skip" and previous is None:
        run.count_skipped(deal, verdict.why)
        return None
    return _PendingDeal(deal, verdict, twins, previous.item_id if previous else 0)


def _load_sources(
    run: _ImportRun, crm: crm_records.Crm, cases: Sequence[_PendingDeal]
) -> Mapping[str, Mapping[str, Source]]:
    """The source records that these cases' drafts rest on, by object and id."""
    shape = SHAPES[run.system]
    accounts = {one for case in cases for one in case.verdict.accounts}
    starting = {one for case in cases if case.verdict.act == "start" for one in case.verdict.accounts}
    wanted = {
        shape.account: accounts,
        shape.contact: {one for account in starting for one in crm.contacts.get(account, ())[:MAX_RELATED]},
        shape.case: {one for account in starting for one in crm.cases.get(account, ())[:MAX_RELATED]},
    }
    for case in cases:
        wanted.setdefault(case.deal.object, set()).update(case.same_name_ids)
    return {
        kind: source_records.newest(run.session, run.system, kind, ids, run.trusted) for kind, ids in wanted.items()
    }


def _submission(
    run: _ImportRun, crm: crm_records.Crm, records: Mapping[str, Mapping[str, Source]], case: _PendingDeal
) -> Submission:
    """The handoff packet of a clear deal, or the question about an unclear one."""
    deal, verdict, shape = case.deal, case.verdict, SHAPES[run.system]
    lane = verdict.lane or next(lane for lane in run.policy.lanes if run.system in lane.triggers)
    account_id = next(iter(verdict.accounts), "")
    if verdict.act == "start" and not case.question_item_id:
        contacts = _pick(records[shape.contact], crm.contacts.get(account_id, ()))
        cases = _pick(records[shape.case], crm.cases.get(account_id, ()))
        identity = DealIdentity(
            verdict.how, connectors_deals.pipeline_of(lane.triggers[run.system], deal, crm.pipelines)
        )
        account = records[shape.account].get(account_id)
        return crm_records.handoff_submission(run.policy, lane, deal, account_id, account, contacts, cases, identity)
    why = verdict.why or "it was not when it was asked about, but one account matches now"
    candidates = [records[shape.account].get(one, one) for one in verdict.accounts]
    drafted = question(lane, run.system, deal, why, candidates, _pick(records[deal.object], case.same_name_ids))
    return Submission(lane.key, drafted, deal.external_id, customer_name(run.system, deal, None), run.system)


def _pick(records: Mapping[str, Source], ids: Iterable[str]) -> list[Source]:
    return [records[one] for one in ids if one in records]


def _named(deal: Source) -> dict[str, str]:
    return {"object": deal.object, "id": deal.external_id, "name": deal.label}


def _open(run: _ImportRun, case: _PendingDeal, submission: Submission) -> list[Event]:
    """Open the item; counts what it did and returns the log events."""
    try:
        opened = opening.open_item(run.session, run.policy, run.caller, submission, run.now)
    except DomainError as refusal:  # raised before anything of this deal was written
        faults = "; ".join(fault.message for fault in refusal.faults)
        run.result.note("skipped", f"{refusal.says} {faults}".strip(), **_named(case.deal))
        return []
    asked = case.verdict.act == "ask"
    run.result.note("asked" if asked else "started", case.verdict.why, **_named(case.deal), item=opened.item_id)
    return opened.events


def _ask_anew(run: _ImportRun, case: _PendingDeal, submission: Submission) -> list[Event]:
    """Revise the open question; counts it and returns the log events."""
    context = item_context.load(run.session, case.question_item_id, run.now)
    author = revise.Author(automation_id=run.caller.automation_id)
    events = revise.add_revision(run.session, context, submission.drafted, author, run.now)
    why = f"asked again: {case.verdict.why or 'one account matches now'}"
    run.result.note("asked", why, **_named(case.deal), item=case.question_item_id)
    return events
