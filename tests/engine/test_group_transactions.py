"""The work of many moves in one transaction: without savepoints, and when one fails with one for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from novation.engine import outcomes, prepare
from novation.engine.call_groups import Room
from novation.engine.work import Work
from novation.evidencelog.models import Event, LogHead
from novation.moves.models import Move
from tests.engine.rehearsal import Rehearsal
from tests.engine.test_claims import claimed


def savepoints(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as made:
        act()
    return sum("SAVEPOINT" in one["sql"] and "RELEASE" not in one["sql"] for one in made.captured_queries)


def recorded(house: Rehearsal, works: list[Work], **given: Any) -> list[Work]:
    """Makes the calls and records what they came to; gives what is due next."""
    results = [(work, house.run(house.engine._result(work))) for work in works]
    following: list[Work] = []
    outcomes.record("one:1", results, now=house.clock.now(), clock=house.clock, next_work=following, **given)
    return following


def test_a_group_has_no_savepoint(house: Rehearsal) -> None:
    house.take_in(*house.emulator.sow(11, 3))
    works: list[Work] = []
    assert savepoints(lambda: works.extend(claimed(house))) == 0
    results = [(work, house.run(house.engine._result(work))) for work in works]
    following: list[Work] = []
    number = savepoints(
        lambda: outcomes.record(
            "one:1", results, now=house.clock.now(), clock=house.clock, next_work=following
        )
    )
    assert len(works) == 3 and number == 0


def test_of_a_group_that_fails_only_the_move_at_fault_is_left_out(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take_in(*house.emulator.sow(11, 3))
    works = claimed(house)
    at_fault, real = works[1].move, outcomes._record_one

    def record_one(owner: str, move: Any, *given: Any, **named: Any) -> bool:
        taken = real(owner, move, *given, **named)
        if move.pk == at_fault:
            raise ZeroDivisionError  # after its entries were recorded
        return taken

    monkeypatch.setattr(outcomes, "_record_one", record_one)
    recorded(house, works)
    read = {pk for pk, at in Move.objects.values_list("pk", "baseline_at") if at is not None}
    assert read == {work.move for work in works} - {at_fault}
    said = set(Event.objects.filter(tag="customer:inventoried").values_list("move_id", flat=True))
    assert said == read
    assert list(Event.objects.order_by("seq").values_list("seq", flat=True)) == list(
        range(LogHead.objects.get().size)
    )
    assert Move.objects.get(pk=at_fault).consecutive_errors == 1


def test_places_that_a_failed_group_took_are_free_again(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take_in(*house.emulator.sow(11, 2))
    at_fault, real = Move.objects.order_by("-pk")[0].pk, prepare._one

    def one(row: Any, *given: Any, **named: Any) -> bool:
        if row.pk == at_fault:
            raise ZeroDivisionError
        return real(row, *given, **named)

    monkeypatch.setattr(prepare, "_one", one)
    room = Room(1)
    works = prepare.prepare("one:1", 2, now=house.clock.now(), clock=house.clock, room=room)
    assert [work.move for work in works] == [
        pk for pk in Move.objects.values_list("pk", flat=True) if pk != at_fault
    ]


def test_when_the_database_is_at_fault_nothing_is_done_apart(
    house: Rehearsal, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take_in(*house.emulator.sow(11, 2))
    works, tries = claimed(house), []

    def record_one(*given: Any, **named: Any) -> bool:
        tries.append(1)
        raise OperationalError("the server is gone")

    monkeypatch.setattr(outcomes, "_record_one", record_one)
    with pytest.raises(OperationalError):
        recorded(house, works)
    assert len(tries) == 1
