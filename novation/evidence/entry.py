"""One entry of the log: canonical bytes, their leaf hash, and the personal values kept apart."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from novation.evidence.authenticator import Authenticator, make_auth
from novation.evidence.canonical import LARGEST, canonical, utc_text
from novation.evidence.chain import EMPTY_HEAD
from novation.evidence.errors import BadEntry
from novation.evidence.tags import Tag
from novation.evidence.tree import leaf_hash
from novation.evidence.verifier.entry_forms import ACTOR_FORM, REFERENCE_FORM, read_context, read_origin
from novation.evidence.verifier.outcome import CheckFailed

VERSION = 2
NO_SUBJECT = "-"
FIELD_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
DOCUMENT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is logged.

    `body` are the RFC 8785 bytes, never changed again. `leaf` is their RFC 6962 leaf hash (32 bytes).
    `personal` maps each personal field to its opening `{"salt": 32 hex digits, "value": text}`; it is stored
    apart from the body, and erasing it leaves every hash and proof valid.
    """

    body: bytes
    leaf: bytes
    personal: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """An entry that lacks only its place: checked, and rendered but for what the place decides.

    `parts` are the RFC 8785 bytes between those values; its keys stand in alphabetical order.
    """

    parts: tuple[bytes, bytes, bytes, bytes]
    personal: dict[str, dict[str, str]] = field(repr=False)
    authenticator: Authenticator | None

    def placed(self, *, seq: int, at: datetime, number: int, before: bytes) -> Entry:
        """The entry at its place.

        seq: position in the whole log, from 0; it is the leaf index of the Merkle tree.
        at: aware time of the act, or of the entry before it if that is later.
        number: position among the entries of the same subject, from 1. before: chain head of the subject before
        this entry (`chain.EMPTY_HEAD` for the first one; then `chain.extend_chain`). Together they show that none
        was left out.

        Raises BadEntry.
        """
        if isinstance(seq, bool) or seq < 0 or number < 1:
            raise BadEntry("seq counts from 0 and number from 1")
        if max(seq, number) > LARGEST:
            raise BadEntry("seq and number stay below 2^53")
        if len(before) != 32 or (number == 1) != (before == EMPTY_HEAD):
            raise BadEntry(
                "The first entry of a subject follows EMPTY_HEAD, each later one the head before it"
            )
        body = self._rendered(seq, at, number, before)
        if self.authenticator is not None:
            auth = b',"auth":' + canonical(make_auth(body, self.authenticator))
            body = self._rendered(seq, at, number, before, auth)
        return Entry(body, leaf_hash(body), self.personal)

    def _rendered(self, seq: int, at: datetime, number: int, before: bytes, auth: bytes = b"") -> bytes:
        actor, act, people, subject = self.parts
        return b"".join(
            (
                b'{"actor":', actor,
                b',"at":"', utc_text(at).encode(), b'"', auth,
                b',"before":"', before.hex().encode(), b'"', act,
                b',"number":', str(number).encode(), people,
                b',"seq":', str(seq).encode(), subject, b"}",
            )
        )  # fmt: skip


def prepare_entry(
    *,
    at: datetime,
    tag: Tag,
    subject: str,
    actor: str,
    data: Mapping[str, Any],
    personal: Mapping[str, str] | None,
    salt: bytes,
    context: Mapping[str, str] | None = None,
    authenticator: Authenticator | None = None,
) -> PreparedEntry:
    """Check and render an entry whose place in the log is not known yet.

    at: aware time of the act. subject: the customer's own reference, the same for all its moves and without any;
    `NO_SUBJECT` for what concerns no single customer.
    actor: a pseudonymous identifier such as `customer`, `operator:7` or `engine`, never a name or address.
    data: JSON without floats. If it has the key `documents`, that is a list of SHA-256 in lower-case hex (see
    `document_digest`); each such document goes into the bundle. If it has the key `contact_origin`, that is what
    `ContactOrigin.as_data` gives, and every binding decision has it.
    personal: what could identify a person. Only a commitment to it enters the body.
    salt: 16 fresh random bytes. It need not be kept: what must be kept is derived from it.
    context: `{"move": reference}`, `{"operation": reference}` or both, of what the act belongs to; None for neither.
    authenticator: who vouches for the entry beside the log; see `authenticator`.

    Raises BadEntry with a sentence that names the field.
    """
    if len(salt) != 16:
        raise BadEntry("The salt of an entry has 16 bytes")
    if subject != NO_SUBJECT and not REFERENCE_FORM.fullmatch(subject):
        raise BadEntry(f"The subject {subject!r} is not a reference of letters, digits, dots and dashes")
    if not ACTOR_FORM.fullmatch(actor):
        raise BadEntry(
            f"The actor {actor!r} is not a pseudonym such as customer or operator:7, not an e-mail address"
        )
    check_documents(data)
    _check_parts(data, context, at)
    utc_text(at)  # refuses one without a zone
    openings = {name: _opening(salt, name, value) for name, value in (personal or {}).items()}
    commitments = {name: commitment(opening) for name, opening in openings.items()}
    act = {**({"context": dict(context)} if context else {}), "data": dict(data)}
    people = {"personal": commitments, "salt": _derived(salt, "body").hex()}
    said = {"subject": subject, "tag": str(Tag(tag)), "v": VERSION}
    parts = (canonical(actor), _members(act), _members(people), _members(said))
    return PreparedEntry(parts, openings, authenticator)


def _members(values: Mapping[str, Any]) -> bytes:
    """The members of a JSON object as they stand behind another one."""
    return b"," + canonical(values)[1:-1]


def make_entry(
    *,
    seq: int,
    at: datetime,
    tag: Tag,
    subject: str,
    actor: str,
    data: Mapping[str, Any],
    personal: Mapping[str, str] | None,
    salt: bytes,
    number: int,
    before: bytes,
    context: Mapping[str, str] | None = None,
    authenticator: Authenticator | None = None,
) -> Entry:
    """Make the entry that will stand at position `seq` of the log; see `prepare_entry` and `PreparedEntry.placed`.

    Raises BadEntry with a sentence that names the field.
    """
    prepared = prepare_entry(
        at=at, tag=tag, subject=subject, actor=actor, data=data, personal=personal, salt=salt, context=context,
        authenticator=authenticator,
    )  # fmt: skip
    return prepared.placed(seq=seq, at=at, number=number, before=before)


def document_digest(content: bytes) -> str:
    """The name under which an event speaks of a document: SHA-256 in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def commitment(opening: Mapping[str, str]) -> str:
    """SHA-256(salt || value) in hex, for an opening `{"salt": hex, "value": text}`."""
    return hashlib.sha256(bytes.fromhex(opening["salt"]) + opening["value"].encode()).hexdigest()


def check_documents(data: Mapping[str, Any]) -> None:
    """Raise BadEntry unless `documents`, when present, is a list of SHA-256 without repeats."""
    named = data.get("documents", [])
    good = isinstance(named, list) and all(isinstance(one, str) and DOCUMENT.fullmatch(one) for one in named)
    if not good or len(set(named)) != len(named):
        raise BadEntry("`documents` is a list of different SHA-256 values in lower-case hex")


def _check_parts(data: Mapping[str, Any], context: Mapping[str, str] | None, at: datetime) -> None:
    """What the verifier would refuse is not written in the first place."""
    try:
        if context is not None:
            read_context(dict(context))
        if "contact_origin" in data:
            read_origin(data["contact_origin"], at)
    except CheckFailed as error:
        raise BadEntry(f"The entry {error}") from error


def _opening(salt: bytes, name: str, value: str) -> dict[str, str]:
    if not FIELD_NAME.fullmatch(name):
        raise BadEntry(f"The personal field {name!r} needs a short lower-case name")
    if not isinstance(value, str):
        raise BadEntry(f"The personal field {name!r} must be text")
    canonical(value)
    return {"salt": _derived(salt, "personal:" + name).hex(), "value": value}


def _derived(salt: bytes, purpose: str) -> bytes:
    # One-way, so that the salt inside the body never opens a commitment after its own salt was erased.
    return hmac.new(salt, purpose.encode(), hashlib.sha256).digest()[:16]
