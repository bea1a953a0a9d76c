"""Every item is found again, or somebody is told: tables, and any order of the listings."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.domain.facts import Item, ItemState
from novation.domain.verify import RESTORABLE, Seen, compare
from tests.builders import DAY, HOUR, NOW, item, seen

ONE = item(1)


def states(items: list[Item], source: list[Seen], target: list[Seen]) -> dict[int, str]:
    return {verdict.item: str(verdict.state) for verdict in compare(items, source, target)}


def old(one: Item, **fields: Any) -> Seen:
    return seen(one, one.subscription_id, **fields)


TABLE: dict[str, tuple[list[Seen], list[Seen], str]] = {
    "on the new side alone": ([], [seen(ONE)], "verified"),
    "ended on the old side": ([old(ONE, status="deleted")], [seen(ONE)], "verified"),
    "on both sides": ([old(ONE)], [seen(ONE)], "in-both"),
    "suspended on the old side is still billed": ([old(ONE, status="suspended")], [seen(ONE)], "in-both"),
    "not moved": ([old(ONE)], [], "in-old"),
    "on neither side": ([], [], "in-neither"),
    "ended on both sides": ([old(ONE, status="expired")], [seen(ONE, status="deleted")], "in-neither"),
    "another product is no match": ([], [seen(ONE, product="CFQ7TTC0OTHER:0001")], "in-neither"),
    "a product in other letters is": ([], [seen(ONE, product=ONE.product.lower())], "verified"),
    "seats differ": ([], [seen(ONE, quantity=6)], "changed"),
    "term differs": ([], [seen(ONE, term="P1M")], "changed"),
    "billing differs": ([], [seen(ONE, billing_cycle="monthly")], "changed"),
    "end differs": ([], [seen(ONE, ends=NOW + 300 * DAY)], "changed"),
    "end is missing": ([], [seen(ONE, ends=None)], "changed"),
    "end is rounded to a day": ([], [seen(ONE, ends=ONE.ends + 23 * HOUR)], "verified"),  # type: ignore[operator]  # the builder gives it an end
    "renewal differs": ([], [seen(ONE, auto_renew=False)], "changed"),
    "suspended on the new side": ([], [seen(ONE, status="suspended")], "changed"),
}


@pytest.mark.parametrize(("source", "target", "expected"), TABLE.values(), ids=TABLE)
def test_one_item_is_judged_by_the_table(source: list[Seen], target: list[Seen], expected: str) -> None:
    assert states([ONE], source, target) == {1: expected}


def test_a_difference_is_said_in_words() -> None:
    (verdict,) = compare([ONE], [], [seen(ONE, quantity=6, auto_renew=False)])
    assert [str(one) for one in verdict.differs] == ["seats 5 → 6", "renews by itself yes → no"]
    assert not verdict.restorable


def test_a_lost_setting_alone_may_be_set_back() -> None:
    (verdict,) = compare([ONE], [], [seen(ONE, auto_renew=False)])
    assert verdict.restorable
    assert {one.point for one in verdict.differs} <= RESTORABLE


def test_what_is_in_both_accounts_is_not_mended_by_a_setting() -> None:
    (verdict,) = compare([ONE], [old(ONE)], [seen(ONE, auto_renew=False)])
    assert not verdict.restorable


def test_a_changed_item_does_not_take_the_place_of_another() -> None:
    items = [item(1), item(2, quantity=9)]
    target = [seen(items[1], "new-b"), seen(items[0], "new-a", quantity=6)]
    found = {verdict.item: (str(verdict.state), verdict.found and verdict.found.subscription_id)
             for verdict in compare(items, [], target)}  # fmt: skip
    assert found == {1: ("changed", "new-a"), 2: ("verified", "new-b")}


def test_one_heir_cannot_stand_for_two() -> None:
    assert sorted(states([item(1), item(2)], [], [seen(ONE)]).values()) == ["in-neither", "verified"]


def test_twins_with_other_settings_find_their_own_heirs() -> None:
    items = [item(1, auto_renew=True), item(2, auto_renew=False)]
    target = [seen(items[1], "new-b"), seen(items[0], "new-a")]
    assert set(states(items, [], target).values()) == {"verified"}


def test_a_twin_that_was_left_behind_is_not_taken_for_the_one_that_moved() -> None:
    items = [item(1), item(2)]
    assert states(items, [old(items[0])], [seen(items[1])]) == {1: "in-old", 2: "verified"}


ends = st.sampled_from([None, NOW + 40 * DAY, NOW + 200 * DAY])


@st.composite
def baskets(draw: st.DrawFn) -> list[Item]:
    """Items of few kinds, so that many are alike."""
    count = draw(st.integers(0, 12))
    return [
        item(
            number,
            product=draw(st.sampled_from(["p:1", "p:2"])),
            quantity=draw(st.integers(1, 3)),
            ends=draw(ends),
            auto_renew=draw(st.booleans()),
            term=draw(st.sampled_from(["P1Y", "P1M"])),
        )
        for number in range(1, count + 1)
    ]


@given(baskets(), st.randoms(use_true_random=False))
def test_what_arrived_unchanged_is_verified_in_any_order(items: list[Item], random: Random) -> None:
    target = [seen(one) for one in items]
    random.shuffle(target)
    shuffled = list(items)
    random.shuffle(shuffled)
    assert set(states(shuffled, [], target).values()) <= {"verified"}


@given(baskets(), st.randoms(use_true_random=False), st.data())
def test_every_item_is_on_one_side_or_named(items: list[Item], random: Random, data: st.DataObject) -> None:
    source, target, expected = [], [], {}
    for one in items:
        where = data.draw(st.sampled_from(["old", "new", "both", "neither"]))
        source += [old(one)] if where in ("old", "both") else []
        target += [seen(one)] if where in ("new", "both") else []
        expected[one.id] = where
    random.shuffle(target)
    verdicts = compare(items, source, target)
    assert [verdict.item for verdict in verdicts] == [one.id for one in items]
    heirs = [verdict.found.subscription_id for verdict in verdicts if verdict.found]
    assert sorted(heirs) == sorted(set(heirs)), "one heir stands for two"
    missing = [verdict for verdict in verdicts if verdict.found is None]
    assert len(missing) == len(items) - len(target)
    for verdict in missing:
        here = expected[verdict.item] in ("old", "both")
        assert verdict.state is (ItemState.IN_OLD if here else ItemState.IN_NEITHER)


@given(baskets(), st.randoms(use_true_random=False), st.data())
def test_what_moved_in_part_is_told_apart(items: list[Item], random: Random, data: st.DataObject) -> None:
    moved = {one.id for one in items if data.draw(st.booleans())}
    target = [seen(one) for one in items if one.id in moved]
    random.shuffle(target)
    verdicts = states(items, [old(one) for one in items if one.id not in moved], target)
    assert verdicts == {one.id: "verified" if one.id in moved else "in-old" for one in items}


@given(baskets(), st.randoms(use_true_random=False))
def test_one_change_is_seen_as_one_change(items: list[Item], random: Random) -> None:
    # Far away from every other end, so that nothing else can be mistaken for it.
    odd = item(99, product="p:1", quantity=77, ends=NOW + 999 * DAY)
    target = [seen(one) for one in items] + [replace(seen(odd), quantity=78)]
    random.shuffle(target)
    verdicts = states([*items, odd], [], target)
    assert verdicts.pop(99) == "changed"
    assert set(verdicts.values()) <= {"verified"}
