"""What a person of the customer decides, and what may not be taken for a decision."""

import hashlib
import json

import pytest

from novation.domain.errors import BadInput, IllegalTransition
from novation.domain.facts import BatchState
from novation.domain.steps import TaskKind
from novation.evidencelog.models import Document, Event
from novation.moves.models import Batch, Decision, Message, Move
from novation.moves.services import decisions
from novation.operations.models import Task
from tests import people
from tests.builders import DAY, NOW
from tests.people import move, says

ASKED = {"notice": "sent", "decision": "asked"}


def fresh(one: Move) -> Move:
    return Move.objects.get(pk=one.pk)


@pytest.mark.parametrize(
    ("kind", "stage"), [("mandate", "accepting"), ("self", "accepting"), ("declined", "told")]
)
def test_an_answer_changes_the_decision_and_wakes_the_engine(kind: str, stage: str) -> None:
    one = move(**ASKED)
    Move.objects.filter(pk=one.pk).update(due_at=None)
    says(one, kind)
    after = fresh(one)
    assert (after.decision_state, after.due_at) == (kind, NOW)
    assert after.stage in (stage, "ready")
    assert f"decision:{kind}" in people.tags(one)


def test_a_mandate_has_scope_and_end_and_covers_no_agreement() -> None:
    decision = says(move(**ASKED), "mandate")
    assert decision.scope == ["relationship", "access"]
    assert decision.expires_at == NOW + 91 * DAY


def test_the_page_is_kept_as_it_was_shown() -> None:
    decision = says(move(**ASKED), "self")
    shown = b"<p>The page as it was shown.</p>"
    assert decision.shown_sha256 == hashlib.sha256(shown).hexdigest()
    assert bytes(Document.objects.get(pk=decision.shown_sha256).content) == shown


def test_who_decided_stands_beside_the_chain_not_in_it() -> None:
    one = move(**ASKED)
    says(one, "mandate")
    event = Event.objects.get(move_id=one.pk, tag="decision:mandate")
    assert event.personal["name"]["value"] == "Jana Nová"
    assert "Jana" not in bytes(event.body).decode() and "192.0.2.7" not in bytes(event.body).decode()
    assert json.loads(bytes(event.body))["data"]["level"] == "A1"


@pytest.mark.parametrize("kind", ["mandate", "self", "declined"])
def test_a_link_alone_binds_nobody(kind: str) -> None:
    one = move(**ASKED)
    with pytest.raises(BadInput, match="A link alone does not bind"):
        says(one, kind, level="A0")
    assert fresh(one).decision_state == "asked"
    assert not Decision.objects.exists()


def test_a_link_alone_may_ask() -> None:
    one = move(**ASKED)
    says(one, "question", level="A0", reason="Why?")
    assert fresh(one).decision_state == "question"


def test_a_question_makes_a_message_and_a_task() -> None:
    one = move(**ASKED)
    says(one, "question", reason="What does it cost?")
    assert Message.objects.get(move=one).text == "What does it cost?"
    assert Task.objects.get(move_id=one.pk).kind == TaskKind.ANSWER


def test_an_empty_question_is_refused() -> None:
    with pytest.raises(BadInput, match="The question is empty"):
        says(move(**ASKED), "question", reason="  ")


def test_an_answer_ends_the_task_and_lets_the_customer_decide() -> None:
    one, person = move(**ASKED), people.operator("eva")
    says(one, "question", reason="Why?")
    decisions.answer_question(move=one, text="Because.", person=person, now=NOW)
    assert fresh(one).decision_state == "asked"
    assert Task.objects.get(move_id=one.pk).outcome == "answered"
    assert Message.objects.filter(move=one, from_customer=False).get().author == "Eva"


def test_an_empty_answer_is_refused_and_the_question_stays() -> None:
    one = move(**ASKED)
    says(one, "question", reason="Why?")
    with pytest.raises(BadInput, match="The answer is empty"):
        decisions.answer_question(move=one, text=" ", person=people.operator("eva"), now=NOW)
    assert fresh(one).decision_state == "question"


def test_a_further_question_does_not_undo_a_decision() -> None:
    one = move(**ASKED)
    says(one, "mandate")
    decisions.ask(move=one, text="And when?", author="Jana", channel="page", now=NOW)
    assert fresh(one).decision_state == "mandate"
    assert Task.objects.filter(move_id=one.pk, kind=TaskKind.ANSWER, state="open").exists()


def test_a_colleague_is_put_on_file() -> None:
    one = move(**ASKED)
    says(one, "delegated", delegate=("Petr", "Petr@Customer.example"))
    assert fresh(one).decision_state == "delegated"
    assert one.customer.contacts.get(email="petr@customer.example").added_by == "the customer"


def test_nobody_can_be_passed_to_no_one() -> None:
    with pytest.raises(BadInput, match="No colleague is named"):
        says(move(**ASKED), "delegated")


def test_a_word_that_is_no_decision_is_refused() -> None:
    with pytest.raises(BadInput, match="no decision 'perhaps'"):
        says(move(**ASKED), "perhaps")


def test_an_answer_ends_calls_and_searches() -> None:
    one = move(notice="sent", decision="silent")
    people.task(one, TaskKind.CALL)
    says(one, "self")
    assert Task.objects.get(move_id=one.pk).state == "cancelled"


def test_who_takes_over_takes_the_task_from_the_queue() -> None:
    one = move(**ASKED)
    says(one, "mandate")
    people.task(one, TaskKind.ACCEPT)
    says(one, "self")
    assert Task.objects.get(move_id=one.pk, kind=TaskKind.ACCEPT).state == "cancelled"


def test_who_authorises_us_needs_no_help_any_more() -> None:
    one = move(notice="sent", decision="self", relationship="stalled")
    people.task(one, TaskKind.HELP)
    says(one, "mandate")
    assert Task.objects.get(move_id=one.pk, kind=TaskKind.HELP).state == "cancelled"


def test_a_yes_can_be_taken_back_before_anything_moved() -> None:
    one = move(notice="sent", decision="mandate", transfer="requested")
    says(one, "withdrawn")
    assert fresh(one).decision_state == "withdrawn"


@pytest.mark.parametrize("state", ["moving", "arrived", "verified", "wrong"])
@pytest.mark.parametrize("kind", ["withdrawn", "declined"])
def test_what_has_moved_cannot_be_taken_back_by_a_click(state: str, kind: str) -> None:
    one = move(notice="sent", decision="mandate", transfer=state)
    with pytest.raises(BadInput, match="being moved already"):
        says(one, kind)
    assert fresh(one).decision_state == "mandate"


@pytest.mark.parametrize("kind", ["withdrawn", "declined"])
def test_a_second_request_does_not_make_the_first_one_undone(kind: str) -> None:
    one = move(notice="sent", decision="mandate", transfer="requested")
    Batch.objects.create(move=one, number=1, state=BatchState.COMPLETE)
    Batch.objects.create(move=one, number=2, state=BatchState.PENDING)
    with pytest.raises(BadInput, match="being moved already"):
        says(one, kind)


def test_what_was_never_said_cannot_be_taken_back() -> None:
    with pytest.raises(BadInput, match="nothing to take back"):
        says(move(**ASKED), "withdrawn")


def test_a_decision_that_does_not_fit_changes_nothing() -> None:
    one = move(notice="sent", decision="mandate")
    with pytest.raises(IllegalTransition):
        says(one, "question", reason="Why?")
    assert not Decision.objects.filter(move=one).exists()
    assert not Task.objects.filter(move_id=one.pk).exists()


@pytest.mark.parametrize("kind", ["mandate", "self"])
def test_who_stayed_may_still_say_yes_and_is_moved(kind: str) -> None:
    one = move(notice="sent", decision="declined", closeout="stays")
    assert one.stage == "stays"
    says(one, kind)
    after = fresh(one)
    assert (after.decision_state, after.closeout_state, after.stage) == (kind, "none", "accepting")
    assert after.due_at == NOW


def test_a_mandate_given_again_is_a_new_one() -> None:
    one = move(**ASKED)
    says(one, "mandate")
    later = says(one, "mandate", now=NOW + 80 * DAY)
    assert later.expires_at == NOW + 171 * DAY
    assert fresh(one).decision_since == NOW + 80 * DAY
