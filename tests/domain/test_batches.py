"""What moves, what stays, and in which requests."""

from hypothesis import given
from hypothesis import strategies as st

from novation.domain.batches import families, free_to_go, movable, near_renewal, split, staying, why_it_stays
from novation.domain.facts import Item, ItemState
from novation.domain.policy import Policy
from tests.builders import DAY, HOUR, NOW, item

POLICY = Policy()


@st.composite
def baskets(draw: st.DrawFn) -> list[Item]:
    """Subscriptions with add-ons on add-ons; some belong to what is not there, or to themselves."""
    count = draw(st.integers(1, 60))
    out = []
    for number in range(1, count + 1):
        names = [f"sub-{n:04d}" for n in range(1, count + 1)]
        parent = draw(st.one_of(st.just(""), st.just(""), st.sampled_from(names), st.just("elsewhere")))
        out.append(item(number, parent=parent))
    return out


@given(baskets(), st.integers(1, 30))
def test_requests_are_never_larger_than_the_limit(items: list[Item], size: int) -> None:
    assert all(1 <= len(batch) <= size for batch in split(items, size))


@given(baskets(), st.integers(1, 30))
def test_every_item_is_in_exactly_one_request(items: list[Item], size: int) -> None:
    assert sorted(number for batch in split(items, size) for number in batch) == [one.id for one in items]


@given(baskets(), st.integers(1, 30))
def test_add_ons_travel_with_their_base_when_they_fit(items: list[Item], size: int) -> None:
    batches = [set(batch) for batch in split(items, size)]
    for family in families(items).values():
        ids = {one.id for one in family}
        if len(ids) <= size:
            assert any(ids <= batch for batch in batches)


@given(baskets(), st.randoms())
def test_the_requests_do_not_depend_on_the_order_of_the_list(items: list[Item], random: object) -> None:
    mixed = list(items)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands out a random.Random
    assert split(mixed, 25) == split(items, 25)


def test_a_family_larger_than_a_request_is_cut_base_first() -> None:
    family = [item(9, subscription_id="base"), *(item(n, parent="base") for n in range(1, 5))]
    assert split(family, 3) == ((9, 1, 2), (3, 4))


def test_an_add_on_of_an_add_on_belongs_to_the_same_family() -> None:
    chain = [item(1, subscription_id="a"), item(2, subscription_id="b", parent="a"), item(3, parent="b")]
    assert {top: [one.id for one in family] for top, family in families(chain).items()} == {"a": [1, 2, 3]}


def test_an_empty_basket_needs_no_request() -> None:
    assert split([], 25) == ()


def test_what_is_in_a_request_or_gone_is_not_movable() -> None:
    basket = [
        item(1),
        item(2, batch=7),
        item(3, state=ItemState.GONE),
        item(4, state=ItemState.VERIFIED),
        item(5, state=ItemState.STAYS),
    ]
    assert [one.id for one in movable(basket)] == [1]


def test_each_reason_to_stay_is_said() -> None:
    assert why_it_stays(item(1)) == ""
    assert "suspended" in why_it_stays(item(1, status="suspended"))
    assert "trial" in why_it_stays(item(1, is_trial=True))
    assert "Software" in why_it_stays(item(1, product_type="Software"))
    assert "this product type" in why_it_stays(item(1, product_type=""))


def test_an_add_on_of_an_add_on_stays_with_what_stays() -> None:
    chain = [
        item(1, subscription_id="a", is_trial=True),
        item(2, subscription_id="b", parent="a"),
        item(3, parent="b"),
    ]
    assert set(staying(chain)) == {1, 2, 3}
    assert movable(chain) == []


def test_a_base_that_moved_before_holds_nothing_back() -> None:
    basket = [item(1, subscription_id="a", state=ItemState.VERIFIED, status="suspended"), item(2, parent="a")]
    assert [one.id for one in movable(basket)] == [2]


def test_the_guard_window_ends_when_the_renewal_was_read() -> None:
    assert near_renewal(item(1, ends=NOW + 7 * DAY), POLICY, NOW)
    assert near_renewal(item(1, ends=NOW - DAY), POLICY, NOW)
    assert not near_renewal(item(1, ends=NOW + 7 * DAY + HOUR), POLICY, NOW)
    assert not near_renewal(item(1, ends=None), POLICY, NOW)


def test_one_member_holds_back_its_family_and_nobody_else() -> None:
    basket = [item(1, subscription_id="a"), item(2, parent="a", pending_change=True), item(3)]
    assert [one.id for one in free_to_go(basket, POLICY, NOW)] == [3]
