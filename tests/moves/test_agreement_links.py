"""A link to Microsoft's agreement that does not work is replaced by a fresh one, for one or for many."""

from datetime import timedelta

import pytest

from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Attestation, Move
from novation.moves.services import agreement_links
from tests.builders import NOW
from tests.people import move as make_move
from tests.people import says

pytestmark = pytest.mark.django_db


def move(state: str) -> Move:
    found = make_move(decision="asked")
    says(found, "mandate")
    Move.objects.filter(pk=found.pk).update(agreement_state=state, relationship_state="accepted")
    Attestation.objects.create(
        move=found,
        remote_id="a1",
        url="https://partner.microsoft.com/1",
        signatory={"first_name": "Jana", "last_name": "Nová", "email": "jana@customer.example", "phone": ""},
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    return Move.objects.get(pk=found.pk)


@pytest.mark.parametrize(
    ("state", "renewed", "then"),
    [
        ("issued", True, "expired"),
        ("refused", True, "preparing"),
        ("none", False, "none"),
        ("preparing", False, "preparing"),
        ("accepted", False, "accepted"),
        ("valid", False, "valid"),
    ],
)
def test_a_fresh_link_replaces_one_that_is_there(state: str, renewed: bool, then: str) -> None:
    found = move(state)
    assert agreement_links.renew(found, actor="operator:1", now=NOW) is renewed
    found.refresh_from_db()
    assert found.agreement_state == then
    assert Event.objects.filter(tag=Tag.AGREEMENT_LINK_WITHDRAWN).count() == int(renewed)


def test_pressing_again_makes_no_second_link() -> None:
    found = move("issued")
    assert agreement_links.renew(found, actor="customer", now=NOW)
    Move.objects.filter(pk=found.pk).update(agreement_state="issued")
    assert not agreement_links.renew(found, actor="customer", now=NOW + timedelta(minutes=5))
    assert agreement_links.renew(found, actor="customer", now=NOW + timedelta(minutes=11))


def test_many_are_renewed_and_counted() -> None:
    some = [move("issued"), move("valid"), move("refused")]
    assert sum(agreement_links.renew(one, actor="operator:1", now=NOW) for one in some) == 2
