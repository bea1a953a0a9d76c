"""Twelve forgeries by somebody who owns the database, and where said the log key: each is found and named."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from novation.evidence.bundle import BundleCheckpoint
from novation.evidence.canonical import canonical
from novation.evidence.chain import EMPTY_HEAD, extend_chain
from novation.evidence.entry import Entry
from novation.evidence.note import Checkpoint, LogKey
from novation.evidence.tags import Tag
from novation.evidence.time_service import TimeService
from novation.evidence.tree import Tree, leaf_hash
from novation.evidence.verifier.archive import unpack
from novation.evidence.verifier.certificates import write_chain
from novation.evidence.verify import verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, ORIGIN, START, SampleLog, sample_log
from tests.evidence.stamped_log import (
    SEAL,
    certificate_input,
    full_log,
    full_pins,
    render_certificate,
    stamped,
)

AT = START + timedelta(days=2)


@dataclass
class Scene:
    """The honest log and bundle, which every forger starts from."""

    log: SampleLog
    changes: dict[str, Any]
    bundle: bytes

    @property
    def files(self) -> dict[str, bytes]:
        return unpack(self.bundle)


@pytest.fixture
def scene() -> Scene:
    log, changes = full_log()
    return Scene(log, changes, log.bundle(**changes))


def described(files: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    """The files with a bundle.json that fits them, as a careful forger makes it."""
    events = sorted(name for name in files if name.startswith("events/") and name.endswith(".json"))
    head = EMPTY_HEAD
    for name in events:
        head = extend_chain(head, leaf_hash(files[name]))
    says = json.loads(files["bundle.json"]) | {"events": len(events), "head": head.hex()} | changes
    return {**files, "bundle.json": canonical(says)}


def altered(body: bytes, **changes: object) -> bytes:
    return canonical(json.loads(body) | changes)


def rewritten(log: SampleLog, change: Callable[[list[tuple[str, Entry]]], list[tuple[str, Entry]]]) -> None:
    """Rewrite history with the log key: other entries, a fresh tree, freshly signed checkpoints."""
    log.entries = change(log.entries)
    log.tree = Tree(entry.leaf for _, entry in log.entries)
    old = [Checkpoint.unchecked(one.note) for one in log.checkpoints]
    kept = [one for one in old if one.size <= len(log.tree)]
    said = [Checkpoint(ORIGIN, one.size, log.tree.root(one.size), one.at) for one in kept]
    log.checkpoints = [stamped(one.signed(log.key), one.at + timedelta(minutes=1)) for one in said]


def edit(scene: Scene) -> bytes:
    files = scene.files
    name = "events/000000006.json"
    forged = altered(
        files[name], data={"documents": json.loads(files[name])["data"]["documents"], "level": "A3"}
    )
    return sealed_again(described({**files, name: forged}), scene.log.key)


def delete(scene: Scene) -> bytes:
    gone = {"events/000000013.json", "events/000000013.tlog-proof"}
    files = {name: data for name, data in scene.files.items() if name not in gone}
    return sealed_again(described(files), scene.log.key)


def insert(scene: Scene) -> bytes:
    files = scene.files
    invented = altered(files["events/000000006.json"], seq=7, number=5, tag="decision:mandate", personal={})
    proof = files["events/000000006.tlog-proof"].replace(b"index 6", b"index 7")
    forged = {**files, "events/000000007.json": invented, "events/000000007.tlog-proof": proof}
    return sealed_again(described(forged), scene.log.key)


def reorder(scene: Scene) -> bytes:
    files = scene.files
    first, second = "events/000000015.json", "events/000000016.json"
    forged = {
        **files,
        first: altered(files[second], seq=15, number=json.loads(files[first])["number"]),
        second: altered(files[first], seq=16, number=json.loads(files[second])["number"]),
    }
    return sealed_again(described(forged), scene.log.key)


def swap(scene: Scene) -> bytes:
    other = unpack(
        scene.log.bundle(
            "SEV-5177-0042",
            checkpoints=scene.changes["checkpoints"],
            tsa_chains=scene.changes["tsa_chains"],
        )
    )
    files = scene.files
    for name in ("events/000000006.json", "events/000000006.tlog-proof", "personal/000000006.json"):
        files.pop(name)
    for kind in ("json", "tlog-proof"):
        files[f"events/000000008.{kind}"] = other[f"events/000000008.{kind}"]
    files["personal/000000008.json"] = other["personal/000000008.json"]
    return sealed_again(described(files), scene.log.key)


def back_date(scene: Scene) -> bytes:
    """With the log key, and properly logged: but the log of that time did not hold it."""
    log = scene.log
    present, log.at = log.at, START + timedelta(minutes=100)
    log.add(Tag.DECISION_MANDATE, ALPHA)
    log.at = present
    log.checkpoint(later=timedelta(minutes=30))
    newest = log.checkpoints[-1].note
    changes = scene.changes | {
        "checkpoints": [*scene.changes["checkpoints"], stamped(newest, log.at + timedelta(minutes=31))],
        "issued": log.at + timedelta(minutes=40),
    }
    return log.bundle(**changes)


def replace_pdf(scene: Scene) -> bytes:
    other = render_certificate(certificate_input(scene.log, summary="Nobody authorised anybody."))
    sealed = SEAL.seal(other, at=scene.log.at, reason="Certificate of evidence", stamp=None)
    return sealed_again({**scene.files, "certificate.pdf": sealed}, scene.log.key)


def replace_stamp(scene: Scene) -> bytes:
    """A service of the forger stamps, and its certificate takes the place of the honest one."""
    files = scene.files
    own = TimeService.create("alpha", START)
    files["keys/tsa-alpha.pem"] = write_chain(own.chain)
    for name in [name for name in files if name.endswith(".note") and name.startswith("checkpoints/")]:
        at = Checkpoint.unchecked(files[name]).at
        files[name.replace(".note", ".alpha.tsr")] = stamped(files[name], at, {"alpha": own}).stamps["alpha"]
    return sealed_again(files, scene.log.key)


def foreign_key(scene: Scene) -> bytes:
    log = scene.log
    log.key = LogKey.generate(ORIGIN)
    rewritten(log, lambda entries: entries)
    return log.bundle(**scene.changes | {"checkpoints": log.checkpoints})


def truncate(scene: Scene) -> bytes:
    log = scene.log
    rewritten(log, lambda entries: entries[:15])
    last = Checkpoint(ORIGIN, 15, log.tree.root(), log.at)
    checkpoints = [*log.checkpoints, stamped(last.signed(log.key), log.at)]
    return log.bundle(checkpoints=checkpoints, tsa_chains=scene.changes["tsa_chains"])


def fork(scene: Scene) -> bytes:
    def changed(entries: list[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
        subject, entry = entries[0]
        body = altered(entry.body, actor="nobody")
        return [(subject, Entry(body, leaf_hash(body))), *entries[1:]]

    rewritten(scene.log, changed)
    return scene.log.bundle(**scene.changes | {"checkpoints": scene.log.checkpoints})


def replay(scene: Scene) -> bytes:
    """An old state is sold as today's: the withdrawal that came later is hidden."""
    log = scene.log
    old: list[BundleCheckpoint] = scene.changes["checkpoints"]
    return log.bundle(**scene.changes | {"checkpoints": old, "issued": log.at + timedelta(days=30)})


FORGERIES = [
    (edit, "events in the log", "Event 6 is not the one that the log holds there: it was changed."),
    (delete, "nothing left out", "events are missing or out of order"),
    (insert, "events in the log", "Event 7 is not the one that the log holds there"),
    (reorder, "events in the log", "Event 15 is not the one that the log holds there"),
    (swap, "nothing left out", "Event 8 belongs to SEV-5177-0042, not to this customer."),
    (back_date, "times", "Event 18 is dated before event 17"),
    (replace_pdf, "certificate", "certificate.pdf is not the one that the log names: it was replaced."),
    (replace_stamp, "time stamps", "Stamped by a time service that you do not trust: alpha."),
    (foreign_key, "log key known", "The bundle is signed by a foreign key"),
    (truncate, "witness 1", "the log was cut, or an old checkpoint is replayed"),
    (fork, "witness 1", "The log was forked or rewritten."),
    (replay, "times", "upon an old checkpoint"),
]


def test_the_honest_bundle_passes_with_its_witness(scene: Scene) -> None:
    report = verify(
        scene.bundle, at=AT, pins=full_pins(scene.log), witnesses=[scene.log.checkpoints[-1].note]
    )
    assert report.verdict == "PASS", report.checks


@pytest.mark.parametrize(
    ("forge", "check", "sentence"), FORGERIES, ids=lambda value: getattr(value, "__name__", "")
)
def test_each_forgery_is_found_and_named(
    scene: Scene, forge: Callable[[Scene], bytes], check: str, sentence: str
) -> None:
    pins = full_pins(scene.log)
    receipt = scene.log.checkpoints[-1].note
    report = verify(forge(scene), at=AT, pins=pins, witnesses=[receipt])
    reasons = {one.name: one.reason for one in report.checks if one.verdict == "FAIL"}
    assert sentence in reasons.get(check, ""), report.checks
    assert report.exit_code == 1


@pytest.mark.parametrize("forge", [edit, delete, insert, reorder, swap, replace_pdf, replace_stamp])
def test_without_the_log_key_the_manifest_gives_the_forger_away(
    scene: Scene, forge: Callable[[Scene], bytes]
) -> None:
    pins = full_pins(scene.log)
    forged = sealed_again(unpack(forge(scene)), LogKey.generate(ORIGIN))
    report = verify(forged, at=AT, pins=pins)
    assert "manifest signature" in {one.name for one in report.checks if one.verdict == "FAIL"}


def test_a_back_dated_event_is_found_even_when_it_follows_no_later_one_of_its_customer(scene: Scene) -> None:
    """The checkpoint of the time that it claims does not hold it."""
    log = scene.log
    log.at = START + timedelta(minutes=100)
    log.add(Tag.MOVE_CREATED, "SEV-9999-0001")
    log.at = START + timedelta(days=1)
    log.checkpoint()
    changes = {"checkpoints": log.checkpoints, "documents": [], "issued": log.at + timedelta(minutes=10)}
    report = verify(log.bundle("SEV-9999-0001", **changes), at=None, pins=log.pins)
    reasons = [one.reason for one in report.checks if one.verdict == "FAIL"]
    assert len(reasons) == 1
    assert reasons[0].startswith("Event 18 is back-dated: it claims 2026-11-16T10:24:00")


def test_the_last_event_cannot_be_left_out(scene: Scene) -> None:
    last = "events/000000017"
    files = {
        name: data
        for name, data in scene.files.items()
        if not name.startswith((last, "certificate", "keys/seal"))
    }
    says = json.loads(files["bundle.json"])
    files["bundle.json"] = canonical(says | {"events": says["events"] - 1})
    report = verify(sealed_again(files, scene.log.key), at=AT, pins=full_pins(scene.log))
    reasons = {check.name: check.reason for check in report.checks if check.verdict == "FAIL"}
    assert "events are missing at the end" in reasons["nothing left out"]


def test_an_event_that_follows_another_history_is_found() -> None:
    """Properly logged and numbered, but it was chained to an event that the bundle does not have."""
    log = sample_log()
    number, _ = log.heads[ALPHA]
    log.heads[ALPHA] = (number, bytes([1]) * 32)
    log.add(Tag.MOVE_PAUSED, ALPHA)
    log.checkpoint()
    report = verify(log.bundle(), at=None, pins=log.pins)
    reasons = {check.name: check.reason for check in report.checks if check.verdict == "FAIL"}
    assert reasons == {
        "nothing left out": "Event 17 does not follow from the one before: an event was replaced."
    }


def test_a_page_that_was_added_later_is_found_though_the_log_key_signed_it(scene: Scene) -> None:
    forged = {**scene.files, "shown/000000005-0123456789abcdef.html": b"<p>You agreed to more than that.</p>"}
    report = verify(sealed_again(forged, scene.log.key), at=AT, pins=full_pins(scene.log))
    reasons = {check.name: check.reason for check in report.checks if check.verdict == "FAIL"}
    assert reasons == {
        "documents": "shown/000000005-0123456789abcdef.html is named by no event: it was added or changed after "
        "the act."
    }
