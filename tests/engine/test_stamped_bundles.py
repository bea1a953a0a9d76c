"""A bundle of the product, stamped by two services: every check passes, also somebody else's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from novation import clock
from novation.clock import FixedClock
from novation.evidence.verifier.archive import unpack
from novation.evidence.verify import FAIL, PASS, Report, verify
from novation.evidencelog.services import checkpoints, log_key_rotation, log_keys
from novation.evidencelog.trust_anchors import own_pins
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.moves.models import Move
from tests import people
from tests.builders import NOW
from tests.evidence.forging import sealed_again
from tests.evidence.test_second_verifier import second_verdicts
from tests.timekeeping import time_services

# The checkpointer works on the database in a thread of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at() -> Iterator[FixedClock]:
    standing = FixedClock(NOW)
    before = clock.use_clock(standing)
    yield standing
    clock.use_clock(before)


def lived(language: str = "en", end: str = "self") -> Move:
    """A customer whose story has ended, as a certificate needs it."""
    (move,) = people.moves(1, language=language)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    people.says(move, end)
    Move.objects.filter(pk=move.pk).update(stage="stays")
    return Move.objects.select_related("customer", "programme").get(pk=move.pk)


def failures(report: Report) -> list[str]:
    return [f"{check.name}: {check.reason}" for check in report.checks if check.verdict != PASS]


def exported(move: Move, folder: Path, at: FixedClock, stamp: Any, *, certify: bool = False) -> bytes:
    (path,) = bundles.export([move], folder, now=at.now(), certify=certify, stamp=stamp)
    return path.read_bytes()


def test_every_check_passes_and_both_verifiers_say_so(settings: Any, tmp_path: Path, at: FixedClock) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        move = lived("de", "declined")
        checkpoints.sign(now=at.now())
        at.advance(timedelta(minutes=20))
        data = exported(move, tmp_path / "out", at, stamp, certify=True)
    assert failures(judge(data, at=at.now())) == []
    files = unpack(data)
    assert files["certificate.pdf"].startswith(b"%PDF-1.7")
    assert len([name for name in files if name.endswith(".tsr")]) >= 4
    swapped = sealed_again(
        {
            **files,
            **{n: files[n.replace("alpha", "beta")] for n in files if n.endswith(".alpha.tsr")},
        },
        log_keys.log_key(),
    )
    own = [verify(one, at=at.now(), pins=own_pins()).verdict for one in (data, swapped)]
    theirs = [line.split(" ")[0] for line in second_verdicts([data, swapped], own_pins(), tmp_path)]
    assert own == theirs == [PASS, FAIL]


def test_the_script_inside_says_the_same_without_us(settings: Any, tmp_path: Path, at: FixedClock) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        data = exported(lived(), tmp_path / "out", at, stamp, certify=True)
    (tmp_path / "verify.py").write_bytes(unpack(data)["verify.py"])
    pins = own_pins()
    lines = [*(f"log {key}" for key in pins.log), *(f"tsa {one}" for one in pins.tsa)]
    (tmp_path / "pins").write_text("\n".join([*lines, *(f"seal {one}" for one in pins.seal)]))
    (path,) = (tmp_path / "out").glob("*.zip")
    done = subprocess.run(
        [sys.executable, "-I", "-S", tmp_path / "verify.py", path, "--pins", tmp_path / "pins",
         "--at", f"{at.now():%Y-%m-%d}"],
        capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_public_page_passes_a_bundle_of_ours(
    settings: Any, tmp_path: Path, at: FixedClock, client: Client
) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        data = exported(lived(), tmp_path / "out", at, stamp)
    shown = client.post("/verify/", {"bundle": SimpleUploadedFile("e.zip", data, "application/zip")})
    page = shown.content.decode()
    assert "Something is wrong" not in page
    assert "This installation signed all" in page


def test_an_export_after_quiet_weeks_carries_a_fresh_checkpoint(
    settings: Any, tmp_path: Path, at: FixedClock
) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        move = lived()
        exported(move, tmp_path / "out", at, stamp)
        at.advance(timedelta(days=40))
        data = exported(move, tmp_path / "out", at, stamp)
    assert failures(judge(data, at=at.now())) == []


def test_a_bundle_across_a_change_of_the_log_key_passes(
    settings: Any, tmp_path: Path, at: FixedClock
) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        move = lived()
        before = exported(move, tmp_path / "out", at, stamp)
        at.advance(timedelta(hours=3))
        log_key_rotation.rotate(now=at.now(), actor="test")
        stamp()
        people.says(move, "withdrawn", now=at.advance(timedelta(hours=1)))
        after = exported(move, tmp_path / "out", at, stamp)
    for data in (before, after):
        assert failures(judge(data, at=at.now())) == []
    assert "keys/handover-2.note" in unpack(after)
    theirs = second_verdicts([before, after], own_pins(), tmp_path)
    assert [line.split(" ")[0] for line in theirs] == [PASS, PASS]


def test_a_thief_of_the_old_key_is_found_by_our_own_record(
    settings: Any, tmp_path: Path, at: FixedClock
) -> None:
    with time_services(settings, tmp_path, at) as stamp:
        move = lived()
        honest = exported(move, tmp_path / "out", at, stamp)
        old = log_keys.log_key()
        log_key_rotation.rotate(now=at.now(), actor="test")
    files = unpack(honest)
    (size,) = {int(name.split("/")[1].split(".")[0]) for name in files if name.endswith(".note")}
    name = f"checkpoints/{size:09d}.note"
    later = files[name].split(b"\n\n")[0].replace(b"T08:", b"T09:") + b"\n"
    from novation.evidence.note import sign_note

    forged = sealed_again({**files, name: sign_note(later.decode(), old)}, old)
    (found,) = [check for check in judge(forged, at=at.now()).checks if check.name == "our own record"]
    assert found.verdict == FAIL
    assert "no record of the checkpoint" in found.reason
