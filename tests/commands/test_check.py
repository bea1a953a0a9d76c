"""`novation check`: each finding has an id and a remedy, and nothing that is missing stays unsaid."""

import re

import pytest
from django.db import transaction

from novation.customers.models import Contact
from novation.domain.steps import TaskKind
from novation.moves.models import Move, Programme
from novation.operations.models import Step
from novation.operations.services import steps
from tests import people
from tests.builders import NOW
from tests.commands.conftest import Run
from tests.engine.rehearsal import Emulator


def findings(run: Run) -> dict[str, tuple[str, str]]:
    """Sentence and remedy of each finding, by its id."""
    code, out, _ = run("check")
    found = re.findall(r"^([\w.]+\.\w\d+)  (.+)\n      (.*)$", out, re.MULTILINE)
    assert (code == 0) == (not found)
    assert found == [] or f"{len(found)} findings." in out
    return {number: (sentence, remedy) for number, sentence, remedy in found}


def test_an_empty_installation_says_where_to_begin(novation: Run) -> None:
    found = findings(novation)
    assert "novation connect" in found["novation.P001"][1]
    assert "Run `novation connect" in found["novation.A001"][1]


def test_every_finding_has_a_sentence_and_a_remedy(novation: Run) -> None:
    for sentence, remedy in findings(novation).values():
        assert sentence.endswith(".") and remedy.endswith(".")


def test_accounts_that_answer_are_no_finding(connected: Run) -> None:
    assert not [number for number in findings(connected) if number.startswith("novation.A")]


def test_an_account_that_does_not_answer_is_one(connected: Run, emulator: Emulator) -> None:
    emulator.ask("PUT", "/faults", reset_before=1.0)
    try:
        found = findings(connected)
    finally:
        emulator.ask("PUT", "/faults", profile="none")
    assert "does not answer" in found["novation.A002"][0]


def test_a_secret_that_was_revoked_is_told_apart(connected: Run, emulator: Emulator) -> None:
    emulator.ask("POST", "/tokens/revoke", account="target")
    found = findings(connected)
    assert "The target account does not answer" in found["novation.A002"][0]
    assert "connect the account again" in found["novation.A002"][1]


def test_a_programme_without_telephone_and_roles_is_named(connected: Run) -> None:
    found = findings(connected)
    assert {"novation.P002", "novation.P003"} <= set(found)
    Programme.objects.update(sender_phone="+420 1", access_roles=["a"], access_group="b")
    assert not {"novation.P002", "novation.P003"} & set(findings(connected))


def test_what_was_not_read_is_no_finding_about_contacts(connected: Run) -> None:
    connected("import")
    found = findings(connected)
    assert "3 customers have not been read yet" in found["novation.P005"][0]
    assert "novation.P004" not in found
    Move.objects.update(baseline_at=NOW)
    assert "novation.P005" not in findings(connected)


def test_customers_without_a_contact_are_counted(connected: Run) -> None:
    connected("import")
    Move.objects.update(baseline_at=NOW)
    assert "3 customers have no usable contact." in findings(connected)["novation.P004"][0]


def test_unknown_outcomes_and_failures_are_counted(connected: Run) -> None:
    connected("import")
    move = Move.objects.earliest("id")
    Step.objects.create(
        **steps.owner_fields(move), kind="create-access", account="target", request_id=people.SOURCE, outcome="unknown",
        correlation_id=people.TARGET, fence=1, intent_at=NOW,
    )  # fmt: skip
    with transaction.atomic():
        people.task(move, TaskKind.REVIEW)
    found = findings(connected)
    assert "1 calls have an unknown outcome." in found["novation.R001"][0]
    assert "1 failures wait for an operator." in found["novation.R002"][0]


@pytest.mark.parametrize("state", [Contact.State.BOUNCED, Contact.State.RETIRED])
def test_an_address_that_does_not_work_is_no_contact(connected: Run, state: str) -> None:
    connected("import")
    Move.objects.update(baseline_at=NOW)
    for move in Move.objects.all():
        Contact.objects.create(
            customer=move.customer, email="a@b.example", state=state, added_by="test", created_at=NOW
        )
    assert "3 customers have no usable contact." in findings(connected)["novation.P004"][0]
