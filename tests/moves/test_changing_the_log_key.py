"""The log key is replaced by a hand-over that everybody can follow, whatever breaks off on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from novation.domain.errors import BadInput
from novation.evidence.note import Checkpoint as Signed
from novation.evidence.note import read_vkey
from novation.evidence.tags import Tag
from novation.evidencelog.models import Checkpoint, Event, LogKey
from novation.evidencelog.services import checkpoints, events, log_key_rotation, log_keys
from tests.builders import DAY, NOW


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.NOVATION_HOME = tmp_path
    return tmp_path


def log_something(at: Any = NOW) -> None:
    with transaction.atomic():
        events.record(Tag.PROGRAMME_CHANGED, at=at, actor="test")


def test_the_old_key_signs_what_is_there_and_the_new_one_what_follows() -> None:
    log_something()
    old = log_keys.log_vkey()
    log_key_rotation.rotate(now=NOW + DAY, actor="operator:1")
    log_something(NOW + 2 * DAY)
    checkpoints.sign(now=NOW + 2 * DAY)
    first, second, third = (bytes(one.note) for one in Checkpoint.objects.order_by("size"))
    assert Signed.opened(first, read_vkey(old)).size == 1
    for note, size in ((second, 2), (third, 3)):
        assert Signed.opened(note, read_vkey(log_keys.log_vkey())).size == size
    assert log_keys.log_vkeys() == [old, log_keys.log_vkey()]


def test_the_change_is_an_event_with_the_note_and_without_a_secret(home: Path) -> None:
    log_key_rotation.rotate(now=NOW, actor="operator:1")
    (event,) = Event.objects.all()
    assert event.tag == Tag.LOG_KEY_CHANGED
    assert event.actor == "operator:1"
    assert log_keys.log_vkey().encode() in bytes(event.body)
    seed = (home / "keys" / "log-2").read_bytes()
    assert seed not in bytes(event.body)
    assert (home / "keys" / "log-2").stat().st_mode & 0o777 == 0o600
    assert (home / "keys" / "log-2.vkey").read_text() == log_keys.log_vkey()


def test_a_change_that_breaks_off_leaves_the_old_key_in_charge(monkeypatch: pytest.MonkeyPatch) -> None:
    before = log_keys.log_vkey()

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the machine stops here")

    monkeypatch.setattr(events, "record", broken)
    with pytest.raises(RuntimeError):
        log_key_rotation.rotate(now=NOW, actor="test")
    monkeypatch.undo()
    assert LogKey.objects.count() == Event.objects.count() == 0
    assert log_keys.log_vkey() == before
    log_key_rotation.rotate(now=NOW, actor="test")  # takes up the key file that was left
    assert log_keys.log_key().vkey == log_keys.log_vkey() != before


def test_a_lost_key_file_stops_the_signing_and_is_never_replaced_in_silence(home: Path) -> None:
    log_key_rotation.rotate(now=NOW, actor="test")
    (home / "keys" / "log-2").unlink()
    log_something()
    with pytest.raises(BadInput, match="log-2 is missing"):
        checkpoints.sign(now=NOW)
    assert not (home / "keys" / "log-2").exists()


def test_it_can_be_replaced_again_and_again() -> None:
    for turn in range(3):
        log_key_rotation.rotate(now=NOW + turn * DAY, actor="test")
    assert len(set(log_keys.log_vkeys())) == 4
    assert len(log_keys.handovers()) == 3
