"""The seal of the issuing company on the certificate (PAdES, ETSI EN 319 142-1), by pyHanko.

The seal says who issued the PDF, to anybody with a PDF reader. What proves the content is the log.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers, timestamps
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore


class Seal:
    """The key and certificate with which the company seals. A real one comes from a public authority."""

    def __init__(self, secret: bytes, chain: list[bytes]) -> None:
        """secret: private key, PKCS #8 DER. chain: DER certificates: signer, issuers, root."""
        self._secret = secret
        self.chain = chain
        # To load an RSA key means to check its primes: half a second, paid once and not twice for each PDF.
        self._key: rsa.RSAPrivateKey | None = None

    @classmethod
    def create(cls, company: str, at: datetime, days: int = 1095) -> "Seal":
        """A self-made seal, for rehearsals and for whoever has no certificate of an authority yet."""
        # For an elliptic curve pyHanko must raise the file to PDF 2.0, which PDF/UA-1 does not allow.
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:64]),
                x509.NameAttribute(NameOID.COMMON_NAME, f"{company[:56]} (seal)"),
            ]
        )
        usage = dict.fromkeys(
            (
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - timedelta(days=1))
            .not_valid_after(at + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
            )
            .sign(key, hashes.SHA256())
        )
        secret = key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(secret, [certificate.public_bytes(serialization.Encoding.DER)])

    def secret(self) -> bytes:
        """The private key as PKCS #8 DER, for its file only."""
        return self._secret

    def seal(self, pdf: bytes, *, at: datetime, reason: str, stamp: Callable[[bytes], bytes] | None) -> bytes:
        """The PDF with an invisible PAdES seal.

        at: claimed time of sealing. reason: shown by PDF readers. stamp: takes an RFC 3161 request and gives
        the answer of a time service (level B-T); None leaves the time a mere claim (level B-B).
        """
        own, *others = (asn1_x509.Certificate.load(der) for der in self.chain)
        registry = SimpleCertificateStore.from_certs(others)  # type: ignore[no-untyped-call]  # unannotated too
        signer = self._signer(own, registry)
        says = signers.PdfSignatureMetadata(
            field_name="Seal", reason=reason, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
        )
        hidden = InvisSigSettings(set_print_flag=False, set_hidden_flag=True)
        place = SigFieldSpec("Seal", invis_sig_settings=hidden)
        stamper = _Stamper(stamp) if stamp else None
        sealing = _SignerAt(says, signer, timestamper=stamper, new_field_spec=place)
        sealing.at = at
        writer = _Writer(BytesIO(pdf))
        _name_tab_order(writer)
        # Without a stamp the size is known well enough; otherwise pyHanko signs twice to find it out.
        room = None if stamp else 2 * (sum(map(len, self.chain)) + 4096)
        made: BytesIO = sealing.sign_pdf(writer, bytes_reserved=room)
        return made.getvalue()

    def _signer(self, own: asn1_x509.Certificate, registry: SimpleCertificateStore) -> signers.SimpleSigner:
        given = asn1_keys.PrivateKeyInfo.load(self._secret)
        if given.algorithm != "rsa":
            return signers.SimpleSigner(signing_cert=own, signing_key=given, cert_registry=registry)
        if self._key is None:
            loaded = serialization.load_der_private_key(self._secret, password=None)
            if isinstance(loaded, rsa.RSAPrivateKey):
                self._key = loaded
        return _LoadedKey(self._key, signing_cert=own, signing_key=given, cert_registry=registry)

    def __repr__(self) -> str:
        return f"Seal({asn1_x509.Certificate.load(self.chain[0]).subject.human_friendly})"


def _name_tab_order(writer: IncrementalPdfFileWriter) -> None:
    # A page with any annotation, even a hidden one, must say its tab order (ISO 14289-1, 7.18.3).
    reference, _ = writer.find_page_for_modification(0)  # type: ignore[no-untyped-call]  # unannotated
    page = reference.get_object()
    page["/Tabs"] = generic.NameObject("/S")
    writer.mark_update(reference)


class _Writer(IncrementalPdfFileWriter):
    """Keeps what typst wrote: PDF 1.7, which PDF/UA-1 asks for, and dates that do not come from a clock."""

    output_version = (1, 7)

    def _update_meta(self) -> None:
        return


class _SignerAt(signers.PdfSigner):
    """pyHanko reads the clock for the claimed time; here time is an argument."""

    at: datetime

    def init_signing_session(self, *given: Any, **named: Any) -> Any:
        session = super().init_signing_session(*given, **named)
        session.system_time = self.at
        return session


class _LoadedKey(signers.SimpleSigner):
    """Signs with an RSA key (PKCS #1 v1.5) that is loaded already."""

    def __init__(self, key: rsa.RSAPrivateKey | None, **given: Any) -> None:
        super().__init__(**given)
        self._key = key

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        mechanism = self.get_signature_mechanism_for_digest(digest_algorithm)
        if self._key is None or digest_algorithm != "sha256" or mechanism.signature_algo != "rsassa_pkcs1v15":
            return super().sign_raw(data, digest_algorithm)
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


class _Stamper(timestamps.TimeStamper):
    """Hands the request to the caller, who knows the way to the time service."""

    def __init__(self, stamp: Callable[[bytes], bytes]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko leaves it unannotated
        self._stamp = stamp

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._stamp(req.dump()))
