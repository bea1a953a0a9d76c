"""Lays the programme down, through the same services that the commands use."""

from __future__ import annotations

import csv
import io
import secrets as chance
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command

from novation.console.operators import create_operator
from novation.customers.services import accounts as partner_accounts
from novation.customers.services import vault
from novation.domain.errors import BadInput
from novation.domain.policy import Policy
from novation.moves.models import Move, Programme, Wave
from novation.moves.services import inventory, programmes
from novation.rehearsal.emulator_control import Company

ACTOR = "command"
NAME = "Rehearsal"
#: How much of the customers the pilot takes: one in so many.
PILOT_ONE_IN = 10
#: Real seconds beyond the time-out of calls after which a call that was not seen did not happen.
SETTLE_MARGIN_SECONDS = 0.5

#: Service Support Administrator and User Administrator (Graph, unifiedRoleDefinition templates).
ACCESS_ROLES = ["f023fd81-a637-4b56-95fd-791ac0226033", "fe930be7-5e62-47db-91af-98c3a49a38b1"]
#: The security group of the emulator's target account.
ACCESS_GROUP = "bbbbbbbb-0004-4000-8000-bbbbbbbbbbbb"


@dataclass(frozen=True)
class OperatorAccount:
    """An operator of the rehearsal."""

    email: str
    name: str
    password: str
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Setup:
    """What was laid down. `unusable` are the sentences about rows that could not be imported."""

    waves: tuple[tuple[int, int], ...]
    people: tuple[OperatorAccount, ...]
    imported: int
    unusable: tuple[str, ...]


def prepare_database(own: bool) -> None:
    """Makes the tables; a database that was named may be used again when it holds nothing but a rehearsal.

    Args:
        own: the database lies in the rehearsal's home.

    Raises:
        BadInput: there is something in it that is not a rehearsal's.
    """
    call_command("migrate", verbosity=0, interactive=False)
    if own:
        return
    if Programme.objects.exclude(name=NAME).exists():
        raise BadInput(
            "The database holds a real programme, so nothing in it is touched.", remedy="Name another."
        )
    call_command("flush", verbosity=0, interactive=False)


def create_programme(
    ready: dict[str, Any], companies: list[Company], *, folder: Path, now: datetime
) -> Setup:
    """Accounts, programme, customers from a Partner Center export, waves, operators.

    Args:
        ready: what the emulator printed: accounts with their credentials.
        companies: the customers, for the export.
        folder: where the export is written.
        now: programme time.
    """
    accounts = {}
    for role in ("source", "target"):
        given = ready["accounts"][role]
        accounts[role] = partner_accounts.register_account(
            slug=role, tenant_id=given["tenant_id"], name=given["name"], domain=given["domain"],
            mpn_id=given["mpn_id"], kind="direct", now=now, actor=ACTOR,
        )  # fmt: skip
        names = ("tenant_id", "client_id", "client_secret", "refresh_token")
        vault.seal(f"{role} account", {name: given[name] for name in names}, now=now, actor=ACTOR)
    programme = programmes.create_programme(
        name=NAME,
        source=accounts["source"],
        target=accounts["target"],
        sender_name="Severka IT",
        sender_email="move@severka.example",
        sender_phone="+420 377 000 111",
        sender_address="Klatovská 12, 301 00 Plzeň",
        person_name="Alena Dvořáková",
        reference_prefix="SEV",
        now=now,
        actor=ACTOR,
        policy=Policy(
            # Who stays silent is reminded and called sooner than usual: a week without news is only long to watch.
            reminders=(timedelta(days=4), timedelta(days=8)),
            answer_within=timedelta(days=12),
            settle_every=timedelta(seconds=0.5),
            settle_quiet=timedelta(seconds=settings.NOVATION_API_TIMEOUT + SETTLE_MARGIN_SECONDS),
            region="europe",
            wave_customers=1_000_000,
            wave_seats=1_000_000_000,
            renewal_share=100,
        ),
        access_roles=ACCESS_ROLES,
        access_group=ACCESS_GROUP,
    )
    text = partner_center_export(companies)
    (folder / "customers.csv").write_text(text, encoding="utf-8")
    report = inventory.import_csv(programme, text, now=now, actor=ACTOR)
    return Setup(
        waves=_create_waves(programme, now),
        people=_create_operators(now),
        imported=report.created,
        unusable=tuple(f"line {problem.line}: {problem.sentence}" for problem in report.problems),
    )


def partner_center_export(companies: list[Company]) -> str:
    """A customer list as Partner Center exports it, with two rows that cannot be used."""
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow(["Microsoft ID", "Company name", "Primary domain name", "Relationship"])
    rows.writerow(["not-a-tenant-id", "A row that somebody typed by hand", "typed.example", "Cloud Reseller"])
    for company in companies:
        rows.writerow([company.tenant, company.name, company.first_domain, "Cloud Reseller"])
    if companies:
        rows.writerow([companies[0].tenant, companies[0].name, companies[0].first_domain, "Cloud Reseller"])
    return sheet.getvalue()


def _create_waves(programme: Programme, now: datetime) -> tuple[tuple[int, int], ...]:
    moves = list(Move.objects.filter(programme=programme).order_by("reference"))
    pilot = max(1, len(moves) // PILOT_ONE_IN) if len(moves) > 1 else len(moves)
    pilot = min(pilot, programme.policy.pilot_largest)
    made: list[tuple[int, int]] = []
    for name, part in (("Pilot", moves[:pilot]), ("Everybody else", moves[pilot:])):
        if part:
            wave: Wave = programmes.create_wave(programme, part, now=now, actor=ACTOR, name=name)
            made.append((wave.pk, len(part)))
    return tuple(made)


def _create_operators(now: datetime) -> tuple[OperatorAccount, ...]:
    """One who works, one who approves, and one for whoever watches."""
    people = (
        OperatorAccount("worker@severka.example", "Petra Malá", chance.token_urlsafe(12), ("operator",)),
        OperatorAccount("approver@severka.example", "Tomáš Král", chance.token_urlsafe(12), ("approver",)),
        OperatorAccount("you@severka.example", "You", chance.token_urlsafe(12), ("admin",)),
    )
    for person in people:
        create_operator(person.email, person.name, person.password, person.groups, now=now)
    return people
