"""The log, its documents, and bundles: taken out, and checked when they come back."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio


def text(answer: Any) -> str:
    return str(answer.content.decode())


def check(browser: Browser, content: bytes) -> Any:
    return browser.post("/console/evidence/verify", {"bundle": SimpleUploadedFile("evidence.zip", content)})


def test_a_bundle_is_taken_out_recorded_and_passes_its_own_check(operator: Browser, built: Portfolio) -> None:
    move = built.by_kind["accept"]
    answer = operator.post(f"/console/moves/{move.reference}/bundle")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{move.customer.reference}.zip"'
    event = Event.objects.filter(tag=str(Tag.OPERATOR_EXPORTED)).latest("seq")
    assert event.actor == f"operator:{operator.person.pk}"
    page = text(check(operator, answer.content))
    assert "Something is wrong" not in page
    assert f"/console/customers/{move.customer.reference}/" in page


def test_a_bundle_in_which_one_byte_was_changed_is_found_out(operator: Browser, built: Portfolio) -> None:
    content = bytearray(operator.post(f"/console/moves/{built.by_kind['accept'].reference}/bundle").content)
    content[len(content) // 2] ^= 1
    page = text(check(operator, bytes(content)))
    assert "Something is wrong" in page


def test_what_is_no_bundle_is_said_to_be_none(operator: Browser) -> None:
    for content in (b"", b"no zip at all", b"PK\x03\x04" + bytes(200)):
        answer = check(operator, content)
        assert answer.status_code in (200, 422)
        assert "All checks passed" not in text(answer)
    assert operator.post("/console/evidence/verify").status_code == 422


def test_the_page_as_it_was_shown_can_be_seen_and_runs_nothing(operator: Browser, built: Portfolio) -> None:
    decision = built.by_kind["accept"].decisions.get(kind="mandate")
    answer = operator.get(f"/console/evidence/documents/{decision.shown_sha256}")
    assert answer.status_code == 200
    assert answer.content.startswith(b"<!DOCTYPE html><title>Decision</title>")
    assert answer["Content-Security-Policy"].startswith("sandbox;")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_log_is_searched_by_customer_and_by_day(operator: Browser, built: Portfolio) -> None:
    customer = built.by_kind["accept"].customer
    whole = text(operator.get("/console/evidence/")).count('class="event"')
    found = text(operator.get(f"/console/evidence/?reference={customer.domain[:-4].upper()}"))
    assert 0 < found.count('class="event"') < whole
    day = Event.objects.latest("seq").at
    for query, some in (
        (f"since={day:%Y-%m-%d}&until={day:%Y-%m-%d}", True),
        (f"since={day.year + 1}-01-01", False),
        ("until=2001-01-01", False),
        ("since=soon&until=9999-12-31", True),
    ):
        assert ('class="event"' in text(operator.get(f"/console/evidence/?{query}"))) is some, query


def test_the_log_is_narrowed_and_leafed_through(operator: Browser, built: Portfolio) -> None:
    page = text(operator.get("/console/evidence/?subject=decision"))
    assert "authorises us to accept" in page
    assert "Customer joined the programme" not in page
    reference = built.by_kind["told"].reference
    page = text(operator.get(f"/console/evidence/?reference={reference}"))
    assert page.count('class="event"') == Event.objects.filter(move_reference=reference).count()
    first = Event.objects.order_by("seq").values_list("seq", flat=True)[3]
    assert text(operator.get(f"/console/evidence/?before={first}")).count('class="event"') == 3


def test_the_timeline_of_a_customer_opens_each_record(operator: Browser, built: Portfolio) -> None:
    move = built.by_kind["accept"]
    page = text(operator.get(f"/console/customers/{move.reference}/"))
    for event in Event.objects.filter(move_id=move.pk):
        assert f'id="e{event.seq}"' in page
        assert bytes(event.leaf).hex() in page
    assert page.count('class="event"') == 3
    assert text(operator.get(f"/console/customers/{move.reference}/?ev=people")).count('class="event"') == 2
