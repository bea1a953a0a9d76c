"""Work for operators: one person at a time, a second one to approve, and no way around either."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from novation.domain.errors import BadInput, NeedsOperator
from novation.domain.policy import Policy
from novation.domain.steps import OUTCOMES, TaskKind, TaskOutcome
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.moves.services import tasks
from novation.operations.models import Approval, Task
from tests import people
from tests.builders import DAY, NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def eva() -> User:
    return people.operator("eva")


@pytest.fixture
def petr() -> User:
    return people.operator("petr")


@pytest.fixture
def accept() -> Task:
    """An acceptance that a customer has authorised."""
    one = people.move(notice="sent", decision="asked")
    people.says(one, "mandate")
    return people.task(one, TaskKind.ACCEPT)


def ready(task: Task, eva: User, petr: User) -> Task:
    tasks.take(task, eva, NOW)
    assert tasks.check_tenant(task, eva, task.customer.domain, NOW)
    tasks.approve(task, petr, NOW)
    return task


def test_a_task_is_opened_once() -> None:
    one = people.move()
    assert people.task(one, TaskKind.CALL) == people.task(one, TaskKind.CALL)
    assert people.tags(one).count("task:opened") == 1


def test_a_task_is_held_by_one_person(accept: Task, eva: User, petr: User) -> None:
    taken = tasks.take(accept, eva, NOW)
    assert taken.lease_until == NOW + 20 * MINUTE
    with pytest.raises(NeedsOperator, match="eva holds this task until 08:20"):
        tasks.take(accept, petr, NOW + 19 * MINUTE)


def test_a_lease_that_ran_out_frees_the_task(accept: Task, eva: User, petr: User) -> None:
    tasks.take(accept, eva, NOW)
    tasks.check_tenant(accept, eva, accept.customer.domain, NOW)
    taken = tasks.take(accept, petr, NOW + 20 * MINUTE)
    assert taken.holder == petr
    assert taken.tenant_checked_at is None, "the next person compares anew"


def test_who_lost_the_lease_can_end_nothing(accept: Task, eva: User, petr: User) -> None:
    ready(accept, eva, petr)
    with pytest.raises(NeedsOperator, match="do not hold this task"):
        tasks.end(accept, eva, TaskOutcome.DONE, "", NOW + 20 * MINUTE)


def test_a_lease_can_be_made_longer(accept: Task, eva: User) -> None:
    tasks.take(accept, eva, NOW)
    assert tasks.extend(accept, eva, NOW + 15 * MINUTE).lease_until == NOW + 35 * MINUTE


def test_a_task_can_be_given_back(accept: Task, eva: User, petr: User) -> None:
    tasks.take(accept, eva, NOW)
    tasks.release(accept, eva, NOW, "lunch")
    assert tasks.take(accept, petr, NOW).holder == petr


def test_nobody_gives_back_what_somebody_else_holds(accept: Task, eva: User, petr: User) -> None:
    tasks.take(accept, eva, NOW)
    with pytest.raises(NeedsOperator):
        tasks.release(accept, petr, NOW)


@pytest.mark.parametrize("typed", ["{}", " {} ", "{upper}", "{first}"])
def test_the_right_tenant_is_recognised(accept: Task, eva: User, typed: str) -> None:
    domain = accept.customer.domain
    tasks.take(accept, eva, NOW)
    word = typed.format(domain, upper=domain.upper(), first=domain.partition(".")[0])
    assert tasks.check_tenant(accept, eva, word, NOW)


@pytest.mark.parametrize("typed", ["", "other.onmicrosoft.com", "onmicrosoft.com", "customer"])
def test_a_wrong_tenant_gives_the_task_back(accept: Task, eva: User, typed: str) -> None:
    tasks.take(accept, eva, NOW)
    assert not tasks.check_tenant(accept, eva, typed, NOW)
    assert Task.objects.get(pk=accept.pk).holder is None
    assert people.tags(people.move_of(accept))[-1] == "task:released"


def test_a_customer_without_a_domain_is_never_taken_for_right(eva: User) -> None:
    (one,) = people.moves(1, domain="")
    task = people.task(one, TaskKind.ACCEPT)
    tasks.take(task, eva, NOW)
    assert not tasks.check_tenant(task, eva, "", NOW)
    tasks.take(task, eva, NOW)
    assert tasks.check_tenant(task, eva, one.customer.tenant_id, NOW)


def test_an_acceptance_needs_all_guards(accept: Task, eva: User, petr: User) -> None:
    tasks.take(accept, eva, NOW)
    with pytest.raises(NeedsOperator, match="tenant has not been compared"):
        tasks.end(accept, eva, TaskOutcome.DONE, "", NOW)
    tasks.check_tenant(accept, eva, accept.customer.domain, NOW)
    with pytest.raises(NeedsOperator, match="second person"):
        tasks.end(accept, eva, TaskOutcome.DONE, "", NOW)
    tasks.approve(accept, petr, NOW)
    tasks.end(accept, eva, TaskOutcome.DONE, "", NOW)
    after = Task.objects.get(pk=accept.pk)
    assert (after.state, after.outcome, after.ended_by) == ("ended", "done", eva)


def test_by_policy_one_person_is_enough(eva: User) -> None:
    one = people.move(people.programme(Policy(second_approver=False)), notice="sent", decision="asked")
    people.says(one, "mandate")
    task = tasks.take(people.task(one, TaskKind.ACCEPT), eva, NOW)
    tasks.check_tenant(task, eva, one.customer.domain, NOW)
    assert tasks.end(task, eva, TaskOutcome.DONE, "", NOW).state == "ended"


def test_nobody_approves_what_they_do(accept: Task, eva: User) -> None:
    tasks.take(accept, eva, NOW)
    with pytest.raises(NeedsOperator, match="a second person must approve"):
        tasks.approve(accept, eva, NOW)


def test_nobody_does_what_they_approved(accept: Task, petr: User) -> None:
    tasks.approve(accept, petr, NOW)
    with pytest.raises(NeedsOperator, match="You approved this task"):
        tasks.take(accept, petr, NOW)


def test_an_approval_needs_a_mandate(eva: User) -> None:
    one = people.move(notice="sent", decision="asked")
    with pytest.raises(NeedsOperator, match="no valid mandate"):
        tasks.approve(people.task(one, TaskKind.ACCEPT), eva, NOW)


def test_other_work_needs_no_approval(eva: User) -> None:
    with pytest.raises(NeedsOperator, match="needs no approval"):
        tasks.approve(people.task(people.move(), TaskKind.CALL), eva, NOW)


def test_a_mandate_that_ran_out_can_only_be_not_done(accept: Task, eva: User, petr: User) -> None:
    late = NOW + 91 * DAY
    ready(accept, eva, petr)
    tasks.take(accept, eva, late)
    for outcome in (TaskOutcome.DONE, TaskOutcome.UNKNOWN):
        with pytest.raises(NeedsOperator, match="not valid any more"):
            tasks.end(accept, eva, outcome, "seen", late)
    assert tasks.end(accept, eva, TaskOutcome.NOT_DONE, "It ran out.", late).outcome == "not-done"


def test_an_approval_of_an_old_mandate_says_nothing_about_a_new_one(
    accept: Task, eva: User, petr: User
) -> None:
    ready(accept, eva, petr)
    people.says(people.move_of(accept), "mandate")
    with pytest.raises(NeedsOperator, match="second person"):
        tasks.end(accept, eva, TaskOutcome.DONE, "", NOW)
    tasks.approve(accept, petr, NOW)
    assert tasks.end(accept, eva, TaskOutcome.DONE, "", NOW).state == "ended"
    assert Approval.objects.count() == 1


def test_after_a_withdrawal_nothing_is_accepted(accept: Task, eva: User, petr: User) -> None:
    ready(accept, eva, petr)
    people.says(people.move_of(accept), "withdrawn")
    with pytest.raises(NeedsOperator, match="ended already"):
        tasks.end(accept, eva, TaskOutcome.DONE, "", NOW)


@pytest.mark.parametrize("outcome", [TaskOutcome.NOT_DONE, TaskOutcome.UNKNOWN])
def test_who_did_not_do_it_says_what_was_seen(
    accept: Task, eva: User, petr: User, outcome: TaskOutcome
) -> None:
    ready(accept, eva, petr)
    with pytest.raises(BadInput, match="Say what you saw"):
        tasks.end(accept, eva, outcome, "  ", NOW)
    assert tasks.end(accept, eva, outcome, "The page was empty.", NOW).outcome == outcome


@pytest.mark.parametrize("kind", TaskKind)
def test_a_kind_takes_its_own_outcomes_only(eva: User, kind: TaskKind) -> None:
    task = tasks.take(people.task(people.move(), kind), eva, NOW)
    for outcome in set(TaskOutcome) - set(OUTCOMES[kind]):
        with pytest.raises(BadInput, match="no outcome of this kind"):
            tasks.end(task, eva, outcome, "note", NOW)


def test_a_contact_that_was_found_is_put_on_file(eva: User) -> None:
    one = people.move(notice="bounced")
    task = tasks.take(people.task(one, TaskKind.FIND_CONTACT), eva, NOW)
    tasks.end(task, eva, TaskOutcome.FOUND, "", NOW, ("Karel", "Karel@new.example", "+420 1"))
    assert one.customer.contacts.get(email="karel@new.example").added_by == f"operator:{eva.pk}"


def test_a_contact_without_an_address_is_not_found(eva: User) -> None:
    task = tasks.take(people.task(people.move(notice="bounced"), TaskKind.FIND_CONTACT), eva, NOW)
    with pytest.raises(BadInput, match="e-mail address is needed"):
        tasks.end(task, eva, TaskOutcome.FOUND, "", NOW, ("Karel", "", ""))
    assert Task.objects.get(pk=task.pk).state == "open"


def test_an_address_that_came_back_and_was_found_again_may_be_written_to(eva: User) -> None:
    one = people.move(notice="bounced")
    known = people.contact(one)
    known.state = "bounced"
    known.save()
    task = tasks.take(people.task(one, TaskKind.FIND_CONTACT), eva, NOW)
    tasks.end(task, eva, TaskOutcome.FOUND, "", NOW, ("Jana", known.email, ""))
    assert people.contact(one).state == "ok"


def test_an_ended_task_wakes_the_engine(eva: User) -> None:
    one = people.move(notice="sent", decision="silent")
    Move.objects.filter(pk=one.pk).update(due_at=None)
    task = tasks.take(people.task(one, TaskKind.CALL), eva, NOW)
    tasks.end(task, eva, TaskOutcome.REACHED, "", NOW)
    assert Move.objects.get(pk=one.pk).due_at == NOW
    with pytest.raises(NeedsOperator, match="ended already"):
        tasks.take(task, eva, NOW)


def test_the_note_stands_beside_the_chain(eva: User) -> None:
    one = people.move()
    task = tasks.take(people.task(one, TaskKind.REVIEW), eva, NOW)
    tasks.end(task, eva, TaskOutcome.STOP, "Mrs Nová said no.", NOW)
    event = Event.objects.get(move_id=one.pk, tag="task:done")
    assert "Nová" not in bytes(event.body).decode() and "Nová" in str(event.personal)
