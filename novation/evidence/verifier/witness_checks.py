"""Comparison with what others hold: a receipt mail, a statement, an older bundle, a checkpoint file."""

from __future__ import annotations

import email
import email.message
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

# Of a mail: bytes and lines that are read, parts, characters of a header, character sets; and notes in any text.
LARGEST_MAIL, MOST_LINES, MOST_PARTS, LONGEST_HEADER, MOST_NOTES = 2_000_000, 40_000, 100, 4_000, 500
CHARSETS = {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-15", "windows-1250", "windows-1252"}
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
        texts += _texts_of_mail(witness)
    found: dict[bytes, None] = {}
    for one in texts:
        for match in NOTE_IN_TEXT.finditer(one.replace("\r\n", "\n")):
            found[(match.group(0) + "\n").encode()] = None
            if len(found) > MOST_NOTES:
                raise CheckUndecided("The witness holds more checkpoints than any mail of ours.")
    return list(found)


class _Bounded(email.policy.Compat32):
    """Reads no header further than `LONGEST_HEADER`; parsing a long one takes longer with the square of it."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:LONGEST_HEADER]


def _texts_of_mail(mail: bytes) -> list[str]:
    """The texts in a mail. Whoever reads it did not write it: sizes, parts and character sets are bounded."""
    made = iter(range(MOST_PARTS))

    def new(policy: email.policy.Policy | None = None) -> email.message.Message:
        if next(made, None) is None:
            raise CheckUndecided("The witness has more parts than any mail of ours.")
        return email.message.Message(policy or email.policy.compat32)

    lines = mail[:LARGEST_MAIL].replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n", MOST_LINES)
    read = email.message_from_bytes(
        b"\n".join(lines[:MOST_LINES]) + b"\n", policy=_Bounded(message_factory=new)
    )
    texts = []
    for part in read.walk():
        content = part.get_payload(decode=True) if part.get_content_maintype() == "text" else None
        if isinstance(content, bytes):
            charset = str(part.get_param("charset", "utf-8")).lower()
            texts.append(content.decode(charset if charset in CHARSETS else "utf-8", "replace"))
    return texts
