"""What a sentence says without a figure by a name or in somebody's words: a quotation, a person's title, and what is
said to be connected, bought or at a place. Compared with the words of all records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons.claims import Claim
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import sentence_spans, words_in
from reviewqueue.evidence.text.words import concepts, names
from reviewqueue.evidence.text.words.tokens import NEGATIONS, tokens

_QUOTED = as_pattern(r"(?<![\w\"“„«»])[\"“„«»]\s?(?=\w)([^\"“”„«»<>\n]{10,300}?)\s?[\"”“»«]")
_BY_SOMEBODY = as_pattern(
    r"(?i)\b(?:you|your|said|say|wrote|told|mentioned|put it|words|call|according|sie|ihr\w*|gesagt|sagten"
    r"|schrieben|gespräch|vous|dit|usted|dijo"
    r"|dijeron|[A-Z]\w+ (?:said|wrote))\b"
)
_SAID = as_pattern(
    r"(?i)\b(?:said|says|told|put it|wrote|mentioned|asked|sagte\w*|schrieb\w*|meinte\w*|bat|a dit|disait|dijo)\b"
)
_MIN_QUOTED, _REACH = 4, 8  # words of a quotation, and words before one that may deny it
_DOUBTS = frozenset(("promise", "doubt", "unless", "if", "whether", "versprechen", "falls"))

_CAP = r"[A-ZÀ-ÖØ-Þ][\w&+-]*"
_THING = (
    rf"(?P<name>(?!(?:The|This|That|Our|Your|We|You|A|An|Each|All|No|It|Der|Die|Das|Ihre?|Unsere?|Eine?|In"
    rf"|For|With)\b){_CAP}(?: {_CAP}){{0,2}})"
)
_TONGUES = (
    r"English|German|French|Spanish|Italian|Portuguese|Dutch|Polish|Swedish|Danish|Norwegian|Finnish|Czech"
    r"|Turkish|Japanese|Chinese|Korean|Arabic"
    r"|Deutsch|Englisch|Französisch|Spanisch|Italienisch|Polnisch|Niederländisch"
)
_MENTIONS = tuple(
    as_pattern(pattern)
    for pattern in (
        rf"{_THING} (?:connector|integration|connection|interface|sync|plug-?in|add-?on|module|plan|edition"
        rf"|tier|package|Schnittstelle|Anbindung|Modul)\b",
        rf"\b(?:connect\w*|integrat\w+|sync\w*|interface|integration|connection|connector|migrat\w+"
        rf"|Schnittstelle|Anbindung) (?:it |them )?(?:with|to|from|for|zu|an|mit)"
        rf" (?:your |the |Ihr\w* )?{_THING}",
        rf"(?<!\b[Oo]ur )(?<!nserem )(?<!nserer )\b(?:offices?|sites?|plants?|branch(?:es)?|warehouses?|depots?"
        rf"|stores?|headquarters|team|Standort\w*|Büro|Werk|Filiale\w*|Lager)"
        rf" (?:in|at) (?P<name>(?!(?:January|February|March|April|May|June|July|August|September|October"
        rf"|November|December|Q\d|Januar|Februar|Juni|Juli|Mai)\b){_CAP}(?: {_CAP})?)",
        rf"\b(?:in|auf|into|also) (?P<name>{_TONGUES})\b",
        rf"\b(?:host\w*|stored?|processed|mirrored|kept|data cent(?:re|er)s?|servers?|gehostet|gespeichert"
        rf"|verarbeitet"
        rf"|hébergée?s?|stockée?s?|traitée?s?|alojad\w+|almacenad\w+) (?:in|at|en"
        rf"|à) (?:the )?(?P<name>{_CAP}(?: {_CAP})?)",
        rf"\b(?:your|the|Ihr\w*|unser\w*) (?P<name>{_CAP}) (?:office|site|plant|branch|warehouse|depot|store)\b",
    )
)  # fmt: skip
_POST = (
    r"Manager|Director|Supervisor|Officer|Controller|Architect|Engineer|Administrator|Lead|Leader|President|Chair\w*"
    r"|Coordinator|Specialist|Analyst|Planner|Consultant|Secretary|Treasurer|Partner|Principal|Superintendent"
    r"|Accountant|Buyer"
)
_TITLE = (
    r"(?P<title>(?:[Cc]hief(?: [A-Z]\w+){1,3}|C[A-Z]{1,2}O|(?:[SE]?VP|Vice President)(?:,? (?:of )?[A-Z]\w+)*"
    r"|[Hh]ead of (?:[A-Z]\w+|IT)(?: [A-Z]\w+)*"
    r"|[Dd]irector(?:,? of [A-Z]\w+(?: [A-Z]\w+)*)?|[Mm]anaging [Dd]irector|General Manager|President|Chairman"
    r"|Chairwoman"
    r"|Leiter(?:in)? (?:der |des )?[A-Z]\w+|Geschäftsführer(?:in)?"
    r"|[Dd]irect(?:eur|rice)(?: (?:générale?|financi(?:er|ère)|technique|commerciale?|adjointe?|de la|des?|du"
    r"|d['’]) ?[\w'’-]*)?"
    r"|[Pp]résidente?|[Gg]érante?|[Dd]irectora? (?:general|financier[ao]|comercial|técnic[ao])"
    rf"|(?:[A-Z][\w&-]*,? (?:and |of |& )?){{1,4}}(?:{_POST})|[A-ZÄÖÜ]\w+leiter(?:in)?"
    r"|Finanzvorstand|Vorständin|Vorstand|Prokurist(?:in)?)(?!\w))"
)
_NAME_WORD = rf"{names.CAPITAL}[\w'’-]*\.?"
_NAME = (
    rf"(?P<who>{_NAME_WORD}(?: (?:de|van|von|der|den|la|del|di|da|dos|das) ?(?:der |den "
    rf"|la )?)?(?: ?{_NAME_WORD}){{1,3}})"
)
_TITLED = tuple(
    as_pattern(pattern)
    for pattern in (
        rf"{_NAME},? (?:is |as |ist |als |est |es )?(?:your |our |the |their |Ihr\w* |unser\w* |die |der "
        rf"|votre |su )?(?:new )?{_TITLE}",
        rf"(?:[Yy]our|[Oo]ur|[Tt]he|Ihr\w*|Unser\w*) (?:new )?{_TITLE},? (?:is |ist )?{_NAME}",
        rf"{_NAME} \({_TITLE}\)",
        rf"(?<!\w){_TITLE}:? {_NAME}",
    )
)  # fmt: skip
_ANY_TITLE = as_pattern(
    r"[Cc]hief|leiter|\bC[A-Z]{1,2}O\b|VP\b|Vice|[Hh]ead of|[Dd]irect|Leiter|Geschäftsführer|Vorst|vorstand|Prokurist"
    rf"|[Pp]résident|[Gg]érant|{_POST}"
)
_ANY_MENTION = as_pattern(
    r"(?i)connect|integrat|interface|sync|plug-?in|add-?on|module?|plan|edition|tier|package|schnittstelle"
    r"|anbindung|migrat|office|site|plant|branch"
    r"|warehouse|depot|store|headquarter|team|standort|büro|werk|filial|lager|host|store|process|mirror|kept"
    r"|cent|server|gespeich|verarbeit|héberg|stock|trait|aloja|almacen"
    r"|\b(?:in|auf|into|also) (?-i:[A-Z])"
)
_TITLE_FIELD = as_pattern(r"(?i)(?:job_?)?title|position|role|function")
# Titles that are the same in other words.
_SAME_TITLE = {
    "finance": "financial", "finances": "financial",
    "cfo": "chief financial officer", "ceo": "chief executive officer", "cto": "chief technology officer",
    "cio": "chief information officer", "coo": "chief operating officer", "cmo": "chief marketing officer",
    "ciso": "chief information security officer", "cso": "chief security officer", "cpo": "chief product officer",
    "cro": "chief revenue officer", "finanzvorstand": "chief financial officer", "vp": "vice president",
    "svp": "vice president", "evp": "vice president", "leiter": "head", "leiterin": "head", "director": "head",
    "geschäftsführer": "chief executive officer managing", "geschäftsführerin": "chief executive officer managing",
    "managing": "chief executive officer managing",
}  # fmt: skip


class _Quoted(NamedTuple):
    start: int
    end: int
    words: tuple[str, ...]
    told: bool


class _Titled(NamedTuple):
    start: int
    end: int
    who: str
    title: str


class _Named(NamedTuple):
    start: int
    end: int
    words: str


_Found = _Quoted | _Titled | _Named


def find(text: str, records: RecordTexts) -> Iterator[Claim]:
    """The quotations, titles and named things of a text that no record bears out, and those that one does."""
    for first, last in sentence_spans(text):
        for one in _in_sentence(text[first:last]):
            start, end = first + one.start, first + one.end
            if isinstance(one, _Quoted):
                quoted = _quoted(start, end, one, records, text[first:last])
                # What is in quotation marks without a speaker may be anything, unless somebody said it.
                if one.told or quoted.outcome == "same":
                    yield quoted
            elif isinstance(one, _Named):
                places = [place for place, _ in records.word_rows(one.words)][:1] or records.named_by(one.words)
                yield Claim(start, end, "same" if places else "unsaid", tuple(places))
            elif made := _titled(start, end, one, records):
                yield made


@lru_cache(maxsize=4_096)
def _in_sentence(sentence: str) -> tuple[_Found, ...]:
    """What there is to look up; nothing in a question."""
    if sentence.rstrip().endswith("?"):
        return ()
    return (*_quotations(sentence), *_titles(sentence), *_named(sentence))


def _quotations(sentence: str) -> Iterator[_Found]:
    for hit in _QUOTED.finditer(sentence):
        words = tuple(one.word for one in tokens(hit[1]))
        few = len(words) < _MIN_QUOTED and not (len(words) > 1 and NEGATIONS.intersection(words))
        told = _BY_SOMEBODY.search(f"{sentence[: hit.start()]} {sentence[hit.end() :]}") is not None
        if not few and (told or len(words) > _MIN_QUOTED):
            yield _Quoted(hit.start(1), hit.end(1), words, told)


def _titles(sentence: str) -> Iterator[_Found]:
    if _ANY_TITLE.search(sentence):
        for pattern in _TITLED:
            for hit in pattern.finditer(sentence):
                yield _Titled(*hit.span("title"), hit["who"], hit["title"])


def _named(sentence: str) -> Iterator[_Found]:
    seen: set[tuple[int, int]] = set()
    for pattern in _MENTIONS if _ANY_MENTION.search(sentence) else ():
        for hit in pattern.finditer(sentence):
            span = hit.span("name")
            alone = span[0] == 0 and " " not in hit["name"] and hit["name"].casefold() in _BEGINNINGS
            words = " ".join(one.word for one in tokens(hit["name"]) if not one.figure)
            if words and not alone and span not in seen:
                seen.add(span)
                yield _Named(*span, words)


def _quoted(start: int, end: int, one: _Quoted, records: RecordTexts, sentence: str) -> Claim:
    found = records.word_rows(" ".join(one.words))
    cut = [place for place, before in found if _doubted(before) and not NEGATIONS.intersection(one.words)]
    if found and len(cut) == len(found):
        return Claim(start, end, "otherwise", (), tuple(cut[:1]))
    if found and (other := _by_another(sentence, [place for place, _ in found], records)):
        return Claim(start, end, "otherwise", (), other)
    return Claim(start, end, "same", (found[0][0],), (), True) if found else Claim(start, end, "unsaid")


def _by_another(sentence: str, places: list[Place], records: RecordTexts) -> tuple[Place, ...]:
    """The places of a quotation that others said than the one person whom its sentence names as its speaker."""
    outside = _QUOTED.sub(" ", sentence)
    people = records.people_in(outside) if _SAID.search(outside) else frozenset()
    spoke = [names.folded(records.speaker(place)) for place in places]
    if len(people) != 1 or not all(spoke):
        return ()
    last = next(iter(people)).rpartition(" ")[2]
    return () if any(last in one.split() for one in spoke) else tuple(places[:1])


def _doubted(before: str) -> bool:
    """Whether the words before a passage in its sentence deny it."""
    words = set(before.split()[-_REACH:])
    return bool(words & (NEGATIONS | _DOUBTS))


def _titled(start: int, end: int, one: _Titled, records: RecordTexts) -> Claim | None:
    people = records.people_in(one.who)
    if len(people) != 1:
        return None
    person = next(iter(people))
    titles = tuple(records.titles(person, _TITLE_FIELD))
    if any(_same_title(one.title, place.value) for place in titles):
        return Claim(start, end, "same", titles[:1])
    row = " ".join(word.word for word in tokens(one.title))
    holders = [
        place
        for name in records.people
        for place in records.titles(name, _TITLE_FIELD)
        if name != person and _same_title(one.title, place.value)
    ]
    if not holders and concepts.spoken("name", one.title):
        return None  # a role, which is no title
    if holders and not titles and not records.says_of(person, words_in(one.title)):
        return Claim(start, end, "unsaid", (), tuple(holders[:1]))
    if titles or not (records.says_of(person, words_in(one.title)) or records.word_rows(row)):
        return Claim(start, end, "unsaid", (), titles[:1])
    return None


def _same_title(said: str, held: str) -> bool:
    mine, theirs = _title_words(said), _title_words(held)
    return bool(mine) and (mine <= theirs or theirs <= mine)


def _title_words(title: str) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]+", title.casefold())
    kept = {part for word in words for part in _SAME_TITLE.get(word, word).split()}
    return frozenset(kept - {"of", "the", "and", "for", "der", "des", "de", "du", "la"}) or frozenset(kept)


_BEGINNINGS = frozenset(
    "every both another any first second third next data user customer single new custom standard basic full test demo "  # noqa: SIM905
    "training project success onboarding direct".split()
)
