"""Work on one task: lease, wrong-tenant guard, second approver, outcomes, and what is said when it is refused."""

from datetime import timedelta

import pytest

from novation import clock
from novation.clock import FixedClock
from novation.customers.models import Contact
from novation.domain.steps import TaskKind
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Message, Move
from novation.moves.services import tasks
from novation.notices.models import Notice
from novation.operations.models import Task
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio


@pytest.fixture
def accept(built: Portfolio) -> Task:
    return built.task(TaskKind.ACCEPT, "accept")


def do(browser: Browser, task: Task, act: str, **fields: str) -> object:
    return browser.post(f"/console/tasks/{task.pk}/{act}", fields)


def ready(task: Task, operator: Browser, approver: Browser) -> None:
    """Takes, compares and approves, as far as the outcome."""
    assert do(operator, task, "take").status_code == 303
    assert do(operator, task, "tenant", typed=task.customer.domain).status_code == 303
    assert do(approver, task, "approve").status_code == 303


def text(answer: object) -> str:
    return answer.content.decode()


def test_the_list_of_acceptance_tasks_has_a_link_to_each(
    operator: Browser, built: Portfolio, accept: Task
) -> None:
    page = text(operator.get("/console/tasks/?kind=accept"))
    assert f'href="/console/tasks/{accept.pk}/"' in page
    other = built.task(TaskKind.CALL, "silent")
    assert f'href="/console/tasks/{other.pk}/"' not in page


def test_an_acceptance_goes_from_take_to_done(operator: Browser, approver: Browser, accept: Task) -> None:
    ready(accept, operator, approver)
    page = text(operator.get(f"/console/tasks/{accept.pk}/"))
    assert "invType=ResellerRelationship" in page
    assert "granularAdminRelationships/grant-" in page
    assert do(operator, accept, "end", outcome="done", note="").status_code == 303
    accept.refresh_from_db()
    assert (accept.state, accept.outcome, accept.ended_by) == ("ended", "done", operator.person)
    # The relationship is still to be observed: an operator's word moves no track.
    assert Move.objects.get(pk=accept.move_id).relationship_state == "task"


def test_the_links_to_microsoft_are_locked_until_tenant_and_approval_are_there(
    operator: Browser, approver: Browser, accept: Task
) -> None:
    address = f"/console/tasks/{accept.pk}/"
    assert "invType=" not in text(operator.get(address))
    do(operator, accept, "take")
    assert "invType=" not in text(operator.get(address))
    do(operator, accept, "tenant", typed=accept.customer.domain)
    assert "invType=" not in text(operator.get(address))
    do(approver, accept, "approve")
    assert "invType=" in text(operator.get(address))
    assert "invType=" not in text(approver.get(address))


def test_done_without_the_second_person_is_refused_and_the_note_is_kept(
    operator: Browser, accept: Task
) -> None:
    do(operator, accept, "take")
    do(operator, accept, "tenant", typed=accept.customer.domain)
    answer = do(operator, accept, "end", outcome="done", note="It went well, I think")
    assert answer.status_code == 409
    assert "A second person must approve first." in text(answer)
    assert "It went well, I think" in text(answer)
    accept.refresh_from_db()
    assert accept.state == "open"


def test_done_without_comparing_the_tenant_is_refused(
    operator: Browser, approver: Browser, accept: Task
) -> None:
    do(operator, accept, "take")
    do(approver, accept, "approve")
    answer = do(operator, accept, "end", outcome="done", note="")
    assert answer.status_code == 409
    assert "Type its first domain first" in text(answer)


def test_a_wrong_domain_gives_the_task_back_and_says_so(operator: Browser, accept: Task) -> None:
    do(operator, accept, "take")
    answer = do(operator, accept, "tenant", typed="<b>firma9999</b>")
    assert answer.status_code == 409
    assert "You typed “&lt;b&gt;firma9999&lt;/b&gt;”" in text(answer)
    accept.refresh_from_db()
    assert accept.holder is None
    assert Event.objects.filter(tag=str(Tag.TASK_RELEASED), move_id=tasks.move_of(accept).pk).exists()


def test_an_empty_domain_costs_nothing(operator: Browser, accept: Task) -> None:
    do(operator, accept, "take")
    answer = do(operator, accept, "tenant", typed=" ")
    assert answer.status_code == 422
    accept.refresh_from_db()
    assert accept.holder == operator.person


def test_a_task_that_somebody_holds_cannot_be_taken(operator: Browser, other: Browser, accept: Task) -> None:
    do(operator, accept, "take")
    answer = do(other, accept, "take")
    assert answer.status_code == 409
    assert "holds this task until" in text(answer)
    page = text(other.get(f"/console/tasks/{accept.pk}/"))
    assert "Hana Procházková" in page
    accept.refresh_from_db()
    assert accept.holder == operator.person


def test_take_pressed_twice_takes_once(operator: Browser, accept: Task) -> None:
    assert do(operator, accept, "take").status_code == 303
    assert do(operator, accept, "take").status_code == 303
    assert Event.objects.filter(tag=str(Tag.TASK_LEASED), move_id=tasks.move_of(accept).pk).count() == 1


def test_a_lease_that_ran_out_is_said_and_nothing_is_lost(
    operator: Browser, accept: Task, fixed: FixedClock
) -> None:
    do(operator, accept, "take")
    fixed.advance(clock.clock().real(timedelta(minutes=20, seconds=1)))
    answer = do(operator, accept, "end", outcome="not-done", note="The page was broken")
    assert answer.status_code == 409
    assert "You do not hold this task (any more)" in text(answer)
    accept.refresh_from_db()
    assert accept.state == "open"


def test_twenty_minutes_more_are_added_from_now(operator: Browser, accept: Task, fixed: FixedClock) -> None:
    do(operator, accept, "take")
    fixed.advance(timedelta(minutes=15))
    assert do(operator, accept, "extend").status_code == 303
    accept.refresh_from_db()
    assert accept.lease_until == fixed.now() + timedelta(minutes=20)
    assert "20:00" in text(operator.get(f"/console/tasks/{accept.pk}/"))


def test_a_task_given_back_is_free_again_with_its_reason(
    operator: Browser, other: Browser, accept: Task
) -> None:
    do(operator, accept, "take")
    assert do(operator, accept, "release", reason="Lunch").status_code == 303
    assert do(operator, accept, "release").status_code == 409
    assert do(other, accept, "take").status_code == 303


def test_the_holder_cannot_approve_and_the_approver_cannot_hold(
    built: Portfolio, approver: Browser, accept: Task
) -> None:
    admin = Browser(built, "admin")
    do(admin, accept, "take")
    answer = do(admin, accept, "approve")
    assert answer.status_code == 409
    assert "a second person must approve it" in text(answer)
    do(admin, accept, "release")
    assert do(admin, accept, "approve").status_code == 303
    assert "You approved this task" in text(do(admin, accept, "take"))


def test_an_outcome_that_needs_words_is_asked_for_them(
    operator: Browser, approver: Browser, accept: Task
) -> None:
    ready(accept, operator, approver)
    answer = do(operator, accept, "end", outcome="unknown", note="")
    assert answer.status_code == 422
    assert "Say what you saw" in text(answer) and "note:" not in text(answer)
    assert 'aria-invalid="true"' in text(answer)
    assert do(operator, accept, "end", outcome="unknown", note="The window closed").status_code == 303


def test_no_outcome_at_all_is_refused(operator: Browser, accept: Task) -> None:
    do(operator, accept, "take")
    assert do(operator, accept, "end", note="…").status_code == 422
    assert do(operator, accept, "end", outcome="reached", note="…").status_code == 422


def test_a_task_that_has_ended_says_how_and_cannot_be_ended_again(operator: Browser, accept: Task) -> None:
    do(operator, accept, "take")
    do(operator, accept, "end", outcome="not-done", note="Another name stood there")
    page = text(operator.get(f"/console/tasks/{accept.pk}/"))
    assert "Ended: Not done." in page
    assert "Another name stood there" in page
    answer = do(operator, accept, "end", outcome="not-done", note="again")
    assert answer.status_code == 409
    assert "ended already" in text(answer)


def test_a_contact_that_was_found_is_on_file(operator: Browser, built: Portfolio) -> None:
    task = built.task(TaskKind.FIND_CONTACT, "blocked")
    do(operator, task, "take")
    answer = do(operator, task, "end", outcome="found", note="", contact_name="Běla Říhová")
    assert answer.status_code == 422
    assert 'value="Běla Říhová"' in text(answer)
    fields = {"contact_name": "Běla Říhová", "contact_email": "bela@firma.example", "contact_phone": "+420 1"}
    assert do(operator, task, "end", outcome="found", note="", **fields).status_code == 303
    contact = Contact.objects.get(customer=task.customer, email="bela@firma.example")
    assert (contact.name, contact.phone) == ("Běla Říhová", "+420 1")


def test_an_answer_reaches_the_customer_and_ends_the_task(operator: Browser, built: Portfolio) -> None:
    task = built.task(TaskKind.ANSWER, "question")
    assert do(operator, task, "answer", text=" ").status_code == 422
    assert do(operator, task, "answer", text="No, nobody signs in again.").status_code == 303
    task.refresh_from_db()
    assert (task.state, task.outcome) == ("ended", "answered")
    message = Message.objects.filter(move=tasks.move_of(task)).last()
    assert message is not None and message.text == "No, nobody signs in again."
    assert Move.objects.get(pk=task.move_id).decision_state == "asked"
    assert Notice.objects.filter(move=tasks.move_of(task), purpose="answer").count() == 1
    assert do(operator, task, "answer", text="Twice").status_code == 409
    assert Message.objects.filter(move=tasks.move_of(task)).count() == 2


def test_a_question_that_a_colleague_is_answering_is_left_to_them(
    operator: Browser, other: Browser, built: Portfolio
) -> None:
    task = built.task(TaskKind.ANSWER, "question")
    do(operator, task, "take")
    answer = do(other, task, "answer", text="My answer, typed for long")
    assert answer.status_code == 409
    assert "Hana Procházková is answering" in text(answer)
    assert "My answer, typed for long" in text(answer)


@pytest.mark.parametrize("outcome", ["retry", "go-on", "stop"])
def test_a_failure_is_judged(operator: Browser, built: Portfolio, outcome: str) -> None:
    task = built.task(TaskKind.REVIEW, "failed")
    assert "900146" in text(operator.get(f"/console/tasks/{task.pk}/"))
    do(operator, task, "take")
    assert do(operator, task, "end", outcome=outcome, note="Seen").status_code == 303
    task.refresh_from_db()
    assert task.outcome == outcome


def test_the_next_task_is_the_one_in_hand_else_the_oldest_free_one(
    operator: Browser, built: Portfolio
) -> None:
    first = Task.objects.filter(state="open").order_by("opened_at", "id").first()
    assert first is not None
    assert operator.get("/console/tasks/next/")["Location"] == f"/console/tasks/{first.pk}/"
    mine = built.task(TaskKind.ANSWER, "question")
    do(operator, mine, "take")
    assert operator.get("/console/tasks/next/")["Location"] == f"/console/tasks/{mine.pk}/"


def test_no_next_task_is_said(operator: Browser) -> None:
    Task.objects.update(state="ended")
    answer = operator.get("/console/tasks/next/", follow=True)
    assert "No task is free" in text(answer)


def test_a_task_that_does_not_exist_is_not_found(operator: Browser, built: Portfolio) -> None:
    assert operator.get("/console/tasks/999999/").status_code == 404
    assert operator.post("/console/tasks/999999/take").status_code == 404


def test_a_withdrawn_mandate_is_shown_as_none(operator: Browser, accept: Task) -> None:
    tasks.move_of(accept).decisions.create(
        kind="declined",
        at=accept.opened_at,
        level="A1",
        name="J",
        function="f",
        email="j@f.example",
        authority="a",
        statement="s",
        wording="w",
        language="en",
        shown_sha256="0" * 64,
        code_check="c",
        link_id="l",
        address="192.0.2.1",
    )
    page = text(operator.get(f"/console/tasks/{accept.pk}/"))
    assert "None that is valid" in page
    assert "Do not accept anything" in page
