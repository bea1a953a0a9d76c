"""The end of delegated admin rights of the old account: what is asked for, what is in force, what cannot be ended."""

import json

import pytest
from django.core.exceptions import ObjectDoesNotExist

from novation.domain import gdap
from novation.domain.next_action import MakeCall
from novation.domain.steps import StepKind
from novation.engine.steps import STEPS
from novation.evidencelog.models import Event
from novation.moves.models import Grant, Move
from novation.operations.models import Step
from tests import people
from tests.builders import NOW
from tests.engine.rehearsal import Rehearsal

#: Steps that are about a row which must exist.
ABOUT_A_ROW = (
    StepKind.READ_ATTESTATION,
    StepKind.CREATE_AGREEMENT,
    StepKind.LOCK_ACCESS,
    StepKind.READ_ACCESS,
    StepKind.ASSIGN_ACCESS,
    StepKind.END_OLD_ACCESS,
    StepKind.ACCEPT_TRANSFER,
    StepKind.SET_TERM_END,
)


def test_a_request_that_nobody_approved_does_not_hold_up_the_end(house: Rehearsal) -> None:
    customer = house.emulator.sow(11, 1)[0]
    unapproved = house.asks_for_old_access(customer)
    (move,) = house.take_in(customer)
    assert house.move_on(move).closeout_state == "closed"
    statuses = dict(Grant.objects.filter(move=move, side="source").values_list("remote_id", "status"))
    assert statuses.pop(unapproved) == "approvalPending"
    assert set(statuses.values()) <= gdap.ENDED
    ended = [
        json.loads(bytes(e.body)) for e in Event.objects.filter(move_id=move.pk, tag="old-side:gdap-ended")
    ]
    assert [one["data"]["relationship"] for one in ended] == list(statuses)
    assert Step.objects.filter(move_id=move.pk, kind="end-old-access").count() == 1


@pytest.mark.parametrize("kind", ABOUT_A_ROW)
def test_no_call_is_made_about_a_row_that_is_missing(db: None, kind: StepKind) -> None:
    (move,) = people.moves(1)
    Grant.objects.create(
        move=move, side="source", remote_id="unapproved", status="approvalPending", created_at=NOW
    )
    with pytest.raises(ObjectDoesNotExist):
        STEPS[kind].build(Move.objects.get(pk=move.pk), MakeCall(step=kind, why=""), NOW)
