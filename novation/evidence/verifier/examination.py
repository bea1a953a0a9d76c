"""What is known about a bundle while it is examined. Each check fills in what the next ones need."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Protocol

from novation.evidence.verifier.entry_forms import Auth, Origin
from novation.evidence.verifier.notes import CheckpointText, PublicKey
from novation.evidence.verifier.outcome import CheckUndecided, VouchedEvent


@dataclass(frozen=True)
class Pins:
    """What the reader knows from elsewhere: a mail, a contract, a web page. Without it, origin is unknown.

    `log`: C2SP verifier keys of the log. `tsa` and `seal`: SHA-256 fingerprints, in lower-case hex, of the
    signing or the root certificate of a time service and of the sealing company. `auth`: keys of authenticators,
    each `<algorithm> <key id> <key in lower-case hex>`; for `hmac-sha256` the key is a secret of the issuer.
    """

    log: tuple[str, ...] = ()
    tsa: tuple[str, ...] = ()
    seal: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()


class Tools(Protocol):
    """The cryptography that the standard library lacks."""

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature of a 32-byte public key over the message holds."""
        ...

    def stamped_at(self, token: bytes, data: bytes, chain: list[bytes]) -> datetime.datetime:
        """The time in an RFC 3161 answer over the data, signed by the first certificate of the chain.

        The chain (DER: signer, issuers, root) must hold at that time. Raises CheckFailed otherwise.
        """
        ...

    def valid_until(self, certificate: bytes) -> datetime.datetime:
        """The end of validity of a DER certificate."""
        ...

    def check_seal(self, signature: bytes, content: bytes, chain: list[bytes]) -> None:
        """Raise CheckFailed unless the first certificate of the chain signed the content (detached CMS)."""
        ...


@dataclass(frozen=True)
class KeySpan:
    """A log key and the part of the log for which it signs."""

    key: PublicKey
    first_size: int
    first_at: datetime.datetime | None
    last_size: int | None
    last_at: datetime.datetime | None


@dataclass(frozen=True)
class SignedCheckpoint:
    """A checkpoint of the bundle with its bytes."""

    note: bytes
    statement: CheckpointText


@dataclass(frozen=True)
class LoggedEvent:
    """An event of the bundle."""

    seq: int
    body: bytes
    at: datetime.datetime
    fields: dict[str, object]
    origin: Origin | None = None
    auth: Auth | None = None

    @property
    def label(self) -> str:
        """The event for a reader: its position and tag."""
        return f"event {self.seq} ({self.fields['tag']})"


@dataclass(frozen=True)
class FirstStamp:
    """When time services first stamped a checkpoint, and which ones did."""

    at: datetime.datetime
    services: tuple[str, ...]


@dataclass
class Examination:
    """One bundle under examination, with what the reader brought along."""

    data: bytes
    pins: Pins
    at: datetime.datetime | None
    tools: Tools
    witness: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    description: dict[str, object] = field(default_factory=dict)
    spans: list[KeySpan] = field(default_factory=list)
    checkpoints: list[SignedCheckpoint] = field(default_factory=list)
    events: list[LoggedEvent] = field(default_factory=list)
    # By size of the checkpoint; None while the stamps could not be read.
    stamps: dict[int, FirstStamp] | None = None
    vouched: tuple[VouchedEvent, ...] = ()

    @property
    def format(self) -> int:
        """The format of the bundle, 0 while its description could not be read."""
        return int(str(self.description.get("v", 0)))

    def under(self, folder: str, ending: str = "") -> list[str]:
        """The files of a folder, in order."""
        return sorted(name for name in self.files if name.startswith(folder + "/") and name.endswith(ending))

    def need(self, *parts: str) -> None:
        """Raise CheckUndecided when an earlier check could not read what this one needs."""
        for part in parts:
            if not getattr(self, part):
                raise CheckUndecided(f"Not checked, because the {part} could not be read.")
