"""Microsoft's agreement, the checkpoints, and where it stands: only what was observed counts as done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from novation.consent import services
from novation.consent.models import Draft
from novation.moves.models import Attestation, Decision, Move
from tests.consent.browsing import decided, with_attestation, with_grant
from tests.consent.visitor import Visitor
from tests.telling import NOW, deliver, make_move

pytestmark = pytest.mark.django_db


def issued(url: str = "https://partner.microsoft.com/agreement/1") -> Move:
    return with_attestation(decided("mandate", agreement="issued"), url)


def test_the_component_stands_in_a_frame_of_exactly_its_origin(visitor: Visitor) -> None:
    visitor.arrive(issued())
    page = visitor.get("/my/agreement/")
    assert 'src="https://partner.microsoft.com/agreement/1"' in visitor.text()
    policy = page["Content-Security-Policy"]
    assert policy.endswith("frame-src https://partner.microsoft.com")


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/1",
        "http://partner.microsoft.com/1",
        "https://partner.microsoft.com.evil.example/1",
        "https://partner.microsoft.com@evil.example/1",
        "https://partner.microsoft.com:8443/1",
    ],
)
def test_a_page_of_another_origin_is_linked_and_never_framed(visitor: Visitor, url: str) -> None:
    visitor.arrive(issued(url))
    page = visitor.get("/my/agreement/")
    assert "<iframe" not in visitor.text() and url in visitor.text()
    assert page["Content-Security-Policy"].endswith("frame-src 'none'")


def test_a_link_of_microsoft_that_ran_out_is_not_shown(visitor: Visitor) -> None:
    move = issued()
    Attestation.objects.update(expires_at=NOW)
    visitor.arrive(move)
    visitor.get("/my/agreement/")
    assert "<iframe" not in visitor.text() and "Being prepared" in visitor.words()


def test_saying_that_it_is_done_only_makes_us_look(visitor: Visitor) -> None:
    move = issued()
    Move.objects.filter(pk=move.pk).update(due_at=NOW + timedelta(days=1))
    visitor.arrive(move)
    visitor.get("/my/agreement/")
    visitor.submit("/my/agreement/")
    assert visitor.address() == "/my/status/"
    move.refresh_from_db()
    assert move.due_at == NOW and move.agreement_state == "issued"
    assert "Waiting for you since" in visitor.words()


def test_the_checkpoints_lead_to_microsoft_and_turn_green_when_seen(visitor: Visitor, settings: Any) -> None:
    move = with_grant(with_attestation(decided("self", agreement="issued", access="pending")))
    visitor.arrive(move)
    visitor.get("/my/self/")
    text = visitor.text()
    assert move.programme.invitation_url in text
    grant = move.grants.get().remote_id
    assert (
        f"{settings.NOVATION_ADMIN_URL}/AdminPortal/Home#/partners/invitation/granularAdminRelationships/{grant}"
        in text
    )
    assert "state--done" not in text
    assert visitor.words().count("Waiting for you since 2") == 3  # never without a day
    visitor.submit("/my/self/")
    assert "state--done" not in visitor.text()
    Move.objects.filter(pk=move.pk).update(
        relationship_state="accepted", agreement_state="valid", access_state="usable"
    )
    visitor.get("/my/self/")
    assert visitor.text().count("state--done") == 3


def test_before_a_decision_there_is_no_agreement_and_no_checkpoint(visitor: Visitor) -> None:
    visitor.arrive(make_move(notice="sent", decision="asked"))
    for page in ("/my/agreement/", "/my/self/"):
        visitor.get(page)
        assert visitor.address() == "/my/"


def test_after_the_decision_the_link_leads_to_where_it_stands(visitor: Visitor) -> None:
    visitor.arrive(decided("mandate"))
    assert visitor.address() == "/my/status/"


def test_our_own_work_is_never_shown_as_an_alarm(visitor: Visitor) -> None:
    visitor.arrive(decided("mandate", relationship="task", transfer="failed", agreement="refused"))
    visitor.get("/my/status/")
    assert "state--act" not in visitor.text() and "note--act" not in visitor.text()


def test_the_conversation_stands_on_the_page(visitor: Visitor) -> None:
    visitor.arrive(decided("question"))
    visitor.get("/my/status/")
    assert "When does it happen?" in visitor.words()


def test_two_confirmations_at_the_same_moment_record_one_decision(visitor: Visitor) -> None:
    visitor.arrive(make_move(notice="sent", decision="asked"))
    visitor.choose(decision="self")
    code = visitor.code()
    stale = Draft.objects.get()
    page = stale.renderings.first()
    person = services.Person(name="Jana", function="Director")
    first = services.confirm(stale, page=page, person=person, code=code, now=NOW)
    again = services.confirm(stale, page=page, person=person, code=code, now=NOW)
    assert first == again == Decision.objects.get()
    assert len(deliver()) == 1


def test_a_link_that_does_not_work_is_made_anew_once(visitor: Visitor) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.decide(move, "mandate")
    Move.objects.filter(pk=move.pk).update(agreement_state="issued")
    Attestation.objects.create(
        move=move,
        remote_id="a1",
        url="https://partner.microsoft.com/1",
        signatory={"first_name": "Jana", "last_name": "Žďárská", "email": "jana@x.example"},
        issued_at=NOW,
        expires_at=NOW + timedelta(days=7),
    )
    visitor.get("/my/agreement/")
    assert "Jana Žďárská, jana@x.example" in visitor.words()
    visitor.submit("/my/agreement/fresh/")
    move.refresh_from_db()
    assert move.agreement_state == "expired" and "Being prepared" in visitor.words()
