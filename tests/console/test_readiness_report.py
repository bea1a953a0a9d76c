"""The readiness report: counts that are links, filters, and the same as CSV and PDF."""

import csv
import io
from typing import Any

import pytest

from novation.console.finding_labels import TITLES
from novation.domain.readiness import Level
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.moves.selectors import readiness
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio


def finding(level: Level, code: str, cause: str) -> dict[str, str]:
    return {"level": str(level), "code": code, "cause": cause, "consequence": "So.", "remedy": "Do that."}


REGION = finding(Level.BLOCKER, "region", "The customer is in US.")
TRIAL = finding(Level.WARNING, "trial", "Visio <Plan 2> is a trial.")
FORMULA = finding(Level.WARNING, "contact-role", "=cmd|' /C calc'!A0@contoso.example belongs to an office.")
ADD_ON = finding(Level.NOTE, "add-ons", "Copilot belongs to E3.")


@pytest.fixture
def found(built: Portfolio) -> Portfolio:
    """Three customers of the third wave and one of the first have findings."""
    Move.objects.update(readiness=[])
    told, question = built.by_kind["told"], built.by_kind["question"]
    for move, entries in ((told, [TRIAL, REGION]), (question, [TRIAL, FORMULA, ADD_ON])):
        Move.objects.filter(pk=move.pk).update(readiness=entries)
    return built


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_each_customer_counts_once_for_each_finding(found: Portfolio) -> None:
    report = readiness.report(found.programme)
    assert [(one.code, one.customers) for one in report.counts] == [
        ("region", 1),
        ("trial", 2),
        ("contact-role", 1),
        ("add-ons", 1),
    ]
    assert (report.blocked, report.warned) == (1, 1)
    assert report.clean + report.blocked + report.warned + report.unread == report.customers


def test_the_page_counts_and_lists_and_filters(viewer: Browser, found: Portfolio) -> None:
    page = text(viewer.get("/console/readiness/"))
    assert "Outside the region of the new account" in page
    assert "Visio &lt;Plan 2&gt; is a trial." in page
    only = text(viewer.get("/console/readiness/?finding=region"))
    assert found.by_kind["told"].reference in only
    assert found.by_kind["question"].reference not in only
    assert "Visio" not in only.split('id="h-list"')[1]
    blocked = text(viewer.get("/console/readiness/?level=blocker"))
    assert found.by_kind["question"].reference not in blocked


def test_a_wave_has_a_report_of_its_own(viewer: Browser, found: Portfolio) -> None:
    wave = found.by_kind["told"].wave
    assert wave is not None
    page = text(viewer.get(f"/console/readiness/?wave={wave.number}"))
    assert f"Readiness: {wave}" in page
    for wrong in ("99", "x", "1e9", "-1"):
        assert viewer.get(f"/console/readiness/?wave={wrong}").status_code == 404


def test_the_file_has_a_line_for_each_finding_and_no_formula(operator: Browser, found: Portfolio) -> None:
    answer = operator.post("/console/readiness/csv?level=warning")
    lines = list(csv.DictReader(io.StringIO(text(answer).removeprefix("\ufeff"))))
    assert [line["Code"] for line in lines].count("trial") == 2
    assert len(lines) == 3
    (formula,) = [line for line in lines if line["Code"] == "contact-role"]
    assert formula["Cause"].startswith("'=")
    assert Event.objects.filter(tag=str(Tag.OPERATOR_EXPORTED)).count() == 1


def test_the_report_is_a_pdf(operator: Browser, found: Portfolio) -> None:
    answer = operator.post("/console/readiness/pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    again = operator.post("/console/readiness/pdf")
    assert again.content == answer.content  # the same facts and moment, the same bytes


def test_nothing_leaves_the_house_without_the_right(viewer: Browser, found: Portfolio) -> None:
    for kind in ("csv", "pdf"):
        assert viewer.post(f"/console/readiness/{kind}").status_code == 403
        assert viewer.get(f"/console/readiness/{kind}").status_code in (403, 405)


def test_every_finding_has_a_title() -> None:
    from tests.domain import test_readiness

    codes = {
        one.code
        for items, known, _ in test_readiness.TABLE.values()
        for one in test_readiness.found(*items, **known)
    }
    assert codes == set(TITLES)
