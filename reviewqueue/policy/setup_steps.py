"""The steps by which a new installation becomes ready for its first decision, in order, and which of them are done.
Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import Settings
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import ApiKey, Automation, Membership, Person
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.policy import Gate, Policy
from reviewqueue.policy.validate_gates import unnamed_organisation

LOAD = "reviewqueue policy check && reviewqueue policy load"
# How to send approved e-mails from here; docs/releases.md says the same.
SENDING = (
    "To send it from here, set sender of outgoing-mail in destinations.toml to an address of yours and release = "
    f'"outgoing-mail" in gates/customer-communication.toml, then run {LOAD}.'
)


@dataclass(frozen=True)
class Step:
    """One step of the setup: why it matters, whether it is done, what `says` so or is missing, and the `commands` that
    do it; without any, it is done on a page. A step that is done and not `needed` counts as no progress: nothing uses
    it yet."""

    key: str
    title: str
    why: str
    done: bool
    says: str
    commands: tuple[str, ...] = ()
    needed: bool = True


@dataclass(frozen=True)
class MissingPeople:
    """People who are missing: how many `more` with one of these roles or groups (`group:KEY`), for these gates."""

    names: tuple[str, ...]
    more: int
    gates: tuple[str, ...]


def has_people(session: Session) -> bool:
    """Whether anybody ever had an account."""
    return session.scalar(select(Person.id).limit(1)) is not None


def steps(session: Session, settings: Settings) -> Iterator[Step]:
    """Every step, in the order in which they are taken."""
    try:
        policy = policy_versions.current(session)
        yield _policy(True, f"Active: the policy of {policy.organisation.name}, version {policy.digest[:12]}.")
    except (DomainError, BadPolicy) as error:
        policy = None
        yield _policy(
            False, str(error) if policy_versions.newest(session) else "None is active yet; this writes yours:"
        )
    yield _organisation(policy)
    yield _people(session, policy)
    yield _mail(settings, policy)
    yield _key(session)
    yield _import(session)


def finished(session: Session, settings: Settings) -> bool:
    """Whether every step is done."""
    return all(step.done for step in steps(session, settings))


def _policy(done: bool, says: str) -> Step:
    why = "Lanes, gates and reasons are text files. Without an active policy nothing is submitted or decided."
    return Step("policy", "Active policy", why, done, says, ("reviewqueue init",))


def _organisation(policy: Policy | None) -> Step:
    why = (
        "Drafts are signed with your name. Checks tell your own addresses and links from those that look like them, "
        "and due times count your business hours."
    )
    title = "Organisation"
    if policy is None:
        return Step("organisation", title, why, False, "The policy says it, and none is active yet.")
    ours = policy.organisation
    missing = [f"{policy.place('organisation', name)}: {says}." for name, says in unnamed_organisation(policy)]
    if missing:
        commands = (LOAD,) if ours.named else ("reviewqueue init",)
        return Step("organisation", title, why, False, " ".join(missing), commands)
    zones = ", ".join(dict.fromkeys(one.timezone for one in ours.calendars))
    return Step("organisation", title, why, True, f"{ours.name}, {', '.join(ours.domains)}, hours in {zones}.", (LOAD,))


def _people(session: Session, policy: Policy | None) -> Step:
    why = "A gate is passed by named people. Where nobody has the role, drafts wait and nobody can decide them."
    title = "People for every gate"
    if policy is None:
        return Step("people", title, why, False, "The policy says which roles its gates need; none is active yet.")
    seats = missing_people(policy, holders(session))
    if not seats:
        return Step("people", title, why, True, "Every gate has people who decide, and people to escalate to.")
    said = [_seat(policy, seat) for seat in seats]
    return Step("people", title, why, False, f"Missing: {'; '.join(said)}.")


def _seat(policy: Policy, seat: MissingPeople) -> str:
    who = " or ".join(map(policy.called, seat.names))
    return f"{seat.more} {who} for {', '.join(seat.gates)}"


def holders(session: Session) -> list[frozenset[str]]:
    """For each open account, its roles, and its groups as `group:KEY`."""
    rows = session.execute(select(Person.id, Person.held).where(Person.disabled_at.is_(None)))
    held = {person: set(roles.split()) for person, roles in rows}
    inside = select(Membership.person_id, Membership.group_key).where(Membership.until.is_(None))
    for person, group in session.execute(inside):
        held.get(person, set()).add(f"group:{group}")
    return [frozenset(one) for one in held.values()]


def missing_people(policy: Policy, people: list[frozenset[str]]) -> list[MissingPeople]:
    """The people who are missing at the gates that a lane uses: to decide there, and to take what is escalated.

    A missing person who would also fill a wider choice of roles is reported once, for the narrower one.
    """
    found: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for gate in _used_gates(policy):
        for names, count in _needed_roles(gate):
            able = sum(1 for held in people if held & set(names))
            if able < count:
                more, gates = found.get(names, (0, []))
                found[names] = (max(more, count - able), [*gates, gate.name] if gate.name not in gates else gates)
    seats = [MissingPeople(names, more, tuple(gates)) for names, (more, gates) in found.items()]
    return [seat for seat in seats if seat.more > sum(one.more for one in seats if set(one.names) < set(seat.names))]


def _used_gates(policy: Policy) -> Iterator[Gate]:
    """Each gate that a lane uses, as that lane has it."""
    for lane in policy.lanes:
        for key in dict.fromkeys(lane.kinds.values()):
            if gate := policy.gate(lane.key, key):
                yield gate


def _needed_roles(gate: Gate) -> Iterator[tuple[tuple[str, ...], int]]:
    """(roles and groups, how many people with one of them) that a gate needs. An account's owner is named for each
    account, so nobody has to be one beforehand."""
    for state, count in (("pending", gate.approvals), ("escalated", 1)):
        names = tuple(name for name in evaluation.decider_roles(gate, state) if name != "account_owner")
        if names:
            yield names, count
    yield from (((role,), 1) for role in gate.approvals_from)


def _mail(settings: Settings, policy: Policy | None) -> Step:
    used = policy is None or any(_sends_mail(policy, gate) for gate in _used_gates(policy))
    why = (
        "Approved e-mails go out through your mail server. Without one they are held until somebody sends them."
        if used
        else "A mail server lets approved e-mails go out from here. Until your policy says so, their automation or a "
        "person sends them."
    )
    commands = ("export REVIEWQUEUE_SMTP_URL=smtps://user:password@mail.example.com",)
    if not settings.mail():
        says = "No mail server is named. It is a setting, so that its password stays out of the database:"
        return Step("mail", "Mail", why, False, says, commands)
    if not (host := settings.mail_host()):
        says = "REVIEWQUEUE_SMTP_URL does not name a mail server: write smtps://user:password@host or smtp://host:port."
        return Step("mail", "Mail", why, False, says, commands)
    unused = f" No gate sends through it yet, so a person or the automation sends what is approved. {SENDING}"
    return Step("mail", "Mail", why, True, f"Through {host}.{'' if used else unused}", commands, used)


def _sends_mail(policy: Policy, gate: Gate) -> bool:
    to = policy.destination(gate.release)
    return to is not None and to.can.mail_server


def _key(session: Session) -> Step:
    why = "An automation submits its drafts, and reads what was decided, with a key of its own. No key can decide."
    live = (
        select(Automation.name).join(ApiKey, ApiKey.automation_id == Automation.id).where(ApiKey.revoked_at.is_(None))
    )
    name = session.scalar(live.order_by(ApiKey.id).limit(1))
    says = f"{name} has a key in use." if name else "No automation has a key in use."
    return Step("key", "Key for an automation", why, name is not None, says)


def _import(session: Session) -> Step:
    why = "Closed-won deals start onboardings, each with a drafted handoff packet that waits for its first decision."
    begun = session.scalar(select(exists(select(SourceRecord.id))))
    started = begun and session.scalar(select(exists(select(Onboarding.id))))
    says = "Nothing was imported. A command on the machine that runs Review Queue reads your files there:"
    if begun:
        says = "Records are here, and onboardings run." if started else "Records are here; no onboarding started yet."
    commands = (
        "reviewqueue import hubspot deals.json companies.json contacts.json pipelines.json",
        "reviewqueue import salesforce opportunities.json accounts.json contacts.json",
    )
    return Step("import", "First import", why, bool(begun), says, commands)
