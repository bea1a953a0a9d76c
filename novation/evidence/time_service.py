"""A time-stamping service for rehearsals, the demo and tests (RFC 3161). Its word proves nothing to anybody.

It is pure: the request comes in as bytes, the time as an argument, the answer goes out as bytes. Whoever
wants it on a port puts an HTTP handler around `answer`.
"""

import hashlib
from datetime import datetime, timedelta

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from novation.evidence.errors import BadTimestamp

POLICY = "1.3.6.1.4.1.32473.3161"  # below the arc that IANA keeps for examples (RFC 5612)


class TimeService:
    """One service with its own root and signing certificate."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, chain: list[bytes]) -> None:
        self._key = key
        self.chain = chain
        self._certificate = asn1_x509.Certificate.load(chain[0])

    @classmethod
    def create(cls, name: str, at: datetime, days: int = 3650) -> "TimeService":
        """A new service: fresh keys, certificates valid from a day before `at` for `days`."""
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        window = (at - timedelta(days=1), at + timedelta(days=days))
        root_name, own_name = _name(f"{name} root, for rehearsals"), _name(f"{name}, for rehearsals")
        root = (
            _certificate(root_name, root_name, root_key, window)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        own = (
            _certificate(own_name, root_name, key, window)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(stamping, critical=True)
            .sign(root_key, hashes.SHA256())
        )
        return cls(key, [one.public_bytes(serialization.Encoding.DER) for one in (own, root)])

    @classmethod
    def from_secret(cls, secret: bytes, chain: list[bytes]) -> "TimeService":
        """The service whose `secret()` and `chain` were kept."""
        key = serialization.load_der_private_key(secret, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BadTimestamp("The key of a time service is an elliptic-curve key")
        return cls(key, chain)

    def secret(self) -> bytes:
        """The private key as PKCS #8 DER, for its file only."""
        return self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def answer(self, request: bytes, at: datetime) -> bytes:
        """The RFC 3161 answer to a request, as of `at`; a malformed request raises BadTimestamp."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint, nonce = asked["message_imprint"], asked["nonce"]
            imprint.dump()
        except (ValueError, TypeError) as error:
            raise BadTimestamp("This is not a time-stamp request") from error
        fields = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": int.from_bytes(
                hashlib.sha256(request + at.isoformat().encode()).digest()[:15], "big"
            ),
            "gen_time": at.replace(microsecond=0),
        }
        if nonce.native is not None:
            fields["nonce"] = nonce.native
        info = tsp.TSTInfo(fields).dump()
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
                "certificates": [asn1_x509.Certificate.load(der) for der in self.chain],
                "signer_infos": [self._signer(info, at)],
            }
        )
        token = cms.ContentInfo({"content_type": "signed_data", "content": signed})
        answer: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        return answer

    def _signer(self, info: bytes, at: datetime) -> cms.SignerInfo:
        own = self._certificate
        identifier = {"issuer": own.issuer, "serial_number": own.serial_number}
        signing = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(self.chain[0]).digest()})
        attributes = cms.CMSAttributes(
            [
                _attribute("content_type", "tst_info"),
                _attribute("signing_time", cms.Time({"utc_time": core.UTCTime(at)})),
                _attribute("message_digest", hashlib.sha256(info).digest()),
                _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [signing]})),
            ]
        )
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signed_attrs": attributes,
                "signature": self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )

    def __repr__(self) -> str:
        return f"TimeService({self._certificate.subject.human_friendly})"


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, window: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(window[0])
        .not_valid_after(window[1])
    )


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})
