"""The limits per minute and per day hold, and a paused programme sends nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from novation.moves.models import Programme
from novation.notices import delivery, services
from novation.notices.delivery.sending import Delivery, Outcome
from tests.telling import NOW, Sink, contact_of, deliver, make_move, make_programme

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("hangs", [0, 3, 40])
def test_the_rate_holds_in_every_minute_however_long_the_server_takes(
    sink: Sink, settings: Any, hangs: int
) -> None:
    settings.NOVATION_MAIL_RATE = 20
    programme = make_programme()
    for _ in range(50):
        services.queue(move=make_move(programme, items=0, notice="queued"), purpose="announcement", now=NOW)
    in_hand: list[tuple[timedelta, delivery.Outgoing]] = []
    arrivals: list[timedelta] = []
    after = timedelta(0)
    while len(arrivals) < 50:
        # Each mail arrives at the very end of its conversation, which is the worst case for the next minute.
        for since, one in [pair for pair in in_hand if after - pair[0] >= timedelta(seconds=hangs)]:
            in_hand.remove((since, one))
            arrivals.append(after)
            delivery.record(one, Delivery(outcome=Outcome.ACCEPTED), now=NOW + after)
        in_hand += [(after, one) for one in delivery.claim(7, now=NOW + after, owner="engine")]
        after += timedelta(seconds=3)
    for start in arrivals:
        assert sum(start <= at < start + timedelta(minutes=1) for at in arrivals) <= 20


def test_no_more_mails_a_day_than_the_limit(sink: Sink, settings: Any) -> None:
    settings.NOVATION_MAIL_DAILY = 3
    programme = make_programme()
    for _ in range(7):
        services.queue(move=make_move(programme, items=0, notice="queued"), purpose="announcement", now=NOW)
    days = [len(deliver(NOW + timedelta(hours=hours))) for hours in (0, 1, 23, 25, 26, 50)]
    assert days == [3, 0, 0, 3, 0, 1]


def test_a_paused_programme_sends_nothing_more(sink: Sink) -> None:
    move = make_move(notice="queued")
    services.queue(move=move, purpose="announcement", now=NOW)
    Programme.objects.update(state="paused")
    assert delivery.claim(10, now=NOW, owner="engine") == []
    Programme.objects.update(state="running")
    assert len(delivery.claim(10, now=NOW, owner="engine")) == 1
    assert contact_of(move).state == "ok"
