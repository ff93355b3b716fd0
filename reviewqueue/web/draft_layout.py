"""Lays out a draft for reading and for editing: labelled sections and fields. Labels come from the policy; each text
keeps its JSON Pointer."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from reviewqueue.checks import packet_fields
from reviewqueue.core import canonical_json
from reviewqueue.core.domain_names import to_unicode
from reviewqueue.core.mime import addresses, encoded_words, message
from reviewqueue.core.vocabulary import PACKET, POLICY_CHANGE, QUESTION, TO_CUSTOMERS
from reviewqueue.db.tables.items import Check
from reviewqueue.evidence.statements import Statement
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web.formatting import capital, word

MAIL_LABELS = {"to": "To", "cc": "Cc", "bcc": "Bcc", "reply_to": "Reply to", "subject": "Subject", "body": "Body"}
ADDRESS_LISTS = ("to", "cc", "bcc", "reply_to")
# A draft is stored with its keys in alphabetical order and shown in this one; keys not listed here come last.
READING_ORDER = (
    *("framing", "summary", "milestones", "agenda", "stakeholders", "risks", "open_questions"),
    *("name", "topic", "risk", "layer", "owner", "who", "role", "email", "due", "minutes", "cares_about", "evidence"),
    *("exit", "depends", "sign", "effect", "recommended_action", "next_step", "note"),
)


@dataclass(frozen=True)
class DraftField:
    """One labelled field of a draft. `value` is None where it is missing; `check` is the check that did not pass
    there; `reads` is how people read the value, "" where it reads well as it is."""

    at: str
    label: str
    value: Any
    check: Check | None = None
    reads: str = ""

    @property
    def has_text(self) -> bool:
        """Whether there is anything to read."""
        return packet_fields.has_value(self.value)


@dataclass(frozen=True)
class Section:
    """Fields under one heading."""

    label: str
    places: Sequence[DraftField]


def shape(kind: str, draft: Any) -> str:
    """How a draft is laid out: as a message, a packet, a question, a policy proposal, or any other document."""
    if kind in TO_CUSTOMERS or {"to", "subject", "body"} <= set(draft):
        return "message"
    if kind == QUESTION:
        return "question"
    if kind == POLICY_CHANGE:
        return "rules"
    return "packet" if kind == PACKET and isinstance(draft.get("sections"), dict) else "document"


def sections(
    policy: Policy, draft: Any, checks: Sequence[Check], reads: Mapping[str, str] = MappingProxyType({})
) -> list[Section]:
    """A packet's sections and fields in the policy's order, then whatever else the draft holds in them; `reads` is how
    people read some of the values, by pointer."""
    wrong = {
        check.at: check for check in reversed(checks) if check.outcome != "pass" and check.key != "evidence.citation"
    }
    found = []
    for section in policy.packet.sections:
        known = [field for field in policy.packet.fields if field.section == section.key]
        places = [_field_place(field.at, field.label, draft, wrong, reads.get(field.at, "")) for field in known]
        held = canonical_json.resolve_pointer(draft, f"/sections/{section.key}")
        extra = [name for name in held if name not in {field.key for field in known}] if isinstance(held, dict) else []
        places += [
            _field_place(f"/sections/{section.key}/{canonical_json.escape(name)}", capital(word(name)), draft, wrong)
            for name in extra
        ]
        found.append(Section(section.label, places))
    known_sections = {section.key for section in policy.packet.sections}
    more = [name for name in draft["sections"] if name not in known_sections]
    places = [
        _field_place(f"/sections/{canonical_json.escape(name)}", capital(word(name)), draft, wrong) for name in more
    ]
    return [*found, Section("Beyond the packet", places)] if places else found


def _field_place(at: str, label: str, draft: Any, wrong: dict[str, Check], reads: str = "") -> DraftField:
    value = canonical_json.resolve_pointer(draft, at)
    return DraftField(at, label, None if value is canonical_json.MISSING else value, wrong.get(at), reads)


def in_reading_order(value: Any) -> Any:
    """A draft with its keys in reading order, at every depth."""
    if isinstance(value, list):
        return [in_reading_order(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value, key=lambda name: READING_ORDER.index(name) if name in READING_ORDER else len(READING_ORDER))
    return {name: in_reading_order(value[name]) for name in names}


def in_order(statements: Sequence[Statement], draft: Any, sections: Sequence[Section]) -> list[Statement]:
    """The statements of a draft in the reading order of its page, numbered again; those with no place on it come
    last."""
    mail = {name: draft[name] for name in MAIL_LABELS if name in draft}
    leaves = canonical_json.leaves(mail | in_reading_order(draft))
    read = [*(place.at for section in sections for place in section.places), *(at for at, _ in leaves)]
    order = {at: number for number, at in reversed(list(enumerate(read)))}

    def key(one: Statement) -> tuple[int, int]:
        at, text = one.at, canonical_json.resolve_pointer(draft, one.at)
        while at not in order and at:
            at = at.rpartition("/")[0]
        start = one.start if one.start >= 0 or not isinstance(text, str) else text.find(one.quote)
        return order.get(at, len(read)), start

    return [replace(one, number=number) for number, one in enumerate(sorted(statements, key=key), 1)]


def rest(draft: Any, shown: Sequence[str]) -> list[DraftField]:
    """The top-level keys of a draft that are not in `shown`."""
    return [
        DraftField(f"/{canonical_json.escape(name)}", label_of(name), value)
        for name, value in in_reading_order(draft).items()
        if name not in shown
    ]


def document(draft: Any) -> list[DraftField]:
    """A document's parts: those of its `sections` where it has nothing else, or else its own keys."""
    inner = in_reading_order(draft.get("sections"))
    if set(draft) != {"sections"} or not isinstance(inner, dict):
        return rest(draft, ())
    return [
        DraftField(f"/sections/{canonical_json.escape(name)}", label_of(name), value) for name, value in inner.items()
    ]


def label_of(name: str) -> str:
    """A key of a draft as a label."""
    return MAIL_LABELS.get(name) or capital(word(name))


def mail_display(draft: dict[str, Any]) -> dict[str, str]:
    """How a mail program shows a field where that differs from what is written, by pointer: an encoded word decoded, an
    international domain in its other form."""
    found = {"/subject": _decoded_note(subject)} if isinstance(subject := draft.get("subject"), str) else {}
    for one in message.named_recipients(draft):
        mailbox, _ = addresses.read(one.written, one.name)
        says = _decoded_note(one.written)
        if mailbox and "xn--" in mailbox.domain:
            read = f"{mailbox.local}@{to_unicode(mailbox.domain)}"
            says = f"read as {read}" if "xn--" in one.written.casefold() else f"sent to {mailbox.address}"
        found["/".join(one.at.split("/")[:3])] = says
    return found


def address_key(receiver: Any) -> str:
    """The key that holds the address of a recipient given as a name and an address; "" for any other recipient."""
    if not isinstance(receiver, dict) or len(receiver) != 2 or not receiver.get("name"):
        return ""
    return next((name for name in ("email", "address", "mail") if isinstance(receiver.get(name), str)), "")


def _decoded_note(text: str) -> str:
    shown = encoded_words.decode(text)
    return f"a mail program shows “{shown}”" if shown != text else ""


def candidates(draft: Any) -> list[tuple[str, dict[str, Any]]]:
    """A question's candidates, each with its pointer."""
    listed = draft.get("choices")
    found = enumerate(listed) if isinstance(listed, list) else ()
    return [(f"/choices/{number}", one) for number, one in found if isinstance(one, dict)]


def deal(draft: Any) -> list[DraftField]:
    """What a question says about its deal, the name first."""
    facts = draft.get("deal")
    if not isinstance(facts, dict):
        return []
    order = [name for name in ("name", "stage", "amount", "closed_on", "owner") if name in facts]
    names = [*order, *(name for name in facts if name not in order)]
    return [
        DraftField(f"/deal/{canonical_json.escape(name)}", label_of(name), facts[name])
        for name in names
        if packet_fields.has_value(facts[name])
    ]


def letter(number: int) -> str:
    """A, B, C … for the first, second, third candidate."""
    return string.ascii_uppercase[number % 26]


def labels(policy: Policy, kind: str, at: str) -> str:
    """The label of a pointer on the page: "Risks and objections", "To", "Tasks, 2, Owner"."""
    known = {packet_fields.pointer(field): field.label for field in policy.packet.fields} if kind == PACKET else {}
    if at in known:
        return known[at]
    parts = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    parts = parts[1:] if len(parts) > 1 and parts[0] == "sections" else parts
    named = [str(int(part) + 1) if part.isascii() and part.isdigit() else label_of(part) for part in parts]
    return ", ".join(named) or "The draft"


@dataclass(frozen=True)
class EditableText:
    """One text a person may edit. `lines` are lists of addresses, one a line."""

    at: str
    label: str
    value: str
    lines: bool = False

    @property
    def long(self) -> bool:
        """Whether it needs a box of more than one line."""
        return self.lines or len(self.value) > 90 or "\n" in self.value or "\r" in self.value


def editable_texts(policy: Policy, kind: str, draft: Any) -> list[EditableText]:
    """Every text of a draft that a person may edit, in reading order; a packet's empty fields too."""
    form = shape(kind, draft)
    if form == "message":
        return list(_message_texts(policy, kind, draft))
    found = [
        EditableText(at, labels(policy, kind, at), value)
        for at, value in canonical_json.leaves(in_reading_order(draft))
    ]
    if form != "packet":
        return found
    by_place = {text.at: text for text in found}
    ordered = []
    for section in sections(policy, draft, ()):
        for place in section.places:
            inside = [text for text in found if text.at == place.at or text.at.startswith(f"{place.at}/")]
            ordered += inside or ([EditableText(place.at, place.label, "")] if place.value is None else [])
    taken = {text.at for text in ordered}
    return [*ordered, *(text for at, text in by_place.items() if at not in taken)]


def _message_texts(policy: Policy, kind: str, draft: Any) -> Iterator[EditableText]:
    shown = set()
    for name in ("to", "cc", *(["reply_to"] if _addresses(draft.get("reply_to")) else []), "subject", "body"):
        value = draft.get(name)
        if name in ADDRESS_LISTS and (value is None or _addresses(value)):
            yield EditableText(f"/{name}", MAIL_LABELS[name], "\n".join(value or []), lines=True)
        elif value is None or isinstance(value, str):
            yield EditableText(f"/{name}", MAIL_LABELS[name], value or "")
        else:
            continue
        shown.add(f"/{name}")
    for at, text in canonical_json.leaves(draft):
        if not any(at == place or at.startswith(f"{place}/") for place in shown):
            yield EditableText(at, labels(policy, kind, at), text)


def _addresses(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and "\n" not in one for one in value)


def as_posted(text: str) -> str:
    """A text as a browser returns it when nobody edited it: normalized line ends, no NUL."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


def edited(draft: Any, fields_shown: Sequence[EditableText], posted: dict[str, str]) -> Any:
    """The draft with the typed texts put in. A text that a person did not edit stays exactly as it was, down to the
    digits."""
    result = canonical_json.read(canonical_json.write(draft, digits=True))
    for text in fields_shown:
        typed = as_posted(posted.get(text.at, text.value))
        if typed == as_posted(text.value):
            continue
        set_at(result, text.at, [line.strip() for line in typed.split("\n") if line.strip()] if text.lines else typed)
    return result


def set_at(draft: Any, at: str, value: Any) -> None:
    """Set the value at a pointer, creating objects on the way."""
    *path, last = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    target = draft
    for part in path:
        target = target[int(part)] if isinstance(target, list) else target.setdefault(part, {})
    if isinstance(target, list):
        target[int(last)] = value
    else:
        target[last] = value
