"""Connecting the accounts, laying down the programme, adding people: the good way and the nasty ones."""

import pytest
from django.contrib.auth.models import User

from novation.customers.models import Account, Secret
from novation.customers.services import vault
from novation.evidencelog.models import Event
from novation.moves.models import Programme
from tests.commands.conftest import Run

TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
CONNECT = ("connect", "source", "--name", "Old Ltd", "--tenant", TENANT, "--client-id", "an-app")
PROGRAMME = ("programme", "--name", "The move", "--sender", "Severka IT", "--email", "move@severka.example")


def test_an_account_is_connected_and_its_secret_sealed(
    novation: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENT_SECRET", "s3cret")
    monkeypatch.setenv("REFRESH_TOKEN", "a-token")
    code, out, err = novation(*CONNECT)
    assert (code, err) == (0, "")
    assert "The source account Old Ltd is connected." in out and "s3cret" not in out
    assert vault.unseal("source account")["client_secret"] == "s3cret"
    assert b"s3cret" not in b"".join(bytes(event.body) for event in Event.objects.all())


def test_without_a_secret_it_says_where_to_put_it(novation: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLIENT_SECRET", raising=False)
    code, _, err = novation(*CONNECT)
    assert code == 2 and "Set CLIENT_SECRET" in err
    assert not Account.objects.exists() and not Secret.objects.exists()


def test_a_programme_needs_both_accounts(novation: Run) -> None:
    code, _, err = novation(*PROGRAMME)
    assert code == 2
    assert "The source and the target account is not connected." in err and "novation connect" in err


def test_a_programme_is_laid_down_once(connected: Run) -> None:
    assert Programme.objects.get().sender_name == "Severka IT"
    code, _, err = connected(*PROGRAMME)
    assert code == 2 and "There is a programme already." in err


@pytest.mark.parametrize(
    "command",
    [("import",), ("wave", "list"), ("wave", "launch", "1"), ("plan",)],
    ids=lambda command: " ".join(command),
)
def test_without_a_programme_every_command_says_what_to_do(novation: Run, command: tuple[str, ...]) -> None:
    code, _, err = novation(*command)
    assert code == 2
    assert err == "novation: There is no programme yet. Run `novation programme` first.\n"


def test_an_operator_gets_a_password_once(novation: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPERATOR_PASSWORD", raising=False)
    code, out, _ = novation("operator", "Eva@severka.example", "--name", "Eva", "--group", "operator")
    person = User.objects.get(email="eva@severka.example")
    assert code == 0 and "(operator)" in out
    password = out.rpartition("shown once: ")[2].strip()
    assert person.check_password(password)
    assert password not in str(list(Event.objects.values_list("body", "personal")))


def test_a_given_password_is_not_printed(novation: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATOR_PASSWORD", "a long enough password")
    code, out, _ = novation("operator", "eva@severka.example")
    assert code == 0 and "a long enough password" not in out
    assert User.objects.get().check_password("a long enough password")


def test_an_operator_needs_an_address(novation: Run) -> None:
    code, _, err = novation("operator", "eva")
    assert code == 2 and "eva" in err
    assert not User.objects.exists()


def test_migrate_says_so(novation: Run) -> None:
    assert novation("migrate")[:2] == (0, "The database is up to date.\n")
