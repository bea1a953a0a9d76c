"""Source and target are roles that each programme gives to accounts: several programmes live in one engine."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from novation.customers.models import Account
from novation.customers.services import accounts as partner_accounts
from novation.domain.errors import NeedsOperator, TryLater
from novation.domain.policy import Policy
from novation.engine import poll_activity_log, poll_customer_list, prepare
from novation.engine.clients import Clients
from novation.moves.models import Move, Programme
from novation.moves.selectors.programmes import account_slugs
from novation.moves.services import programmes, reverse_moves
from novation.operations.models import Step
from tests.engine.rehearsal import GROUP, ROLE, Rehearsal


def another_programme(house: Rehearsal, **accounts: Account) -> Programme:
    """A programme of its own between these accounts."""
    given = {"source": house.programme.source, "target": house.programme.target, **accounts}
    return programmes.create_programme(
        name="Another", **given, sender_name="Severka IT", sender_email="move@severka.example",
        now=house.clock.now(), actor="test", policy=house.programme.policy, access_roles=[ROLE], access_group=GROUP,
    )  # fmt: skip


def nowhere(house: Rehearsal) -> Account:
    """An account on file whose credentials nobody has given."""
    return partner_accounts.register_account(
        slug="third", tenant_id="33333333-0000-4000-8000-000000000003", name="Third Ltd", now=house.clock.now(),
        actor="test",
    )  # fmt: skip


def taken_in(house: Rehearsal, programme: Programme, customer: dict[str, Any]) -> Move:
    usual, house.programme = house.programme, programme
    try:
        (move,) = house.take_in(customer)
    finally:
        house.programme = usual
    return move


def test_one_moves_on_while_another_moves_back(begin: Callable[..., Rehearsal]) -> None:
    house = begin(Policy(remove_relationship=False))
    first, second = house.emulator.sow(11, 2)
    (there,) = house.take_in(first)
    house.move_on(there)
    eva = house.people[0]
    back = reverse_moves.begin(
        Move.objects.get(pk=there.pk), reason="It wants to.", person=eva, now=house.clock.now()
    )
    group = house.emulator.ready["accounts"]["source"]["security_group_id"]
    Programme.objects.filter(pk=back.programme_id).update(access_group=group)
    (onward,) = house.take_in(second)

    def everybody() -> None:
        for move in (back, onward):
            if Move.objects.get(pk=move.pk).decision_state == "asked":
                house.says(move, "mandate")
            house.accepts(move)
            house.works(move)

    def ended() -> bool:
        rows = Move.objects.filter(pk__in=(back.pk, onward.pk))
        return set(rows.values_list("stage", flat=True)) == {"closed"}

    house.until(ended, everybody)
    sent = {
        move: Counter(Step.objects.filter(move_id=move.pk).values_list("kind", "account"))
        for move in (back, onward)
    }
    assert sent[onward]["create-transfer", "target"] == sent[onward]["accept-transfer", "source"] == 1
    assert sent[back]["create-transfer", "source"] == sent[back]["accept-transfer", "target"] == 1
    owners = {
        name: {s["owner"] for s in house.emulator.truth(name)["subscriptions"] if s["status"] == "active"}
        for name in (first["tenantId"], second["tenantId"])
    }
    assert owners == {first["tenantId"]: {"source"}, second["tenantId"]: {"target"}}
    assert house.emulator.summary()["repeated_writes"] == 0


def test_work_carries_the_accounts_of_its_programme(house: Rehearsal) -> None:
    one, other = house.emulator.sow(11, 2)
    turned = another_programme(house, source=house.programme.target, target=house.programme.source)
    first, second = taken_in(house, house.programme, one), taken_in(house, turned, other)
    works = {
        work.move: work for work in prepare.prepare("one:1", 9, now=house.clock.now(), clock=house.clock)
    }
    assert works[first.pk].accounts == {"source": "source", "target": "target"}
    assert works[second.pk].accounts == {"source": "target", "target": "source"}


def test_the_list_of_each_target_is_read(begin: Callable[..., Rehearsal]) -> None:
    house = begin()
    one, other = house.emulator.sow(11, 2)
    turned = another_programme(house, source=house.programme.target, target=house.programme.source)
    moves = [taken_in(house, house.programme, one), taken_in(house, turned, other)]
    Move.objects.update(decision_state="self", relationship_state="waiting")
    assert poll_customer_list.worth_reading(clock=house.clock) == ["source", "target"]
    house.emulator.ask(
        "POST", f"/customers/{one['tenantId']}/accept-relationship", partner="target", person="J"
    )
    house.run(poll_customer_list.job(house.engine.context).run())
    states = dict(Move.objects.values_list("pk", "relationship_state"))
    assert states[moves[0].pk] == "accepted", "the list of the target"
    assert states[moves[1].pk] == "accepted", "the list of the source: there it is a customer still"
    assert not Account.objects.filter(read_at=None).exists()
    assert poll_customer_list.worth_reading(clock=house.clock) == [], "they were just read"


def test_the_logs_of_every_account_in_use_are_read(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    third = nowhere(house)
    another_programme(house, target=third)
    wanted = poll_activity_log.due(clock=house.clock)
    assert wanted is not None and set(wanted.accounts) == {"source", "target", "third"}
    assert set(account_slugs()) == {"source", "target", "third"}
    Programme.objects.filter(target=third).update(state=Programme.State.FINISHED)
    assert set(account_slugs()) == {"source", "target"}
    assert house.run(poll_activity_log.once(house.engine.context)) is not None
    assert Programme.objects.get(target=third).activity_read_at is None
    assert Programme.objects.exclude(target=third).get().activity_read_at is not None


def test_an_account_that_is_not_connected_holds_up_its_own_programme_alone(
    house: Rehearsal, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = house.emulator.sow(11, 2)
    here = taken_in(house, house.programme, one)
    there = taken_in(house, another_programme(house, source=nowhere(house)), other)
    with caplog.at_level(logging.ERROR):
        house.idle()
    assert Move.objects.get(pk=here.pk).baseline_at is not None
    waits = Move.objects.get(pk=there.pk)
    assert waits.baseline_at is None and waits.due_at is not None and waits.due_at > house.clock.now()
    assert "The account third cannot be used" in caplog.text
    failed = Step.objects.get(move_id=there.pk)
    assert (failed.account, failed.outcome) == ("third", "not-done")


def test_a_client_is_opened_once_and_when_it_is_needed() -> None:
    opened: list[str] = []

    class Client:
        async def __aenter__(self) -> None: ...

        async def __aexit__(self, *error: object) -> None:
            opened.append("closed")

    def open_client(slug: str) -> Any:
        if slug == "third":
            raise NeedsOperator("It is not connected.")
        opened.append(slug)
        return Client()

    async def work() -> None:
        clients = Clients(open_client=open_client)
        assert opened == []
        both = await asyncio.gather(clients.of("source"), clients.of("source"))
        assert both[0] is both[1]
        with pytest.raises(TryLater, match="third cannot be used"):
            await clients.of("third")
        await clients.close()

    asyncio.run(work())
    assert opened == ["source", "closed"]
