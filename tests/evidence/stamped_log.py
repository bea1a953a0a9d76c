"""The sample log with everything that a real one has: two time services, a sealed certificate, all pinned."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from novation.evidence.bundle import BundleCheckpoint
from novation.evidence.certificate import CertificateInput, CertificateRow, render_certificate
from novation.evidence.entry import document_digest
from novation.evidence.note import Checkpoint
from novation.evidence.seal import Seal
from novation.evidence.tags import Tag
from novation.evidence.time_service import TimeService
from novation.evidence.timestamp import check_stamp, stamp_request
from novation.evidence.verifier.certificates import pin_fingerprints
from novation.evidence.verify import Pins
from tests.evidence.sample_log import ALPHA, START, SampleLog, sample_log

SERVICES = {name: TimeService.create(name, START) for name in ("alpha", "beta")}
SEAL = Seal.create("Severka Group a.s.", START)


def stamped(note: bytes, at: datetime, services: dict[str, TimeService] | None = None) -> BundleCheckpoint:
    """The checkpoint with a checked stamp of each service, given at `at`."""
    chosen = services or SERVICES
    return BundleCheckpoint(note, {name: stamp(note, at, chosen[name]) for name in chosen})


@cache
def stamp(note: bytes, at: datetime, service: TimeService) -> bytes:
    """The checked answer of one service."""
    request = stamp_request(note)
    answer = service.answer(request.body, at)
    check_stamp(answer, note, service.chain, request.nonce)
    return answer


@cache
def sealed_certificate() -> bytes:
    """The certificate of the sample log, which is the same each time."""
    log = sample_log()
    return SEAL.seal(
        render_certificate(certificate_input(log)),
        at=log.at,
        reason="Certificate of evidence",
        stamp=lambda request: SERVICES["alpha"].answer(request, log.at),
    )


def certificate_input(log: SampleLog, **changes: Any) -> CertificateInput:
    """A certificate that tells of the sample log."""
    given: dict[str, Any] = {
        "reference": ALPHA,
        "language": "en",
        "source": "Severka IT s.r.o.",
        "target": "Severka Group a.s.",
        "issuer": "Severka Group a.s., Brno",
        "issued": log.at,
        "issued_text": "16 November 2026, 19:24 UTC",
        "summary": "Jana Žďárská authorised Severka IT s.r.o. All 86 seats were read on the new account.",
        "customer": [("Company", "Strojírny Dvořák & Žďárský, spol. s r.o.")],
        "person": [("Name", "Ing. Jana Žďárská"), ("How known (A1)", "Personal link and one-time code")],
        "events": [
            CertificateRow("16 Nov 2026 13:24", "Mandate given", "J. Žďárská", "Code, typed name", "6")
        ],
        "zone": "UTC",
        "count": 8,
        "size": len(log.tree),
        "root": log.tree.root(),
        "witnessed": "two time services",
        "quote": "I authorise Severka IT s.r.o. to accept the invitation.",
        "not_done": "Nobody of Severka accepted Microsoft's agreement for the customer.",
    }
    return CertificateInput(**(given | changes))


def full_log() -> tuple[SampleLog, dict[str, Any]]:
    """The log, and the changes with which `SampleLog.bundle` makes a bundle that passes every check."""
    log = sample_log()
    pdf = sealed_certificate()
    log.add(Tag.CERTIFICATE_ISSUED, ALPHA, certificate=document_digest(pdf))
    log.checkpoint()
    minute = timedelta(minutes=1)
    checkpoints = [stamped(one.note, Checkpoint.unchecked(one.note).at + minute) for one in log.checkpoints]
    return log, {
        "checkpoints": checkpoints,
        "tsa_chains": {name: service.chain for name, service in SERVICES.items()},
        "certificate": pdf,
        "seal_chain": SEAL.chain,
    }


def full_pins(log: SampleLog) -> Pins:
    """What the reader of `full_log` knows."""
    services = [anchor for service in SERVICES.values() for anchor in pin_fingerprints(service.chain)]
    return Pins(log=(log.key.vkey,), tsa=tuple(services), seal=tuple(pin_fingerprints(SEAL.chain)))
