"""The deals of an import: each is judged, and starts its onboarding, or becomes a question to RevOps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from reviewqueue.audit import override_log
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import deals as connectors_deals
from reviewqueue.connectors import owners
from reviewqueue.connectors.deals import DealIdentity, DealVerdict
from reviewqueue.connectors.record_state import merged_ids
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import folding, vocabulary
from reviewqueue.core.errors import DomainError
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context, opening, revise
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import ask_sales, crm_owners, crm_records, running_accounts
from reviewqueue.onboarding.drafting.packet import customer_name
from reviewqueue.onboarding.drafting.question import question
from reviewqueue.onboarding.import_run import ImportRun, named
from reviewqueue.onboarding.running_accounts import RunningDeal

MAX_RELATED = 200
# What became of a deal whose onboarding started, in words.
_RUNS = {"running": "its onboarding runs already", "ended": "its onboarding was ended"}


@dataclass(frozen=True)
class _PreviousOutcome:
    """What became of a deal before: the state of its onboarding ("running" or "ended") or of the question about it."""

    state: str
    item_id: int = 0


@dataclass(frozen=True)
class _PendingDeal:
    """A deal to act on. `same_name_ids` are the ids of other won deals of its name, `question_item_id` is the item of
    its open question (0: none); `running` is how one that starts stands among those whose onboardings run."""

    deal: Source
    verdict: DealVerdict
    same_name_ids: Sequence[str]
    question_item_id: int = 0
    running: RunningDeal | None = None


def open_question_ids(run: ImportRun) -> Iterable[str]:
    """Ids of the deals whose question is still open."""
    mine = select(Item.subject).where(Item.kind == "trigger_question", Item.automation_id == run.caller.automation_id)
    return run.session.scalars(mine.where(Item.state.in_(vocabulary.OPEN))).all()


def _previous_outcomes(run: ImportRun, ids: Collection[str]) -> dict[str, _PreviousOutcome]:
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
    started = select(Onboarding.external_id, Onboarding.ended_at).where(Onboarding.external_id.in_(ids), here)
    return found | {
        row.external_id: _PreviousOutcome("ended" if row.ended_at else "running")
        for row in run.session.execute(started)
    }


def process(run: ImportRun, crm: crm_records.Crm, kind: str, ids: Collection[str]) -> None:
    """Judge some deals and open what is to be opened, in one transaction with its log entries."""
    deals = source_records.newest(run.session, run.system, kind, ids, run.trusted)
    before = _previous_outcomes(run, {*ids, *(one for deal in deals.values() for one in merged_ids(deal))})
    cases = [case for deal in deals.values() if (case := _pending_deal(run, crm, deal, before))]
    cases = _asked_about_second(run, crm, cases)
    records = _load_sources(run, crm, cases)
    drafts = _without_unchanged(run, [(case, _submission(run, crm, records, case)) for case in cases])
    if not drafts:
        return
    with writing(run.session):
        after = _previous_outcomes(run, [case.deal.external_id for case, _ in drafts])
        if run.running is not None:
            running_accounts.add_started(run.running, run.system, run.trusted)
        events: list[Event] = []
        for case, submission in drafts:
            moved = after.get(case.deal.external_id) != before.get(case.deal.external_id)
            if moved or _started_meanwhile(run, case):
                run.count_skipped(case.deal, "somebody else took it up at the same moment")
            elif case.question_item_id:
                events += _ask_anew(run, case, submission)
            else:
                events += _open(run, case, submission)
        if events:
            override_log.append(run.session, run.now, *events)


def _without_unchanged(
    run: ImportRun, drafts: Sequence[tuple[_PendingDeal, Submission]]
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
    run: ImportRun, crm: crm_records.Crm, deal: Source, before: Mapping[str, _PreviousOutcome]
) -> _PendingDeal | None:
    """A deal to act on, or None after counting it as skipped or a duplicate."""
    previous = before.get(deal.external_id)
    if previous and previous.state not in vocabulary.OPEN:
        run.count_skipped(deal, _RUNS.get(previous.state, f"its question was {previous.state}"))
        return None
    if merged := [one for one in merged_ids(deal) if one in before and before[one].state in _RUNS]:
        run.count_skipped(deal, f"deal {merged[0]} was merged into it, and {_RUNS[before[merged[0]].state]}")
        return None
    name = connectors_deals.closed_won_name(run.policy, deal, crm.stages)
    twins = [one for one in crm.won_ids.get(name, ()) if one != deal.external_id] if name else []
    linked = crm.account_ids.get(deal.external_id, ())
    verdict = connectors_deals.judge(
        run.policy, deal, crm.account_index, crm.stages, linked, len(twins), crm.gone, crm.masters
    )
    if verdict.act == "skip" and previous is None:
        run.count_skipped(deal, verdict.why)
        return None
    return _PendingDeal(deal, verdict, twins, previous.item_id if previous else 0)


def _asked_about_second(run: ImportRun, crm: crm_records.Crm, cases: Sequence[_PendingDeal]) -> list[_PendingDeal]:
    """The same deals, but a second one of an account whose onboarding runs, or starts just now, is asked about. A deal
    that names its account comes before one of an account that was merged into it."""
    starting = [case for case in cases if case.verdict.act == "start"]
    if not starting:
        return list(cases)
    if run.running is None:
        run.running = running_accounts.load(run.session, run.system, crm.masters, run.trusted)
    ids = {one for case in starting for one in case.verdict.accounts}
    accounts = source_records.newest(run.session, run.system, SHAPES[run.system].account, ids, run.trusted)
    made: dict[str, _PendingDeal] = {}
    for case in sorted(starting, key=lambda case: case.verdict.merged):
        wanted = _as_running(run, case, accounts)
        if why := run.running.why_second(wanted):
            made[case.deal.external_id] = replace(case, verdict=replace(case.verdict, act="ask", why=why))
            continue
        made[case.deal.external_id] = replace(case, running=wanted)
        if not case.question_item_id:
            run.running.add(wanted)
    return [made.get(case.deal.external_id, case) for case in cases]


def _as_running(run: ImportRun, case: _PendingDeal, accounts: Mapping[str, Source]) -> RunningDeal:
    """A deal as it would be among those whose onboardings run."""
    account_id = next(iter(case.verdict.accounts), "")
    account = accounts.get(account_id)
    name = folding.customer_key(customer_name(run.system, case.deal, account))
    return RunningDeal(run.system, case.deal.external_id, account_id, name, running_accounts.domain_of(account))


def _started_meanwhile(run: ImportRun, case: _PendingDeal) -> bool:
    """Whether another import started an onboarding of its account since this deal was judged."""
    return bool(case.running and run.running and run.running.why_second(case.running))


def _load_sources(
    run: ImportRun, crm: crm_records.Crm, cases: Sequence[_PendingDeal]
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
    found = {
        kind: source_records.newest(run.session, run.system, kind, ids, run.trusted) for kind, ids in wanted.items()
    }
    starts = (case for case in cases if case.verdict.act == "start")
    ids = {_owner_id(run, case) for case in starts}
    return {**found, shape.owner: crm_owners.known(run.session, run.system, ids, run.trusted)}


def _owner_id(run: ImportRun, case: _PendingDeal) -> str:
    return owners.id_of(case.verdict.lane.triggers[run.system], case.deal) if case.verdict.lane else ""


def _submission(
    run: ImportRun, crm: crm_records.Crm, records: Mapping[str, Mapping[str, Source]], case: _PendingDeal
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
        return crm_records.handoff_submission(
            *(run.policy, lane, deal, account_id, account, contacts, cases, identity),
            records[shape.owner].get(_owner_id(run, case)),
        )
    why = verdict.why or "it was not when it was asked about, but one account matches now"
    candidates = [records[shape.account].get(one, one) for one in verdict.accounts]
    drafted = question(lane, run.system, deal, why, candidates, _pick(records[deal.object], case.same_name_ids))
    return Submission(lane.key, drafted, deal.external_id, customer_name(run.system, deal, None), run.system)


def _pick(records: Mapping[str, Source], ids: Iterable[str]) -> list[Source]:
    return [records[one] for one in ids if one in records]


def _open(run: ImportRun, case: _PendingDeal, submission: Submission) -> list[Event]:
    """Open the item; counts what it did and returns the log events."""
    try:
        opened = opening.open_item(run.session, run.policy, run.caller, submission, run.now)
    except DomainError as refusal:  # raised before anything of this deal was written
        faults = "; ".join(fault.message for fault in refusal.faults)
        run.result.note("skipped", f"{refusal.says} {faults}".strip(), **named(case.deal))
        return []
    asked = case.verdict.act == "ask"
    run.result.note("asked" if asked else "started", case.verdict.why, **named(case.deal), item=opened.item_id)
    return [*opened.events, *ask_sales.on_arrival(run.session, run.policy, opened.item_id, submission, run.now)]


def _ask_anew(run: ImportRun, case: _PendingDeal, submission: Submission) -> list[Event]:
    """Revise the open question; counts it and returns the log events."""
    context = item_context.load(run.session, case.question_item_id, run.now)
    author = revise.Author(automation_id=run.caller.automation_id)
    events = revise.add_revision(run.session, context, submission.drafted, author, run.now)
    why = f"asked again: {case.verdict.why or 'one account matches now'}"
    run.result.note("asked", why, **named(case.deal), item=case.question_item_id)
    return events
