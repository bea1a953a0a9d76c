"""Erasing a person leaves every proof valid and no trace: searched for in raw bytes of all that the product wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidence.verify import Pins, verify
from novation.evidencelog.models import Document, Event
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.services import erasure
from tests import people
from tests.builders import NOW
from tests.moves.a_life import PERSON

ROOT = Path(__file__).resolve().parents[2]
LATER = NOW + timedelta(hours=2)


def run(home: Path, what: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NOVATION_", "DATABASE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tests.moves.a_life", what],
        cwd=ROOT, capture_output=True,
        env=environment | {
            "NOVATION_HOME": str(home), "DJANGO_SETTINGS_MODULE": "novation.settings", "NOVATION_TIME_SERVICES": "",
            "NOVATION_LOG_LEVEL": "DEBUG",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    (home / f"{what}.log").write_bytes(done.stdout + done.stderr)


def traces(home: Path) -> dict[str, set[str]]:
    """For each personal value the files that hold it: raw, inside bundles, and as JSON or quoted-printable write it."""
    found: dict[str, set[str]] = {}
    for path in (path for path in home.rglob("*") if path.is_file()):
        contents = {path.name: path.read_bytes()}
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                contents |= {f"{path.name}/{name}": archive.read(name) for name in archive.namelist()}
        for field, value in PERSON.items():
            forms = {value.encode(), value.encode("unicode_escape"), value.encode("utf-16-le")}
            for name, content in contents.items():
                if any(form in content for form in forms):
                    found.setdefault(field, set()).add(name)
    return found


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same installation before and after the erasure."""
    home = tmp_path_factory.mktemp("home")
    run(home, "live")
    shutil.rmtree(home / "mail")  # the customers' mailboxes, which stand in a folder here
    before = tmp_path_factory.mktemp("before") / "home"
    shutil.copytree(home, before)
    run(home, "erase")
    return before, home


def test_the_search_finds_every_value_before(homes: tuple[Path, Path]) -> None:
    before, _ = homes
    assert set(traces(before)) == set(PERSON)


def test_nothing_is_left_in_database_bundle_or_log(homes: tuple[Path, Path]) -> None:
    _, home = homes
    assert traces(home) == {}


def test_both_bundles_still_verify_and_the_record_names_the_reason(homes: tuple[Path, Path]) -> None:
    _, home = homes
    pins = Pins(log=((home / "keys" / "log.vkey").read_text(),))
    paths = sorted((home / "after").glob("*.zip"))
    assert len(paths) == 2
    for path in paths:
        report = verify(path.read_bytes(), at=LATER, pins=pins)
        assert [check for check in report.checks if check.verdict == "FAIL"] == []
    whole = b"".join(
        zipfile.ZipFile(path).read(n) for path in paths for n in zipfile.ZipFile(path).namelist()
    )
    assert b"Art. 17 GDPR, request 12" in whole


@pytest.mark.django_db
def test_a_running_move_is_not_erased() -> None:
    (move,) = people.moves(1)
    with pytest.raises(BadInput, match="still runs"):
        erasure.erase(move, reason="a request", actor="test", now=NOW)


@pytest.mark.django_db
def test_a_reason_is_needed_and_twice_is_refused() -> None:
    """Even of a customer who never answered: the person on file is a person too."""
    (move,) = people.moves(1)
    Move.objects.update(stage="stays")
    with pytest.raises(BadInput, match="No reason"):
        erasure.erase(move, reason=" ", actor="test", now=NOW)
    erasure.erase(move, reason="a request", actor="test", now=NOW)
    with pytest.raises(BadInput, match="Nothing is left"):
        erasure.erase(move, reason="a request", actor="test", now=NOW)


@pytest.mark.django_db
def test_what_another_customer_needs_as_proof_stays(tmp_path: Path) -> None:
    mine, theirs = people.moves(2)
    for move in (mine, theirs):
        people.put(move, notice="queued")
        people.put(move, notice="sent", decision="asked")
        people.says(move, "declined")  # both saw a page of the same bytes
    Move.objects.update(stage="stays")
    erasure.erase(mine, reason="a request", actor="test", now=NOW)
    assert not Document.objects.filter(kind=erasure.ERASED).exclude(content=b"").exists()
    for move in Move.objects.select_related("customer", "programme"):
        (path,) = bundles.export([move], tmp_path, now=NOW)
        report = verify(path.read_bytes(), at=NOW, pins=Pins())
        assert [check for check in report.checks if check.verdict == "FAIL"] == []
    assert Event.objects.filter(tag=Tag.LOG_ERASED).count() == 1
