"""Whom a blocker concerns is told only after one of our people has judged it."""

from collections.abc import Callable
from dataclasses import replace

from django.core import mail

from novation.domain.policy import Policy
from novation.domain.steps import TaskKind, TaskOutcome
from novation.moves.models import Move
from novation.moves.services import programmes
from novation.operations.models import Task
from tests import people
from tests.engine.rehearsal import Rehearsal


def test_a_customer_outside_the_region_is_told_only_after_a_verdict(
    begin: Callable[..., Rehearsal],
) -> None:
    house = begin(Policy(region="japan"))
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    fresh = Move.objects.get(pk=move.pk)
    assert (fresh.notice_state, [one["code"] for one in fresh.readiness][:1]) == ("blocked", ["region"])
    assert Task.objects.get(move_id=move.pk).kind == TaskKind.REVIEW
    assert mail.outbox == []
    assert "customer:blocked" in people.tags(move)
    house.ends(move, TaskKind.REVIEW, TaskOutcome.GO_ON, "Agreed with Microsoft for this one.")
    house.idle()
    assert Move.objects.get(pk=move.pk).decision_state == "asked"
    assert len(mail.outbox) == 1


def test_a_region_that_is_set_right_holds_nobody_back(begin: Callable[..., Rehearsal]) -> None:
    house = begin(Policy(region="japan"))
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    wider = replace(house.programme.policy, region="europe")
    programmes.change_policy(house.programme, wider, now=house.clock.now(), actor="command")
    house.ends(move, TaskKind.REVIEW, TaskOutcome.RETRY, "The setting was wrong.")
    house.idle()
    fresh = Move.objects.get(pk=move.pk)
    assert fresh.decision_state == "asked"
    assert not [one for one in fresh.readiness if one["level"] == "blocker"]
    assert people.tags(move).count("customer:ready") == 1
