"""Certificates of our own making: for https, and for signed webhooks. No chain leads to a real authority."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from novation.emulator.clock import wall_now

_YEAR = timedelta(days=365)
_PEM, _PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
_PLAIN = serialization.NoEncryption()
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _name(common: str, organization: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: Key) -> x509.CertificateBuilder:
    now = wall_now()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + 5 * _YEAR)
    )


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that lives as long as the process."""

    key: Key
    certificate: x509.Certificate

    @classmethod
    def make(cls, common: str, organization: str) -> Authority:
        """A fresh authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common, organization)
        certificate = (
            _builder(name, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(_usage(sign_certificates=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @property
    def pem(self) -> bytes:
        """The authority's certificate."""
        return self.certificate.public_bytes(_PEM)

    def issue(
        self, key: Key, common: str, organization: str, hosts: tuple[str, ...] = ()
    ) -> x509.Certificate:
        """A certificate for a key, for servers when hosts are given."""
        builder = (
            _builder(_name(common, organization), self.certificate.subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.certificate.public_key()),  # type: ignore[arg-type]  # our key kinds only
                critical=False,
            )
            .add_extension(_usage(sign_certificates=False), critical=True)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(self.key, hashes.SHA256())


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=sign_certificates, crl_sign=sign_certificates, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def write_server_files(folder: Path, hosts: tuple[str, ...]) -> tuple[Path, Path, Path]:
    """Makes ca.pem, server.pem and server.key in a folder and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = Authority.make("Emulator CA", "Partner Center emulator")
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue(key, hosts[0], "Partner Center emulator", hosts)
    ca, chain, secret = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    ca.write_bytes(authority.pem)
    chain.write_bytes(certificate.public_bytes(_PEM))
    secret.touch(mode=0o600)
    secret.write_bytes(key.private_bytes(_PEM, _PKCS8, _PLAIN))
    return ca, chain, secret


class Signer:
    """Signs webhooks: RSA PKCS#1 v1.5 with SHA-256 over the raw body (page ``partner-center-webhooks``).

    The issuer's organisation reads "Microsoft Corporation", because verifiers look for it; its name says
    that it is a test.
    """

    def __init__(self) -> None:
        self.authority = Authority.make("Emulator test CA, not Microsoft", "Microsoft Corporation")
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = self.authority.issue(
            self._key, "Emulator webhook signing", "Microsoft Corporation"
        )

    @property
    def pem(self) -> bytes:
        """The signing certificate and its authority."""
        return self.certificate.public_bytes(_PEM) + self.authority.pem

    def sign(self, body: bytes) -> str:
        """The signature of a body, base64."""
        return base64.b64encode(self._key.sign(body, padding.PKCS1v15(), hashes.SHA256())).decode()
