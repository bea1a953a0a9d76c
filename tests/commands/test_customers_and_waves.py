"""Importing, waves, single moves and the plan from the command line."""

from pathlib import Path

import pytest

from novation.evidencelog.models import Event
from novation.moves.models import Move, Programme, Wave
from novation.operations.models import Step
from tests import people
from tests.builders import NOW
from tests.commands.conftest import Run
from tests.engine.rehearsal import Emulator
from tests.seen import mail_seen

HEADER = "Microsoft ID,Company name,Primary domain name,Relationship"


def test_customers_are_taken_from_the_source_account(connected: Run, emulator: Emulator) -> None:
    code, out, _ = connected("import")
    assert (code, out) == (0, "3 new, 0 changed, 0 unchanged.\n")
    truth = {one["tenantId"] for one in emulator.ask("GET", "/customers")["items"]}
    assert set(Move.objects.values_list("customer__tenant_id", flat=True)) == truth
    assert connected("import")[1] == "0 new, 0 changed, 3 unchanged.\n"


def test_a_refusing_account_is_one_sentence(connected: Run, emulator: Emulator) -> None:
    emulator.ask("PUT", "/faults", reset_before=1.0)
    try:
        code, out, err = connected("import")
    finally:
        emulator.ask("PUT", "/faults", profile="none")
    assert (code, out) == (2, "")
    assert err.startswith("novation: ") and err.count("\n") == 1


def test_a_list_is_taken_and_bad_rows_are_named(connected: Run, tmp_path: Path) -> None:
    good = people.row(1)
    path = tmp_path / "customers.csv"
    path.write_text(f"{HEADER}\n{good.tenant_id},Good,,\nnonsense,Bad,,\n", encoding="utf-8-sig")
    code, out, _ = connected("import", "--csv", path)
    assert code == 1
    assert out.splitlines() == [
        "1 new, 0 changed, 0 unchanged.",
        "line 3: The Microsoft ID 'nonsense' is not a tenant id (a GUID).",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"\xff\xfe\x00binary", "cannot be read"),
        (b"Name\nContoso\n", "no column 'Microsoft ID'"),
        (b"", "no column 'Microsoft ID'"),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    connected: Run, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "customers.csv"
    if content is not None:
        path.write_bytes(content)
    code, _, err = connected("import", "--csv", path)
    assert code == 2 and said in err and err.count("\n") == 1
    assert not Move.objects.exists()


def test_a_wave_is_made_launched_paused_and_resumed(connected: Run) -> None:
    connected("import")
    assert "Wave 1 has 2 customers." in connected("wave", "create", "--size", "2")[1]
    code, _, err = connected("wave", "launch", "1")
    assert code == 2 and "Nobody has seen a test mail yet." in err
    connected("policy", "set", "second_launcher=false")
    mail_seen(Programme.objects.get(), people.operator("anna"), NOW)
    for action, state in (("launch", "running"), ("pause", "paused"), ("resume", "running")):
        code, out, _ = connected("wave", action, "1")
        assert (code, out) == (0, f"Wave 1: {action} done.\n")
        assert Wave.objects.get().state == state
    assert "running   Wave 1: 2 customers (2 inventory)" in connected("wave", "list")[1]


def test_a_wave_is_made_of_the_customers_that_are_named(connected: Run) -> None:
    connected("import")
    first, second, third = Move.objects.select_related("customer").order_by("id")
    named = ("--customer", first.reference.lower(), "--customer", second.customer.domain.upper())
    code, out, _ = connected(
        "wave", "create", *named, "--customer", first.customer.tenant_id, "--name", "Try"
    )
    assert code == 0 and out.startswith("Try has 2 customers.\n") and "novation plan --wave 1" in out
    assert first.reference in out and second.customer.name in out and third.reference not in out
    assert set(Wave.objects.get().moves.all()) == {first, second}


def test_customers_of_a_wave_that_cannot_be_are_refused(connected: Run) -> None:
    connected("import")
    move = Move.objects.select_related("customer").earliest("id")
    for named, said in (
        (("--customer", "nobody.example"), "There is no customer 'nobody.example'."),
        (("--customer", " "), "There is no customer ''."),
        (("--customer", move.reference, "--size", "2"), "not both"),
        (("--size", "0"), "A wave needs customers."),
        (("--size", "-3"), "A wave needs customers."),
    ):
        code, _, err = connected("wave", "create", *named)
        assert (code, said in err, err.count("\n")) == (2, True, 1)
    assert connected("wave", "create", "--customer", move.reference)[0] == 0
    assert (
        f"{move.reference} is in Wave 1 already."
        in connected("wave", "create", "--customer", move.reference)[2]
    )
    assert Wave.objects.count() == 1


def test_waves_that_cannot_be_are_refused(connected: Run) -> None:
    assert "Every customer is in a wave already." in connected("wave", "create")[2]
    assert connected("wave", "create", "--size", "0")[0] == 2
    assert "There is no wave 7." in connected("wave", "launch", "7")[2]
    assert "No wave is named." in connected("wave", "launch")[2]
    connected("import")
    connected("wave", "create", "--name", "Pilot")
    assert "cannot be paused" in connected("wave", "pause", "1")[2]
    connected("policy", "set", "second_launcher=false")
    mail_seen(Programme.objects.get(), people.operator("anna"), NOW)
    connected("wave", "launch", "1")
    code, _, err = connected("wave", "launch", "1")
    assert code == 2 and "Pilot was launched already." in err


def test_a_move_is_shown_paused_and_resumed(connected: Run) -> None:
    connected("import")
    move = Move.objects.select_related("customer").earliest("id")
    code, out, _ = connected("move", "show", move.reference.lower())
    assert code == 0
    assert move.customer.name in out and "move:created" in out and "Not informed yet" in out
    connected("move", "pause", move.reference, "--reason", "The customer asked for it.")
    assert Move.objects.get(pk=move.pk).paused
    connected("move", "resume", move.reference)
    assert not Move.objects.get(pk=move.pk).paused
    assert list(Event.objects.filter(move_id=move.pk).values_list("tag", flat=True))[-2:] == [
        "move:paused",
        "move:resumed",
    ]


def test_a_reference_that_nobody_has_is_refused(connected: Run) -> None:
    code, _, err = connected("move", "show", "NOV-0000-0000")
    assert code == 2
    assert "There is no move NOV-0000-0000." in err and "ABC-1234-5678" in err


def test_a_plan_says_what_would_happen_and_does_nothing(connected: Run) -> None:
    connected("import")
    connected("wave", "create")
    connected("policy", "set", "second_launcher=false")
    mail_seen(Programme.objects.get(), people.operator("anna"), NOW)
    connected("wave", "launch", "1")
    before = list(Move.objects.values()), Event.objects.count()
    code, out, _ = connected("plan")
    assert code == 0
    assert "read-baseline" in out and "3 calls now" in out
    assert (list(Move.objects.values()), Event.objects.count()) == before
    assert not Step.objects.exists()
