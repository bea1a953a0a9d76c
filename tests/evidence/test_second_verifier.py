"""A verifier in another language, without shared code, comes to the same verdicts on good and damaged bundles."""

import hashlib
import random
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from novation.evidence.bundle import BundleEvent
from novation.evidence.erasure import Erasure
from novation.evidence.handover import make_handover
from novation.evidence.note import LogKey
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import pack, unpack
from novation.evidence.verify import Pins, verify
from tests.conftest import missing
from tests.evidence.auth_keys import Key
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import IMPORTED, ORIGIN, SampleLog
from tests.evidence.stamped_log import full_log, full_pins
from tests.evidence.test_earlier_formats import INDEX, samples

SCRIPT = Path(__file__).parent / "second_verifier" / "check.pl"
KEYS = (Key("ed25519", "web-1"), Key("hmac-sha256", "engine-1"), Key("ed25519", "not-pinned"))
FIRST_KEY = LogKey.from_seed(ORIGIN, bytes(32))


def second_verdicts(bundles: list[bytes], pins: Pins, folder: Path) -> list[str]:
    if shutil.which("perl") is None:
        missing("no perl for the second verifier; install it (Debian: apt-get install perl)")
    paths = []
    for number, bundle in enumerate(bundles):
        paths.append(folder / f"{number}.zip")
        paths[-1].write_bytes(bundle)
    options = [part for key in pins.log for part in ("--log", key)]
    options += [part for anchor in pins.tsa for part in ("--tsa", anchor)]
    options += [part for key in pins.auth for part in ("--auth", key)]
    done = subprocess.run(["perl", SCRIPT, *options, *paths], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == len(bundles), done.stdout + done.stderr
    return lines


def random_log(dice: random.Random) -> tuple[SampleLog, bytes]:
    """A log with some customers, texts of all kinds, perhaps an erasure and a new key; and one bundle of it."""
    log = SampleLog(key=FIRST_KEY)
    names = [f"C-{number}" for number in range(dice.randint(1, 4))]
    handover: dict[str, object] = {}
    for turn in range(dice.randint(1, 14)):
        subject = dice.choice(names) if turn else names[0]
        odd = "".join(chr(dice.choice([10, 31, 34, 92, 127, 233, 0x2028, 0xE000, 0x1F600])) for _ in range(4))
        data: dict[str, object] = {odd: [None, True, -3, {"é": odd}]} if dice.random() < 0.5 else {}
        if dice.random() < 0.5:
            content = f"{subject} {turn}".encode()
            data["documents"] = [log.document(subject, dice.choice(["mail", "shown"]), "html", content)]
        personal = {"name": f"N {turn} {odd}", "mail": "x@example.org"} if dice.random() < 0.5 else None
        if dice.random() < 0.3:
            data["contact_origin"] = IMPORTED
        log.add(
            dice.choice([Tag.NOTICE_SENT, Tag.PAGE_SHOWN, Tag.DECISION_SELF]),
            subject,
            personal=personal,
            context=dice.choice([None, {}, {"operation": f"O-{turn}"}, {"move": "M-1", "operation": "O-1"}]),
            authenticator=dice.choice([None, None, *KEYS, Key("es256", "card-1")]),
            **data,
        )
        if dice.random() < 0.3:
            log.checkpoint(log.key)
        if not handover and dice.random() < 0.1:
            new = LogKey.from_seed(ORIGIN, bytes([7]) * 32)
            at = log.at + timedelta(minutes=3)
            note = make_handover(log.key, new, size=len(log.tree), at=at)
            handover = {"log_keys": [log.key.vkey, new.vkey], "handovers": [note]}
            log.key = new
    subject = names[0]
    erasure = Erasure()
    opened = [(s, e) for s, e in log.entries if s == subject and e.personal]
    if opened and dice.random() < 0.4:
        _, entry = dice.choice(opened)
        seq = [e for _, e in log.entries].index(entry)
        erasure = Erasure({seq: ["mail"]})
        log.add(Tag.LOG_ERASED, subject, **erasure.record("request of the person"))
    log.checkpoints = [one for one in log.checkpoints if one is not None]
    sizes = {len(log.tree)}
    if not any(f"\n{size}\n".encode() in one.note for one in log.checkpoints for size in sizes):
        log.checkpoint(log.key, later=timedelta(minutes=5))
    events = [
        BundleEvent(entry.body, erasure.remaining(seq, entry.personal))
        for seq, (name, entry) in enumerate(log.entries)
        if name == subject
    ]
    return log, log.bundle(subject, events=events, **handover)


def damaged(bundle: bytes, dice: random.Random, key: LogKey) -> bytes:
    """One of the damages that a file, or a forger with the log key, can do."""
    files = unpack(bundle)
    name = dice.choice([name for name in files if not name.startswith(("verify", "README"))])
    other = dice.choice(sorted(files))
    content = bytearray(files[name])
    if content:
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    kind = dice.randrange(8)
    if kind == 0:
        changed = bytearray(bundle)
        changed[dice.randrange(len(bundle))] ^= 1 << dice.randrange(8)
        return bytes(changed)
    if kind == 1:
        return pack({**files, name: bytes(content)})
    if kind == 2:
        return sealed_again({**files, name + "x": files[name]}, key)
    if kind == 3:
        return sealed_again({one: data for one, data in files.items() if one != name}, key)
    if kind == 4:
        return sealed_again({**files, name: files[other]}, key)
    if kind == 5:
        return bundle[: dice.randrange(len(bundle))]
    return sealed_again({**files, name: bytes(content)}, key)


def disagreements(count: int, folder: Path) -> list[str]:
    """Make `count` good and `count` damaged bundles, and tell where the two verifiers differ."""
    dice = random.Random(2026)
    pins = Pins(log=(FIRST_KEY.vkey,), auth=tuple(key.pin for key in KEYS[:-1]))
    bundles = []
    for _ in range(count):
        log, bundle = random_log(dice)
        bundles += [bundle, damaged(bundle, dice, log.key)]
    own = [verify(bundle, at=None, pins=pins) for bundle in bundles]
    theirs = second_verdicts(bundles, pins, folder)
    good = [report.verdict for report in own[::2]]
    assert set(good) == {"UNKNOWN"}, [report.checks for report in own[::2] if report.verdict == "FAIL"][:1]
    assert sum(report.verdict == "FAIL" for report in own[1::2]) > count * 0.8
    return [
        f"{hashlib.sha256(bundle).hexdigest()[:8]}: {report.verdict} {line} "
        f"{[check for check in report.checks if check.verdict == 'FAIL'][:1]}"
        for bundle, report, line in zip(bundles, own, theirs, strict=True)
        if report.verdict != line.split(" ")[0]
    ]


def test_both_verifiers_agree_on_good_and_damaged_bundles(tmp_path: Path) -> None:
    assert disagreements(60, tmp_path) == []


@pytest.mark.soak
def test_both_verifiers_agree_on_1000_good_and_1000_damaged_bundles(tmp_path: Path) -> None:
    assert disagreements(1000, tmp_path) == []


def test_both_verifiers_agree_on_each_bundle_of_format_1(tmp_path: Path) -> None:
    for name, known in INDEX.items():
        if name == "honest-with-renewed-stamps":
            continue  # the second verifier does not look at renewals, and says so
        pins = Pins(**{kind: tuple(values) for kind, values in known["pins"].items()})
        bundle = samples()[name + ".zip"]
        own = verify(bundle, at=None, pins=pins)
        (line,) = second_verdicts([bundle], pins, tmp_path)
        assert line.split(" ")[0] == own.verdict, (name, line, own.checks)


def test_both_verifiers_pass_a_stamped_and_certified_bundle(tmp_path: Path) -> None:
    log, changes = full_log()
    pins = full_pins(log)
    bundle = log.bundle(**changes)
    files = unpack(bundle)
    swapped = {**files, "checkpoints/000000005.alpha.tsr": files["checkpoints/000000005.beta.tsr"]}
    bundles = [bundle, sealed_again(swapped, log.key)]
    own = [verify(one, at=None, pins=pins).verdict for one in bundles]
    theirs = [line.split(" ")[0] for line in second_verdicts(bundles, pins, tmp_path)]
    assert own == theirs == ["PASS", "FAIL"]
