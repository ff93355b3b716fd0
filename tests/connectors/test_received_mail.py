"""An e-mail that was forwarded in: read whatever mail program wrote it, and inert whatever is in it."""

from __future__ import annotations

import pytest

from reviewqueue.connectors import received_mail
from reviewqueue.core.errors import Invalid

HEAD = "From: Rosa Marlow <rosa@marlowfreight.example>\r\nTo: onboarding@example.com\r\nSubject: Re: Your kickoff\r\n"
ANSWER = "Message-ID: <a@marlowfreight.example>\r\nIn-Reply-To: <2@example.com>\r\nReferences: <1@example.com>\r\n <2@example.com>\r\n"
FORWARD = (
    "From: Dana <dana@example.com>\r\nSubject: Fwd\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee below.\r\n"
    f"--b\r\nContent-Type: message/rfc822\r\n\r\n{HEAD}{ANSWER}\r\nTuesday suits us.\r\n--b--\r\n"
)
MIXED = (
    f"{HEAD}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--b\r\nContent-Type: text/csv; name=sites.csv\r\n\r\na,b\r\n--b\r\n"
    'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="../../etc/=?utf-8?Q?order=E2=80=AE?=.pdf"\r\n'
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
)
MARKUP = (
    f"{HEAD}Content-Type: text/html\r\n\r\n<html><head><title>x</title><style>p {{}}</style></head><body><p>Tuesday <b>suits</b> us.</p>"
    "<script>alert(1)</script><p>Rosa &lt;COO&gt;<img src=https://elsewhere.example/seen.png></body></html>\r\n"
)
# (a sentence, the file, what is read of it: name, subject, text, what it answers, what is attached)
MAILS = [
    ("plain text", f"{HEAD}{ANSWER}\r\nTuesday suits us.\r\n", ("Rosa Marlow", "Re: Your kickoff", "Tuesday suits us.", ["<2@example.com>", "<1@example.com>"], [])),
    ("encoded words", HEAD.replace("Rosa Marlow", "=?utf-8?Q?R=C3=B3sa?=") + "\r\nYes", ("Rósa", "Re: Your kickoff", "Yes", [], [])),
    ("one that was forwarded as an attachment", FORWARD, ("Rosa Marlow", "Re: Your kickoff", "Tuesday suits us.", ["<2@example.com>", "<1@example.com>"], [])),
    ("attachments", MIXED, ("Rosa Marlow", "Re: Your kickoff", "Grüße", [], [("sites.csv", "a,b"), ("../../etc/order[U+202E].pdf", "")])),
    ("only markup", MARKUP, ("Rosa Marlow", "Re: Your kickoff", "Tuesday suits us.\nRosa <COO>", [], [])),
    ("what Outlook writes", f"{HEAD}Content-Type: text/html\r\n\r\n<!--[if mso]>x<![endif]--><![if !mso]>Yes<![endif]><![CDX[</p>", ("Rosa Marlow", "Re: Your kickoff", "Yes", [], [])),
    ("a charset that nobody knows", f"{HEAD}Content-Type: text/plain; charset=klingon\r\n\r\nYes", ("Rosa Marlow", "Re: Your kickoff", "Yes", [], [])),
    ("what no database keeps", f"{HEAD}\r\nYes\x00 we do", ("Rosa Marlow", "Re: Your kickoff", "Yes\ufffd we do", [], [])),
    ("markup in plain text stays text", f"{HEAD}\r\n<script>alert(1)</script>", ("Rosa Marlow", "Re: Your kickoff", "<script>alert(1)</script>", [], [])),
]  # fmt: skip


def test_each_mail_is_read() -> None:
    for says, mail, wanted in MAILS:
        read = received_mail.read(mail.encode())
        attached = [(one.name, one.text.strip()) for one in read.attached]
        assert (read.name, read.subject, read.text, list(read.answers), attached) == wanted, says
        assert read.address == "rosa@marlowfreight.example", says


def test_what_is_no_mail_is_refused_with_what_to_do() -> None:
    deep = HEAD + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(3000))
    for data in (
        b"",
        b"hello",
        b"\x00" * 100,
        b"%PDF-1.7",
        b"Subject: x\r\n\r\nno sender",
        b"From: nobody\r\n\r\nx",
        b"From: a@b.example\r\n\r\n" + b"\n--b" * 2001,
        b"x" * 5_000_001,
    ):
        with pytest.raises(Invalid) as refused:
            received_mail.read(data)
        assert [fault.at for fault in refused.value.faults] == ["/file"], data[:20]
    try:
        assert len(received_mail.read(deep.encode()).text) <= received_mail.MAX_TEXT + 100
    except Invalid as refused_one:
        assert refused_one.faults[0].at == "/file"


def test_the_same_file_has_the_same_id_also_without_one_and_long_texts_are_cut() -> None:
    whole = (HEAD + "\r\n" + "x" * 60_000).encode()
    assert received_mail.read(whole).message_id == received_mail.read(whole).message_id
    assert received_mail.read(whole).message_id.startswith("sha256:")
    assert received_mail.read(whole).text.endswith("[… cut after 50,000 characters]")
    assert received_mail.read(f"{HEAD}Date: Mon, 02 Mar 2026 09:00:00 +0100\r\n\r\nx".encode()).sent_at is not None
    assert received_mail.read(f"{HEAD}Date: soon\r\n\r\nx".encode()).sent_at is None
