"""Erases what identifies people in one move. Every hash and proof stays valid; that it was erased is on record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.dispatch import Signal

from novation.customers.models import Contact, Snapshot
from novation.customers.services import vault
from novation.domain.errors import BadInput
from novation.domain.stage import ENDED
from novation.evidence.erasure import Erasure, erasure_of
from novation.evidence.tags import Tag
from novation.evidencelog.models import ERASED, Document, Event
from novation.evidencelog.services import events
from novation.moves.models import AdminAccount, BulkAct, BulkItem, Decision, Message, Move, SignedDocument
from novation.moves.services import first_passwords, tracks
from novation.operations.models import Step, Task

#: Sent inside the transaction of an erasure, with `move` and `now`: each app forgets what it keeps of the people.
people_erased = Signal()


@transaction.atomic
def erase(move: Move, *, reason: str, actor: str, now: datetime) -> Erasure:
    """Erases the people of one customer from the move's records.

    Args:
        move: ended; while it runs we still need to know whom to ask.
        reason: the rule or request, without anything personal.
        actor: who does this.
        now: programme time.

    Raises:
        BadInput: the move still runs, no reason is given, or nothing is left to erase.
    """
    move = tracks.lock_move(move.pk)
    if move.stage not in ENDED:
        raise BadInput(
            f"{move.reference} still runs.", remedy="Erase when it has ended, or decline it first."
        )
    if not reason.strip():
        raise BadInput("No reason is given.", remedy="Name the rule or the request, without names.")
    log = list(Event.objects.filter(subject=move.customer.reference).order_by("number"))
    present = set(Document.objects.in_bulk(sorted(_named(log)))) - set(
        Document.objects.filter(kind=ERASED).values_list("sha256", flat=True)
    )
    whole = erasure_of([bytes(event.body) for event in log], documents=True)
    fields = {seq: names for seq, names in whole.fields.items() if _has(log, seq)}
    gone = Erasure(fields, sorted(_own(move, present & set(whole.documents))))
    proven = bool(fields or gone.documents)
    if not proven and not Contact.objects.filter(customer=move.customer).exclude(name=ERASED).exists():
        raise BadInput(f"Nothing is left to erase in {move.reference}.")
    data = gone.record(reason.strip()) if proven else {"reason": reason.strip(), "what": "contacts"}
    events.record(Tag.LOG_ERASED, at=now, actor=actor, subject=move.subject, data=data)
    for event in log:
        if event.seq in fields:
            event.personal = gone.remaining(event.seq, event.personal)
            event.save(update_fields=["personal"])
    _rows(move)
    _documents([*gone.documents, *_certificates(log)])
    people_erased.send(sender=Move, move=move, now=now)
    transaction.on_commit(lambda: _old_files(move.customer.reference))
    return gone


def bundle_file(reference: str) -> Path:
    """Where the command keeps the bundle of a customer unless it is told otherwise."""
    return Path(settings.NOVATION_HOME) / "bundles" / f"evidence-{reference}.zip"


def _old_files(reference: str) -> None:
    """Bundles that were written here before hold what was erased. Copies elsewhere are for their owners to find."""
    bundle_file(reference).unlink(missing_ok=True)


def _named(log: Iterable[Event]) -> set[str]:
    return {name for event in log for name in _data(event).get("documents", [])}


def _own(move: Move, names: set[str]) -> set[str]:
    """Without those that another customer's events name too: the same bytes in both tell of no person."""
    others = Event.documents.through.objects.filter(document__in=names).exclude(
        event__subject=move.customer.reference
    )
    return names - set(others.values_list("document_id", flat=True))


def _certificates(log: Iterable[Event]) -> list[str]:
    return [_data(event)["certificate"] for event in log if event.tag == Tag.CERTIFICATE_ISSUED]


def _data(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(bytes(event.body))["data"]
    return data


def _has(log: Iterable[Event], seq: int) -> bool:
    return any(event.seq == seq and event.personal for event in log)


def _rows(move: Move) -> None:
    """The same values where pages and steps keep them for work."""
    Decision.objects.filter(move=move).update(
        name=ERASED,
        function=ERASED,
        email="",
        phone="",
        authority=ERASED,
        statement=ERASED,
        reason="",
        address="",
        agent="",
        code_check=ERASED,
    )
    SignedDocument.objects.filter(move=move).update(
        name=ERASED,
        function=ERASED,
        email="",
        authority=ERASED,
        statement=ERASED,
        note="",
        reason="",
        wording=ERASED,
    )
    accounts = AdminAccount.objects.filter(move=move)
    for account in accounts:
        vault.destroy(first_passwords.secret_name(account))
    accounts.update(person=ERASED, email="", asked_by=ERASED, statement=ERASED, username="")
    # The reason of an erasure is kept: it is typed without names, and stands in the log.
    listed = BulkItem.objects.filter(move=move)
    BulkAct.objects.filter(pk__in=listed.values("act")).exclude(act="erase").update(reason="", options=[])
    listed.update(detail="")
    Message.objects.filter(move=move).update(author=ERASED, text=ERASED)
    Task.objects.filter(move_id=move.pk).update(note="")
    Step.objects.filter(move_id=move.pk).update(request={}, answer=None, error="")
    move.attestations.update(signatory={}, url="")
    Snapshot.objects.filter(customer=move.customer).delete()
    for contact in Contact.objects.filter(customer=move.customer):
        contact.name, contact.function, contact.phone = ERASED, "", ""
        contact.email, contact.state = f"erased-{contact.pk}@invalid", Contact.State.RETIRED
        contact.save()
    move.customer.phone = ""
    move.customer.save(update_fields=["phone"])


def _documents(names: Iterable[str]) -> None:
    # A row that a mail or page still refers to keeps its name, the hash; its content is gone.
    Document.objects.filter(sha256__in=list(names)).update(content=b"", kind=ERASED)


def forget_free_pages(*, whole: bool = True) -> None:
    """Rewrites what the database keeps of old rows, so that erased values do not linger there.

    Call outside a transaction.

    Args:
        whole: also what was freed before this version of Novation zeroed it. That takes a while, and on PostgreSQL
            it locks the tables meanwhile. Without it SQLite's own log is emptied, which is enough otherwise.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            if whole:
                cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif connection.vendor == "postgresql" and whole:
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f'VACUUM FULL "{table}"')
