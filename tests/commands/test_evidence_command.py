"""`novation evidence`: exported, verified against a witness, and signed with a new key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from novation import clock
from novation.cli import parser
from novation.clock import FixedClock
from novation.commands.evidence import evidence
from novation.domain.errors import BadInput
from novation.evidencelog.models import Checkpoint, LogKey
from novation.evidencelog.services import checkpoints
from tests import people
from tests.builders import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.NOVATION_HOME, settings.NOVATION_TIME_SERVICES = tmp_path, {}
    before = clock.use_clock(FixedClock(NOW))
    yield tmp_path
    clock.use_clock(before)


def run(*words: str) -> int:
    return evidence(parser().parse_args(["evidence", *words]))


def test_a_key_is_replaced_only_after_a_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert run("rotate-key") == 1
    assert LogKey.objects.count() == 0
    assert run("rotate-key", "--yes") == 0
    assert LogKey.objects.get().vkey in capsys.readouterr().out


def test_a_witness_decides_between_two_histories(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (move,) = people.moves(1)
    assert run("export", move.reference, "--out", str(home / "out")) == 0
    (path,) = (home / "out").glob("*.zip")
    kept = home / "kept.note"
    kept.write_bytes(bytes(Checkpoint.objects.latest("size").note))
    capsys.readouterr()
    assert run("verify", str(path), "--witness", str(kept)) == 2  # all but the time stamps, which nobody gave
    said = capsys.readouterr().out
    assert "witness 1" in said
    assert "FAIL" not in said
    from novation.evidence.note import Checkpoint as Signed

    newest = Checkpoint.objects.latest("size")
    kept.write_bytes(
        Signed(checkpoints.log_key().name, newest.size, bytes(32), NOW).signed(checkpoints.log_key())
    )
    assert run("verify", str(path), "--witness", str(kept)) == 1
    assert "two different histories" in capsys.readouterr().out


def test_a_witness_that_is_not_there_is_said_so(home: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        run("verify", "any.zip", "--witness", str(home / "missing.eml"))


def test_old_bundles_of_who_is_erased_are_deleted(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from novation.moves.models import Move

    (move,) = people.moves(1)
    Move.objects.update(stage="stays")
    run("export")
    assert run("erase", move.reference, "--reason", "a request") == 0
    assert "was deleted too" in capsys.readouterr().out
    assert list((home / "bundles").iterdir()) == []
