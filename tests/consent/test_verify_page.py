"""Anybody may have a bundle judged; the page keeps nothing and says plainly what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from novation import clock
from novation.consent import rate_limits
from novation.evidence.verifier.embedding import verify_script
from novation.evidence.verify import read_pins
from novation.evidencelog.models import Event
from tests.evidence.sample_log import ALPHA, sample_log

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_the_time() -> Any:
    before = clock.use_clock(clock.FixedClock(sample_log().at + timedelta(minutes=1)))
    yield
    clock.use_clock(before)


def upload(client: Client, content: bytes, name: str = "evidence.zip") -> Any:
    return client.post("/verify/", {"bundle": SimpleUploadedFile(name, content, "application/zip")})


@pytest.mark.usefixtures("at_the_time")
def test_a_bundle_of_another_log_is_refused_and_a_damaged_one_too(client: Client) -> None:
    good = sample_log().bundle(ALPHA)
    shown = upload(client, good).content.decode()
    assert "log key known" in shown
    assert "Something is wrong with this file" in shown  # it is not of this installation's log
    damaged = bytearray(good)
    damaged[len(good) // 2] ^= 1
    assert "Something is wrong with this file" in upload(client, bytes(damaged)).content.decode()


@pytest.mark.usefixtures("at_the_time")
def test_nothing_of_an_upload_is_kept(client: Client) -> None:
    upload(client, sample_log().bundle(ALPHA))
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "Choose the file"), (b"x" * 8_000_001, "too large to be one of ours")]
)
def test_what_is_no_bundle_gets_a_sentence(client: Client, content: bytes, sentence: str) -> None:
    answer = upload(client, content)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_any_other_file_is_judged_as_wrong_and_never_an_error(client: Client) -> None:
    answer = upload(client, b"<html>no zip</html>")
    assert answer.status_code == 200
    assert "Something is wrong with this file" in answer.content.decode()


def test_too_many_uploads_from_one_place_must_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limits.LIMITS, "verify", 2)
    for _ in range(2):
        upload(client, b"nothing")
    assert "Too many files" in upload(client, b"nothing").content.decode()


def test_the_page_names_the_key_and_asks_no_other_host(client: Client) -> None:
    answer = client.get("/verify/")
    assert "novation.local/log+" in answer.content.decode()
    assert "http" not in answer.content.decode().replace("http-equiv", "")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("at_the_time")
def test_a_mail_that_the_reader_holds_is_compared(client: Client) -> None:
    log = sample_log()
    mail = b"Subject: Receipt\n\n" + log.checkpoints[0].note
    given = {
        "bundle": SimpleUploadedFile("e.zip", log.bundle(ALPHA)),
        "witness": SimpleUploadedFile("r.eml", mail),
    }
    assert "witness 1" in client.post("/verify/", given).content.decode()
    given = {
        "bundle": SimpleUploadedFile("e.zip", b"x"),
        "witness": SimpleUploadedFile("r.eml", b"x" * 8_000_001),
    }
    assert client.post("/verify/", given).status_code == 422


def test_the_program_and_what_it_should_find_can_be_fetched(client: Client) -> None:
    assert client.get("/verify/verify.py").content == verify_script()
    found = read_pins(client.get("/verify/pins.txt").content.decode())
    assert found.log[0].startswith("novation.local/log+")
