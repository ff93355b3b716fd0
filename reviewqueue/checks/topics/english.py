"""English rules for the topics of plan and people: a moved date, a changed scope, an escalation."""

from __future__ import annotations

from reviewqueue.checks.topics.rules import rule

_LIVE = (
    r"go-?lives?\b|go(?:es|ing)? live\b|went live|(?:be|are|is|being|live) live\b|live on\b|"
    r"first day\b|launch(?:es|ing)?\b|launch da(?:te|y)|cut-?over|roll-?out|(?:start|live|delivery|"
    r"completion|target|production|end|opening) date|timeline|project plan moves|switch-?over|"
    r"deployment date|(?:the|our) schedule\b"
)
_UNMOVED = (
    r"(?:un|not |never |no )(?:be |been |get |have |being |longer )?(?:changed?|chang\w+|affect\w*|"
    r"mov\w+|delay\w*|postpon\w+|shift\w*|slip\w*|push\w*)|without (?:any )?(?:mov|chang|delay|touch|"
    r"affect)\w+|on track|as (?:planned|agreed|scheduled) (?:on|for)|no (?:impact|change|delay)|"
    r"still (?:on|planned for|set for|stands)|remains? (?:on|the same)|how to (?:change|move)|"
    r"launch (?:button|icon|pad|the app)"
)
_EXEC = (
    r"(?:ceo|coo|cfo|cio|cto|cro|cso|ciso|vp|svp|evp|c-level|c-suite)\b|vice president|"
    r"managing director|executive|execs?\b|(?:senior |your |our |your company's |upper )(?:leadership|"
    r"management|board|directors?\b|leaders\b)|head of|chief \w+ officer|steering committee|"
    r"leadership team|board of directors|president\b"
)

RULES = (
    # A changed go-live date.
    rule(
        "go-live-date",
        "0.9",
        "behi move movi happ plac post dela push slip shif resc brou brin pull late earl",
        _LIVE,
        r"postpon\w+|delay(?:ed|ing|s)?\b|push(?:ed|ing|es)? (?:\w+ ){0,4}(?:back|out|to|by|into)|"
        r"pushed\b|slip(?:s|ped|ping|page)?\b|shift(?:s|ed|ing)? |reschedul\w+|(?:brought|bring|bringing|"
        r"pull|pulled) (?:\w+ ){0,4}(?:forward|in)\b|later than (?:planned|agreed|promised|expected)|"
        r"earlier than (?:planned|agreed|promised)|(?:weeks?|days?|months?) (?:later|earlier|behind|"
        r"late)\b|behind (?:schedule|plan)|(?:move|moving|moved) (?:the |your |our )?(?:go-?live|launch|"
        r"roll-?out|switch-?over|cut-?over|start date)|not (?:happen|take place)",
        unless=_UNMOVED,
    ),
    rule(
        "go-live-date",
        "0.85",
        "live laun cut cuto roll star deli comp targ prod end open time proj swit depl sche goli",
        _LIVE,
        r"(?:has|have|had|was|is|are|be|to|must|will|we|needs? to) (?:now |be |been |being |have to |"
        r"need to )?(?:mov(?:e|es|ed|ing)|chang(?:e|ed|es|ing)|extend(?:ed)?|revised?|reset)\b|"
        r"moves (?:to|from|by|back|out)|instead of|(?:is|are|will|date) now (?:be |set |planned |"
        r"expected |scheduled |targeted |on |for |in |at |\d)|(?:a|the|our|your|is a|as) (?:new|revised|"
        r"updated|different|later|earlier) (?:\w+ ){0,2}(?:date|timeline|go-live|launch|schedule)|"
        r"(?:can not|will not|not be able to|unable to|not going to|no longer|not) (?:\w+ ){0,3}(?:make|"
        r"meet|hit|hold|keep|reach|realistic|possible|feasible|achievable|go live|launch)\b|"
        r"new (?:go-live|launch|cutover|rollout) date|takes? longer",
        unless=_UNMOVED + r"|if you (?:want|need|wish|would like) to (?:change|move)",
    ),
    rule(
        "go-live-date",
        "0.7",
        "not inst",
        r"(?:starts?|begins?|follows?|live|launch\w*|finish\w*|ready|available|opens?|move\w*|delivered|"
        r"comes?|connected|import\w*)\b",
        r"(?:not|instead of) (?:in |on |by |before )?(?:the )?(?:\d{1,2}(?:st|nd|rd|"
        r"th)?\b(?: of)? ?)?(?:january|february|march|april|may|june|july|august|september|october|"
        r"november|december)\b",
        unless=r"if |kickoff|meeting|session|call\b|training",
    ),
    # An explanation of a scope change.
    rule(
        "scope",
        "0.95",
        "sepa stat sow orde scop desc outs beyo",
        r"(?:chang\w+|reduc\w+|adjust\w+|expand\w*|narrow\w*|cut(?:ting)?|extend\w*|limit\w*|resets?|"
        r"resetting|shrink\w*|widen\w*|grow\w*|trim\w*) (?:\w+ ){0,4}scope\b|separate (?:order|project|"
        r"quote|contract|statement)\b|(?:statement of work|sow|order form) (?:\w+ ){0,3}(?:amended|"
        r"chang\w+|adjusted|extended)|scope (?:\w+ ){0,3}(?:chang\w+|creep|reduc\w+|adjust\w+|reset|"
        r"expan\w+|is (?:now )?smaller|is (?:now )?larger|has grown|grew|was cut)|de-?scop\w+|(?:outside|"
        r"out of|beyond|not in|not within|no longer in|exceeds?|leaves) (?:of )?(?:the |our |your |"
        r"this )?(?:\w+ )?scope\b|(?:outside|beyond) (?:of )?(?:the |our |your |"
        r"this )?(?:\w+ )?(?:statement of work|sow|contract|agreement|order form|package)\b",
        unless=r"(?:un|not  |never |no |without )(?:any )?(?:be |been )?(?:chang\w+|affect)|scope (?:remains|"
        r"stays|is unchanged)|oauth|token|api scope|permission|scopes? of the (?:meeting|call|token|"
        r"audit)|read scope|write scope|telescope|no (?:scope )?change",
    ),
    rule(
        "scope",
        "0.85",
        "proj cont pack orde firs cut cutt impl incl cove part long drop remo leav left excl took take deli buil offe",
        r"(?:is|are|was|were) (?:no longer|not) (?:\w+ )?(?:part of|included|covered|in the (?:project|"
        r"contract|package|order|first phase))|(?:will|can|could) (?:no longer|"
        r"not) be (?:\w+ )?(?:delivered|built|included|migrated|imported|connected|covered|part)|(?:do|"
        r"does|did|will|can) not (?:\w+ )?(?:include|cover)\b|can no longer (?:deliver|include|offer|"
        r"build)|no longer includes?|(?:cut|cutting|drop|dropped|dropping|remov\w+|leav\w+ out|left out|"
        r"exclud\w+|take out|took|taken|taking) (?:\w+ ){0,6}(?:from|out of|"
        r"off) (?:the )?(?:\w+ )?(?:project|plan|rollout|delivery|release|package|phase|statement of work|"
        r"sow|order)\b",
        r"project|plan\b|phase|contract|package|order|statement of work|sow\b|release|rollout|delivery|"
        r"what (?:you|we) (?:bought|agreed|sold)|deliver\w*|implementation|onboarding|signed|deal\b",
        unless=r"weekend|holiday|vat\b|tax|file (?:do|does) not|the (?:export|file|report|column|list) (?:do|"
        r"does|did)(?:es)? ?(?:not)",
    ),
    rule(
        "scope",
        "0.85",
        "phas rele chan stag",
        r"(?:mov\w+|defer\w*|push\w*|postpon\w+|shift\w*|come|comes|happen|follow|follows|left|leave|wait|"
        r"deliver\w*|split\w*) (?:\S+ ){0,10}?(?:to|into|in|for|until) (?:a |the )?(?:phase (?:two|2|ii|"
        r"three|3)|(?:second|later|next|future|following) (?:phase|release|project|stage))|(?:is|as|needs|"
        r"becomes|requires|treat\w*|raise|sign|via|through|be) (?:\w+ ){0,3}change (?:request|order)|"
        r"change (?:request|order) (?:for|because|covers|is needed)",
        unless=r"next release of (?:flow|the app)",
    ),
    rule(
        "scope",
        "0.8",
        "agre prom plan boug sold scop disc orig",
        r"(?:instead of|rather than|not) (?:the )?(?:\w+ ){0,5}(?:we |you were |that was |originally |"
        r"as )(?:agreed|promised|planned|bought|sold|scoped|discussed)",
        r"integrations?|dashboards?|reports?|modules?|connectors?|users?|sites?|seats?|stores?|trainings?|"
        r"features?|interfaces?|workflows?|migration|imports?\b",
        unless=r"reschedul|meet\b",
    ),
    # An executive escalation.
    rule(
        "escalation",
        "0.9",
        "esca",
        r"escalat(?:e|es|ed|ing|ion|ions)\b",
        _EXEC,
        unless=r"escalation (?:report|dashboard|workflow|module|rule)s?\b|escalations (?:in|by|of|per) ",
    ),
    rule(
        "escalation",
        "0.7",
        "esca",
        r"(?:formal|executive|formally|official) escalat\w+|(?:have|had|forced|obliged|going|need|"
        r"required|choice but|like|want) to escalate|(?:will|must|shall|'ll|now) escalate\b|(?:am|are|"
        r"we're|i'm) (?:now )?escalating|(?:have|has|been|was|were|we|i) (?:now |already |"
        r"formally )?escalated|escalating (?:this|the matter|it)",
        unless=r"(?:to|with) (?:the |our |your )?(?:\w+ )?(?:engineer\w*|support|tier|second line|l2|l3|"
        r"development|developers?|product|tech\w*|security|it|infrastructure|on-call|vendor|data)\b|"
        r"ticket|escalate (?:a|tickets|alerts?|cases?|incidents?|overdue) |no need to escalate|"
        r"how to escalate|not (?:need|have) to escalate",
    ),
    rule(
        "escalation",
        "0.85",
        "ceo coo cfo cio cto cro cso ciso vp svp evp leve suit vice mana exec lead boar dire head offi stee pres seni",
        r"(?:rais(?:e|ed|ing)|tak(?:e|en|ing)|took|bring(?:ing)?|brought|elevat(?:e|ed|ing)|refer(?:red|"
        r"ring)?|report(?:ed|ing)?) (?:this|it|that|the (?:matter|issue|delay|situation|problem|topic)|"
        r"these (?:delays|issues)|your (?:delay|case)) (?:\w+ ){0,4}(?:with|to|before|at|directly)|"
        r"(?:this|it|that|which|matter) (?:goes|will go|has gone|went) to (?:your|our|the) |rais(?:e|ed|"
        r"ing) (?:\S+ ){1,6}?with (?:your|our|the) |(?:involv(?:e|ed|ing)|loop(?:ed|ing)?(?: in)?|copying|"
        r"copied|(?:i|we|will) copy|cc(?:'d|'ing|ed|ing)?|pull(?:ed|ing)? in|bring(?:ing)?|brought|"
        r"notif(?:y|ied|ying)|inform(?:ed|ing)?|write to|call|contact(?:ing|ed)?|turn to|speak (?:to|"
        r"with)|go to|reach(?:ing|ed)? out to) (?:in )?(?:\w+ ){0,2}(?:your|our|the)",
        _EXEC,
        unless=r"kickoff (?:meeting|agenda|call)|invite|dashboard|report for|board (?:report|deck)|"
        r"head of (?:procurement|training) (?:is|for)|who (?:is|are) (?:your|the)",
    ),
)
