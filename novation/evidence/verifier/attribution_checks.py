"""Checks of what vouches for an event besides the log: where its contact came from, and its authenticator."""

from __future__ import annotations

import hashlib
import hmac

from novation.evidence.verifier.entry_forms import (
    ALGORITHM_FORM,
    AUTH_LENGTHS,
    BINDING_DECISIONS,
    REFERENCE_FORM,
    Origin,
    covered_by_auth,
)
from novation.evidence.verifier.examination import Examination, LoggedEvent, Pins
from novation.evidence.verifier.outcome import CheckFailed, CheckUndecided

AUTH_KEY_LENGTH = 32


def check_contact_origins(exam: Examination) -> str:
    """Every binding decision says who put the contact on file through which it was made, and who approved it."""
    exam.need("events")
    decisions = [event for event in exam.events if event.fields["tag"] in BINDING_DECISIONS]
    silent = [event.label for event in decisions if event.origin is None]
    if silent:
        raise CheckUndecided(f"Not on record is where the contact of {', '.join(silent)[:300]} came from.")
    if not decisions:
        return "No binding decision is among the events."
    told = dict.fromkeys(_describe(event.origin) for event in decisions if event.origin)
    return f"The contacts of {len(decisions)} binding decisions: {'; '.join(told)[:600]}."


def _describe(origin: Origin) -> str:
    source = f" from {origin.source}" if origin.source else ""
    approved = f"approved by {origin.approved_by}" if origin.approved_by else "approved by nobody else"
    return f"added by {origin.added_by}{source} on {origin.added_at:%Y-%m-%d}, {approved}"


def check_authenticators(exam: Examination) -> str:
    """Each authenticator holds for the key that the reader knows; a key that is not known decides nothing."""
    exam.need("events")
    keys = authenticator_keys(exam.pins)
    bearing = [event for event in exam.events if event.auth is not None]
    unknown: dict[str, list[str]] = {}
    for event in bearing:
        name = f"{event.auth.algorithm} {event.auth.key_id}" if event.auth else ""
        key = keys.get(name)
        if key is None:
            unknown.setdefault(name, []).append(str(event.seq))
        elif not authenticator_holds(exam, event, key):
            raise CheckFailed(
                f"The authenticator of {event.label} does not hold for the key {name}: it is forged."
            )
    if unknown:
        parts = [f"{name} (events {', '.join(seqs[:5])})" for name, seqs in sorted(unknown.items())]
        raise CheckUndecided(
            f"Not checked: you named no key for the authenticators of {'; '.join(parts)[:600]}."
        )
    bare = [e.label for e in exam.events if e.fields["tag"] in BINDING_DECISIONS and e.auth is None]
    if keys and bare:
        raise CheckUndecided(
            f"You named keys of authenticators, but none is borne by {', '.join(bare)[:300]}."
        )
    if not bearing:
        return "No event bears an authenticator."
    return f"The authenticators of {len(bearing)} events hold for the keys that you know."


def authenticator_holds(exam: Examination, event: LoggedEvent, key: bytes) -> bool:
    """Whether the authenticator of an event holds for a key of its algorithm."""
    covered = covered_by_auth(event.fields)
    if event.auth is None:
        return False
    if event.auth.algorithm == "ed25519":
        return exam.tools.ed25519(key, covered, event.auth.value)
    return hmac.compare_digest(hmac.new(key, covered, hashlib.sha256).digest(), event.auth.value)


def authenticator_keys(pins: Pins) -> dict[str, bytes]:
    """Keys by `<algorithm> <key id>`; ValueError for a pin of another form.

    The algorithm belongs to the name, so that a public key is never taken for the secret of a code.
    """
    keys = {}
    for pin in pins.auth:
        parts = pin.split(" ")
        if (
            len(parts) != 3
            or not ALGORITHM_FORM.fullmatch(parts[0])
            or not REFERENCE_FORM.fullmatch(parts[1])
        ):
            raise ValueError(
                f"A pin of an authenticator is an algorithm, a key id and a key, not {pin[:60]!r}"
            )
        key = bytes.fromhex(parts[2])
        if parts[0] not in AUTH_LENGTHS or len(key) != AUTH_KEY_LENGTH:
            raise ValueError(
                f"The authenticator key {parts[1]} is of no algorithm and length that is known here"
            )
        keys[f"{parts[0]} {parts[1]}"] = key
    return keys
