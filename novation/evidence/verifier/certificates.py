"""Certificates as files: PEM in its one form, and the fingerprints that a reader can pin."""

from __future__ import annotations

import base64
import hashlib

from novation.evidence.verifier.forms import from_base64
from novation.evidence.verifier.outcome import CheckFailed

BEGIN = "-----BEGIN CERTIFICATE-----\n"
FINISH = "-----END CERTIFICATE-----\n"
# Of a chain at most; each of them costs time at every stamp.
MOST = 20


def read_chain(pem: bytes) -> list[bytes]:
    """The DER certificates of a PEM file in its one form: signer, issuers, root. CheckFailed otherwise."""
    blocks = pem.decode("latin-1").split(FINISH, MOST + 1)[:-1]
    if len(blocks) > MOST:
        raise CheckFailed(f"has more than {MOST} certificates")
    chain = [from_base64(block.replace(BEGIN, "", 1).replace("\n", "")) for block in blocks]
    if not chain or write_chain(chain) != pem:
        raise CheckFailed("is not a chain of certificates in the one PEM form")
    return chain


def write_chain(chain: list[bytes]) -> bytes:
    """The one PEM form of DER certificates."""
    blocks = []
    for der in chain:
        body = base64.b64encode(der).decode()
        lines = "".join(body[at : at + 64] + "\n" for at in range(0, len(body), 64))
        blocks.append(BEGIN + lines + FINISH)
    return "".join(blocks).encode()


def pin_fingerprints(chain: list[bytes]) -> set[str]:
    """SHA-256, in lower-case hex, of the signer's and the root certificate, which a reader can pin.

    Not of those in between: a chain may carry a known one there that nothing depends on.
    """
    return {hashlib.sha256(der).hexdigest() for der in (chain[0], chain[-1])}
