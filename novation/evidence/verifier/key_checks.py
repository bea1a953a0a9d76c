"""Checks of the log keys, of what they signed, and of whether the reader knows them."""

from __future__ import annotations

import datetime

from novation.evidence.verifier.content_checks import MANIFEST, MANIFEST_SIGNATURE
from novation.evidence.verifier.examination import Examination, KeySpan, SignedCheckpoint
from novation.evidence.verifier.forms import expect_text, parse_decimal, parse_time
from novation.evidence.verifier.merkle import verify_consistency
from novation.evidence.verifier.notes import (
    PublicKey,
    read_checkpoint,
    read_consistency,
    read_note,
    read_vkey,
)
from novation.evidence.verifier.outcome import CheckFailed, CheckUndecided

HANDOVER = "novation.evidence/handover@v1"


def check_keys(exam: Examination) -> str:
    """The keys are well-formed, and each later one was handed over by the one before."""
    exam.need("files", "description")
    count = len(exam.under("keys", ".vkey"))
    keys = [_key(exam, number) for number in range(1, count + 1)]
    if not keys or any(key.name != exam.description["origin"] for key in keys):
        raise CheckFailed("The bundle holds no log key, or one of another log.")
    strays = _unexpected_key_files(exam, count)
    if strays:
        raise CheckFailed(f"Key files that belong to no log key: {', '.join(strays)}.")
    spans = [KeySpan(keys[0], 0, None, None, None)]
    for number in range(2, count + 1):
        old, new = keys[number - 2], keys[number - 1]
        size, at = _handover(exam, number, old, new)
        last = spans[-1]
        if size < last.first_size or (last.first_at and at < last.first_at):
            raise CheckFailed(f"keys/handover-{number}.note lies before the hand-over that precedes it.")
        spans[-1] = KeySpan(last.key, last.first_size, last.first_at, size, at)
        spans.append(KeySpan(new, size, at, None, None))
    exam.spans = spans
    if count == 1:
        return f"One log key, {keys[0].vkey}."
    return f"{count} log keys; each was handed over by the key before it."


def _key(exam: Examination, number: int) -> PublicKey:
    try:
        key = read_vkey(exam.files[f"keys/log-{number}.vkey"].decode("utf-8", "replace")[:-1])
    except KeyError:
        raise CheckFailed(f"keys/log-{number}.vkey is missing.") from None
    if exam.files[f"keys/log-{number}.vkey"] != (key.vkey + "\n").encode():
        raise CheckFailed(f"keys/log-{number}.vkey is not in its one form.")
    if exam.files.get(f"keys/log-{number}.pem") != key.pem:
        raise CheckFailed(f"keys/log-{number}.pem is missing or another key than keys/log-{number}.vkey.")
    return key


def _unexpected_key_files(exam: Examination, count: int) -> list[str]:
    wanted = {f"keys/log-{n}.{kind}" for n in range(1, count + 1) for kind in ("vkey", "pem")}
    wanted |= {f"keys/handover-{n}.note" for n in range(2, count + 1)}
    return [n for n in exam.under("keys") if n not in wanted and not n.startswith(("keys/tsa-", "keys/seal"))]


def _handover(
    exam: Examination, number: int, old: PublicKey, new: PublicKey
) -> tuple[int, datetime.datetime]:
    name = f"keys/handover-{number}.note"
    if name not in exam.files:
        raise CheckFailed(f"{name} is missing: nothing shows that the earlier key named the later one.")
    try:
        body, signatures = read_note(exam.files[name])
        lines = body.split("\n")
        size, at = parse_decimal(lines[4]), parse_time(lines[5][3:])
    except (CheckFailed, IndexError) as error:
        raise CheckFailed(f"{name} {error}.") from None
    wanted = [HANDOVER, old.name, old.vkey, new.vkey, lines[4], "at " + lines[5][3:], ""]
    signers = [(line.name, line.key_id) for line in signatures]
    if lines != wanted or signers != [(old.name, old.key_id), (new.name, new.key_id)]:
        raise CheckFailed(f"{name} does not hand over from log key {number - 1} to log key {number}.")
    for key, line in ((old, signatures[0]), (new, signatures[1])):
        if not exam.tools.ed25519(key.raw, body.encode(), line.signature):
            raise CheckFailed(f"{name} has a signature that does not hold.")
    return size, at


def check_manifest_signature(exam: Examination) -> str:
    """The manifest is signed by the newest log key."""
    exam.need("spans")
    signature = exam.files.get(MANIFEST_SIGNATURE, b"")
    key = exam.spans[-1].key
    if len(signature) != 64 or not exam.tools.ed25519(key.raw, exam.files[MANIFEST], signature):
        raise CheckFailed("The signature of the manifest does not hold for the newest log key.")
    return "The manifest, and with it every file, is signed by the newest log key."


def check_checkpoints(exam: Examination) -> str:
    """Every checkpoint is signed by the key that was in charge at its size and time."""
    exam.need("spans")
    found = []
    for name in exam.under("checkpoints", ".note"):
        try:
            signed = open_checkpoint(exam, exam.files[name])
        except CheckFailed as error:
            raise CheckFailed(f"{name} {error}.") from None
        if name != f"checkpoints/{signed.statement.size:09d}.note":
            raise CheckFailed(f"{name} speaks of another size, {signed.statement.size}.")
        found.append(signed)
    found.sort(key=lambda one: one.statement.size)
    if not found or found[-1].statement.size != exam.description["size"]:
        raise CheckFailed("The newest checkpoint is not the one that bundle.json names.")
    for place in range(1, len(found)):
        if found[place].statement.at < found[place - 1].statement.at:
            raise CheckFailed(
                f"The checkpoint of {found[place].statement.size} entries is dated before the one of "
                f"{found[place - 1].statement.size} entries."
            )
    exam.checkpoints = found
    return f"{len(found)} checkpoints, the newest over {found[-1].statement.size} entries, are signed by the log."


def open_checkpoint(exam: Examination, note: bytes) -> SignedCheckpoint:
    """The checkpoint in a note, signed once, by the log key in charge; CheckFailed otherwise."""
    body, signatures = read_note(note)
    says = read_checkpoint(body)
    if says.origin != exam.description["origin"]:
        raise CheckFailed(f"is of another log, {says.origin}")
    if len(signatures) != 1:
        raise CheckFailed("has another number of signatures than one")
    line = signatures[0]
    for span in exam.spans:
        if (span.key.name, span.key.key_id) != (line.name, line.key_id):
            continue
        if not exam.tools.ed25519(span.key.raw, body.encode(), line.signature):
            raise CheckFailed("has a signature that does not hold")
        early = says.size < span.first_size or (span.first_at is not None and says.at < span.first_at)
        late = (span.last_size is not None and says.size > span.last_size) or (
            span.last_at is not None and says.at > span.last_at
        )
        if early or late:
            raise CheckFailed("is signed by a log key outside of the time for which that key was valid")
        return SignedCheckpoint(note, says)
    raise CheckFailed("is signed by a key that is not among the log keys of this bundle")


def check_growth(exam: Examination) -> str:
    """Each checkpoint continues the one before: nothing was changed or cut in between."""
    exam.need("checkpoints")
    wanted = set()
    for place in range(1, len(exam.checkpoints)):
        old, new = exam.checkpoints[place - 1], exam.checkpoints[place]
        name = f"checkpoints/{old.statement.size:09d}-{new.statement.size:09d}.consistency"
        wanted.add(name)
        try:
            size, hashes, note = read_consistency(exam.files[name])
        except KeyError:
            raise CheckFailed(f"{name} is missing: nothing shows that the log only grew.") from None
        except CheckFailed as error:
            raise CheckFailed(f"{name} {error}.") from None
        if size != old.statement.size or note != new.note:
            raise CheckFailed(f"{name} does not speak of the two checkpoints in its name.")
        if not verify_consistency(size, new.statement.size, hashes, old.statement.root, new.statement.root):
            raise CheckFailed(
                f"The log of {new.statement.size} entries does not continue the log of {size} entries: "
                "entries were changed, removed or inserted, or there are two logs."
            )
    strange = sorted(set(exam.under("checkpoints", ".consistency")) - wanted)
    if strange:
        raise CheckFailed(f"Proofs that join no two neighbouring checkpoints: {', '.join(strange)[:200]}.")
    return "Every checkpoint continues the one before; the log only grew."


def check_known_key(exam: Examination) -> str:
    """The reader knows one of the log keys from elsewhere."""
    exam.need("spans")
    held = [span.key.vkey for span in exam.spans]
    if not exam.pins.log:
        raise CheckUndecided(
            "You gave no log key to compare with. Compare this one with the key in your mails or on the "
            f"issuer's web page: {held[-1]}"
        )
    if not set(exam.pins.log) & set(held):
        raise CheckFailed(f"The bundle is signed by a foreign key: {expect_text(held[-1])}")
    return "The log key is one that you know."
