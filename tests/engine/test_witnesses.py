"""Checkpoints go outside: a mail a day, a file each that nobody replaces, and one in every receipt."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from novation.clock import FixedClock
from novation.engine import witnesses
from novation.evidence.tags import Tag
from novation.evidence.verify import FAIL
from novation.evidencelog.models import Checkpoint, WitnessMail
from novation.evidencelog.services import checkpoints, events
from novation.evidencelog.verification import judge
from novation.moves import bundles
from tests import people
from tests.builders import DAY, NOW

pytestmark = pytest.mark.django_db


def grow(at: Any = NOW) -> Checkpoint:
    with transaction.atomic():
        events.record(Tag.PROGRAMME_CHANGED, at=at, actor="test")
    signed = checkpoints.sign(now=at)
    assert signed is not None
    return signed


@pytest.fixture
def at(settings: Any) -> FixedClock:
    settings.NOVATION_CHECKPOINT_MAIL = "auditor@outside.example"
    return FixedClock(NOW)


def test_one_mail_a_day_carries_the_newest_checkpoint(at: FixedClock) -> None:
    grow()
    newest = grow()
    for hours in range(0, 30, 6):
        at.at = NOW + timedelta(hours=hours)
        witnesses.mail_if_due(at)
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["auditor@outside.example"]
    assert bytes(newest.note).decode() in mail.outbox[0].body
    grow(at.now())
    witnesses.mail_if_due(at)
    assert len(mail.outbox) == 2
    assert WitnessMail.objects.filter(sent_at=None).count() == 0


def test_a_quiet_log_sends_nothing(at: FixedClock) -> None:
    witnesses.mail_if_due(at)
    grow()
    for day in range(5):
        at.at = NOW + day * DAY
        witnesses.mail_if_due(at)
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_away_is_tried_again(settings: Any, at: FixedClock) -> None:
    grow()
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 9
    witnesses.mail_if_due(at)
    waiting = WitnessMail.objects.get()
    assert (waiting.sent_at, waiting.tries) == (None, 1)
    assert "ConnectionRefusedError" in waiting.error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    witnesses.mail_if_due(at)
    assert len(mail.outbox) == 0
    at.advance(timedelta(minutes=11))
    witnesses.mail_if_due(at)
    assert len(mail.outbox) == 1


def test_the_mail_is_a_witness_against_a_rewritten_log(at: FixedClock, tmp_path: Path) -> None:
    (move,) = people.moves(1)
    people.put(move, notice="queued")
    (path,) = bundles.export([move], tmp_path, now=NOW)
    witnesses.mail_if_due(at)
    letter = mail.outbox[0].message().as_bytes()
    agrees = {c.name: c.verdict for c in judge(path.read_bytes(), at=NOW, witnesses=[letter]).checks}
    assert agrees["witness 1"] == "PASS"
    # Whoever owns database and key writes the last checkpoint anew.
    newest = Checkpoint.objects.latest("size")
    from novation.evidence.note import Checkpoint as Signed
    from novation.evidencelog.services.log_keys import log_key

    forged = Signed(log_key().name, newest.size, bytes(32), newest.at).signed(log_key())
    report = judge(path.read_bytes(), at=NOW, witnesses=[forged])
    (said,) = [check for check in report.checks if check.name == "witness 1"]
    assert said.verdict == FAIL
    assert "two different histories" in said.reason


def test_each_checkpoint_becomes_a_file_once(tmp_path: Path) -> None:
    folder = tmp_path / "worm"
    first = grow()
    known = witnesses.write_once(folder, -1)
    second = grow()
    known = witnesses.write_once(folder, known)
    assert known == second.size
    assert sorted(path.name for path in folder.iterdir()) == ["000000001.note", "000000002.note"]
    assert (folder / "000000001.note").read_bytes() == bytes(first.note)
    assert (folder / "000000001.note").stat().st_mode & 0o222 == 0


def test_a_file_that_lies_there_is_never_replaced(tmp_path: Path) -> None:
    grow()
    (tmp_path / "000000001.note").write_bytes(b"what another engine wrote")
    assert witnesses.write_once(tmp_path, 0) == 1
    assert (tmp_path / "000000001.note").read_bytes() == b"what another engine wrote"
    assert "another checkpoint" in witnesses.contradictions(tmp_path)[0]


def test_a_log_that_was_cut_contradicts_the_folder(tmp_path: Path) -> None:
    grow()
    newest = grow()
    witnesses.write_once(tmp_path, -1)
    assert witnesses.contradictions(tmp_path) == []
    newest.delete()
    assert "does not have" in witnesses.contradictions(tmp_path)[0]
