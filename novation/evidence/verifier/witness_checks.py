"""Comparison with what others hold: a receipt mail, a statement, an older bundle, a checkpoint file."""

from __future__ import annotations

import email
import email.policy
import re

from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.content_checks import DESCRIPTION_KEYS
from novation.evidence.verifier.examination import Examination, SignedCheckpoint
from novation.evidence.verifier.forms import parse_time, read_json
from novation.evidence.verifier.key_checks import open_checkpoint
from novation.evidence.verifier.merkle import leaf_hash, verify_inclusion
from novation.evidence.verifier.notes import read_proof
from novation.evidence.verifier.outcome import CheckFailed, CheckUndecided

NOTE_IN_TEXT = re.compile(
    r"^([^\s+]+)\n([0-9]{1,16})\n([A-Za-z0-9+/]{43}=)\nat ([0-9T:.-]+Z)\n"
    r"\n— (\S+) ([A-Za-z0-9+/]{91}=)$",
    re.MULTILINE,
)


def check_witness(exam: Examination) -> str:
    """Every checkpoint that the witness holds agrees with the log of this bundle."""
    exam.need("checkpoints")
    notes = _find_notes(exam.witness)
    if not notes:
        raise CheckUndecided("The witness holds no checkpoint of a log.")
    seen = []
    for note in notes:
        try:
            seen.append(open_checkpoint(exam, note))
        except CheckFailed as error:
            raise CheckFailed(
                f"The witness's checkpoint {error}; the witness or the bundle is forged."
            ) from None
    doubts = [doubt for doubt in (_compare_checkpoint(exam, one) for one in seen) if doubt]
    held = _compare_events(exam)
    newer = any(one.statement.size > exam.checkpoints[-1].statement.size for one in seen)
    if held and len(doubts) < len(seen) and not newer:
        # All that an older bundle shows of this customer stands here: what its last checkpoint adds is others'.
        return f"All {held} events of the older bundle are in this one, and the checkpoints of both agree."
    if doubts:
        raise CheckUndecided(" ".join(doubts)[:600])
    return f"The witness's {len(seen)} checkpoints are those of this log."


def _compare_events(exam: Examination) -> int:
    """How many events an older bundle of the same customer holds; each of them must be in this one, unchanged."""
    if exam.witness[:4] != b"PK\3\4":
        return 0
    files = unpack(exam.witness)
    names = [n for n in sorted(files) if n.startswith("events/") and n.endswith(".json")]
    if read_json(files["bundle.json"], DESCRIPTION_KEYS)["reference"] != exam.description["reference"]:
        return 0
    for name in names:
        if exam.files.get(name) == files[name]:
            continue
        seq, hashes, note = read_proof(files[name.replace(".json", ".tlog-proof")])
        says = open_checkpoint(exam, note).statement
        if says.size > exam.checkpoints[-1].statement.size:
            continue
        if not verify_inclusion(leaf_hash(files[name]), seq, says.size, hashes, says.root):
            raise CheckFailed(
                f"The witness's event {seq} is not in the log that it names: the witness is forged."
            )
        raise CheckFailed(
            f"The witness holds event {seq} of this customer, which the bundle lacks or has otherwise: it was "
            "hidden or changed."
        )
    return len(names)


def _compare_checkpoint(exam: Examination, seen: SignedCheckpoint) -> str:
    newest = exam.checkpoints[-1].statement
    if seen.statement.size > newest.size:
        if seen.statement.at <= parse_time(exam.description["issued"]):
            raise CheckFailed(
                f"The witness saw {seen.statement.size} entries before this bundle was issued, the bundle ends at "
                f"{newest.size}: the log was cut, or an old checkpoint is replayed."
            )
        return f"The witness is newer than the bundle; ask for a bundle of at least {seen.statement.size} entries."
    for own in exam.checkpoints:
        if own.statement.size == seen.statement.size:
            if own.statement.root != seen.statement.root:
                raise CheckFailed(
                    f"The log signed two different histories of {seen.statement.size} entries: the witness holds "
                    "another one than the bundle. The log was forked or rewritten."
                )
            return ""
    return f"The bundle has no checkpoint of {seen.statement.size} entries; ask for one that includes it."


def _find_notes(witness: bytes) -> list[bytes]:
    if witness[:4] == b"PK\3\4":
        files = unpack(witness)
        return [files[n] for n in sorted(files) if n.startswith("checkpoints/") and n.endswith(".note")]
    texts = [witness.decode("utf-8", "replace")]
    if b"\nFrom:" in b"\n" + witness[:20000] or b"\nContent-Type:" in witness[:20000]:
        mail = email.message_from_bytes(witness, policy=email.policy.default)
        parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
        texts += [str(part.get_content()) for part in parts]
    found: dict[bytes, None] = {}
    for one in texts:
        for match in NOTE_IN_TEXT.finditer(one.replace("\r\n", "\n")):
            found[(match.group(0) + "\n").encode()] = None
    return list(found)
