"""Time stamps: asked for, checked, renewed, and never replaced by a clock of ours."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from novation.evidence.bundle import BundleCheckpoint
from novation.evidence.errors import BadBundle, BadTimestamp
from novation.evidence.note import Checkpoint
from novation.evidence.time_service import TimeService
from novation.evidence.timestamp import check_stamp, renewal_data, stamp_request
from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.certificates import pin_fingerprints
from novation.evidence.verify import OpenSSL, Pins, Report, verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import START, SampleLog
from tests.evidence.stamped_log import SERVICES, stamped

ALPHA_SERVICE, BETA_SERVICE = SERVICES["alpha"], SERVICES["beta"]
CHAINS = {name: service.chain for name, service in SERVICES.items()}
AT = START + timedelta(days=30)
MINUTE = timedelta(minutes=1)


def pins(log: SampleLog) -> Pins:
    return Pins(
        log=(log.key.vkey,), tsa=tuple(a for chain in CHAINS.values() for a in pin_fingerprints(chain))
    )


def stamps(report: Report) -> tuple[str, str]:
    return next((check.verdict, check.reason) for check in report.checks if check.name == "time stamps")


def all_stamped(log: SampleLog, later: timedelta = MINUTE) -> list[BundleCheckpoint]:
    return [stamped(one.note, Checkpoint.unchecked(one.note).at + later) for one in log.checkpoints]


def judged(log: SampleLog, at: Any = AT, **changes: Any) -> tuple[str, str]:
    given = {"checkpoints": all_stamped(log), "tsa_chains": CHAINS} | changes
    return stamps(verify(log.bundle(**given), at=at, pins=pins(log)))


def test_an_honest_answer_gives_the_time() -> None:
    request = stamp_request(b"checkpoint")
    answer = ALPHA_SERVICE.answer(request.body, AT)
    assert check_stamp(answer, b"checkpoint", ALPHA_SERVICE.chain, request.nonce) == AT


def test_the_service_survives_being_stored() -> None:
    again = TimeService.from_secret(ALPHA_SERVICE.secret(), ALPHA_SERVICE.chain)
    request = stamp_request(b"checkpoint")
    assert (
        check_stamp(again.answer(request.body, AT), b"checkpoint", ALPHA_SERVICE.chain, request.nonce) == AT
    )
    assert ALPHA_SERVICE.secret().hex() not in repr(ALPHA_SERVICE)


def test_a_wrong_answer_is_no_stamp() -> None:
    request = stamp_request(b"checkpoint")
    answer = ALPHA_SERVICE.answer(request.body, AT)
    late = ALPHA_SERVICE.answer(request.body, START + timedelta(days=5000))
    for given in (
        (answer, b"another checkpoint", ALPHA_SERVICE.chain, request.nonce),
        (answer, b"checkpoint", ALPHA_SERVICE.chain, request.nonce + 1),
        (answer, b"checkpoint", BETA_SERVICE.chain, request.nonce),
        (answer, b"checkpoint", [ALPHA_SERVICE.chain[0], BETA_SERVICE.chain[1]], request.nonce),
        (answer[:-7], b"checkpoint", ALPHA_SERVICE.chain, request.nonce),
        (late, b"checkpoint", ALPHA_SERVICE.chain, request.nonce),
        (b"<html>502</html>", b"checkpoint", ALPHA_SERVICE.chain, request.nonce),
    ):
        with pytest.raises(BadTimestamp):
            check_stamp(*given)


def test_a_request_that_is_none_is_refused_by_the_service() -> None:
    with pytest.raises(BadTimestamp, match="not a time-stamp request"):
        ALPHA_SERVICE.answer(b"<html>", AT)


def test_stamped_checkpoints_pass_in_process_and_with_openssl(log: SampleLog) -> None:
    bundle = log.bundle(checkpoints=all_stamped(log), tsa_chains=CHAINS)
    for tools in (None, OpenSSL()):
        report = verify(bundle, at=AT, pins=pins(log), tools=tools)
        assert stamps(report) == ("PASS", "4 checkpoints are stamped by alpha, beta, within one hour each.")


def test_a_checkpoint_without_a_stamp_is_awaited_and_not_passed(log: SampleLog) -> None:
    checkpoints = [*all_stamped(log)[:-1], log.checkpoints[-1]]
    verdict, reason = judged(log, checkpoints=checkpoints)
    assert verdict == "UNKNOWN"
    assert reason == "The time stamp is still awaited for the checkpoints of 17 entries."


def test_a_late_stamp_says_since_when_the_time_is_vouched_for(log: SampleLog) -> None:
    verdict, reason = judged(log, checkpoints=all_stamped(log, timedelta(hours=24)))
    assert verdict == "UNKNOWN"
    assert "time services vouch for it only since 2026-11-17 11:26 UTC" in reason


def test_a_checkpoint_that_was_stamped_before_its_own_time_is_refused(log: SampleLog) -> None:
    verdict, reason = judged(log, checkpoints=all_stamped(log, timedelta(minutes=-6)))
    assert (verdict, "was already stamped" in reason) == ("FAIL", True)


@pytest.mark.parametrize("tools", [None, OpenSSL()], ids=["in process", "openssl"])
def test_a_stamp_of_another_service_in_the_place_of_the_first_is_refused(log: SampleLog, tools: Any) -> None:
    files = unpack(log.bundle(checkpoints=all_stamped(log), tsa_chains=CHAINS))
    files["checkpoints/000000005.alpha.tsr"] = files["checkpoints/000000005.beta.tsr"]
    verdict, reason = stamps(verify(sealed_again(files, log.key), at=AT, pins=pins(log), tools=tools))
    assert (verdict, reason.startswith("checkpoints/000000005.alpha.tsr ")) == ("FAIL", True)


@pytest.mark.parametrize("tools", [None, OpenSSL()], ids=["in process", "openssl"])
def test_a_known_certificate_that_signs_nothing_lends_no_trust(log: SampleLog, tools: Any) -> None:
    """The forger's own service, with the honest root put at the end or in the middle of its chain."""
    forger = TimeService.create("forger", START)
    checkpoints = [
        stamped(one.note, Checkpoint.unchecked(one.note).at, {"alpha": forger}) for one in log.checkpoints
    ]
    own, root = forger.chain
    honest = ALPHA_SERVICE.chain[1]
    for chain in ([own, honest], [own, honest, root], [own, root, honest]):
        bundle = log.bundle(checkpoints=checkpoints, tsa_chains={"alpha": chain})
        assert stamps(verify(bundle, at=AT, pins=pins(log), tools=tools))[0] == "FAIL"


def siblings() -> list[TimeService]:
    """Two services below one root, as a large provider has them."""
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("root", "one", "two")]
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in names]
    made = []
    for name, key in zip(names, keys, strict=True):
        builder = (
            x509.CertificateBuilder().subject_name(name).issuer_name(names[0]).public_key(key.public_key())
        )
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(
            START - timedelta(days=1)
        )
        builder = builder.not_valid_after(START + timedelta(days=900))
        builder = builder.add_extension(
            x509.BasicConstraints(ca=name == names[0], path_length=None), critical=True
        )
        if name != names[0]:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
            builder = builder.add_extension(usage, critical=True)
        made.append(builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.DER))
    return [TimeService(keys[place], [made[place], made[0]]) for place in (1, 2)]


@pytest.mark.parametrize("tools", [None, OpenSSL()], ids=["in process", "openssl"])
def test_another_service_of_the_same_provider_does_not_pass_for_the_named_one(
    log: SampleLog, tools: Any
) -> None:
    one, two = siblings()
    known = Pins(log=(log.key.vkey,), tsa=tuple(pin_fingerprints(one.chain)))
    for service, expected in ((one, "PASS"), (two, "FAIL")):
        notes = [item.note for item in log.checkpoints]
        checkpoints = [
            BundleCheckpoint(
                note, {"alpha": service.answer(stamp_request(note).body, Checkpoint.unchecked(note).at)}
            )
            for note in notes
        ]
        bundle = log.bundle(checkpoints=checkpoints, tsa_chains={"alpha": one.chain})
        assert stamps(verify(bundle, at=AT, pins=known, tools=tools))[0] == expected


@pytest.mark.parametrize("tools", [None, OpenSSL()], ids=["in process", "openssl"])
def test_a_customer_of_the_provider_cannot_issue_services_of_its_own(log: SampleLog, tools: Any) -> None:
    """An honest certificate that may not issue others stands as the issuer, below the known root."""
    one, _ = siblings()
    honest = serialization.load_der_private_key(one.secret(), password=None)
    assert isinstance(honest, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.load_der_x509_certificate(one.chain[0])
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rogue")])
    builder = x509.CertificateBuilder().subject_name(own).issuer_name(issuer.subject)
    builder = (
        builder.public_key(key.public_key()).serial_number(7).not_valid_before(START - timedelta(days=1))
    )
    builder = builder.not_valid_after(START + timedelta(days=900))
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    rogue = builder.add_extension(usage, critical=True).sign(honest, hashes.SHA256())
    service = TimeService(key, [rogue.public_bytes(serialization.Encoding.DER), *one.chain])
    checkpoints = [
        BundleCheckpoint(
            item.note, {"alpha": service.answer(stamp_request(item.note).body, START + timedelta(days=1))}
        )
        for item in log.checkpoints
    ]
    bundle = log.bundle(checkpoints=checkpoints, tsa_chains={"alpha": service.chain})
    known = Pins(log=(log.key.vkey,), tsa=tuple(pin_fingerprints(one.chain)))
    assert stamps(verify(bundle, at=AT, pins=known, tools=tools))[0] == "FAIL"


def test_stamps_without_a_known_service_leave_the_time_unknown(log: SampleLog) -> None:
    bundle = log.bundle(checkpoints=all_stamped(log), tsa_chains=CHAINS)
    verdict, reason = stamps(verify(bundle, at=AT, pins=Pins()))
    assert (verdict, "You named no time service" in reason) == ("UNKNOWN", True)


def test_a_stamp_without_its_chain_cannot_enter_a_bundle(log: SampleLog) -> None:
    with pytest.raises(BadBundle, match="no certificate chain"):
        log.bundle(checkpoints=all_stamped(log))


def renewed(log: SampleLog, at: Any) -> tuple[list[BundleCheckpoint], dict[str, list[bytes]]]:
    """Every checkpoint stamped again by a younger service, over all that it bears."""
    young = TimeService.create("young", at)
    checkpoints = []
    for one in all_stamped(log):
        data = renewal_data(one.note, list(one.stamps.items()))
        request = stamp_request(data)
        answer = young.answer(request.body, at)
        check_stamp(answer, data, young.chain, request.nonce)
        checkpoints.append(BundleCheckpoint(one.note, {**one.stamps, "young.renewal-1": answer}))
    return checkpoints, {**CHAINS, "young": young.chain}


def test_fifteen_years_later_only_renewed_stamps_pass(log: SampleLog) -> None:
    later = START + timedelta(days=15 * 365)
    verdict, reason = judged(log, at=later)
    assert (verdict, "were not renewed" in reason) == ("UNKNOWN", True)
    checkpoints, chains = renewed(log, START + timedelta(days=9 * 365))
    bundle = log.bundle(checkpoints=checkpoints, tsa_chains=chains)
    known = Pins(
        log=(log.key.vkey,), tsa=tuple(a for chain in chains.values() for a in pin_fingerprints(chain))
    )
    for tools in (None, OpenSSL()):
        assert stamps(verify(bundle, at=later, pins=known, tools=tools))[0] == "PASS"


def test_a_renewal_that_came_after_the_end_of_the_first_stamps_renews_nothing(log: SampleLog) -> None:
    checkpoints, chains = renewed(log, START + timedelta(days=11 * 365))
    bundle = log.bundle(checkpoints=checkpoints, tsa_chains=chains)
    known = Pins(
        log=(log.key.vkey,), tsa=tuple(a for chain in chains.values() for a in pin_fingerprints(chain))
    )
    verdict, reason = stamps(verify(bundle, at=START + timedelta(days=12 * 365), pins=known))
    assert (verdict, "were not renewed" in reason) == ("UNKNOWN", True)


def test_a_renewal_without_the_stamp_that_it_renews_is_refused(log: SampleLog) -> None:
    checkpoints, chains = renewed(log, START + timedelta(days=100))
    files = unpack(log.bundle(checkpoints=checkpoints, tsa_chains=chains))
    for name in [name for name in files if name.endswith((".alpha.tsr", ".beta.tsr"))]:
        del files[name]
    verdict, reason = stamps(verify(sealed_again(files, log.key), at=AT, pins=pins(log)))
    assert (verdict, reason) == ("FAIL", "A renewed time stamp is here without the one that it renews.")
