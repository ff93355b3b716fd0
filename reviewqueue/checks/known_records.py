"""The records that a draft is compared with: its own, and what else is known of its onboarding, each at its newest; and
which of them vouch for a recipient."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reviewqueue.connectors import record_state
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.vocabulary import OWN_SYSTEM
from reviewqueue.evidence.text.grounding import RecordsInText
from reviewqueue.evidence.types import Source

# Where records of these systems name the account they belong to, whatever their object.
_ACCOUNT_PATHS = ("/AccountId", "/properties/associatedcompanyid", "/associations/companies/results/0/id")
_DEALS = frozenset(("opportunity", "deal", "deals"))


@dataclass(frozen=True)
class KnownRecords:
    """What is known when a draft is checked. `sent` are the draft's own records by ref, `newest` the newest snapshot of
    each of these and of every other record of the onboarding; one that the draft did not send has its system, object
    and id for a ref. What other automations alone claim (`claimed_by_others`) is shown, and decides nothing. `deal` and
    `account` are the ids of the onboarding's own; the records of the `trusted` automations count as imported. `older`
    are earlier versions, the last first, where they were asked for.

    Two are equal when they were gathered from the same snapshots (`version`)."""

    sent: Mapping[str, Source] = field(default_factory=dict, compare=False)
    newest: Mapping[str, Source] = field(default_factory=dict, compare=False)
    claimed_by_others: frozenset[str] = frozenset()
    trusted: tuple[str, ...] = ()
    deal: str = ""
    account: str = ""
    version: tuple[tuple[str, str], ...] = ()
    older: Mapping[str, Sequence[Source]] = field(default_factory=dict, compare=False)

    @cached_property
    def vouching(self) -> dict[str, Source]:
        """The records that vouch for a recipient: fetched, signed or imported, and of this customer's account."""
        return {ref: one for ref, one in self.newest.items() if one.vouches(self.trusted) and self._of_customer(one)}

    @cached_property
    def unsure(self) -> list[tuple[Source, str]]:
        """The records that do not, each with why, in words that go behind its name; also a claimed version of one that
        is known otherwise."""
        others = [one for ref, one in self.newest.items() if ref not in self.vouching]
        others += [one for ref, one in self.sent.items() if self.newest.get(ref) is not one]
        return [(one, _why_unsure(one, self.trusted)) for one in others]

    def moved(self) -> Iterator[tuple[str, Source, Source]]:
        """(ref, what was sent, what is known) of each record that the draft sent otherwise than it is known."""
        for ref, sent in self.sent.items():
            known = self.newest.get(ref, sent)
            if known is not sent:
                yield ref, sent, known

    def _of_customer(self, source: Source) -> bool:
        """Whether a record is this customer's: it is the deal, or names its account, or names none. One that its CRM no
        longer has is nobody's. Where the account is not known, a record that names one is nobody's, unless a trusted
        automation sent it for this draft."""
        if source.external_id == self.deal or source.system == OWN_SYSTEM:
            return True
        if record_state.why_gone(source):
            return False
        named = account_of(source)
        if named and self.account:
            return named == self.account
        if source.arrival is None or source.arrival.way == "claimed":
            return True
        return not named and source.object.casefold() not in _DEALS


def _why_unsure(source: Source, trusted: Collection[str]) -> str:
    if gone := record_state.why_gone(source):
        return gone
    if source.vouches(trusted):
        return "another account's, or an older version"
    return source.came or "of which nothing is known"


def known_as(sources: Mapping[str, Source]) -> KnownRecords:
    """These records alone, as when a draft in a file is checked: nothing else is known, and each of them counts."""
    return KnownRecords(sources, sources)


def account_of(source: Source) -> str:
    """The id of the account that a record is, or says it belongs to; "" where it says none."""
    shape = SHAPES.get(source.system.casefold())
    if shape is None:
        return ""
    if source.object.casefold() == shape.account.casefold():
        return shape.full_id(source.external_id)
    return shape.full_id(first(source, (shape.contact_account, *_ACCOUNT_PATHS))[0])


def known_of(records: KnownRecords) -> RecordsInText:
    """The records as texts are compared with them."""
    return RecordsInText(records.newest, frozenset(records.vouching), records.claimed_by_others, records.older)


def account_name(source: Source) -> str:
    """The name of an account, without case and with single blanks; "" for another record."""
    shape = SHAPES.get(source.system.casefold())
    if shape is None or source.object.casefold() != shape.account.casefold():
        return ""
    return " ".join(first(source, (shape.account_name,))[0].casefold().split())
