"""Signed notes, checkpoints and proofs (c2sp.org/signed-note, tlog-checkpoint, tlog-proof, tlog-witness)."""

from __future__ import annotations

import base64
import datetime
import hashlib
from dataclasses import dataclass

from novation.evidence.verifier.forms import from_base64, parse_decimal, parse_time
from novation.evidence.verifier.outcome import CheckFailed

ED25519 = b"\x01"
# DER of SubjectPublicKeyInfo for Ed25519 up to the 32 key bytes (RFC 8410).
SPKI_HEAD = bytes.fromhex("302a300506032b6570032100")


@dataclass(frozen=True)
class PublicKey:
    """The public half of a log key: its name and 32 bytes."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    @property
    def vkey(self) -> str:
        """`name+hex id+base64`, the C2SP form of a verifier key."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    @property
    def pem(self) -> bytes:
        """The key as OpenSSL reads it."""
        body = base64.b64encode(SPKI_HEAD + self.raw)
        return b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n"


def read_vkey(vkey: str) -> PublicKey:
    """The key in a C2SP verifier key; CheckFailed unless name, id and bytes fit together."""
    parts = vkey.split("+", 2)
    if len(parts) != 3 or not parts[0] or any(c.isspace() or not c.isprintable() for c in parts[0]):
        raise CheckFailed(f"{vkey[:60]!r} is not a verifier key")
    raw = from_base64(parts[2], 33)
    key = PublicKey(parts[0], raw[1:])
    if raw[:1] != ED25519 or key.vkey != vkey:
        raise CheckFailed(f"{vkey[:60]!r} has an id that does not belong to its key")
    return key


@dataclass(frozen=True)
class Signature:
    """One signature line of a note."""

    name: str
    key_id: bytes
    signature: bytes


def read_note(data: bytes) -> tuple[str, list[Signature]]:
    """The text of a note, which ends in a newline, and its Ed25519 signature lines."""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CheckFailed("is not UTF-8") from None
    if any(letter < " " and letter != "\n" for letter in note) or not note.endswith("\n"):
        raise CheckFailed("is not a note: it has control characters or no final newline")
    split = note.rfind("\n\n")
    if split < 1:
        raise CheckFailed("is not a note: it has no signatures")
    lines = note[split + 2 : -1].split("\n")
    if len(lines) > 16:
        raise CheckFailed("is a note with more than 16 signatures")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "—" or not parts[1] or "+" in parts[1]:
            raise CheckFailed("is a note with a malformed signature line")
        raw = from_base64(parts[2], 68)
        signatures.append(Signature(parts[1], raw[:4], raw[4:]))
    return note[: split + 1], signatures


@dataclass(frozen=True)
class CheckpointText:
    """What a checkpoint says: the log, its number of entries, its root, and when it was signed."""

    origin: str
    size: int
    root: bytes
    at: datetime.datetime


def read_checkpoint(body: str) -> CheckpointText:
    """The text of a checkpoint with its one extension line `at <time>`."""
    lines = body.split("\n")
    if len(lines) != 5 or lines[4] or not lines[0] or not lines[3].startswith("at "):
        raise CheckFailed("is not a checkpoint of four lines")
    return CheckpointText(
        lines[0], parse_decimal(lines[1]), from_base64(lines[2], 32), parse_time(lines[3][3:])
    )


def read_hashes(lines: list[str]) -> list[bytes]:
    """One base64 SHA-256 a line, at most 63 of them."""
    if len(lines) > 63:
        raise CheckFailed("is a proof of more than 63 hashes")
    return [from_base64(line, 32) for line in lines]


def read_proof(data: bytes) -> tuple[int, list[bytes], bytes]:
    """Index, hashes and checkpoint of a `c2sp.org/tlog-proof@v1` file without extra data."""
    head, gap, note = data.partition(b"\n\n")
    lines = _ascii_lines(head)
    if not gap or len(lines) < 2 or lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("index "):
        raise CheckFailed("is not a c2sp.org/tlog-proof@v1 file")
    return parse_decimal(lines[1][6:]), read_hashes(lines[2:]), note


def read_consistency(data: bytes) -> tuple[int, list[bytes], bytes]:
    """Old size, hashes and new checkpoint, in the form of a c2sp.org/tlog-witness request."""
    head, gap, note = data.partition(b"\n\n")
    lines = _ascii_lines(head)
    if not gap or not lines[0].startswith("old "):
        raise CheckFailed("is not a consistency proof")
    return parse_decimal(lines[0][4:]), read_hashes(lines[1:]), note


def _ascii_lines(head: bytes) -> list[str]:
    try:
        return head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise CheckFailed("is not plain text") from None
