"""Appends to the evidence log, inside the transaction of the change that an entry speaks of.

Entries and the documents they name wait in memory and are written right before the commit, so that the head of the
log, which every entry needs, is locked last and for that alone. Whoever reads the log through the managers of its
models sees what waits: it is written first. So read before you record, or nothing else may be locked afterwards.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from novation import transactions
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import NO_SUBJECT, PreparedEntry, document_digest, prepare_entry
from novation.evidence.frontier import Frontier
from novation.evidence.subject import Subject
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.evidencelog.raw_sql import moment_of

#: Inner nodes are kept from this level up: the lowest of them cover as many leaves as a proof may well read.
TILE_LEVEL = 8
TILE = 1 << TILE_LEVEL
#: Subjects in one question for their last entries.
_AT_ONCE = 100

# Plain SQL, because each of these runs with every transaction, and to build it anew costs several times what it takes.
_FIRST_HEAD = (
    "INSERT INTO evidencelog_loghead (id, size, frontier) VALUES (1, 0, %s) ON CONFLICT (id) DO NOTHING"
)
_HEAD = "SELECT size, frontier, at FROM evidencelog_loghead WHERE id = 1"
_NEW_HEAD = "UPDATE evidencelog_loghead SET size = %s, frontier = %s, at = %s WHERE id = 1"
_LAST_OF_SUBJECT = (
    "SELECT * FROM (SELECT subject, number, head FROM evidencelog_event WHERE subject = %s "
    "ORDER BY number DESC LIMIT 1) AS last"
)
_APPEND = (
    "INSERT INTO evidencelog_event (seq, at, tag, subject, customer_id, move_id, move_reference, operation_id, "
    "number, actor, body, personal, leaf, head) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_NAME_DOCUMENT = "INSERT INTO evidencelog_event_documents (event_id, document_id) VALUES (%s, %s)"
_KEEP_DOCUMENT = (
    "INSERT INTO evidencelog_document (sha256, kind, media, content, created_at) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT (sha256) DO NOTHING"
)
_KEEP_NODE = 'INSERT INTO evidencelog_lognode (level, "index", hash) VALUES (%s, %s, %s)'


#: Knows how each database keeps a UUID; SQLite has no type for it.
_OPERATION_ID = Event._meta.get_field("operation_id")


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An entry that waits for its place in the log."""

    prepared: PreparedEntry
    at: datetime
    tag: str
    actor: str
    name: str
    subject: Subject | None
    documents: Sequence[str]


def lock_log() -> None:
    """Takes the lock that every entry needs, for who must know that nobody appends between a look and an entry.

    Nothing else may be locked after it in the same transaction: everybody else takes it last, and could wait for us
    while we wait for them. SQLite has one writer, so there is nothing to take.
    """
    transactions.write_deferred()
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
    document = Document(
        sha256=document_digest(content), kind=kind, media=media, content=content, created_at=at
    )
    connection = transaction.get_connection()
    if connection.in_atomic_block:
        transactions.defer(_write, document)
    else:
        _keep([document])
    document._state.adding, document._state.db = False, connection.alias
    return document


def is_kept(content: bytes) -> bool:
    """Whether these bytes were kept before; what waits in this transaction does not count, nor is it written for it."""
    return Document._base_manager.filter(sha256=document_digest(content)).exists()


def record(
    tag: Tag,
    *,
    at: datetime,
    actor: str,
    subject: Subject | None = None,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    documents: Sequence[Document] = (),
) -> None:
    """Appends one entry. It gets its number when it is written, right before the commit.

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
        BadEntry: it cannot be an entry.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is written in the transaction of the change it speaks of.")
    name = subject.reference if subject else NO_SUBJECT
    named = sorted({document.sha256 for document in documents})
    prepared = prepare_entry(
        at=at,
        tag=tag,
        subject=name,
        actor=actor,
        data={**(data or {}), **({"documents": named} if named else {})},
        personal={name: value for name, value in (personal or {}).items() if value},
        salt=secrets.token_bytes(16),
        context=_context(subject),
    )
    transactions.defer(_write, _Waiting(prepared, at, str(tag), actor, name, subject, named))


def _context(subject: Subject | None) -> dict[str, str] | None:
    """The move or operation in which something happened, as the entry names it."""
    if subject is None:
        return None
    named = {"move": subject.move_reference, "operation": str(subject.operation or "")}
    return {name: value for name, value in named.items() if value} or None


def _write(waiting: Sequence[_Waiting | Document]) -> None:
    """Writes what waited: the documents first, since somebody else may be keeping the same one; then the entries."""
    _keep([one for one in waiting if isinstance(one, Document)])
    entries = [one for one in waiting if isinstance(one, _Waiting)]
    if entries:
        _append(entries)


def _append(entries: Sequence[_Waiting]) -> None:
    connection = transaction.get_connection()
    adapt = connection.ops.adapt_datetimefield_value
    size, edge, last_at = _locked_head()
    frontier = Frontier.from_bytes(edge) if size else Frontier()
    chains = _last_of({one.name for one in entries})
    rows: list[tuple[Any, ...]] = []
    named: list[tuple[int, str]] = []
    nodes: list[tuple[int, int, bytes]] = []
    for one in entries:
        # Processes read the clock before they get the lock; the order of the log is what counts.
        at = max(one.at, last_at) if last_at else one.at
        number, before = chains.get(one.name, (0, EMPTY_HEAD))
        entry = one.prepared.placed(seq=size, at=at, number=number + 1, before=before)
        chains[one.name] = number + 1, extend_chain(before, entry.leaf)
        about = one.subject
        rows.append(
            (
                size,
                adapt(at),
                one.tag,
                one.name,
                about.customer if about else None,
                about.move if about else None,
                about.move_reference if about else "",
                _OPERATION_ID.get_db_prep_value(about.operation if about else None, connection),
                number + 1,
                one.actor,
                entry.body,
                json.dumps(entry.personal),
                entry.leaf,
                chains[one.name][1],
            )
        )
        named += [(size, document) for document in one.documents]
        if (size + 1) % TILE == 0:
            nodes += [node for node in frontier.completed(entry.leaf) if node[0] >= TILE_LEVEL]
        frontier = frontier.append(entry.leaf)
        size, last_at = size + 1, at
    with connection.cursor() as cursor:
        cursor.executemany(_APPEND, rows)
        for statement, values in ((_NAME_DOCUMENT, named), (_KEEP_NODE, nodes)):
            if values:
                cursor.executemany(statement, values)
        cursor.execute(_NEW_HEAD, [size, frontier.to_bytes(), adapt(last_at)])


def _keep(documents: Sequence[Document]) -> None:
    if not documents:
        return
    connection = transaction.get_connection()
    adapt = connection.ops.adapt_datetimefield_value
    # In one order for all: two who keep the same documents must not wait for each other.
    rows = {
        one.sha256: (one.sha256, one.kind, one.media, one.content, adapt(one.created_at)) for one in documents
    }
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP_DOCUMENT, [rows[name] for name in sorted(rows)])


def _locked_head() -> tuple[int, bytes, datetime | None]:
    """Length, right edge and last time of the log, locked: that makes numbers unique and without holes."""
    connection = transaction.get_connection()
    # SQLite has one writer anyway.
    statement = f"{_HEAD} FOR UPDATE" if connection.features.has_select_for_update else _HEAD
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()
        if found is None:
            cursor.execute(_FIRST_HEAD, [b""])
            cursor.execute(statement)
            found = cursor.fetchone()
    size, edge, at = found
    return size, bytes(edge), moment_of(at)


def _last_of(subjects: Collection[str]) -> dict[str, tuple[int, bytes]]:
    """Number and head of the last entry of each subject's own chain."""
    found: dict[str, tuple[int, bytes]] = {}
    names = sorted(subjects)
    with transaction.get_connection().cursor() as cursor:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            cursor.execute(" UNION ALL ".join([_LAST_OF_SUBJECT] * len(some)), some)
            found |= {name: (number, bytes(head)) for name, number, head in cursor.fetchall()}
    return found
