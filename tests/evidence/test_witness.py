"""What others hold is compared with a bundle: mails, checkpoints, proofs, older bundles."""

import quopri
import time
from datetime import timedelta

import pytest

from novation.evidence.note import Checkpoint, LogKey
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, BETA, ORIGIN, SampleLog, sample_log


def witnessed(bundle: bytes, witness: bytes, log: SampleLog) -> tuple[str, str]:
    report = verify(bundle, at=None, pins=log.pins, witnesses=[witness])
    return report.checks[-1].verdict, report.checks[-1].reason


def mail(note: bytes) -> bytes:
    """A receipt as a mail server stores it."""
    head = b"From: severka@example.com\r\nContent-Type: text/plain; charset=utf-8\r\n"
    head += b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head + quopri.encodestring(b"Your decision is on record.\n\n" + note + b"\nKind regards\n")


@pytest.mark.parametrize("form", ["note", "mail", "text", "proof", "bundle"])
def test_each_form_of_an_honest_witness_agrees(form: str) -> None:
    log = sample_log()
    note = log.checkpoints[1].note
    older = log.bundle()
    proof = next(data for name, data in unpack(older).items() if name.endswith(".tlog-proof"))
    log.add(Tag.MOVE_PAUSED, ALPHA)
    log.checkpoint()
    witness = {
        "note": note,
        "mail": mail(note),
        "text": b"Receipt:\r\n\r\n" + note.replace(b"\n", b"\r\n"),
        "proof": proof,
        "bundle": older,
    }[form]
    assert witnessed(log.bundle(), witness, log)[0] == "PASS"


def test_a_witness_without_a_checkpoint_decides_nothing(bundle: bytes) -> None:
    assert witnessed(bundle, b"hello", sample_log()) == (
        "UNKNOWN",
        "The witness holds no checkpoint of a log.",
    )


def test_a_witness_of_another_key_is_a_forgery_of_one_of_the_two(bundle: bytes) -> None:
    log = sample_log()
    forged = Checkpoint.unchecked(log.checkpoints[0].note).signed(LogKey.generate(ORIGIN))
    verdict, reason = witnessed(bundle, forged, log)
    assert (verdict, "the witness or the bundle is forged" in reason) == ("FAIL", True)


def test_another_history_of_the_same_size_is_a_fork(bundle: bytes) -> None:
    log = sample_log()
    said = Checkpoint.unchecked(log.checkpoints[0].note)
    forked = Checkpoint(ORIGIN, said.size, bytes(32), said.at).signed(log.key)
    verdict, reason = witnessed(bundle, forked, log)
    assert (verdict, "forked or rewritten" in reason) == ("FAIL", True)


def test_a_newer_witness_asks_for_a_newer_bundle(bundle: bytes) -> None:
    log = sample_log()
    newer = Checkpoint(ORIGIN, 40, bytes(32), log.at + timedelta(days=2)).signed(log.key)
    verdict, reason = witnessed(bundle, newer, log)
    assert (verdict, "ask for a bundle of at least 40 entries" in reason) == ("UNKNOWN", True)


def test_a_witness_that_saw_more_before_the_issue_shows_that_the_log_was_cut(bundle: bytes) -> None:
    log = sample_log()
    more = Checkpoint(ORIGIN, 40, bytes(32), log.at).signed(log.key)
    verdict, reason = witnessed(bundle, more, log)
    assert (verdict, "the log was cut" in reason) == ("FAIL", True)


def test_a_size_that_the_bundle_does_not_have_is_asked_for(bundle: bytes) -> None:
    log = sample_log()
    between = Checkpoint(ORIGIN, 6, bytes(32), log.at).signed(log.key)
    verdict, reason = witnessed(bundle, between, log)
    assert (verdict, "ask for one that includes it" in reason) == ("UNKNOWN", True)


def test_an_older_bundle_whose_last_checkpoint_is_not_here_agrees_by_its_events() -> None:
    log = sample_log()
    log.add(Tag.MOVE_PAUSED, BETA)
    log.checkpoint()
    older = log.bundle(checkpoints=log.checkpoints[-2:])
    kept = log.checkpoints[:-1]
    log.add(Tag.MOVE_PAUSED, ALPHA)
    log.checkpoint()
    verdict, reason = witnessed(log.bundle(checkpoints=[*kept, log.checkpoints[-1]]), older, log)
    assert verdict == "PASS", reason
    assert "events of the older bundle are in this one" in reason


def test_an_older_bundle_with_an_invented_event_is_forged_itself() -> None:
    log = sample_log()
    older = unpack(log.bundle())
    name = next(name for name in sorted(older) if name.endswith(".json") and name.startswith("events/"))
    older[name] = older[name].replace(b'"v":2', b'"v":3')
    log.add(Tag.MOVE_PAUSED, ALPHA)
    log.checkpoint()
    verdict, reason = witnessed(log.bundle(), sealed_again(older, log.key), log)
    assert (verdict, "the witness is forged" in reason) == ("FAIL", True), reason


#: Witnesses that took minutes, or broke the reader of mail.
HOSTILE = {
    "nested": b"From: x\n"
    + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(900)),
    "attached": b"From: x\n" + b"Content-Type: message/rfc822\n\n" * 2_000,
    "a long header": b"From: x\nContent-Type: text/plain; " + b'a="\\";' * 20_000 + b"\n\nx",
    "brackets": b"From: x\nContent-Type: " + b"(" * 200_000 + b"\n\nx",
    "a strange charset": b"From: x\nContent-Type: text/plain; charset=undefined\n\nx",
    "many lines": b"From: x\n\n" + b"\n" * 2_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_witness_decides_nothing_and_is_read_at_once(name: str) -> None:
    log = sample_log()
    bundle = log.bundle()
    began = time.process_time()
    verdict, reason = witnessed(bundle, HOSTILE[name], log)
    assert verdict == "UNKNOWN"
    assert "Error" not in reason, "no check is broken by it"
    assert time.process_time() - began < 3


def test_a_witness_full_of_notes_is_not_read_to_its_end() -> None:
    log = sample_log()
    note = log.checkpoints[1].note.decode()
    many = "".join(note.replace("\nat ", f"\nat {number}:") + "\n" for number in range(600))
    verdict, reason = witnessed(log.bundle(), many.encode(), log)
    assert (verdict, "more checkpoints" in reason) == ("UNKNOWN", True)
