"""Many recipients, a bad server and dying senders: everybody is told once, or stands on a list."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from novation.moves.models import Move, Programme
from novation.notices import delivery, services
from novation.notices.models import Notice
from tests.telling import NOW, Sink, contact_of, html_of, make_move, make_programme, swap, text_of

pytestmark = pytest.mark.django_db


class Chaos(Sink):
    """Refuses, defers and drops as the dice fall."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)
        self.dropped: list[str] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        chance = self.dice.random()
        if chance < 0.08:
            return "451 4.7.1 try again later"
        if chance < 0.10:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.dice.random() < 0.02:
            return "452 4.3.1 out of space"
        self.drop = "body" if self.dice.random() < 0.02 else ""
        if self.drop:
            self.dropped.append(envelope.rcpt_tos[0])
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def chaos(sink: Sink, settings: Any) -> Chaos:
    return swap(sink, Chaos(seed=7))


def campaign(recipients: int, chaos: Chaos, *, kill: float) -> None:
    """Tells everybody; now and then a sender dies between the claim and the record, or even before sending."""
    programme = make_programme()
    for number in range(recipients):
        move = make_move(programme, name=f"Customer number {number:05d}", items=0, notice="queued")
        services.queue(move=move, purpose="announcement", now=NOW)
    dice = random.Random(8)
    now = NOW
    for _ in range(400):
        outgoing = delivery.claim(25, now=now, owner="engine")
        for one in outgoing:
            if dice.random() < kill:
                continue  # dead before it was sent
            result = delivery.send(one)
            if dice.random() < kill:
                continue  # dead after it was sent
            delivery.record(one, result, now=now)
        delivery.recover(now)
        now += timedelta(minutes=5)
        if not Notice.objects.filter(state__in=("queued", "sending")).exists():
            return
    raise AssertionError("the campaign does not come to an end")


def judge(chaos: Chaos) -> None:
    received = Counter(to for to, _ in chaos.arrived)
    assert max(received.values()) == 1, "somebody got two"
    for notice in Notice.objects.select_related("contact"):
        got = received[notice.contact.email]
        if notice.state == "sent":
            assert got == 1
        elif notice.state == "uncertain":
            assert notice.error, "an uncertain mail says why"
        else:
            assert notice.state == "bounced" and got == 0 and notice.error
    uncertain = set(Notice.objects.filter(state="uncertain").values_list("contact__email", flat=True))
    assert set(chaos.dropped) <= uncertain
    states = Counter(Move.objects.values_list("notice_state", flat=True))
    assert set(states) <= {"sent", "uncertain", "bounced"}
    nobody_sees_another(chaos)


def nobody_sees_another(sink: Sink) -> None:
    """Every mail holds the name, reference and link of its own customer, and of no other."""
    names, links = Counter[str](), Counter[str]()
    for to, message in sink.arrived:
        move = Move.objects.get(customer__contacts__email=to)
        for part in (text_of(message), html_of(message)):
            words = " ".join(part.split())
            assert set(re.findall(r"Customer number \d+", words)) == {move.customer.name}
            assert set(re.findall(r"SEV-\d{4}-\d+", words)) == {move.reference}
        found = set(re.findall(r"/r/([\w-]{43})", html_of(message)))
        assert len(found) == 1
        links.update(found)
        names[move.customer.name] += 1
    assert not links or max(links.values()) == 1


def test_two_hundred_recipients_behind_a_bad_server(chaos: Chaos, db: None) -> None:
    campaign(200, chaos, kill=0.01)
    judge(chaos)


@pytest.mark.soak
def test_five_thousand_recipients_behind_a_bad_server(chaos: Chaos, db: None) -> None:
    campaign(5000, chaos, kill=0.01)
    judge(chaos)


def test_the_rate_holds_in_every_minute(sink: Sink, settings: Any) -> None:
    settings.NOVATION_MAIL_RATE = 20
    programme = make_programme()
    for _ in range(70):
        services.queue(move=make_move(programme, items=0, notice="queued"), purpose="announcement", now=NOW)
    claims: list[Any] = []
    now = NOW
    while len(claims) < 70:
        claims += [now] * len(delivery.claim(7, now=now, owner="engine"))
        now += timedelta(seconds=3)
    for start in claims:
        assert sum(start <= at < start + timedelta(minutes=1) for at in claims) <= 20


def test_a_paused_programme_sends_nothing_more(sink: Sink) -> None:
    move = make_move(notice="queued")
    services.queue(move=move, purpose="announcement", now=NOW)
    Programme.objects.update(state="paused")
    assert delivery.claim(10, now=NOW, owner="engine") == []
    Programme.objects.update(state="running")
    assert len(delivery.claim(10, now=NOW, owner="engine")) == 1
    assert contact_of(move).state == "ok"
