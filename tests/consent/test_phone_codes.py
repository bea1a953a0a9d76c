"""A code by telephone: read out by an operator on the number on file, and never together with the link."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from novation.customers.models import Contact
from novation.domain.errors import BadInput, NeedsOperator
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Decision, Move
from novation.notices import services as notices
from tests.consent.visitor import Visitor
from tests.telling import NOW, contact_of, make_move

pytestmark = pytest.mark.django_db


@pytest.fixture
def move() -> Move:
    move = make_move(notice="sent", decision="asked")
    Contact.objects.filter(customer=move.customer).update(phone="+420 541 000 123")
    return move


@pytest.fixture
def person() -> User:
    return User.objects.create_user("petr", "petr@severka.example", first_name="Petr")


def test_a_code_that_was_read_out_confirms_like_one_from_the_mail(
    visitor: Visitor, move: Move, person: User
) -> None:
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    assert "+42••••23" in visitor.words()
    _, digits = notices.read_out_code(
        move, contact_of(move), person=person, spoke_with="Jana Žďárská", now=NOW
    )
    visitor.get(visitor.address())
    assert "on the telephone" in visitor.words()
    visitor.confirm(code=f"{digits[:3]} {digits[3:]}")
    decision = Decision.objects.get()
    assert decision.level == "A1" and re.match(r"phone [0-9a-f]{32} ", decision.code_check)
    assert decision.email == contact_of(move).email
    sent = Event.objects.get(tag=Tag.CODE_SENT)
    assert sent.actor == f"operator:{person.pk}"
    assert sent.personal["number"]["value"] == "+420 541 000 123"
    assert sent.personal["spoke_with"]["value"] == "Jana Žďárská"
    assert digits.encode() not in bytes(sent.body)


def test_a_new_code_voids_the_one_that_was_mailed(visitor: Visitor, move: Move, person: User) -> None:
    visitor.arrive(move)
    visitor.choose(decision="self")
    mailed = visitor.code()
    notices.read_out_code(move, contact_of(move), person=person, spoke_with="Jana", now=NOW)
    assert visitor.confirm(code=mailed).status_code == 422


@pytest.mark.parametrize(
    ("phone", "spoke_with", "says"),
    [("", "Jana", "No telephone number"), ("+420 541 000 123", " ", "with whom")],
)
def test_without_a_number_on_file_or_a_name_nothing_is_read_out(
    move: Move, person: User, phone: str, spoke_with: str, says: str
) -> None:
    Contact.objects.update(phone=phone)
    with pytest.raises(BadInput, match=says):
        notices.read_out_code(move, contact_of(move), person=person, spoke_with=spoke_with, now=NOW)


def test_a_person_of_another_customer_gets_no_code_for_this_one(move: Move, person: User) -> None:
    other = make_move(notice="sent", decision="asked")
    with pytest.raises(NeedsOperator):
        notices.read_out_code(move, contact_of(other), person=person, spoke_with="Eve", now=NOW)


def test_codes_are_not_read_out_without_end(move: Move, person: User) -> None:
    for _ in range(5):
        notices.read_out_code(move, contact_of(move), person=person, spoke_with="Jana", now=NOW)
    with pytest.raises(BadInput, match="Several codes"):
        notices.read_out_code(move, contact_of(move), person=person, spoke_with="Jana", now=NOW)
