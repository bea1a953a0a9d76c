"""Texts in the console: edited by one, published by another, previewed with a real customer and no real link."""

from typing import Any

from novation.notices.models import Text
from novation.notices.services import wording
from tests.console.conftest import Browser
from tests.console.portfolio import Portfolio

PLACE = "/console/texts/announcement/en/"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def source(built: Portfolio) -> str:
    return wording.delivered("announcement", "en", same_entity=built.programme.same_entity)


def test_the_list_names_every_text_in_every_language(operator: Browser, built: Portfolio) -> None:
    page = text(operator.get("/console/texts/"))
    assert page.count("/console/texts/announcement/") == 5 and "Čeština" in page


def test_a_draft_is_kept_by_one_and_published_by_another(
    operator: Browser, approver: Browser, built: Portfolio
) -> None:
    wanted = source(built).replace("Read and decide", "Look and decide")
    assert operator.post(f"{PLACE}save", {"source": wanted}).status_code == 303
    assert "A draft is kept" in text(operator.get(PLACE)) and "Look and decide" in text(operator.get(PLACE))
    assert operator.post(f"{PLACE}publish").status_code == 403
    assert approver.post(f"{PLACE}publish").status_code == 303
    assert "version 1" in text(approver.get(PLACE)) and Text.objects.get().version == 1
    assert "Nobody has seen" in text(operator.get("/console/mail/")) or "has changed since" in text(
        operator.get("/console/mail/")
    )
    assert approver.post(f"{PLACE}withdraw").status_code == 303
    assert "The delivered text holds" in text(approver.get(PLACE))


def test_a_faulty_text_is_kept_shown_and_not_published(
    operator: Browser, approver: Browser, built: Portfolio
) -> None:
    wanted = source(built).replace("@refuse", "@") + "\n\nDon't miss our offer!\n"
    operator.post(f"{PLACE}save", {"source": wanted})
    page = text(operator.get(PLACE))
    assert "Missing: the right to refuse" in page and "reads like advertising" in page
    refused = approver.post(f"{PLACE}publish")
    assert refused.status_code == 422 and "Missing: the right to refuse" in text(refused)
    assert Text.objects.get().version is None


def test_the_preview_shows_a_customer_and_opens_nothing(operator: Browser, built: Portfolio) -> None:
    move = built.moves[0]
    page = text(operator.get(f"{PLACE}?reference={move.reference.lower()}"))
    assert "/r/" + "x" * 43 in page and move.reference in page
    answer = operator.get(f"{PLACE}preview?reference={move.reference}")
    assert "Strojírny Dvořák &amp; Žďárský" in text(answer)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'none'" in policy and "img-src 'none'" in policy


def test_each_form_goes_to_the_language_that_is_shown(operator: Browser, built: Portfolio) -> None:
    page = text(operator.get("/console/texts/announcement/cs/"))
    assert 'action="/console/texts/announcement/cs/save"' in page
    assert "/console/texts/announcement/en/" not in page
    assert "/console/texts/announcement/cs/preview" in page


def test_what_was_typed_is_harmless_in_editor_and_preview(operator: Browser, built: Portfolio) -> None:
    typed = source(built) + "\n\n</textarea><script>alert(1)</script>\n"
    operator.post(f"{PLACE}save", {"source": typed})
    assert "<script>alert" not in text(operator.get(PLACE))
    assert "<script>alert" not in text(operator.get(f"{PLACE}preview"))


def test_a_text_without_a_body_breaks_no_page(operator: Browser, built: Portfolio) -> None:
    operator.post(f"{PLACE}save", {"source": "Only a subject"})
    assert "needs a first line" in text(operator.get(PLACE))
    assert "needs a subject and a body" in text(operator.get(f"{PLACE}preview"))


def test_a_language_is_added(operator: Browser, built: Portfolio) -> None:
    assert operator.post("/console/texts/language", {"language": "PL"}).status_code == 303
    assert "/console/texts/announcement/pl/" in text(operator.get("/console/texts/"))
    for bad in ("de", "polish", "../x", ""):
        assert operator.post("/console/texts/language", {"language": bad}).status_code in (404, 422), bad


def test_there_is_no_text_of_another_name(operator: Browser, built: Portfolio) -> None:
    for place in ("receipt/en", "announcement/xyzzy-x", "nothing/en"):
        assert operator.get(f"/console/texts/{place}/").status_code == 404
        assert operator.get(f"/console/texts/{place}/preview").status_code == 404
