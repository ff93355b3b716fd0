"""Template filters that format values for a page. Text from outside passes `show_text` or `plain_text`; times are in
UTC and say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from datetime import date as Date
from typing import Any

from flask import url_for
from markupsafe import Markup, escape

from reviewqueue.checks.hidden_text import hidden
from reviewqueue.core import canonical_json, field_names
from reviewqueue.core.disguised_words import disguised_words
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import KINDS, system_name

_PLACE = as_pattern(r"[a-z0-9-]+(?:/[a-z0-9-]+)*\.toml:\d+")
_BRACKETED_RULE = as_pattern(r" \((?:rule [a-z0-9-]+, )?[a-z0-9-]+(?:/[a-z0-9-]+)*\.toml:\d+\)")
_ROLE = as_pattern(r"\b(?:csm|revops|cs leader)\b")
_WORD = as_pattern(r"[^\W\d_]+")
_PLAIN_ASCII = as_pattern(r"[\t\n\x20-\x7e]*")
_WORDS = {
    "csm": "CSM",
    "sla": "SLA",
    "revops": "RevOps",
    "cs_leader": "CS leader",
    **{kind.key: kind.words for kind in KINDS.values()},
    "given_up": "given up",
    "waiting_for_customer": "waiting for the customer",
    "sending": "being sent",
}
DISGUISED = Markup(
    '<span class="chip-hidden is-word" title="The word before only looks like one in Latin letters">{}</span>'
)
CHIP = Markup('<span class="chip-hidden" title="A hidden character: it is in the text, and cannot be seen">{}</span>')


def text_of(value: Any) -> str:
    """A value as text: a string as it is, nothing for None, anything else as canonical JSON with its own digits."""
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical_json.write(value, digits=True)


def chip(name: str) -> Markup:
    """A hidden character, shown as a chip with its name."""
    return CHIP.format(name)


def _signs(text: str, disguised: Mapping[str, str] | None = None) -> list[tuple[int, int, Markup]]:
    """What a reader of a text would not see: (start, end, the chip that stands there instead), in reading order. Behind
    a word that only looks Latin stands what it is; `disguised` names such words where the text is a part of another."""
    if _PLAIN_ASCII.fullmatch(text):
        return []
    found = [(start, end, chip(_times(start, end, name))) for start, end, name in hidden(text)]
    if disguised is None:
        found += [(one.end, one.end, DISGUISED.format(one.says)) for one in disguised_words(text)]
    else:
        words = (word for word in _WORD.finditer(text) if word[0] in disguised)
        found += [(word.end(), word.end(), DISGUISED.format(disguised[word[0]])) for word in words]
    return sorted(found, key=lambda one: one[:2])


def _times(start: int, end: int, name: str) -> str:
    return name if end - start == 1 else f"{end - start} × {name}"


def show_text(value: Any, disguised: Mapping[str, str] | None = None) -> Markup:
    """Text from outside, for reading: escaped, with hidden and direction-changing characters shown as chips, and the
    script named behind each word that only looks Latin."""
    if isinstance(value, Markup):
        return value
    text = text_of(value)
    parts, at = [], 0
    for start, end, sign in _signs(text, disguised):
        parts += [escape(text[at:start]), sign]
        at = end
    return Markup("").join([*parts, escape(text[at:])]) if parts else escape(text)


def plain_text(value: Any) -> str:
    """As `show_text`, for places that hold no markup, such as attributes, options and the window's title."""
    text = text_of(value)
    if _PLAIN_ASCII.fullmatch(text):
        return text
    found = [*hidden(text), *((one.end, one.end, one.says) for one in disguised_words(text))]
    for start, end, name in sorted(found, reverse=True):
        text = f"{text[:start]}[{name}]{text[end:]}"
    return text


def number(value: int) -> str:
    """A whole number, with commas."""
    return f"{int(value):,}"


def pretty_json(value: Any, indent: str = "") -> str:
    """JSON for reading, indented by two spaces, each number with its own digits."""
    inner = f"{indent}  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{canonical_json.write(name)}: {pretty_json(held, inner)}" for name, held in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{pretty_json(held, inner)}" for held in value) + f"\n{indent}]"
    return canonical_json.write(value, digits=True)


def pointer_key(name: str) -> str:
    """A key as it is escaped in a JSON Pointer."""
    return canonical_json.escape(name)


def word(key: str) -> str:
    """One of our keys in words: `send_back` is "send back", `csm` is "CSM"."""
    return _WORDS.get(key) or key.replace("_", " ").replace("-", " ")


def capital(text: str) -> str:
    """The same words with a capital letter at the front; an address, a path or a key there stays as it is written."""
    first = text.partition(" ")[0].rstrip(".,:;")
    return text if set(first) & set("@/_.") else text[:1].upper() + text[1:]


def words(keys: Iterable[str], joined: str = "or") -> str:
    """Several keys in words: "CSM, manager or CS leader"."""
    said = [word(key) for key in keys]
    return f" {joined} ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else "nobody"


def short(digest: str) -> Markup:
    """A digest's first eight characters, with all of it in the title."""
    return Markup('<code class="digest" title="{}">{}</code>').format(digest, digest[:8]) if digest else Markup()


def absolute(moment: datetime) -> str:
    """A moment in full, such as "Wednesday 25 November 2026, 16:00 UTC"."""
    utc = moment.astimezone(UTC)
    return f"{utc:%A} {utc.day} {utc:%B %Y, %H:%M} UTC"


def _time(moment: datetime, shown: str, kind: str = "") -> Markup:
    utc = moment.astimezone(UTC)
    classed = f' class="{kind}"' if kind else ""
    stamp = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    # Nothing here comes from outside, and a page has a hundred of them: formatted without escaping.
    return Markup(f'<time datetime="{stamp}" title="{absolute(utc)}"{classed}>{shown}</time>')  # noqa: S704


def when(moment: datetime | None) -> Markup:
    """A moment: "25 Nov, 16:00", in full in its title. The year is shown when it is not this one."""
    if moment is None:
        return Markup()
    utc = moment.astimezone(UTC)
    year = "" if utc.year == datetime.now(UTC).year else f" {utc.year}"
    return _time(utc, f"{utc.day} {utc:%b}{year}, {utc:%H:%M}")


def clock(moment: datetime) -> Markup:
    """The time of day: "16:00 UTC"."""
    return _time(moment, f"{moment.astimezone(UTC):%H:%M} UTC")


def hour(moment: datetime) -> Markup:
    """The time of day where a line is short of room: "16:00"."""
    return _time(moment, f"{moment.astimezone(UTC):%H:%M}")


def day(moment: datetime | Date) -> Markup:
    """The date: "2 December 2026"; a moment's in UTC."""
    if not isinstance(moment, datetime):
        return Markup(f'<time datetime="{moment.isoformat()}">{moment.day} {moment:%B %Y}</time>')  # noqa: S704  (numbers only)
    utc = moment.astimezone(UTC)
    return _time(utc, f"{utc.day} {utc:%B %Y}")


def date(on: Date) -> Markup:
    """A day without a time: "Tue 8 Dec 2026"."""
    return Markup(f'<time datetime="{on.isoformat()}">{on:%a} {on.day} {on:%b %Y}</time>')  # noqa: S704  (numbers only)


def span(length: timedelta) -> str:
    """A length of time, in its largest unit: "40 min", "3 h", "5 days"."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} days"


def due(moment: datetime, now: datetime) -> Markup:
    """When something is due, relative to now: "overdue since Tue 14:00", "in 35 min", "today 17:00", "Fri 27 Nov"."""
    left = moment - now
    if left < timedelta(0):
        return _time(moment, f"overdue since {_since(moment, now)}", "due is-overdue")
    if left < timedelta(hours=2):
        return _time(moment, f"in {span(left)}", "due is-soon")
    utc, today = moment.astimezone(UTC), now.astimezone(UTC).date()
    if utc.date() == today:
        shown = f"today {utc:%H:%M}"
    elif utc.date() == today + timedelta(days=1):
        shown = f"tomorrow {utc:%H:%M}"
    else:
        shown = f"{utc:%a} {utc.day} {utc:%b}"
    return _time(moment, shown, "due")


def ago(moment: datetime, now: datetime) -> Markup:
    """How long something has lasted: "for 3 h", with the moment it began in its title."""
    return _time(moment, f"for {span(max(now - moment, timedelta(0)))}")


def _since(moment: datetime, now: datetime) -> str:
    utc = moment.astimezone(UTC)
    return f"{utc:%a %H:%M}" if now - moment < timedelta(days=6) else f"{utc.day} {utc:%b}"


def pause_since(item: Any, now: datetime, why: bool = True) -> Markup:
    """A pause and since when: "paused, waiting for sales since Mon 15:00"; empty while the clock runs."""
    if item.paused_at is None or item.settled_at is not None:
        return Markup()
    waits = f", {word(item.pause)}" if why else ""
    return _time(item.paused_at, f"paused{waits} since {_since(item.paused_at, now)}", "paused")


def clock_or_pause(item: Any, now: datetime) -> Markup:
    """The clock of an open item: its pause, or when it is due; empty once it is settled."""
    if item.settled_at is not None:
        return Markup()
    if item.paused_at is not None:
        return pause_since(item, now)
    said = due(item.due_at, now)
    return said if item.due_at < now else Markup("due {}").format(said)


def file_and_line(rule: str) -> tuple[str, str]:
    """A rule's place, `gates/handoff-quality.toml:12`, as (file, line)."""
    file, _, line = rule.rpartition(":")
    return (file, line) if line.isdigit() else (rule, "1")


def link_rules(text: str, digest: str = "") -> Markup:
    """A text of ours that names rules: each `file.toml:12` in it links to that policy version's text."""
    parts, at = [], 0
    for hit in _PLACE.finditer(text):
        file, line = file_and_line(hit[0])
        href = f"{url_for('policy.file', path=file, version=digest or None)}#L{line}"
        parts += [
            show_text(text[at : hit.start()]),
            Markup('<a class="quiet" href="{}"><code>{}</code></a>').format(href, hit[0]),
        ]
        at = hit.end()
    return Markup("").join([*parts, show_text(text[at:])])


def without_rule(why: str) -> str:
    """Why an item is here, without the place of the rule."""
    return _BRACKETED_RULE.sub("", why)


def role_names(text: str) -> str:
    """A text from policy evaluation, with the roles as people say them."""
    return _ROLE.sub(lambda hit: _WORDS[hit[0].replace(" ", "_")], text)


FILTERS = {"system": system_name, "field_name": field_names.with_pointer} | {
    one.__name__: one
    for one in (
        show_text,
        plain_text,
        word,
        words,
        capital,
        short,
        when,
        clock,
        hour,
        day,
        date,
        due,
        ago,
        pause_since,
        clock_or_pause,
        absolute,
        link_rules,
        role_names,
        without_rule,
        number,
        pretty_json,
        pointer_key,
    )
}
