"""What a sentence speaks of, where it is compared with a promise: the many words for a first day in use, a first
meeting, a price, and those that make it a sentence about something else."""

from __future__ import annotations

import re

from reviewqueue.evidence.promises.reading import any_case

# What a sentence speaks of, by kind and key of the promise; a key may begin with the one here.
ABOUT: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "date",
        "go-live",
        any_case(
            r"\b(?:live|launch(?:es|ed|ing)?|hand\syou\sthe\s(?:keys|system|platform)|open(?:s|ed)?\s(?:\w+\s){0,3}(?:for\s(?:your|all|every)\w*|its\s(?:doors|gates))"
            r"|(?:old|previous|former|legacy)\s(?:tool|system|software|program\w*|solution|platform|one)\s(?:is|gets|will\sbe|goes|can\sbe)\s(?:\w+\s)?(?:switched|turned|shut|retired|off|history|gone|replaced|dropped)"
            r"|(?:take|takes|taking)\s(?:\w+\s)?over\sfrom\s(?:the|your)\s(?:old|previous|current|legacy)|replaces?\s(?:the|your)\s(?:old|current|previous|legacy)"
            r"|(?:orders?|bookings?|shipments?|invoices?|work|business|everything|deliver\w+|tours?|trucks?|processes|shifts?)\s(?:\w+\s){0,2}(?:runs?|go(?:es)?|pass(?:es)?|come|comes|will\srun|is\shandled|are\shandled|are\sbooked)\s(?:\w+\s)?(?:through|over|via|on|in|with|by)\s(?:us\b|northbeam|our|the\s(?:new|platform|portal|system))"
            r"|(?:first|real)\s(?:real\s|live\s)?(?:orders?|shipments?|invoices?|bookings?|deliver\w+|tours?|customers?)\b|(?:work|works|working|worked)\swith\s(?:it|us|ours)|log\sin\sfor\sthe\sfirst|touch\s(?:the|our)\s(?:new\s)?(?:system|platform|portal|software)"
            r"|(?:our|the|your\snew)\s(?:new\s)?(?:platform|portal|system|software|solution|tool)\s(?:\w+\s)?(?:starts|opens|begins|is\s(?:ready|there|available|usable|yours)|can\sbe\sused|takes\sover|comes\sto\slife)|ours\stakes\sover|regular\soperation|daily\s(?:use|business|work)|everyday\suse|first\sday\s(?:in|with|on)\s(?:the|our)|all\susers\shave\saccess"
            r"|roll-?\s?out|cut-?\s?over|switch-?\s?over|flip\sthe\sswitch|switch\w*\s(?:\w+\s){0,3}(?:on|over)|chang(?:e|es|ed|ing)\s(?:\w+\s){0,2}over|change-?over|(?:can|may|able\sto)\suse\sit|(?:see|sees|use|uses|open|in|on|to|get|gets)\s(?:the|our|your)\snew\s(?:portal|platform|software|solution|tool)|(?:without|throw|paper|say\sgoodbye\sto)\s(?:\w+\s){0,3}(?:paper|spreadsheets?|lists?|old\s(?:tool|system))|live\swith\s(?:the|your)\s(?:old|paper|lists|spreadsheet)\w*|say\sgoodbye|in(?:to)?\s"
            r"production|new\ssystem|up\sand\srunning|operational|(?:book|begin|work|start|at\swork|log\sin)\w*\s(?:\w+\s){0,3}(?:in|with|on|using|to)\s(?:the\s|our\s)?(?:new\s)?(?:software|portal"
            r"|platform|system|tool|solution|application)|new\s(?:one|software|portal)\stakes\sover|d-day|big\sday|real\sorders|all\sdigital|goes?\son\sair|(?:into|in)\s(?:operation|use)|for\sreal"
            r"|opens?\sits\sdoors|real\s(?:system|thing)|productive(?:\suse|ly)?|big\sswitch|switching\sday"
            r"|(?:work|start|works|working)\swith\s(?:the|our)\s(?:platform|portal|system|software)|day\sone)\b(?!\s(?:check|party|plan\b|meeting|readiness|rehearsal|support|review|"
            r"list|criteria|demo|call|session|chat|date\sof\sother))"
        ),
    ),
    (
        "date",
        "kickoff",
        any_case(
            r"\bkick-?\s?off\b(?!\s(?:deck|slides|notes|agenda|minutes))|\b(?:first|opening|initial)\s(?:meeting|call|session|workshop)\b"
            r"|\b(?:come|get|sit\sdown|meet)(?:\stogether)?\s(?:\w+\s){0,2}for\s(?:the\s)?(?:start|first\stime|opening)\b|\b(?:open|begin|start)\sthe\sproject\b|\bour\sfirst\s(?:round|day|hour)\b|\bproject\sstart\b|\bstart\sof\sthe\sproject\b|\bstarting\s(?:shot|gun|signal)\b"
            r"|\b(?:see\s(?:each|you|us|one)|meet|sit)\s(?:\w+\s){0,3}(?:for\sthe\sfirst\stime|together\sfor)\b|\bget\sto\sknow\seach\b|\bget\s(?:going|started)\s?(?:together)?\b|\bstart\stogether\b|\bmeet\s(?:\w+\s){0,2}for\sthe\sfirst\b|\bgets?\sunder\sway\b"
        ),
    ),
    (
        "date",
        "start",
        any_case(
            r"\b(?:project|onboarding|implementation)\s(?:will\s)?(?:starts?|begins?|gets\sgoing|kicks)\b|\bstart\sdate\b"
        ),
    ),
    (
        "date",
        "data migration",
        any_case(
            r"\b(?:migrat\w+|(?:(?:last|all|every|old)\s){1,2}(?:files?|data|records?|entries|orders)|loaded|brought\sover)\b"
        ),
    ),
    (
        "price",
        "price",
        any_case(
            r"\b(?:price|fee|(?:it|this|that|platform|subscription|software|licen[cs]e|service|system|package|plan|everything)\s(?:\w+\s)?costs?"
            r"|costs?\s(?:you|us|of|are|is|will|come)|pay(?:ing)?|transfer|account|\d{4,6}\s(?:euros?\s)?(?:a|per|each|every)\s(?:year|month|quarter)|debit\w*|collect\w*|reckon|calculate|set\saside|plan\swith|instal\w+|looking\sat|sets?\syou\sback|adds?\sup|comes?\sto|bill|figure|subscription|charge|per\s(?:year|annum|month)|annual|yearly|monthly)\b"
        ),
    ),
    ("price", "set-up price", any_case(r"\bset(?:ting)?\b[-\s](?:\w+\s){0,2}up\b|\bset-?up\b")),
    ("price", "implementation price", any_case(r"\bimplement\w+")),
    ("price", "onboarding price", any_case(r"\bonboarding\b")),
    ("price", "training price", any_case(r"\b(?:train\w*|lessons?|courses?)\b")),
    (
        "discount",
        "discount",
        any_case(
            r"\b(?:discount|rebate|reduction|off|minus|halv\w+|cheaper|less|lower|deduct|sav(?:e|es|ing)|knock\w*|tak(?:e|es)\s(?:\w+\s)?off|allowance|price\scut|of\sthe\s(?:list|full)\sprice|(?:pay|charge|invoice|bill|owe)\s(?:\w+\s){0,2}\d\d\s?(?:%|per\scent|percent)\sof|(?:%|per\scent)\s(?:\w+\s)?(?:apply|applies|run|runs|remain|remains|stay|stays))\b"
        ),
    ),
    (
        "term",
        "notice",
        any_case(
            r"\b(?:notice|cancel\w*|terminat\w+|leave|get\sout|ends?\sthe\scontract|give\sus|warning|quit|walk\saway|before\s(?:the|its)\s(?:end|contract|term)|until\syou\sare\sout|say\sgoodbye|part\sways)\b"
        ),
    ),
    ("term", "payment", any_case(r"\b(?:pay|paid|payable|payment|settle|invoices?|transfer)\b")),
    (
        "term",
        "term",
        any_case(
            r"\b(?:contract|term|commit\w*|subscription|agreement|with\sus|to\sus|bound|bind\w*|signed|ti(?:ed?|es)|locked\sin|free\sto\sgo|walk\saway|(?:are|be)\sout\b|part\sways|say\sgoodbye"
            r"|leave\sus|stay\s(?:with|for)|step\sout)\b"
        ),
    ),
    (
        "sla",
        "resolution",
        any_case(
            r"\b(?:repair\w*|fix\w*|solv\w+|resol\w+|restor\w+|(?:up|back)\sand\srunning|mend(?:ed|s)?|put\sright|dealt\swith|sorted\sout|cured?|remed\w+|running\sagain|works?\sagain|runs?\sagain)\b"
        ),
    ),
    (
        "sla",
        "response",
        any_case(
            r"\b(?:respon[ds]\w*|repl(?:y|ies)|answer(?:ed|s)?|looks?\s(?:at|into)|deals?\swith|taken\sup|picks?\sup|picked\sup|reacts?|reaction|get\sback|hear\s(?:back|from)|(?:first\s)?(?:sign\sof\slife|word)\sfrom|someone\s(?:looks|calls|writes)|write\sback|call\syou\sback|ring\syou\sback|(?:look|looked)\sat)\b"
        ),
    ),
    (
        "sla",
        "uptime",
        any_case(
            r"\b(?:uptime|availab\w+|downtime|reachable|stand\sby|owe|nines|promise|guarantee|system|platform|service)\b"
        ),
    ),
)
# Words that make it a sentence about something else.
ELSE: dict[str, re.Pattern[str]] = {
    "date": any_case(
        r"\b(?:before|after|until|since|following|prior\sto|ahead\sof)\s(?:(?:the|your"
        r"|our)\s)?(?:go(?:ing)?[- ]live|launch|kick-?\s?off|roll-?out)\b|\b(?:closed|please|tell\sus|sends?"
        r"|let\sus\sknow|we\sneed|you\sneed|due|attached|freeze|invoice|agenda|who\scomes|minutes|notes|follows?\son|look\sback|celebrat\w*|long\safter|review|report|(?<!last\s)(?<!first\s)(?<!second\s)(?<!third\s)week\sof|by\sthen|have\slong|archive"
        r"|was\sheld|took\splace)\b"
    ),
    "price": any_case(
        r"\b(?:save[sd]?|saving|budget|late\sinvoice|provider|training|set-?up|implementation|extra|additional|each\sadditional|late|fine|shipment|goods|worth|travel|workshop|suppliers?|scanners?|printers?|hotel|dinner|lunch|parking|server|laptops?|hardware|devices?|handhelds?|labels?|catering|flights?|night|room)\b|\bper\s(?:user|seat|site)\b"
    ),
    "discount": any_case(
        r"\b(?:hotel|code|voucher|bad\smonth|apology|outages?|miss(?:es|ed)?|falls?\sshort|canteen|supplier|printers?|scanners?|availab\w+|uptime|users|rows|manual|work|import(?:ed)?|done|shipments|fell|faster|time|errors|off-?peak)\b"
    ),
    "term": any_case(
        r"\b(?:and\sa\shalf|notice|pilot|trial|review|free(?!\sto\sgo)|logs?|support|project|renews|retention|training|warranty|scanners?|lease|look\sat|goals?|review)\b"
    ),
    "notice": any_case(
        r"\b(?:pilot|trial|support|project|training|we\s(?:tell|inform|let|warn)|maintenance|updates?|room|hotel|meeting|desk|hear|tickets?|answer|reply)\b"
    ),
    "payment": any_case(r"\b(?:pilot|trial|project|training|report|answer|hotel|travel)\b"),
    "set-up price": any_case(r"\b(?:hotel|supplier|printers?|scanners?|lunch|dinner)\b"),
    "implementation price": any_case(r"\b(?:hotel|supplier|printers?|scanners?|lunch|dinner)\b"),
    "onboarding price": any_case(r"\b(?:hotel|supplier|printers?|scanners?|lunch|dinner)\b"),
    "training price": any_case(r"\b(?:hotel|supplier|printers?|scanners?|lunch|dinner)\b"),
    "sla": any_case(
        r"\byour\sown\b|\b(?:please|survey|you\s(?:answer|reply|respond)|questionnaire|resol\w+|fix\w*|rows|done)\b"
    ),
}
