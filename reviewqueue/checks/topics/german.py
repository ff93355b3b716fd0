"""German rules for the six topics."""

from __future__ import annotations

from reviewqueue.checks.topics.rules import rule

RULES = (
    # A changed go-live date.
    rule(
        "go-live-date",
        "0.85",
        "vers verz verl spät neue nach vorg vorz nich stat",
        r"go-?live|livegang|produktivstart|produktivsetzung|starttermin|inbetriebnahme|umstellungstermin|"
        r"einführungstermin|startdatum|der start |den start ",
        r"verschieb\w*|verschoben|verzöger\w*|verleg\w+|später als|neue[rn]? (?:termin|datum)|nach hinten|"
        r"vorgezogen|vorziehen|nicht (?:mehr )?(?:zu )?(?:halten|einhalten|einzuhalten|schaffen)|statt am",
        unless=r"nicht (?:verschoben|verschieben)|unverändert|keine verschiebung|wie geplant|"
        r"verschiebt sich nicht",
    ),
    # An explanation of a scope change.
    rule(
        "scope",
        "0.85",
        "umfa leis proj lief scop auft stat",
        r"""(?:leistungs|projekt|liefer)?umfang\w*|scope\b|auftrag|statement of work""",
        r"änder\w*|geändert|reduzier\w*|verringer\w*|erweiter\w*|kürz\w*|gekürzt|anpass\w*|angepasst|"
        r"nicht (?:mehr )?(?:im|zum|teil)|nicht (?:mehr )?enthalten|außerhalb|entfäll\w*|entfallen|"
        r"gestrichen",
        unless=r"nicht geändert|unverändert|ändert sich nicht|bleibt (?:gleich|wie)",
    ),
    # An executive escalation.
    rule(
        "escalation",
        "0.85",
        "eska wend eins einz vorl hinz",
        r"""eskal\w+|wenden?\b|einschalten|einzuschalten|vorlegen|hinzuziehen""",
        r"geschäftsführ\w*|vorstand\w*|geschäftsleitung|bereichsleit\w*|management|vorgesetzt\w*|leitung|"
        r"direktion",
        unless=r"eskalationsbericht",
    ),
    # A commercial commitment.
    rule(
        "commercial",
        "0.85",
        "raba prei nach kost ohne gara sich sage gutsc guts gebü sagt zum",
        r"rabatt\w*|preisnachlass|nachlass von|kostenlos\w*|kostenfrei\w*|ohne (?:aufpreis|mehrkosten|"
        r"zusatzkosten|berechnung)|garantier\w+|(?:sichern|sagen|sagt|sichert) (?:\w+ ){0,6}zu\b|"
        r"gutschrift|(?:preis|gebühr) (?:\w+ ){0,3}(?:bleibt|senk\w+|sinkt|entfällt)|zum (?:gleichen|"
        r"alten|selben) preis",
        r"""wir|ich|ihnen|ihr\w*|sie\b|bleibt|preis""",
        unless=r"rabatt(?:feld|spalte|code)|spalte|feld |nicht (?:garantieren|zusagen|zusichern)|sagt? (?:ihnen|"
        r"uns|mir)? ?(?:der|das|dieser) termin|termin",
    ),
    # Renewal, refund, downgrade.
    rule(
        "renewal",
        "0.85",
        "vert verl erst rück zurü down hera heru künd gekü klei",
        r"vertragsverlänger\w*|verlänger\w+|erstatt\w+|rückerstatt\w*|rückzahl\w*|zurückzahlen|"
        r"downgrade\w*|herabstuf\w*|heruntergestuft|kündig\w+|gekündigt|kleinere[sn]? paket",
        r"vertrag\w*|abo\b|abonnement|lizenz\w*|tarif|paket|gebühr\w*|betrag|geld|zahlung|rechnung|kosten|"
        r"plan\b|laufzeit|ihnen|ihrer kündigung",
        unless=r"zertifikat|passwort|token|reisekosten|bericht zu erstatten|bericht|kündigt sich|ankündig\w+|"
        r"angekündigt",
    ),
    # Blame.
    rule(
        "blame",
        "0.85",
        "weil da sola trot sie lieg ihr durc wart",
        r"(?:weil|da|solange) (?:\w+ ){0,2}?(?:sie|ihr (?:team|haus|kollege)|ihre \w+|"
        r"uns ihre?) (?:\S+ ){0,8}?(?:nicht|kein\w*|nie|versäum\w*|verspät\w*)|"
        r"trotz (?:\w+ ){0,2}(?:erinnerung\w*|nachfrage\w*|bitten)|sie haben (?:\S+ ){0,6}?(?:nicht|"
        r"versäumt|immer noch nicht|nie) (?:\S+ ){0,4}?(?:geschickt|gesendet|geliefert|geantwortet|"
        r"benannt|bestätigt|freigegeben|eingehalten|ausgefüllt|versäumt)|sie haben es versäumt|"
        r"liegt an ihnen|ihr versäumnis|ihre verzögerung|durch ihr verschulden|"
        r"warten (?:\w+ ){0,3}seit (?:\w+ ){0,2}(?:tagen|wochen) auf (?:sie|ihre)",
        unless=r"falls sie|wenn sie|sofern|sollten sie|nicht an ihnen",
    ),
)
