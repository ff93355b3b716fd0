"""The findings of `doctor`: what is wrong with this installation, each with its fix. Reads only."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.cli import sending_findings
from reviewqueue.cli.finding import OVERDUE_AFTER, Finding
from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import RECEIPT_KEY, Settings
from reviewqueue.db import disk, heartbeat, leased_jobs
from reviewqueue.db.tables.log import LogHead
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.model_checks import ModelCheck
from reviewqueue.db.triggers import statements
from reviewqueue.items import undecidable
from reviewqueue.onboarding.drafting.drafter import load_drafter
from reviewqueue.policy import policy_versions, setup_steps
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.review import belongings

MAX_LOG_ENTRIES = 200_000
# The bits of PostgreSQL's `tgtype`, which say when a trigger fires.
_TRIGGER_BITS = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """The settings, the secret, the proxy, the drafter, and who may read the data folder."""
    try:
        settings.check()
        yield Finding("settings", True, "nothing unsafe")
    except DomainError as refused:
        yield Finding("settings", False, refused.says, "set what it names in the environment")
    yield _proxy(settings)
    yield _drafter(settings)
    left = disk.free_bytes(settings)
    says = f"{left // 2**20:,} MB are left where this installation keeps its data"
    yield Finding("disk", not disk.is_full(left), says, "free some space on that disk" if disk.is_full(left) else "")
    for path, allowed in (
        (settings.data, 0o700),
        (settings.data / "secret.key", 0o600),
        (settings.data / RECEIPT_KEY, 0o600),
    ):
        if path.exists():
            yield _permission_finding(path, allowed)


def _proxy(settings: Settings) -> Finding:
    """Whether the proxy in front is trusted: behind one that is not, everybody has one address."""
    fix = "set REVIEWQUEUE_TRUSTED_PROXIES to the address of the proxy in front of this server, and restart"
    alone = "so all who come through it count as one, and somebody who guesses passwords slows everybody's sign-in down"
    try:
        named = settings.proxies()
    except ValueError as error:
        return Finding("proxy", False, f"REVIEWQUEUE_TRUSTED_PROXIES: {error}", fix)
    if named and (peer := settings.proxy_seen(silent=True)):
        says = f"{peer} is trusted and sends no X-Forwarded-For that ends in an address, {alone}"
        return Finding("proxy", False, says, "let that proxy set X-Forwarded-For (docs/operating.md), and restart")
    if named:
        return Finding("proxy", True, f"{settings.trusted_proxies} may say where a request comes from")
    if peer := settings.proxy_seen():
        says = f"requests come through the proxy {peer}, and it is not trusted, {alone}"
        return Finding(
            "proxy", False, says, f"set REVIEWQUEUE_TRUSTED_PROXIES={peer} if that is your proxy, and restart"
        )
    if settings.proxy_unnamed():
        says = f"REVIEWQUEUE_PUBLIC_URL is https, so there is a proxy in front, and none is trusted, {alone}"
        return Finding("proxy", False, says, fix)
    return Finding("proxy", True, "none is trusted, and none seems to be in front")


def _permission_finding(path: Path, allowed: int) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        says = f"{path} is open to other users of this machine ({mode:o})"
        return Finding("permissions", False, says, f"chmod {allowed:o} {path}")
    return Finding("permissions", True, f"{path} is its owner's alone")


def _drafter(settings: Settings) -> Finding:
    try:
        load_drafter(settings.drafter)
    except DomainError as refused:
        return Finding("drafter", False, refused.says, "correct or remove REVIEWQUEUE_DRAFTER")
    return Finding("drafter", True, f"{settings.drafter or 'our own'} writes the drafts that are due")


def database_findings(session: Session, now: datetime) -> Iterator[Finding]:
    """Findings about a migrated database: triggers, policy, undecidable items, owners, log, worker, models' checks,
    outbox, draft jobs, releases, stops of what goes out, notifications."""
    yield trigger_finding(session.connection())
    yield _policy(session)
    yield _undecidable_finding(session, now)
    yield _ownership_finding(session, now)
    yield _log(session)
    yield _worker(session, now)
    yield _model_checks(session, now)
    yield sending_findings.outbox(session, now)
    yield _drafts(session, now)
    yield sending_findings.releases(session, now)
    yield sending_findings.stops(session)
    yield sending_findings.notifications(session, now)


def setup_finding(session: Session, settings: Settings) -> Finding:
    """How far this installation is set up. What is left is not wrong: it may be new, or not need it."""
    left = [step.title for step in setup_steps.steps(session, settings) if not step.done]
    if not left:
        return Finding("setup", True, "every step is done")
    return Finding("setup", True, f"left to do: {', '.join(left)}. An admin reads how at {settings.address()}/setup")


def second_opinion_findings(session: Session, settings: Settings) -> Iterator[Finding]:
    """Whether policy and settings name the same address for a second opinion; nothing where the policy wants none."""
    asked = None
    with suppress(DomainError, BadPolicy):
        asked = policy_versions.current(session).checks.topics.second_opinion
    if asked is None:
        return
    if settings.second_opinion_url.rstrip("/") == asked.url.rstrip("/"):
        yield Finding("second opinion", True, f"messages to customers are sent to {asked.url} for one")
        return
    says = f"the policy asks {asked.url} for one, and this installation may not send there: it is always missing"
    fix = (
        "set REVIEWQUEUE_SECOND_OPINION_URL to that address and restart the worker, or remove the table of checks.toml"
    )
    yield Finding("second opinion", False, says, fix)


def trigger_finding(connection: Connection) -> Finding:
    """Whether every trigger that keeps records append-only exists, is unchanged, and is enabled."""
    triggers_in_place = _sqlite_guards if connection.dialect.name == "sqlite" else _postgresql_guards
    trigger_sql = statements(connection.dialect.name)
    wanted = {found[1]: one for one in trigger_sql if (found := re.match(r"CREATE TRIGGER (\w+)", one))}
    if missing := sorted(wanted.keys() - triggers_in_place(connection, wanted, trigger_sql)):
        says = f"{len(missing)} of {len(wanted)} guards are gone or changed: {', '.join(missing[:5])}"
        fix = "keep this database for the auditor, and restore the last backup that verifies"
        return Finding("guards", False, says, fix)
    if connection.dialect.name == "postgresql" and (who := _log_owner_role(connection)):
        says = f"the application connects as {who}, which may change or drop the guards"
        fix = "connect as a role of its own: `reviewqueue db upgrade --app-role NAME`, as the owner"
        return Finding("guards", False, says, fix)
    return Finding("guards", True, f"all {len(wanted)} are in place")


def _sqlite_guards(connection: Connection, wanted: dict[str, str], _: list[str]) -> set[str]:
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {name for name, sql in rows if sql == wanted.get(name)}


def _postgresql_guards(connection: Connection, wanted: dict[str, str], made: list[str]) -> set[str]:
    """The triggers that are ENABLE ALWAYS, fire when they should, and call a function with the right body."""
    parts = (re.match(r"CREATE FUNCTION (\w+).*\$\$(.*)\$\$", one) for one in made)
    functions = {found[1]: found[2] for found in parts if found}
    query = (
        "SELECT tgname, tgtype, proname, prosrc FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE NOT tgisinternal AND tgenabled = 'A' AND tgqual IS NULL"
    )
    return {
        name
        for name, fires, function, body in connection.execute(text(query))
        if fires == sum(bit for word, bit in _TRIGGER_BITS.items() if f" {word} " in wanted.get(name, ""))
        and f"EXECUTE FUNCTION {function}()" in wanted[name]
        and body == functions.get(function)
    }


def _log_owner_role(connection: Connection) -> str:
    """The role of this connection, if it owns the log or is a superuser; else ""."""
    query = (
        "SELECT current_user FROM pg_class WHERE relname = 'log_entries' "
        "AND relnamespace = current_schema()::regnamespace "
        "AND (pg_has_role(relowner, 'USAGE') OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))"
    )
    return str(connection.scalar(text(query)) or "")


def _policy(session: Session) -> Finding:
    try:
        return Finding("policy", True, f"version {policy_versions.current(session).digest[:12]} is active and loads")
    except (DomainError, BadPolicy) as error:
        return Finding("policy", False, str(error), "`reviewqueue policy load FOLDER`")


def _undecidable_finding(session: Session, now: datetime) -> Finding:
    try:
        stuck, more = list(undecidable.open_items(session, now)), undecidable.has_more_open(session)
    except (DomainError, BadPolicy) as error:
        return Finding("deciders", False, str(error), "`reviewqueue policy load FOLDER`")
    if not stuck:
        which = f"each of the {undecidable.SOONEST} open items due soonest" if more else "every open item"
        return Finding("deciders", True, f"{which} has people who can decide it")
    named = ", ".join(f"#{item}" for item, _ in stuck[:10]) + (" and more" if len(stuck) > 10 else "")
    fix = "give somebody the role on the people page, as an admin; the item's page says which"
    return Finding("deciders", False, f"nobody can bring {named} through. #{stuck[0][0]}: {stuck[0][1]}", fix)


def _ownership_finding(session: Session, now: datetime) -> Finding:
    """Whether anything is nobody's: accounts, exceptions, absences without a stand-in, gates without a decider."""
    try:
        found = belongings.unowned(session, policy_versions.current(session), now)
    except (DomainError, BadPolicy) as error:
        return Finding("owners", False, str(error), "`reviewqueue policy load FOLDER`")
    told = [f"account {one.title} (was {whose}'s)" for one, whose in found.accounts]
    told += [f"exception #{one.id} {one.title} (was {whose or 'nobody'}'s)" for one, whose in found.exceptions]
    told += [f"question to sales #{one.id} {one.title} (asked {to})" for one, to in found.questions]
    told += [*found.absent, *found.launches, *found.duties]
    if not told:
        return Finding("owners", True, "every account, exception and duty has somebody")
    named = "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
    return Finding("owners", False, f"nobody owns: {named}", "the page /workload lists all of it, with what to do")


def _log(session: Session) -> Finding:
    size = session.scalar(select(LogHead.size)) or 0
    if size > MAX_LOG_ENTRIES:
        return Finding("log", True, f"{size:,} entries, too many to read here: run `reviewqueue log verify`")
    verdict = override_log.verify(session)
    if verdict.holds:
        return Finding("log", True, f"{verdict.size:,} entries, and it verifies")
    first = verdict.breaks[0]
    says = f"it does not verify, first at entry {first.position}: {first.says}"
    return Finding(
        "log", False, says, "keep this database for the auditor; `reviewqueue log verify` reports everything"
    )


def _worker(session: Session, now: datetime) -> Finding:
    found = heartbeat.read(session, now)
    if found.wrong:
        return Finding("worker", False, found.wrong, "start `reviewqueue worker`")
    return Finding("worker", True, "one is alive" if found.alive == 1 else f"{found.alive} are alive")


def _model_checks(session: Session, now: datetime) -> Finding:
    """The models' checks of messages: overdue ones, failed ones, and a policy that asks for another model."""
    from reviewqueue.checks.topics.classifier import VERSION

    pinned = ""
    with suppress(DomainError, BadPolicy):  # a policy that does not load is a finding of its own
        pinned = policy_versions.current(session).checks.topics.version
    if pinned and pinned != VERSION:
        says = f"the policy asks for the topics' model {pinned[:12]}, and {VERSION[:12]} is there: no message passes"
        return Finding("checks", False, says, "install that version, or propose the new one in checks.toml")
    count = select(func.count()).select_from(ModelCheck)
    late = leased_jobs.due(ModelCheck, now - OVERDUE_AFTER) | leased_jobs.lost(ModelCheck, now - OVERDUE_AFTER)
    if overdue := session.scalar(count.where(late)) or 0:
        says = f"{overdue} messages wait for their check by the model: no worker runs it, and nobody can approve them"
        return Finding("checks", False, says, "start `reviewqueue worker`")
    lately = ModelCheck.state == "failed", ModelCheck.done_at > now - timedelta(days=1)
    if failed := session.scalar(count.where(*lately)) or 0:
        says = f"{failed} messages could not be checked by the model in the last day"
        return Finding("checks", False, says, "their pages and the worker's log say why; each waits for a person")
    return Finding("checks", True, "no message waits for its check by the model")


def _drafts(session: Session, now: datetime) -> Finding:
    due = select(DraftJob.onboarding_id).order_by(DraftJob.id)
    failed = session.scalars(due.where(DraftJob.state == "failed")).all()
    stuck = leased_jobs.due(DraftJob, now - OVERDUE_AFTER) | leased_jobs.lost(DraftJob, now - OVERDUE_AFTER)
    if late := len(session.scalars(due.where(stuck)).all()):
        says = f"{late} drafts are overdue: no worker composes them"
        return Finding("drafts", False, says, "start `reviewqueue worker`")
    if failed:
        says = f"{len(failed)} drafts failed for good, the first for onboarding #{failed[0]}"
        return Finding("drafts", False, says, f"retry them or give them up on its page, /onboardings/{failed[0]}")
    return Finding("drafts", True, "no draft is overdue or failed")
