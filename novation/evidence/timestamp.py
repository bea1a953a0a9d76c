"""RFC 3161 time stamps: what is asked of a time service, and whether its answer may be stored.

The caller sends the request (`Content-Type: application/timestamp-query`) and keeps the answer as it came.
An answer that is refused here is no stamp: the checkpoint stays "awaiting"; no clock of ours takes its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import rfc3161_client
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from novation.evidence.errors import BadTimestamp
from novation.evidence.verifier.outcome import CheckFailed
from novation.evidence.verify import InProcess


@dataclass(frozen=True, slots=True)
class StampRequest:
    """A request for a time stamp: the bytes to send, and the nonce that the answer must repeat."""

    body: bytes
    nonce: int


def stamp_request(data: bytes) -> StampRequest:
    """Ask for the time of `data`: SHA-256, a fresh nonce, and the signer's certificate in the answer."""
    builder = rfc3161_client.TimestampRequestBuilder().data(data)
    request = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build()
    if request.nonce is None:
        raise BadTimestamp("The request has no nonce")
    return StampRequest(request.as_bytes(), request.nonce)


def check_stamp(answer: bytes, data: bytes, chain: Sequence[bytes], nonce: int) -> datetime:
    """The time that a service gives in its answer, after every check that the bundle's verifier makes too.

    data: what was stamped. chain: DER certificates of the service that is trusted: signer, issuers, root.
    nonce: that of the request; another one is the answer to another question. Raises BadTimestamp.
    """
    try:
        parsed = rfc3161_client.decode_timestamp_response(answer)
        if parsed.status != rfc3161_client.PKIStatus.GRANTED:
            raise BadTimestamp(f"The time service refused: {'; '.join(parsed.status_string) or 'no reason'}")
        if parsed.tst_info.nonce != nonce:
            raise BadTimestamp("The time service answered another request: the nonce differs")
        return InProcess().stamped_at(answer, data, list(chain))
    except CheckFailed as error:
        raise BadTimestamp(f"The answer of the time service {error}") from error
    except ValueError as error:
        if isinstance(error, BadTimestamp):
            raise
        raise BadTimestamp(f"The answer of the time service is malformed: {error}") from error


def chain_in(answer: bytes) -> list[bytes]:
    """The certificates (DER) inside an answer, the signer first and then its issuers as far as they are there.

    Nothing is trusted by this: it serves to show a person the fingerprints before the service is pinned.
    Raises BadTimestamp when there is none.
    """
    try:
        token = tsp.TimeStampResp.load(answer)["time_stamp_token"]["content"]
        held = [x509.load_der_x509_certificate(one.chosen.dump()) for one in token["certificates"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadTimestamp("This is no answer of a time service with certificates") from error
    issuers = {one.issuer for one in held if one.issuer != one.subject}
    chain = [one for one in held if one.subject not in issuers][:1] or held[:1]
    while chain:
        above = next((one for one in held if one.subject == chain[-1].issuer and one not in chain), None)
        if above is None:
            break
        chain.append(above)
    if not chain:
        raise BadTimestamp("The answer holds no certificate")
    return [one.public_bytes(serialization.Encoding.DER) for one in chain]


def renewal_data(note: bytes, earlier: Sequence[tuple[str, bytes]]) -> bytes:
    """What a renewal stamps: the checkpoint and every stamp that it already bears.

    earlier: name of each stamp, as in `BundleCheckpoint.stamps`, with its bytes. Renew before a certificate
    of the last stamps ends, or when an algorithm grows weak (the idea of RFC 4998), and store the answer as
    `<service>.renewal-<n>`.
    """
    rounds = sorted(earlier, key=lambda one: (_round(one[0]), one[0].split(".")[0]))
    return note + b"".join(answer for _, answer in rounds)


def _round(name: str) -> int:
    return int(name.rpartition("-")[2]) if ".renewal-" in name else 0
