"""The certificate: PDF/UA, sealed so that PDF readers and the verifier agree, in each language."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from novation.evidence.certificate import CertificateRow, render_certificate
from novation.evidence.entry import document_digest
from novation.evidence.errors import BadBundle
from novation.evidence.seal import Seal
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import Pins, verify
from novation.evidence.wording import WORDS
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, START, SampleLog, sample_log
from tests.evidence.stamped_log import SEAL, SERVICES, certificate_input, full_log, full_pins

REASON = "Certificate of evidence"


@pytest.fixture(scope="module")
def full() -> tuple[SampleLog, dict[str, Any]]:
    return full_log()


def certificate_check(bundle: bytes, pins: Pins) -> tuple[str, str]:
    report = verify(bundle, at=START + timedelta(days=1), pins=pins)
    return next((check.verdict, check.reason) for check in report.checks if check.name == "certificate")


def test_the_same_content_gives_the_same_pdf() -> None:
    given = certificate_input(sample_log())
    assert render_certificate(given) == render_certificate(given)


@pytest.mark.parametrize("language", [*WORDS, "de-AT", "pl"])
def test_it_is_tagged_titled_and_in_its_language(language: str) -> None:
    """What PDF/UA-1 asks for and a program can see: marked, titled, language, structure, its own claim."""
    pdf = render_certificate(certificate_input(sample_log(), language=language))
    root = PdfFileReader(BytesIO(pdf)).root
    expected = language.split("-")[0] if language != "pl" else "en"
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(expected)
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/StructTreeRoot" in root
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].data


def test_every_language_has_every_word() -> None:
    assert {frozenset(own) for own in WORDS.values()} == {frozenset(WORDS["en"])}
    for key in WORDS["en"]:
        fields = {frozenset(part for part in own[key].split() if "{" in part) for own in WORDS.values()}
        assert all(own[key].count("{") == WORDS["en"][key].count("{") for own in WORDS.values()), fields


def test_markup_in_a_name_stays_a_name() -> None:
    odd = '#panic("x") *bold* $x$ @ref <label> \\ "quoted"'
    row = CertificateRow(odd, odd, odd, odd, odd)
    assert render_certificate(certificate_input(sample_log(), summary=odd, events=[row])).startswith(
        b"%PDF-1.7"
    )


def test_many_events_make_a_second_page() -> None:
    rows = [
        CertificateRow("16 Nov 2026 08:04", "Notice sent", "Severka", "Server answer", str(n))
        for n in range(60)
    ]
    pdf = render_certificate(certificate_input(sample_log(), events=rows))
    assert int(PdfFileReader(BytesIO(pdf)).root["/Pages"]["/Count"]) == 2


def test_a_certificate_without_events_is_refused() -> None:
    with pytest.raises(BadBundle, match="certifies nothing"):
        render_certificate(certificate_input(sample_log(), events=[]))


def test_the_seal_holds_for_pyhanko_too(full: tuple[SampleLog, dict[str, Any]]) -> None:
    reader = PdfFileReader(BytesIO(full[1]["certificate"]))
    (signature,) = reader.embedded_signatures
    roots = [asn1_x509.Certificate.load(chain[-1]) for chain in (SEAL.chain, SERVICES["alpha"].chain)]
    context = ValidationContext(trust_roots=roots, moment=START + timedelta(hours=12), allow_fetching=False)
    status = validate_pdf_signature(signature, context, ts_validation_context=context)
    assert status.intact
    assert status.valid
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.timestamp_validity is not None
    assert status.timestamp_validity.timestamp == full[0].at - timedelta(minutes=40)
    assert reader.root["/Pages"]["/Kids"][0]["/Tabs"] == "/S"
    assert b"/Version /2.0" not in full[1]["certificate"]


def test_the_verifier_passes_the_honest_certificate(full: tuple[SampleLog, dict[str, Any]]) -> None:
    log, changes = full
    bundle = log.bundle(**changes)
    assert certificate_check(bundle, full_pins(log))[0] == "PASS"
    verdict, reason = certificate_check(bundle, Pins())
    assert (verdict, "you named no seal" in reason) == ("UNKNOWN", True)
    verdict, reason = certificate_check(bundle, Pins(seal=("0" * 64,)))
    assert (verdict, "whom you do not know" in reason) == ("FAIL", True)


def test_a_seal_of_somebody_else_is_refused(full: tuple[SampleLog, dict[str, Any]]) -> None:
    log, changes = full
    files = unpack(log.bundle(**changes | {"seal_chain": Seal.create("Forger", START).chain}))
    verdict, reason = certificate_check(sealed_again(files, log.key), full_pins(log))
    assert (verdict, reason.startswith("The seal of certificate.pdf does not hold")) == ("FAIL", True)


def test_nothing_can_hide_in_the_padding_of_the_seal(full: tuple[SampleLog, dict[str, Any]]) -> None:
    """PDF readers accept it; a log holder could hide a second text there and show it later."""
    pdf = full[1]["certificate"]
    last = pdf.index(b"0>", pdf.index(b"/Contents <"))
    hidden = pdf[:last] + b"7" + pdf[last + 1 :]
    log = sample_log()
    log.add(Tag.CERTIFICATE_ISSUED, ALPHA, certificate=document_digest(hidden))
    log.checkpoint()
    verdict, reason = certificate_check(log.bundle(certificate=hidden, seal_chain=SEAL.chain), full_pins(log))
    assert (verdict, "hidden in its padding" in reason) == ("FAIL", True)


def test_a_certificate_that_is_logged_but_missing_is_noticed(full: tuple[SampleLog, dict[str, Any]]) -> None:
    log, changes = full
    files = unpack(log.bundle(**changes))
    del files["certificate.pdf"]
    verdict, reason = certificate_check(sealed_again(files, log.key), full_pins(log))
    assert (verdict, "is missing" in reason) == ("FAIL", True)


def test_a_seal_without_a_time_service_is_allowed(full: tuple[SampleLog, dict[str, Any]]) -> None:
    given = certificate_input(full[0])
    sealed = SEAL.seal(render_certificate(given), at=given.issued, reason=REASON, stamp=None)
    (signature,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    assert signature.self_reported_timestamp == given.issued.replace(microsecond=0)
    assert SEAL.secret().hex() not in repr(SEAL)


def test_the_template_and_the_readmes_are_part_of_the_package() -> None:
    from novation import evidence

    folder = Path(evidence.__file__).parent
    assert (folder / "certificate.typ").is_file()
    assert sorted(path.stem for path in (folder / "readme").glob("*.txt")) == sorted(WORDS)
