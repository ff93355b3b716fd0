"""Finds people's names in a text, by first names common in business mail, so that an unrecorded name is seen too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewqueue.core import folding
from reviewqueue.core.patterns import as_pattern


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _folded_set(words: str) -> frozenset[str]:
    return frozenset(map(folding.folded, words.split()))


GIVEN = _folded_set(
    """aaron abdul abigail adam adrian agnes ahmed aiko aisha alan albert alejandro alessandro alex alexander
    alexandra alfred ali alice alicia alison amanda amaya amelia amina amit amy ana anders andrea andreas
    andrew andré angela anita anja anke anna anne annette anneliese antonio anton arjun arthur ashley astrid
    ayesha barbara bart beate beatrice ben benjamin bernd bernhard bettina birgit bjorn björn bob boris
    brandon brenda brian brigitte bruno caleb camille carl carla carlos carmen carol caroline catherine cathy
    cecilia chad charles charlotte chen chiara chris christa christian christiane christina christine
    christoph christopher cindy claire clara clare claudia colin connor cornelia craig cynthia dale damian dan
    dana daniel daniela david dawn deborah denise dennis derek desmond diana diego dieter dirk dmitri dominik
    donald donna doris dorothea douglas duncan dylan edward eileen elena elias elisabeth elizabeth ella ellen
    emil emily emma eric erica erik erika ernst esther ethan eva evelyn fabian fatima felix fernando fiona
    florian frances francesca francis francois frank franz frederick friedrich gabriel gabriela gareth gary
    george georg gerald gerd gerhard giovanni giulia gordon grace graham grant greg gregory greta guido gunter
    günter hannah hannes hans harald harold harry heather heidi heike heinrich heinz helen helena helga helmut
    henrik henry herbert hiroshi holger howard hugo ian ibrahim ines ingrid ingo irene iris isaac isabel
    isabella ivan jack jackie jacob jacqueline jakob james jamie jan jana jane janet jason javier jay jean
    jeff jeffrey jennifer jens jeremy jerry jessica jill jim joachim joan joanna jochen joe joel johan
    johannes john jonas jonathan jorge jose josef joseph joshua josé joyce juan judith julia julian julie jun
    jürgen justin kai karen karin karl karsten kate katharina kathleen kathrin kathryn katja keith kelly ken
    kenneth kenji kerstin kevin kim klaus kristin kurt kyle lars laura lauren laurent lea leah lena leon
    leonard leonie leo liam lina linda lisa lone lorenz lorraine louis louise luca lucas lucia lucy luis lukas
    luke lutz madison manfred manuel manuela marc marcel marco marcus margaret maria marie marina mario marion
    mark markus martha martin martina mary mathias matthew matthias maureen max maya megan mehmet mei melanie
    melissa michael michaela michel michelle miguel mike mikkel miles milan mira mohamed mohammed monica
    monika moritz nadia nadine naomi natalia natalie nathan neil nicholas nick nico nicola nicole niels
    nikolaus nils nina noah noor nora norbert olaf oleg oliver olivia omar oscar otto pablo pamela paolo
    patricia patrick paul paula pedro peggy penelope peter petra philip philipp phillip pia pierre piet
    priscilla priya rachel rainer ralf ralph raphael ravi ray raymond rebecca regina reinhard renata renate
    rhys ricardo richard rita robert roberta roberto robin roger roland rolf ronald rosa rose ross roy rudolf
    rupert ruth ryan sabine sally sam samantha samir samuel sandra sanjay sara sarah scott sean sebastian
    selina sergio sharon sheila shirley silke silvia simon simone sofia sonja sophia sophie stefan stefanie
    stella stephan stephanie stephen steve steven stuart sue susan susanne suzanne svenja sven sybille sylvia
    tamara tania tanja tara tasha tatjana ted teresa terry theo theodor theresa thomas thorsten tiffany tim
    timothy tina tobias todd tom tomas toni tony torsten tracy travis tyler udo ulrich ulrike ulf ursula ute
    uwe valentina valerie vanessa vera verena veronica victor victoria viktor vincent viola virginia vivian
    volker walter wanda warren wayne wendy werner wilhelm will william wolfgang xavier yasmin yuki yusuf
    yvonne zoe"""
)
# Short forms of first names that begin otherwise than the name.
SHORT_FORMS = {
    short: frozenset(whole.split())
    for short, whole in (
        row.split(": ")
        for row in (
            "bill: william", "billy: william", "will: william", "bob: robert", "bobby: robert", "rob: robert",
            "dick: richard", "rick: richard", "ted: edward theodore", "ned: edward", "jack: john", "jim: james",
            "jimmy: james", "peggy: margaret", "meg: margaret", "maggie: margaret", "betty: elizabeth",
            "liz: elizabeth", "beth: elizabeth", "tony: anthony antonio", "tom: thomas", "mike: michael",
            "mick: michael", "dave: david", "steve: steven stephen", "kate: katherine catherine", "sue: susan",
            "hank: henry", "harry: henry harold", "chuck: charles", "charlie: charles", "andy: andrew andreas",
            "debbie: deborah debra", "deb: deborah debra", "sepp: josef", "hans: johannes", "fritz: friedrich",
            "pepe: josé jose", "paco: francisco", "kiko: francisco", "nacho: ignacio", "lola: dolores",
        )
    )
}  # fmt: skip
LEGAL = _set(
    """Inc Ltd LLC LLP LP GmbH AG SE KG KGaA OHG UG PLC plc Corp Corporation Limited BV B.V. B.V NV N.V AB AS A/S Oy Oyj
    ApS Srl S.r.l SpA S.p.A SARL SAS SA S.A S.L SL Lda Ltda Pty Pte KK WLL gGmbH Kft s.r.o"""
)
_LEGAL = frozenset(folding.folded(word).strip(".") for word in LEGAL) | {"co", "eg"}
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv", "phd", "ph.d", "md", "mba", "esq", "msc", "dipl.-ing"))
_GENERATIONS = frozenset(("jr", "sr", "ii", "iii", "iv"))
HONORIFIC = r"(?:Mr|Mrs|Ms|Mx|Mme|Dr|Prof|Herrn?|Frau|Sir|Madame|Señora?)"
_HONOURED = as_pattern(
    r"\A(?:(?:mr|mrs|ms|mx|mme|dr|prof|herrn?|frau|sir|madame|senora?|sra?)\.? )+|-(?:san"
    r"|sama|sensei|ssi)\Z"
)
GREETING = r"(?:Dear|Hi|Hello|Hey|Hallo|Liebe[r]?|Moin|Servus|dear|hi|hello|hallo|liebe[r]?)"
# Capitalised words that begin a sentence or a greeting, and are no part of a name.
STARTERS = _set(
    """a all also an and any are as ask at because before best both bitte but by can could dear der die das did
    do does each every everybody everyone first for from good guten hallo hello hey hi how if in is it its
    kind kindly last let liebe lieber maybe monday tuesday wednesday thursday friday saturday sunday montag
    dienstag mittwoch donnerstag freitag my next no not now of on one only or our please sehr she he since so
    team thank thanks that the their then there these they this those to today tomorrow two until very warm we
    welcome what when where which while who why will with would yes yesterday you your regards sincerely
    cheers ihr ihre unser unsere wir sie and/or january february march april may june july august september
    october november december folks friends colleagues there customer sir madam"""
)


Named = tuple[int, int, str, bool]

_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŎŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽȘȚĐƠƯ]"
CAPITAL = _CAP
# Also where accents stand by themselves. No name is longer: without a bound a long word is read again and again.
_LETTERS = r"(?:[^\W\d_]|[\u0300-\u036f]){0,40}"
_WORD = rf"{_CAP}{_LETTERS}(?:['’-][^\W\d_]{_LETTERS}){{0,4}}"
_PARTICLE = r"(?:de|van|von|der|den|da|di|du|el|al|bin|zu|zum|zur|la|las|los|le|ten|ter|af|av|dos|das|do|y|&)"
_INITIAL = (
    rf"{_CAP}\.(?= (?!(?:The|We|You|Your|Our|It|In|This|That|Please|They|He|She|If|For|On|At|And|But|An?|I)\b){_CAP})"
)
_ROW = as_pattern(
    rf"(?<![\w@.-])(?:{_WORD}|{_CAP}\.)"
    rf"(?:[ \u00a0](?:{_PARTICLE}[ \u00a0]){{0,3}}(?:{_INITIAL}|{_WORD}|{_CAP}\.)){{1,5}}"
)
_THEN_FIRST = as_pattern(rf", ({_WORD})(?![\w@]|,? {_CAP})")
_LAST = as_pattern(rf"(?<![\w@.,-])(?<!, )({_WORD})\Z")
_POSSESSIVE = as_pattern(r"(?<=\w)['’]s?\Z")
_PART = as_pattern(r"[^ \u00a0]+")
_TITLED = as_pattern(rf"\b{HONORIFIC}\.? (?:{HONORIFIC}\.? )?({_WORD}(?: {_WORD})?)")
_GREETED = as_pattern(rf"(?:^|\n|, ?(?:and )?){GREETING}[ ,]+({_WORD})(?![\w@]| {_CAP})")
_CLOSING = as_pattern(
    r"\n[ \t]*(?:(?:kind|best|warm|many|with kind)? ?regards|best wishes|best|sincerely|yours \w+|cheers|thanks"
    r"|thank you|many thanks|mit freundlichen grüßen|(?:viele|beste|liebe|herzliche) grüße)[ \t]*[,.!]?[ \t]*\n",
    re.IGNORECASE,
)
_SIGNED = as_pattern(rf"\n[ \t]*\n(?={_WORD}(?: {_WORD})+[^\n.?!:]{{0,60}}\s*\Z)")
_TURNED = as_pattern(rf"((?:{_PARTICLE} )*{_WORD}(?: {_WORD})?), ({_WORD}(?: {_CAP}\.?)?)")
_THINGS = frozenset(
    ["access", "complete", "user", "users", "account", "accounts", "plan", "day", "days", "time", "sign",
     "settings", "system", "report", "board", "ready", "open", "live", "and", "data", "file", "files", "go",
     "street", "road", "river", "university", "college", "hospital", "city", "county", "bank", "area", "region",
     "station", "beach", "hotel", "park", "bridge", "airport", "hall"]
)  # fmt: skip


def find(text: str) -> Iterator[Named]:
    """(start, end, folded name, whether it is surely one). Capitalised words that may be anything are not sure."""
    seen = []
    for hit in _TITLED.finditer(text):
        if hit[1].casefold() not in STARTERS:
            seen.append(hit.start())
            yield hit.start(), hit.end(), folded(hit[1]), True
    for hit in _GREETED.finditer(text):
        if hit[1].casefold() not in STARTERS and len(hit[1]) > 1:
            yield hit.start(1), hit.end(1), untitled(folded(hit[1])), True
    for hit in _THEN_FIRST.finditer(text):
        first, behind = folded(hit[1]), max(0, hit.start() - 40)
        if first in GIVEN and (last := _LAST.search(text[behind : hit.start()])):
            name = folded(last[1])
            if name not in GIVEN and name not in STARTERS:
                yield behind + last.start(), hit.end(), f"{first} {name}", False
    titled = frozenset(seen)
    for hit in _ROW.finditer(text):
        if hit.start() not in titled and (made := _row(text, hit.start(), hit[0])):
            yield made


def _row(text: str, start: int, row: str) -> Named | None:
    """The name in a row of capitalised words, without those that only begin a sentence."""
    parts = [(hit.start(), hit.end(), folded(hit[0])) for hit in _PART.finditer(row)]
    while parts and (parts[0][2] in STARTERS or parts[0][2] in ("&",)):
        parts.pop(0)
    if len(parts) < 2 or all(part[2].endswith(".") for part in parts):
        return None
    first, last = parts[0], _without_possessive(row, parts[-1])
    parts[-1] = last
    if row[last[0] : last[1]].rstrip(".") in LEGAL:
        return start + first[0], start + last[1], folded(row[first[0] : last[1]]), True
    given = first[2] in GIVEN or first[2].partition("-")[0] in GIVEN
    sure = given and len(parts) <= 5 and parts[1][2] not in _THINGS
    return start + first[0], start + last[1], folded(row[first[0] : last[1]]), sure


def _without_possessive(row: str, last: tuple[int, int, str]) -> tuple[int, int, str]:
    """The last part of a name without the ending of "Rosa Marlow's tickets"."""
    hit = _POSSESSIVE.search(row, last[0], last[1])
    return (last[0], hit.start(), folded(row[last[0] : hit.start()])) if hit else last


def signature(text: str) -> int:
    """Where the signature of a message begins: after its closing words, or its last line when that is a name;
    beyond the end when there is none."""
    tail = max(0, len(text) - 400)
    hit = _CLOSING.search(text, tail) or _SIGNED.search(text, tail)
    return hit.end() if hit else len(text) + 1


folded = folding.folded


def bare(name: str) -> str:
    """A folded name without what may be left out behind it: Jr., III, PhD, GmbH, Inc."""
    words = name.split()
    while len(words) > 2 and (words[-1].strip(".,") in _SUFFIXES or words[-1].strip(".,") in _LEGAL):
        words.pop()
    if len(words) == 2 and words[-1].strip(".,") in _LEGAL:
        words.pop()
    return " ".join(words).rstrip(",")


def untitled(name: str) -> str:
    """A folded name without what it is addressed with: dr. nerea ibarra, oshima-san."""
    return _HONOURED.sub("", name)


def generation(name: str) -> str:
    """The generation that a folded name ends with: jr, sr, ii, iii; "" where it has none."""
    last = name.rpartition(" ")[2].strip(".,")
    return last if last in _GENERATIONS else ""


def other_generation(said: str, rest: str) -> bool:
    """Whether a folded text goes on with another generation than a name was said with: Jr. for Sr."""
    word = rest.split(maxsplit=1)[:1]
    held = word[0].strip(".,:;()") if word else ""
    return held in _GENERATIONS and generation(said) not in ("", held)


def begins_legal(rest: str) -> bool:
    """Whether a folded text goes on with a legal form."""
    word = rest.split(maxsplit=1)[:1]
    return bool(word) and word[0].strip(".,") in _LEGAL


def forms(name: str) -> re.Pattern[str] | None:
    """The pattern of a folded name as others write it: an initial for its first name, a middle name more or less; None
    where the name has no first and last part."""
    words = bare(name).split()
    if not 2 <= len(words) <= 6 or name.rsplit(maxsplit=1)[-1].strip(".,") in _LEGAL:
        return None
    first, last = words[0], words[-1]
    if len(last) < 3:
        return None
    initial = first.endswith(".") and len(first) == 2
    begins = rf"{re.escape(first[0])}[^\W\d_]*\.?" if initial else rf"(?:{re.escape(first)}|{re.escape(first[0])}\.)"
    between = "".join(rf" {re.escape(word)}" for word in words[1:-1] if not word.endswith("."))
    middle = between or r"(?: [^\W\d_]{1,20}\.?){0,1}"
    return re.compile(rf"(?<!\w){begins}{middle} {re.escape(last)}(?!\w)")


def turned(name: str) -> str:
    """A name written "Last, First" the other way round; "" for any other."""
    hit = _TURNED.fullmatch(name.strip())
    return f"{hit[2]} {hit[1]}" if hit else ""
