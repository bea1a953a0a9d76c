"""What is missing or wrong before customers are written to, each with an id and a remedy."""

from __future__ import annotations

import argparse
import asyncio
import smtplib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import connection

from novation import clock, failpoints
from novation.commands import transfer_options
from novation.customers.models import Contact
from novation.domain.errors import MoveError
from novation.domain.stage import ENDED
from novation.engine import witnesses
from novation.engine.accounts import open_account
from novation.engine.translate import who_acts
from novation.evidencelog.models import Stamp, WitnessMail
from novation.evidencelog.services import timestamp_renewal, timestamps
from novation.moves.models import Move, Programme
from novation.moves.selectors import unsettled
from novation.notices import preflight
from novation.operations.models import Step, Task
from novation.operations.selectors import engines
from novation.partnercenter import PartnerCenter, errors

Finding = tuple[str, str, str]


def check(options: argparse.Namespace) -> int:
    """Prints one line per finding. Exit code 0 when there is none."""
    found = [*_django(), *_failpoints(), *_programme(), *_accounts(), *_mail(), *_evidence(), *_record()]
    for number, sentence, remedy in found:
        print(f"{number}  {sentence}\n      {remedy}")
    _advice()
    if (start := engines.last_start()) is not None:
        print(start.sentence)
    print(f"{len(found)} findings." if found else "Nothing is missing.")
    return 1 if found else 0


def _advice() -> None:
    """Which way fits, and until when the old account must live: advice, not findings."""
    programme = Programme.objects.select_related("source", "target").order_by("-id").first()
    if programme is not None:
        print("\n".join(transfer_options.lines(programme)))


def _django() -> Iterator[Finding]:
    for message in checks.run_checks():
        yield message.id or "django", message.msg, message.hint or ""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        if mode.lower() != "wal":
            yield (
                "novation.D001",
                f"The database runs in {mode} mode.",
                "Keep it on a local disk, so that WAL works.",
            )


def _failpoints() -> Iterator[Finding]:
    if failpoints.armed():
        yield (
            "novation.D002",
            "NOVATION_FAILPOINTS is set: this installation will kill itself.",
            "It is for tests alone; take it out of the environment.",
        )


def _programme() -> Iterator[Finding]:
    programme = Programme.objects.first()
    if programme is None:
        yield (
            "novation.P001",
            "There is no programme.",
            "Run `novation connect` for both accounts, then `novation programme`.",
        )
        return
    if not programme.policy.region:
        yield (
            "novation.W001",
            "Nobody has said in which region the new account may sell, so no customer's country is checked.",
            "Set it: novation policy set region=europe, or a list like region=AT,CH,DE.",
        )
    silent = [account.slug for account in (programme.source, programme.target) if not account.kind]
    if silent:
        yield (
            "novation.W002",
            f"Nobody has said what kind of partner the {' and the '.join(silent)} account is.",
            "Run `novation connect` with --kind: it decides which of Microsoft's ways fits.",
        )
    if not programme.access_roles or not programme.access_group:
        yield (
            "novation.P002",
            "No delegated roles or no security group are set.",
            "Lay the programme down with --role and --group; without them access cannot be asked for.",
        )
    if not programme.sender_phone:
        yield (
            "novation.P003",
            "The letters name no telephone number.",
            "Customers check by calling; set --phone.",
        )
    yield from _customers()


def _customers() -> Iterator[Finding]:
    unread = Move.objects.filter(baseline_at=None).exclude(stage__in=ENDED).count()
    if unread:
        yield (
            "novation.P005",
            f"{unread} customers have not been read yet: what they own and whom to write to is not known.",
            "Start the engine (`novation run`); it reads them.",
        )
    read = Move.objects.exclude(baseline_at=None).exclude(stage__in=ENDED)
    without = read.exclude(customer__contacts__state=Contact.State.OK).count()
    if without:
        yield (
            "novation.P004",
            f"{without} customers have no usable contact.",
            "When their wave is launched the queue has a task for each; it ends with the person who was found.",
        )


def _accounts() -> Iterator[Finding]:
    for role in ("source", "target"):
        try:
            asyncio.run(_try(open_account(role), role))
        except MoveError as error:
            yield "novation.A001", str(error), f"Run `novation connect {role}`."
        except errors.PartnerCenterError as error:
            yield (
                "novation.A002",
                f"The {role} account does not answer: {who_acts(error)}",
                "Mend this first, or connect the account again.",
            )


async def _try(account: PartnerCenter, role: str) -> None:
    """One reading with each kind of token that the engine will need."""
    async with account:
        if role == "target":
            await account.relationships.invitation()
        async for _customer in account.customers.list(page_size=1):
            break


def _mail() -> Iterator[Finding]:
    if settings.NOVATION_MAIL in ("file", "console"):
        yield (
            "novation.M001",
            "Mails go to a file, not to people.",
            "Set NOVATION_MAIL=smtp and NOVATION_MAIL_HOST.",
        )
        return
    programme = Programme.objects.select_related("source", "target").first()
    if programme is not None:
        preflight.check(programme, now=clock.now())
        for one in preflight.standing(programme, now=clock.now()):
            yield one.id, one.sentence, one.remedy
    if settings.NOVATION_MAIL != "smtp" or settings.NOVATION_MAIL_OAUTH:
        return
    try:
        mail = get_connection()
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as error:
        yield (
            "novation.M002",
            f"The mail server does not answer: {error}.",
            "Check NOVATION_MAIL_HOST and its port.",
        )


def _evidence() -> Iterator[Finding]:
    if len(settings.NOVATION_TIME_SERVICES) < 2:
        yield (
            "novation.T001",
            "Fewer than two time services stamp the evidence log.",
            "Set NOVATION_TIME_SERVICES; two services that fail together are rare.",
        )
    for service in settings.NOVATION_TIME_SERVICES:
        if timestamps.pinned_chain(service) is None:
            yield (
                "novation.T002",
                f"The time service {service} is not pinned, so nothing is stamped by it.",
                f"Run `novation evidence pin {service}` and compare the fingerprint it shows.",
            )
    waiting = Stamp.objects.filter(answer__isnull=True).order_by("checkpoint__at").first()
    if waiting is not None:
        yield (
            "novation.T003",
            f"A checkpoint of {waiting.checkpoint.at:%d %b %Y %H:%M} UTC awaits its stamp: {waiting.error}",
            "It is asked for again by itself; if this lasts, the service or the way to it is broken.",
        )

    number, oldest = timestamps.overdue(now=clock.now(), clock=clock.clock())
    if oldest is not None:
        yield (
            "novation.T007",
            f"{number} checkpoints have waited more than an hour for their time stamps, the oldest since "
            f"{oldest.at:%d %b %Y %H:%M} UTC.",
            "Nothing of ours takes their place. See that the engine runs, that the services are pinned and answer.",
        )
    late = timestamp_renewal.ended(now=clock.now())
    if late:
        yield (
            "novation.T004",
            f"The stamps of {late} checkpoints rest on certificates that have ended.",
            "They can no longer be renewed. Pin a service whose certificates last, so that others are in time.",
        )
    if settings.NOVATION_CHECKPOINT_ARCHIVE_DIR:
        for sentence in witnesses.contradictions(Path(settings.NOVATION_CHECKPOINT_ARCHIVE_DIR)):
            yield (
                "novation.T005",
                f"The write-once folder contradicts the database: {sentence}",
                "The log was rewritten, or restored from an older copy. Find out which before anything else.",
            )
    failed = WitnessMail.objects.filter(sent_at=None).exclude(error="").first()
    if failed is not None:
        yield (
            "novation.T006",
            f"The mail of {failed.queued_at:%d %b %Y} to the witness was not sent: {failed.error}",
            "It is tried again by itself; if this lasts, mend the mail server or NOVATION_CHECKPOINT_MAIL.",
        )


def _record() -> Iterator[Finding]:
    unknown = Step.objects.filter(outcome=Step.Outcome.UNKNOWN).count()
    if unknown:
        start = engines.last_start(uncertain_only=True)
        yield (
            "novation.R001",
            f"{unknown} calls have an unknown outcome." + (f" {start.sentence}" if start else ""),
            "The engine looks them up; start it.",
        )
    for move in unsettled.poisoned()[:10]:
        yield (
            "novation.R003",
            f"{move.reference}: the engine failed {move.consecutive_errors} times in a row: {move.due_why}",
            "It is put off and tried again by itself; the log of the engine holds the error. Please report it.",
        )
    reviews = Task.objects.filter(state=Task.State.OPEN, kind="review").count()
    if reviews:
        yield "novation.R002", f"{reviews} failures wait for an operator.", "Open the queue in the console."
