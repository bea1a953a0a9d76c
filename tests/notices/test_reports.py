"""What a mail service reports becomes a state or a task, once; a stranger's report becomes nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client

from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.notices import services
from novation.notices.inbound import reports
from novation.notices.models import InboundMail, Link, Notice
from novation.operations.models import Task
from tests.telling import NOW, Sink, contact_of, deliver, make_move

pytestmark = pytest.mark.django_db
SECRET = "postmark:a long secret"


@pytest.fixture
def told(sink: Sink, settings: Any) -> Notice:
    settings.ROOT_URLCONF = "tests.notices.hooked_urls"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    reports.listen()
    services.queue(move=make_move(notice="queued"), purpose="announcement", now=NOW)
    return deliver()[0]


def report(notice: Notice, secret: str = SECRET, *, own: bool = True, **fields: Any) -> int:
    """Posts what Postmark posts."""
    values: dict[str, Any] = {"MessageID": "pm-7", "Recipient": contact_of(notice.move).email, "ID": 1}
    if own:
        values["Metadata"] = {"notice": notice.message_id.strip("<>")}
    sign = base64.b64encode(secret.encode()).decode()
    answer = Client(enforce_csrf_checks=True).post(
        "/mail/hooks/postmark/tracking/", {**values, **fields}, "application/json",
        headers={"Authorization": f"Basic {sign}"},
    )  # fmt: skip
    return int(answer.status_code)


HARD = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "TypeCode": 1,
    "Details": "550 no such user",
    "Email": "x@y.example",
    "BouncedAt": "2026-11-23T10:00:00Z",
}
SPAM = {**HARD, "RecordType": "SpamComplaint", "Type": "SpamComplaint", "TypeCode": 512}
ARRIVED = {"RecordType": "Delivery", "DeliveredAt": "2026-11-23T10:00:00Z", "Details": "250 OK"}
OPENED = {"RecordType": "Open", "FirstOpen": True, "ReceivedAt": "2026-11-23T10:00:00Z"}


def state_of(notice: Notice) -> tuple[str, str, str]:
    move = Move.objects.get(pk=notice.move_id)
    return Notice.objects.get(pk=notice.pk).state, move.notice_state, contact_of(move).state


def test_a_bounce_becomes_work_and_counts_once(told: Notice) -> None:
    for _ in range(2):
        assert report(told, **HARD) == 200
    assert state_of(told) == ("bounced", "bounced", "bounced")
    assert Event.objects.filter(tag=Tag.NOTICE_BOUNCED).count() == 1


def test_a_complaint_becomes_a_task(told: Notice) -> None:
    assert report(told, **SPAM) == 200
    assert Task.objects.get().kind == "find-contact"
    assert contact_of(told.move).state == Contact.State.RETIRED


def test_a_delivery_settles_a_doubt(told: Notice) -> None:
    Notice.objects.update(state="uncertain")
    Move.objects.update(notice_state="uncertain")
    assert report(told, **ARRIVED) == 200
    assert state_of(told) == ("sent", "sent", "ok")


def test_an_opened_mail_is_no_news(told: Notice) -> None:
    before = Event.objects.count()
    assert report(told, **OPENED) == 200
    assert Event.objects.count() == before
    assert not Link.objects.exclude(fetched_at=None).exists()


@pytest.mark.parametrize("secret", ["postmark:wrong", ":", "a long secret"])
def test_a_stranger_reports_nothing(told: Notice, secret: str) -> None:
    assert report(told, secret, **HARD) == 400
    assert state_of(told) == ("sent", "sent", "ok")
    assert not InboundMail.objects.exists()


def test_the_service_s_own_name_is_enough(told: Notice) -> None:
    Notice.objects.update(remote_id="pm-7")
    assert report(told, own=False, **HARD) == 200
    assert state_of(told)[0] == "bounced"


def test_a_grave_report_that_nobody_can_place_waits_for_a_person(told: Notice) -> None:
    assert report(told, own=False, **HARD) == 200
    assert InboundMail.objects.get().handled_at is None
    assert state_of(told)[0] == "sent"
