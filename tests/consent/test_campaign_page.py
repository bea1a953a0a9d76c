"""Open to everybody: what we write to customers, how to check it, and how to report a fake."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from novation.consent.models import Report
from novation.moves.models import Decision, Message, Move
from tests.consent.visitor import Visitor
from tests.telling import NOW, make_move, make_programme

pytestmark = pytest.mark.django_db


def test_the_campaign_is_told_in_the_open_and_names_no_customer(visitor: Visitor) -> None:
    programme = make_programme(sender_phone="+420 541 000 000")
    move = make_move(programme, notice="sent", decision="asked")
    page = visitor.get("/campaign/")
    assert page.status_code == 200 and "X-Robots-Tag" not in page
    for part in (programme.sender_email, programme.sender_phone, "http://127.0.0.1:8000", "report"):
        assert part.lower() in visitor.words().lower()
    for part in (move.customer.name, move.reference, move.words):
        assert part not in visitor.text()


def test_the_root_leads_to_it_as_soon_as_there_is_a_programme(visitor: Visitor) -> None:
    assert visitor.client.get("/")["Location"] == "/console/"
    make_programme()
    assert visitor.client.get("/")["Location"] == "/campaign/"


@pytest.mark.parametrize("address", ["/campaign/", "/verify/", "/r/nothing/"])
def test_open_pages_bear_the_partners_name_and_never_ours(
    visitor: Visitor, settings: Any, address: str
) -> None:
    programme = make_programme(sender_name="Müller & Žďárská s.r.o.")
    visitor.get(address)
    assert programme.sender_name.replace("&", "&amp;") in visitor.text() and "Novation" not in visitor.words()
    settings.NOVATION_COMPANY = "Severka"
    visitor.get(address)
    assert '<span class="wordmark">Severka</span>' in visitor.text()


def test_without_a_campaign_it_says_so(visitor: Visitor) -> None:
    visitor.get("/campaign/?lang=de")
    assert "Wer das behauptet, gehört nicht zu uns" in visitor.words()


def test_a_report_reaches_our_people_and_decides_nothing(
    visitor: Visitor, django_capture_on_commit_callbacks: object
) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.get("/campaign/")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # a fixture of pytest-django
        visitor.submit("/campaign/", text="A mail from evil.example", reference=move.reference.lower())
    assert "will look into it" in visitor.words()
    assert Report.objects.get().move == move
    assert "evil.example" in Message.objects.get(move=move).text
    assert visitor.sink.last()["To"] == move.programme.sender_email
    assert not Decision.objects.exists()
    assert Move.objects.get(pk=move.pk).decision_state == "asked"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "x" * 5001}, 422),
        ({"text": "x", "reply_to": "nobody"}, 422),
        ({"text": "<script>alert(1)</script>", "reference": "SEV-0000-0000\r\nBcc: a@b.example"}, 200),
    ],
)
def test_odd_reports_get_a_clear_page(visitor: Visitor, values: dict[str, str], status: int) -> None:
    make_programme()
    visitor.get("/campaign/")
    assert visitor.submit("/campaign/", **values).status_code == status
    assert Report.objects.count() == (1 if status == 200 else 0)
    assert "<script>alert" not in visitor.text() and not Message.objects.exists()


def test_reports_without_end_are_refused(visitor: Visitor) -> None:
    make_programme()
    for _ in range(6):
        visitor.get("/campaign/")
        page = visitor.submit("/campaign/", text="again")
    assert page.status_code == 422 and Report.objects.count() == 5


def test_security_txt_says_where_to_write(visitor: Visitor) -> None:
    programme = make_programme()
    text = visitor.client.get("/.well-known/security.txt").content.decode()
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert f"mailto:{programme.sender_email}" in text
    assert datetime.fromisoformat(fields["Expires"]) > NOW
    assert fields["Canonical"] == "http://127.0.0.1:8000/.well-known/security.txt"
