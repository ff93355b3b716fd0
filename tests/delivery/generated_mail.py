"""Generated mail: drafts of messages in every form that a person, an automation or an attacker writes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reviewqueue.core.mime.addresses import unseen

# Encoded words well formed, parted, loose and broken; letters of many scripts; what ends a line or a name.
PIECES = (
    *(
        "Kickoff",
        "go-live",
        "für Dich",
        "ς ß ŉ",
        "日本語の件名",
        "Привет",
        "a" * 70,
        "e\u0301",
        "2+2=?",
        "=?",
        "?=",
        "é" * 40,
    ),
    *("👩‍👩‍👧‍👦", "🇩🇪", "☎️", "שלום עולם", "مرحبا بالعالم", "नमस्ते", "ไทย", "𝔱", "\U0010fffd"),
    *("=?utf-8?B?WW91ciBnby1saXZlIG1vdmVzIHRvIE1heQ==?=", "=?UTF-8?q?a_b=20c?=", "=?iso-8859-1*de?Q?Gr=FC=DFe?="),
    *("=?utf-8?B?4pyT?= =?utf-8?B?4pyT?=", "=?utf-8?B?4p?=", "=?utf-8?q?cut off", "=?x?b?", "=?utf-8?z?no?="),
    *("\t", "  ", " ", "\u202e", "\u200b", "\ufeff", "\x00", "\x85", "\u2028", "\r\nBcc: eve@elsewhere.example", "\n"),
    *("%0d%0aBcc: x", "utf-8''May%20be", "&#77;&#97;y", "<b>", "&amp;", '"', "\\", "(x)", ",", ";", ":", "<", ">", "@"),
)
PLAIN = (
    "Kickoff",
    "go-live in May",
    "Agenda, dates & names",
    "für Dich",
    "2+2=?",
    "שלום",
    "👩‍👩‍👧‍👦",
    "日本語",
    "O'Brien (Ops)",
)
texts = st.one_of(
    st.lists(st.sampled_from(PLAIN), min_size=1, max_size=6).map(" ".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=8).map("".join),
    st.text(max_size=300),
)
LOCALS = (
    *(
        "rosa",
        "s.o'brien",
        "rosa+kickoff",
        "r_m-1",
        "ROSA",
        "{x}|",
        "a" * 64,
        "a" * 65,
        "rösa",
        "用户",
        "ро",
        "rоsa",
        "o=?",
    ),
    *('"rosa m"', "a..b", ".a", "a.", "rosa%elsewhere.example", "a!b", "=?utf-8?q?eve?=", "rosa\u200b", "e\u0301", ""),
)
DOMAINS = (
    *(
        "marlowfreight.example",
        "MarlowFreight.Example",
        "eu.marlowfreight.example",
        "münchen.example",
        "straße.example",
    ),
    *(
        "xn--mnchen-3ya.example",
        "ＡＢ.example",
        "例え.example",
        "marlowfreight.example.",
        "[192.0.2.1]",
        "localhost",
        "a_b.example",
    ),
    *("x." * 100 + "example", "-a.example", "xn--a.example", ".example", "a b.example", ""),
)
plain_addresses = st.sampled_from(
    (
        "rosa@marlowfreight.example",
        "s.o'brien@marlowfreight.example",
        "r+1@münchen.example",
        "ROSA@xn--mnchen-3ya.example",
    )
)
addresses = st.one_of(
    plain_addresses, st.tuples(st.sampled_from(LOCALS), st.sampled_from(DOMAINS)).map("@".join), st.text(max_size=12)
)


def _form(parts: tuple[int, str, str]) -> Any:
    """An address with a name in one of the forms that people and their programs write."""
    form, name, address = parts
    forms = (
        *(address, f"{name} <{address}>", f'"{name}" <{address}>', f"<{address}>", f" {address} "),
        *({"name": name, "email": address}, {"Address": address}, {"email": address, "mail": address}),
        *(f"{name}: {address};", f"{address} ({name})", f"{address}, {address}", [address], 7, None, {"name": name}),
    )
    return forms[form % len(forms)]


def _mostly(sound: st.SearchStrategy[Any], any_of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One that can be sent, six times of seven."""
    return st.integers(0, 6).flatmap(lambda number: any_of if number == 6 else sound)


sound_texts = st.lists(
    st.one_of(st.sampled_from(PLAIN), st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=12)),
    min_size=1, max_size=7,
).map(" ".join).filter(lambda text: not unseen(text) and text.strip())  # fmt: skip
sound_names = sound_texts.filter(lambda text: not set(text) & set('@<>"\\') and len(text) < 120)
receivers = _mostly(
    st.tuples(st.integers(0, 6), sound_names, plain_addresses).map(_form),
    st.tuples(st.integers(0, 14), texts, addresses).map(_form),
)
fields = _mostly(st.lists(receivers, min_size=1, max_size=3), st.one_of(receivers, st.lists(receivers, max_size=1)))
subjects = _mostly(sound_texts, texts)
bodies = _mostly(
    st.lists(
        st.one_of(sound_texts, st.sampled_from(("\n", "\r\n", ".", "From ", "=", "\t", "&#77;ay"))),
        min_size=1,
        max_size=20,
    ).map("".join),
    st.one_of(texts, st.lists(st.sampled_from((*PIECES, "\n", ".")), max_size=20).map("".join)),
)
more = st.sampled_from(
    (*({},) * 40, {"bcc": []}, {"attachment": ""}, {"bcc": ["eve@elsewhere.example"]}, {"headers": {"X-A": "=?utf-8?q?b?="}},
     {"Reply-To": "eve@elsewhere.example"}, {"From": "eve@elsewhere.example"}, {"html": "<p>May</p>"})
)  # fmt: skip


WHEN = "We meet on 10 March 2026, 10:30."
lines = _mostly(sound_texts.filter(lambda text: len(text) < 256), texts)
invitations = st.fixed_dictionaries(
    {
        "starts": _mostly(st.sampled_from(("2026-03-10 10:30", "2026-03-10T10:30:00")), texts),
        "timezone": _mostly(st.sampled_from(("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata")), texts),
        "minutes": _mostly(
            st.one_of(st.integers(5, 1440), st.sampled_from(("60", " 90 "))), st.one_of(texts, st.none())
        ),
        "place": lines,
    },
    optional={"title": lines, "meeting": _mostly(st.sampled_from(("kickoff", "training")), texts)},
)


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    """A message: most can be sent, many cannot."""
    draft: dict[str, Any] = {"to": draw(fields), "subject": draw(subjects), "body": draw(bodies), **draw(more)}
    for name in ("cc", "reply_to"):
        if draw(st.integers(0, 2)) == 0:
            draft[name] = draw(fields)
    if draw(st.integers(0, 2)) == 0:
        draft |= {"invitation": draw(invitations), "body": f"{draft['body']}\n\n{WHEN}"}
    return draft
