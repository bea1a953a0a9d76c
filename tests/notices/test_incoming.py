"""A mail that comes back becomes a state or a piece of work, never silence."""

from __future__ import annotations

from typing import Any

import pytest

from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Message, Move
from novation.notices import services
from novation.notices.inbound import process
from novation.notices.models import Notice
from novation.operations.models import Task
from tests.notices.returned_mail import OUR_ID, SAMPLES, TO, reply
from tests.telling import NOW, Sink, contact_of, deliver, make_move

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(sink: Sink) -> Notice:
    move = make_move(notice="queued")
    services.queue(move=move, purpose="announcement", now=NOW)
    return deliver()[0]


def returned(notice: Notice, name: str) -> bytes:
    return SAMPLES[name][0].replace(OUR_ID.encode(), notice.message_id.encode())


def state_of(notice: Notice) -> tuple[str, str, str]:
    notice.refresh_from_db()
    move = Move.objects.get(pk=notice.move_id)
    return notice.state, move.notice_state, contact_of(move).state


@pytest.mark.parametrize("name", ["exchange not found cs", "gmail over quota", "left en", "qmail quota"])
def test_what_was_not_delivered_is_taken_back_and_becomes_work(told: Notice, name: str) -> None:
    process.receive(returned(told, name), now=NOW)
    assert state_of(told) == ("bounced", "bounced", "bounced")
    assert Event.objects.filter(tag=Tag.NOTICE_BOUNCED).count() == 1


def test_the_same_report_twice_counts_once(told: Notice) -> None:
    for _ in range(2):
        process.receive(returned(told, "exim unknown"), now=NOW)
    assert Event.objects.filter(tag=Tag.NOTICE_BOUNCED).count() == 1


@pytest.mark.parametrize("name", ["postfix delayed", "away exchange de", "postfix success"])
def test_what_changes_nothing_is_only_noted(told: Notice, name: str) -> None:
    process.receive(returned(told, name), now=NOW)
    assert state_of(told) == ("sent", "sent", "ok")
    assert not Task.objects.exists()


@pytest.mark.parametrize("name", ["who are you", "a yes by mail", "a reply as html"])
def test_what_a_person_writes_is_answered_by_a_person_and_decides_nothing(told: Notice, name: str) -> None:
    process.receive(returned(told, name), now=NOW)
    assert Task.objects.get().kind == "answer"
    assert Message.objects.get().channel == "mail"
    assert Move.objects.get(pk=told.move_id).decision_state == "asked"


def test_no_more_reminders_by_mail_stops_them_and_nothing_else(told: Notice) -> None:
    process.receive(returned(told, "stop"), now=NOW)
    assert Event.objects.filter(tag=Tag.NOTICE_REMINDERS_STOPPED).count() == 1
    assert not Task.objects.exists()
    assert Move.objects.get(pk=told.move_id).decision_state == "asked"


def test_a_report_of_success_settles_what_was_uncertain(told: Notice) -> None:
    Notice.objects.update(state="uncertain")
    Move.objects.update(notice_state="uncertain")
    process.receive(returned(told, "postfix success"), now=NOW)
    assert state_of(told) == ("sent", "sent", "ok")
    assert Event.objects.filter(tag=Tag.NOTICE_DELIVERED).count() == 1


def test_a_complaint_stops_the_mail_and_calls_a_person(told: Notice) -> None:
    process.receive(returned(told, "complaint"), now=NOW)
    assert contact_of(told.move).state == Contact.State.RETIRED
    assert Task.objects.get().kind == "find-contact"


def test_a_mail_held_back_is_seen_by_a_person(told: Notice) -> None:
    process.receive(returned(told, "challenge"), now=NOW)
    assert Task.objects.get().kind == "answer"


def test_a_mail_that_fits_no_customer_is_left_in_the_mailbox(told: Notice) -> None:
    report, move = process.receive(reply("Hello", subject="Offer"), now=NOW)
    assert move is None and report.kind == "reply"
    assert not Message.objects.exists()


def test_a_late_bounce_leaves_a_customer_alone_of_whom_somebody_else_knows(told: Notice) -> None:
    move = told.move
    other = Contact.objects.create(
        customer=move.customer, email="two@x.example", added_by="t", created_at=NOW
    )
    services.queue(move=move, purpose="delegate", contact=other, now=NOW, about={"decision": 0})
    Notice.objects.filter(contact=other).update(state="sent")
    process.receive(returned(told, "exim unknown"), now=NOW)
    assert Move.objects.get(pk=move.pk).notice_state == "sent"


@pytest.mark.parametrize(("way", "state"), [("graph", "bounced"), ("smtp", "sent")])
def test_through_graph_a_bounce_without_our_message_id_is_found_by_reference_and_address(
    told: Notice, settings: Any, way: str, state: str
) -> None:
    settings.NOVATION_MAIL = way
    raw = (
        SAMPLES["postfix unknown user"][0]
        .replace(OUR_ID.encode(), b"<AM0PR01MB1234@prod.outlook.example>")
        .replace(b"SEV-4821-0042", told.move.reference.encode())
        .replace(TO.encode(), told.contact.email.encode())
    )
    stranger = raw.replace(told.contact.email.encode(), b"somebody@else.example")
    report, move = process.receive(stranger, now=NOW)
    assert (report.kind, report.message_id, move) == ("bounced", "", told.move)
    assert Notice.objects.get().state == "sent", "an address that we never wrote to proves nothing"
    process.receive(raw, now=NOW)
    assert Notice.objects.get().state == state
