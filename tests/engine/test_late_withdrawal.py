"""A withdrawal that meets the hand-over: what has moved is not said to stay."""

import asyncio
from typing import Any

import pytest
from django.db import connection

from novation.domain.steps import StepKind, TaskKind, TaskOutcome
from novation.engine.steps import STEPS
from novation.moves.models import Move
from novation.operations.models import Task
from tests.engine.rehearsal import Rehearsal, instead


def test_who_withdraws_during_the_hand_over_has_moved_and_is_called(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    accept, said = STEPS[StepKind.ACCEPT_TRANSFER].call, []

    def withdraw() -> None:
        try:
            house.says(move, "withdrawn", reason="changed our minds")
        finally:
            connection.close()

    async def struck(accounts: Any, work: Any) -> Any:
        if not said:
            said.append(1)
            await asyncio.to_thread(withdraw)
        return await accept(accounts, work)

    instead(monkeypatch, StepKind.ACCEPT_TRANSFER, call=struck)

    def everybody() -> None:
        if Move.objects.get(pk=move.pk).decision_state == "asked":
            house.says(move, "mandate")
        house.accepts(move)
        house.works(move)

    reviews = Task.objects.filter(move_id=move.pk, kind="review", state="open")
    house.until(lambda: reviews.exists() or Move.objects.get(pk=move.pk).stage == "stays", everybody)
    fresh = Move.objects.get(pk=move.pk)
    assert (fresh.transfer_state, fresh.closeout_state) == ("verified", "none")
    assert "withdrew after" in reviews.get().why

    house.ends(move, TaskKind.REVIEW, TaskOutcome.STOP, "They stay with us, they said.")
    house.idle()
    after = Move.objects.get(pk=move.pk)
    assert after.closeout_state == "none", "what has moved cannot be stopped any more"
    handed_over = move.items.exclude(batch=None)
    assert set(handed_over.values_list("state", flat=True)) == {"verified"}
    verdict = house.emulator.summary()["items"]
    assert (verdict["target"], verdict["both"], verdict["neither"]) == (handed_over.count(), 0, 0)
