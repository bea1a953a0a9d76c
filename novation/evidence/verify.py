"""Verification inside Novation: the verifier of the bundles, with faster tools than the `openssl` command."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import rfc3161_client
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from novation.evidence.note import signature_holds
from novation.evidence.verifier.command import as_text, read_pins, run_checks
from novation.evidence.verifier.examination import Pins, Tools
from novation.evidence.verifier.openssl import OpenSSL
from novation.evidence.verifier.outcome import FAIL, PASS, UNKNOWN, Check, CheckFailed, Report

__all__ = [
    "FAIL",
    "PASS",
    "UNKNOWN",
    "Check",
    "InProcess",
    "OpenSSL",
    "Pins",
    "Report",
    "as_text",
    "read_pins",
    "verify",
]


# What `cryptography` raises for a certificate that another one did not issue, or that lacks an extension.
REFUSALS = (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound)


class InProcess(OpenSSL):
    """Signatures and time stamps by `cryptography` and `rfc3161-client`; seals still by `openssl`."""

    def ed25519(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether the signature of a 32-byte public key over the message holds."""
        return signature_holds(public, message, signature)

    def stamped_at(self, token: bytes, data: bytes, chain: list[bytes]) -> datetime:
        """The time in an RFC 3161 answer over the data, signed by the first certificate of the chain."""
        try:
            answer = rfc3161_client.decode_timestamp_response(token)
            signer, *issuers = (x509.load_der_x509_certificate(der) for der in chain)
            at = answer.tst_info.gen_time.astimezone(UTC)
            _check_chain([signer, *issuers], at)
            builder = rfc3161_client.VerifierBuilder().tsa_certificate(signer)
            for issuer in issuers[:-1]:
                builder = builder.add_intermediate_certificate(issuer)
            builder = builder.add_root_certificate(issuers[-1] if issuers else signer)
            builder.build().verify_message(answer, data)
        except (*REFUSALS, rfc3161_client.VerificationError) as error:
            raise CheckFailed(f"does not hold: {error}") from None
        return at

    def valid_until(self, certificate: bytes) -> datetime:
        """The end of validity of a DER certificate."""
        return x509.load_der_x509_certificate(certificate).not_valid_after_utc


def _check_chain(chain: list[x509.Certificate], at: datetime) -> None:
    # rfc3161-client trusts every certificate that it is given, so it would not notice a chain of strangers.
    for certificate in chain:
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise ValueError("a certificate of the time service was not valid at that time")
    for issued, issuer in pairwise(chain):
        if not issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise ValueError("a certificate of the time service was issued by somebody who may not issue any")
        issued.verify_directly_issued_by(issuer)


def verify(
    data: bytes,
    *,
    at: datetime | None,
    pins: Pins,
    witnesses: Sequence[bytes] = (),
    tools: Tools | None = None,
) -> Report:
    """Check the bytes of a bundle; never raises, whatever the bytes are.

    at: the time as of which expired certificates matter; None leaves that question out. pins: the keys that
    the reader knows from elsewhere; without them the report says UNKNOWN. witnesses: receipt mails,
    checkpoint notes or older bundles to compare with. tools: `OpenSSL()` to use the command as a reader
    without Novation does; by default the same checks run in this process.
    """
    return run_checks(data, at=at, pins=pins, witnesses=tuple(witnesses), tools=tools or InProcess())
