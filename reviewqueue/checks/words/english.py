"""The topics in English: by which words each is known."""

from __future__ import annotations

from reviewqueue.checks.words.rules import rule

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
        "go-live-change",
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
        "go-live-change",
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
        "go-live-change",
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
        "scope-change",
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
        "scope-change",
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
        "scope-change",
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
        "scope-change",
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
        "executive-escalation",
        "0.9",
        "esca",
        r"escalat(?:e|es|ed|ing|ion|ions)\b",
        _EXEC,
        unless=r"escalation (?:report|dashboard|workflow|module|rule)s?\b|escalations (?:in|by|of|per) ",
    ),
    rule(
        "executive-escalation",
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
        "executive-escalation",
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
    # A commercial commitment.
    rule(
        "commercial-commitment",
        "0.9",
        "invo bill spec bett us thro off disc reba redu less cost char fee free comp hous waiv pric cred rate",
        r"\d{1,3} ?(?:%|percent|per cent) (?:off|discount|reduction|rebate|less)|discount(?:s|ed)? (?:of|"
        r"on|for|to|price|rate)|(?:a|an|the|this|your|extra|additional|special|same|volume|our|"
        r"early) (?:\w+ )?discount\b|at no (?:extra |additional |further )?(?:cost|charge)|free of charge|"
        r"(?:without|no) (?:extra|additional|further) (?:cost|charge|fee)s?|free (?:months?|weeks?|seats?|"
        r"users?|licen[cs]es?|year|quarter|upgrade|consulting|training|days of)|(?:months?|seats?|"
        r"licen[cs]es?|training|support) (?:for|are|is) free\b|for free\b|complimentary|on the house|"
        r"(?:are|is|be|months?|years?|seats?|days?) on us\b|no charge\b|throw(?:ing)? in\b|waiv(?:e|ed|"
        r"ing) (?:\w+ ){0,3}(?:fees?|charges?|costs?|setup|invoice)|(?:price|invoice|fee|charge|cost|rate|"
        r"bill)s? (?:\w+ ){0,3}(?:locked|frozen|capped|halved|reduced|lowered|protected|waived)\b|"
        r"(?:special|better|reduced) (?:price|rate|offer)\b|free for (?:a|one|two|three|four|six|nine|"
        r"twelve|\d+|the first) (?:\w+ )?(?:days?|weeks?|months?|years?)\b|price (?:guarantee|lock|freeze|"
        r"cap|protection)|service credits?|(?:lock|freeze|hold|cap|fix)(?:s|ed|"
        r"ing)? (?:\w+ ){0,3}(?:price|prices|rate|rates|fee)\b|credit (?:of|worth|for|to your account|"
        r"on your)|credit (?:you|your (?:account|next invoice))",
        unless=r"discount (?:code|field|column|rule|table|type|code)|column|field\b|credit (?:note|union|card|"
        r"check|limit)|discount (?:approval )?workflow|feel free|free[- ]text|(?:not|can not|"
        r"never) (?:\w+ ){0,2}(?:offer|give|promise|discuss)|your (?:customers|shoppers|patients|members|"
        r"guests|tenants)|your (?:own )?(?:discounts? (?:are|is)|price list)|free trial of (?:excel|zoom)|"
        r"no (?:extra|additional) cost centre",
    ),
    rule(
        "commercial-commitment",
        "0.8",
        "guar prom comm warr unde word bind agre upti sla resp pena avai",
        r"(?:we|i|northbeam|our team)(?: can| will| hereby| do|'ll)? (?:guarantee|promise|commit to|"
        r"warrant|undertake)\b|(?:is|are|be) (?:contractually )?guaranteed\b|you have (?:my|our) word|"
        r"(?:our|a|the|my|this) (?:\w+ )?(?:guarantee|commitment to you|binding commitment)\b|"
        r"legally binding|(?:we|i) (?:can |will |'ll )?(?:agree|agreed) to (?:the |a |your |extend|add|"
        r"include|lower|reduce|match|shorten)|uptime (?:of )?9\d|sla of|9\d(?:[.,]\d+)? ?% (?:uptime|"
        r"availab\w+)|response time of|penalt(?:y|ies)\b",
        unless=r"(?:not|can not|never) (?:\w+ ){0,2}(?:guarantee|promise|commit|agree)|agreed to (?:meet|speak|"
        r"talk|the agenda|the minutes|start with)|(?:promise|agree) to (?:be |answer|call|write|reply|"
        r"listen|help|not |keep (?:it|this) short)|guaranteed delivery|as promised|penalty (?:field|"
        r"column|table|clause field)|report|short\b",
    ),
    rule(
        "commercial-commitment",
        "0.85",
        "exte shor amen adju chan upda rene pric rate fee cost user seat mont year lice site stor day "
        "addi extr more unli best same matc incl thro add",
        r"(?:extend|shorten|amend|adjust|chang|updat|renegotiat)\w* (?:the |your |"
        r"our )?(?:\w+ )?(?:contract|agreement|order form|payment terms?|subscription term|trial|"
        r"term of)\b|(?:the |your )?(?:new |special |final |reduced |annual |monthly )(?:price|rate|"
        r"fee) (?:is|will be|of|would be|stays)|(?:price|fee|rate|cost)s? (?:\w+ ){0,2}(?:will|would|"
        r"shall) (?:be|stay|drop|remain|go|not (?:increase|rise))|(?:\d[\d.,]*(?: ?(?:€|eur|usd|gbp|chf|"
        r"dollars|euros|pounds))?)(?: \w+){0,3} (?:per|a|each|/) ?(?:user|seat|month|year|licen[cs]e|site|"
        r"store|day|additional|extra)|(?:additional|extra|more) (?:users|seats|licen[cs]es|sites|stores|"
        r"days) (?:\w+ ){0,3}(?:at|for|cost|costs) |unlimited (?:users|seats|support|storage|licen[cs]es)|"
        r"best price|same price|match (?:the|their|that) (?:price|offer)|(?:include|included|throw in|"
        r"add) (?:\w+ ){0,6}in (?:the|your) (?:price|fee)",
        unless=r"price (?:list|column|field|book|table)|your (?:customers|shoppers|guests|tenants|members)|"
        r"sample (?:data|row)|test (?:data|order)|contract (?:field|column|template|record)|(?:ask|"
        r"talk to|contact) your account",
    ),
    # Renewal, refund, downgrade.
    rule(
        "renewal-refund-downgrade",
        "0.9",
        "rene auto",
        r"""renew(?:al|als|s|ed|ing)?\b|auto-?renew\w*""",
        unless=r"(?:certificate|cert|token|password|session|ssl|tls|domain|api key|passport|visa|badge|key|"
        r"secret|credential|saml|key pair|subscription key)s?\b|(?:leases?|permits?|memberships?|policies|"
        r"prescriptions?)\b|renewable|your (?:customers|members|tenants|policyholders|clients|patients|"
        r"subscribers|donors|own)\b|(?:members|tenants|policyholders|clients|subscribers|patients|donors|"
        r"lease|policy|library|permit|prescription|membership)(?:s|'s|s'|')? renew\w*|"
        r"renewals? (?:workflow|module|dashboard|report|queue|column|field|pipeline|team's|"
        r"reminders? you)|renewed (?:interest|energy|thanks|effort)",
    ),
    rule(
        "renewal-refund-downgrade",
        "0.9",
        "refu reim mone pay cred retu",
        r"refund(?:s|ed|ing|able)?\b|reimburs\w+|money[- ]back|pay(?:ing)? (?:\w+ ){0,3}back\b|"
        r"credit note for|return your (?:payment|money|fee)",
        unless=r"refunds? (?:workflow|module|dashboard|report|queue|column|field|process|requests|reasons?|table|"
        r"cases?|rule|rate|button|form|tickets?|template|policy page|line|type|data)|(?:your|"
        r"of) (?:customers|shoppers|guests|patients|tenants|members|buyers|own)\b|(?:customer|shopper|"
        r"guest|patient|tenant|order)s?'? refunds?|(?:process|approve|issue|import|handle|tag|route|"
        r"export)s? (?:\w+ ){0,2}refunds|refunds? (?:to|from|by) (?!you)\w+ (?:are|is)|in your (?:erp|"
        r"shop|store|own|till|system)|travel|expenses? (?:report|claim)",
    ),
    rule(
        "renewal-refund-downgrade",
        "0.9",
        "down smal lowe chea redu cut cutt canc term end leav opt non nonr expi cont subs agre move swit",
        r"downgrad(?:e|es|ed|ing)\b|(?:mov\w+|switch\w*|chang\w+|drop\w*|step\w*|going|"
        r"go) (?:\w+ ){0,3}(?:down )?(?:to|onto) (?:a |the |our )?(?:smaller|lower|cheaper|basic|starter|"
        r"free) (?:\w+ )?(?:plan|package|tier|edition|subscription)|(?:smaller|lower|cheaper) (?:plan|"
        r"package|tier|edition)|(?:reduc\w+|lower\w*|cut\w*) (?:\w+ ){0,4}(?:seats|licen[cs]es)|"
        r"(?:cancel\w*|terminat\w+|end|ending|leave|opt out of) (?:of )?(?:the|your|this|"
        r"our) (?:\w+ )?(?:contract|subscription|agreement|plan)\b|non-?renewal|expir\w+ (?:of )?(?:the|"
        r"your) (?:contract|subscription|agreement)|(?:contract|subscription|"
        r"agreement) (?:\w+ )?(?:expires|ends|runs out|lapses)",
        unless=r"(?:version|firmware|driver|library|browser|java|node|python|chrome|app|image|resolution|"
        r"connection|sdk|plugin) |https|protocol|severity|priority|risk rating|(?:your|for) (?:customers|"
        r"members|tenants|subscribers)\b|end (?:of )?(?:the|this) plan",
    ),
    # Blame.
    rule(
        "blame",
        "0.9",
        "beca sinc as give due whil",
        r"(?:because|since|as|given that|due to the fact that|while) (?:you|your (?:\w+ ){1,3}?|"
        r"nobody (?:at|from|on) your \w+ |no one (?:at|from|on) your \w+ )(?:\w+ ){0,2}?(?:have |has |"
        r"had |did |do |does |are |is |were |was |still )*(?:not|never|failed|fail|miss\w*|refus\w+|"
        r"forgot\w*|neglect\w*|late|ignored|yet to|replied|responded|slow)\b|"
        r"because (?:of )?your (?:\w+ )?(?:delay|failure|silence|team's|side|inaction|late)|(?:because|"
        r"since) (?:you|your team) (?:(?:have|has|did|do|are|were|was|is|could|would) not)",
        unless=r"not (?:your fault|because)|since you (?:last|joined)|worry|without you|you did not (?:need|"
        r"have to|ask)|as you (?:may|might|can|could|know|requested|asked|wished)",
    ),
    rule(
        "blame",
        "0.85",
        "caus due owin down you your desp spit wait thro lack faul resp afte",
        r"you(?:'ve| have| had)? (?:\w+ )?(?:failed|neglected|forgot\w*|refused|ignored)\b|"
        r"you(?:r (?:\w+ ){1,2}(?:has|have|did)|r \w+(?= never))?(?: still| again)? ?(?:have not|has not|"
        r"did not|never|have yet to|has yet to|have still not|have never) (?:\w+ )?(?:sen[dt]|provided?|"
        r"repl(?:y|ied)|respond(?:ed)?|complet\w+|upload\w*|deliver\w*|g[ai]ven?|confirm\w*|answer\w*|"
        r"sign\w*|approv\w+|return\w*|done|do |finish\w*|shar\w+|name[d]?|nominat\w+|grant\w*|open(?:ed)?|"
        r"kept|keep|show(?:n|ed)?|attend\w*|t[ou]rn\w*|d[oe]ne|met|meet|honou?r\w*|assign\w*|book\w*|"
        r"connect\w*|load\w*|fix\w*|set up)|you(?:r \w+)? (?:\w+ ){0,2}?missed (?:the|your|our|another|"
        r"two|three|both|every|last) (?:\w+ )?(?:deadline|date|meeting|call|session|appointment)|"
        r"(?:despite|in spite of|after) (?:\w+ )?(?:our|my|several|repeated|multiple|many|numerous|three|"
        r"four|five|two) (?:\w+ )?(?:reminders?|requests?|e-?mails?|calls?|attempts)\b|(?:waiting|"
        r"wait) (?:on|for) you (?:since|for (?:\w+ )?(?:days|weeks|months))|(?:you are|you're|"
        r"your team is|your side is|your it is) (?:\w+ )?(?:the (?:blocker|bottleneck|reason|cause)|"
        r"blocking|holding (?:\w+ )?(?:up|back)|late|behind|overdue|responsible for)|(?:not|"
        r"no) (?:\w+ ){0,2}(?:our (?:fault|mistake|failure|delay|problem|responsibility))|your (?:fault|"
        r"failure|negligence|inaction|mistake|error|delays?|silence)\b|you (?:\S+ ){1,9}?(?:and|but|"
        r"yet) (?:still )?(?:have |had |did |has )?(?:not|never) (?:sent|send|deliver|done|do|answer|"
        r"reply|replied|come|kept)|(?:caused|due|owing|down|thanks) (?:by|to) your (?:\w+'s |"
        r"\w+ )?(?:wrong|late|missing|slow|mistake\w*|failure|settings|delay\w*|side|inaction)|"
        r"lack of (?:\w+ )?(?:response|reply|action|cooperation|feedback|engagement) (?:\w+ )?(?:from|by|"
        r"on) (?:you|your)|through no fault|for lack of your",
        unless=r"(?:if|in case|unless|whether|should|in the event|that) (?:\w+ )?(?:you|your)|have you|did you|"
        r"not your fault|(?:not) (?:\w+ )?your (?:fault|mistake|error)|you (?:have not|did not) (?:miss|"
        r"do anything|done anything)|on your (?:mistake|error)|your error (?:message|report|log|rate|list|"
        r"queue|codes?)|you never (?:have|need)|nothing you",
    ),
    rule(
        "blame",
        "0.85",
        "risk bloc stuc hold held stal behi late dela stan idle can unab stop wait lost",
        r"blocked|stuck|(?:are|is|was|were) (?:on hold|held up|stalled|behind|late|delayed|"
        r"at a standstill|idle)|can not (?:start|continue|proceed|move|begin|finish|import|connect|go)|"
        r"unable to (?:start|continue|proceed|move|begin|finish)|(?:has|have|had) to (?:stop|wait)|"
        r"at risk|lost (?:\w+ ){0,2}(?:days|weeks|week|time)",
        r"(?:by|on|with|at|to|from|of) (?:you|your (?:team|side|end|it|organi[sz]ation|company|people|"
        r"staff|admin\w*|colleagues?|department|delay\w*))\b(?! (?:in|by|on|at) )|wait\w* (?:for|"
        r"on) your?\b|(?:you|your \w+) (?:\w+ )?(?:not|never|failed|missed|forgot)\b",
        unless=r"(?:if|in case|unless|whether|should) (?:\w+ )?(?:you|your|it|this|anything|something)|are you|"
        r"is anything|blocked (?:by (?:our|the)|on our|senders?|time|hours?|calendar)|\bour (?:side|own|"
        r"fault|mistake|firewall)|get stuck|anyone|nothing (?:is )?blocked|not blocked|un-?blocked|"
        r"blocked (?:shipment|user|order|account|invoice|supplier)s?|calendar|so that|to help",
    ),
    rule(
        "blame",
        "0.8",
        "your aske remi told call time had unti fina resp part blam beca",
        r"your (?:\w+ )?(?:team|it|department|people|side|staff|colleagues?|admin\w*|company|"
        r"organi[sz]ation|engineers?|developers?|manager\w*|lead|users?|partner|supplier|"
        r"vendor) (?:still |again |have |has |had |did |do |does |was |were |is |are |could |"
        r"would )*(?:not|never|failed|forgot|refused|ignored)\b|(?:asked|reminded|written to|told|called|"
        r"e-?mailed|chased) you (?:\w+ ){0,2}(?:times|repeatedly|again|twice)|for the (?:second|third|"
        r"fourth|fifth) time|if (?:only )?you(?:r \w+)? had |had you (?:sent|given|told|answered|done|"
        r"delivered|confirmed|replied)|until you (?:finally|at last|do)|you finally|do your part|"
        r"your responsibility that|you are (?:responsible|to blame|at fault)|blame (?:lies|is)|(?:late|"
        r"delayed|behind|failed|missed|impossible|blocked|stuck|not \w+) because (?:we|"
        r"i) (?:only )?(?:received|got|had) (?:\w+ ){0,2}(?:your|from you)",
        unless=r"(?:if|in case|unless|whether|when|should) (?:\w+ )?(?:your|you (?!had|finally))|not (?:need|"
        r"have to|miss|reach|exceed|worry|notice|affected|included|visible|charged|required|expected)|"
        r"your users? (?:do|can|will|are|is) not|not your",
    ),
)
