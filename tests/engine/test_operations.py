"""Operations are claimed, decided and carried out by the mechanism of moves: leases, intents, look-ups, reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from novation.customers.models import Account
from novation.domain.errors import NeedsOperator
from novation.domain.next_action import MakeCall, Wait
from novation.domain.operations import OperationState
from novation.domain.operations.decide import RULES, OperationAction
from novation.domain.operations.facts import OperationFacts
from novation.domain.steps import TaskKind, TaskOutcome
from novation.domain.tracks import Who
from novation.engine import claims, outcomes, prepare
from novation.engine.work import CallOutcome, Result, Work
from novation.evidencelog.models import Event
from novation.moves.models import Item, Move
from novation.moves.selectors import unsettled
from novation.operations.models import Operation, Step, Task
from novation.operations.services import operations, tasks
from tests.engine.rehearsal import Rehearsal, instead, losing
from tests.engine.test_new_step import MADE_UP, found_in

SWITCH = "switch-renewal"


def rule(facts: OperationFacts, now: datetime) -> OperationAction:
    """Switches, then reads back."""
    if facts.state == OperationState.DONE:
        return MakeCall(step="look-at-renewal", why="is it so?")
    if SWITCH in facts.done_at:
        return Wait(until=None, who=Who.NOBODY, why="it was switched")
    return MakeCall(step=SWITCH, why="asked for")


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(RULES, SWITCH, rule)
    with found_in(MADE_UP):
        yield


def customer_of(house: Rehearsal, *, idle: bool = True) -> Move:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    if idle:
        house.idle()
    return move


def asked(house: Rehearsal, move: Move, key: str = "one", **given: Any) -> Operation:
    one = Item.objects.filter(move=move, status="active").order_by("id").first()
    name = one.subscription_id if one else "?"
    renews = bool(one and one.auto_renew)
    values: dict[str, Any] = {
        "account": Account.objects.get(slug="source"),
        "payload": {"subscription": name, "auto_renew": not renews},
        "requested_by": "person:1",
        "idempotency_key": key,
        "now": house.clock.now(),
        **given,
    }
    return operations.ask_operation(move.customer, SWITCH, **values)


def now_of(operation: Operation) -> Operation:
    return Operation.objects.get(pk=operation.pk)


def states(operation: Operation) -> list[str]:
    """The states it went through, as its events say."""
    rows = Event.objects.filter(operation_id=operation.pk, tag="operation:changed").order_by("seq")
    return [json.loads(bytes(row.body))["data"]["to"] for row in rows]


def auto_renew(house: Rehearsal, operation: Operation) -> bool:
    listed = house.emulator.truth(operation.customer.tenant_id)["subscriptions"]
    return bool(next(row for row in listed if row["id"] == operation.payload["subscription"])["autoRenew"])


def until_settled(house: Rehearsal, operation: Operation) -> None:
    """Lets time pass, longer than the quiet period after which an unknown outcome is believed."""
    for _ in range(6):
        house.idle()
        if now_of(operation).state == "settled":
            return
        house.jump(timedelta(minutes=3))
    raise AssertionError(f"it does not end: {states(operation)}")


def test_an_operation_is_carried_out_read_back_and_ended(house: Rehearsal) -> None:
    operation = asked(house, customer_of(house))
    house.idle()
    done = now_of(operation)
    assert done.state == "settled" and done.ended_at is not None and done.due_at is None
    assert states(operation) == ["running", "done", "settled"]
    assert auto_renew(house, operation) is operation.payload["auto_renew"]
    step = Step.objects.get(operation=operation)
    assert (step.kind, step.outcome, step.account) == (SWITCH, "done", "source")
    assert (step.move_id, step.programme_id, step.customer) == (None, None, operation.customer)
    tags = list(Event.objects.filter(operation_id=operation.pk).order_by("seq").values_list("tag", flat=True))
    assert tags[0] == "operation:asked"
    assert tags.index("step:intent") < tags.index("step:outcome")


def test_asked_twice_with_one_key_it_is_one_operation(house: Rehearsal) -> None:
    move = customer_of(house)
    first, again = asked(house, move), asked(house, move)
    assert first.pk == again.pk
    assert Event.objects.filter(tag="operation:asked").count() == 1


def test_moves_and_operations_are_claimed_in_one_look_and_people_come_first(house: Rehearsal) -> None:
    move = customer_of(house, idle=False)
    operation = asked(house, move)
    now = house.clock.now()
    assert claims.any_due(now=now)
    works = prepare.prepare("one:1", 1, now=now, clock=house.clock)
    assert [(work.operation, work.move) for work in works] == [(operation.pk, None)]
    works = prepare.prepare("one:1", 5, now=now, clock=house.clock)
    assert [(work.operation, work.move) for work in works] == [(None, move.pk)]
    assert not claims.any_due(now=now), "both are held"


def test_an_outcome_of_a_lost_claim_is_refused(house: Rehearsal) -> None:
    operation = asked(house, customer_of(house))
    now = house.clock.now()
    (work,) = prepare.prepare("slow:1", 1, now=now, clock=house.clock)
    house.jump(claims.LEASE + timedelta(seconds=1))
    prepare.prepare("fast:2", 1, now=house.clock.now(), clock=house.clock)
    late = [(work, Result(outcome=CallOutcome.DONE))]
    assert outcomes.record("slow:1", late, now=house.clock.now(), clock=house.clock) == 1
    assert Step.objects.get(operation=operation).outcome == "unknown", "only the other side knows"
    assert now_of(operation).state == "unknown"


def test_a_dead_engines_operations_are_freed(house: Rehearsal) -> None:
    operation = asked(house, customer_of(house))
    prepare.prepare(claims.owner_name(), 1, now=house.clock.now(), clock=house.clock)
    assert not unsettled.uncertain(now=house.clock.now()).exists(), "a living engine is at it"
    assert claims.reclaim_dead_leases(claims.owner_name(), now=house.clock.now()) == 1
    assert unsettled.uncertain(now=house.clock.now()).get().operation == operation
    until_settled(house, operation)
    assert states(operation) == ["running", "unknown", "running", "done", "settled"]
    assert house.emulator.summary()["repeated_writes"] == 0


@pytest.mark.parametrize("effect", [True, False])
def test_a_lost_answer_is_looked_up_and_nothing_is_doubled(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch, effect: bool
) -> None:
    operation = asked(house, customer_of(house))
    losing(monkeypatch, SWITCH, effect=effect)
    until_settled(house, operation)
    assert states(operation) == ["running", "unknown", "running", "done", "settled"]
    settled = list(Step.objects.filter(operation=operation).values_list("outcome", flat=True))
    assert settled == (["done"] if effect else ["not-done", "done"])
    assert house.emulator.summary()["repeated_writes"] == 0


def test_what_fails_is_shown_and_waits_for_a_person(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(accounts: Any, work: Work) -> Result:
        return Result(outcome=CallOutcome.NOT_DONE, error=NeedsOperator("It may not."), text="It may not.")

    operation = asked(house, customer_of(house))
    with monkeypatch.context() as during:
        instead(during, SWITCH, call=refused)
        house.idle()
    review = Task.objects.get(operation=operation, kind=TaskKind.REVIEW)
    assert (review.state, review.step, review.customer) == ("open", SWITCH, operation.customer)
    assert now_of(operation).due_who == "operator"
    with transaction.atomic():
        tasks.close_task(review, TaskOutcome.RETRY, person=house.people[0], now=house.clock.now())
    Operation.objects.update(due_at=house.clock.now())
    house.idle()
    assert now_of(operation).state == "settled"


def test_what_was_not_begun_in_time_is_refused(house: Rehearsal) -> None:
    operation = asked(house, customer_of(house), expires_at=house.clock.now())
    house.idle()
    assert now_of(operation).state == "refused"
    assert not Step.objects.filter(operation=operation).exists()


def test_an_operation_that_no_rule_decides_stops_nobody_else(house: Rehearsal) -> None:
    move = customer_of(house)
    bad = asked(house, move, "bad")
    Operation.objects.filter(pk=bad.pk).update(kind="unheard-of")
    good = asked(house, move, "good")
    house.idle()
    assert now_of(good).state == "settled"
    assert now_of(bad).consecutive_errors == 1 and now_of(bad).due_at is not None
    for _ in range(2):
        house.jump(timedelta(hours=2))
        house.idle()
    assert Task.objects.filter(operation=bad, kind=TaskKind.REVIEW, state="open").exists()


def test_an_ended_operation_is_never_taken_back(house: Rehearsal) -> None:
    operation = asked(house, customer_of(house), expires_at=house.clock.now())
    house.idle()
    with pytest.raises(ValueError, match="has ended"):
        operations.set_state(
            now_of(operation), OperationState.RUNNING, why="", actor="test", now=house.clock.now()
        )
