"""Programmes and waves: laid down, launched once, paused and resumed, each with its event."""

import pytest

from novation.customers.models import Account
from novation.customers.services import accounts
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.evidencelog.models import Document, Event
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import programmes
from tests import people
from tests.builders import DAY, NOW


def due(wave: Wave) -> set[object]:
    return set(wave.moves.values_list("due_at", flat=True))


def test_a_programme_keeps_its_policy() -> None:
    made = people.programme(Policy(batch_size=5))
    assert Programme.objects.get().policy == Policy(batch_size=5)
    assert people.tags() == ["programme:created"]
    assert made.name.encode() in bytes(Event.objects.get().body)


def register(**values: str) -> Account:
    given = {"slug": "source", "tenant_id": people.SOURCE, **values}
    return accounts.register_account(**given, now=NOW, actor="t")


def test_source_and_target_differ() -> None:
    one = register(name="One")
    with pytest.raises(BadInput, match="the same partner account"):
        programmes.create_programme(
            name="x", source=one, target=one, sender_name="x", sender_email="x@x.example", now=NOW, actor="t"
        )
    assert not Programme.objects.exists()


def test_an_account_can_be_corrected() -> None:
    register(name="One", tenant_id=people.SOURCE.upper(), kind="direct")
    again = register(name="Two")
    assert (again.name, again.tenant_id, again.kind) == ("Two", people.SOURCE, "direct")


def test_each_word_on_an_account_is_an_event() -> None:
    register(name="One")
    register(name="Two", kind="direct")
    first, second = Event.objects.order_by("seq")
    assert people.tags() == ["account:connected", "account:connected"]
    assert b'"One"' in bytes(first.body) and people.SOURCE.encode() in bytes(first.body)
    assert b'"Two"' in bytes(second.body) and b'"direct"' in bytes(second.body)
    assert (second.actor, second.at) == ("t", NOW)


def test_a_new_wave_is_an_event_with_the_number_of_its_customers() -> None:
    moves = people.moves(3)
    programmes.create_wave(moves[0].programme, moves[:1], now=NOW, actor="operator:7")
    programmes.create_wave(moves[0].programme, moves, now=NOW, actor="t")
    first, second = Event.objects.filter(tag="wave:created").order_by("seq")
    assert (first.actor, b'"customers":1,"wave":1' in bytes(first.body)) == ("operator:7", True)
    # One of the three was in the first wave already.
    assert b'"customers":2,"wave":2' in bytes(second.body)


def test_waves_are_numbered_and_take_each_customer_once() -> None:
    moves = people.moves(3)
    first = programmes.create_wave(moves[0].programme, moves[:2], now=NOW, actor="t")
    second = programmes.create_wave(moves[0].programme, moves, now=NOW, actor="t")
    assert (first.number, first.moves.count()) == (1, 2)
    assert (second.number, second.moves.count()) == (2, 1)


def test_a_launch_freezes_the_recipients() -> None:
    moves = people.moves(2)
    wave = programmes.create_wave(moves[0].programme, moves, now=NOW, actor="t")
    launched = programmes.launch_wave(wave, now=NOW, actor="t", release_at=NOW + DAY)
    assert (launched.state, launched.release_at) == ("running", NOW + DAY)
    listed = bytes(Document.objects.get().content).decode().splitlines()
    assert listed == sorted(move.reference for move in moves)
    assert people.tags()[-2:] == ["wave:frozen", "wave:launched"]
    assert due(wave) == {NOW + DAY}


def test_a_wave_is_launched_once() -> None:
    moves = people.moves(1)
    wave = programmes.create_wave(moves[0].programme, moves, now=NOW, actor="t")
    programmes.launch_wave(wave, now=NOW, actor="t")
    with pytest.raises(BadInput, match="was launched already"):
        programmes.launch_wave(wave, now=NOW, actor="t")
    assert people.tags().count("wave:launched") == 1


def test_an_empty_wave_is_not_launched() -> None:
    wave = programmes.create_wave(people.programme(), [], now=NOW, actor="t")
    with pytest.raises(BadInput, match="has no customers"):
        programmes.launch_wave(wave, now=NOW, actor="t")


def test_a_wave_is_paused_and_resumed() -> None:
    moves = people.moves(1)
    wave = programmes.create_wave(moves[0].programme, moves, now=NOW, actor="t")
    with pytest.raises(BadInput, match="cannot be paused"):
        programmes.set_wave_paused(wave, True, now=NOW, actor="t")
    programmes.launch_wave(wave, now=NOW, actor="t")
    assert programmes.set_wave_paused(wave, True, now=NOW, actor="t").state == "paused"
    with pytest.raises(BadInput, match="cannot be paused"):
        programmes.set_wave_paused(wave, True, now=NOW, actor="t")
    assert programmes.set_wave_paused(wave, False, now=NOW + DAY, actor="t").state == "running"
    assert people.tags()[-2:] == ["wave:paused", "wave:resumed"]
    assert due(wave) == {NOW + DAY}


def test_a_pause_leaves_ended_moves_alone() -> None:
    (one,) = people.moves(1)
    Move.objects.update(stage="closed", due_at=None)
    programmes.set_programme_paused(one.programme, True, now=NOW, actor="t")
    assert Move.objects.get().due_at is None


def test_pausing_twice_is_one_event() -> None:
    (one,) = people.moves(1)
    for _ in range(2):
        programmes.set_move_paused(one, True, now=NOW, actor="t", reason="The customer asked for it.")
        programmes.set_programme_paused(one.programme, True, now=NOW, actor="t")
    assert people.tags().count("move:paused") == 1
    assert people.tags().count("programme:changed") == 1
    programmes.set_move_paused(one, False, now=NOW, actor="t")
    assert people.tags(one)[-1] == "move:resumed"
