"""The months, units, currencies and cue words that show what a number stands for, in English and German."""

from __future__ import annotations

from decimal import Decimal


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MONTHS = (
    "January Jan Januar Jänner janvier janv enero ene",
    "February Feb Februar Febr février févr febrero",
    "March Mar März Mär Maerz mars marzo",
    "April Apr avril avr abril",
    "May Mai mayo",
    "June Jun Juni juin junio",
    "July Jul Juli juillet juil julio",
    "August Aug août agosto",
    "September Sep Sept septembre septiembre",
    "October Oct Oktober Okt octobre octubre",
    "November Nov novembre noviembre",
    "December Dec Dezember Dez décembre déc diciembre dic",
)
MONTHS = {name.casefold(): number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
# Month names that are also English verbs or German words when they have no capital.
_ALSO_WORDS = ("may", "march", "mar", "jun", "dec", "sep", "mär", "jan", "mars")


def _month_names() -> str:
    names = sorted((name for line in _MONTHS for name in line.split()), key=len, reverse=True)
    spelled = [*names, *(name.upper() for name in names)]
    spelled += [name.casefold() for name in names if name.casefold() not in _ALSO_WORDS]
    return "|".join(dict.fromkeys(spelled))


MONTH = rf"(?:{_month_names()})"
_WEEKDAYS = (
    "Monday Mon Montag lundi lunes",
    "Tuesday Tue Tues Dienstag mardi martes",
    "Wednesday Wed Mittwoch mercredi miércoles",
    "Thursday Thu Thurs Donnerstag jeudi jueves",
    "Friday Fri Freitag vendredi viernes",
    "Saturday Sat Samstag samedi sábado",
    "Sunday Sun Sonntag dimanche domingo",
)
WEEKDAYS = {name.casefold(): number for number, names in enumerate(_WEEKDAYS) for name in names.split()}
WEEKDAY = rf"(?:{'|'.join(sorted(' '.join(_WEEKDAYS).split(), key=len, reverse=True))})"

NUMBERS = {
    word: Decimal(value)
    for value, words in {
        "0.5": "half",
        "1": "one ein eine einen einem einer",
        "2": "two zwei",
        "3": "three drei",
        "4": "four vier",
        "5": "five fünf",
        "6": "six sechs",
        "7": "seven sieben",
        "8": "eight acht",
        "9": "nine neun",
        "10": "ten zehn",
        "11": "eleven elf",
        "12": "twelve zwölf",
        "14": "fourteen vierzehn",
        "15": "fifteen fünfzehn",
        "18": "eighteen",
        "20": "twenty zwanzig",
        "24": "twenty-four",
        "30": "thirty dreißig",
        "40": "forty vierzig",
        "50": "fifty fünfzig",
        "60": "sixty sechzig",
        "90": "ninety neunzig",
        "100": "hundred hundert",
    }.items()
    for word in words.split()
}

# A unit of time as (how many, of what): weeks are days, years are months, hours are minutes.
_TIMES = {
    (1, "minute"): "min mins minute minutes Minute Minuten minuto minutos",
    (60, "minute"): "h hr hrs hour hours Stunde Stunden Std heure heures hora horas",
    (1, "day"): "day days Tag Tage Tagen jour jours día días dias dag dagen",
    (1, "business day"): "Arbeitstag Arbeitstage Arbeitstagen Werktag Werktage Werktagen",
    (7, "day"): "wk wks week weeks Woche Wochen semaine semaines semana semanas weken",
    (1, "month"): "mo mos mth mths month months Monat Monate Monaten mois mes meses maand maanden",
    (3, "month"): "quarter quarters Quartal Quartale Quartalen trimestre trimestres",
    (12, "month"): "yr yrs year years Jahr Jahre Jahren ans année années año años",
}
TIMES = {name: unit for unit, names in _TIMES.items() for name in names.split()}
TIME = rf"(?:{'|'.join(sorted(TIMES, key=len, reverse=True))})"
WORKING = r"(?:business|working|work)"

SEATS = _set(
    """seat seats licence licences license licenses user users Nutzer Nutzern Benutzer Benutzern Anwender
    Anwendern Platz Plätze Plätzen Lizenz Lizenzen Sitz Sitze Sitzen utilisateur utilisateurs utilisatrices usuarios
    usuario licencias licencia"""
)
# Seats that are surely bought ones; users may also be those who come to a training.
BOUGHT = _set("seat seats licence licences license licenses Platz Plätze Plätzen Lizenz Lizenzen")

# A number after one of these is a thing's name: Step 2, ISO 27001, Rows 118 to 131.
LABELS = _set(
    """step phase stage section page row rows line lines column columns figure fig table chapter item items no nos nr
    number numbers nummer version release level tier room floor building week kw day tag sprint grade class task
    question part article clause annex appendix schedule option group ticket case order invoice rechnung bestellung
    route gate port error status code top schritt seite zeile kapitel abschnitt artikel punkt team model iso
    soc http tls v ext extension id slide q zone wave milestone revision draft paragraph § suite box track
    region series windows office rule nps"""
)
# Words after a number that show that it counts nothing.
NO_NOUNS = _set(
    """and or to of the for with in on at is was are were am pm per who as by from today more each if it we you
    they not than when until till before after and/or but that this which und oder bis von der die das dem den
    im am zu mit pro times uhr o'clock th st nd rd mal one would could then now so again out up ago have has had
    will can should must need do does did may or wanted needed planned expected left open done dans et ou du des pour
    sur au aux à le la les que qui par en avec sans chez puis y o con para por del al los las una el se sich auf aus bei
    nach zur zum als wie dont où monthly quarterly yearly others"""
)
# Counting these says nothing about the customer.
TRIVIAL = _set(
    """thing things question questions step steps point points option options way ways topic topics bullet
    bullets word words attachment attachments idea ideas item items line lines place places dinge fragen
    punkte schritte slides slide page pages proposal proposals date dates test example examples people star
    stars reasons reason degrees prochaines prochains premières premiers dernières derniers étapes points mots pages
    choses fois personnes nächsten ersten letzten weiteren próximos próximas primeros primeras pasos veces cosas
    personas Personen"""
)
_MEETING = """call calls meeting meetings session sessions training trainings workshop demo slot slots chat talk
    walk-through
    walkthrough stand-up standup webinar interview break review agenda kickoff kick-off termin
    gespräch besprechung"""
MEETING = "|".join(_MEETING.split())
