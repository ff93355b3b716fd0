"""Finds the next step in a message: who does what by when, by its words in English, German, French and Spanish."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import sentences

_NOBODY = (
    r"(?!(?:The|This|That|It|There|These|Those|Your|Our|Next|Kickoff|Go|Dear|Hello|Hi|Thank|Thanks|If|"
    r"When|As|And|But|So|We|I|You|Please|Der|Die|Das|Es|Le|La|Les|Il|El|Los|Las|Once|After|Before|"
    r"Until|What|Which|Everything|Nothing|Access|Training|Data|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|"
    r"Mon\w*day|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|January|February|March|April|May|"
    r"June|July|August|September|October|November|December|Montag|Dienstag|Mittwoch|Donnerstag|"
    r"Freitag|End|Close|Noon|Today|Tomorrow)\b)"
)
_NAME = (
    rf"\b{_NOBODY}[A-ZÄÖÜÉÀ](?>[\w'’-]{{1,30}})(?>(?:,? (?:and |und |et |y |de |von |van |"
    rf"da )?[A-ZÄÖÜÉ](?>[\w'’-]{{1,30}})){{0,4}})"
)
_VERBS = (
    "add|activate|arrange|book|bring|build|call|check|choose|close|collect|come|come "
    "back|complete|decide|demonstrate|discuss|configure|confirm|connect|create|"
    "deliver|do|draft|enter|explain|export|guide|handle|host|join|lead|fill in|finish|fix|follow "
    "up|get back|give|go through|hold|import|introduce|invite|load|"
    "map|meet|migrate|open|pick|plan|prepare|present|propose|provide|publish|receive|register|reply|report|return|review|"
    "run|schedule|send|set up|share|show|sign|start|submit|switch|take|talk|test|train|turn "
    "on|update|upload|verify|visit|walk|write"
)
_WHO = rf"(?:\b(?i:your|our|the) (?:\w+ )?(?:team|admin\w*|IT|engineers?|consultants?|trainers?|lead)|{_NAME})"
_PARTY = rf"(?:\b(?i:we|I|you|he|she|they|both of you)|{_WHO})"
# These name an owner by themselves: a request is the reader's to do, a promise is its subject's.
_REQUEST = as_pattern(
    r"(?:^|[:•*–-] )(?:upload|send|choose|confirm|reply|invite|complete|fill in|sign|check|test|name|"
    r"export|share|book|"
    r"open|review|tell) (?!us\b if)|"
    r"\b(?:please(?! (?:find|note|see|ignore|do not|don't|be aware|accept|feel|let (?:me|"
    r"us) know if you (?:have|need)))|could you|can you|"
    r"would you|will you|may we|can we|could we|shall we|tell (?:me|us)|let (?:me|us) know (?:which|"
    r"who|what|by|whether|when)|"
    r"we (?:need|ask) (?:\w+ ){0,6}(?:from|of) you|which of these|which (?:day|date|slot)\w*|"
    r"a (?:short )?(?:reply|yes|yes or no)|"
    r"send (?:me|us)|we need (?:your|the|a|an|two|three)|all (?:that )?you need to do|you (?:only )?(?:need|have) to|"
    r"bitte|könnten sie|können sie|würden sie|wir bitten sie|teilen sie uns|senden sie|schicken sie|"
    r"wir brauchen von ihnen|"
    r"merci de|veuillez|pourriez-vous|pouvez-vous|nous vous (?:prions|demandons|invitons)|dites-nous|envoyez-nous|"
    r"por favor|podría[ns]?|puede[ns]? (?:usted|ustedes|enviar\w*|confirmar\w*)|le[s]? (?:rogamos|"
    r"pedimos)|envíe[n]?(?:nos)?|confírme\w*)\b",
    re.I,
)
_PROMISE = as_pattern(
    rf"{_PARTY}(?: each| both| also| then| now| all)?(?:['’]ll|['’](?:m|re) going to| will| shall|"
    rf" is going to| are going to| am going to)\b(?! be (?:able|happy|glad|delighted|pleased)| (?:see|"
    rf"notice|find|enjoy|love)\b)"
    rf"|{_PARTY} (?:each |both |also |then )?(?:{_VERBS})s?\b"
    rf"|{_WHO} \w+s (?:you|the|your|us|our|this|it)\b"
    r"|\b(?i:wir|ich|Ihr Team|unser Team) (?:werden?|senden?|schicken?|melden?|laden?|richten?|rufen?|"
    r"legen?|stellen?|prüfen?|importieren?|schalten?|erstellen?|bereiten?|übernehmen?|beginnen?|"
    r"starten?|liefern?|brauchen?)\b"
    r"|\b(?:sendet|schickt|meldet|erhalten|bekommen) (?:Ihnen|uns|sich|Sie|wir|ich)\b|"
    r"\bSie (?:erhalten|bekommen)\b|\b(?i:senden|schicken|melden|laden|prüfen|richten) wir\b|"
    r"\b(?:sende|schicke|melde) ich\b"
    r"|\b(?i:nous|je) (?:vous )?(?:allons|vais|enverrons|enverrai|envoyons|envoie|préparons|prépare|"
    r"importons|importerons|appellerons|rappellerai|reviendrons|organisons|planifions|configurons|"
    r"commençons)\b|\b(?i:vous) (?:recevrez|recevez)\b"
    r"|\b(?i:nosotros |yo )?(?:[Ll]e[s]? |[Oo]s |[Tt]e )?(?i:enviaremos|enviaré|enviamos|envío|"
    r"mandaremos|importaremos|llamaremos|prepararemos|configuraremos|confirmaremos|haremos|vamos a)\b|"
    r"\b(?:recibirá[n]?)\b",
)
# A step, but nobody's unless a name or a word like "we" stands beside it.
_STEP = as_pattern(
    r"\b(?:next steps?|next|to do|action|outstanding|open item|nächste[rs]? schritte?|prochaine étape|"
    r"próximo paso|siguiente paso) ?:|"
    r"\b(?:will|must|should|needs? to|has to|is to) be (?:\w+ )?\w+(?:ed|en|t|e|n)\b|\b(?:is|"
    r"are) due\b|\bdeadline\b|\b(?:wird|werden) (?:\S+ ){0,6}\w+(?:t|en)\b|"
    r"\b(?:sera|seront) \w+é\w*|\bserá[n]? \w+d[oa]s?\b",
    re.I,
)
_OWNER = as_pattern(
    rf"\b(?:we|I|you|us|me|wir|ich|Sie|nous|je|vous|nosotros|usted|ustedes)\b|\bby (?:{_NAME}|us|you|"
    rf"our team|your team)|\b(?:owner|verantwortlich|responsable)\b ?:? ?{_NAME}"
)
_MONTH = (
    "jan(?:uary|uar|vier|\\.)?|feb(?:ruary|ruar|\\.)?|february|mar(?:ch|\\.)?|märz|mars|apr(?:il|\\.)?|may|mai|june?|jun[io]+|july?|juli|juil\\w*|aug(?:ust|\\.)?|août|"
    "sep(?:t|tember|tembre|\\.)?|oct(?:ober|obre|\\.)?|okt(?:ober|\\.)?|nov(?:ember|embre|\\.)?|dec(?:ember|\\.)?|dez(?:ember|\\.)?|déc(?:embre|\\.)?|"
    "février|avril|juin|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_DATE = as_pattern(
    rf"\b(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}[./]\d{{1,2}}(?:[./](?:\d{{4}}|\d{{2}}))?(?!\d)|"
    rf"\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?: of| de)? (?:{_MONTH})\b|(?:{_MONTH}) \d{{1,2}}\b|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:montag|dienstag|mittwoch|donnerstag|freitag|"
    r"samstag)\w*|(?:lundi|mardi|mercredi|jeudi|vendredi)\b|(?:lunes|martes|miércoles|jueves|"
    r"viernes)\b|"
    r"today\b|tonight\b|tomorrow\b|(?:this|the same|the next|same|next|following) (?:business |"
    r"working )?(?:day|morning|afternoon|week)\b|(?:end|close|beginning) of (?:the |this |"
    r"next )?(?:business|day|week|month)\b|eod\b|eow\b|"
    r"(?:within|in|no later than) (?:the next )?(?:\d+|a|an|one|two|three|four|five|ten|24|"
    r"48) (?:business |working )?(?:hours?|days?|weeks?)\b|"
    r"heute\b|morgen\b|ende (?:der|dieser|nächster) woche|(?:diese|nächste|kommende)[rn]? woche|"
    r"innerhalb von \w+ (?:werk)?tagen|binnen \w+ tagen|demain\b|aujourd'hui\b|(?:cette|"
    r"la) semaine(?: prochaine)?|d'ici \w+ jours|sous \w+ (?:jours|heures)|"
    r"mañana\b|hoy\b|(?:esta|la próxima) semana|en \w+ días)|\d{1,2}月\d{1,2}日",
    re.I,
)
# Words that no text of the language does without.
_KNOWN = frozenset(
    "the and to you your we is of in for on with it this that are have will der die das und sie wir "  # noqa: SIM905
    "ihr ihre ist zu mit für nicht den dem "
    "ein eine auf le la les et vous nous votre est de des pour dans que un une sur el los las y su "
    "para con en por del se".split()
)
_WORD = as_pattern(r"[^\W\d_]+")
_PARAGRAPH = as_pattern(r"\n[ \t]*\n")
LACKS = {
    "step": "what happens next",
    "owner": "who does it",
    "date": "by when",
}


@dataclass(frozen=True)
class NextStep:
    """The sentence that comes closest to a next step ("" for none) and what it lacks: "step", "owner", "date"."""

    passage: str
    lacks: tuple[str, ...]


def is_known_language(text: str) -> bool:
    """Whether the text is in a language in which steps can be found, or too short to tell."""
    words = [word.casefold() for word in _WORD.findall(text[:4000])]
    known = sum(word in _KNOWN for word in words)
    foreign = sum(not word.isascii() for word in words)
    return known * 12 >= len(words) if len(words) >= 8 else foreign * 2 <= len(words)


def next_step(text: str) -> NextStep:
    """The first step with an owner and a date, or else the nearest to one. The date may stand in the sentence before or
    in the two that follow."""
    best = NextStep("", ("step", "owner", "date"))
    for paragraph in _PARAGRAPH.split(text):
        said = [" ".join(one.split()) for one in sentences(paragraph)]
        for number, one in enumerate(said):
            owner = _has_owner(one)
            if owner is None:
                continue
            date = any(_DATE.search(near) for near in said[max(0, number - 1) : number + 3])
            lacks = tuple(name for name, there in (("owner", owner), ("date", date)) if not there)
            if len(lacks) < len(best.lacks):
                best = NextStep(one, lacks)
            if not lacks:
                return best
    return best


def _has_owner(one: str) -> bool | None:
    """Whether the step in a sentence has an owner; None when there is no step in it."""
    if _REQUEST.search(one) or _PROMISE.search(one):
        return True
    return bool(_OWNER.search(one)) if _STEP.search(one) else None
