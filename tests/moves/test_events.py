"""The log: written only with its change, chained, numbered without holes, and gone with a rollback."""

import hashlib
import json
from dataclasses import replace
from uuid import UUID

import pytest
from django.db import transaction

from novation.domain.errors import IllegalTransition
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.frontier import Frontier
from novation.evidence.tags import Tag
from novation.evidence.tree import Tree
from novation.evidencelog.models import Document, Event, LogHead
from novation.evidencelog.services import checkpoints, events
from novation.moves.models import Move
from tests import people
from tests.builders import HOUR, NOW


@pytest.fixture
def written() -> list[Event]:
    """Entries of three moves and of the programme, mixed."""
    found = people.moves(3)
    for number in range(7):
        with transaction.atomic():
            events.record(
                Tag.MOVE_TRACK_CHANGED,
                at=NOW,
                actor="engine",
                subject=[*(one.subject for one in found), None][number % 4],
                data={"number": number},
                personal={"name": "Jana Nová"},
            )
    return list(Event.objects.order_by("seq"))


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="in the transaction of the change"):
        events.record(Tag.MOVE_PAUSED, at=NOW, actor="engine")
    assert not Event.objects.exists()


def test_numbers_have_no_holes(written: list[Event]) -> None:
    assert [event.seq for event in written] == list(range(len(written)))
    for move in Move.objects.all():
        numbers = list(Event.objects.filter(move_id=move.pk).order_by("seq").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))


def test_each_entry_holds_the_head_before_it(written: list[Event]) -> None:
    for move in Move.objects.all():
        before = EMPTY_HEAD
        for event in Event.objects.filter(move_id=move.pk).order_by("number"):
            assert bytes(event.leaf) == hashlib.sha256(b"\x00" + bytes(event.body)).digest()
            before = extend_chain(before, bytes(event.leaf))
            assert bytes(event.head) == before


def test_the_frontier_is_the_tree_over_all_entries(written: list[Event]) -> None:
    head = LogHead.objects.get()
    tree = Tree([bytes(event.leaf) for event in written])
    assert head.size == len(written)
    assert Frontier.from_bytes(bytes(head.frontier)).root() == tree.root()


def test_a_rollback_takes_change_and_entry_away(written: list[Event]) -> None:
    move = Move.objects.first()
    assert move is not None
    before = LogHead.objects.values().get()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        people.put(move, notice="queued")
        raise ZeroDivisionError
    assert Event.objects.count() == len(written)
    assert LogHead.objects.values().get() == before
    assert Move.objects.get(pk=move.pk).notice_state == "none"


def test_after_a_rollback_the_log_goes_on_without_a_hole(written: list[Event]) -> None:
    move = Move.objects.get(pk=written[-1].move_id or Move.objects.values_list("pk")[0][0])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        people.put(move, notice="queued")
        raise ZeroDivisionError
    people.put(move, notice="queued")
    assert Event.objects.latest("seq").seq == len(written)


def test_persons_do_not_stand_in_the_chained_bytes(written: list[Event]) -> None:
    event = written[-1]
    assert "Jana" not in bytes(event.body).decode()
    assert event.personal["name"]["value"] == "Jana Nová"


def test_an_entry_names_the_documents_it_speaks_of() -> None:
    with transaction.atomic():
        document = events.store("shown", "text/html", b"<p>", at=NOW)
        events.record(Tag.PAGE_SHOWN, at=NOW, actor="customer", documents=[document])
    event = Event.objects.get()
    assert list(event.documents.all()) == [document]
    assert json.loads(bytes(event.body))["data"]["documents"] == [hashlib.sha256(b"<p>").hexdigest()]


def test_the_same_bytes_are_kept_once() -> None:
    one, same = (events.store("shown", "text/html", b"<p>", at=NOW) for _ in range(2))
    assert one.pk == same.pk and Document.objects.count() == 1


def test_the_time_of_the_log_never_goes_back(written: list[Event]) -> None:
    with transaction.atomic():
        events.record(Tag.MOVE_PAUSED, at=NOW + HOUR, actor="engine")
        events.record(Tag.MOVE_RESUMED, at=NOW, actor="engine")
    assert Event.objects.latest("seq").at == NOW + HOUR


def test_a_change_that_moves_the_stage_says_so() -> None:
    move = people.move(notice="queued")
    people.put(move, notice="sent", decision="asked")
    assert people.tags(move)[-2:] == ["move:track-changed", "move:stage-changed"]


def test_an_illegal_change_leaves_nothing() -> None:
    move = people.move()
    before = people.tags()
    with pytest.raises(IllegalTransition):
        people.put(move, notice="queued", transfer="verified")
    assert people.tags() == before
    assert Move.objects.get(pk=move.pk).notice_state == "none"


def test_a_checkpoint_signs_the_log_as_it_is(written: list[Event]) -> None:
    signed = checkpoints.sign(now=NOW)
    assert signed is not None
    assert (signed.size, bytes(signed.root)) == (len(written), Tree([bytes(e.leaf) for e in written]).root())
    assert checkpoints.sign(now=NOW) == signed, "nothing was added since"


def test_an_empty_log_is_not_signed() -> None:
    assert checkpoints.sign(now=NOW) is None


@pytest.mark.django_db
def test_an_entry_names_its_move_and_operation_as_context() -> None:
    move = people.move()
    operation = UUID(int=9)
    for subject in (move.subject, replace(move.subject, move=None, move_reference="", operation=operation)):
        with transaction.atomic():
            events.record(Tag.SETTING_CHANGED, at=NOW, actor="engine", subject=subject)
    with transaction.atomic():
        events.record(Tag.SETTING_CHANGED, at=NOW, actor="engine")
    first, second, third = (
        json.loads(bytes(event.body))
        for event in Event.objects.filter(tag=Tag.SETTING_CHANGED).order_by("seq")
    )
    assert first["subject"] == second["subject"] == move.customer.reference
    assert first["context"] == {"move": move.reference}
    assert second["context"] == {"operation": str(operation)}
    assert "context" not in third
