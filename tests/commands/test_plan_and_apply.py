"""`novation plan` shows what a wave would do; `novation apply` does exactly that or says what changed."""

import json

from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import inventory
from tests import people
from tests.builders import NOW
from tests.commands.conftest import Run
from tests.seen import mail_seen


def drafted(novation: Run) -> None:
    assert novation("import")[0] == 0
    assert novation("policy", "set", "second_launcher=false")[0] == 0
    assert novation("wave", "create", "--size", 3)[0] == 0
    mail_seen(Programme.objects.get(), people.operator("anna"), NOW)
    for move in Move.objects.select_related("customer"):
        inventory.add_contact(move.customer, email=f"jana@{move.pk}.example", added_by="import", now=NOW)


def test_what_was_not_read_is_never_printed_as_nothing(connected: Run) -> None:
    assert connected("import")[0] == 0
    for command in (("plan",), ("plan", "--full")):
        code, out, _ = connected(*command)
        said = " ".join(out.split())
        assert code == 0 and "3 customers, none of them read yet" in said
        assert " 0 subscriptions" not in said and "find-contact" not in said
        assert "no customer has been read yet" in said
    found = json.loads(connected("plan", "--json")[1])
    assert (found["unread"], found["subscriptions"], found["seats"], found["transfer_requests"]) == (
        3, None, None, None,
    )  # fmt: skip
    assert "find-contact" not in found["tasks"]


def test_who_was_read_counts_and_the_others_are_named_beside(connected: Run) -> None:
    assert connected("import")[0] == 0
    Move.objects.filter(pk=Move.objects.earliest("id").pk).update(baseline_at=NOW)
    said = " ".join(connected("plan")[1].split())
    assert "3 customers, 0 subscriptions with 0 seats" in said and "2 customers are not read yet" in said
    found = json.loads(connected("plan", "--json")[1])
    # One was read and has nobody to write to.
    assert (found["unread"], found["seats"], found["tasks"]["find-contact"]) == (2, 0, 1)


def test_a_reviewed_plan_is_applied(connected: Run) -> None:
    drafted(connected)
    code, out, _ = connected("plan", "--wave", 1, "--json", "--full")
    found = json.loads(out)
    assert (code, found["customers"], len(found["lines"]), found["brakes"]) == (0, 3, 3, [])
    assert found["mails"]["announcement"] == 3
    assert found["calls"]["read-baseline"] == {"number": 3, "account": "source", "repeat": "R"}
    code, out, _ = connected("apply", "--wave", 1, "--plan", found["checksum"])
    assert (code, "3 customers will be informed" in out) == (0, True)
    assert Wave.objects.get().state == "running"
    body = json.loads(bytes(Event.objects.get(tag="wave:reviewed").body))
    assert body["data"]["checksum"] == found["checksum"]


def test_a_plan_that_changed_is_refused_and_the_change_is_said(connected: Run) -> None:
    drafted(connected)
    checksum = json.loads(connected("plan", "--wave", 1, "--json")[1])["checksum"]
    (first, *_) = Move.objects.order_by("reference")
    inventory.add_contact(first.customer, email="new@person.example", added_by="import", now=NOW)
    connected("policy", "set", "guard_window=9d")
    code, _, said = connected("apply", "--wave", 1, "--plan", checksum)
    assert code == 2
    assert "policy guard_window was 604800.0, now 777600.0" in said
    assert f"{first.reference}: address jana@{first.pk}.example, now new@person.example" in said
    assert Wave.objects.get().state == "draft"


def test_a_brake_holds_the_launch_back_and_says_what_to_change(connected: Run) -> None:
    drafted(connected)
    connected("policy", "set", "wave_customers=2")
    code, out, _ = connected("plan", "--wave", 1)
    assert (code, "UNSAFE  Too many customers: 3" in out) == (1, True)
    checksum = json.loads(connected("plan", "--wave", 1, "--json")[1])["checksum"]
    for launch in (("wave", "launch", 1), ("apply", "--wave", 1, "--plan", checksum)):
        code, _, said = connected(*launch)
        assert (code, "novation policy set wave_customers=3" in said) == (2, True)
    assert Wave.objects.get().state == "draft"


def test_without_a_wave_everything_to_come_is_shown(connected: Run) -> None:
    drafted(connected)
    code, out, _ = connected("plan", "--full")
    assert code == 0
    assert "due at" in out
    assert "read-baseline" in out
    assert "3 customers" in out


def test_a_wave_that_is_not_there_is_one_sentence(connected: Run) -> None:
    code, _, said = connected("plan", "--wave", 9)
    assert (code, said.count("\n")) == (2, 1)
