"""Is a webhook from Microsoft? Pure functions: the caller brings the bytes, the certificates and the time.

Page ``partner-center-webhooks``: the signature over the raw body is in ``Authorization: Signature …`` or in
``x-ms-signature``; ``X-MS-Certificate-Url`` and ``X-MS-Signature-Algorithm`` stand beside it; the certificate
chains to a Microsoft root and its issuer's organisation is Microsoft Corporation. Two rules of our own: the
certificate's address must be on a list of hosts, and the download is capped.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtensionOID, NameOID

# The page names no host. One storage account stood in an example of it; a whole storage domain must not be
# listed, since anybody can rent a name there.
CERTIFICATE_HOSTS = (".microsoft.com", "3psostorageacct.blob.core.windows.net")
ORGANISATION = "Microsoft Corporation"
LARGEST_CERTIFICATE = 64 * 1024
#: Characters of the longest certificate address, and of the longest signature in base64 (RSA of 16,384 bits).
LONGEST_ADDRESS, LONGEST_SIGNATURE = 500, 2_732
#: The whole form that an address may have: ASCII labels, no user, no port, then a path (and a query) of printable
#: ASCII without fragment and backslash. Whatever the HTTP client reads in other forms cannot occur in this one.
_ADDRESS = re.compile(
    r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)(/[!-~]*)",
    re.IGNORECASE,
)
_NOT_IN_A_PATH = frozenset('#\\"<>^`{|}')
_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "rsa-sha256": hashes.SHA256,
    "rsa-sha384": hashes.SHA384,
    "rsa-sha512": hashes.SHA512,
}


class SignatureRefused(Exception):
    """The callback is not proven to be from Microsoft; the message says which rule failed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a callback's headers claim."""

    signature: bytes
    certificate_url: str
    algorithm: str


def read_claim(headers: Mapping[str, str], *, hosts: Sequence[str] = CERTIFICATE_HOSTS) -> Claim:
    """Read and check the three headers (names in any case).

    Raises ``SignatureRefused`` for a missing header, an algorithm that is not known, a signature that is no base64
    or too long, or a certificate address that ``check_address`` refuses.
    """
    low = {name.lower(): value for name, value in headers.items()}
    said = low.get("x-ms-signature") or low.get("authorization") or ""
    scheme, _, token = said.partition(" ")
    token = token.strip()
    if scheme.lower() != "signature" or not token:
        raise SignatureRefused("no signature header")
    if len(token) > LONGEST_SIGNATURE:
        raise SignatureRefused("the signature is too long")
    try:
        signature = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefused("the signature is not base64") from None
    algorithm = low.get("x-ms-signature-algorithm", "").lower()
    if algorithm not in _HASHES:
        raise SignatureRefused("the signature algorithm is missing or not known")
    url = low.get("x-ms-certificate-url", "")
    check_address(url, hosts=hosts)
    return Claim(signature, url, algorithm)


def check_address(url: str, *, hosts: Sequence[str] = CERTIFICATE_HOSTS) -> None:
    """Check the address of a certificate, before it is kept and again before it is fetched.

    Only ``https://<ASCII host name>/<printable ASCII>`` of at most 500 characters is taken: no user, port,
    fragment, backslash or percent sign in the host. It is refused, never cut: what is cut is another address.
    ``hosts`` are suffixes with a leading dot, or whole names. Raises ``SignatureRefused``.
    """
    found = _ADDRESS.fullmatch(url) if len(url) <= LONGEST_ADDRESS else None
    if found is None or not _NOT_IN_A_PATH.isdisjoint(found.group(2)):
        raise SignatureRefused("the certificate's address is not allowed")
    host = found.group(1).lower()
    allowed = any(host.endswith(h) if h.startswith(".") else host == h for h in hosts)
    if len(host) > 253 or "xn--" in host or not allowed:
        raise SignatureRefused("the certificate's address is not allowed")


def load_certificates(data: bytes) -> list[x509.Certificate]:
    """Read PEM, DER or PKCS #7 (chains are served in each). Raises ``SignatureRefused``."""
    if len(data) > LARGEST_CERTIFICATE:
        raise SignatureRefused("the certificate file is too large")
    attempts = (
        x509.load_pem_x509_certificates,
        lambda raw: [x509.load_der_x509_certificate(raw)],
        pkcs7.load_pem_pkcs7_certificates,
        pkcs7.load_der_pkcs7_certificates,
    )
    for attempt in attempts:
        try:
            found = attempt(data)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if found:
            return list(found)
    raise SignatureRefused("the certificate file cannot be read")


def verify(
    body: bytes,
    claim: Claim,
    chain: Iterable[x509.Certificate],
    *,
    roots: Sequence[x509.Certificate],
    now: datetime,
    organisation: str = ORGANISATION,
) -> None:
    """Check a callback; returns nothing if it is genuine.

    ``chain`` is the signing certificate followed by whatever was served with it; ``roots`` are the anchors
    that we trust; ``now`` is aware. Raises ``SignatureRefused`` naming the rule that failed.
    """
    certificates = list(chain)
    if not certificates:
        raise SignatureRefused("no certificate")
    try:
        _check(body, claim, certificates, roots, now, organisation)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Fields of a certificate are read when they are asked for, and only then found to be broken.
        raise SignatureRefused("a certificate cannot be read") from None


def _check(
    body: bytes,
    claim: Claim,
    certificates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
    organisation: str,
) -> None:
    leaf = certificates[0]
    issuers = {attribute.value for attribute in leaf.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)}
    if organisation not in issuers:
        raise SignatureRefused("the certificate's issuer is not Microsoft Corporation")
    _climb(leaf, certificates[1:], roots, now)
    key = leaf.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise SignatureRefused("the signing key is not RSA of 2048 bits or more")
    try:
        key.verify(claim.signature, body, padding.PKCS1v15(), _HASHES[claim.algorithm]())
    except InvalidSignature:
        raise SignatureRefused("the signature does not match the body") from None


def _climb(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    now: datetime,
) -> None:
    """Follow issuers from ``leaf`` to a root, at most six steps, checking dates, rights and signatures."""
    current = leaf
    for _step in range(6):
        if not current.not_valid_before_utc <= now <= current.not_valid_after_utc:
            raise SignatureRefused("a certificate is not valid at this time")
        if current in roots:
            return
        parent = next((c for c in (*roots, *others) if _issued(c, current)), None)
        if parent is None:
            break
        current = parent
    raise SignatureRefused("the certificate does not lead to a trusted root")


def _issued(parent: x509.Certificate, child: x509.Certificate) -> bool:
    if parent == child or not _may_sign(parent):
        return False
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return isinstance(basic, x509.BasicConstraints) and basic.ca
