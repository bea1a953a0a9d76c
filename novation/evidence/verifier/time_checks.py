"""Checks of RFC 3161 time stamps and of the certificate's seal: time and origin that others vouch for."""

from __future__ import annotations

import datetime
import hashlib
import re

from novation.evidence.verifier.certificates import pin_fingerprints, read_chain
from novation.evidence.verifier.entry_forms import BINDING_DECISIONS, CERTIFICATE_TAG
from novation.evidence.verifier.examination import Examination, FirstStamp, LoggedEvent
from novation.evidence.verifier.forms import (
    expect_object,
    expect_sha256,
    expect_text,
    format_time,
    parse_time,
)
from novation.evidence.verifier.notes import CheckpointText
from novation.evidence.verifier.outcome import CheckFailed, CheckUndecided, VouchedEvent

EARLIEST = datetime.timedelta(minutes=5)
PROMPT = datetime.timedelta(hours=1)
STAMP_NAME = re.compile(r"checkpoints/([0-9]+)\.([a-z0-9-]+)(?:\.renewal-([1-9]))?\.tsr")
# A `/ByteRange` with the hexadecimal signature container that it leaves out (ISO 32000-2, 12.8.1).
BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")
CERTIFICATE = "certificate.pdf"


def check_timestamps(exam: Examination) -> str:
    """Every checkpoint was stamped by independent time services, and the stamps are still to be relied on."""
    exam.need("checkpoints")
    chains = _read_chains(exam)
    notes = {one.statement.size: one for one in exam.checkpoints}
    stamps: dict[int, list[tuple[int, str, str]]] = {size: [] for size in notes}
    first: dict[int, FirstStamp] = {}
    for name in exam.under("checkpoints", ".tsr"):
        found = STAMP_NAME.fullmatch(name)
        if found is None or int(found.group(1)) not in notes or found.group(2) not in chains:
            raise CheckFailed(
                f"{name} stamps no checkpoint of this bundle, or its service has no certificate here."
            )
        stamps[int(found.group(1))].append((int(found.group(3) or 0), found.group(2), name))
    services: set[str] = set()
    late, awaited, ended = [], [], []
    for size, one in notes.items():
        covered, until = one.note, None
        for renewal, group in _by_renewal(stamps[size]):
            times = [_read_stamp(exam, name, covered, chains[service]) for service, name in group]
            if renewal == 0:
                first[size] = FirstStamp(min(times), tuple(service for service, _ in group))
                late += _check_delay(one.statement, min(times))
            elif until is not None and min(times) > until:
                break  # whoever renews after the end renews what anybody could have made by then
            covered = covered + b"".join(exam.files[name] for _, name in group)
            until = max(min(exam.tools.valid_until(der) for der in chains[s]) for s, _ in group)
            services |= {service for service, _ in group}
        if until is None:
            awaited.append(str(size))
        elif exam.at is not None and until < exam.at:
            ended.append(str(size))
    strangers = ", ".join(s for s in sorted(services) if not pin_fingerprints(chains[s]) & set(exam.pins.tsa))
    if strangers and exam.pins.tsa:
        raise CheckFailed(f"Stamped by a time service that you do not trust: {strangers}.")
    exam.stamps = first
    doubts = late[:3]
    if awaited:
        doubts.append(f"The time stamp is still awaited for the checkpoints of {_shorten(awaited)} entries.")
    if ended:
        doubts.append(
            f"The stamps of the checkpoints of {_shorten(ended)} entries rest on certificates that have ended, "
            "and were not renewed."
        )
    if strangers:
        doubts.append(f"You named no time service that you trust; the stamps of {strangers} hold.")
    if doubts:
        raise CheckUndecided(" ".join(doubts))
    return f"{len(notes)} checkpoints are stamped by {', '.join(sorted(services))}, within one hour each."


def check_vouched_since(exam: Examination) -> str:
    """Each decision was vouched for by a time service soon after the time that it claims.

    Between the two, whoever holds the log key could have written it otherwise.
    """
    exam.need("events", "checkpoints")
    if exam.stamps is None:
        raise CheckUndecided("Not checked, because the time stamps could not be read.")
    exam.vouched = tuple(_vouched(exam, event) for event in exam.events)
    told, doubts = [], []
    for event, vouched in zip(exam.events, exam.vouched):
        if event.fields["tag"] not in BINDING_DECISIONS:
            continue
        claims = f"{event.label} claims {event.at:%Y-%m-%d %H:%M} UTC"
        if vouched.since is None:
            doubts.append(f"{claims}; nobody outside vouches for it yet.")
        elif parse_time(vouched.since) > event.at + PROMPT:
            doubts.append(f"{claims}; it is vouched for only since {_minute(vouched.since)}.")
        else:
            told.append(f"{event.label} is vouched for since {_minute(vouched.since)}")
    unknown = not exam.pins.tsa and bool(told)
    if unknown:
        doubts.append("; ".join(told[:5]) + ", by services that you did not name.")
    if doubts:
        raise CheckUndecided(" ".join(doubt[0].upper() + doubt[1:] for doubt in doubts[:5]))
    if not told:
        return "No binding decision is among the events."
    sentence = "; ".join(told[:5]) + (f"; and {len(told) - 5} more" if len(told) > 5 else "")
    return sentence[0].upper() + sentence[1:] + "."


def _vouched(exam: Examination, event: LoggedEvent) -> VouchedEvent:
    """A later checkpoint holds the event too, so the earliest stamp of all that hold it counts."""
    holding = [one for size, one in (exam.stamps or {}).items() if size > event.seq]
    first = min(holding, key=lambda one: one.at) if holding else None
    tag, at = expect_text(event.fields["tag"]), expect_text(event.fields["at"])
    if first is None:
        return VouchedEvent(event.seq, tag, at, None, ())
    return VouchedEvent(event.seq, tag, at, format_time(first.at), first.services)


def _minute(time: str) -> str:
    return time[:16].replace("T", " ") + " UTC"


def _shorten(sizes: list[str]) -> str:
    shown = ", ".join(sizes[:5])
    return shown if len(sizes) <= 5 else f"{shown} and {len(sizes) - 5} more"


def _read_chains(exam: Examination) -> dict[str, list[bytes]]:
    chains = {}
    for name in exam.under("keys"):
        if name.startswith("keys/tsa-"):
            try:
                chains[name[len("keys/tsa-") : -len(".pem")]] = read_chain(exam.files[name])
            except CheckFailed as error:
                raise CheckFailed(f"{name} {error}.") from None
    return chains


def _by_renewal(stamps: list[tuple[int, str, str]]) -> list[tuple[int, list[tuple[str, str]]]]:
    """The stamps of one checkpoint in rounds: the first ones, then each renewal over all that precede it."""
    rounds: dict[int, list[tuple[str, str]]] = {}
    for renewal, service, name in sorted(stamps):
        rounds.setdefault(renewal, []).append((service, name))
    if rounds and sorted(rounds) != list(range(len(rounds))):
        raise CheckFailed("A renewed time stamp is here without the one that it renews.")
    return sorted(rounds.items())


def _read_stamp(exam: Examination, name: str, data: bytes, chain: list[bytes]) -> datetime.datetime:
    try:
        return exam.tools.stamped_at(exam.files[name], data, chain)
    except CheckFailed as error:
        raise CheckFailed(f"{name} {error}.") from None


def _check_delay(says: CheckpointText, stamped: datetime.datetime) -> list[str]:
    claimed = f"The checkpoint of {says.size} entries claims {says.at:%Y-%m-%d %H:%M} UTC"
    if stamped < says.at - EARLIEST:
        raise CheckFailed(f"{claimed}, but was already stamped at {stamped:%Y-%m-%d %H:%M} UTC.")
    if stamped > says.at + PROMPT:
        return [f"{claimed}; time services vouch for it only since {stamped:%Y-%m-%d %H:%M} UTC."]
    return []


def check_certificate(exam: Examination) -> str:
    """The certificate is the one that the log names, and its seal holds."""
    exam.need("events")
    named = [
        expect_object(e.fields["data"]).get("certificate")
        for e in exam.events
        if e.fields["tag"] == CERTIFICATE_TAG
    ]
    pdf = exam.files.get(CERTIFICATE)
    if pdf is None and named:
        raise CheckFailed("The log speaks of a certificate, but certificate.pdf is missing.")
    if pdf is None:
        if "keys/seal.pem" in exam.files:
            raise CheckFailed("The bundle holds the key of a seal, but no sealed certificate.")
        return "This bundle was issued without a certificate."
    if not named or expect_sha256(named[-1]) != hashlib.sha256(pdf).hexdigest():
        raise CheckFailed("certificate.pdf is not the one that the log names: it was replaced.")
    if "keys/seal.pem" not in exam.files:
        return "certificate.pdf is the one that the log names; it bears no seal."
    try:
        chain = read_chain(exam.files["keys/seal.pem"])
        exam.tools.check_seal(*_seal(pdf), chain)
    except CheckFailed as error:
        raise CheckFailed(f"The seal of certificate.pdf {error}.") from None
    if not pin_fingerprints(chain) & set(exam.pins.seal):
        if exam.pins.seal:
            raise CheckFailed("certificate.pdf is sealed by somebody whom you do not know.")
        raise CheckUndecided(
            "certificate.pdf is the one that the log names; you named no seal to compare with."
        )
    return "certificate.pdf is the one that the log names, and its seal holds."


def _seal(pdf: bytes) -> tuple[bytes, bytes]:
    """The CMS signature and the bytes that it covers."""
    found = BYTE_RANGE.findall(pdf)
    if not found:
        raise CheckFailed("is missing")
    before, after, length = (int(number) for number in found[0])
    hexadecimal = pdf[before + 1 : after - 1]
    if pdf[before : before + 1] != b"<" or pdf[after - 1 : after] != b">" or after + length > len(pdf):
        raise CheckFailed("has a byte range that does not fit the file")
    try:
        padded = bytes.fromhex(hexadecimal.decode("ascii"))
    except ValueError:
        raise CheckFailed("is not hexadecimal") from None
    return _without_padding(padded), pdf[:before] + pdf[after : after + length]


def _without_padding(padded: bytes) -> bytes:
    """The DER object at the beginning; the rest must be zeros."""
    if len(padded) < 4 or padded[0] != 0x30 or padded[1] != 0x82:
        raise CheckFailed("is not a CMS object")
    end = 4 + int.from_bytes(padded[2:4], "big")
    if any(padded[end:]):
        raise CheckFailed("has something hidden in its padding")
    return padded[:end]
