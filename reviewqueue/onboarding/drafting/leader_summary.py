"""How the weekly risk summary of a CS leader is written: each account with something to look at, and what it is, each
fact cited. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reviewqueue.connectors.citation_collector import CitationCollector
from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import single_line
from reviewqueue.core.vocabulary import LEADER_SUMMARY, OWN_SYSTEM
from reviewqueue.evidence.text.values import dates as text_dates
from reviewqueue.evidence.types import Citation, DraftWithEvidence, Source
from reviewqueue.onboarding.drafting.tasks import number_word

MAX_ACCOUNTS = 60
_BODY = "/body"
_NEXT_STEP = "Next step: please see that somebody deals with each of them; then approve this summary."
_ALL_WELL = (
    "No milestone is late, nobody has gone quiet, no exception or support ticket is open, and no override runs out "
    "within the week. There is nothing to do but to approve this summary."
)


@dataclass(frozen=True)
class AccountRisks:
    """One account: the record of what there is to look at, and those of its open support tickets by ref."""

    record: Source
    tickets: Mapping[str, Source]

    @property
    def count(self) -> int:
        """How many things there are to look at."""
        listed = sum(len(self.record.payload[name]) for name in ("late", "exceptions", "overrides"))
        return listed + ("silent" in self.record.payload) + len(self.tickets)

    @property
    def blocked(self) -> bool:
        """Whether an open exception blocks it."""
        return any(case["blocks"] for case in self.record.payload["exceptions"])


@dataclass
class _Writer:
    """The lines of the summary while they are written, with what they cite."""

    collector: CitationCollector = field(default_factory=lambda: CitationCollector({}, single_line))

    def quote(self, ref: str, source: Source, *paths: str) -> str:
        """A field's text, cited."""
        return self.collector.quote(_BODY, ref, source, paths)

    def day(self, ref: str, source: Source, path: str) -> str:
        """A field's day in words, cited."""
        day = text_dates.read(text(resolve_pointer(source.payload, path)))
        words = text_dates.in_words(day) if day else ""
        self.collector.sources[ref] = source
        self.collector.citations.append(Citation(_BODY, words, ref, path))
        return words


def leader_summary(
    leader: str, address: str, week: str, accounts: Sequence[AccountRisks], running: int
) -> DraftWithEvidence:
    """The summary for one leader of `running` accounts, of which these have something to look at, weightiest first."""
    writer = _Writer()
    led = Source(OWN_SYSTEM, "accounts_led", f"{week}/{address}", {"leader": leader, "running": str(running)})
    hello = f"Hello {writer.quote('led', led, '/leader')},"
    yours = f"your {writer.quote('led', led, '/running')} running account{'s' * (running != 1)}"
    if accounts:
        told = f"{_need_a_look(len(accounts))}"
        body = [hello, f"Of {yours}, {told} this week.", *_accounts(writer, accounts), _NEXT_STEP]
    else:
        told = "all is well"
        body = [hello, f"All is well with {yours}. {_ALL_WELL}"]
    draft = {"to": [address], "subject": f"Your accounts in {week}: {told}", "body": "\n\n".join(body)}
    title = single_line(f"Weekly risk summary for {leader}, {week}")
    sources, citations = writer.collector.sources, tuple(dict.fromkeys(writer.collector.citations))
    return DraftWithEvidence(LEADER_SUMMARY, title, draft, sources, citations)


def _need_a_look(count: int) -> str:
    return f"{number_word(count)} need{'s' * (count == 1)} a look"


def _accounts(writer: _Writer, accounts: Sequence[AccountRisks]) -> Iterator[str]:
    for number, one in enumerate(accounts[:MAX_ACCOUNTS], 1):
        ref = f"account-{number}"
        csm = writer.quote(ref, one.record, "/csm")
        head = writer.quote(ref, one.record, "/customer") + (f" ({csm})" if csm else " (nobody owns this account)")
        yield "\n".join([head, *(f"- {line}" for line in _findings(writer, ref, one))])
    if len(accounts) > MAX_ACCOUNTS:
        yield f"And {len(accounts) - MAX_ACCOUNTS} more, which the board shows."


def _findings(writer: _Writer, ref: str, one: AccountRisks) -> Iterator[str]:
    record, payload = one.record, one.record.payload
    for number, case in enumerate(payload["exceptions"]):
        said = (f"/exceptions/{number}/{name}" for name in ("label", "number", "owner"))
        label, nr, owner = (writer.quote(ref, record, path) for path in said)
        holds = " that holds everything" if case["blocks"] else ""
        yield f"Open exception{holds}: {label} ({nr}), with {owner}"
    for number, _ in enumerate(payload["late"]):
        at = f"/late/{number}"
        owner = writer.quote(ref, record, f"{at}/owner")
        late = f"Late: {writer.quote(ref, record, f'{at}/name')}, planned for {writer.day(ref, record, f'{at}/due')}"
        yield f"{late}, with {owner}" if owner else late
    if "silent" in payload:
        days = writer.quote(ref, record, "/silent/business_days")
        unit = "business day" if days == "1" else "business days"
        yield f"Quiet: nothing has happened since {writer.day(ref, record, '/silent/last_heard_on')}, {days} {unit} ago"
    for ticket_ref, ticket in one.tickets.items():
        yield _ticket(writer, ticket_ref, ticket)
    for number, _ in enumerate(payload["overrides"]):
        at = f"/overrides/{number}"
        kind, item, by = (writer.quote(ref, record, f"{at}/{name}") for name in ("kind", "item", "by"))
        yield f"Override of the {kind} ({item}) by {by} runs out on {writer.day(ref, record, f'{at}/until')}"


def _ticket(writer: _Writer, ref: str, ticket: Source) -> str:
    shape = SHAPES[ticket.system]
    subject = writer.quote(ref, ticket, shape.case_subject)
    facts = ", ".join(filter(None, (writer.quote(ref, ticket, path) for path in shape.case_facts)))
    return f"Open support ticket: {subject or 'without a subject'}" + (f" ({facts})" if facts else "")
