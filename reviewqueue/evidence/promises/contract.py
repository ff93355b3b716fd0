"""The sides of a contract: its start, notice, renewal and payment; the edition and the person to turn to."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import amounts, compare, measures
from reviewqueue.evidence.promises.aspects import Aspect, words
from reviewqueue.evidence.promises.shapes import timed

_PILOT = words(r"(?:pilot|trial|test)(?:\s(?:phase|period|group|project))?\b")

_LEADS_TO = words(
    r"turn\sto|contact(?:\sperson)?\b|reach\sout\sto|write\sto|get\sin\stouch\swith|call\b|ask\b|person\sto\stalk|looks\safter\syou|at\syour\sside|go\sto\b|point\sof\scontact|counterpart"
)

_PERSON = as_pattern(
    r"\b(?:turn\sto|contact(?:\sperson)?(?:\sis|\swill\sbe|:)?|reach\sout\sto|write\sto|get\sin\stouch\swith|talk\sto|goes?\sto|point\sof\scontact\s(?:is|will\sbe)|counterpart\sis)\s(?:my\scolleague\s|our\scolleague\s)?(?P<who>[A-ZÄÖÜ][\w’'-]+\s[A-ZÄÖÜ][\w’'-]+)"
    r"|(?P<is>[A-ZÄÖÜ][\w’'-]+\s[A-ZÄÖÜ][\w’'-]+)\s(?:is|becomes|will\sbe|remains|stays)\s(?:now\s|from\snow\son\s)?your\s(?:new\s)?(?:main\s|only\s|single\s)?(?:contact|counterpart|point\sof)"
    r"|(?P<after>[A-ZÄÖÜ][\w’'-]+\s[A-ZÄÖÜ][\w’'-]+)\s(?:looks\safter\syou|takes\scare\sof\syou|will\slook\safter)"
)


def day(sentence: str) -> str:
    """The one day or span a sentence names, the shortest of several that agree; "" for none."""
    _, found = amounts.marked(sentence)
    dates = [amounts.value(one) for one in found if one.kind == "date"]
    if not dates or not all(compare.same("date", dates[0], one) for one in dates[1:]):
        return ""
    return min(dates, key=lambda one: ("/" in one, len(one)))


def contact(sentence: str) -> str:
    """Who is to be turned to, by name; "" for nobody."""
    found = {one["who"] or one["is"] or one["after"] for one in _PERSON.finditer(sentence)}
    return found.pop() if len(found) == 1 else ""


def _same_day(said: str, held: str) -> bool:
    return compare.same("date", said, held)


def _same_person(said: str, held: str) -> bool:
    return compare.same("owner", said, held)


CONTRACT: tuple[Aspect, ...] = (
    Aspect(
        "date",
        "start of the contract",
        words(
            r"(?:contract|agreement|subscription|licen[cs]e)(?:\s(?:term|period|year))?\s(?:begins?|starts?|commences|runs\sfrom|takes\seffect)|first\sday\sof\sthe\scontract"
        ),
        words(
            r"(?:contract|agreement|subscription|term|clock)\b[^.]{0,40}\b(?:beg[iu]n\w*|start\w*|commence\w*|count\w*|tick\w*|effect|force|runs?)\b|(?:begins?|starts?)\s(?:to\s(?:count|run)|with)\b|count(?:s|ing)?\sfrom|in\sforce\b|takes?\seffect|first\sday\b[^.]{0,30}\bcontract"
        ),
        day,
        day,
        _same_day,
        words(r"pilot|trial|ends?\b|runs?\sout|until\b|expires?|pay"),
        denied=False,
    ),
    timed(
        "length of the pilot",
        words(r"(?:pilot|trial|test\sphase)\b(?:\s\w+)?\s(?:lasts?|runs?|takes?|is)"),
        _PILOT,
        words(r"run\sof|trial\srun|per\s|notice"),
    ),
    timed(
        "notice",
        words(r"(?!)"),
        words(
            r"notice\b|leave\b|leaves\b|leaving|cancel\w*|terminat\w*|get\sout|warning\b|quit\b|say\sgoodbye|walk\saway|end\sthe\scontract|(?:tell|inform|let)\sus\b[^.]{0,40}\b(?:ahead|before|in\sadvance|earlier)|part\sways"
        ),
        words(
            r"pilot|trial|project|maintenance|meeting|holiday|on\sleave|your\sleave|sick|bound|maternity|updates?|free\sto|old\s(?:system|tool)|behind"
        ),
        keeps=False,
    ),
    timed(
        "length of each renewal",
        words(r"(?:renew|extend|prolong)\w*\s(?:itself\s|automatically\s){0,2}(?:for|by)\b"),
        words(r"(?:runs?|goes|rolls?|carries|continues)\son\b|another\b|further\b|renew\w*|extend\w*|prolong\w*"),
        words(r"notice|discount|pilot|price"),
    ),
    Aspect(
        "term",
        "payment rhythm",
        words(r"(?!)"),
        words(r"invoices?\b|pay(?:able|ment|s)?\b|bill(?:s|ed)?\b|instal\w+|debit\w*"),
        measures.rhythm,
        measures.rhythm,
        other=words(r"discount|%|per\scent|list\sprice|if\b|euros?\b|eur\b|report|figures"),
        keeps=False,
        denied=False,
    ),
    timed(
        "payment",
        words(r"(?!)"),
        words(r"invoices?\b|pay(?:able|ment|s)?\b|settle\w*|transfer\w*"),
        words(
            r"pilot|discount|fixed|price|fee|less|per\s?cent|%|subscription|monthly|yearly|notice|first\syear|advance|a\s(?:month|year)\sis"
        ),
        keeps=False,
    ),
    Aspect(
        "scope",
        "edition",
        words(
            r"(?:order|contract|subscription|licen[cs]e|package|plan)\b[^.]{0,20}\b(?:is\s)?(?:for|on|in|of)\b[^.]{0,10}\b(?:\w+\s)(?:edition|plan|package|version)|(?:edition|package|plan)\s(?:is|:)"
        ),
        words(r"edition|package|version|tier|plan\b|work\s(?:in|with)\b"),
        measures.edition,
        measures.edition,
        other=words(r"project\splan|support|week\splan|compared"),
        denied=False,
    ),
    Aspect(
        "owner",
        "contact",
        words(r"contact\sperson\b|your\s(?:\w+\s)?contact\b|point\sof\scontact"),
        _LEADS_TO,
        contact,
        contact,
        _same_person,
        words(r"holiday|away|absen\w*|this\sweek|until|invoices?|sick|your\sside|finance|please\scontact\syour"),
        denied=False,
    ),
)
