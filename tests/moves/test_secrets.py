"""Sealed credentials: only this installation opens them, each in its own row, and nobody sees them."""

import logging

import pytest

from novation.customers.models import Secret
from novation.customers.services import vault
from novation.domain.errors import NeedsOperator
from novation.evidencelog.models import Event
from tests.builders import NOW

VALUES = {"client_secret": "s3cret-of-the-application", "refresh_token": "a-long-token"}


def seal(name: str = "source account", **changes: str) -> Secret:
    vault.seal(name, {**VALUES, **changes}, now=NOW, actor="command")
    return Secret.objects.get(name=name)


def test_what_is_sealed_opens_again() -> None:
    seal()
    assert vault.unseal("source account") == VALUES


def test_the_row_holds_nothing_readable() -> None:
    row = seal()
    for part in (bytes(row.sealed), repr(row).encode(), str(row.__dict__).encode()):
        assert b"s3cret" not in part and b"a-long-token" not in part


def test_the_log_names_the_secret_and_not_its_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seal()
    (event,) = Event.objects.all()
    assert event.tag == "setting:changed" and b"source account" in bytes(event.body)
    assert "s3cret" not in bytes(event.body).decode() + str(event.personal) + caplog.text


def test_rows_that_were_swapped_do_not_open() -> None:
    one, other = seal(), seal("target account", client_secret="other")
    Secret.objects.filter(pk=one.pk).update(nonce=other.nonce, sealed=other.sealed)
    with pytest.raises(NeedsOperator, match="does not open"):
        vault.unseal("source account")


def test_an_old_row_that_was_put_back_does_not_open() -> None:
    old = seal()
    seal(client_secret="newer")
    Secret.objects.filter(pk=old.pk).update(nonce=old.nonce, sealed=old.sealed)
    with pytest.raises(NeedsOperator, match="does not open"):
        vault.unseal("source account")


def test_another_installation_does_not_open_it(settings: object) -> None:
    seal()
    settings.NOVATION_KEYS = {"vault": b"x" * 32}  # type: ignore[attr-defined]  # pytest-django's settings wrapper
    with pytest.raises(NeedsOperator, match="Connect it again") as caught:
        vault.unseal("source account")
    assert "s3cret" not in str(caught.value)


def test_what_was_never_sealed_says_what_to_do() -> None:
    with pytest.raises(NeedsOperator, match="Run `novation connect`"):
        vault.unseal("source account")


def test_the_same_values_are_never_sealed_alike() -> None:
    assert bytes(seal().sealed) != bytes(seal().sealed)


def test_the_engines_renewals_do_not_drown_the_log() -> None:
    seal()
    for _ in range(5):
        vault.seal("source account", VALUES, now=NOW, actor="engine")
    assert Event.objects.count() == 1
    assert Secret.objects.get().version == 6
