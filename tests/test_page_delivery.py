"""How pages and their files travel: compressed, and kept by the browser until they change."""

from __future__ import annotations

import gzip
import re

import pytest
from django.http import HttpResponse
from django.templatetags.static import static
from django.test import Client, RequestFactory

from novation import static_files
from novation.compression import TextCompression

LONG = b"<p>Severka IT s.r.o.</p>" * 100


def answered(response: HttpResponse) -> HttpResponse:
    request = RequestFactory().get("/", headers={"accept-encoding": "gzip, br"})
    return TextCompression(lambda _: response)(request)  # type: ignore[return-value]  # it is the one given


@pytest.mark.parametrize(
    "kind", ["text/html; charset=utf-8", "text/css", "application/json", "image/svg+xml"]
)
def test_text_is_compressed(kind: str) -> None:
    response = answered(HttpResponse(LONG, content_type=kind))
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == LONG
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.parametrize("kind", ["application/zip", "application/pdf", "image/png"])
def test_archives_and_pictures_keep_their_length(kind: str) -> None:
    response = answered(HttpResponse(LONG, content_type=kind))
    assert "Content-Encoding" not in response
    assert response.content == LONG


@pytest.mark.django_db
def test_a_page_and_its_files_travel_compressed() -> None:
    client = Client(headers={"accept-encoding": "gzip"})
    page = client.get("/campaign/")
    assert page["Content-Encoding"] == "gzip"
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(page.content).decode())
    assert addresses
    for address in addresses:
        assert re.fullmatch(r"/static/.+\?v=[0-9a-f]{12}", address)
        file = client.get(address)
        assert gzip.decompress(b"".join(file.streaming_content))
        file.close()
        assert "immutable" in file["Cache-Control"] and file["Content-Encoding"] == "gzip"


def test_an_address_changes_with_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    before = static("novation/tokens.css")
    assert before == static("novation/tokens.css")
    monkeypatch.setattr(static_files, "content_hash", lambda name: "0" * 12)
    assert static("novation/tokens.css") == "/static/novation/tokens.css?v=000000000000" != before


def test_a_file_that_is_not_there_keeps_its_plain_address() -> None:
    assert static("novation/nothing.css") == "/static/novation/nothing.css"
