"""A customer, a wave or the programme is paused: nothing is written meanwhile, reading goes on, and so may all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novation.moves.models import Move
from novation.moves.services import programmes
from novation.operations.models import Step
from tests.engine.rehearsal import Rehearsal
from tests.engine.test_second_thoughts import until_state

DAY = timedelta(days=1)


def pause(house: Rehearsal, move: Move, what: str, paused: bool) -> None:
    now, actor = house.clock.now(), "operator:1"
    if what == "customer":
        programmes.set_move_paused(move, paused, now=now, actor=actor)
    elif what == "wave":
        assert move.wave is not None
        programmes.set_wave_paused(move.wave, paused, now=now, actor=actor)
    else:
        programmes.set_programme_paused(house.programme, paused, now=now, actor=actor)


@pytest.mark.parametrize("what", ["customer", "wave", "programme"])
def test_while_it_is_paused_nothing_is_written_and_reading_goes_on(house: Rehearsal, what: str) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    move = until_state(house, move, "agreement", "issued")
    pause(house, move, what, True)
    house.idle()
    before = house.emulator.summary()["writes"]
    intents = Step.objects.exclude(account="").count()
    house.accepts(move)  # the customer does not know of our pause
    for _ in range(4):
        house.jump(DAY)
        house.idle()
    after = Move.objects.get(pk=move.pk)
    assert house.emulator.summary()["writes"] == before
    assert Step.objects.exclude(account="").count() == intents
    assert after.agreement_state == "accepted", "what the customer did was seen"
    assert after.transfer_state == "none"
    pause(house, move, what, False)
    assert house.move_on(move).closeout_state == "closed"
    assert house.emulator.summary()["repeated_writes"] == 0
