"""A webhook's signature: each rule refuses what breaks it, and a genuine one passes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from novation.partnercenter.signatures import Claim, SignatureRefused, load_certificates, read_claim, verify

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
BODY = '{"EventName":"test-created","note":"Größe"}'.encode()
URL = "https://3psostorageacct.blob.core.windows.net/cert/pcnotifications-dispatch.microsoft.com.cer"


def key(size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


KEYS = {name: key() for name in ("root", "middle", "leaf", "stranger")}


def name(common: str, organisation: str = "Microsoft Corporation") -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, common),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
        ]
    )


def certificate(
    subject: str, issuer: str, *, ca: bool, days: int = 300, organisation: str = "Microsoft Corporation"
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer, organisation))
        .public_key(KEYS[subject].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    return builder.sign(KEYS[issuer], hashes.SHA256())


ROOT = certificate("root", "root", ca=True)
MIDDLE = certificate("middle", "root", ca=True)
LEAF = certificate("leaf", "middle", ca=False)


def headers(**changes: str) -> dict[str, str]:
    signature = KEYS["leaf"].sign(BODY, padding.PKCS1v15(), hashes.SHA256())
    return {
        "X-MS-Signature": f"Signature {base64.b64encode(signature).decode()}",
        "X-MS-Certificate-Url": URL,
        "X-MS-Signature-Algorithm": "rsa-sha256",
        **changes,
    }


def check(**changes: Any) -> None:
    arguments: dict[str, Any] = {
        "body": BODY,
        "chain": [LEAF, MIDDLE],
        "roots": [ROOT],
        "now": NOW,
        **changes,
    }
    body, chain = arguments.pop("body"), arguments.pop("chain")
    verify(body, read_claim(headers()), chain, **arguments)


def test_a_genuine_callback_passes_with_either_header() -> None:
    check()
    both = headers()
    both["Authorization"] = both.pop("X-MS-Signature")
    assert read_claim({k.upper(): v for k, v in both.items()}) == read_claim(headers())


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"X-MS-Signature": ""}, "no signature"),
        ({"X-MS-Signature": "Bearer abc"}, "no signature"),
        ({"X-MS-Signature": "Signature ?!"}, "base64"),
        ({"X-MS-Signature-Algorithm": "none"}, "algorithm"),
        ({"X-MS-Signature-Algorithm": ""}, "algorithm"),
        ({"X-MS-Certificate-Url": ""}, "address"),
        ({"X-MS-Certificate-Url": URL.replace("https", "http")}, "address"),
        ({"X-MS-Certificate-Url": "https://evilmicrosoft.com/c.cer"}, "address"),
        ({"X-MS-Certificate-Url": "https://microsoft.com.evil.example/c.cer"}, "address"),
        ({"X-MS-Certificate-Url": "https://a.microsoft.com@evil.example/c.cer"}, "address"),
    ],
)
def test_wrong_headers_are_refused_before_anything_is_fetched(changes: dict[str, str], rule: str) -> None:
    with pytest.raises(SignatureRefused, match=rule):
        read_claim(headers(**changes))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"body": BODY + b" "}, "does not match"),
        ({"chain": []}, "no certificate"),
        ({"chain": [LEAF]}, "trusted root"),
        ({"chain": [MIDDLE, LEAF]}, "does not match"),
        ({"roots": []}, "trusted root"),
        ({"roots": [certificate("stranger", "stranger", ca=True)]}, "trusted root"),
        ({"now": NOW + timedelta(days=400)}, "valid at this time"),
        ({"now": NOW - timedelta(days=31)}, "valid at this time"),
        ({"organisation": "Somebody Else"}, "issuer"),
    ],
)
def test_each_rule_refuses_what_breaks_it(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(SignatureRefused, match=rule):
        check(**changes)


def test_a_certificate_that_may_not_sign_others_is_no_link() -> None:
    no_ca = certificate("middle", "root", ca=False)
    with pytest.raises(SignatureRefused, match="trusted root"):
        check(chain=[LEAF, no_ca])


def test_a_self_made_chain_with_the_right_name_is_refused() -> None:
    KEYS["fake"] = KEYS["stranger"]
    own_root = certificate("fake", "fake", ca=True)
    own_leaf = certificate("leaf", "fake", ca=False)
    with pytest.raises(SignatureRefused, match="trusted root"):
        check(chain=[own_leaf, own_root])


def test_an_expired_link_in_the_middle_is_refused() -> None:
    old = certificate("middle", "root", ca=True, days=-1)
    with pytest.raises(SignatureRefused, match="valid at this time"):
        check(chain=[LEAF, old])


def test_the_hash_must_be_the_named_one() -> None:
    claim = read_claim(headers())
    with pytest.raises(SignatureRefused, match="does not match"):
        verify(BODY, Claim(claim.signature, URL, "rsa-sha512"), [LEAF, MIDDLE], roots=[ROOT], now=NOW)


def test_certificates_are_read_in_every_usual_form() -> None:
    pem = LEAF.public_bytes(serialization.Encoding.PEM) + MIDDLE.public_bytes(serialization.Encoding.PEM)
    assert load_certificates(pem) == [LEAF, MIDDLE]
    assert load_certificates(LEAF.public_bytes(serialization.Encoding.DER)) == [LEAF]
    bundle = pkcs7.serialize_certificates([LEAF, MIDDLE], serialization.Encoding.DER)
    assert set(load_certificates(bundle)) == {LEAF, MIDDLE}


@pytest.mark.parametrize("data", [b"", b"no certificate", b"x" * 100_000])
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureRefused):
        load_certificates(data)
