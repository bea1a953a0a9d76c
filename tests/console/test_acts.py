"""Pausing, launching, answering, exporting: each done once, each refused clearly when it does not fit any more."""

import csv
import io
import re
from typing import Any

import pytest

from novation.domain.circuit_breaker import Count, Rule
from novation.domain.policy import Policy
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Item, Message, Move, Wave
from novation.moves.services import circuit_breaks, programmes
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio


def tags(tag: Tag) -> int:
    return Event.objects.filter(tag=str(tag)).count()


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_wave_is_launched_once_and_by_two_people(
    operator: Browser, approver: Browser, built: Portfolio
) -> None:
    wave = built.waves[2]
    number = wave.moves.count()
    alone = operator.post(f"/console/waves/{wave.pk}/launch", {"customers": str(number)})
    assert alone.status_code == 409 and "No second person has agreed" in text(alone)
    assert "I agree to this list" in text(approver.get(f"/console/waves/{wave.pk}/"))
    stale = approver.post(f"/console/waves/{wave.pk}/approve", {"recipients": "0" * 64})
    assert stale.status_code == 409 and "The list has changed" in text(stale)
    assert approver.post(f"/console/waves/{wave.pk}/approve").status_code == 303
    assert f"Type {number} to confirm" in text(operator.get(f"/console/waves/{wave.pk}/"))
    assert operator.post(f"/console/waves/{wave.pk}/launch", {"customers": str(number)}).status_code == 303
    assert Wave.objects.get(pk=wave.pk).state == "running"
    again = operator.post(f"/console/waves/{wave.pk}/launch", {"customers": str(number)})
    assert again.status_code == 409
    assert "launched already" in text(again)
    assert tags(Tag.WAVE_LAUNCHED) == 1


def test_a_wrong_number_launches_nothing(operator: Browser, built: Portfolio) -> None:
    wave = built.waves[2]
    answer = operator.post(f"/console/waves/{wave.pk}/launch", {"customers": "5000"})
    assert answer.status_code == 409
    assert "You typed 5000" in text(answer)
    assert Wave.objects.get(pk=wave.pk).state == "draft"


def test_a_wave_is_paused_and_resumed_and_neither_twice(operator: Browser, built: Portfolio) -> None:
    wave = built.waves[0]
    for act, state in (("pause", "paused"), ("resume", "running")):
        assert operator.post(f"/console/waves/{wave.pk}/{act}").status_code == 303
        assert Wave.objects.get(pk=wave.pk).state == state
        assert operator.post(f"/console/waves/{wave.pk}/{act}").status_code == 409
    assert (tags(Tag.WAVE_PAUSED), tags(Tag.WAVE_RESUMED)) == (1, 1)


def test_a_move_is_paused_with_its_reason_and_resumed(operator: Browser, built: Portfolio) -> None:
    move = built.by_kind["told"]
    assert operator.post(f"/console/moves/{move.reference}/pause", {"reason": "Merger"}).status_code == 303
    assert Move.objects.get(pk=move.pk).paused
    # Typed by a person, it may name one: so it can be erased, and the log holds a commitment alone.
    assert (
        Event.objects.filter(tag=str(Tag.MOVE_PAUSED)).latest("seq").personal["reason"]["value"] == "Merger"
    )
    again = operator.post(f"/console/moves/{move.reference}/pause")
    assert again.status_code == 409
    assert "paused already" in text(again)
    assert operator.post(f"/console/moves/{move.reference}/resume").status_code == 303
    assert operator.post(f"/console/moves/{move.reference}/resume").status_code == 409
    assert (tags(Tag.MOVE_PAUSED), tags(Tag.MOVE_RESUMED)) == (1, 1)


def test_a_move_at_its_end_cannot_be_paused(operator: Browser, built: Portfolio) -> None:
    answer = operator.post(f"/console/moves/{built.by_kind['closed'].reference}/pause")
    assert answer.status_code == 409
    assert "This move is finished" in text(answer)


@pytest.mark.parametrize("place", ["customers/NOV-1-2/", "waves/999999/", f"evidence/documents/{'a' * 64}"])
def test_what_does_not_exist_is_not_found(operator: Browser, place: str) -> None:
    answer = operator.get(f"/console/{place}")
    assert answer.status_code == 404
    assert b"<h1" in answer.content


def test_an_answer_on_the_customers_page_is_sent_or_kept(operator: Browser, built: Portfolio) -> None:
    move = built.by_kind["question"]
    refused = operator.post(f"/console/moves/{move.reference}/answer", {"text": ""})
    assert refused.status_code == 422
    assert operator.post(f"/console/moves/{move.reference}/answer", {"text": "No."}).status_code == 303
    assert Message.objects.filter(move=move, from_customer=False).count() == 1


def test_the_export_follows_the_filters_is_recorded_and_holds_no_formula(
    operator: Browser, built: Portfolio
) -> None:
    customer = built.by_kind["silent"].customer
    customer.name = '=HYPERLINK("http://evil.example","x")'
    customer.save()
    answer = operator.post("/console/customers/export?show=called")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["Customer"] for row in rows] == [f"'{customer.name}"]
    assert rows[0]["Decision"] == "Call them"
    event = Event.objects.filter(tag=str(Tag.OPERATOR_EXPORTED)).latest("seq")
    assert b'"rows":1' in bytes(event.body)


def test_a_wave_that_stopped_itself_goes_on_when_somebody_says_why(
    operator: Browser, built: Portfolio
) -> None:
    wave = built.waves[0]
    circuit_breaks.judge(built.programme, wave, Rule.BOUNCES, Count(11, 200), now=NOW)
    for place in ("", f"waves/{wave.pk}/", "tasks/"):
        assert "11 of the last 200 mails came back" in text(operator.get(f"/console/{place}")), place
    assert "This wave stopped itself" in text(operator.get(f"/console/waves/{wave.pk}/"))
    refused = operator.post(f"/console/waves/{wave.pk}/resume", {"note": " "})
    assert refused.status_code == 409 and "nobody has said why" in text(refused)
    assert operator.post(f"/console/waves/{wave.pk}/resume", {"note": "Mended."}).status_code == 303
    assert "came back; the line" not in text(operator.get("/console/"))


def test_the_whole_programme_is_paused_and_goes_on(operator: Browser, built: Portfolio) -> None:
    operator.post("/console/programme/pause")
    assert "The programme is paused" in text(operator.get("/console/"))
    operator.post("/console/programme/resume")
    circuit_breaks.judge(built.programme, None, Rule.FAILURES, Count(30, 100), now=NOW)
    operator.post("/console/programme/resume", {"note": ""})
    assert "The programme is paused" in text(operator.get("/console/"))
    operator.post("/console/programme/resume", {"note": "Microsoft was down."})
    assert "The programme is paused" not in text(operator.get("/console/"))


def test_a_wave_can_begin_later(operator: Browser, approver: Browser, built: Portfolio) -> None:
    wave = built.waves[2]
    approver.post(f"/console/waves/{wave.pk}/approve")
    past = operator.post(f"/console/waves/{wave.pk}/launch", {"release_at": "2001-01-01T09:00"})
    assert past.status_code == 409 and "has passed" in text(past)
    assert (
        operator.post(f"/console/waves/{wave.pk}/launch", {"release_at": "2099-01-05T09:00"}).status_code
        == 303
    )
    assert "Scheduled" in text(operator.get(f"/console/waves/{wave.pk}/"))


def test_a_launch_is_bound_to_the_plan_that_was_shown(
    operator: Browser, approver: Browser, built: Portfolio
) -> None:
    wave = built.waves[2]
    approver.post(f"/console/waves/{wave.pk}/approve")
    shown = text(operator.get(f"/console/waves/{wave.pk}/"))
    fields = dict(re.findall(r'<input type="hidden"\s+name="(plan|reviewed)"\s+value="([^"]+)">', shown))
    assert fields["plan"] in shown.split("<form", 1)[0] or "Checksum" in shown
    move = wave.moves.first()
    assert move is not None
    Item.objects.create(
        move=move, subscription_id="late", product="P:1", name="Late", quantity=7, status="active",
        product_type="OnlineServicesNCE", baseline={},
    )  # fmt: skip
    refused = operator.post(f"/console/waves/{wave.pk}/launch", fields)
    assert refused.status_code == 409
    assert f"{move.reference}: subscriptions that move" in text(refused)
    assert Wave.objects.get(pk=wave.pk).state == "draft"
    fresh = dict(
        re.findall(r'<input type="hidden"\s+name="(plan|reviewed)"\s+value="([^"]+)">', text(refused))
    )
    assert fresh["plan"] != fields["plan"]
    assert operator.post(f"/console/waves/{wave.pk}/launch", fresh).status_code == 303
    assert tags(Tag.WAVE_REVIEWED) == 1


def test_a_brake_is_shown_and_holds_the_launch(operator: Browser, built: Portfolio) -> None:
    wave = built.waves[2]
    programmes.change_policy(wave.programme, Policy(wave_customers=0), now=NOW, actor="command")
    assert "Too many customers" in text(operator.get(f"/console/waves/{wave.pk}/"))
    refused = operator.post(f"/console/waves/{wave.pk}/launch", {"customers": str(wave.moves.count())})
    assert (refused.status_code, "novation policy set wave_customers" in text(refused)) == (409, True)
    assert tags(Tag.WAVE_LAUNCHED) == 0
