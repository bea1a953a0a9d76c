"""Whoever owns the database changes its rows with plain SQL: the next bundle refuses, fails, or is contradicted.

The forger of these tests is careful: where it helps, leaves, chains and the edge of the tree are made again. No
trigger stands in the way, because none would stop an owner. What is out of reach is what lies elsewhere: the pinned
certificates of the time services, and what customers received.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from novation.evidence.canonical import canonical, utc_text
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.errors import BadBundle
from novation.evidence.frontier import Frontier
from novation.evidence.note import Checkpoint as Signed
from novation.evidence.note import LogKey
from novation.evidence.time_service import TimeService
from novation.evidence.timestamp import stamp_request
from novation.evidence.tree import leaf_hash
from novation.evidence.verifier.archive import unpack
from novation.evidencelog.models import Checkpoint, Event
from novation.evidencelog.services import checkpoints, log_keys, timestamps
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.moves.models import Move
from tests import people
from tests.builders import DAY, HOUR, NOW

LATER = NOW + 3 * HOUR


@dataclass
class Life:
    """Two customers with a decision each, checkpoints that were stamped, and what the first of them kept."""

    move: Move
    other: Move
    service: TimeService
    receipt: bytes
    bundle: bytes
    folder: Path

    def rows(self, of: Move | None = None) -> list[Event]:
        found = Event.objects.order_by("seq")
        return list(found.filter(subject=of.customer.reference) if of else found)

    @property
    def subject(self) -> str:
        """Whose history it is, as the log names it."""
        return self.move.customer.reference

    def export(self) -> bytes:
        """As the product does, a day later."""
        move = Move.objects.select_related("customer", "programme").get(pk=self.move.pk)
        (path,) = bundles.export(
            [move], self.folder / "late", now=NOW + DAY, stamp=lambda: stamped(self.service)
        )
        return path.read_bytes()


def stamped(service: TimeService) -> None:
    """Every checkpoint without a stamp gets one, dated as the checkpoint is."""
    for one in Checkpoint.objects.filter(stamps=None):
        answer = service.answer(stamp_request(bytes(one.note)).body, one.at)
        timestamps.keep(one.size, "alpha", answer=answer, at=one.at, now=one.at)


@pytest.fixture
def life(settings: Any, tmp_path: Path) -> Life:
    settings.NOVATION_HOME = tmp_path
    service = TimeService.create("alpha", NOW)
    timestamps.pin("alpha", service.chain)
    move, other = people.moves(2)
    for one in (move, other):
        people.put(one, notice="queued")
        people.put(one, notice="sent", decision="asked")
    people.says(move, "mandate")
    checkpoints.sign(now=NOW)
    people.says(other, "declined", reason="We stay.", now=NOW + HOUR)
    people.says(move, "withdrawn", now=NOW + 2 * HOUR)
    newest = checkpoints.sign(now=NOW + 2 * HOUR)
    assert newest is not None
    stamped(service)
    found = Move.objects.select_related("customer", "programme").get(pk=move.pk)
    (path,) = bundles.export([found], tmp_path / "early", now=LATER, stamp=lambda: stamped(service))
    return Life(move, other, service, bytes(newest.note), path.read_bytes(), tmp_path)


def sql(words: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(words, values)


def decision(life: Life, of: Move, tag: str) -> Event:
    return next(event for event in life.rows(of) if event.tag == tag)


def said(event: Event) -> dict[str, Any]:
    return dict(json.loads(bytes(event.body)))


def chained_again(changed: dict[int, dict[str, Any]]) -> None:
    """The whole log with other bodies at some places: numbers, chains, leaves and the edge of the tree fit again."""
    heads: dict[str, tuple[int, bytes]] = {}
    # Numbers are unique for each customer, also on the way.
    sql("UPDATE evidencelog_event SET number = number + 5000")
    edge = Frontier()
    for event in Event.objects.order_by("seq"):
        number, before = heads.get(event.subject, (0, EMPTY_HEAD))
        body = canonical(
            said(event) | changed.get(event.seq, {}) | {"number": number + 1, "before": before.hex()}
        )
        leaf = leaf_hash(body)
        heads[event.subject] = number + 1, extend_chain(before, leaf)
        sql(
            "UPDATE evidencelog_event SET body = %s, leaf = %s, head = %s, number = %s WHERE seq = %s",
            body, leaf, extend_chain(before, leaf), number + 1, event.seq,
        )  # fmt: skip
        edge = edge.append(leaf)
    sql("UPDATE evidencelog_loghead SET frontier = %s", edge.to_bytes())


def signed_again(key: LogKey) -> None:
    """Every checkpoint over the rows as they are now, signed by this key and stamped for the forger's sake."""
    edge, roots = Frontier(), {}
    for event in Event.objects.order_by("seq"):
        edge = edge.append(bytes(event.leaf))
        roots[event.seq + 1] = edge.root()
    sql("DELETE FROM evidencelog_stamp")
    for one in Checkpoint.objects.all():
        note = Signed(key.name, one.size, roots[one.size], one.at).signed(key)
        sql(
            "UPDATE evidencelog_checkpoint SET note = %s, root = %s WHERE size = %s",
            note,
            roots[one.size],
            one.size,
        )


def edit(life: Life) -> str:
    event = decision(life, life.move, "decision:mandate")
    body = bytes(event.body).replace(b'"A1"', b'"A3"')
    assert body != bytes(event.body)
    sql("UPDATE evidencelog_event SET body = %s WHERE seq = %s", body, event.seq)
    return f"Event {event.seq} is not the one that the log holds there: it was changed."


def delete(life: Life) -> str:
    event = decision(life, life.move, "decision:mandate")
    sql("DELETE FROM evidencelog_event_documents WHERE event_id = %s", event.seq)
    sql("DELETE FROM evidencelog_event WHERE seq = %s", event.seq)
    return f"Event number {event.number} of {life.subject} is missing or out of order"


def insert(life: Life) -> str:
    """A mandate takes the place of an entry that concerned nobody, and everything is chained anew."""
    place = next(event for event in life.rows() if event.move_id is None and event.subject == "-")
    sql(
        "UPDATE evidencelog_event SET subject = %s, number = 0, tag = %s WHERE seq = %s",
        life.subject, "decision:mandate", place.seq,
    )  # fmt: skip
    chained_again({place.seq: {"subject": life.subject, "tag": "decision:mandate"}})
    return "does not continue the log of"


def reorder(life: Life) -> str:
    first, second = life.rows(life.move)[-2:]
    sql(
        "UPDATE evidencelog_event SET body = %s WHERE seq = %s",
        canonical(said(second) | {"seq": first.seq, "number": first.number}), first.seq,
    )  # fmt: skip
    sql(
        "UPDATE evidencelog_event SET body = %s WHERE seq = %s",
        canonical(said(first) | {"seq": second.seq, "number": second.number}), second.seq,
    )  # fmt: skip
    return f"Event {first.seq} is not the one that the log holds there"


def swap(life: Life) -> str:
    mine = decision(life, life.move, "decision:mandate")
    theirs = decision(life, life.other, "decision:declined")
    sql("UPDATE evidencelog_event SET number = 0 WHERE seq = %s", mine.seq)
    sql("UPDATE evidencelog_event SET subject = %s, number = 9999 WHERE seq = %s", life.subject, theirs.seq)
    sql(
        "UPDATE evidencelog_event SET subject = %s, number = %s WHERE seq = %s",
        life.other.customer.reference,
        theirs.number,
        mine.seq,
    )
    sql("UPDATE evidencelog_event SET number = %s WHERE seq = %s", mine.number, theirs.seq)
    return f"Event {theirs.seq} belongs to {life.other.customer.reference}, not to {life.subject}"


def hide(life: Life) -> str:
    """The last word of the customer is taken out of its history, and the log around it is left whole."""
    last = decision(life, life.move, "decision:withdrawn")
    sql("UPDATE evidencelog_event SET subject = '-', number = seq + 9999 WHERE subject = %s AND seq >= %s",
        life.subject, last.seq)  # fmt: skip
    return f"The witness holds event {last.seq} of this customer, which the bundle lacks"


def back_date(life: Life) -> str:
    """Appended as the product would, but for the date."""
    last, whole = life.rows(life.move)[-1], life.rows()
    seq = len(whole)
    body = canonical(
        said(last) | {"seq": seq, "at": utc_text(NOW), "tag": "decision:mandate", "personal": {}}
        | {"data": {}, "number": last.number + 1, "before": bytes(last.head).hex()}
    )  # fmt: skip
    leaf = leaf_hash(body)
    sql(
        "INSERT INTO evidencelog_event "
        "(seq, at, tag, subject, move_reference, number, actor, body, personal, leaf, head) "
        "VALUES (%s, %s, 'decision:mandate', %s, '', %s, 'customer', %s, '{}', %s, %s)",
        seq, NOW, life.subject, last.number + 1, body, leaf, extend_chain(bytes(last.head), leaf),
    )  # fmt: skip
    edge = Frontier()
    for event in whole:
        edge = edge.append(bytes(event.leaf))
    sql("UPDATE evidencelog_loghead SET size = %s, frontier = %s", seq + 1, edge.append(leaf).to_bytes())
    return f"Event {seq} is dated before event {last.seq}"


def replace_pdf(life: Life) -> str:
    Move.objects.filter(pk=life.move.pk).update(stage="stays")
    found = Move.objects.select_related("customer", "programme").get(pk=life.move.pk)
    bundles.issue_certificates([found], now=LATER)
    sql(
        "UPDATE evidencelog_document SET content = %s WHERE kind = 'certificate'",
        b"%PDF-1.7 Nobody withdrew.",
    )
    return "certificate.pdf is not the one that the log names: it was replaced."


def replace_stamp(life: Life) -> str:
    """A service of the forger stamps under the honest one's name."""
    own = TimeService.create("alpha", NOW)
    sizes = Checkpoint.objects.order_by("size")
    for one in sizes:
        answer = own.answer(stamp_request(bytes(one.note)).body, one.at)
        sql("UPDATE evidencelog_stamp SET answer = %s WHERE checkpoint_id = %s", answer, one.size)
    return ".alpha.tsr does not hold"


def foreign_key(life: Life) -> str:
    signed_again(LogKey.generate(log_keys.log_key().name))
    return "is signed by a key that is not among the log keys of this bundle."


def truncate(life: Life) -> str:
    """Cut behind the mandate, as if nothing had come after it."""
    size = Checkpoint.objects.order_by("size")[0].size
    edge = Frontier()
    for event in life.rows()[:size]:
        edge = edge.append(bytes(event.leaf))
    sql("DELETE FROM evidencelog_stamp WHERE checkpoint_id > %s", size)
    sql("DELETE FROM evidencelog_checkpoint WHERE size > %s", size)
    sql("DELETE FROM evidencelog_event_documents WHERE event_id >= %s", size)
    sql("DELETE FROM evidencelog_event WHERE seq >= %s", size)
    sql("UPDATE evidencelog_loghead SET size = %s, frontier = %s", size, edge.to_bytes())
    return "the log was cut, or an old checkpoint is replayed"


def fork(life: Life) -> str:
    """With the log key: everything is written, signed and stamped anew."""
    event = decision(life, life.move, "decision:mandate")
    chained_again({event.seq: {"data": said(event)["data"] | {"level": "A3"}}})
    signed_again(log_keys.log_key())
    return "The log was forked or rewritten."


def replay(life: Life) -> str:
    """The old checkpoint stands in the place of the newer one."""
    old = Checkpoint.objects.order_by("size")[0]
    sql("UPDATE evidencelog_checkpoint SET note = %s, root = %s", bytes(old.note), bytes(old.root))
    return f"Two checkpoints of {old.size} entries"


FORGERIES = [
    edit, delete, insert, reorder, swap, hide, back_date, replace_pdf, replace_stamp, foreign_key, truncate, fork,
    replay,
]  # fmt: skip


def found(life: Life) -> list[str]:
    """What the next export says of the log, or else the bundle's verifier with what the customer kept."""
    try:
        bundle = life.export()
    except BadBundle as error:
        return [str(error)]
    report = judge(bundle, at=NOW + DAY, witnesses=[life.receipt, life.bundle])
    return [check.reason for check in report.checks if check.verdict == "FAIL"]


def test_untouched_rows_pass_beside_the_same_witnesses(life: Life) -> None:
    assert life.receipt in unpack(life.bundle).values()
    report = judge(life.export(), at=NOW + DAY, witnesses=[life.receipt, life.bundle])
    assert report.verdict == "PASS", report.checks


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda one: str(one.__name__))
def test_each_forgery_in_the_rows_is_found_and_named(life: Life, forge: Callable[[Life], str]) -> None:
    sentence = forge(life)
    reasons = found(life)
    assert any(sentence in reason for reason in reasons), reasons
