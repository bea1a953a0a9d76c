"""Leases and fences: a claim that was lost records nothing, and a dead engine's claims are taken over."""

import os
import subprocess
import sys
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from novation.domain.answers import Answer, AttestationRead, ConfirmedBefore, RelationshipRead
from novation.domain.steps import StepKind
from novation.engine import claims, outcomes, prepare
from novation.engine.work import CallOutcome, Result, Work
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.operations.models import Step
from tests.engine.rehearsal import Rehearsal


def claimed(house: Rehearsal, owner: str = "one:1") -> list[Work]:
    return prepare.prepare(owner, 10, now=house.clock.now(), clock=house.clock)


def recorded(house: Rehearsal, work: Work, owner: str = "one:1", came: CallOutcome = CallOutcome.DONE) -> int:
    """How many outcomes were refused."""
    nothing_new = {
        StepKind.READ_RELATIONSHIP: RelationshipRead(relationship="none"),
        StepKind.CREATE_ATTESTATION: ConfirmedBefore(),
        StepKind.READ_ATTESTATION: AttestationRead(id="unknown", status="created"),
    }
    result = Result(outcome=came, value=nothing_new.get(StepKind(work.kind), Answer()))
    return outcomes.record(owner, [(work, result)], now=house.clock.now(), clock=house.clock)


def waiting(house: Rehearsal) -> Move:
    """A move that waits for its customer to accept the relationship."""
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "self")
    house.idle()
    return Move.objects.get(pk=move.pk)


def test_a_row_is_claimed_by_one_engine(house: Rehearsal) -> None:
    house.take_in(*house.emulator.sow(11, 3))
    assert len(claimed(house)) == 3
    assert claimed(house, "two:2") == []


def test_what_a_dead_engine_held_is_freed_with_as_many_questions_however_much_it_is(house: Rehearsal) -> None:
    house.take_in(*house.emulator.sow(11, 5))
    assert len(claimed(house, "here:999999999")) == 5
    with CaptureQueriesContext(connection) as made:
        assert claims.reclaim_dead_leases("here:1", now=house.clock.now()) == 5
    asked = [one["sql"] for one in made.captured_queries if "lease_owner" in one["sql"]]
    assert len(asked) == 3, asked  # whose are the moves, whose the operations, and one answer


def test_an_outcome_of_a_lost_claim_is_refused(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    (work,) = claimed(house)
    house.jump(claims.LEASE + timedelta(seconds=1))
    (again,) = claimed(house, "two:2")
    assert again.fence == work.fence + 1
    before = Event.objects.count()
    assert recorded(house, work) == 1
    assert Event.objects.count() == before, "a refused outcome changes nothing"
    assert recorded(house, again, "two:2") == 0


def test_an_engine_that_slept_beyond_its_lease_is_fenced_off_from_itself(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    (work,) = claimed(house)
    house.jump(claims.LEASE + timedelta(seconds=1))
    (again,) = claimed(house)
    assert recorded(house, work) == 1
    assert recorded(house, again) == 0


def test_the_present_claim_is_recorded_once(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    (work,) = claimed(house)
    assert recorded(house, work) == 0
    assert recorded(house, work) == 1, "it was handed back with the first outcome"


def test_an_intent_that_its_engine_left_open_becomes_unknown(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    (work,) = claimed(house)
    assert work.kind is StepKind.CREATE_ATTESTATION and work.step is not None
    assert Step.objects.get(pk=work.step).outcome == ""
    house.jump(claims.LEASE + timedelta(seconds=1))
    (look_up,) = claimed(house, "two:2")
    assert (look_up.settle, look_up.step) == (True, work.step)
    assert Step.objects.get(pk=work.step).outcome == "unknown"
    assert dict(look_up.data).items() >= dict(work.data).items(), "what was sent is what is looked for"


def test_a_dead_engines_claims_are_taken_over_at_once(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = claims.owner_name().rpartition(":")[0]
    assert len(claimed(house, f"{host}:{dead.pid}")) == 1
    assert claimed(house) == []
    assert claims.reclaim_dead_leases(f"{host}:{os.getpid()}", now=house.clock.now()) == 1
    assert len(claimed(house)) == 1


def test_a_living_engines_claims_are_left_alone(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    assert len(claimed(house, claims.owner_name())) == 1
    host = claims.owner_name().rpartition(":")[0]
    assert claims.reclaim_dead_leases(f"{host}:999999999", now=house.clock.now()) == 0


def test_claims_of_another_host_wait_for_their_lease(house: Rehearsal) -> None:
    waiting(house)
    house.next()
    assert len(claimed(house, "elsewhere:1")) == 1
    assert claims.reclaim_dead_leases(claims.owner_name(), now=house.clock.now()) == 0


def test_a_call_is_not_sent_after_its_lease(house: Rehearsal) -> None:
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    house.idle()
    house.says(move, "mandate")
    (work,) = claimed(house)
    house.jump(claims.LEASE + timedelta(seconds=1))
    result = house.run(house.engine._result(work))
    assert result.outcome is CallOutcome.NOT_DONE and "lease ran out" in result.text
    assert house.emulator.summary()["writes"] == 0


def test_a_decision_during_a_call_is_looked_at_right_after(house: Rehearsal) -> None:
    move = waiting(house)
    house.next()
    (work,) = claimed(house)
    house.says(move, "withdrawn")
    recorded(house, work)
    house.idle()
    assert Move.objects.get(pk=move.pk).stage == "stays"


def test_a_lease_is_renewed_when_half_of_it_is_gone(house: Rehearsal) -> None:
    move = waiting(house)
    start, owner = house.clock.now(), "one:1"
    Move.objects.filter(pk=move.pk).update(lease_owner=owner, lease_until=start + claims.LEASE)
    held = Move.objects.get(pk=move.pk)
    with CaptureQueriesContext(connection) as made:
        claims.extend_lease(held, now=start + claims.LEASE / 3, clock=house.clock)
    assert not made.captured_queries
    later = start + claims.LEASE * 2 / 3
    claims.extend_lease(held, now=later, clock=house.clock)
    assert Move.objects.get(pk=move.pk).lease_until == later + claims.LEASE


def test_what_was_wrong_with_a_row_is_forgotten_with_its_next_answer(house: Rehearsal) -> None:
    move = waiting(house)
    held = Move.objects.get(pk=move.pk)
    held.consecutive_errors, held.lease_until = 2, house.clock.now() + claims.LEASE
    held.save()
    claims.extend_lease(held, now=house.clock.now(), clock=house.clock)
    assert Move.objects.get(pk=move.pk).consecutive_errors == 0
