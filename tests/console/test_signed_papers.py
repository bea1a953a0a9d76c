"""A signed paper: filed by one person, approved by another, and only then a decision (attribution A3)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from novation.consent.receipts import proven_by, receipt_pdf
from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidence.verify import Pins, verify
from novation.evidencelog.models import Event
from novation.evidencelog.services import checkpoints
from novation.moves import bundles, certificates
from novation.moves.models import Decision, Move, SignedDocument
from novation.moves.services import erasure
from novation.notices import texts
from novation.notices.delivery.context import facts_of
from novation.notices.models import Notice
from tests import people
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio

PDF = b"%PDF-1.7\n% signed by Jana\n%%EOF\n"
SHA = hashlib.sha256(PDF).hexdigest()
FIELDS = {
    "kind": "mandate",
    "name": "Ing. Jana Žďárská",
    "function": "jednatelka",
    "email": "jana@firma3.example",
    "dated": "2026-11-20",
    "authority": "yes",
    "language": "cs",
    "wording": "",
    "note": "By post, registered.",
}


def told(built: Portfolio) -> Move:
    return built.by_kind["told"]


def file_it(browser: Browser, move: Move, content: bytes = PDF, **fields: str) -> HttpResponse:
    sent: dict[str, Any] = {**FIELDS, **fields, "file": SimpleUploadedFile("paper.pdf", content)}
    answer: HttpResponse = browser.post(f"/console/moves/{move.reference}/papers", sent)
    return answer


def act(browser: Browser, paper: SignedDocument, verb: str, **fields: str) -> HttpResponse:
    answer: HttpResponse = browser.post(
        f"/console/moves/{paper.move.reference}/papers/{paper.pk}/{verb}", fields
    )
    return answer


def waiting(built: Portfolio, who: str = "operator") -> SignedDocument:
    assert file_it(Browser(built, who), told(built)).status_code == 303
    return SignedDocument.objects.select_related("move").get(state="waiting")


def nothing_decided(built: Portfolio) -> bool:
    move = told(built)
    move.refresh_from_db()
    return move.decision_state == "asked" and not Decision.objects.filter(move=move).exists()


def test_a_filed_paper_binds_nothing(built: Portfolio) -> None:
    paper = waiting(built)
    assert nothing_decided(built)
    assert Notice.objects.filter(move=paper.move, purpose="receipt").count() == 0
    event = Event.objects.get(tag=Tag.PAPER_UPLOADED)
    assert event.actor == f"operator:{built.people['operator'].pk}"
    assert json.loads(bytes(event.body))["data"]["documents"] == [SHA]
    assert "Jana" not in bytes(event.body).decode() and event.personal["note"]["value"] == FIELDS["note"]
    page = Browser(built, "approver").get(f"/console/customers/{paper.move.reference}/").content.decode()
    assert "Waits for a second person" in page and "Approve the paper" in page
    link = f"/console/customers/{paper.move.reference}/#papers"
    assert link in Browser(built, "approver").get("/console/tasks/").content.decode()
    assert link not in Browser(built, "operator").get("/console/tasks/").content.decode()


def test_a_second_person_makes_it_a_decision_with_every_field(built: Portfolio) -> None:
    paper = waiting(built)
    assert act(Browser(built, "approver"), paper, "approve", looked=SHA).status_code == 303
    decision = Decision.objects.get(move=paper.move)
    assert (decision.level, decision.kind, decision.shown_sha256) == ("A3", "mandate", SHA)
    assert (decision.wording, decision.language, decision.link_id) == ("paper", "cs", "none")
    assert decision.name == FIELDS["name"] and decision.function == FIELDS["function"]
    assert FIELDS["name"] in decision.authority and "20. listopadu 2026" in decision.statement
    first, second = built.people["operator"].pk, built.people["approver"].pk
    assert decision.code_check == f"paper {paper.pk}, operators {first} and {second}"
    # The mandate runs from the day of the paper.
    assert (
        decision.expires_at is not None
        and decision.expires_at < NOW + paper.move.programme.policy.mandate_lasts
    )
    said = json.loads(bytes(Event.objects.get(tag=Tag.DECISION_MANDATE, move_id=paper.move.pk).body))["data"]
    assert said["vouched"]["filed_by"] == f"operator:{first}" and said["documents"] == [SHA]
    receipt = Notice.objects.get(move=paper.move, purpose="receipt")
    assert receipt.contact == paper.contact and receipt.about == {"decision": decision.pk}
    mail = texts.render("receipt", facts_of(receipt, NOW), "cs").text
    assert "Otisk podepsaného dokumentu" in mail and FIELDS["name"] in mail
    paper.move.refresh_from_db()
    assert paper.move.decision_state == "mandate"
    assert receipt_pdf(paper.move, decision, "Recorded.").startswith(b"%PDF-")
    assert "A3" in proven_by(decision)
    assert act(Browser(built, "approver"), paper, "approve", looked=SHA).status_code == 409
    assert Decision.objects.filter(move=paper.move).count() == 1


def test_the_receipt_goes_to_a_person_on_file_and_never_to_what_was_typed(built: Portfolio) -> None:
    assert file_it(Browser(built, "operator"), told(built), email="x@elsewhere.example").status_code == 303
    paper = SignedDocument.objects.get()
    assert paper.contact.email == told(built).customer.contacts.get().email
    assert paper.email == "x@elsewhere.example"


def test_the_same_person_is_refused_though_it_may_approve(built: Portfolio) -> None:
    paper = waiting(built, "admin")
    answer = act(Browser(built, "admin"), paper, "approve", looked=SHA)
    assert answer.status_code == 409 and b"a second person must look at it" in answer.content
    assert act(Browser(built, "admin"), paper, "refuse", reason="No.").status_code == 409
    assert nothing_decided(built)
    assert act(Browser(built, "operator"), paper, "approve", looked=SHA).status_code == 403


@pytest.mark.parametrize("looked", ["", "0" * 64])
def test_who_did_not_look_at_this_file_cannot_approve(built: Portfolio, looked: str) -> None:
    paper = waiting(built)
    assert act(Browser(built, "approver"), paper, "approve", looked=looked).status_code == 409
    assert nothing_decided(built)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no PDF, PNG or JPEG"),
        (b"<!DOCTYPE html><script>alert(1)</script>%PDF-1.7", "no PDF, PNG or JPEG"),
        (b"PK\x03\x04 a document of a word processor", "no PDF, PNG or JPEG"),
        (b"%PDF-1.7" + bytes(10 * 1024 * 1024), "more than 10 MB"),
    ],
    ids=["empty", "html", "zip", "large"],
)
def test_a_wrong_file_is_refused_and_nothing_typed_is_lost(
    built: Portfolio, content: bytes, says: str
) -> None:
    answer = file_it(Browser(built, "operator"), told(built), content)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page and FIELDS["name"] in page and FIELDS["note"] in page
    assert not SignedDocument.objects.exists() and not Event.objects.filter(tag=Tag.PAPER_UPLOADED).exists()


@pytest.mark.parametrize(
    ("begin", "ending"),
    [(PDF, "pdf"), (b"\x89PNG\r\n\x1a\nscan", "png"), (b"\xff\xd8\xff\xe0scan", "jpg")],
    ids=["pdf", "png", "jpeg"],
)
def test_the_file_is_handed_over_and_never_opened(built: Portfolio, begin: bytes, ending: str) -> None:
    assert file_it(Browser(built, "operator"), told(built), begin).status_code == 303
    paper = SignedDocument.objects.select_related("move").get()
    answer = Browser(built, "viewer").get(f"/console/moves/{paper.move.reference}/papers/{paper.pk}/file")
    assert answer.status_code == 200 and answer.content == begin
    assert (
        answer["Content-Disposition"].startswith("attachment;")
        and f'.{ending}"' in answer["Content-Disposition"]
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert (
        "sandbox" in answer["Content-Security-Policy"] and "script" not in answer["Content-Security-Policy"]
    )
    elsewhere = built.moves[0].reference
    assert (
        Browser(built, "viewer").get(f"/console/moves/{elsewhere}/papers/{paper.pk}/file").status_code == 404
    )


@pytest.mark.parametrize(
    "field",
    [
        {"kind": "withdrawn"},
        {"name": " "},
        {"function": ""},
        {"email": "nobody"},
        {"dated": "2026-11-24"},
        {"dated": "soon"},
        {"dated": "2020-01-01"},
        {"authority": ""},
        {"language": "xx"},
        {"wording": "Jana Nová"},
    ],
    ids=str,
)
def test_a_field_that_cannot_be_used_is_named(built: Portfolio, field: dict[str, str]) -> None:
    assert file_it(Browser(built, "operator"), told(built), **field).status_code == 422
    assert not SignedDocument.objects.exists()


def test_a_refusal_needs_a_reason_and_decides_nothing(built: Portfolio) -> None:
    paper = waiting(built)
    approver = Browser(built, "approver")
    assert act(approver, paper, "refuse", reason="  ").status_code == 422
    assert act(approver, paper, "refuse", reason="The signature is missing.").status_code == 303
    assert nothing_decided(built)
    event = Event.objects.get(tag=Tag.PAPER_REFUSED)
    assert event.personal["reason"]["value"] == "The signature is missing."
    assert act(approver, paper, "approve", looked=SHA).status_code == 409
    assert nothing_decided(built)
    # A better scan may follow.
    assert file_it(Browser(built, "operator"), told(built), PDF + b"2").status_code == 303


@pytest.mark.parametrize("kind", ["declined", "question"])
def test_what_the_customer_said_since_wins(built: Portfolio, kind: str) -> None:
    paper = waiting(built)
    people.says(paper.move, kind, now=NOW, contact=paper.contact, reason="Wait.")
    answer = act(Browser(built, "approver"), paper, "approve", looked=SHA)
    assert answer.status_code == 409 and b"has said something newer" in answer.content
    assert Decision.objects.get(move=paper.move).kind == kind


def test_a_paper_older_than_the_customers_word_is_not_taken(built: Portfolio) -> None:
    move = told(built)
    people.says(move, "declined", now=NOW)
    assert b"the newer word counts" in file_it(Browser(built, "operator"), move).content
    assert file_it(Browser(built, "operator"), move, dated="2026-11-23").status_code in (303, 422)


def test_one_paper_waits_at_a_time_and_somebody_must_be_on_file(built: Portfolio) -> None:
    paper = waiting(built)
    assert b"Another paper" in file_it(Browser(built, "operator"), paper.move, PDF + b"2").content
    act(Browser(built, "approver"), paper, "refuse", reason="No.")
    Contact.objects.filter(customer=paper.move.customer).update(state="bounced")
    assert b"Nobody is on file" in file_it(Browser(built, "operator"), paper.move).content


def test_certificate_and_bundle_show_it_and_verify(built: Portfolio, settings: Any, tmp_path: Path) -> None:
    settings.NOVATION_HOME = tmp_path
    paper = waiting(built)
    act(Browser(built, "approver"), paper, "approve", looked=SHA)
    checkpoints.sign(now=NOW)
    move = Move.objects.select_related("customer", "programme").get(pk=paper.move_id)
    (path,) = bundles.export([move], tmp_path, now=NOW)
    report = verify(path.read_bytes(), pins=Pins(), at=NOW)
    assert "FAIL" not in [str(check.verdict) for check in report.checks]
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("shown/") and name.endswith(".pdf")]
        assert archive.read(name) == PDF
        assert any(
            b'"level":"A3"' in archive.read(one) for one in archive.namelist() if one.startswith("events/")
        )
    assert "A3" in certificates._proven_by(Decision.objects.get(move=move))


def test_an_erasure_takes_the_paper_too(built: Portfolio) -> None:
    paper = waiting(built)
    act(Browser(built, "approver"), paper, "refuse", reason="Jana did not sign.")
    Move.objects.filter(pk=paper.move_id).update(stage="stays")
    erasure.erase(paper.move, reason="retention", actor="test", now=NOW)
    paper = SignedDocument.objects.select_related("document").get()
    assert (paper.name, paper.email, paper.note, paper.reason) == ("erased", "", "", "")
    assert bytes(paper.document.content) == b""
