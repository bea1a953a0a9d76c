"""Checks of the events: their bytes, their place in the log, their order, and what belongs to them."""

from __future__ import annotations

import datetime
import hashlib
import re

from novation.evidence.verifier.content_checks import DOCUMENT_FOLDERS
from novation.evidence.verifier.entry_forms import (
    ACTOR_FORM,
    CLOCK_TOLERANCE,
    ERASURE_TAG,
    read_auth,
    read_context,
    read_origin,
)
from novation.evidence.verifier.examination import Examination, LoggedEvent
from novation.evidence.verifier.forms import (
    expect_list,
    expect_object,
    expect_sha256,
    expect_text,
    expect_whole,
    parse_time,
    read_json,
)
from novation.evidence.verifier.merkle import leaf_hash, verify_inclusion
from novation.evidence.verifier.notes import read_proof
from novation.evidence.verifier.outcome import CheckFailed

EVENT_KEYS = {"actor", "at", "before", "data", "number", "personal", "salt", "seq", "subject", "tag", "v"}
EVENT_OPTIONS = {"auth", "context"}  # of format 2
TAG_FORM = re.compile(r"[a-z][a-z-]*:[a-z][a-z-]*")
SALT_FORM = re.compile(r"[0-9a-f]{32}")


def check_events(exam: Examination) -> str:
    """Every event is canonical JSON with exactly the keys of an event."""
    exam.need("files", "description")
    found = []
    for name in exam.under("events", ".json"):
        try:
            event = _event(exam.files[name], exam.format)
        except CheckFailed as error:
            raise CheckFailed(f"{name} {error}.") from None
        if name != f"events/{event.seq:09d}.json":
            raise CheckFailed(f"{name} holds the event of another position, {event.seq}.")
        found.append(event)
    exam.events = sorted(found, key=lambda event: event.seq)
    if len(found) != exam.description["events"]:
        raise CheckFailed(
            f"bundle.json speaks of {exam.description['events']} events, {len(found)} are here."
        )
    return f"{len(found)} events, each in canonical form."


def _event(body: bytes, version: int) -> LoggedEvent:
    says = read_json(body, EVENT_KEYS, EVENT_OPTIONS if version > 1 else None)
    if (
        expect_whole(says["v"], 1) != version
        or not TAG_FORM.fullmatch(expect_text(says["tag"]))
        or not expect_text(says["actor"])
    ):
        raise CheckFailed("has an unknown version, a malformed tag or no actor")
    if not SALT_FORM.fullmatch(expect_text(says["salt"])):
        raise CheckFailed("has a malformed salt")
    expect_sha256(says["before"])
    expect_whole(says["number"], 1)
    expect_text(says["subject"])
    for commitment in expect_object(says["personal"]).values():
        expect_sha256(commitment)
    for document in expect_list(expect_object(says["data"]).get("documents", [])):
        expect_sha256(document)
    seq, at = expect_whole(says["seq"]), parse_time(says["at"])
    if version == 1:
        return LoggedEvent(seq, body, at, says)
    if not ACTOR_FORM.fullmatch(expect_text(says["actor"])):
        raise CheckFailed("names its actor by more than a pseudonym")
    if "context" in says:
        read_context(says["context"])
    data = expect_object(says["data"])
    named = "contact_origin" in data
    origin = read_origin(data["contact_origin"], at) if named else None
    return LoggedEvent(seq, body, at, says, origin, read_auth(says["auth"]) if "auth" in says else None)


def check_inclusion(exam: Examination) -> str:
    """Every event stands in the log at its position, below the newest checkpoint."""
    exam.need("events", "checkpoints")
    newest = exam.checkpoints[-1]
    for event in exam.events:
        name = f"events/{event.seq:09d}.tlog-proof"
        try:
            index, hashes, note = read_proof(exam.files[name])
        except KeyError:
            raise CheckFailed(f"{name} is missing: nothing shows that the event is in the log.") from None
        except CheckFailed as error:
            raise CheckFailed(f"{name} {error}.") from None
        if index != event.seq or note != newest.note:
            raise CheckFailed(f"{name} speaks of another position or another checkpoint.")
        if not verify_inclusion(
            leaf_hash(event.body), index, newest.statement.size, hashes, newest.statement.root
        ):
            raise CheckFailed(f"Event {event.seq} is not the one that the log holds there: it was changed.")
    if len(exam.under("events", ".tlog-proof")) != len(exam.events):
        raise CheckFailed("There are proofs without events.")
    return f"All {len(exam.events)} events stand in the log of {newest.statement.size} entries."


def check_sequence(exam: Examination) -> str:
    """The events of this customer are numbered and chained without a gap, from the first to the last."""
    exam.need("events")
    head = bytes(32)
    for number, event in enumerate(exam.events, 1):
        if event.fields["subject"] != exam.description["reference"]:
            raise CheckFailed(
                f"Event {event.seq} belongs to {event.fields['subject']}, not to this customer."
            )
        if event.fields["number"] != number:
            raise CheckFailed(
                f"Event {event.seq} is number {event.fields['number']} of this customer where number {number} "
                "is expected: events are missing or out of order."
            )
        if event.fields["before"] != head.hex():
            raise CheckFailed(
                f"Event {event.seq} does not follow from the one before: an event was replaced."
            )
        head = hashlib.sha256(b"\x02" + head + leaf_hash(event.body)).digest()
    if head.hex() != exam.description["head"]:
        raise CheckFailed(
            "The last event is not the one that bundle.json names: events are missing at the end."
        )
    return f"Events 1 to {len(exam.events)} of this customer are complete and in order."


def check_clock(exam: Examination) -> str:
    """No event or checkpoint is dated in a way that the others contradict."""
    exam.need("events", "checkpoints")
    for place in range(1, len(exam.events)):
        earlier, event = exam.events[place - 1], exam.events[place]
        if event.at < earlier.at - CLOCK_TOLERANCE:
            raise CheckFailed(
                f"Event {event.seq} is dated before event {earlier.seq}, which stands before it."
            )
    for event in exam.events:
        for one in exam.checkpoints:
            if one.statement.size <= event.seq and event.at < one.statement.at - CLOCK_TOLERANCE:
                raise CheckFailed(
                    f"Event {event.seq} is back-dated: it claims {event.fields['at']}, but was not yet in the "
                    f"log at {one.statement.at:%Y-%m-%d %H:%M} UTC."
                )
            if one.statement.size > event.seq and event.at > one.statement.at + CLOCK_TOLERANCE:
                raise CheckFailed(f"Event {event.seq} is dated after a checkpoint that already holds it.")
    issued = parse_time(exam.description["issued"])
    newest = exam.checkpoints[-1].statement.at
    if newest > issued + CLOCK_TOLERANCE:
        raise CheckFailed("The bundle claims to be older than its newest checkpoint.")
    if newest < issued - datetime.timedelta(days=1):
        raise CheckFailed(
            f"The bundle was issued at {issued:%Y-%m-%d %H:%M} UTC upon an old checkpoint of "
            f"{newest:%Y-%m-%d %H:%M} UTC: what was logged since is hidden."
        )
    return "The times of events, checkpoints and issue agree within five minutes."


def erased(exam: Examination) -> tuple[set[tuple[int, str]], set[str]]:
    """What `log:erased` events name: (seq, field) of personal values, and SHA-256 of documents."""
    fields: set[tuple[int, str]] = set()
    documents: set[str] = set()
    for event in exam.events:
        if event.fields["tag"] != ERASURE_TAG:
            continue
        record = expect_object(expect_object(event.fields["data"]).get("erased", {}))
        for document in expect_list(record.get("documents", [])):
            documents.add(expect_sha256(document))
        for one in expect_list(record.get("personal", [])):
            part = expect_object(one)
            for field in expect_list(part.get("fields")):
                fields.add((expect_whole(part.get("seq")), expect_text(field)))
    return fields, documents


def check_personal(exam: Examination) -> str:
    """Each personal value is the one that its event committed to; a missing one was erased on record."""
    exam.need("events")
    gone, _ = erased(exam)
    kept = 0
    names = set(exam.under("personal"))
    for event in exam.events:
        committed = expect_object(event.fields["personal"])
        name = f"personal/{event.seq:09d}.json"
        held: dict[str, object] = {}
        if name in names:
            names.remove(name)
            held = _openings(exam.files[name], name, committed)
        for field, commitment in committed.items():
            if field not in held:
                if (event.seq, field) not in gone:
                    raise CheckFailed(
                        f"The {field} of event {event.seq} is withheld; no erasure is on record."
                    )
                continue
            if (event.seq, field) in gone:
                raise CheckFailed(f"{name} still holds the {field}, which was erased on record.")
            opening = expect_object(held[field])
            salt = bytes.fromhex(expect_text(opening["salt"]))
            if hashlib.sha256(salt + expect_text(opening["value"]).encode()).hexdigest() != commitment:
                raise CheckFailed(f"{name}: the {field} is not the one that was logged.")
            kept += 1
    if names:
        raise CheckFailed(f"Personal values of no event of this bundle: {', '.join(sorted(names))[:200]}.")
    return f"{kept} personal values are the logged ones; {len(gone)} were erased on record."


def _openings(data: bytes, name: str, committed: dict[str, object]) -> dict[str, object]:
    try:
        held = read_json(data, set(), set(committed))
        for opening in held.values():
            parts = expect_object(opening)
            if set(parts) != {"salt", "value"} or not SALT_FORM.fullmatch(expect_text(parts["salt"])):
                raise CheckFailed("has an opening that is not salt and value")
            expect_text(parts["value"])
    except CheckFailed as error:
        raise CheckFailed(f"{name} {error}.") from None
    if not held:
        raise CheckFailed(f"{name} is empty.")
    return held


def check_documents(exam: Examination) -> str:
    """Every page, mail, answer and item table is named by an event, and none that is named is missing."""
    exam.need("events")
    first: dict[str, int] = {}
    for event in exam.events:
        for document in expect_list(expect_object(event.fields["data"]).get("documents", [])):
            first.setdefault(expect_text(document), event.seq)
    _, gone = erased(exam)
    found = set()
    for name in (n for folder in DOCUMENT_FOLDERS for n in exam.under(folder)):
        digest = hashlib.sha256(exam.files[name]).hexdigest()
        if digest in gone:
            raise CheckFailed(f"{name} is still here, though it was erased on record.")
        if digest not in first:
            raise CheckFailed(f"{name} is named by no event: it was added or changed after the act.")
        stem = name.split("/")[1].rsplit(".", 1)[0]
        if stem != f"{first[digest]:09d}-{digest[:16]}" or digest in found:
            raise CheckFailed(f"{name} does not bear the name of its event and content, or is there twice.")
        found.add(digest)
    missing = sorted(set(first) - found - gone)
    if missing:
        raise CheckFailed(f"Event {first[missing[0]]} names the document {missing[0]}, which is missing.")
    return f"{len(found)} documents are the ones that the events name; {len(gone)} were erased on record."
