"""Bundles: what proves a move can be checked by anyone, and a damaged one cannot."""

import io
import zipfile
from pathlib import Path

import pytest

from novation.evidence.tags import Tag
from novation.evidence.verify import Pins, verify
from novation.evidencelog import bundles as packing
from novation.evidencelog.services import checkpoints, events
from novation.moves import bundles
from novation.moves.models import Move
from tests import people
from tests.builders import NOW


@pytest.fixture
def lived() -> list[Move]:
    """Three customers: one authorised us, one declined, one asked."""
    moves = people.moves(3)
    for move in moves:
        people.put(move, notice="queued")
        people.put(move, notice="sent", decision="asked")
    people.says(moves[0], "mandate")
    checkpoints.sign(now=NOW)
    people.says(moves[1], "declined", reason="We stay.")
    people.says(moves[2], "question", reason="Why?")
    return moves


def verdicts(path: Path) -> tuple[int, list[str]]:
    report = verify(path.read_bytes(), pins=Pins(), at=NOW)
    return report.exit_code, [str(check.verdict) for check in report.checks]


def test_every_bundle_verifies(lived: list[Move], tmp_path: Path) -> None:
    found = list(bundles.export(Move.objects.select_related("customer", "programme"), tmp_path, now=NOW))
    assert sorted(path.name for path in found) == sorted(
        f"evidence-{one.customer.reference}.zip" for one in lived
    )
    for path in found:
        code, said = verdicts(path)
        assert "FAIL" not in said
        assert code != packing.FAIL


def test_a_bundle_holds_the_page_that_was_shown(lived: list[Move], tmp_path: Path) -> None:
    (path,) = bundles.export([lived[0]], tmp_path, now=NOW)
    with zipfile.ZipFile(path) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    assert b"<p>The page as it was shown.</p>" in contents


def test_a_bundle_holds_nothing_of_other_customers(lived: list[Move], tmp_path: Path) -> None:
    (path,) = bundles.export([lived[0]], tmp_path, now=NOW)
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    for other in lived[1:]:
        assert other.reference.encode() not in everything
        assert people.contact(other).email.encode() not in everything


@pytest.mark.parametrize("part", ["event", "document"])
def test_a_damaged_bundle_fails(lived: list[Move], tmp_path: Path, part: str) -> None:
    (path,) = bundles.export([lived[0]], tmp_path, now=NOW)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    mark = b"decision:mandate" if part == "event" else b"as it was shown"
    changed = mark.replace(b"a", b"e", 1)
    name = next(name for name, content in files.items() if mark in content and not name.endswith(".py"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for one, content in files.items():
            archive.writestr(one, content.replace(mark, changed) if one == name else content)
    assert verify(buffer.getvalue(), pins=Pins(), at=NOW).exit_code == packing.FAIL


def test_an_export_leaves_no_half_written_file(lived: list[Move], tmp_path: Path) -> None:
    list(bundles.export(lived, tmp_path, now=NOW))
    assert {path.suffix for path in tmp_path.iterdir()} == {".zip"}


def test_an_entry_that_comes_during_the_export_waits_for_the_next(lived: list[Move], tmp_path: Path) -> None:
    def add_entry() -> None:
        events.record(
            Tag.MOVE_TRACK_CHANGED, at=NOW, actor="engine", subject=lived[0].subject, data={"why": "late"}
        )

    for path in bundles.export(lived, tmp_path, now=NOW, stamp=add_entry):
        assert "FAIL" not in verdicts(path)[1]


def test_an_empty_log_has_no_bundles(tmp_path: Path) -> None:
    assert list(bundles.export([], tmp_path, now=NOW)) == []


def test_the_worst_bundle_counts(
    lived: list[Move], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (good,) = bundles.export([lived[0]], tmp_path, now=NOW)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(good.read_bytes()[:-400])
    assert packing.verify_files([good], now=NOW) != packing.FAIL
    assert packing.verify_files([good, broken], now=NOW) == packing.FAIL
    assert packing.verify_files([tmp_path / "missing.zip"], now=NOW) == packing.FAIL
    assert "missing.zip: cannot be read" in capsys.readouterr().err
