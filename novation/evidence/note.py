"""Log keys, signed notes, checkpoints and proof files (C2SP), with Ed25519 from `cryptography`."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from novation.evidence.canonical import utc_text
from novation.evidence.errors import BadNote
from novation.evidence.verifier import notes
from novation.evidence.verifier.notes import PublicKey
from novation.evidence.verifier.outcome import CheckFailed

__all__ = [
    "Checkpoint",
    "LogKey",
    "PublicKey",
    "Signer",
    "TlogProof",
    "consistency_file",
    "open_note",
    "read_vkey",
    "sign_note",
]


class Signer(Protocol):
    """Whoever can sign for the log: a key in memory, or a process or device that keeps it."""

    @property
    def public(self) -> PublicKey:
        """The public key with its name."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over the message."""
        ...


class LogKey:
    """The Ed25519 key of a log. Its name is the origin of the log, such as `evidence.example.com/log`."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        if not name or "+" in name or any(letter.isspace() or not letter.isprintable() for letter in name):
            raise BadNote("The name of a log key has no spaces and no plus sign")
        self._private = private
        self.public = PublicKey(name, private.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> "LogKey":
        """A fresh random key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "LogKey":
        """The key of a 32-byte secret seed."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def name(self) -> str:
        """The name in each signature line; also the origin of the log."""
        return self.public.name

    @property
    def vkey(self) -> str:
        """The public half in its C2SP form; not secret."""
        return self.public.vkey

    def seed(self) -> bytes:
        """The 32 secret bytes, for the key file only."""
        return self._private.private_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over the message."""
        return self._private.sign(message)

    def __repr__(self) -> str:
        return f"LogKey({self.vkey})"


def read_vkey(vkey: str) -> PublicKey:
    """Read a C2SP verifier key; BadNote when it is malformed."""
    try:
        return notes.read_vkey(vkey)
    except CheckFailed as error:
        raise BadNote(str(error)) from error


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is the Ed25519 signature of a 32-byte public key over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_note(text: str, *keys: Signer) -> bytes:
    """The signed note of a text that ends in a newline (c2sp.org/signed-note); BadNote for another text."""
    if not keys or not text.endswith("\n") or any(letter < " " and letter != "\n" for letter in text):
        raise BadNote("A note is text without control characters that ends in a newline, signed by some key")
    lines = []
    for key in keys:
        signature = base64.b64encode(key.public.key_id + key.sign(text.encode())).decode()
        lines.append(f"— {key.public.name} {signature}\n")
    return f"{text}\n{''.join(lines)}".encode()


def open_note(note: bytes, *keys: PublicKey) -> str:
    """The text of a note signed by at least one of these keys.

    Signatures of keys that are not given are ignored, as C2SP asks. A wrong signature of a given key, or none
    of any given key, raises BadNote.
    """
    try:
        text, signatures = notes.read_note(note)
    except CheckFailed as error:
        raise BadNote(f"The note {error}") from error
    known = {(key.name, key.key_id): key for key in keys}
    found = False
    for line in signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not signature_holds(key.raw, text.encode(), line.signature):
            raise BadNote(f"The signature of {line.name} does not fit the note")
        found = True
    if not found:
        raise BadNote("The note is signed by none of the expected keys")
    return text


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a log at one moment (c2sp.org/tlog-checkpoint), with the time as its extension line."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\nat {utc_text(self.at)}\n"

    def signed(self, *keys: Signer) -> bytes:
        """The checkpoint as a signed note."""
        return sign_note(self.text(), *keys)

    @classmethod
    def opened(cls, note: bytes, *keys: PublicKey) -> "Checkpoint":
        """Open a signed checkpoint; BadNote when it is malformed or not signed by these keys."""
        return cls.read(open_note(note, *keys))

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint without looking at signatures; BadNote when it is malformed."""
        try:
            found = notes.read_checkpoint(text)
        except CheckFailed as error:
            raise BadNote(f"The text {error}") from error
        return cls(found.origin, found.size, found.root, found.at)

    @classmethod
    def unchecked(cls, note: bytes) -> "Checkpoint":
        """What a signed checkpoint says, without looking at its signatures."""
        try:
            return cls.read(notes.read_note(note)[0])
        except CheckFailed as error:
            raise BadNote(f"The note {error}") from error


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An offline proof that one entry stands in the log (c2sp.org/tlog-proof)."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The content of a `.tlog-proof` file."""
        head = f"c2sp.org/tlog-proof@v1\nindex {self.index}\n"
        return head.encode() + _lines(self.hashes) + b"\n" + self.checkpoint

    @classmethod
    def from_bytes(cls, data: bytes) -> "TlogProof":
        """Read a `.tlog-proof` file; BadNote when it is malformed."""
        try:
            index, hashes, note = notes.read_proof(data)
        except CheckFailed as error:
            raise BadNote(f"The proof {error}") from error
        return cls(index, hashes, note)


def consistency_file(old: int, hashes: Iterable[bytes], checkpoint: bytes) -> bytes:
    """A consistency proof in the form in which c2sp.org/tlog-witness sends one to a witness."""
    return f"old {old}\n".encode() + _lines(hashes) + b"\n" + checkpoint


def _lines(hashes: Iterable[bytes]) -> bytes:
    return b"".join(base64.b64encode(one) + b"\n" for one in hashes)
