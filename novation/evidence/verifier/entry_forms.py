"""The parts of an entry that format 2 brought, each in its only form, and the tags whose meaning the checks know."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from novation.evidence.verifier.forms import canonical_json, expect_object, expect_text, parse_time
from novation.evidence.verifier.outcome import CheckFailed

# What the customer's person said with effect; each is vouched for in time and says whose contact spoke.
BINDING_DECISIONS = frozenset(
    {"decision:declined", "decision:mandate", "decision:self", "decision:withdrawn"}
)
ERASURE_TAG = "log:erased"
CERTIFICATE_TAG = "certificate:issued"

# Several machines write one log, and their clocks differ.
CLOCK_TOLERANCE = datetime.timedelta(minutes=5)
CONTEXT_KEYS = {"move", "operation"}
ORIGIN_KEYS = {"added_at", "added_by"}
ORIGIN_OPTIONS = {"approved_at", "approved_by", "source"}
AUTH_KEYS = {"alg", "key_id", "value"}
AUTH_PREFIX = b"novation.evidence/auth@v2\n"
# Algorithms that this verifier can check, with the length of their value in bytes.
AUTH_LENGTHS = {"ed25519": 64, "hmac-sha256": 32}

REFERENCE_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# A pseudonym, never a name or an address: `customer`, `operator:7`, `api:billing`.
ACTOR_FORM = re.compile(r"[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9._-]{1,64})?")
SOURCE_FORM = re.compile(r"[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9._-]{1,128})?")
ALGORITHM_FORM = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
AUTH_VALUE_FORM = re.compile(r"(?:[0-9a-f]{2}){16,8192}")


@dataclass(frozen=True)
class Auth:
    """The authenticator of an entry: who else than the log vouches for its content."""

    algorithm: str
    key_id: str
    value: bytes


@dataclass(frozen=True)
class Origin:
    """Where a contact came from; `source` and the approval are empty or None when they are not on record."""

    added_by: str
    added_at: datetime.datetime
    source: str
    approved_by: str
    approved_at: datetime.datetime | None


def read_context(value: object) -> dict[str, str]:
    """`context`: the move, the operation, or both, that an entry belongs to; CheckFailed otherwise."""
    parts = expect_object(value)
    if not parts or not set(parts) <= CONTEXT_KEYS:
        raise CheckFailed("has a context that is not a move or an operation")
    if not all(REFERENCE_FORM.fullmatch(expect_text(part)) for part in parts.values()):
        raise CheckFailed("has a malformed reference in its context")
    return {key: expect_text(part) for key, part in parts.items()}


def read_auth(value: object) -> Auth:
    """`auth`: algorithm, key and value of an authenticator; CheckFailed when it is malformed.

    An algorithm that is not known here has a form all the same: it cannot be checked, and is not wrong.
    """
    parts = expect_object(value)
    if set(parts) != AUTH_KEYS:
        raise CheckFailed("has an authenticator with other keys than alg, key_id and value")
    algorithm, key_id, digits = (expect_text(parts[key]) for key in ("alg", "key_id", "value"))
    if not ALGORITHM_FORM.fullmatch(algorithm) or not REFERENCE_FORM.fullmatch(key_id):
        raise CheckFailed("has an authenticator with a malformed algorithm or key")
    if not AUTH_VALUE_FORM.fullmatch(digits) or len(digits) != 2 * AUTH_LENGTHS.get(
        algorithm, len(digits) // 2
    ):
        raise CheckFailed("has an authenticator with a malformed value")
    return Auth(algorithm, key_id, bytes.fromhex(digits))


def covered_by_auth(fields: dict[str, object]) -> bytes:
    """The bytes that the authenticator of an entry covers: a prefix, then the entry without `auth`, canonical."""
    return AUTH_PREFIX + canonical_json({key: value for key, value in fields.items() if key != "auth"})


def read_origin(value: object, at: datetime.datetime) -> Origin:
    """`data.contact_origin`: who put a contact on file and who approved it; CheckFailed when it is malformed.

    at: time of the act; what came after it was not known to it.
    """
    parts = expect_object(value)
    if not set(parts) >= ORIGIN_KEYS or not set(parts) <= ORIGIN_KEYS | ORIGIN_OPTIONS:
        raise CheckFailed("has a contact origin with other keys than it must have")
    actors = [expect_text(parts[key]) for key in ("added_by", "approved_by") if key in parts]
    if not all(ACTOR_FORM.fullmatch(actor) for actor in actors):
        raise CheckFailed("has a contact origin that names somebody by more than a pseudonym")
    if len(actors) == 2 and actors[0] == actors[1]:
        raise CheckFailed("has a contact that was approved by whoever added it")
    if "approved_at" in parts and "approved_by" not in parts:
        raise CheckFailed("has a contact that was approved by nobody")
    source = expect_text(parts.get("source", ""))
    if "source" in parts and not SOURCE_FORM.fullmatch(source):
        raise CheckFailed("has a contact origin with a malformed source")
    times = {key: parse_time(parts[key]) for key in ("added_at", "approved_at") if key in parts}
    if any(time > at + CLOCK_TOLERANCE for time in times.values()):
        raise CheckFailed("has a contact that was put on file or approved after the act")
    approved_by = actors[1] if len(actors) == 2 else ""
    return Origin(actors[0], times["added_at"], source, approved_by, times.get("approved_at"))
