"""What comes back too often stops the wave, or the programme, by itself; only a person lets it go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import CircuitBreak, Move, Programme, Wave
from novation.moves.services import circuit_breaks, programmes
from novation.notices import delivery, services
from novation.notices.delivery.sending import Delivery, Outcome
from novation.notices.inbound import process
from novation.notices.models import Notice
from novation.operations.models import Step
from novation.operations.services.steps import owner_fields
from tests.notices.returned_mail import OUR_ID, SAMPLES
from tests.telling import NOW, Sink, make_move, make_programme

pytestmark = pytest.mark.django_db
BAD, GOOD = Delivery(outcome=Outcome.BOUNCED, detail="550 5.1.1 unknown"), Delivery(outcome=Outcome.ACCEPTED)


def wave_of(size: int, programme: Programme | None = None) -> Wave:
    programme = programme or Programme.objects.first() or make_programme()
    moves = [make_move(programme, items=0, notice="queued") for _ in range(size)]
    wave = programmes.create_wave(programme, moves, now=NOW, actor="t")
    programmes.launch_wave(wave, now=NOW, actor="t")
    for move in moves:
        services.queue(move=Move.objects.get(pk=move.pk), purpose="announcement", now=NOW)
    return wave


def tell(outcomes: list[Delivery], now: Any = NOW) -> int:
    """Lets so many mails go out, with these outcomes; returns how many did."""
    sent = 0
    for outcome in outcomes:
        for one in delivery.claim(1, now=now, owner="t"):
            delivery.record(one, outcome, now=now)
            sent += 1
    return sent


def state(wave: Wave) -> str:
    return str(Wave.objects.get(pk=wave.pk).state)


@pytest.fixture(autouse=True)
def fast(settings: Any) -> None:
    settings.NOVATION_MAIL_RATE, settings.NOVATION_MAIL_DAILY = 100_000, 0


def test_three_dead_addresses_in_a_pilot_of_twenty_stop_it() -> None:
    wave = wave_of(20)
    assert tell([GOOD] * 9 + [BAD] * 2) == 11
    assert state(wave) == "running"
    assert tell([BAD] + [GOOD] * 8) == 1, "nothing goes out after the stop"
    assert state(wave) == "paused"
    halt = CircuitBreak.objects.get()
    assert (halt.rule, halt.bad, halt.of, halt.wave) == ("bounces", 3, 12, wave)
    assert Event.objects.filter(tag=Tag.WAVE_STOPPED).count() == 1
    assert Programme.objects.get().state == "running"


def test_only_a_person_lets_it_go_on_and_says_why() -> None:
    wave = wave_of(20)
    tell([BAD] * 3)
    with pytest.raises(BadInput, match="nobody has said why"):
        programmes.set_wave_paused(wave, False, now=NOW, actor="operator:1")
    with pytest.raises(BadInput, match="Only a person"):
        programmes.set_wave_paused(wave, False, now=NOW, actor="engine", note="It seems fine.")
    assert state(wave) == "paused"
    programmes.set_wave_paused(wave, False, now=NOW, actor="operator:1", note="An old list; two were mended.")
    halt = CircuitBreak.objects.get()
    assert (halt.ended_by, halt.note) == ("operator:1", "An old list; two were mended.")
    assert state(wave) == "running"


def test_what_was_counted_before_a_person_looked_does_not_count_again() -> None:
    wave = wave_of(20)
    tell([BAD] * 3)
    later = NOW + timedelta(minutes=5)
    programmes.set_wave_paused(wave, False, now=later, actor="operator:1", note="Looked at.")
    later += timedelta(minutes=1)
    assert tell([BAD, BAD], later) == 2
    assert state(wave) == "running"
    tell([BAD], later)
    assert state(wave) == "paused"
    assert CircuitBreak.objects.count() == 2


def test_two_complaints_stop_a_wave(sink: Sink) -> None:
    wave = wave_of(20)
    tell([GOOD] * 5)
    for number, notice in enumerate(Notice.objects.filter(state="sent")[:2]):
        raw = SAMPLES["complaint"][0].replace(OUR_ID.encode(), notice.message_id.encode())
        process.receive(raw, now=NOW)
        assert state(wave) == "paused", f"complaint {number} of five mails"


def test_a_late_report_stops_a_wave_too() -> None:
    wave = wave_of(5)
    tell([GOOD] * 5)
    for notice in Notice.objects.filter(state="sent")[:3]:
        delivery.bounced(notice, detail="5.1.1", now=NOW)
    assert state(wave) == "paused"


def test_several_waves_that_share_in_it_stop_the_programme() -> None:
    first = wave_of(10)
    second = wave_of(10)
    tell([BAD] * 2 + [GOOD] * 8 + [BAD])
    assert (state(first), state(second)) == ("running", "running")
    assert Programme.objects.get().state == "paused"
    assert CircuitBreak.objects.get().wave is None
    assert Event.objects.filter(tag=Tag.PROGRAMME_STOPPED).count() == 1
    with pytest.raises(BadInput, match="nobody has said why"):
        programmes.set_programme_paused(first.programme, False, now=NOW, actor="operator:1")
    programmes.set_programme_paused(first.programme, False, now=NOW, actor="operator:1", note="Looked at.")
    assert Programme.objects.get().state == "running"


def steps(outcomes: list[str], move: Move) -> None:
    import uuid

    for outcome in outcomes:
        Step.objects.create(
            **owner_fields(move), kind="create-transfer", account="target", request_id=uuid.uuid4(),
            correlation_id=uuid.uuid4(), fence=1, intent_at=NOW, outcome_at=NOW,
            outcome=outcome.split()[0], retry_at=NOW if outcome.endswith(" again") else None,
            settled_by="looked up: nothing was found" if outcome.endswith(" settled") else "",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "stops"),
    [
        (["done"] * 20 + ["not-done"] * 2, False),
        (["done"] * 20 + ["not-done"] * 3, True),  # three of the last 25 at least
        (["not-done again"] * 30, False),  # tried again by itself
        (["unknown"] * 30, False),  # looked up by itself
        (["not-done settled"] * 30, False),  # the engine died; looked up, and sent again by itself
        (["not-done"] * 3 + ["done"] * 100, False),  # long ago
        (["done"] * 89 + ["not-done"] * 11, True),
    ],
)
def test_calls_that_fail_for_good_stop_the_programme(outcomes: list[str], stops: bool) -> None:
    move = make_move(items=0)
    steps(outcomes, move)
    circuit_breaks.judge_failures(move.programme, now=NOW)
    assert (Programme.objects.get().state == "paused") is stops
    assert CircuitBreak.objects.filter(rule="failures", wave=None).exists() is stops


def test_a_rule_without_a_window_is_off() -> None:
    programme = make_programme(policy_values=Policy(stop_bounces_of=0).to_json())
    wave = wave_of(20, programme)
    assert tell([BAD] * 20) == 20
    assert state(wave) == "running"
