"""Scripts that try to run: each calls `fire()` or asks the host `fire.invalid` for something, if it is ever let to."""

from __future__ import annotations

import json

from reviewqueue.core import canonical_json
from reviewqueue.core.settings import ROOT

NAUGHTY = ROOT.parent / "shared/inputs/attack/blns.json"

# Those that fire by themselves when a page prints them raw into a text.
FIRING = [
    "<script>fire()</script>",
    "<ScRiPt >fire()</sCrIpT>",
    "</textarea><script>fire()</script>",
    "</title><script>fire()</script>",
    "</pre></code><script>fire()</script>",
    "'\"><script>fire()</script>",
    "--><script>fire()</script><!--",
    "]]><script>fire()</script>",
    "<img src=x onerror=fire()>",
    "<img src=x onerror='fire()'//",
    "<img/src=`x`onerror=fire()>",
    "<svg onload=fire()>",
    "<svg><script>fire()</script></svg>",
    "<svg><animate onbegin=fire() attributeName=x dur=1s>",
    "<body onload=fire()>",
    "<iframe srcdoc='<script>parent.fire()</script>'></iframe>",
    "<iframe src='javascript:parent.fire()'></iframe>",
    "<details open ontoggle=fire()>x</details>",
    "<input autofocus onfocus=fire()>",
    "<video><source onerror=fire()></video>",
    "<audio src=x onerror=fire()></audio>",
    "<object data='javascript:parent.fire()'></object>",
    "<marquee onstart=fire()>x</marquee>",
    "<style>@import '//fire.invalid/x.css'</style>",
    "<link rel=stylesheet href=//fire.invalid/x.css>",
    "<img src=//fire.invalid/pixel.gif>",
    "<script src=//fire.invalid/x.js></script>",
    "<iframe src=//fire.invalid/></iframe>",
    "<meta http-equiv=refresh content='0;url=//fire.invalid/'>",
    "<base href=//fire.invalid/>",
]
# Those that need an attribute, a template, a pointer over them, or a reader that decodes once too often.
LURKING = [
    '" onmouseover=fire() x="',
    "' onfocus=fire() autofocus x='",
    '" autofocus onfocus="fire()',
    "x onload=fire()",
    "javascript:fire()",
    "JaVaScRiPt:fire()",
    " javascript:fire()",
    "java\tscript:fire()",
    "java\nscript:fire()",
    "data:text/html,<script>parent.fire()</script>",
    "vbscript:fire()",
    "<a href='javascript:fire()'>click</a>",
    "<a href=//fire.invalid/ ping=//fire.invalid/>click</a>",
    "[click](javascript:fire())",
    "[https://x.example|javascript:fire()]",
    "<javascript:fire()|https://x.example>",
    "[url=javascript:fire()]https://x.example[/url]",
    "https://x.example <javascript:fire()>",
    "[//]: # (<script>fire()</script>)",
    "\u0440\u0430\u0443<script>fire()</script>",
    "\uff50\uff41\uff59<img src=x onerror=fire()>",
    "![x](//fire.invalid/pixel.gif)",
    "https://fire.invalid/",
    "&lt;script&gt;fire()&lt;/script&gt;",
    "&#60;script&#62;fire()&#60;/script&#62;",
    "%3Cscript%3Efire()%3C/script%3E",
    "\\u003cscript\\u003efire()\\u003c/script\\u003e",
    "\uff1cscript\uff1efire()\uff1c/script\uff1e",
    "<scr\x00ipt>fire()</script>",
    "<scr\u200bipt>fire()</script>",
    "\u202e<script>fire()</script>",
    "{{ self.__init__.__globals__ }}",
    "{% for x in ().__class__.__mro__ %}{{ x }}{% endfor %}",
    "${fire()}",
    "#{fire()}",
    "<%= fire() %>",
    "<div hx-get=//fire.invalid/ hx-trigger=load>x</div>",
    "<div data-hx-get=//fire.invalid/ data-hx-trigger=load hx-on:load=fire()>x</div>",
    '<meta name=htmx-config content=\'{"mode": "cors"}\'>',
    "<form id=send_back-item-1 data-guard><input name=text></form>",
    "<div data-key=a onclick=fire()>x</div>",
    "<a class=claim id=claim-1 href=//fire.invalid/ data-claim=1>x</a>",
    "<button command=show-modal commandfor=keys onclick=fire()>x</button>",
    "<p style='background:url(//fire.invalid/x)'>x</p>",
    "<math><mtext><table><mglyph><style><img src=x onerror=fire()></style></mglyph></table></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=fire()>'></noscript>",
    "<template><script>fire()</script></template>",
    "<xss style='animation-name:x' onanimationstart=fire()>",
    "<!--[if gte IE 4]><script>fire()</script><![endif]-->",
    "<?xml version='1.0'?><script>fire()</script>",
]


def naughty() -> list[str]:
    """The big list of naughty strings, where it lies beside the repository; without those that no JSON can carry."""
    if not NAUGHTY.exists():
        return []
    found = []
    for said in json.loads(NAUGHTY.read_text(encoding="utf-8")):
        try:
            canonical_json.write(said)
        except canonical_json.NotCanonical:
            continue
        found.append(said)
    return found
