"""CRM import: files that a CRM exported become source records, and closed-won deals become onboardings, or questions to
RevOps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from reviewqueue import connectors
from reviewqueue.audit import override_log
from reviewqueue.audit.events import EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.connectors import record_words
from reviewqueue.core.characters import single_line
from reviewqueue.core.errors import Invalid
from reviewqueue.db.database import writing
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import changed_deals
from reviewqueue.items import corrections
from reviewqueue.onboarding import crm_records, import_run, imported_deals
from reviewqueue.people import api_keys
from reviewqueue.policy import policy_versions, systems

Thing = TypeVar("Thing")
RECORD_BATCH_SIZE = 500
DEAL_BATCH_SIZE = 100


def run(
    session: Session,
    system: str,
    paths: Sequence[Path],
    now: datetime,
    *,
    hint: str = "",
    told: import_run.ProgressCallback = lambda done, what: None,
) -> import_run.ImportResult:
    """Import files of one system: first every record is kept, then their deals are judged, and with them the deals
    whose question is still open, for which an account may have come in.

    A file that cannot be read changes nothing and is counted; the others are imported. `told(count, what)` is called as
    it goes on.
    """
    policy, name = policy_versions.current(session), f"{system} import"
    with writing(session):
        caller = api_keys.own_caller(session, name, now)
    current = import_run.ImportRun(session, system, policy, caller, now, told)
    for path in paths:
        try:
            _store_records(current, path, hint)
        except Invalid as refusal:
            name = str(path).encode(errors="backslashreplace").decode()
            current.result.note("refused", refusal.says, file=name)
    crm = crm_records.index_crm(session, policy, system)
    count = 0
    for kind in sorted(crm_records.deal_objects(policy, system)):
        mine = [found for of, found in current.deals if of == kind]
        for ids in _batches([*mine, *(set(imported_deals.open_question_ids(current)) - set(mine))], DEAL_BATCH_SIZE):
            imported_deals.process(current, crm, kind, ids)
            told(count := count + len(ids), "deals")
    return current.result


def _batches(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    rest = iter(things)
    return iter(lambda: list(islice(rest, size)), [])


def _store_records(run: import_run.ImportRun, path: Path, hint: str) -> None:
    """Keep a file's records, and remember its deals. The log names the file with the first record that is new."""
    kinds = crm_records.deal_objects(run.policy, run.system)
    allowed = partial(_require_allowed, run, path)
    found = connectors.read(run.system, path, hint=hint, remark=run.result.remarks.append, require=allowed)
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


def _require_allowed(run: import_run.ImportRun, path: Path, source: Source) -> None:
    """Refuse the whole file where the policy lets nobody read one of its records, and put the refusal on the log."""
    asked = record_words.words_of(run.system, source.object)
    if asked in run.allowed:
        return
    if refused := systems.why_not_read(run.policy, run.system, *asked):
        name = single_line(path.name.encode(errors="backslashreplace").decode())
        facts = {**refused.facts(), "connector": run.system, "file": name, "object": source.object}
        with writing(run.session):
            event = Event(run.actor, EventType.SYSTEM_REFUSE, facts=facts, texts={"says": refused.says})
            override_log.append(run.session, run.now, event)
        raise Invalid(f"{name} was not imported: it has a {source.object}. {refused.says}.")
    run.allowed.add(asked)


def _import_event(run: import_run.ImportRun, path: Path) -> Event:
    """The log event for a file that brought something new."""
    name = path.name.encode(errors="backslashreplace").decode()
    with path.open("rb") as file:
        facts = {"system": run.system, "file": name, "sha256": file_digest(file, "sha256").hexdigest()}
    return Event(run.actor, EventType.IMPORT_KEEP, facts=facts)
