"""Compression: text leaves gzipped where that gives no secret away; our files are packed once and kept for a year."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from reviewqueue.web import form_token
from tests import drafts
from tests.cast import DANA, PRIYA
from tests.conftest import Api
from tests.world import World

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


def body(answer: Any) -> bytes:
    """What the answer says, unpacked as its headers tell."""
    content = answer.get_data()
    return gzip.decompress(content) if answer.headers.get("Content-Encoding") == "gzip" else content


def packed(answer: Any) -> bool:
    return answer.headers.get("Content-Encoding") == "gzip"


def test_a_page_is_packed_for_who_takes_it_and_says_so(client_for: Any, world: World) -> None:
    world.submit(drafts.email())
    client = client_for(DANA)
    plain, small = client.get("/queue"), client.get("/queue", headers=GZIP)
    assert (packed(plain), packed(small)) == (False, True)
    assert int(small.headers["Content-Length"]) == len(small.get_data()) < len(plain.get_data()) / 2
    assert all("Accept-Encoding" in answer.headers["Vary"] for answer in (plain, small))
    assert all("HX-Request" in answer.headers["Vary"] for answer in (plain, small))
    bare = re.compile(rb'name="csrf_token" value="[^"]*"')
    assert bare.sub(b"", body(small)) == bare.sub(b"", body(plain))
    assert not packed(client.get("/queue", headers={"Accept-Encoding": "gzip;q=0"}))


@pytest.mark.parametrize("address", ["/queue?view=all", "/queue?customer=secret", "/no/such/page", "/sign-in?next=/x"])
def test_a_page_that_may_show_what_an_address_brought_is_not_packed(client_for: Any, address: str) -> None:
    """Else who makes somebody open addresses learns of the page's secrets from its length."""
    assert not packed(client_for(DANA).get(address, headers=GZIP))


def test_what_answers_a_form_is_not_packed(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    answer = client_for(DANA).post(
        f"/items/{item}/decisions", data={"action": "reject", "text": "x" * 40}, headers=GZIP
    )
    assert (answer.status_code >= 400, packed(answer), len(answer.get_data()) > 2_000) == (True, False, True)


def test_the_form_token_is_another_text_each_time_and_every_one_holds(client_for: Any, world: World) -> None:
    client = client_for(PRIYA, csrf=False)
    found = [
        re.findall(r'name="csrf_token" value="([^"]*)"', client.get("/people/me").get_data(as_text=True))
        for _ in range(2)
    ]
    given = [token for page in found for token in page]
    assert len(set(given)) == len(given) >= 4
    for token in (given[0], given[-1]):
        heard = client.post("/people/away/end", data={"csrf_token": token})
        assert heard.status_code == 422, "she is not away; but she was heard"
    for forged in ("", "m.", "m.AAAA", "m.????", given[0][:-8] + "AAAAAAA=", form_token.MASK_PREFIX + "A" * 400):
        assert client.post("/people/away/end", data={"csrf_token": forged}).status_code == 400, forged


def test_an_answer_of_the_api_is_packed(api: Api, world: World) -> None:
    item = world.submit(drafts.email())
    plain, small = api.get(f"/api/v1/items/{item}"), api.get(f"/api/v1/items/{item}", headers=GZIP)
    assert (packed(plain), packed(small)) == (False, True)
    assert body(small) == plain.get_data()
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert packed(api.get("/api/v1/openapi.json", headers=GZIP))


@pytest.mark.parametrize("name", ["css/base.css", "vendor/bootstrap.min.css", "vendor/htmx.min.js", "js/keys.js"])
def test_a_file_of_ours_is_packed_versioned_and_checked_by_its_own_mark(client_for: Any, name: str) -> None:
    """Each form of it has an ETag of its own, which is answered with 304, and only the version asked for is kept."""
    client = client_for()
    with client.application.test_request_context():
        address = client.application.jinja_env.globals["static"](name)
    plain, small = client.get(address), client.get(address, headers=GZIP)
    assert (packed(plain), packed(small)) == (False, True)
    assert body(small) == plain.get_data()
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in small.headers["Vary"]
    assert plain.headers["ETag"] != small.headers["ETag"]
    for headers, mark in (({}, plain.headers["ETag"]), (GZIP, small.headers["ETag"])):
        again = client.get(address, headers={**headers, "If-None-Match": mark})
        assert (again.status_code, again.get_data(), again.headers["ETag"]) == (304, b"", mark)
    assert client.get(address, headers={"If-None-Match": small.headers["ETag"]}).status_code == 200
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"/static/{name}?v=0123456789abcdef").headers["Cache-Control"] == "no-cache"
    assert client.get(f"/static/{name}").headers["Cache-Control"] == "no-cache"


def test_what_a_file_names_is_versioned_too(client_for: Any) -> None:
    """A style sheet's import and a module's: the very addresses that pages name, so nothing is fetched twice."""
    client = client_for()
    for name, other in (("css/base.css", "vendor/bootstrap.min.css"), ("js/keys.js", "vendor/tinykeys.module.js")):
        with client.application.test_request_context():
            address = client.application.jinja_env.globals["static"](other)
        text = client.get(f"/static/{name}").get_data(as_text=True)
        assert f'"../{address.removeprefix("/static/")}"' in text
        assert f'"../{other}"' not in text


@pytest.mark.parametrize("name", ["../pyproject.toml", "%2e%2e/pyproject.toml", "css", "", "no.css", "css/\x00.css"])
def test_nothing_else_is_a_file_of_ours(client_for: Any, name: str) -> None:
    assert client_for().get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("address", ["/queue", "/static/css/base.css", "/queue?view=open", "/no/such/page"])
@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_a_head_says_what_a_get_does(client_for: Any, world: World, address: str, headers: dict[str, str]) -> None:
    """All but the bytes: how long it is, how it is packed, and by what it varies."""
    world.submit(drafts.email())
    client = client_for(DANA)
    get, head = client.get(address, headers=headers), client.head(address, headers=headers)
    assert head.get_data() == b""
    for name in ("Content-Type", "Content-Encoding", "Vary", "Cache-Control", "ETag"):
        assert head.headers.get(name) == get.headers.get(name), name
    apart = abs(int(head.headers["Content-Length"]) - int(get.headers["Content-Length"]))
    assert apart <= (40 if packed(get) else 0), "packed, the form token is longer or shorter by a little"


def test_a_file_of_ours_is_the_same_for_everybody(client_for: Any) -> None:
    """It neither varies by the cookie nor sets one: a browser that was told something keeps what it has."""
    client = client_for(DANA)
    client.get("/queue")
    with client.application.test_request_context():
        address = client.application.jinja_env.globals["static"]("css/base.css")
    for headers in ({}, GZIP, {"If-None-Match": client.get(address).headers["ETag"]}):
        answer = client.get(address, headers=headers)
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in answer.headers
    assert "Cookie" in client.get("/static/none.css").headers["Vary"], "a refusal there has the reader's name on it"
