"""Connects the partner accounts and lays down the programme."""

from __future__ import annotations

import argparse
import getpass
import os
import sys

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from novation import clock
from novation.customers.models import Account
from novation.customers.services import accounts, vault
from novation.domain.errors import BadInput
from novation.moves.models import Programme
from novation.moves.services import programmes


def _ask(prompt: str, variable: str) -> str:
    """A secret from the environment or, in a terminal, typed unseen; never from the command line."""
    if os.environ.get(variable):
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise BadInput(f"{prompt} is missing.", remedy=f"Set {variable}, or run this in a terminal.")
    return getpass.getpass(f"{prompt}: ").strip()


def connect(options: argparse.Namespace) -> int:
    """Seals the credentials of one partner account; `novation check` tries them."""
    secret = _ask("Client secret", "CLIENT_SECRET")
    if options.role == "mail":
        return _connect_mailbox(options, secret)
    token = _ask("Refresh token (from a sign-in with a second factor)", "REFRESH_TOKEN")
    now = clock.now()
    account = accounts.register_account(
        slug=options.role,
        tenant_id=options.tenant,
        name=options.name,
        mpn_id=options.mpn_id,
        kind=options.kind,
        now=now,
        actor="command",
    )
    values = {
        "tenant_id": account.tenant_id,
        "client_id": options.client_id,
        "client_secret": secret,
        "refresh_token": token,
    }
    vault.seal(f"{options.role} account", values, now=now, actor="command")
    print(f"The {options.role} account {account.name} is connected. `novation check` tries it.")
    return 0


def _connect_mailbox(options: argparse.Namespace, secret: str) -> int:
    """Seals the application that sends as one mailbox of Exchange Online (Graph, or SMTP with a token)."""
    try:
        validate_email(options.name)
    except ValidationError as error:
        raise BadInput(f"{options.name!r} is no mail address.", remedy="--name is the mailbox.") from error
    values = {
        "tenant_id": options.tenant,
        "client_id": options.client_id,
        "client_secret": secret,
        "mailbox": options.name,
    }
    vault.seal("mail account", values, now=clock.now(), actor="command")
    print(f"The mailbox {options.name} is connected. Set NOVATION_MAIL=graph; `novation check` tries it.")
    return 0


def programme(options: argparse.Namespace) -> int:
    """Lays down the programme between the two connected accounts."""
    connected = {account.slug: account for account in Account.objects.all()}
    missing = [role for role in ("source", "target") if role not in connected]
    if missing:
        raise BadInput(
            f"The {' and the '.join(missing)} account is not connected.",
            remedy="Run `novation connect` first.",
        )
    if Programme.objects.exists():
        raise BadInput("There is a programme already.", remedy="One installation serves one programme.")
    made = programmes.create_programme(
        name=options.name,
        source=connected["source"],
        target=connected["target"],
        sender_name=options.sender,
        sender_email=options.email,
        now=clock.now(),
        actor="command",
        sender_phone=options.phone,
        sender_address=options.address,
        person_name=options.person,
        reference_prefix=options.prefix.upper()[:3],
        same_entity=options.same_entity,
        access_group=options.group,
        access_roles=options.role,
    )
    print(f"Programme {made} is created. Next: `novation import`.")
    return 0


def the_programme() -> Programme:
    """The programme of this installation.

    Raises:
        BadInput: there is none yet.
    """
    found = Programme.objects.select_related("source", "target").first()
    if found is None:
        raise BadInput("There is no programme yet.", remedy="Run `novation programme` first.")
    return found
