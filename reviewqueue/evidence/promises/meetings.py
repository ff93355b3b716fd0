"""The sides of the kickoff and of the training: where, when, how long, in which language and by whom they are held."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import compare, hours, measures
from reviewqueue.evidence.promises.aspects import NEVER, Aspect, Words, choice, words

_TRAINING = words(
    r"learn\w*|train(?:ing|ings|er|ers|ed|s)?\b|teach\w*|taught|lessons?\b|class(?:es)?\b|courses?\b|instruct\w*|session\b|sessions\b"
)

_KICKOFF = words(r"kick-?\s?off|kick(?:s|ing)?\s(?:the\sproject|things|it|us)\soff")

_OPENING = words(
    r"(?:first|opening|initial|starting|introductory)\s(?:meeting|call|session|workshop|day|get-together|appointment)|the\sopening\b|open(?:s|ing)?\sthe\sproject|get\s(?:going|started)\b|(?:start|begin)(?:s|ing)?\sthe\sproject"
    r"|project\sstart|start\sof\sthe\sproject|sit\sdown\sfor\sthe\sfirst|meet\sfor\sthe\sfirst|see\seach\sother\sfor\sthe\sfirst|get\sto\sknow\seach"
)

_MATERIAL = words(
    r"slides?\b|handouts?\b|cards?\b|material\w*|manuals?\b|documents?\b|subtitles?\b|invitations?\b|minutes\b(?=\s(?:are|come|of)\b)|question\sround|recordings?\b|video\sof"
    r"|follow-?up\b|booklets?\b|hand-?books?\b|agenda\b|links?\s(?:is|are)\sfor"
)

_SCREEN = (
    r"online\b|remote(?:ly)?\b|virtual(?:ly)?\b|webinars?\b|zoom\b|teams\scall|webex|(?:by|over|via|on|through|as\sa|per)\s(?:a\s)?(?:video\w*|zoom|teams|screen|webex|phone|internet)\b"
    r"|video\s(?:call|conference|link|meeting)|(?:on|in\sfront\sof)\s(?:a|the|your|our|their)\s(?:own\s)?screens?\b"
)

_NO_PLACE = words(r"https?:|is\sblocked|training\sroom")

_FAR = (
    r"(?:nobody|no\sone|none\sof\sus|we\sdo\snot)\s(?:\w+\s){0,3}(?:travel\w*|drive\w*|come\sover)|no\sneed\sto\s(?:travel|put\sus\sup|book)|from\s(?:his|her|their|our|the|your|my)\s(?:own\s)?(?:desks?|offices?|home|kitchen)\b"
    r"|at\s(?:their|your|his|her)\sown\sdesks?|(?:dial|log|call)\s?-?in\slink|link\s(?:\w+\s){0,5}follows|send\s(?:\w+\s){0,2}(?:a\s|the\s)?(?:dial-in|meeting\s)?link|dial\sin\b|headsets?\b|cameras?\b"
    r"|without\s(?:\w+\s)?travel\w*|no\s(?:trip|travel)|stays?\s(?:at\shome|where)|from\s(?:a\s)?distance|from\safar|(?:we|he|she|trainer|teacher)\s(?:\w+\s)?stays?\s(?:in|at|here|home)\b"
)

_THERE = (
    r"on[\s-]?site\b|in\sperson\b|face\sto\sface|in\sthe\sflesh|(?:at|in|to)\syour\s(?:own\s)?(?:office|site|premises|place|building|rooms?|hall|house|canteen|plant|headquarters|warehouse|meeting\sroom|gate|doorstep)s?\b"
    r"|travels?\sto\syou|comes?\sto\s(?:you|see\syou|your)\b|in\s(?:the\ssame|one)\sroom|visit(?:s|ing)?\syou|at\syour\send|sit\s(?:\w+\s)?(?:in\syour|beside|next\sto)|drives?\s(?:\w+\s)?to\syou|come\s(?:over\s)?to\s(?:you|[A-Z]\w+)\sfor|shak(?:e|ing)\shands"
)

_DAY = {
    "half a day": r"half\sa\sday|half-day|half\sday",
    "a whole day": r"(?:a|the|one)\s(?:whole|full|entire)\sday|full-day|all\sday\b|day-long",
}

_MORE_DAY = {
    "half a day": (
        r"only\sthe\smorning|(?:over|finished|done|through|home|free\sagain)\s(?:by|before|at"
        r"|after)\s(?:lunch|noon|midday)|just\sthe\s(?:morning|afternoon)|(?:two|2|three|3|four"
        r"|4)\shours\b"
    ),
    "a whole day": (
        r"(?:whole|full|entire)\sday|from\smorning\s(?:to|till|until)\s(?:evening|night)"
        r"|until\sthe\sevening|both\sbefore\sand\safter\slunch|(?:finish|end|done|through"
        r"|until)\w*\s(?:\w+\s)?(?:at|around|by|about)?\s?(?:4|5|6|17|18)\b"
        r"|(?:eight|8)\shours\b|(?:two|2)\sdays\b"
    ),
}

_LEADS = as_pattern(
    r"\b(?P<who>[A-ZÄÖÜ][\w’'-]+(?:\s[A-ZÄÖÜ][\w’'-]+)?)\s(?:(?:will|is\sgoing\sto|shall)\s)?"
    r"(?:leads?|runs?|hosts?|chairs?|holds?|moderates?|heads?|gives?|teaches|teach|conducts?|opens?|steps\sin|stands?\sin|takes?\sover|does|guides?|trains?|delivers?)\b"
    r"|\b(?:led|run|hosted|chaired|held|moderated|given|taught|opened|conducted|guided)\sby\s(?:my\scolleague\s|our\strainer\s)?(?P<by>[A-ZÄÖÜ][\w’'-]+(?:\s[A-ZÄÖÜ][\w’'-]+)?)"
)

_NOBODY = as_pattern(
    r"(?:We|I|You|He|She|It|They|Our|Your|The|This|That|Who|Whoever|Nobody|Everybody|Everyone|Somebody|Someone|My|One|Each|Every|Both|All|January|February|March|April|May|June|July"
    r"|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Next|Then|There|Hello|Dear|Training|Kickoff|Northbeam|Support|Team|No|In|On|As|A|An)\b"
)

_PEOPLE = r"(?:people|persons?|participants?|colleagues|employees|users|heads|attendees|trainees|learners)"

_GROUP = words(
    rf"(?:at\smost\s|up\sto\s|no\smore\sthan\s|maximum\sof\s)(?P<most>\d+)\s(?:of\syour\s)?(?:\w+\s)?{_PEOPLE}\b|(?P<all>\d+)\s(?:of\s(?:your|them)\s)?(?:\w+\s)?{_PEOPLE}\s(?:\w+\s){{0,3}}(?:in|into|per|for|at)\s(?:(?:the\s)?(?:one|a|the\ssame|each|every|a\ssingle)\s)?(?:session|room|lesson|class|group|training|day|go)\b"
    r"|(?:holds?|takes?|fits?|seats|has\sroom\sfor|is\sfor|limited\sto|with)\s(?:up\sto\s|a\smaximum\sof\s)?(?P<room>\d+)\s"
    rf"(?:\w+\s)?{_PEOPLE}\b|(?P<fit>\d+)\s(?:of\s(?:you|them)\s)?(?:fit|sit|are)\s(?:\w+\s)?(?:in|into)\s(?:one|a|each|the\ssame)\b|groups?\sof\s(?P<group>\d+)\b"
)


def leader(sentence: str) -> str:
    """Who leads something, by name; "" for nobody, or several."""
    found = {one["who"] or one["by"] for one in _LEADS.finditer(sentence)}
    names = {one for one in found if not _NOBODY.match(one)}
    return names.pop() if len(names) == 1 else ""


def group(sentence: str) -> str:
    """How many take part in one session at most."""
    found = {next(filter(None, one.groups())) for one in _GROUP.finditer(sentence)}
    return found.pop() if len(found) == 1 else ""


_LESSONS = words(
    r"(?P<many>\d+|one|a\ssingle|only\sone)\s(?:full\s|whole\s|training\s)?(?:days?\sof\s(?:lessons|training|teaching|courses|classes)|lessons?|sessions?|training\sdays?|trainings?|courses?|classes)\b"
)


def count(sentence: str) -> str:
    """How many lessons there are; "" for none, or several numbers."""
    found = {one["many"].casefold() for one in _LESSONS.finditer(sentence)}
    return "1" if found & {"one", "a single", "only one"} else found.pop() if len(found) == 1 else ""


def begins(sentence: str) -> str:
    """When something begins, in minutes of the day: "600-600"; "" for nothing."""
    found = hours.begins(sentence)
    return f"{found[0]}-{found[1]}" if found else ""


def clock(sentence: str) -> str:
    """When something begins, on the clock: "10:00"; "" for a part of a day, or nothing."""
    found = hours.begins(sentence)
    return f"{found[0] // 60}:{found[0] % 60:02}" if found and found[0] == found[1] else ""


def _same_begin(said: str, held: str) -> bool:
    if ":" in held:
        hour, _, minute = held.partition(":")
        held = f"{int(hour) * 60 + int(minute)}-{int(hour) * 60 + int(minute)}"
    (first, last), (left, right) = (map(int, one.split("-")) for one in (said, held))
    return first <= right + 10 and left <= last + 10


def _same_group(said: str, held: str) -> bool:
    return said == held


def _person(one: str, other: str) -> bool:
    return compare.same("owner", one, other)


def _same_city(one: str, other: str) -> bool:
    return one == other


def _held(name: str, about: Words, wider: Words, other: Words = NEVER) -> tuple[Aspect, ...]:
    """The sides of a meeting or a training: where, when, how long, in which language and by whom it is held."""
    where = choice({"on site": _THERE, "online": _SCREEN}, {"online": _FAR})
    begun = words(r"beg[iu]n\w*|start\w*|open\w*|at\s(?:\d|noon|half|quarter)|after\slunch|afternoon|morning|meet\b")
    return (
        Aspect(
            "scope",
            f"place of the {name}",
            about,
            wider,
            *where,
            other=words(rf"(?:{_MATERIAL.pattern}|{_NO_PLACE.pattern})"),
        ),
        Aspect(
            "scope",
            f"city of the {name}",
            about,
            wider,
            measures.city,
            measures.city,
            _same_city,
            _MATERIAL,
            keeps=False,
            denied=False,
        ),
        Aspect(
            "scope",
            f"length of the {name}",
            about,
            wider,
            *choice(_DAY, _MORE_DAY),
            other=words(r"\d+\s(?:training\s)?days\b|days\sof\b|first\sday|second\sday"),
        ),
        Aspect(
            "scope",
            f"language of the {name}",
            about,
            wider,
            lambda said: measures.languages(said) if _SPOKEN.search(said) else "",
            measures.spoken,
            measures.same_languages,
            _MATERIAL,
            keeps=name == "kickoff",
        ),
        Aspect("owner", f"{name}: who leads", about, wider, leader, leader, _person, other, denied=False),
        *(
            (
                Aspect(
                    "scope",
                    f"hour of the {name}",
                    about,
                    wider,
                    lambda said: clock(said) if begun.search(said) else "",
                    lambda said: begins(said) if begun.search(said) else "",
                    _same_begin,
                    _NO_START,
                    denied=False,
                    shows=False,
                ),
            )
            if name == "kickoff"
            else ()
        ),
    )


_SPOKEN = words(r"(?:is|are|be|takes?\splace|given|held|speaks?|spoken|in)\b")

_NO_START = words(
    r"dinner|arriv\w*|doors?\b|coffee|keep\sthe|finish\w*|ends?\b|until\b|through\b|agenda|days?\safter|by\se-?mail"
)

MEETINGS: tuple[Aspect, ...] = (
    *_held("kickoff", _KICKOFF, _OPENING, words(r"minutes\b(?=\s|$)(?!\safter)|tickets?\b")),
    *_held("training", words(r"trainings?\b(?!\s(?:material|data|video))|training\s(?:days?|sessions?)"), _TRAINING),
    Aspect(
        "scope",
        "people in a training session",
        words(r"train(?:ing|ings)\b"),
        _TRAINING,
        group,
        group,
        _same_group,
        words(r"log\sin|licen[cs]e"),
        denied=False,
    ),
    Aspect(
        "scope",
        "trainings",
        words(r"(?!)"),
        _TRAINING,
        count,
        count,
        other=words(
            r"per\b|each\b|every\b|another|additional|extra|further|already|first\b|last\b|films?\b|portal|find\b|people\b|participants|group|office\steam|hours|more\b|beside|between|after\b|before\b"
        ),
        keeps=False,
        denied=False,
    ),
    Aspect(
        "scope",
        "training before or after go-live",
        words(r"train(?:ed|ing|ings)\b"),
        _TRAINING,
        *choice(
            {
                "before": r"before\s(?:the\s)?(?:go-live|launch|start)",
                "after": r"after\s(?:the\s)?(?:go-live|launch|start)",
            },
            {
                "before": (
                    r"before\s(?:we|you|they|it|the\ssystem|anybody)\s(?:\w+\s){0,2}(?:go|goes|start"
                    r"|switch|works?|touch|launch|is)|in\stime\sfor\s(?:the\s)?(?:go-live|launch)"
                    r"|ahead\sof\s(?:the\s)?(?:go-live|launch)"
                ),
                "after": (
                    r"(?:after|once|when|as\ssoon\sas|weeks?\sinto)\s(?:we|you|they|it|the\s\w+"
                    r"|everything)\s(?:\w+\s){0,2}(?:live|runs?|running|gone|started|works|launch)"
                    r"|only\safter\s|first\swe\s(?:switch|go|start)|weeks?\safterwards|(?:weeks?|month)\safter\s(?:the\s)?(?:go-live|launch|switch)"
                ),
            },
        ),
    ),
    Aspect(
        "scope",
        "who is trained",
        words(r"train(?:ed|ing|ings)\b"),
        _TRAINING,
        *choice(
            {
                "all users": (
                    r"(?:all|every)\s(?:\w+\s)?(?:users?|employees|staff|colleagues|teams)\b|everyone\b"
                    r"|everybody\b"
                ),
                "no more than key users": r"(?:only|just)\s(?:the\s|your\s)?key\susers|key\susers\sonly",
            },
            {
                "no more than key users": (
                    r"key\susers\b[^.]{0,40}\b(?:others|rest|pass|colleagues|teams)|(?:only"
                    r"|just)\s(?:the\s|your\s|a\sfew\s|some\s|\d+\s)?(?:\w+\s)?(?:leads?|managers?|key"
                    r"|administrators|half|handful)|(?:the\s)?(?:others|rest"
                    r"|remaining)\s(?:\w+\s){0,3}(?:learn|teach|read|watch|from\s(?:them|each))"
                    r"|pass(?:es)?\s(?:it|this|the\sknowledge)\son"
                )
            },
        ),
    ),
    Aspect(
        "scope",
        "sites at go-live",
        words(r"(?:sites|depots|branches|locations|plants|offices|warehouses|teams|clinics|stores)\b"),
        words(r"site\b|depots?\b|everyone|everybody|together|live\b|switch\w*"),
        *choice(
            {
                "together": (
                    r"(?:live|start|launch|switch\w*)\s(?:all\s)?(?:together|at\sonce|at\sthe\ssame\stime"
                    r"|on\sthe\ssame\sday)|all\s(?:\w+\s)?(?:sites|depots|branches|locations|plants|stores"
                    r"|teams)\s(?:go|start|launch|switch)"
                ),
                "in steps": (
                    r"one\s(?:site|depot|branch)\safter\s(?:the\s)?(?:other|another)"
                    r"|one\safter\s(?:the\s)?(?:other|another)|in\s(?:two|three|four|several"
                    r"|\d+)\s(?:steps|stages|waves|phases)"
                ),
            },
            {
                "together": (
                    r"all\sat\sonce|on\sthe\ssame\s(?:day|mon|tues|wednes|thurs|fri|satur|sun)\w*|(?:no"
                    r"|not\sa\s|none)\s?(?:site|depot|branch)\s(?:has\sto\s)?wait\w*|at\sone\sgo|big\sbang"
                ),
                "in steps": (
                    r"(?:first|start\swith)\b[^.]{0,60}\b(?:follow|later|then\sthe|the\s(?:rest|others?"
                    r"|other\s\w+|remaining))|(?:the\s)?(?:others?|rest|remaining"
                    r"|other\s\w+)\s(?:\w+\s)?(?:follow|come|join|will\sfollow|later)|step\sby\sstep"
                    r"|gradual\w*|staggered|wave\sby"
                ),
            },
        ),
    ),
)
