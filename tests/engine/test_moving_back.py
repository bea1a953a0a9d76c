"""A move back is a new move in the other direction, with its own consent."""

from collections.abc import Callable

import pytest

from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.policy import Policy
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme
from novation.moves.selectors import home, queue
from novation.moves.services import reverse_moves
from novation.operations.models import Step
from tests.engine.rehearsal import GROUP, Rehearsal


def test_what_moved_moves_back_after_the_customer_said_yes_again(begin: Callable[..., Rehearsal]) -> None:
    house = begin(Policy(remove_relationship=False))
    (move,) = house.take_in(house.emulator.sow(11, 1)[0])
    eva, now = house.people[0], house.clock.now()
    house.emulator.ask(
        "POST", "/groups", account="source", id=GROUP
    )  # the old account gives the roles to it now
    with pytest.raises(NeedsOperator, match="Nothing has arrived"):
        reverse_moves.begin(move, reason="The customer wants it.", person=eva, now=now)
    done = house.move_on(move)
    assert done.closeout_state == "parked"
    with pytest.raises(BadInput, match="Say why"):
        reverse_moves.begin(done, reason=" ", person=eva, now=house.clock.now())
    back = reverse_moves.begin(done, reason="The customer wants it.", person=eva, now=house.clock.now())
    assert back.reference != move.reference
    # A security group is one of the tenant that gets the roles.
    group = house.emulator.ready["accounts"]["source"]["security_group_id"]
    Programme.objects.filter(pk=back.programme_id).update(access_group=group)
    assert (back.programme.source, back.programme.target) == (move.programme.target, move.programme.source)
    assert home.programme() == move.programme, "it is no programme of its own for those who steer"
    with pytest.raises(NeedsOperator, match="a move back"):
        reverse_moves.begin(done, reason="Once more.", person=eva, now=house.clock.now())

    writes = house.emulator.summary()["writes"]
    house.idle()
    assert Move.objects.get(pk=back.pk).decision_state == "asked"
    assert house.emulator.summary()["writes"] == writes, "its first consent does not cover this"
    house.says(back, "mandate")
    house.idle()
    assert queue.open_tasks(move.programme, eva, house.clock.now()).filter(move_id=back.pk).exists()
    after = house.move_on(back)
    assert after.closeout_state in ("closed", "parked")
    truth = house.emulator.truth(move.customer.tenant_id)
    live = [one for one in truth["subscriptions"] if one["status"] == "active" and not one["isTrial"]]
    assert {one["owner"] for one in live} == {"source"}
    accounts = dict(
        Step.objects.filter(move_id=back.pk, kind="create-transfer").values_list("kind", "account")
    )
    assert accounts == {"create-transfer": "source"}, "the old account asks for them now"
    assert Event.objects.filter(move_id=move.pk, tag=Tag.MOVE_REVERSED).count() == 1
    assert Programme.objects.count() == 2
