"""Appends to the evidence log, inside the transaction of the change that an entry speaks of."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import NO_SUBJECT, document_digest, make_entry
from novation.evidence.frontier import Frontier
from novation.evidence.subject import Subject
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event, LogHead, LogNode
from novation.evidencelog.raw_sql import moment_of

#: Inner nodes are kept from this level up: the lowest of them cover as many leaves as a proof may well read.
TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL

# Plain SQL, because each of these runs with every entry, and to build it anew costs several times what it takes.
_HEAD = "SELECT size, frontier, at FROM evidencelog_loghead WHERE id = 1"
_NEW_HEAD = "UPDATE evidencelog_loghead SET size = %s, frontier = %s, at = %s WHERE id = 1"
_LAST_OF_SUBJECT = (
    "SELECT number, head FROM evidencelog_event WHERE subject = %s ORDER BY number DESC LIMIT 1"
)
_APPEND = (
    "INSERT INTO evidencelog_event (seq, at, tag, subject, customer_id, move_id, move_reference, operation_id, "
    "number, actor, body, personal, leaf, head) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)

#: Knows how each database keeps a UUID; SQLite has no type for it.
_OPERATION_ID = Event._meta.get_field("operation_id")


def lock_log() -> None:
    """Takes the lock that every entry needs, before any other row of the transaction is locked.

    Whoever locked a move first and the log later could wait for one who did it the other way round, for ever.
    SQLite has one writer, so there is nothing to take.
    """
    if transaction.get_connection().features.has_select_for_update:
        _locked_head()


def store(kind: str, media: str, content: bytes, *, at: datetime) -> Document:
    """Keeps exact bytes under their SHA-256; the same bytes are kept once.

    Args:
        kind: shown, mail, remote, items or text.
        media: media type, such as `text/html; charset=utf-8`.
        content: the bytes, without secrets.
        at: programme time.
    """
    name = document_digest(content)
    found = Document(sha256=name, kind=kind, media=media, content=content, created_at=at)
    Document.objects.bulk_create([found], ignore_conflicts=True)
    return found


def record(
    tag: Tag,
    *,
    at: datetime,
    actor: str,
    subject: Subject | None = None,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    documents: Sequence[Document] = (),
) -> Event:
    """Appends one entry.

    Args:
        tag: what happened.
        at: programme time of the act.
        actor: `engine`, `customer`, `operator:7`, `import` …; never a name or an address.
        subject: whose history it belongs to; None for what concerns no single customer.
        data: JSON without floats and without anything that identifies a person.
        personal: what identifies a person; only commitments to it enter the chained bytes.
        documents: exact bytes that the entry speaks of.

    Raises:
        RuntimeError: called outside a transaction, where it could be kept without its change.
    """
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("An event is written in the transaction of the change it speaks of.")
    size, edge, last_at = _locked_head()
    # Processes read the clock before they get the lock; the order of the log is what counts.
    at = max(at, last_at) if last_at else at
    name = subject.reference if subject else NO_SUBJECT
    number, before = _last_of(name)
    values = dict(data or {})
    if documents:
        values["documents"] = sorted({document.sha256 for document in documents})
    entry = make_entry(
        seq=size,
        at=at,
        tag=tag,
        subject=name,
        actor=actor,
        data=values,
        personal={name: value for name, value in (personal or {}).items() if value},
        salt=secrets.token_bytes(16),
        number=number,
        before=before,
        context=_context(subject),
    )
    event = Event(
        seq=size,
        at=at,
        tag=str(tag),
        subject=name,
        customer_id=subject.customer if subject else None,
        move_id=subject.move if subject else None,
        move_reference=subject.move_reference if subject else "",
        operation_id=subject.operation if subject else None,
        number=number,
        actor=actor,
        body=entry.body,
        personal=entry.personal,
        leaf=entry.leaf,
        head=extend_chain(before, entry.leaf),
    )
    _append(event)
    if documents:
        # The entry is new, so there is nothing to compare with first.
        through = Event.documents.through
        through.objects.bulk_create(through(event=event, document_id=name) for name in values["documents"])
    frontier = Frontier.from_bytes(edge) if size else Frontier()
    if (size + 1) % TILE == 0:
        LogNode.objects.bulk_create(
            LogNode(level=level, index=index, hash=node)
            for level, index, node in frontier.completed(entry.leaf)
            if level >= TILE_LEVEL
        )
    adapted = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_NEW_HEAD, [size + 1, frontier.append(entry.leaf).to_bytes(), adapted])
    return event


def _context(subject: Subject | None) -> dict[str, str] | None:
    """The move or operation in which something happened, as the entry names it."""
    if subject is None:
        return None
    named = {"move": subject.move_reference, "operation": str(subject.operation or "")}
    return {name: value for name, value in named.items() if value} or None


def _locked_head() -> tuple[int, bytes, datetime | None]:
    """Length, right edge and last time of the log, locked: that makes numbers unique and without holes."""
    connection = transaction.get_connection()
    # SQLite has one writer anyway.
    statement = f"{_HEAD} FOR UPDATE" if connection.features.has_select_for_update else _HEAD
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()
    if found is None:
        head, _ = LogHead.objects.select_for_update().get_or_create(pk=1)
        found = (head.size, head.frontier, head.at)
    size, edge, at = found
    return size, bytes(edge), moment_of(at)


def _append(event: Event) -> None:
    connection = transaction.get_connection()
    with connection.cursor() as cursor:
        cursor.execute(
            _APPEND,
            [
                event.seq,
                connection.ops.adapt_datetimefield_value(event.at),
                event.tag,
                event.subject,
                event.customer_id,
                event.move_id,
                event.move_reference,
                _OPERATION_ID.get_db_prep_value(event.operation_id, connection),
                event.number,
                event.actor,
                event.body,
                json.dumps(event.personal),
                event.leaf,
                event.head,
            ],
        )
    event._state.adding, event._state.db = False, connection.alias


def _last_of(subject: str) -> tuple[int, bytes]:
    """The next number of a subject's own chain, and the head it continues."""
    with transaction.get_connection().cursor() as cursor:
        cursor.execute(_LAST_OF_SUBJECT, [subject])
        last = cursor.fetchone()
    return (last[0] + 1, bytes(last[1])) if last else (1, EMPTY_HEAD)
