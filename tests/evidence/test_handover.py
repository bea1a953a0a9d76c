"""The log key is replaced by a signed hand-over, and each key counts in its own time only."""

from datetime import timedelta
from typing import Any

import pytest

from novation.evidence.errors import BadNote
from novation.evidence.handover import make_handover
from novation.evidence.note import Checkpoint, LogKey, open_note, sign_note
from novation.evidence.tags import Tag
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import Pins, verify
from tests.evidence.forging import sealed_again
from tests.evidence.sample_log import ALPHA, ORIGIN, SampleLog, sample_log

NEW = LogKey.from_seed(ORIGIN, bytes([9]) * 32)


def handed_over() -> tuple[SampleLog, dict[str, Any]]:
    """The sample log with a new key since its last checkpoint, and one more event under it."""
    log = sample_log()
    note = make_handover(log.key, NEW, size=len(log.tree), at=log.at + timedelta(minutes=5))
    changes = {"log_keys": [log.key.vkey, NEW.vkey], "handovers": [note]}
    log.key = NEW
    log.add(Tag.MOVE_PAUSED, ALPHA)
    log.checkpoint()
    return log, changes


def failures(bundle: bytes, pins: Pins) -> dict[str, str]:
    report = verify(bundle, at=None, pins=pins)
    return {check.name: check.reason for check in report.checks if check.verdict == "FAIL"}


def test_a_bundle_over_two_keys_verifies_with_either_key_pinned() -> None:
    log, changes = handed_over()
    bundle = log.bundle(**changes)
    for vkey in changes["log_keys"]:
        assert failures(bundle, Pins(log=(vkey,))) == {}


def test_the_old_key_signs_nothing_after_the_hand_over() -> None:
    """A stolen old key is of no use: what it signs later is refused."""
    log, changes = handed_over()
    old = sample_log().key
    last = Checkpoint.unchecked(log.checkpoints.pop().note)
    log.checkpoint(old, later=timedelta(minutes=2))
    assert last.size == len(log.tree)
    assert "outside of the time" in failures(log.bundle(**changes), log.pins)["checkpoints"]


def test_the_new_key_signs_nothing_from_before_the_hand_over() -> None:
    log, changes = handed_over()
    early = Checkpoint.unchecked(log.checkpoints[0].note)
    log.checkpoints[0] = type(log.checkpoints[0])(early.signed(NEW))
    assert "outside of the time" in failures(log.bundle(**changes), log.pins)["checkpoints"]


def test_a_key_that_nobody_handed_over_is_refused() -> None:
    log, changes = handed_over()
    files = unpack(log.bundle(**changes))
    del files["keys/handover-2.note"]
    assert "missing" in failures(sealed_again(files, NEW), log.pins)["log keys"]


def test_a_hand_over_that_only_the_new_key_signed_is_refused() -> None:
    log, changes = handed_over()
    thief = LogKey.from_seed(ORIGIN, bytes([8]) * 32)
    forged = make_handover(thief, NEW, size=17, at=log.at).replace(
        thief.vkey.encode(), sample_log().key.vkey.encode()
    )
    reasons = failures(log.bundle(**changes | {"handovers": [forged]}), log.pins)
    assert "does not hand over" in reasons["log keys"]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("handover@v1", "handover@v2"),
        (ORIGIN + "\n", "other.example/log\n"),
        ("\n17\n", "\n17\nmore\n"),
        ("at ", "AT "),
    ],
)
def test_a_hand_over_of_another_form_is_refused_though_both_keys_signed_it(was: str, now: str) -> None:
    log, changes = handed_over()
    old = sample_log().key
    text = open_note(changes["handovers"][0], NEW.public)
    assert was in text
    forged = sign_note(text.replace(was, now, 1), old, NEW)
    assert (
        "keys/handover-2.note"
        in failures(log.bundle(**changes | {"handovers": [forged]}), log.pins)["log keys"]
    )


def test_a_key_hands_over_only_within_its_log() -> None:
    log = sample_log()
    for other in (log.key, LogKey.generate("another.example/log")):
        with pytest.raises(BadNote, match="another key of the same log"):
            make_handover(log.key, other, size=1, at=log.at)
