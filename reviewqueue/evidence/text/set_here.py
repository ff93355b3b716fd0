"""What a message sets by itself: the day it will be sent, the workshop it invites to, the next step it asks for. No
record can say it, so it raises no alarm."""

from __future__ import annotations

import re
from functools import lru_cache

_MEETING = (
    r"workshops?|trainings?|sessions?|calls?|meetings?|check-?ins?|stand-?ups?|webinars?|demos?|agenda|invit\w+"
    r"|appointment|slot|office hours"
    r"|termin\w*|schulung\w*|besprechung\w*|gespräch\w*|einladung|ateliers?|réunions?|formations?|rendez-vous"
    r"|reunión|reuniones|taller\w*|sesión|sesiones"
    r"|llamada|cita"
)
_ACTS = (
    r"send|sends|sending|share|call|write|report|come back|get back|follow up|prepare|join|meet|speak|talk"
    r"|schedule|walk|review|be in touch|circulate"
    r"|discuss|reply|return|confirm|upload|complete|fill in|let (?:me|us|you) know|reach out|provide|deliver"
    r"|collect|set up|invite|finish|check"
)
_HERE = re.compile(
    r"(?i)\b(?:next steps?|to-?dos?|action items?|nächste[rn]? schritte?|prochaines? étapes?|próximos? pasos?"
    rf"|(?:i|we|you|he|she|they|[a-z-]+ [a-z-]+|[a-z]+)(?:['’]ll| will| can| are going to| is going to"
            rf"|['’]d like to| would like to| plan to| propose to) (?:also |then |first )?"
    rf"(?:{_ACTS})|(?:i|we|let['’]?s)(?: am| are|['’]m|['’]re)? (?:{_ACTS})|see you|looking forward"
    rf"|please|kindly|bitte|merci de|por favor|send(?:s|ing)? (?:us|you|me)|let (?:me|us) know|by then"
    r"|(?:wir|ich|sie) (?:schick|send|meld|ruf|treff|sprech|bereit|melde|lad|besprech|prüf|bestätig|richt)\w*"
            r"|schick\w+|senden|melden uns|nous (?:vous )?(?:envoy|appel|rencontr)\w+"
    rf"|(?:le |les |la )?envia\w+|{_MEETING})\b"
)  # fmt: skip


@lru_cache(maxsize=4_096)
def sets(sentence: str) -> bool:
    """Whether a sentence asks for something, announces it or invites to it, so that its days are its own."""
    return _HERE.search(sentence) is not None
