"""The sides of seats: who needs one, what a further one costs, whether one is given back or handed on."""

from __future__ import annotations

from reviewqueue.evidence.promises import measures
from reviewqueue.evidence.promises.aspects import Aspect, choice, words

_SEATS = words(r"seats?\b|licen[cs]es?\b|(?:named\s)?users?\b")

SEATS: tuple[Aspect, ...] = (
    Aspect(
        "scope",
        "read-only users",
        words(r"read[\s-]?only|viewers?\b|readers\b"),
        words(
            r"only\s(?:\w+\s){0,2}(?:look|read|view|watch|see)|just\s(?:look|read|view|watch)|(?:look|read|view)\w*\s(?:\w+\s){0,3}(?:only|without\s(?:chang|edit|typ)\w+)|(?:never|do\snot|don['’]t)\s(?:edit|enter|change|type|write)"
        ),
        *choice(
            {
                "free": r"free\b|(?:do|does)\snot\scount|not\scounted|cost\snothing|no\s(?:seat|licen[cs]e)",
                "counted": r"(?:are|is)\scounted|counts?\sas\b|costs?\s(?:the\ssame|extra)",
            },
            {
                "free": (
                    r"(?:none|nobody|no\sone)\s(?:of\s\w+\s)?(?:needs?|uses?|counts?|takes?)|(?:do|does|need)\s?(?:not|n['’]t)\s(?:\w+\s)?(?:use|need|take|cost|count)"
                    r"|invited?\sfreely|without\s(?:a\s|any\s)?(?:seat|licen[cs]e|cost|charge)|no\s(?:seat"
                    r"|licen[cs]e|cost|charge)|(?:cost|pay)s?\s(?:you\s)?nothing|beside\sthe"
                    r"|on\stop\sof\sthe\s\d+\sfor\sfree|as\smany\sas"
                ),
                "counted": (
                    r"(?:use[sd]?|take[s]?|eat[s]?|fill[s]?|occup\w+)\s(?:up\s)?(?:a|one|an?\sentire|their"
                    r"|its)\s?(?:\w+\s)?(?:seat|licen[cs]e|place|slot|login)|buy\s(?:a|one|their)\s(?:\w+\s)?(?:seat|licen[cs]e)|needs?\s(?:a|their|his"
                    r"|an?\s\w+|one)\s(?:\w+\s)?(?:seat|licen[cs]e|place|login)|(?:every|each"
                    r"|all)\b[^.]{0,25}\bcounts?\b|counts?\s(?:too|as\swell|towards|in|like|fully|among)"
                    r"|(?:paid|charged|pay|billed)\b|(?:seat|licen[cs]e)\s(?:as\swell|too)"
                ),
            },
        ),
    ),
    Aspect(
        "price",
        "price of additional seats",
        words(r"(?:additional|further|extra|more)\s(?:seats?|licen[cs]es?|users?)"),
        words(
            r"(?:beyond|after|above|over|from|number)\s(?:the\s|number\s)?(?:\d+(?:st|nd|rd|th)?|\w+(?:ieth|dredth|th|first|second))\b|(?:additional|further|extra|new|later|more|another)\s(?:seat|licen[cs]e|user|colleague|login|people|head)s?|newcomers?|grow\w*"
        ),
        *choice(
            {
                "same": r"(?:cost|costs|at|for|have|has)\s(?:\w+\s)?the\s(?:very\s)?same",
                "higher": r"costs?\s(?:more|twice|double)",
                "lower": r"costs?\sless",
            },
            {
                "same": (
                    r"(?:no|not\s(?:a\s\w+\s)?|never)\s?(?:dearer|more\sexpensive|higher|more)"
                    r"|the\s(?:very\s)?same\b|not\sa\scent\smore|no\smore\sthan|identical|equal\w*"
                    r"|unchanged|costs?\swhat\s|like\sthe\sfirst"
                ),
                "higher": (
                    r"twice|double\w*|half\sas\smuch\sagain|(?:more|most)\sexpensive|dearer"
                    r"|(?:a\s)?higher\s(?:rate|price|fee)|surcharge|premium|1\.5\stimes|\d+\s?%\s(?:more"
                    r"|extra|on\stop|dearer)|costs?\s(?:\w+\s)?more\b(?!\sthan\s\w+\s(?:ever|usual))"
                    r"|triple"
                ),
                "lower": (
                    r"cheaper|half\s(?:the\s)?price|at\shalf|less\sthan\sthe\sfirst|a\slower\s(?:rate"
                    r"|price)|\d+\s?%\s(?:less|off|cheaper)"
                ),
            },
        ),
    ),
    Aspect(
        "scope",
        "return of seats",
        words(r"seats?\b|licen[cs]es?\b"),
        _SEATS,
        *choice(
            {
                "possible": r"(?:can|may)\sbe\s(?:returned|given\sback|handed\sback|reduced|cancelled|dropped)\b",
                "not possible": (
                    r"(?:cannot|can\snot|may\snot|can['’]t)\sbe\s(?:returned|given\sback|handed\sback"
                    r"|reduced|cancelled)"
                ),
            },
            {
                "possible": (
                    r"(?:can|may|could)\s(?:\w+\s)?(?:hand|give|return|reduce"
                    r"|drop)\w*\s?(?:\w+\s){0,4}(?:back|fewer|down)?|hand(?:ed)?\s(?:\w+\s)?back"
                    r"|give\s(?:\w+\s){0,2}back"
                ),
                "not possible": (
                    r"(?:cannot|not|no\sway|never|n['’]t|nobody)\s(?:\w+\s){0,3}(?:return|give|hand|take"
                    r"|reduc|drop|refund)\w*|stays?\s(?:on\s(?:the|your)\s(?:bill|invoice)|paid)|(?:pay"
                    r"|paid|charged|billed)\s(?:\w+\s){0,4}(?:until|till|to)\sthe\send"
                    r"|whether\s(?:\w+\s){0,4}or\snot"
                ),
            },
        ),
        other=words(r"pass\w*|transfer\w*|successor|additional"),
    ),
    Aspect(
        "scope",
        "seats for external staff",
        words(
            r"(?:external|temporary|agency|outside)\s(?:staff|people|workers|users|colleagues|employees)|contractors?\b|freelancers?\b|temps\b|partners\b|third\sparties"
        ),
        words(r"(?:agency|temporary|outside|external)\w*|contractors?|freelancers?|subcontractors?|own\semployees"),
        *choice(
            {
                "allowed": r"(?:can|may|are\sallowed\sto)\s(?:also\s)?(?:use|work|log|sign|have)",
                "not allowed": r"(?:cannot|may\snot|must\snot|are\snot\sallowed|can['’]t)\b",
            },
            {
                "allowed": r"just\slike\s(?:your|the)|as\swell\b|also\b|too\b|welcome",
                "not allowed": (
                    r"only\s(?:\w+\s)?(?:your\s)?own\s(?:\w+\s)?(?:employees|people|staff)|(?:not|never"
                    r"|no)\s(?:\w+\s){0,3}(?:log|use|sign|allowed|covered|permitted|access|seat"
                    r"|licen[cs]e)|excluded|need\s(?:their|its|a\sseparate)"
                ),
            },
        ),
    ),
    Aspect(
        "scope",
        "kind of seats",
        words(r"(?:named|concurrent|floating|simultaneous)\s(?:seats?|licen[cs]es?|users?)"),
        words(r"seats?\b|licen[cs]es?\b|log(?:ged)?\sin\b|users\b"),
        *choice(
            {"concurrent": r"(?:concurrent|floating|simultaneous)\b", "named": r"named\b|personal\b"},
            {
                "concurrent": (
                    r"at\sthe\ssame\stime|at\sonce\b|share\s(?:a|the|one)\s(?:seat|login|licen[cs]e"
                    r"|account)|whoever\s(?:is|happens)"
                ),
                "named": (
                    r"tied\sto\s(?:a|one)|each\sperson\s(?:needs|has)|(?:cannot|may\snot|must\snot"
                    r"|not\sbe)\sshared?"
                ),
            },
        ),
    ),
    Aspect(
        "price",
        "price per seat",
        words(r"(?:each|every)\s(?:\w+\s)?(?:seat|user|licen[cs]e|person|head)\b"),
        words(
            r"(?:each|every|per|a|one)\s(?:\w+\s)?(?:seat|user|licen[cs]e|person|head|colleague|employee|login|account|name|workplace)\b"
        ),
        measures.rate,
        measures.rate,
        measures.same_rate,
        words(r"additional|extra|further|late|more\sseat|training|workshop|lunch|night"),
        denied=False,
    ),
)
