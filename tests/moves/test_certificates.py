"""The certificate of a move: in the customer's language, sealed, on record, and only for whom something happened."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from novation.evidence.entry import document_digest
from novation.evidence.tags import Tag
from novation.evidencelog.bundles import newest_certificate
from novation.evidencelog.models import Document, Event
from novation.evidencelog.verification import judge
from novation.moves import bundles
from novation.moves.models import Move
from novation.moves.services import erasure
from tests import people
from tests.builders import NOW
from tests.conftest import missing


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.NOVATION_HOME = tmp_path
    return tmp_path


def ended(language: str = "en", kind: str = "declined") -> Move:
    (move,) = people.moves(1, language=language)
    people.put(move, notice="queued")
    people.put(move, notice="sent", decision="asked")
    people.says(move, kind)
    Move.objects.filter(pk=move.pk).update(stage="stays")
    return Move.objects.select_related("customer", "programme").get(pk=move.pk)


def certificate(move: Move) -> bytes:
    found = newest_certificate(Event.objects.filter(move_id=move.pk).order_by("number"))
    assert found is not None
    return found


def words(pdf: bytes, folder: Path) -> str:
    (folder / "one.pdf").write_bytes(pdf)
    try:
        done = subprocess.run(
            ["pdftotext", "-layout", folder / "one.pdf", "-"], capture_output=True, text=True
        )
    except FileNotFoundError:
        missing("no pdftotext; install it (Debian: apt-get install poppler-utils)")
    return done.stdout


@pytest.mark.parametrize(
    ("language", "title", "row"),
    [
        ("en", "Declined", "the customer"),
        ("de", "Abgelehnt", "der Kunde"),
        ("fr", "Refusé", "le client"),
        ("es", "Rechazado", "el cliente"),
        ("cs", "Odmítnuto", "zákazník"),
    ],
)
def test_it_speaks_the_customers_language_throughout(
    tmp_path: Path, language: str, title: str, row: str
) -> None:
    move = ended(language)
    bundles.issue_certificates([move], now=NOW)
    said = words(certificate(move), tmp_path)
    assert title in said
    assert row in said
    if language != "en":
        assert not [word for word in ("the customer", "Mail sent", "said no", "Tenant id") if word in said]


def test_it_is_on_record_and_belongs_to_the_bundle(tmp_path: Path) -> None:
    move = ended()
    (path,) = bundles.export([move], tmp_path / "out", now=NOW, certify=True)
    event = Event.objects.get(tag=Tag.CERTIFICATE_ISSUED)
    assert document_digest(certificate(move)).encode() in bytes(event.body)
    verdicts = {check.name: check.verdict for check in judge(path.read_bytes(), at=NOW).checks}
    assert verdicts["certificate"] == "PASS"


def test_a_second_export_makes_no_second_one(tmp_path: Path) -> None:
    move = ended()
    for _ in range(2):
        list(bundles.export([move], tmp_path, now=NOW, certify=True))
    assert Event.objects.filter(tag=Tag.CERTIFICATE_ISSUED).count() == 1


def test_whoever_takes_the_word_back_gets_a_new_one(tmp_path: Path) -> None:
    move = ended(kind="self")
    list(bundles.export([move], tmp_path, now=NOW, certify=True))
    people.says(move, "withdrawn")
    list(bundles.export([move], tmp_path, now=NOW, certify=True))
    assert Event.objects.filter(tag=Tag.CERTIFICATE_ISSUED).count() == 2
    assert "Decision taken back" in words(certificate(move), tmp_path)


def test_a_customer_to_whom_nothing_happened_gets_none(tmp_path: Path) -> None:
    (move,) = people.moves(1)
    Move.objects.update(stage="stays")
    move.refresh_from_db()
    (path,) = bundles.export([move], tmp_path, now=NOW, certify=True)
    assert not Document.objects.filter(kind="certificate").exists()
    assert "FAIL" not in {check.verdict for check in judge(path.read_bytes(), at=NOW).checks}


def test_after_an_erasure_a_plain_export_brings_one_without_the_person(tmp_path: Path) -> None:
    move = ended(kind="declined")
    list(bundles.export([move], tmp_path, now=NOW, certify=True))
    assert "Jana Nová" in words(certificate(move), tmp_path)
    erasure.erase(move, reason="a request", actor="test", now=NOW)
    (path,) = bundles.export([move], tmp_path, now=NOW)
    said = words(certificate(move), tmp_path)
    assert "Jana Nová" not in said
    assert "erased" in said
    assert "FAIL" not in {check.verdict for check in judge(path.read_bytes(), at=NOW).checks}
