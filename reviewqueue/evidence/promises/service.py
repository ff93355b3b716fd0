"""The sides of the service: when support and maintenance are, what a bad month is worth, how often reports come."""

from __future__ import annotations

import re

from reviewqueue.evidence.promises import compare, hours, measures, opposites
from reviewqueue.evidence.promises.aspects import NEVER, Aspect, Words, choice, words
from reviewqueue.evidence.promises.shapes import NO_DENIAL, timed

_SUPPORT = words(r"support\b|hotline|help\s?(?:desk|line)|service\s(?:desk|line)|support\sdesk")

_HELPED = words(
    r"(?:our|the)\s(?:desk|line|phone|number|people)|picks?\sup|answer(?:s|ed)?\b|reach(?:es|ed|ing|able)?\b|(?:ring|call|phone|calling)\sus|get\shold\sof|there\sfor\syou|serves?\syou|on\sduty|helps?\syou|at\sthe\sphone|hot\s?line|tickets?\b|a\shuman|service\shours|be\spatient|have\sto\swait|leave\s(?:us\s)?a\smessage"
)

_MAINTAINED = words(r"maintenance\b")

_DOWN = words(
    r"updates?\b|upgrades?\b|patch\w*|tak(?:e|es|ing)\s(?:\w+\s){1,4}(?:down|offline|off)|(?:is|are|goes|be)\s(?:\w+\s)?(?:down|offline|off|unavailable)|restart\w*|maintain\w*|shut\w*\s(?:\w+\s){0,3}down|service\swindow|new\s(?:versions?|releases?)\b|install\w*"
)

_TARGET = words(
    r"(?:availability|uptime|service\slevel|the\starget|sla)\b|falls?\sshort|miss(?:es|ed)?\sthe|bad\smonth|outages?\b|fail\w*\sto\s(?:meet|reach|keep)|below\s(?:the|that|this|99|our)|less\sthan\swe\s(?:promised|guarantee)|we\sdo\snot\s(?:reach|meet|keep)"
)

_SERVERS = words(
    r"servers?\b|data\scent(?:er|re)s?|hosted?\b|hosting|stor(?:e|ed|age)\b|back-?ups?\s(?:lie|are|stay)|cloud\b|records\s(?:lie|live|sit|stay|rest)|databases?\b"
)


def place(sentence: str) -> str:
    """The one country or region a sentence names; "" for none, or several that are not one in the other."""
    found = [name for name, pattern in opposites.PLACES.items() if pattern.search(sentence)]
    return found[0] if len(found) == 1 and not NO_DENIAL.search(sentence) else ""


def _same_place(said: str, held: str) -> bool:
    return compare.same("scope", said, held)


def _windowed(sentence: str) -> str:
    """A sentence that names times of day or days of the week, as it is."""
    return sentence if hours.windows(sentence) else ""


def _same_hours(said: str, held: str) -> bool:
    return not hours.serves_otherwise(said, held)


def _within_hours(said: str, held: str) -> bool:
    return NO_DENIAL.search(said) is not None or not hours.falls_outside(said, held)


def _repeated(key: str, about: str, wider: str, other: Words = NEVER) -> Aspect:
    """How often something happens."""
    return Aspect("scope", key, words(about), words(wider), measures.often, measures.often, other=other, denied=False)


SERVICE: tuple[Aspect, ...] = (
    timed(
        "notice of maintenance",
        words(r"maintenance\b[^.]{0,40}\b(?:announced|notified|told|in\sadvance)"),
        words(r"maintenance\b|updates?\b|down\b"),
        words(r"lasts?\b|takes?\s\d|every|contract"),
    ),
    Aspect(
        "sla",
        "credit for missed availability",
        words(r"(?:availability|uptime|target|service\slevel)\b"),
        _TARGET,
        *choice(
            {
                "credit": (
                    r"(?:receives?|gets?|is\sgiven|credited)\s(?:\w+\s){0,3}(?:credit|refund|\d)"
                    r"|credit\sof|credited\b|refunds?\b"
                ),
                "no credit": r"no\s(?:credit|refund)|not\s(?:credited|refunded)",
            },
            {
                "credit": (
                    r"comes?\s(?:back|off)|money\sback|pay\s(?:\w+\s){0,3}back|deduct\w*"
                    r"|take\s(?:\w+\s){0,4}off|reimburs\w*|goes\sback|compensat\w*"
                ),
                "no credit": (
                    r"no\s(?:\w+\s)?(?:money|credit|refund|compensation|reduction|deduction|effect"
                    r"|consequences?|penalt\w+|influence)|nothing\s(?:comes|is|goes|happens|changes)|(?:no"
                    r"|not|never|n['’]t|without)\s(?:\w+\s){0,4}(?:refund|money\sback|pa(?:y|id)\sback"
                    r"|credit|compensat|reimburs|reduc|deduct|chang|owe|affect)\w*|in\sfull\b|full\sfee"
                    r"|stays?\sthe\ssame"
                ),
            },
        ),
    ),
    Aspect(
        "sla",
        "times of maintenance",
        _MAINTAINED,
        _DOWN,
        lambda said: "",
        _windowed,
        _within_hours,
        words(r"your\s|you\swrote|call\b|meeting|support\s|please|read"),
        keeps=False,
        shows=False,
    ),
    Aspect(
        "sla",
        "hours of maintenance",
        words(r"maintenance\b[^.]{0,40}\b(?:at\snight|between|from|outside|\d\d?:\d\d)"),
        NEVER,
        lambda said: (
            "at night"
            if re.search(r"\bat\snight\b", said, re.I)
            else "outside working hours"
            if re.search(r"\boutside\s(?:working|business|office)", said, re.I)
            else ""
        ),
        lambda said: "",
        other=words(r"your\s|you\b|call\b|meeting|please"),
    ),
    Aspect(
        "scope",
        "times of support",
        _SUPPORT,
        _HELPED,
        lambda said: "",
        _windowed,
        _same_hours,
        words(
            r"our\s(?:\w+\s)?offices?|offices?\sin\b|on[\s-]site|half\sa|of\s\d+\shours|go-live\sweek|within\s|first\sresponse|ring\sback|urgent|critical|next\s(?:working|business)|lessons?|train\w*|kick-?off|your\s(?:own|hall|shop)|call\sis\b|our\scall|answered\sby|public\sholidays?|(?:send|sends)\b|please\s(?:ring|call|answer|reply)"
        ),
        keeps=False,
        shows=False,
    ),
    Aspect(
        "scope",
        "support in the week of go-live",
        words(
            r"support\b[^.]{0,40}\b(?:go-live|launch|switch-?over|first)\s(?:week|days)|(?:go-live|launch|first)\sweek[^.]{0,30}\bsupport"
        ),
        words(
            r"(?:week|days?)\sof\s(?:the\s)?(?:go-live|launch|switch\w*|change\w*|start)|(?:go-live|launch|first|switch-?over)\s(?:week|days)"
        ),
        *choice(
            {
                "on site": r"on[\s-]?site\b|in\sperson\b|at\syour\s(?:office|site|premises|place)",
                "online": r"remote(?:ly)?\b|online\b|by\s(?:phone|video)",
            },
            {
                "on site": (
                    r"(?:sit|stand|are|is)\s(?:\w+\s){0,3}(?:in\syour|at\syour|beside|with\syou)"
                    r"|in\syour\s(?:building|office|hall|house)|next\sto\syou"
                ),
                "online": (
                    r"(?:by|over|on)\s(?:the\s)?(?:phone|telephone|video|screen)|from\s(?:our"
                    r"|a)\s(?:\w+\s)?(?:office|desk|distance)s?|from\safar|nobody\s(?:\w+\s)?(?:comes"
                    r"|travels)"
                ),
            },
        ),
    ),
    Aspect(
        "scope",
        "languages of support",
        _SUPPORT,
        words(r"desk\b|questions?\b|translat\w*|calls?\b|rings?\b|speaks?\b|speakers?\b|answers?\b|colleagues\sin\b"),
        lambda said: "",
        measures.spoken,
        measures.same_languages,
        words(r"train\w*|lessons?|slides|manual|cards?|kick-?off|first\smeeting|teacher|session"),
        keeps=False,
    ),
    Aspect(
        "scope",
        "place of your data",
        words(
            r"(?:your|the|customer|all)\sdata\b[^.]{0,40}\b(?:stay|stored|kept|hosted|held|remain|located|processed)\w*"
        ),
        _SERVERS,
        lambda said: "",
        place,
        _same_place,
        words(r"kick-?off|training|meeting|office\sin"),
        keeps=False,
    ),
    _repeated(
        "how often reports come",
        r"(?:receive|get|send)\s(?:\w+\s){0,3}reports?\b|reports?\s(?:is|are)\s(?:sent|delivered|made)|status\sreports?\b|reporting\b",
        r"reports?\b(?!\?)|figures\b|numbers\b|overview\b|summary\b|status\b|mailbox",
        words(r"meeting|invoice|backup|custom\sreports?|read\b|https?:|api\b|key\b"),
    ),
    _repeated(
        "how often we meet",
        r"(?:project|status|steering|review|regular)\s(?:meetings?|calls?)\b|jour\sfixe",
        r"meet(?:s|ings?)?\b|talk\b|calls?\b|speak\b|sit\sdown\b|get\stogether\b|catch\sup\b|jour\sfixe|state\sof\sthe\sproject",
        words(r"hotline|support|ring|report\b|minutes\b|train\w*|kick-?off"),
    ),
    _repeated(
        "how often backups are made",
        r"back-?ups?\b|backed\sup",
        r"back-?ups?\b|back(?:ed)?\sup\b|sav(?:e|es|ed|ing)\s(?:\w+\s)?(?:data|everything|records)|copy\sof\syour\sdata|copies\b",
        words(r"kept\s(?!for)|you\ssave|report"),
    ),
    timed(
        "life of backups",
        words(r"back-?ups?\b[^.]{0,40}\b(?:kept|stored|retained|held)\sfor"),
        words(r"back-?ups?\b|cop(?:y|ies)\b"),
    ),
)
