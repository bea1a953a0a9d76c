"""From the wish to the outcome, over a real SMTP conversation."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.notices import delivery, services
from novation.notices.models import Link, Notice
from tests.telling import NOW, Sink, contact_of, deliver, html_of, link_in, make_move, text_of

pytestmark = pytest.mark.django_db


def announce(**details: str) -> Move:
    move = make_move(notice="queued", **details)
    services.queue(move=move, purpose="announcement", now=NOW)
    return move


def fresh(move: Move) -> Move:
    return Move.objects.get(pk=move.pk)


def test_an_announcement_arrives_and_the_customer_counts_as_told(sink: Sink) -> None:
    move = announce()
    (notice,) = deliver()
    assert notice.state == "sent"
    assert fresh(move).notice_state == "sent"
    assert fresh(move).decision_state == "asked"
    to, message = sink.arrived[0]
    assert to == contact_of(move).email
    assert message["Subject"].endswith(f"({move.reference})")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == notice.message_id
    assert message["Reply-To"] == message["From"]
    assert "List-Unsubscribe" not in message
    assert services.resolve(link_in(message), now=NOW) is not None


def test_the_event_holds_the_hash_of_the_bytes_that_were_sent(sink: Sink) -> None:
    announce()
    (notice,) = deliver()
    sent = hashlib.sha256(sink.raw[0]).hexdigest()
    event = Event.objects.get(tag=Tag.NOTICE_SENT)
    assert notice.content_sha256 == sent
    assert sent.encode() in bytes(event.body)


def test_the_kept_copy_is_the_mail_without_its_secret(sink: Sink) -> None:
    announce()
    (notice,) = deliver()
    assert notice.document is not None
    kept = bytes(notice.document.content)
    token = link_in(sink.last())
    assert token.encode() not in kept
    assert kept == sink.raw[0].replace(token.encode(), b"*" * 43)


def test_no_secret_stands_in_the_database_or_in_a_repr(sink: Sink) -> None:
    announce()
    outgoing = delivery.claim(1, now=NOW, owner="test")
    result = delivery.send(outgoing[0])
    token = link_in(sink.last())
    assert token not in repr(outgoing) and token not in repr(result)
    assert token not in str(list(Link.objects.values()))


def test_asking_twice_sends_one_mail(sink: Sink) -> None:
    move = announce()
    services.queue(move=move, purpose="announcement", now=NOW)
    deliver()
    services.queue(move=move, purpose="announcement", now=NOW)
    deliver()
    assert len(sink.arrived) == 1


@pytest.mark.parametrize("reply", ["550 5.1.1 unknown", "551 moved", "553 bad name", "554 no"])
def test_a_refused_recipient_bounces_and_becomes_work(sink: Sink, reply: str) -> None:
    move = announce()
    sink.at_rcpt = reply
    (notice,) = deliver()
    assert notice.state == "bounced" and notice.error.startswith(reply[:3])
    assert contact_of(move).state == Contact.State.BOUNCED
    assert fresh(move).notice_state == "bounced"
    assert fresh(move).due_at == NOW


@pytest.mark.parametrize("stage", ["at_mail", "at_rcpt", "at_data"])
def test_a_temporary_refusal_is_tried_again_later(sink: Sink, stage: str) -> None:
    announce()
    setattr(sink, stage, "451 4.7.1 greylisted")
    (notice,) = deliver()
    assert notice.state == "queued" and notice.tries == 1
    assert deliver(NOW + timedelta(seconds=59)) == []
    setattr(sink, stage, "")
    (notice,) = deliver(NOW + timedelta(seconds=60))
    assert notice.state == "sent"
    assert len(sink.arrived) == 1


def test_a_mail_that_is_refused_for_its_content_fails_and_somebody_looks(sink: Sink) -> None:
    move = announce()
    sink.at_data = "554 5.7.1 looks like spam"
    (notice,) = deliver()
    assert notice.state == "failed"
    assert fresh(move).notice_state == "bounced"


def test_a_sender_that_the_server_refuses_costs_no_customer_its_contact(sink: Sink) -> None:
    move = announce()
    sink.at_mail = "550 5.7.60 not allowed to send as this sender"
    (notice,) = deliver()
    assert notice.state == "queued"
    assert contact_of(move).state == Contact.State.OK


def test_a_connection_lost_after_the_body_is_uncertain_and_never_sent_again(sink: Sink) -> None:
    move = announce()
    sink.drop = "body"
    (notice,) = deliver()
    assert notice.state == "uncertain"
    assert fresh(move).notice_state == "uncertain"
    sink.drop = ""
    assert deliver(NOW + timedelta(days=3)) == []
    assert len(sink.arrived) == 1
    assert Event.objects.filter(tag=Tag.NOTICE_UNCERTAIN).count() == 1


def test_without_a_mail_server_the_mail_waits(sink: Sink, settings: object) -> None:
    announce()
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]  # nothing listens there
    (notice,) = deliver()
    assert notice.state == "queued" and "No connection" in notice.error


def test_a_mail_whose_sender_died_is_listed_and_not_repeated(sink: Sink) -> None:
    move = announce()
    delivery.claim(1, now=NOW, owner="dead")
    assert delivery.recover(NOW + timedelta(minutes=9)) == 0
    assert delivery.recover(NOW + timedelta(minutes=11)) == 1
    assert Notice.objects.get(move=move).state == "uncertain"
    assert fresh(move).notice_state == "uncertain"
    assert deliver(NOW + timedelta(days=1)) == []


def test_a_slow_sender_may_still_settle_its_own_mail(sink: Sink) -> None:
    move = announce()
    (outgoing,) = delivery.claim(1, now=NOW, owner="slow")
    delivery.recover(NOW + timedelta(minutes=11))
    delivery.record(outgoing, delivery.send(outgoing), now=NOW + timedelta(minutes=12))
    assert Notice.objects.get(move=move).state == "sent"
    assert fresh(move).notice_state == "sent"


def test_a_second_report_for_one_claim_changes_nothing(sink: Sink) -> None:
    announce()
    (outgoing,) = delivery.claim(1, now=NOW, owner="test")
    result = delivery.send(outgoing)
    delivery.record(outgoing, result, now=NOW)
    events = Event.objects.count()
    delivery.record(outgoing, result, now=NOW)
    assert Event.objects.count() == events


def test_nothing_is_sent_above_the_rate(sink: Sink, settings: object) -> None:
    settings.NOVATION_MAIL_RATE = 2  # type: ignore[attr-defined]  # pytest-django's wrapper
    for _ in range(5):
        announce()
    assert len(deliver()) == 2
    assert len(deliver(NOW + timedelta(seconds=30))) == 0
    assert len(deliver(NOW + timedelta(seconds=61))) == 2


def test_a_paused_move_gets_no_reminder_but_its_code(sink: Sink) -> None:
    move = make_move(notice="sent", decision="asked")
    services.queue(move=move, purpose="reminder-1", now=NOW)
    link, _ = services.link_for(move, contact_of(move), now=NOW)
    services.issue_code(link, now=NOW)
    Move.objects.filter(pk=move.pk).update(paused=True)
    assert [notice.purpose for notice in deliver()] == ["code"]


def test_a_reminder_is_dropped_when_the_customer_has_answered(sink: Sink) -> None:
    move = make_move(notice="sent", decision="asked")
    services.queue(move=move, purpose="reminder-1", now=NOW)
    Move.objects.filter(pk=move.pk).update(decision_state="mandate")
    assert deliver() == []
    assert Notice.objects.get().state == "cancelled"


def test_a_reminder_can_be_refused_by_mail(sink: Sink) -> None:
    move = make_move(notice="sent", decision="asked")
    services.queue(move=move, purpose="reminder-1", now=NOW)
    deliver()
    assert move.reference in sink.last()["List-Unsubscribe"]


def test_a_late_bounce_after_the_decision_leaves_the_decision_alone(sink: Sink) -> None:
    move = announce()
    (notice,) = deliver()
    Move.objects.filter(pk=move.pk).update(decision_state="mandate")
    delivery.bounced(notice, detail="550 unknown", now=NOW)
    assert fresh(move).notice_state == "sent"
    assert fresh(move).decision_state == "mandate"
    assert contact_of(move).state == Contact.State.BOUNCED


def test_both_parts_carry_the_same_words_and_one_link(sink: Sink) -> None:
    announce()
    deliver()
    text, html = text_of(sink.last()), html_of(sink.last())
    assert html.count("href=") == 1
    assert "<img" not in html and "url(" not in html
    assert text.count("/r/") == 1
    assert max(len(line) for line in text.splitlines() if "/r/" not in line) <= 72
