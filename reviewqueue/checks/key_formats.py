"""The forms in which vendors give out keys, tokens and passwords: each told by its own prefix or frame."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern

_HEX = "[0-9a-f]"
_UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
# (what it is, its form); where the form has a group, that is the secret in it.
KEYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (says, as_pattern(pattern))
    for says, pattern in (
        ("a private key", r"-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----"),
        ("a private key", r"\bPuTTY-User-Key-File-\d|\bAGE-SECRET-KEY-1[0-9A-Z]{20,80}\b"),
        ("an AWS key", r"\b(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE\b)[0-9A-Z]{16}\b"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
        ("a GitLab token", r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt)-[A-Za-z0-9_-]{20,64}"),
        ("a Slack token", r"\bx(?:ox[abceoprs]|app)-[A-Za-z0-9-]{10,250}"),
        ("a Slack webhook", r"\bhooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/([A-Za-z0-9]{16,32})"),
        ("a Discord webhook", r"\bdiscord(?:app)?\.com/api/webhooks/\d{15,22}/([A-Za-z0-9_-]{40,100})"),
        ("a Teams webhook", r"\bwebhook\.office\.com/webhookb2/[^\s/]{20,120}/IncomingWebhook/([0-9a-f]{32})"),
        ("a Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,200}\b"),
        ("a signing secret", r"\bwhsec_[A-Za-z0-9+/=]{16,200}"),
        ("a Google key", r"\bAIza[0-9A-Za-z_-]{35}"),
        ("a Google token", r"\bya29\.[0-9A-Za-z_-]{20,500}|\bGOCSPX-[0-9A-Za-z_-]{20,40}"),
        ("an Azure key", r"\b(?:Account|SharedAccess)Key=([A-Za-z0-9+/=]{30,100})"),
        ("an Azure secret", r"(?<![\w~.-])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
        ("a SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
        ("a Mailchimp key", rf"\b{_HEX}{{32}}-us\d{{1,2}}\b"),
        ("a Mailgun key", r"\bkey-[a-z0-9]{32}\b"),
        ("a Brevo key", rf"\bxkeysib-{_HEX}{{64}}-[A-Za-z0-9]{{16}}\b"),
        ("a Twilio id or key", rf"\b(?:AC|SK){_HEX}{{32}}\b"),
        ("a HubSpot token", rf"\bpat-(?:na|eu|ap)\d-{_UUID}\b"),
        ("a Salesforce session", r"\b00D[A-Za-z0-9]{12,15}![A-Za-z0-9._]{40,200}"),
        ("an Atlassian token", r"\bAT(?:ATT|CTT|BB)[A-Za-z0-9_=-]{20,250}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("a PyPI token", r"\bpypi-[A-Za-z0-9_-]{40,300}"),
        ("a RubyGems key", rf"\brubygems_{_HEX}{{48}}\b"),
        ("a Docker token", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,40}\b"),
        ("a DigitalOcean token", rf"\bdo[oprt]_v1_{_HEX}{{64}}\b"),
        ("a Shopify token", rf"\bshp(?:at|ca|pa|ss)_{_HEX}{{32}}\b"),
        ("a Facebook token", r"\bEAA[A-Za-z0-9]{40,300}\b"),
        ("a Square token", r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,50}"),
        ("a New Relic key", r"\bNRAK-[A-Z0-9]{27}\b"),
        ("a Linear key", r"\blin_(?:api|oauth)_[A-Za-z0-9]{32,64}\b"),
        ("a Notion token", r"\b(?:secret_[A-Za-z0-9]{43}|ntn_[A-Za-z0-9]{40,60})\b"),
        ("an Airtable token", rf"\bpat[A-Za-z0-9]{{14}}\.{_HEX}{{64}}\b"),
        ("a Figma token", r"\bfig[dop]_[A-Za-z0-9_-]{40,60}"),
        ("a Databricks token", rf"\bdapi{_HEX}{{32}}\b"),
        ("a Telegram bot token", r"(?<![\w:])\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![\w-])"),
        ("a Vault token", r"\bhv[bsr]\.[A-Za-z0-9_-]{20,200}"),
        ("a Grafana token", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-f]{8}\b|\bglc_[A-Za-z0-9+/=]{32,200}"),
        ("a Google token", r"(?<![\w/])1//0[A-Za-z0-9_-]{40,120}"),
        ("a Discord token", r"\b[MNO][A-Za-z0-9]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}"),
        ("a Postman key", rf"\bPMAK-{_HEX}{{24}}-{_HEX}{{34}}\b"),
        ("a Sentry token", r"\bsntry[su]_[A-Za-z0-9+/=_-]{30,300}"),
        ("a Contentful token", r"\bCFPAT-[A-Za-z0-9_-]{40,60}"),
        ("a PostHog key", r"\bphx_[A-Za-z0-9]{40,60}\b"),
        ("a Buildkite token", rf"\bbkua_{_HEX}{{40}}\b"),
        ("a Terraform token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,80}"),
        ("an Artifactory key", r"\bAKCp[A-Za-z0-9]{60,80}\b"),
        ("an API key", r"\b(?:gsk_[A-Za-z0-9]{48,56}|xai-[A-Za-z0-9]{36,100}|r8_[A-Za-z0-9]{36,40})\b"),
        ("an API key", r"\brpa_[A-Za-z0-9]{40,48}\b"),
        (
            "a licence key",
            r"(?i:\b(?:licen[cs]e|product|activation|serial)[ -](?:key|code|number)\b)[^\w\n]{1,4}(?:is )?"
            r"((?:[A-Z0-9]{4,6}-){3,7}[A-Z0-9]{4,6})\b",
        ),
        (
            "a wallet's words",
            r"(?i:\b(?:seed|recovery|backup|secret)[ -](?:phrase|words)|\bmnemonic)\s?[:=]\s{0,3}"
            r"((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})\b",
        ),
        ("an API key", r"\bsk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{20,200}"),
        ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{10,1000}"),
        ("a one-time password's seed", r"\botpauth://[^\s?]{1,200}\?[^\s]{0,200}?secret=([A-Za-z2-7]{16,128})"),
        (
            "a password in a link",
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@<>]{0,80}:(?!(?:PASSWORD|PASSWORT|PASS|PWD|SECRET|MY_?PASSWORD|YOUR_?PASSWORD|DB_?PASSWORD|[xX*]{3,100}|\$\{?\w{1,60}\}?|%\w{1,60}%|\{\w{1,60}\})@)([^\s/@<>]{3,100})@[^\s/@]{1,200}",
        ),
        ("a password in a command", r"(?<!\S)(?:-u|--user)[ =][\"']?[\w.@-]{1,60}:([^\s\"']{4,100})"),
        (
            "a login in a header",
            r"(?i:\bauthorization\s?[:=]\s?[\"']?(?:basic|bearer|token)\s)([A-Za-z0-9+/=._~-]{12,2000})",
        ),
        (
            "a key or token in a link",
            r"(?i:[?&#](?:api_?key|access_?token|auth_?token|id_?token|refresh_?token|token|"
            r"client_?secret|secret|sig|signature|password|"
            r"x-amz-signature)=)([A-Za-z0-9%+/=._~-]{16,2000})",
        ),
    )
)
# Fragments that the forms above contain, in lower case: a text with none of these is not searched further.
_SIGNS = (
    "-----begin", "putty-user", "age-secret", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat",
    "gl", "xox", "xapp-", "hooks.slack", "webhook", "k_live", "k_test", "whsec_", "aiza", "ya29", "gocspx", "key=",
    "q~", "sg.", "-us", "key-", "xkeysib", "ac", "sk", "pat", "00d", "atatt", "atctt", "atbb", "npm_", "pypi-",
    "rubygems_", "dckr_", "hf_", "_v1_", "shp", "eaa", "sq0", "nrak", "lin_", "secret", "ntn_", "fig", "dapi",
    ":aa", "hv", "eyj", "otpauth", "://", "-u", "--user", "authorization", "token", "sig", "password",
    "1//0", "pmak", "sntry", "cfpat", "phx_", "bkua_", "atlasv1", "akcp", "gsk_", "xai-", "r8_", "rpa_",
    "licen", "activation", "serial", "phrase", "mnemonic",
)  # fmt: skip


def may_hold_key(low: str) -> bool:
    """Whether a text in lower case can hold one of the forms at all: a quick look."""
    return any(sign in low for sign in _SIGNS)
