"""The table of concepts: for each its key, the kinds of value it is, the words of a field's name, the words of a
sentence in English, German, French and Spanish, and the concepts whose values bear it out too."""

from __future__ import annotations

from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern


class Concept(NamedTuple):
    """One concept. `fields` and `said` are alternatives of a pattern, whole words in lower case; `also` the keys of
    concepts whose value says it as well."""

    key: str
    kinds: tuple[str, ...]
    fields: str
    said: str
    also: frozenset[str] = frozenset()

    @property
    def group(self) -> str:
        """The key as the name of a group."""
        return self.key.replace("-", "_")


def _also(keys: str) -> frozenset[str]:
    return frozenset(keys.split())


_DATE, _MONEY, _PERCENT, _TIME, _NAME = ("date",), ("money",), ("percent",), ("duration",), ("name",)

_DATES = (
    Concept("pilot", _DATE, r"pilot\w*(?: start)?(?: date)?|soft launch|phase 1 launch|uat",
            r"(?<!of )(?<!after the )(?<!nach dem )(?<!wochen )(?<!if the )(?<!from )pilot\w*|first, from"
            r"|soft launch|trial run|test run|guinea pig|(?:goes|go|went|be) first|tr(?:y|ies) it(?: out)?|first taste"
            r"|probe(?:betrieb|lauf)\w*|testbetrieb|als erste[rs]?|essai|pilote|en éclaireur|ouvre le bal|marcha blanca"
            r"|prueba piloto|piloto"),
    Concept("training", _DATE, r"training(?: date)?|schulung\w*|formation|formación",
            r"train(?:s|ed|ing)?|schul(?:en|ung\w*|t)|einschulung\w*|formación|formation|former|capacitación"),
    Concept("go-live", _DATE, r"go ?lives?(?: date)?|golivedate|golive|live date|launch(?: date)?"
            r"|production(?: date)?|roll ?out\w*|cut ?over"
            r"|\w+ live|firmwide|produktiv\w+|mise en service|salida en vivo|lan[cç]amento",
            r"go(?:es|ing)?[- ]?lives?|went live|(?:be|are|is) live|live (?:on|by|from|am|ab|date)"
            r"|geh(?:t|en) (?:\w{1,20} ){0,3}live|launch(?:es|ed|ing)?"
            r"|production (?:start|begin|date)s?|in production|(?:produktiv|echt)\w*|inbetriebnahme|livegang"
            r"|livestart|live gehen|geht live"
            r"|roll-?\s?outs?|rolled out|(?:switch|cut|chang|com)\w* over|cutover|umgestellt|umstell\w+|freigeschaltet"
            r"|bascul\w+|a partir de entonces|(?:all|every|whole|entire) \w+(?: \w+)? (?:uses?|works?|runs?|on it)"
            r"|mise en (?:service|production|ligne)|pass\w+ en production|en production|puesta en (?:marcha"
            r"|producción)|salida (?:en vivo"
            r"|a producción)|arranque"),
    Concept("kickoff", _DATE, r"kick ?off(?: date| call| meeting)?|kickoffdate",
            r"kick-?\s?offs?|kicks? off|auftakt\w*|réunion de lancement|lancement|reunión inicial", _also("meeting")),
    Concept("close", _DATE, r"close ?date|closed(?: ?won)?(?: date)?|hs closed\w*|closed at|signed(?: date| on"
            r"| at)?|signature(?: date)?"
            r"|company signed date|customer signed date|activated ?date|won(?: date| at)?",
            r"clos(?:e|es|ed|ing)(?: date)?|sign(?:ed|ature|ing|s)?|deal was won|won on|unterschr\w+"
            r"|unterzeichn\w+|abgeschlossen|abschluss"
            r"|vertragsabschluss|signé\w*|signature|firm(?:a|ado|amos|ó)|ordered on|placed the order|bestellt am"),
    Concept("start", _DATE, r"start(?: date| ?ed)?(?: at)?|startdate|begin(?:s|ning)?(?: date)?|effective ?date"
            r"|activation(?: date)?"
            r"|service start|period start|commence\w*|started at|activated at",
            r"start(?:s|ed|ing)?(?: date)?|begin(?:s|ning)?|began|begun|effective (?:from|on|date)|commenc\w+"
            r"|first (?:\w+ )?day|beginn\w*|begonnen|begann|starte[nt]|ab dem"
            r"|(?:contract|subscription|term|licen[cs]e) runs? from|läuft ab|laufzeitbeginn|vertragsbeginn"
            r"|commence|débute|(?:contrat|abonnement|projet) (?:\w+ )?démarr\w+|prend effet|entre en vigueur"
            r"|début|empieza|comienza|inicio"
            r"|inicia",
            _also("kickoff go-live pilot")),
    Concept("renewal", _DATE, r"renew\w*(?: date| at)?|next bill\w*(?: at| date)?|next renewal\w*",
            r"(?:auto-?)?renew\w*|verlänger\w+|renouvel\w+|renov\w+|renueva", _also("end")),
    Concept("end", _DATE, r"end(?:s|ed)?(?: date)?(?: at)?|enddate|expir\w+(?: date| at)?|term end|period end"
            r"|cancel at|cancelled at",
            r"ends?(?: date)?|ended|ending|expir\w+|runs? (?:until|to|through|till)|valid until|lapse[sd]?"
            r"|ende[nt]?|endet|läuft \w{0,20} ?(?:aus|bis)"
            r"|vertragsende|laufzeitende|se termine|prend fin|expire|fin du contrat|termina|finaliza|vence",
            _also("renewal")),
    Concept("due", _DATE, r"due(?: date| on| at)?|duedate|payment due|pay by",
            r"(?:payment|invoice|bill|instalment|rechnung|zahlung|fee|amount) (?:\S+ ){0,3}(?:due|payable|paid"
            r"|fällig\w*)"
            r"|payable|pays? (?:by|on|until)|falls? due|(?:be|was|is) (?:paid|settled)|invoices?|instalments?"
            r"|zahlbar(?: bis)?|fällig\w*"
            r"|\w*rechnung\w*|factures?|facturas?|cuota|à régler|payable avant|a pagar|pagader\w"),
    Concept("work", _DATE, r"deliverable", r"hand(?:s|ed)? (?:in|over)|deliver\w*|upload\w*|(?:must|has to"
            r"|have to) be (?:ready|there"
            r"|done|complete\w*|finished|connected|exported)|needed by|liefer\w+|abgabe|abzugeben|livrer|à déposer"
            r"|entreg\w+", _also("due end")),
    Concept("trial", _DATE, r"trial(?: end| start)?(?: date| at)?", r"trial|testphase|probezeit|période d'essai"
            r"|periodo de prueba"),
    Concept("notice", _DATE, r"notice(?: date)?|cancellation deadline|notice deadline",
            r"notice|cancel(?:l?ed|lation)? by|kündig\w+|préavis|preaviso"),
    Concept("meeting", _DATE, r"(?:meeting|call|workshop|training|qbr|review)(?: date| at| on)?|scheduled\w*"
            r"|next (?:step|meeting|call)\w*",
            r"call(?:ed)?|met|meeting|workshop|spoke|talk(?:ed)?|gespräch|besprechung|termin|telefonat|réunion"
            r"|appel|reunión|llamada",
            _also("kickoff")),
)  # fmt: skip
_AMOUNTS = (
    Concept("monthly", _MONEY, r"mrr|monthly|hs mrr|per month|monats\w*",
            r"(?:per|a|each|every|pro|im|je|par|al|por|chaque|cada|jeden) (?:calendar )?(?:month|monat|mois"
            r"|mes)|monthly"
            r"|monatlich\w*|mensu\w+|/ ?(?:month|mo|monat)",
            _also("invoice")),
    Concept("quarterly", _MONEY, r"quarterly|per quarter", r"(?:per|a|each|every|pro|im|je) (?:quarter|quartal)"
            r"|quarterly|quartalsweise|trimestr\w+",
            _also("invoice")),
    Concept("yearly", _MONEY, r"arr|acv|annual(?: recurring| contract)?(?: revenue| value)?|yearly|hs arr"
            r"|hs acv|jahres\w*",
            r"(?:per|a|each|every|pro|im|je|par|al|por|chaque|cada|jedes) (?:calendar )?(?:year|jahr|an|année"
            r"|año)|yearly|annual(?:ly)?"
            r"|annum|arr|acv|jährlich\w*|jahres\w+"
            r"|p\. ?a|annuel\w*|anual\w*|/ ?(?:year|yr|jahr)", _also("price invoice")),
    Concept("seat-price", _MONEY, r"unit (?:price|amount)|list ?price|price per \w+|sales price|per (?:seat|user)",
            r"(?:per|a|each|every|pro|je|par|por) (?:seat|user|licen[cs]e|head|person|nutzer|platz|lizenz"
            r"|anwender|utilisateur|licence|usuario|licencia)"
            r"|(?:per|each|every|pro|jede[rns]?|chaque|cada) (?!month|year|annum|quarter|week|day|one\b|two|three"
            r"|four|six|nine|ten|twelve|thirty|other|uno|monat"
            r"|jahr|quartal|tag|woche|mois|an\b"
            r"|année|mes|año)\w{3,20}"),
    Concept("budget", _MONEY, r"budget(?: cap)?|cap|spending limit|grant",
            r"budgets?|capp?(?:ed)?|ceiling|limit(?:ed)?|not exceed|obergrenze|gedeckelt|deckel|höchstens"
            r"|plafond\w*|presupuesto|tope"
            r"|spend|spent|set aside|put aside|ring-fenced|earmarked|allotted|allocated|reserved?|sanctioned|grants?"
            r"|board (?:gave|approved|let|has)|gave (?:me|us|her|him|them)|approved|stay under|available"
            r"|at (?:my|our|your|its|their|her|his) disposal|(?:is|are) kept free|sign for"
            r"|\w*budgets?|bewilligt\w*|genehmigt|wirtschaftsplan|ausgeben|auskommen|eingestellt|kompetenzgrenze"
            r"|zur verfügung|enveloppe|mis de côté|de côté|dispos\w+|dépass\w+|aprobad\w+|gastar|dispone"),
    Concept("one-off", _MONEY, r"set ?up(?: fee)?|one ?(?:time|off)(?: fee)?|oneoff|implementation(?: fee)?"
            r"|onboarding(?: fee)?|services?(?: fee)?|(?:data )?migration(?: fee)?|conversion|einmal\w*|einrichtung\w*"
            r"|mise en route|implanta[cç][ãa]o",
            r"one-?\s?(?:off|time)|set-?\s?up|implementation|onboarding fee|einmalig\w*|einrichtung\w*"
            r"|einführungs\w*|frais (?:de mise|d'installation)\w*"
            r"|installation|cuota inicial|implantación|professional services"
            r"|(?:setting|set|getting) (?:\S+ ){0,3}up|getting started|convert\w+|conversion|migrat\w+"
            r"|bringing over|mov(?:e|ing) over"
            r"|(?:charged |paid |pay |, )once|in one go|einführung|aufsetzen|einrichten|anlegen|echtbetrieb"
            r"|mise en route"
            r"|puesta en marcha|implementación|onboarding", _also("invoice hardware")),
    Concept("training-price", _MONEY, r"training\w*|schulung\w*", r"training\w*|\w*schulung\w*|formation|formación"
            r"|capacitación",
            _also("invoice")),
    Concept("rate", _MONEY, r"(?:day|daily|hour|hourly) rate", r"(?:day|daily|hour|hourly) rate|(?:per|an"
            r"|a) (?:hour|day)"
            r"|technician hour|stundensatz|tagessatz|taux horaire"),
    Concept("hardware", _MONEY, r"hardware\w*|readers?|terminals?|loggers?|tablets?|printers?",
            r"hardware\w*|readers?|terminals?|loggers?|tablets?|printers?|scanners?|devices?|tags|mounts?|drucker"
            r"|geräte"
            r"|impresoras?|imprimantes?", _also("invoice one-off")),
    Concept("discount", _MONEY, r"discount(?: amount)?|rebate|credit", r"discounts?|rebate|credit(?:ed)?|off"
            r"|saves?|rabatt\w*|nachlass|gutschrift|remise|descuento"),
    Concept("total", _MONEY, r"tcv|total contract value|hs tcv|contract value",
            r"tcv|total contract|contract total|(?:whole|entire|full) \S+ (?:agreement|contract|term|deal|volume)"
            r"|over (?:the )?(?:\S+ )?(?:two|three|four|five|\d) years|\S+-year (?:agreement|contract|deal)"
            r"|(?:both|(?:two|three|four|five) full) years|über (?:die )?(?:\S+ )?\w+ jahre|sur (?:les "
            r"|la )?\w+ ans|(?:over|across|for|through) the (?:whole |full |entire "
            r"|contract )*term|in total|altogether"
            r"|insgesamt|gesamt\w*|au total|en total", _also("price")),
    Concept("revenue", _MONEY, r"(?:annual ?)?revenue|annualrevenue|turnover|umsatz", r"revenues?|turnover"
            r"|umsatz|chiffre d'affaires|facturación"),
    Concept("invoice", _MONEY, r"(?:amount )?(?:due|paid|remaining)|invoice (?:total|amount)|sub ?total|balance",
            r"invoices?|invoiced|billed|rechnung\w*|berechnet|facture|factura",
            _also("price monthly quarterly yearly one-off total")),
    Concept("price", _MONEY, r"amount|price|value|total(?: amount| price)?|fee",
            r"price[sd]?|costs?|fees?|pays?|paying|worth|contract value|deal (?:value|size)|preis|kostet"
            r"|zahl(?:en|t)|betrag|wert|vertragswert|prix|coûte"
            r"|montant|precio|cuesta|importe", _also("yearly monthly quarterly total one-off invoice seat-price")),
)  # fmt: skip
_SHARES = (
    Concept("increase", _PERCENT, r"uplift\w*|(?:max )?increase|price cap",
            r"(?:price|fee)s? (?:\S+ ){0,3}(?:increases?|rises?|rose|up)|uplift|increase(?:s|d)? (?:on|at) renewal"
            r"|rais(?:e|es|ed)"
            r"|preiserhöhung\w*|anheben|teurer|hausse|subida"),
    Concept("no-show", _PERCENT, r"no ?shows?", r"no-?shows?|(?:never|not|don['’]t|doesn['’]t) (?:show"
            r"|turn) ?(?:up)?|missed visits?"),
    Concept("fee-share", _PERCENT, r"(?:revenue|transaction|card)(?: fee| share)?", r"commission|provision"
            r"|zahlungsgebühr"
            r"|card fees?|revenue share|transaction fees?"),
    Concept("discount-share", _PERCENT, r"discount\w*(?: percent\w*| rate)?|rebate|rabatt\w*|remise|descuento"
            r"|nachlass", r"discount\w*|rebate|off|regular price|list less|(?:pay(?:s|ing)?|price"
            r"|fee)s? (?:\S+ ){0,4}less"
            r"|(?:per ?cent|%) less than|cheaper|charity rate"
            r"|list price|rabatt\w*|nachlass|remise|descuento|reduced price"),
    Concept("uptime", _PERCENT, r"uptime|availability|sla(?: uptime)?", r"uptime|availab\w+|verfügbar\w*"
            r"|disponib\w+"),
    Concept("tax", _PERCENT, r"tax(?: rate)?|vat(?: rate)?", r"tax\w*|vat|mwst|mehrwertsteuer|umsatzsteuer|tva|iva"),
    Concept("improvement", _PERCENT, r"target\w*|improvement|reduction|success metric|kpi",
            r"faster|quicker|fewer|less|lower|reduc\w+|improv\w+|increase\w*|growth|saving\w*|schneller|weniger"
            r"|senk\w+|steiger\w+|plus rapide|más rápido"),
    Concept("probability", _PERCENT, r"probability|hs deal stage probability|likelihood", r"probab\w+|likel\w+"
            r"|wahrscheinlich\w*"),
    Concept("penalty", _PERCENT, r"penalt\w+|late fee|service credit", r"penalt\w+|late fee|service credits?"
            r"|vertragsstrafe|pénalité|penalización"),
    Concept("deposit", _PERCENT, r"deposit|up ?front|prepay\w*", r"deposit|up-?front|in advance|anzahlung"
            r"|vorauszahlung|acompte|anticipo"),
)  # fmt: skip
_SPANS = (
    Concept("term", _TIME, r"(?:contract |initial |subscription )?term(?: months| length)?|contract length"
            r"|(?<!planned )(?<!project )duration|laufzeit|commitment|contract (?:months|period|duration)"
            r"|vertragsdauer|vigencia",
            r"terms?|contract length|contract (?:runs?|lasts?|period)|subscription (?:runs|lasts|period)|committed"
            r"|commitment|laufzeit|vertrag läuft|mindestlaufzeit|vertragsdauer|initial period"
            r"|durée|engagement|duración|plazo del contrato|permanencia"),
    Concept("bound", _TIME, "", r"contracts?|agreement|tied|bound|locked in|gebunden|engagée?s|vertrag\w*|contrat"
            r"|contrato",
            _also("term")),
    Concept("payment", _TIME, r"(?:payment |net )(?:terms?|days|d)?|terms|due days|invoice terms?|billing terms?"
            r"|days until due|net term days",
            r"pay(?:ment|able|s)?|net|invoices?|zahlung\w*|zahlbar|zahlungsziel|zahlen|rechnung\w*|paiement"
            r"|payable|payer|pago|pagar"),
    Concept("notice-period", _TIME, r"(?:\w+ )?notice(?: period)?(?: days| months)?|cancel\w*(?: period| notice"
            r"| window)?|opt out"
            r"|k[üu]e?ndigungsfrist|opzegtermijn|pr[ée]avis|aviso|preaviso|avis de non renouvellement|termination",
            r"notice|avisar|aviso|(?:want|get|way|walk)s? out|opt out|not (?:continue|renew|go on)|leave us"
            r"|cancel\w*|terminat\w+|kündig\w+|préavis|résili\w+|preaviso|rescind\w+"),
    Concept("response", _TIME, r"response(?: time)?|sla|resolution(?: time)?|first response",
            r"respon\w+|answer\w*|repl(?:y|ies)|react\w*|resol\w+|antwort\w*|reaktion\w*|répon\w+|respuesta"),
    Concept("warranty", _TIME, r"\w*warrant\w+|garantie\w*|guarantee", r"warrant\w+|guarante\w+|garantie\w*"
            r"|gewährleistung|garantía"),
    Concept("trial-span", _TIME, r"trial(?: days| period)?|free period|pilot\w*", r"trial|pilot\w*|beta phase"
            r"|probe\w*|piloto|test ?phase|probezeit|testzeitraum|essai"
            r"|prueba"),
    Concept("retention", _TIME, r"retention(?: days| period)?|backup\w*", r"retention|retain\w*|kept|backups?"
            r"|stored?|archiv\w+|remains? available|guard\w+"
            r"|aufbewahr\w+|gespeichert|conserv\w+"),
    Concept("renewal-span", _TIME, r"renewal term|auto renewal term", r"renew\w*|verlänger\w+|renouvel\w+"
            r"|renov\w+|renueva", _also("term")),
    Concept("delivery", _TIME, r"(?:delivery|lead|implementation|onboarding) (?:time|duration|days|weeks)"
            r"|(?:planned|project) duration",
            r"implementation|onboarding|project (?:lasts|takes|duration)|projekt dauert|roll-?\s?out|deliver\w*"
            r"|einführung|lieferzeit|déploiement|implantación"),
)  # fmt: skip
_ROLES = (
    Concept("our-lead", _NAME, r"(?:assignee|reporter)(?: name| display name)?",
            r"assigned to|carries out|manages? the \w+ (?:for us|on our side)|on our side|auf unserer seite"
            r"|führt \w+ \w+ durch|de notre côté|por nuestra parte",
            _also("customer-owner csm technical-lead")),
    Concept("economic-buyer", _NAME, r"economic buyer|budget (?:owner|holder)|buyer|decision maker|final approver"
            r"|budget holder",
            r"economic buyers?|holds? the budget|budget (?:owner|holder)|approv\w+ the budget"
            r"|signs? off (?:on )?the budget|gibt das budget frei"
            r"|budgetverantwort\w+|decideur économique|decision maker|(?:final|last) (?:say|word)|decides|entscheidet"),
    Concept("executive-sponsor", _NAME, r"(?:executive |exec )?sponsor", r"(?:executive |exec )?sponsor\w*"
            r"|sponsorin|projektsponsor\w*|parrain\w*"),
    Concept("champion", _NAME, r"champion", r"champion\w*|advocate|fights? for us|fürsprech\w*"),
    Concept("customer-owner", _NAME, r"customer (?:owner|lead|project (?:lead|manager))|project owner"
            r"|project (?:lead|manager)|client (?:lead|owner)|lead client|customer pm|kunde projektleitung"
            r"|owner customer"
            r"|primary (?:poc|contact)",
            r"customer (?:owner|lead)|owner on your side|day[- ]to[- ]day|in charge of the project|steers|hut auf"
            r"|point of contact|project (?:owner|lead|manager|leader)"
            r"|runs? the project|leads? the project|manages the project|projektleit\w+"
            r"|leitet das projekt|verantwortet das projekt|chef(?:fe)? de projet|dirige le projet"
            r"|jef[ea] de proyecto|dirige el proyecto|lidera el proyecto",
            _also("csm our-lead")),
    Concept("csm", _NAME, r"csm|customer success(?: manager| owner)?|success manager|onboarding (?:manager"
            r"|owner|specialist)|implementation (?:manager|lead)|kundenbetreuer(?:in)?(?: name)?"
            r"|charg[ée]e? (?:de )?d[ée]ploiement",
            r"csm|customer success(?: manager(?:in)?)?|success manager(?:in)?|onboarding (?:manager|lead"
            r"|specialist)|implementation (?:manager|lead)"),
    Concept("sales-owner", _NAME, r"owner|owner name|account (?:executive|owner|manager)|ae|hubspot owner"
            r"|sales (?:rep|owner)|deal owner|propri[ée]taire|propietario|verk[äa]ufer(?:in)?|vertrieb\w*",
            r"account (?:executive|owner|manager)|sales (?:rep|representative|contact|owner)|sold (?:you|by"
            r"|to them by)|bought (?:from|through)|verkauft von|vendu par|vendido por"
            r"|closed the deal|verkauft hat|vertrieb\w*|ansprechpartner\w* im vertrieb"
            r"|verkäufer\w*|commercial|comercial"),
    Concept("technical-lead", _NAME, r"technical (?:lead|contact|owner)|it (?:lead|contact|owner)|admin(?:istrator)?",
            r"technical (?:lead|contact|owner)|it (?:lead|contact)|administrator|technische\w* (?:leit\w+"
            r"|ansprechpartner\w*)|responsable technique"
            r"|responsable técnic\w"),
    Concept("billing-contact", _NAME, r"billing (?:contact|name)|invoice (?:contact|recipient)"
            r"|bill to (?:contact|name)?|accounts payable",
            r"billing contact|invoices? (?:go|are sent) to|receives? the invoices?|accounts payable"
            r"|rechnungsempfänger\w*|rechnungen gehen an"
            r"|contact de facturation|contacto de facturación"),
    Concept("signer", _NAME, r"(?:customer )?signed (?:by)?|signatory|signer|completed by"
            r"|recipient signed name", r"sign(?:ed|s|ature)(?: by)?|signatory"
            r"|signs? the contract|unterschr\w+|unterzeich\w+|signataire|signé|firmante|firm(?:ó|ado)"),
    Concept("security-contact", _NAME, r"security (?:contact|owner|lead)|dpo|data protection officer",
            r"security (?:contact|lead)|data protection officer|dpo|datenschutzbeauftragte\w*"),
)  # fmt: skip
TABLE = (*_DATES, *_AMOUNTS, *_SHARES, *_SPANS, *_ROLES)

# What is counted, in one word: a field's name or a sentence's noun.
COUNTED = as_pattern(
    r"(?P<seat>seats?|licen[cs]es?|lizenz(?:en)?|pl[aä]tze?n?|sitze?n?|asientos?|licencias?|puestos)"
    r"|(?P<user>users?|nutzer\w*|benutzer\w*|anwender\w*|utilisateurs?|usuarios?)"
    r"|(?P<employee>employees?|staff|headcount|mitarbeit\w+|beschäftigte\w*|numberofemployees|employé\w*"
    r"|salarié\w*|empleados?)"
    r"|(?P<warehouse>warehouses?|lager|lagerhäuser\w*|entrepôts?|almacenes|depots?)"
    r"|(?P<store>stores?|shops?|filialen?|läden|magasins?|tiendas?|branch(?:es)?|outlets?)"
    r"|(?P<site>sites?|locations?|standorte?n?|offices?|büros?|plants?|werke?n?|oficinas?|sedes?)"
    r"|(?P<training>trainings?|schulung(?:en)?|formations?|formaciones)"
    r"|(?P<workshop>workshops?)"
    r"|(?P<integration>integrations?|connectors?|interfaces?|schnittstellen?|integraciones)"
    r"|(?P<dashboard>dashboards?|reports?|berichte?n?|informes?|rapports?)"
    r"|(?P<environment>environments?|sandbox(?:es)?|umgebung(?:en)?)"
    r"|(?P<admin>admins?|administrators?|administrator(?:en|innen))"
    r"|(?P<vehicle>vehicles?|trucks?|lkws?|fahrzeuge?n?|vans?)"
    r"|(?P<api_call>calls?|requests?)"
)
