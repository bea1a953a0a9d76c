"""The page about mail: what stands in the way, a test mail, and what nobody could place."""

from typing import Any

import pytest

from novation.moves.models import Move, Wave
from novation.notices.inbound import process as incoming
from novation.notices.models import InboundMail, PostalLetter, TestMail
from novation.notices.services import test_mails
from novation.notices.transport import Handed, Outcome
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_trial_says_so(operator: Browser, built: Portfolio) -> None:
    TestMail.objects.all().delete()
    page = text(operator.get("/console/mail/"))
    assert "This is a trial." in page and "novation.M021" in page


def test_a_test_mail_is_asked_for_sent_and_seen(operator: Browser, other: Browser, built: Portfolio) -> None:
    TestMail.objects.all().delete()
    assert operator.post("/console/mail/test", {"language": "de"}).status_code == 303
    one = TestMail.objects.get()
    assert (one.to, one.state) == ("operator@partner.example", "queued")
    refused = operator.post(f"/console/mail/seen/{one.pk}")
    assert refused.status_code == 409 and "was not sent" in text(refused)
    test_mails.came_of(one.pk, Handed(Outcome.ACCEPTED), now=NOW)
    assert "It arrived and is right" in text(operator.get("/console/mail/"))
    assert "It arrived and is right" not in text(other.get("/console/mail/"))
    assert operator.post(f"/console/mail/seen/{one.pk}").status_code == 303
    assert "novation.M021" not in text(operator.get("/console/mail/"))


def test_a_language_without_texts_is_refused(operator: Browser, built: Portfolio) -> None:
    answer = operator.post("/console/mail/test", {"language": "xx"})
    assert answer.status_code == 409 and "no texts in this language" in text(answer)


def test_what_nobody_could_place_is_read_and_taken_off(operator: Browser, built: Portfolio) -> None:
    one = InboundMail.objects.create(
        sha256="0" * 64,
        kind="reply",
        at=NOW,
        sender="<b>Eva</b> <eva@x.example>",
        subject="Who are you?",
        text="Hm.",
    )
    page = text(operator.get("/console/mail/"))
    assert "Who are you?" in page and "&lt;b&gt;Eva" in page
    assert operator.post(f"/console/mail/handled/{one.pk}").status_code == 303
    assert "Who are you?" not in text(operator.get("/console/mail/"))


def test_the_wave_says_what_the_mail_set_up_lacks(
    operator: Browser, approver: Browser, built: Portfolio
) -> None:
    TestMail.objects.all().delete()
    wave = built.waves[2]
    approver.post(f"/console/waves/{wave.pk}/approve")
    assert "Nobody has seen a test mail yet." in text(operator.get(f"/console/waves/{wave.pk}/"))
    assert operator.post(f"/console/waves/{wave.pk}/launch").status_code == 409
    assert Wave.objects.get(pk=wave.pk).state == "draft"


def test_a_letter_is_made_printed_and_posted(operator: Browser, viewer: Browser, built: Portfolio) -> None:
    move = built.by_kind["bounced"]
    fields = {"reference": move.reference, "name": "Jana Žďárská", "address": "Příkop 4\n602 00 Brno"}
    assert operator.post("/console/mail/letter", {**fields, "address": ""}).status_code == 409
    assert operator.post("/console/mail/letter", fields).status_code == 303
    made = PostalLetter.objects.get()
    printed = viewer.get(f"/console/mail/letters/{made.pk}")
    assert printed.content.startswith(b"%PDF") and "attachment" in printed["Content-Disposition"]
    assert operator.post(f"/console/mail/posted/{made.pk}").status_code == 303
    assert Move.objects.get(pk=move.pk).notice_state == "sent"
    assert operator.post("/console/mail/posted/4711").status_code == 409


@pytest.fixture(autouse=True)
def nothing_sent(settings: Any) -> None:
    settings.NOVATION_MAIL = "file"


def test_a_mail_that_could_not_be_read_is_shown_and_given_out_as_it_came(
    operator: Browser, built: Portfolio
) -> None:
    poison = b"Subject: x\n" + b"Content-Type: message/rfc822\n\n" * 2_000
    incoming.receive(poison, now=NOW)
    kept = InboundMail.objects.get(kind="unreadable")
    address = f"/console/mail/unreadable/{kept.pk}"
    assert address in text(operator.get("/console/mail/"))
    answer = operator.get(address)
    assert answer.content == poison
    assert answer["Content-Disposition"].startswith("attachment")
    operator.post(f"/console/mail/handled/{kept.pk}")
    assert InboundMail.objects.get(pk=kept.pk).raw is None
    assert operator.get(address).status_code == 404
