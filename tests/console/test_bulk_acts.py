"""One page confirms every act on many customers, and says for each of them what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from novation.console.bulk_acts import ACTS
from novation.evidence.tags import Tag
from novation.evidencelog.models import BundleExport, Event
from novation.moves.models import BulkAct, BulkItem, Move, Programme, Wave
from novation.moves.selectors import bulk_acts as selector
from novation.moves.services import bulk_acts, erasure, programmes
from tests.console import portfolio
from tests.console.conftest import Browser
from tests.console.portfolio import NOW, Portfolio

PLACES = {
    "pause": "customers/pause",
    "resume": "customers/resume",
    "wave": "customers/wave",
    "agreement": "customers/agreements",
    "evidence": "evidence/takeouts",
    "erase": "evidence/erase",
}


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def listed(
    browser: Browser, act: str, moves: list[Move] | None = None, query: str = "", **fields: Any
) -> BulkAct:
    """The confirmation page's row, after the button beneath the list was pressed."""
    given = {"move": [move.reference for move in moves or []], **fields}
    answer = browser.post(f"/console/{PLACES[act]}{query}", given)
    assert answer.status_code == 303, text(answer)
    return BulkAct.objects.get(pk=answer["Location"].split("/")[-2])


def press(browser: Browser, act: BulkAct, **fields: Any) -> Any:
    given = {"digest": act.digest, "reason": "Mail server moves", **fields}
    return browser.post(f"/console/bulk/{act.pk}/confirm", given)


def page(browser: Browser, act: BulkAct) -> str:
    return text(browser.get(f"/console/bulk/{act.pk}/"))


def states(act: BulkAct) -> dict[str, tuple[str, str]]:
    rows = BulkItem.objects.filter(act=act).select_related("move")
    return {item.move.reference: (item.state, item.why) for item in rows}


def more(built: Portfolio, number: int) -> list[Move]:
    """So many customers in no wave."""
    return [portfolio.customer(built.programme, 300 + n, {}, None) for n in range(number)]


@pytest.fixture
def running(built: Portfolio) -> list[Move]:
    """Three customers who are not paused in any way."""
    return [built.by_kind[kind] for kind in ("told", "silent", "question")]


def test_nothing_happens_before_it_is_confirmed_and_the_page_says_who_and_why_not(
    operator: Browser, built: Portfolio, running: list[Move]
) -> None:
    ended = built.by_kind["declined"]
    before = Event.objects.count()
    act = listed(operator, "pause", [*running, ended], query="?show=customer&country=DE")
    said = page(operator, act)
    assert "Pause 3 customers?" in said
    assert "Concerned: 3 · Left out: 1 · of 4 chosen." in said
    assert "Nothing new is sent to them" in said
    assert f"{ended.customer.name.split()[0]}" in said and "The move is finished." in said
    assert Event.objects.count() == before
    assert not Move.objects.filter(pk__in=[move.pk for move in running], paused=True).exists()
    assert (
        'href="/console/customers/?show=customer&amp;country=DE"'
        in operator.get(f"/console/bulk/{act.pk}/").content.decode()
    )


def test_the_reason_is_needed_and_kept_in_the_events_of_each(
    operator: Browser, built: Portfolio, running: list[Move]
) -> None:
    act = listed(operator, "pause", running)
    refused = press(operator, act, reason="  ")
    assert refused.status_code == 422
    assert "No reason is given." in text(refused)
    assert not Event.objects.filter(tag=Tag.MOVE_PAUSED).exists()
    assert press(operator, act).status_code == 303
    events = Event.objects.filter(tag=Tag.MOVE_PAUSED)
    assert {event.personal["reason"]["value"] for event in events} == {"Mail server moves"}
    assert {json.loads(bytes(event.body))["data"]["bulk"] for event in events} == {str(act.pk)}
    confirmed = Event.objects.get(tag=Tag.OPERATOR_BULK_CONFIRMED)
    data = json.loads(bytes(confirmed.body))["data"]
    assert (data["act"], data["customers"], data["list"]) == ("pause", 3, act.digest)
    data = json.loads(bytes(Event.objects.get(tag=Tag.OPERATOR_BULK_ENDED).body))["data"]
    assert (data["done"], data["not_done"]) == (3, 0)
    assert "3 done, 0 not done, 0 left out." in page(operator, act)


def test_pressed_twice_it_is_done_once(operator: Browser, running: list[Move]) -> None:
    act = listed(operator, "pause", running)
    assert press(operator, act).status_code == 303
    for move in running:
        programmes.set_move_paused(move, False, now=NOW, actor="test")
    before = Event.objects.count()
    assert press(operator, act).status_code == 303
    assert operator.post(f"/console/bulk/{act.pk}/go-on").status_code == 303
    assert Event.objects.count() == before
    assert not Move.objects.filter(pk__in=[move.pk for move in running], paused=True).exists()


def test_who_changed_between_the_page_and_the_press_is_left_as_it_is(
    operator: Browser, running: list[Move]
) -> None:
    act = listed(operator, "pause", running)
    programmes.set_move_paused(running[0], True, now=NOW, actor="operator:9", reason="Court order")
    Move.objects.filter(pk=running[1].pk).update(stage="stays")
    press(operator, act)
    assert states(act) == {
        running[0].reference: ("not-done", "changed"),
        running[1].reference: ("not-done", "changed"),
        running[2].reference: ("done", ""),
    }
    said = page(operator, act)
    assert "1 done, 2 not done" in said
    assert "Changed after you were shown the list" in said
    assert selector.pauses([running[0].pk])[running[0].pk].reason == "Court order"


def test_a_list_that_was_not_shown_cannot_be_confirmed(operator: Browser, running: list[Move]) -> None:
    act = listed(operator, "pause", running)
    other = listed(operator, "pause", running[:1])
    refused = press(operator, act, digest=other.digest)
    assert refused.status_code == 422
    assert "not the list that you were shown" in text(refused)
    assert not Event.objects.filter(tag=Tag.MOVE_PAUSED).exists()


@pytest.mark.parametrize("act", ACTS)
def test_without_the_right_it_is_neither_listed_nor_confirmed(built: Portfolio, act: str) -> None:
    viewer, admin = Browser(built, "viewer"), Browser(built, "admin")
    before = Event.objects.count()
    assert viewer.post(f"/console/{PLACES[act]}", {"move": [built.moves[0].reference]}).status_code == 403
    made = listed(admin, act, [built.by_kind["declined"], built.by_kind["told"]])
    for step in ("confirm", "option", "go-on"):
        answer = viewer.post(f"/console/bulk/{made.pk}/{step}", {"digest": made.digest, "reason": "x"})
        assert answer.status_code == 403, step
    said = viewer.get(f"/console/bulk/{made.pk}/")
    assert said.status_code == 200
    assert b'name="reason"' not in said.content
    assert Event.objects.count() == before


def test_somebody_else_cannot_confirm_what_was_shown_to_me(
    operator: Browser, other: Browser, running: list[Move]
) -> None:
    act = listed(operator, "pause", running)
    refused = press(other, act)
    assert refused.status_code == 422
    assert "Somebody else prepared this list." in text(refused)
    assert not Event.objects.filter(tag=Tag.MOVE_PAUSED).exists()


def test_above_fifty_the_number_is_typed(operator: Browser, built: Portfolio) -> None:
    act = listed(operator, "pause", more(built, 60))
    for typed in ("", "59", "sixty"):
        refused = press(operator, act, typed=typed)
        assert refused.status_code == 422, typed
        assert "Type 60 to confirm" in text(refused)
        assert 'value="Mail server moves"' in refused.content.decode()
    assert not Event.objects.filter(tag=Tag.MOVE_PAUSED).exists()
    assert press(operator, act, typed=" 60 ").status_code == 303
    assert Move.objects.filter(reference__in=states(act), paused=True).count() == 60
    few = listed(operator, "pause", [built.by_kind["told"]])
    assert "to confirm" not in page(operator, few)


def test_a_resume_leaves_what_another_person_paused_for_another_reason(
    operator: Browser, other: Browser, running: list[Move]
) -> None:
    """Ticking all 48 and pressing Resume once ended the pause of a court order without a word."""
    order, *rest = running
    press(other, listed(other, "pause", [order]), reason="Court order, do not touch")
    press(operator, listed(operator, "pause", rest))
    act = listed(operator, "resume", running)
    said = page(operator, act)
    assert "Resume 2 customers?" in said
    assert "Paused for another reason. That pause stays." in said
    assert "Court order, do not touch" in said and "Petr Šimůnek" in said
    press(operator, act, reason="Done")
    assert {move.reference for move in Move.objects.filter(paused=True, pk__in=[m.pk for m in running])} == {
        order.reference
    }


def test_the_pause_that_ends_is_chosen_when_there_are_several(
    operator: Browser, other: Browser, running: list[Move]
) -> None:
    order, *rest = running
    press(other, listed(other, "pause", [order]), reason="Court order")
    press(operator, listed(operator, "pause", rest))
    act = listed(operator, "resume", running)
    wanted = next(row["value"] for row in act.options if row["reason"] == "Court order")
    answer = operator.post(f"/console/bulk/{act.pk}/option", {"option": wanted})
    chosen = BulkAct.objects.get(pk=answer["Location"].split("/")[-2])
    press(operator, chosen, reason="The court lifted it")
    paused = Move.objects.filter(paused=True, pk__in=[move.pk for move in running])
    assert {move.pk for move in paused} == {move.pk for move in rest}
    # A value that was not offered changes nothing.
    assert operator.post(f"/console/bulk/{act.pk}/option", {"option": "same:x"})["Location"].endswith(
        f"/{act.pk}/"
    )


def test_a_pause_set_anew_before_the_press_stays(operator: Browser, running: list[Move]) -> None:
    press(operator, listed(operator, "pause", running))
    act = listed(operator, "resume", running)
    programmes.set_move_paused(running[0], False, now=NOW, actor="operator:9")
    programmes.set_move_paused(running[0], True, now=NOW, actor="operator:9", reason="Court order")
    press(operator, act, reason="Done")
    assert states(act)[running[0].reference] == ("not-done", "changed")
    assert Move.objects.get(pk=running[0].pk).paused


def test_the_pause_of_a_wave_and_of_the_programme_stay(
    operator: Browser, built: Portfolio, running: list[Move]
) -> None:
    wave = built.waves[0]
    programmes.set_wave_paused(wave, True, now=NOW, actor="t")
    act = listed(operator, "resume", running)
    assert "Nobody of these can be resumed." in page(operator, act)
    assert {why for _state, why in states(act).values()} == {"wave-paused"}
    assert press(operator, act).status_code == 422
    programmes.set_wave_paused(wave, False, now=NOW, actor="t")
    programmes.set_programme_paused(built.programme, True, now=NOW, actor="t")
    assert {why for _state, why in states(listed(operator, "resume", running)).values()} == {"all-paused"}
    assert Programme.objects.get(pk=built.programme.pk).state == Programme.State.PAUSED


def test_the_results_of_a_pause_can_be_undone_and_only_they(operator: Browser, running: list[Move]) -> None:
    first, *rest = running
    press(operator, listed(operator, "pause", [first]), reason="Earlier")
    done = listed(operator, "pause", running, query="?show=customer")
    press(operator, done)
    undo = listed(operator, "resume", of=str(done.pk))
    assert undo.place == "/console/customers/?show=customer"
    press(operator, undo, reason="A slip")
    assert [move.pk for move in Move.objects.filter(paused=True, pk__in=[m.pk for m in running])] == [
        first.pk
    ]
    assert set(states(undo)) == {move.reference for move in rest}


def test_one_that_fails_does_not_stop_the_others(
    operator: Browser, running: list[Move], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = programmes.set_move_paused

    def broken(move: Move, *args: Any, **kwargs: Any) -> Move:
        made = real(move, *args, **kwargs)
        if move.pk == running[1].pk:
            raise RuntimeError("a bug")
        return made

    monkeypatch.setattr(programmes, "set_move_paused", broken)
    act = listed(operator, "pause", running)
    press(operator, act)
    assert states(act)[running[1].reference] == ("not-done", "fault")
    assert [state for state, _why in states(act).values()].count("done") == 2
    # What it had written was taken back, with its event.
    assert not Move.objects.get(pk=running[1].pk).paused
    assert Event.objects.filter(tag=Tag.MOVE_PAUSED).count() == 2
    assert "An unexpected error." in page(operator, act)
    assert "a bug" in caplog.text


def test_a_list_longer_than_a_round_goes_on_until_nobody_waits(
    operator: Browser, built: Portfolio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_acts.perform_round, "__kwdefaults__", {"limit": 25})
    act = listed(operator, "pause", more(built, 60))
    press(operator, act, typed="60")
    assert "25 done, 0 not done, 0 left out. 35 still wait." in page(operator, act)
    operator.post(f"/console/bulk/{act.pk}/go-on")
    operator.post(f"/console/bulk/{act.pk}/go-on")
    act.refresh_from_db()
    assert act.state == "ended"
    assert "60 done, 0 not done, 0 left out." in page(operator, act)
    assert Event.objects.filter(tag=Tag.OPERATOR_BULK_ENDED).count() == 1


def test_everybody_whom_the_filters_leave_is_meant_by_all(operator: Browser, built: Portfolio) -> None:
    """More than a page, and more than the 1,000 at which the list was once cut without a word."""
    programmes.set_move_paused(built.by_kind["told"], True, now=NOW, actor="t", reason="x")
    more(built, 40)
    assert "matching, not only" not in text(operator.get("/console/customers/?wave=1"))
    everybody = Move.objects.filter(programme=built.programme).count()
    assert f"Select all {everybody} matching" in text(operator.get("/console/customers/"))
    act = listed(operator, "pause", query="?wave=1&page=1", all="yes")
    assert set(states(act)) == set(
        Move.objects.filter(wave=built.waves[0]).values_list("reference", flat=True)
    )
    assert act.place == "/console/customers/?wave=1&page=1"
    assert len(states(listed(operator, "pause", all="yes"))) == everybody


def test_nobody_chosen_and_a_stranger_change_nothing_and_keep_the_filters(
    operator: Browser, built: Portfolio
) -> None:
    for act, place in PLACES.items():
        if act != "erase":
            answer = operator.post(f"/console/{place}?show=paused")
            assert answer["Location"].endswith("?show=paused"), act
            assert "Nobody was selected" in text(operator.get(answer["Location"])), act
    answer = operator.post("/console/customers/pause", {"move": ["SEV-0000-0000"]}, follow=True)
    assert "There is no customer SEV-0000-0000" in text(answer)
    assert not BulkAct.objects.exists()


def test_a_wave_is_made_of_those_who_are_in_none(operator: Browser, built: Portfolio) -> None:
    free, taken, ended = built.by_kind["fresh"], built.by_kind["told"], built.by_kind["closed"]
    late = more(built, 1)[0]
    act = listed(operator, "wave", [free, taken, ended, late])
    assert {states(act)[move.reference] for move in (taken, ended)} == {
        ("left-out", "in-wave"),
        ("left-out", "ended"),
    }
    assert not Wave.objects.filter(number=4).exists()
    Move.objects.filter(pk=late.pk).update(wave=built.waves[1])
    press(operator, act)
    wave = Wave.objects.get(number=4)
    assert [move.pk for move in wave.moves.all()] == [free.pk]
    assert states(act)[late.reference] == ("not-done", "changed")
    assert f'href="/console/waves/{wave.pk}/"' in operator.get(f"/console/bulk/{act.pk}/").content.decode()


def test_new_agreement_links_are_made_once_for_those_who_have_one(
    operator: Browser, built: Portfolio
) -> None:
    have = [built.by_kind[kind] for kind in ("accept", "self", "refused")]
    act = listed(operator, "agreement", [*have, built.by_kind["told"]])
    again = listed(operator, "agreement", have)
    press(operator, act)
    assert Event.objects.filter(tag=Tag.AGREEMENT_LINK_WITHDRAWN).count() == 3
    press(operator, again)
    assert set(states(again).values()) == {("not-done", "changed")}
    assert Event.objects.filter(tag=Tag.AGREEMENT_LINK_WITHDRAWN).count() == 3


def test_evidence_leads_to_the_file_of_exactly_those(operator: Browser, built: Portfolio) -> None:
    chosen = [built.by_kind[kind] for kind in ("accept", "told")]
    act = listed(operator, "evidence", chosen)
    assert not BundleExport.objects.exists()
    press(operator, act)
    takeout = BundleExport.objects.get()
    assert sorted(takeout.references) == sorted(move.reference for move in chosen)
    assert (
        f"/console/evidence/takeouts/{takeout.pk}/"
        in operator.get(f"/console/bulk/{act.pk}/").content.decode()
    )


def test_an_erasure_is_never_done_without_its_number(built: Portfolio) -> None:
    admin = Browser(built, "admin")
    act = listed(admin, "erase", [built.by_kind["declined"], built.by_kind["told"]])
    assert states(act)[built.by_kind["told"].reference] == ("left-out", "runs")
    assert press(admin, act).status_code == 422
    assert press(admin, act, typed="1", reason="Art. 17, request 12").status_code == 303
    assert Event.objects.filter(tag=Tag.LOG_ERASED).count() == 1


def test_erasing_somebody_also_forgets_what_was_typed_about_the_pause(
    built: Portfolio, running: list[Move]
) -> None:
    admin = Browser(built, "admin")
    press(admin, listed(admin, "pause", running[:1]), reason="Jana Nováková is ill")
    press(admin, listed(admin, "pause", running[1:2]), reason="Another")
    listed(admin, "resume", running)
    Move.objects.filter(pk=running[0].pk).update(stage="stays")
    erasure.erase(Move.objects.get(pk=running[0].pk), reason="request 12", actor="t", now=NOW)
    kept = [*BulkAct.objects.values_list("reason", "options"), *BulkItem.objects.values_list("detail")]
    assert "Nováková" not in str(kept)


def test_a_draft_is_forgotten_after_a_day_and_what_was_done_is_not(
    operator: Browser, running: list[Move], fixed: Any
) -> None:
    done, draft = listed(operator, "pause", running[:1]), listed(operator, "pause", running[1:])
    press(operator, done)
    fixed.advance(timedelta(days=2))
    listed(operator, "pause", running[2:])
    assert not BulkAct.objects.filter(pk=draft.pk).exists()
    assert BulkAct.objects.filter(pk=done.pk).exists()
    answer = operator.get(f"/console/bulk/{draft.pk}/")
    assert answer.status_code == 404
    assert "Choose the customers again" in text(answer)


def test_the_page_asks_no_more_of_the_database_for_more_customers(
    operator: Browser, built: Portfolio
) -> None:
    def queries(run: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as caught:
            run()
        return len(caught)

    few, many = more(built, 5), [portfolio.customer(built.programme, 500 + n, {}, None) for n in range(80)]
    shown, made = [], []
    for moves in (few, many):
        act = listed(operator, "pause", moves)
        shown.append(queries(partial(page, operator, act)))
        made.append(queries(partial(listed, operator, "resume", moves)))
    assert shown[0] == shown[1] < 30
    assert made[0] == made[1] < 40
