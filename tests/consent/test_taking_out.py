"""What a customer takes along: the receipt as PDF, and the evidence of its own move."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from novation.evidence.verify import FAIL
from novation.evidencelog.verification import judge
from novation.moves.models import Decision, Move
from tests.conftest import missing
from tests.consent.visitor import Visitor
from tests.telling import NOW, code_in, deliver, make_move

pytestmark = pytest.mark.django_db


def asked(**details: str) -> Move:
    return make_move(notice="sent", decision="asked", **details)


def words_of(pdf: bytes, folder: Path) -> str:
    (folder / "a.pdf").write_bytes(pdf)
    try:
        run = subprocess.run(["pdftotext", "-layout", folder / "a.pdf", "-"], capture_output=True, check=True)
    except FileNotFoundError:
        missing("no pdftotext; install it (Debian: apt-get install poppler-utils)")
    return " ".join(run.stdout.decode().split())


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "cs"])
def test_the_receipt_is_a_pdf_with_all_that_the_page_says(
    visitor: Visitor, tmp_path: Path, language: str
) -> None:
    move = asked(language=language)
    visitor.decide(move, "mandate")
    before = Decision.objects.values_list("pk", "shown_sha256").get()
    answer = visitor.client.get("/my/receipt.pdf")
    assert answer["Content-Type"] == "application/pdf" and move.reference in answer["Content-Disposition"]
    assert answer.content == visitor.client.get("/my/receipt.pdf").content  # GET changes nothing
    said = words_of(answer.content, tmp_path)
    decision = Decision.objects.get()
    for part in (move.reference, move.words, "Žďárská", decision.wording, before[1][:8]):
        assert part in said
    assert "".join(decision.statement.split())[:60] in "".join(said.split())


@pytest.mark.parametrize("name", ["محمد عبد الله", "Jana 👩‍💻", "#let x = sys.inputs", "<script>", "x" * 200])
def test_any_name_makes_a_receipt(visitor: Visitor, name: str) -> None:
    visitor.arrive(asked())
    visitor.choose(decision="declined", reason=name)
    visitor.confirm(code=visitor.code(), name=name)
    assert visitor.client.get("/my/receipt.pdf").content.startswith(b"%PDF")


def test_before_a_decision_there_is_no_receipt(visitor: Visitor) -> None:
    visitor.arrive(asked())
    assert visitor.client.get("/my/receipt.pdf").status_code == 303


def test_everything_is_handed_out_for_a_code_and_can_be_verified(visitor: Visitor) -> None:
    move = asked()
    visitor.decide(move, "mandate")
    visitor.get("/my/download/")
    assert visitor.submit("/my/download/", code="").status_code == 422
    assert visitor.submit("/my/download/", code="000000").status_code == 422
    visitor.submit("/my/download/code/")
    deliver(NOW)
    code = next(code_in(m) for _, m in reversed(visitor.sink.arrived) if m["Subject"].startswith("Your code"))
    answer = visitor.submit("/my/download/", code=code)
    assert answer["Content-Type"] == "application/zip"
    assert f"evidence-{move.customer.reference}.zip" in answer["Content-Disposition"]
    report = judge(answer.content, at=NOW)
    assert report.verdict != "FAIL" and report.exit_code != FAIL
    assert visitor.client.post("/my/download/", {"code": code}).status_code == 403  # no token of our form
    visitor.get("/my/download/")
    assert visitor.submit("/my/download/", code=code).status_code == 422  # used up


def test_the_download_of_a_stranger_is_the_page_of_no_link(visitor: Visitor) -> None:
    for place in ("/my/download/", "/my/receipt.pdf"):
        assert visitor.client.get(place).status_code == 404
