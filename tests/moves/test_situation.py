"""The situation that the advice on the way is given from: what can move, what stays, and until when."""

from novation.customers.models import Customer
from novation.domain.facts import ItemState
from novation.domain.policy import Policy
from novation.moves.models import Item, Move
from novation.moves.selectors.transfer_options import situation
from novation.moves.services import programmes
from tests import people
from tests.builders import DAY, NOW


def item(move: Move, number: int, **fields: object) -> Item:
    values: dict[str, object] = {
        "subscription_id": f"sub-{move.pk}-{number}",
        "product": "P:1",
        "name": "Product",
        "quantity": 3,
        "ends": NOW + number * DAY,
        "status": "active",
        "product_type": "OnlineServicesNCE",
        "baseline": {},
    }
    return Item.objects.create(move=move, **{**values, **fields})


def test_what_can_move_and_what_stays_is_counted() -> None:
    programme = people.programme()
    open_move, said_no, gone = people.moves(3, programme)
    item(open_move, 10)
    item(open_move, 20, is_trial=True, auto_renew=False)
    item(said_no, 300)
    item(said_no, 700, product_type="Azure", ends=NOW.replace(year=9999))
    item(said_no, 500, status="deleted")
    item(gone, 900, state=ItemState.VERIFIED)
    item(gone, 400, state=ItemState.STAYS)
    Move.objects.filter(pk=said_no.pk).update(stage="stays")
    Move.objects.filter(pk=gone.pk).update(stage="closed")
    found = situation(programme)
    assert (found.movable, found.staying, found.endless) == (1, 4, 1)
    assert (found.renewing, found.extending) == (2, 1)
    assert found.last_end == NOW + 400 * DAY
    assert (found.azure, found.customers, found.unread) == (1, 3, 3)


def test_customers_outside_the_region_are_counted() -> None:
    programme = people.programme()
    first, second, _unknown = people.moves(3, programme)
    for move, country in ((first, "CZ"), (second, "US")):
        Customer.objects.filter(pk=move.customer_id).update(country=country)
    assert situation(programme).outside == 0
    programmes.change_policy(programme, Policy(region="europe"), now=NOW, actor="command")
    programme.refresh_from_db()
    assert situation(programme).outside == 1
