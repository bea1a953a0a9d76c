"""Every subscription is followed from the old account to wherever it is owned now."""

from typing import Any

from novation.rehearsal.oracle import ItemComparison, active_items, compare_items

TENANT = "11111111-1111-4111-8111-111111111111"


def item(
    lineage: str, owner: str, *, quantity: int = 5, status: str = "active", ended: str | None = None
) -> dict[str, Any]:
    return {"lineage": lineage, "owner": owner, "quantity": quantity, "status": status, "ended": ended}


def follow(*items: dict[str, Any], lineages: frozenset[str] = frozenset({"a"})) -> ItemComparison:
    return compare_items([{"tenantId": TENANT.upper(), "subscriptions": list(items)}], {TENANT: lineages})


def gone(quantity: int = 5, ended: str = "transferred") -> dict[str, Any]:
    return item("a", "source", quantity=quantity, status="deleted", ended=ended)


def test_what_moved_is_counted_once_with_its_seats() -> None:
    found = follow(gone(), item("a", "target"))
    assert (found.seats_before, found.seats_after, found.moved) == (5, 5, 1)
    assert (found.in_both, found.in_neither) == (0, 0)


def test_what_stayed_is_owned_by_the_old_account() -> None:
    found = follow(item("a", "source"))
    assert (found.subscriptions_before, found.subscriptions_after, found.moved) == (1, 1, 0)


def test_an_item_billed_twice_is_found() -> None:
    assert follow(item("a", "source"), item("a", "target")).in_both == 1


def test_a_lost_item_is_found_with_its_seats() -> None:
    found = follow(gone())
    assert found.in_neither == 1
    assert (found.seats_before, found.seats_after) == (5, 0)


def test_seats_that_changed_on_the_way_are_found() -> None:
    found = follow(gone(quantity=5), item("a", "target", quantity=6))
    assert (found.seats_before, found.seats_after) == (5, 6)


def test_seats_that_an_instruction_for_the_next_term_took_are_nobodys_loss() -> None:
    renewed = {**item("a", "target", quantity=3), "seatsBySchedule": -2}
    found = follow(gone(quantity=5), renewed)
    assert (found.seats_before, found.seats_after) == (5, 5)


def test_what_ended_by_its_own_term_is_nobodys_loss() -> None:
    found = follow(gone(ended="term"))
    assert (found.ended, found.in_neither, found.subscriptions_before) == (1, 0, 0)


def test_only_what_was_active_in_the_beginning_is_followed() -> None:
    truth = {
        "tenantId": TENANT,
        "subscriptions": [item("a", "source"), item("b", "source", status="suspended")],
    }
    assert active_items([truth]) == {TENANT: frozenset({"a"})}
