"""English rules for the topics of terms and blame: commercial commitments, renewal and refund, fault."""

from __future__ import annotations

from reviewqueue.checks.topics.rules import rule

# What the customer does with the product, for people of their own, and what others issue: none of it is between us.
_NOT_OURS = (
    r"\b(?:buttons?|screens?|tills?|check-?out|basket|counter|box office|front desk|web ?shop|vouchers?|coupons?|"
    r"loyalty|tick(?:s|ed)?|press(?:es)?|taps?|clicks?|scans?|receipts?|passengers?|readers?|librar\w+|patrons?|"
    r"visitors?|guests?|tenants?|students?|parents?|drivers?|shoppers?|patients?|buyers?|gift cards?|deposits?|"
    r"certificates?|certification|passports?|identity card|driving|driver's|alcohol|import licen[cs]e|dog|"
    r"library books?|vows|third-party|the maker|dealer|council|county|agency|firewall|printer|warehouse|"
    r"webinar|funding|tariffs?|theatre|seats? (?:in|show)|hotel|parking|coffee|lunch|rooms?|flights?|trains?|railway|"
    r"in passing|for the record|renewal date|contract start|workflow|how (?:do|does|to)|"
    r"when an? (?!.{0,40}\b(?:we|our)\b))\b"
)

RULES = (
    # A commercial commitment.
    rule(
        "commercial",
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
        r"no (?:extra|additional) cost centre|" + _NOT_OURS,
    ),
    rule(
        "commercial",
        "0.8",
        "guar prom comm warr unde word bind agre upti sla resp pena avai",
        r"(?:we|i|our team)(?: can| will| hereby| do|'ll)? (?:guarantee|promise|commit to|"
        r"warrant|undertake)\b|(?:is|are|be) (?:contractually )?guaranteed\b|you have (?:my|our) word|"
        r"(?:our|a|the|my|this) (?:\w+ )?(?:guarantee|commitment to you|binding commitment)\b|"
        r"legally binding|(?:we|i) (?:can |will |'ll )?(?:agree|agreed) to (?:the |a |your |extend|add|"
        r"include|lower|reduce|match|shorten)|uptime (?:of )?9\d|sla of|9\d(?:[.,]\d+)? ?% (?:uptime|"
        r"availab\w+)|response time of|penalt(?:y|ies)\b",
        unless=r"(?:not|can not|never) (?:\w+ ){0,2}(?:guarantee|promise|commit|agree)|agreed to (?:meet|speak|"
        r"talk|the agenda|the minutes|start with)|(?:promise|agree) to (?:be |answer|call|write|reply|"
        r"listen|help|not |keep (?:it|this) short)|guaranteed delivery|as promised|penalty (?:field|"
        r"column|table|clause field)|report|short\b|" + _NOT_OURS,
    ),
    rule(
        "commercial",
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
        r"talk to|contact) your account|" + _NOT_OURS,
    ),
    # Renewal, refund, downgrade.
    rule(
        "renewal",
        "0.9",
        "rene auto",
        r"""renew(?:al|als|s|ed|ing)?\b|auto-?renew\w*""",
        unless=r"(?:certificate|cert|token|password|session|ssl|tls|domain|api key|passport|visa|badge|key|"
        r"secret|credential|saml|key pair|subscription key)s?\b|(?:leases?|permits?|memberships?|policies|"
        r"prescriptions?)\b|renewable|your (?:customers|members|tenants|policyholders|clients|patients|"
        r"subscribers|donors|own)\b|(?:members|tenants|policyholders|clients|subscribers|patients|donors|"
        r"lease|policy|library|permit|prescription|membership)(?:s|'s|s'|')? renew\w*|"
        r"renewals? (?:workflow|module|dashboard|report|queue|column|field|pipeline|team's|"
        r"reminders? you)|renewed (?:interest|energy|thanks|effort)|" + _NOT_OURS,
    ),
    rule(
        "renewal",
        "0.9",
        "refu reim mone pay cred retu",
        r"refund(?:s|ed|ing|able)?\b|reimburs\w+|money[- ]back|pay(?:ing)? (?:\w+ ){0,3}back\b|"
        r"credit note for|return your (?:payment|money|fee)",
        unless=r"refunds? (?:workflow|module|dashboard|report|queue|column|field|process|requests|reasons?|table|"
        r"cases?|rule|rate|button|form|tickets?|template|policy page|line|type|data)|(?:your|"
        r"of) (?:customers|shoppers|guests|patients|tenants|members|buyers|own)\b|(?:customer|shopper|"
        r"guest|patient|tenant|order)s?'? refunds?|(?:process|approve|issue|import|handle|tag|route|"
        r"export)s? (?:\w+ ){0,2}refunds|refunds? (?:to|from|by) (?!you)\w+ (?:are|is)|in your (?:erp|"
        r"shop|store|own|till|system)|travel|expenses? (?:report|claim)|" + _NOT_OURS,
    ),
    rule(
        "renewal",
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
