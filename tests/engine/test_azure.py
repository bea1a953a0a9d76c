"""An Azure plan moves by another name than it is listed by, and leaves rights behind that no call removes."""

from __future__ import annotations

from typing import Any

from novation.domain.steps import TaskKind, TaskOutcome
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.operations.models import Task
from tests.engine.rehearsal import Rehearsal


def with_an_azure_plan(house: Rehearsal) -> dict[str, Any]:
    """A customer that has one."""
    for customer in house.emulator.sown(10, 40, plain=False):
        if any(item["offerName"] == "Azure plan" for item in customer["subscriptions"]):
            return customer
    raise AssertionError("nobody in this world has an Azure plan")


def test_an_azure_plan_moves_and_its_old_rights_are_cleared_by_hand(house: Rehearsal) -> None:
    (move,) = house.take_in(with_an_azure_plan(house))
    house.move_on(move, "verified")
    house.until(lambda: Task.objects.filter(kind=TaskKind.AZURE, state="open").exists())
    plan = move.items.get(product_type="Azure")
    assert (plan.state, plan.ends and plan.ends.year) == ("verified", 9999)
    house.ends(move, TaskKind.AZURE, TaskOutcome.CLEANED, "Two foreign principals removed.")
    after = house.move_on(move)
    assert after.closeout_state in ("closed", "parked")
    assert Event.objects.filter(move_id=move.pk, tag=Tag.OLD_SIDE_RBAC_REMOVED).count() == 1
    owners = {
        one["offerName"]: one["owner"]
        for one in house.emulator.truth(move.customer.tenant_id)["subscriptions"]
    }
    assert owners["Azure plan"] == "target"
