"""What a message sets by itself: the day it will be sent, the workshop it invites to, the next step it asks for. No
record can say it, so it raises no alarm."""

from __future__ import annotations

from functools import lru_cache

from reviewqueue.core.patterns import as_pattern

_MEETING = (
    r"workshops?|trainings?|sessions?|calls?|meetings?|check-?ins?|stand-?ups?|webinars?|demos?|agenda|invit\w+"
    r"|appointment|slot|office hours|dry runs?|rehearsals?|walk-?throughs?|check-?points?|go/no-go|retro\w*"
    r"|generalproben?|probelauf|répétitions?"
    r"|termin\w*|schulung\w*|besprechung\w*|gespräch\w*|einladung|ateliers?|réunions?|formations?|rendez-vous"
    r"|reunión|reuniones|taller\w*|sesión|sesiones"
    r"|llamada|cita"
)
_ACTS = (
    r"send|sends|sending|share|call|write|report|come back|get back|follow up|prepare|join|meet|speak|talk"
    r"|schedule|walk|review|be in touch|circulate"
    r"|grab|book|block|hold|reserve|discuss|reply|return|confirm|upload|complete|fill in"
    r"|let (?:me|us|you) know|reach out|provide|deliver"
    r"|collect|set up|invite|finish|check"
)
_HERE = as_pattern(
    r"(?i)(?:\A\W*next ?:|\b(?:next steps?|to-?dos?|action items?|nächste[rn]? schritte?|prochaines? étapes?|próximos?"
    r" pasos?"
    rf"|(?:i|we|you|he|she|they|[a-z-]+ [a-z-]+|[a-z]+)(?:['’]ll| will| can| are going to| is going to"
            rf"|['’]d like to| would like to| plan to| propose to) (?:also |then |first )?"
    rf"(?:{_ACTS})|(?:i|we|let['’]?s|let us)(?: am| are|['’]m|['’]re)? (?:{_ACTS})|see you|looking forward"
    rf"|please|kindly|bitte|merci de|por favor|send(?:s|ing)? (?:us|you|me)|let (?:me|us) know|by then"
    r"|(?:we|i)['’]d (?:start|suggest|propose|need|begin)|suggest\w*|propos\w+|(?:how|what) about"
    r"|schlag\w*|vorschlag\w*"
    r"|propongo|you(?:['’]ll| will)? (?:receive|get|hear)\b|need(?:s|ed)? from (?:each of )?you"
    r"|expects?|await\w*|answer to each"
    r"|(?:is|are) enough|suffices?|tell (?:me|us)|genügt|reicht|erwart\w+|suffit|attend\w*|basta|recib\w+"
    r"|(?:wir|ich|sie) (?:schick|send|meld|ruf|treff|sprech|bereit|melde|lad|besprech|prüf|bestätig|richt)\w*"
            r"|schick\w+|senden|melden uns|nous (?:vous )?(?:envoy|appel|rencontr)\w+"
    rf"|(?:le |les |la )?envia\w+|{_MEETING})\b)"
)  # fmt: skip


_AT_CLOCK = as_pattern(
    r"(?i)\b\d{1,2}(?:[:.]\d{2})? ?(?:[ap]\.?m\b|uhr\b|o['’]clock)|\b\d{1,2}:\d{2}\b"
    r"|\b\d{1,2} ?h(?: ?\d{2})?\b"
)


@lru_cache(maxsize=4_096)
def sets(sentence: str) -> bool:
    """Whether a sentence asks for something, announces it, invites to it or says its time of day, so that its days are
    its own."""
    return _HERE.search(sentence) is not None or _AT_CLOCK.search(sentence) is not None
