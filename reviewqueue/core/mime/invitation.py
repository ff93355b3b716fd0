"""The invitation to a meeting that an e-mail carries: what a draft says of it, and its iCalendar text (RFC 5545, 5546).

It invites exactly the receivers of the e-mail, and answers to it go where replies to the e-mail go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from reviewqueue.core.canonical_json import escape
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.mime import addresses
from reviewqueue.core.mime.addresses import Mailbox
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.time_zones import place_of

FIELD = "invitation"
PARTS = ("meeting", "title", "starts", "timezone", "minutes", "place")
SHORTEST, LONGEST = 5, 1440  # minutes
LONGEST_LINE = 255
_MEETING = as_pattern(r"[a-z][a-z0-9-]{0,63}")
_LOCAL = as_pattern(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(?::00)?")
_ZONE = as_pattern(r"[A-Za-z][A-Za-z0-9+_-]{0,31}(?:/[A-Za-z][A-Za-z0-9+_-]{0,31}){0,2}")
_FOLD = 75  # bytes of a line, RFC 5545, 3.1
Flaw = tuple[str, str]  # what is wrong and what to do, and where


@dataclass(frozen=True)
class Invitation:
    """An invitation as it is approved. `meeting` tells the meetings of one customer apart: another invitation to the
    same one changes it. `starts` is aware, in the zone that was stated."""

    meeting: str
    title: str
    starts: datetime
    zone: str
    minutes: int
    place: str

    @property
    def ends(self) -> datetime:
        """When it ends, in the same zone."""
        return (self.starts.astimezone(UTC) + timedelta(minutes=self.minutes)).astimezone(self.starts.tzinfo)

    @property
    def when(self) -> str:
        """When it is, in words and in its own zone: "Tue 10 March 2026, 10:00 to 11:00 Berlin time"."""
        return self.when_in(self.zone)

    def when_in(self, zone: str) -> str:
        """When it is, in words, in another zone."""
        starts, ends = (one.astimezone(ZoneInfo(zone)) for one in (self.starts, self.ends))
        return f"{starts:%a} {starts.day} {starts:%B %Y}, {starts:%H:%M} to {ends:%H:%M} {place_of(zone)}"


@dataclass(frozen=True)
class Version:
    """Which meeting of a calendar it is, and the how many-th change of it (0 is the first invitation)."""

    uid: str
    number: int = 0


def read(draft: Mapping[str, Any]) -> tuple[Invitation | None, list[Flaw]]:
    """The invitation of a draft, and what is wrong with it; (None, []) for a draft that has none."""
    said = draft.get(FIELD)
    if said in (None, "", {}, []):
        return None, []
    if not isinstance(said, dict):
        return None, [("The invitation has no parts. Write its starts, timezone, minutes and place.", f"/{FIELD}")]
    texts = {name: _text(said.get(name)) for name in PARTS}
    texts["meeting"] = texts["meeting"] or "kickoff"
    texts["title"] = texts["title"] or _text(draft.get("subject"))
    flaws = [*_unknown(said), *_line_flaws(texts), *_number_flaws(texts)]
    starts, flaw = _moment(texts["starts"], texts["timezone"])
    flaws += [flaw] if flaw else []
    if flaws or starts is None:
        return None, flaws
    called, where = texts["title"], texts["place"]
    return Invitation(texts["meeting"], called, starts, texts["timezone"], int(texts["minutes"]), where), []


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _unknown(said: Mapping[str, Any]) -> Iterator[Flaw]:
    for name in said:
        if name in ("attendees", "organizer"):
            says = "It invites exactly the receivers of the mail, and answers go where replies go. Remove this."
            yield f"The invitation names {name}. {says}", f"/{FIELD}/{name}"
        elif name not in PARTS:
            says = f"An invitation has no {single_line(str(name), 60)}; it has {', '.join(PARTS)}. Remove it."
            yield says, f"/{FIELD}/{escape(str(name))}"


def _line_flaws(texts: Mapping[str, str]) -> Iterator[Flaw]:
    for name, called in (("title", "title"), ("place", "place")):
        text, at = texts[name], f"/{FIELD}/{name}"
        if not visible(text):
            what = "link or address" if name == "place" else "name of the meeting"
            yield f"The invitation has no {called}. Write the {what}.", at
        elif addresses.unseen(text) or len(text) > LONGEST_LINE:
            says = "has a line break or a character that nobody sees, or is longer than 255 characters"
            yield f"The invitation's {called} {says}. Write it on one short line.", at
    if not _MEETING.fullmatch(texts["meeting"]):
        says = "is told from others by a word in small letters, such as kickoff. Write one."
        yield f"The meeting “{single_line(texts['meeting'], 60)}” {says}", f"/{FIELD}/meeting"


def _number_flaws(texts: Mapping[str, str]) -> Iterator[Flaw]:
    minutes = texts["minutes"]
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5 and SHORTEST <= int(minutes) <= LONGEST):
        says = f"“{single_line(minutes, 60)}” is no length of a meeting"
        yield f"{says}. Write its minutes, {SHORTEST} to {LONGEST}.", f"/{FIELD}/minutes"


def _moment(text: str, zone: str) -> tuple[datetime | None, Flaw | None]:
    try:
        place = ZoneInfo(zone) if _ZONE.fullmatch(zone) else None
    except (OSError, ValueError, LookupError):
        place = None
    if place is None:
        says = f"“{single_line(zone, 60)}” is no time zone, so nobody knows when the meeting begins"
        return None, (f"{says}. Write one such as Europe/Berlin or America/New_York.", f"/{FIELD}/timezone")
    at = f"/{FIELD}/starts"
    written = _LOCAL.fullmatch(text)
    try:
        local = datetime.fromisoformat(f"{written[1]} {written[2]}") if written else None
    except ValueError:
        local = None
    if local is None:
        says = f"“{single_line(text, 60)}” is no day and time"
        return None, (f"{says}. Write it as 2026-03-10 10:00, in the time of {zone}.", at)
    here = local.replace(tzinfo=place)
    if here.utcoffset() != here.replace(fold=1).utcoffset():
        says = f"On that night the clocks of {zone} change, and that time is there twice, or never"
        return None, (f"{says}. Choose another one.", at)
    return here, None


def calendar_text(
    invitation: Invitation, version: Version, organizer: Mailbox, attendees: list[Mailbox], now: datetime
) -> str:
    """The invitation for calendar programs: METHOD:REQUEST, its moments in UTC."""
    lines = [
        *("BEGIN:VCALENDAR", "PRODID:-//Review Queue//Invitation//EN", "VERSION:2.0", "METHOD:REQUEST", "BEGIN:VEVENT"),
        *(f"UID:{version.uid}", f"SEQUENCE:{version.number}", f"DTSTAMP:{_utc(now)}"),
        *(f"DTSTART:{_utc(invitation.starts)}", f"DTEND:{_utc(invitation.ends)}"),
        *(f"SUMMARY:{_escaped(invitation.title)}", f"LOCATION:{_escaped(invitation.place)}"),
        f"ORGANIZER{_named(organizer)}:{_mailto(organizer)}",
        *(
            f"ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE{_named(one)}:{_mailto(one)}"
            for one in attendees
        ),
        *("STATUS:CONFIRMED", "TRANSP:OPAQUE", "END:VEVENT", "END:VCALENDAR"),
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text


def _named(mailbox: Mailbox) -> str:
    """The name as a parameter in quotes; RFC 6868 says how a quote or a caret stands in it."""
    name = mailbox.name.replace("^", "^^").replace('"', "^'")
    return f';CN="{name}"' if name else ""


def _mailto(mailbox: Mailbox) -> str:
    return f"mailto:{quote(mailbox.address, safe='@!$&+-._~*=' + chr(39))}"


def _folded(line: str) -> str:
    """A content line in pieces of at most 75 bytes, never within a character."""
    pieces, room = [""], _FOLD
    for sign in line:
        if (size := len(sign.encode())) > room:
            pieces.append("")
            room = _FOLD - 1  # the blank that leads a folded line
        pieces[-1] += sign
        room -= size
    return "\r\n ".join(pieces)
