"""Headers: nobody keeps a page; our own files are kept for a year, each version under an address of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cast import DANA


def kept(client: Any, address: str) -> str:
    """How long a file may be kept."""
    answer = client.get(address)
    answer.close()
    assert answer.status_code == 200
    return str(answer.headers["Cache-Control"])


def test_our_files_are_kept_and_pages_are_not(client_for: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    client = client_for(DANA)
    page = client.get("/queue")
    links = re.findall(r'"(/static/[^"#]+)', page.get_data(as_text=True))
    assert len(links) > 8
    assert page.headers["Cache-Control"] == "no-store"
    assert [link for link in links if "?v=" not in link] == []
    assert {kept(client, link) for link in links} == {"public, max-age=31536000, immutable"}
    assert kept(client, links[0].partition("?")[0]) == "no-cache"
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.css").write_text("changed")
    monkeypatch.setattr(client.application, "static_folder", str(tmp_path))
    with client.application.test_request_context():
        assert client.application.jinja_env.globals["static"]("css/base.css") not in links


def test_a_refusal_under_a_files_address_is_kept_by_nobody(client_for: Any) -> None:
    """It is a page with the reader's name and form token on it; a 404 without a word on it may be kept by anybody."""
    for address in ("/static/css/none.css", "/static/css", "/static/..%2fpyproject.toml"):
        answer = client_for(DANA).get(address)
        assert answer.status_code == 404
        assert DANA.name in answer.get_data(as_text=True)
        assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False), address
