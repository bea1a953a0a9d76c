"""Every page that led to a decision is kept as it went out, once, and without the secret of its form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from novation.consent import wording
from novation.consent.services import as_kept
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Move
from tests.consent.visitor import Visitor
from tests.telling import make_move

pytestmark = pytest.mark.django_db


def showings(move: Move) -> list[dict[str, Any]]:
    found = Event.objects.filter(move_id=move.pk, tag=Tag.PAGE_SHOWN).order_by("seq")
    return [json.loads(bytes(event.body))["data"] for event in found]


def content(said: dict[str, Any]) -> bytes:
    (name,) = said["documents"]
    return bytes(Document.objects.get(sha256=name).content)


def test_the_pages_on_the_way_to_a_decision_are_kept_as_shown(visitor: Visitor) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.arrive(move)
    start = visitor.page.content
    visitor.get("/my/decide/")
    decide = visitor.page.content
    visitor.submit("/my/decide/", decision="mandate")
    check = visitor.page.content
    visitor.confirm(code=visitor.code())
    kept = showings(move)
    assert [one["page"] for one in kept] == ["start", "decide", "check mandate"]
    assert [content(one) for one in kept] == [as_kept(page) for page in (start, decide, check)]
    assert {(one["wording"], one["language"]) for one in kept} == {(wording.VERSION, "en")}


def test_a_page_is_kept_once_for_each_language_however_often_it_is_fetched(visitor: Visitor) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.arrive(move)
    for _ in range(3):
        visitor.get("/my/")
        visitor.get("/my/decide/")
    visitor.get("/my/?lang=de")
    visitor.get("/my/")
    assert [(one["page"], one["language"]) for one in showings(move)] == [
        ("start", "en"),
        ("decide", "en"),
        ("start", "de"),
    ]


def test_what_is_fetched_ahead_or_by_its_head_is_not_kept(visitor: Visitor) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.arrive(move)
    before = len(showings(move))
    visitor.get("/my/decide/", headers={"Sec-Purpose": "prefetch;prerender"})
    visitor.client.head("/my/decide/")
    assert len(showings(move)) == before


def test_no_secret_of_a_form_is_kept(visitor: Visitor) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.decide(move, "mandate")
    pages = [bytes(one.content) for one in Document.objects.filter(kind="shown")]
    forms = [page for page in pages if b"csrfmiddlewaretoken" in page]
    assert len(forms) >= 3
    for page in forms:
        marks = page.count(b'name="csrfmiddlewaretoken"')
        assert page.count(b'name="csrfmiddlewaretoken" value="not kept"') == marks


def test_another_wording_of_the_pages_is_an_event(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    move = make_move(notice="sent", decision="asked")
    visitor.arrive(move)
    monkeypatch.setattr(wording, "VERSION", "page-another")
    visitor.get("/my/")
    said = [json.loads(bytes(one.body))["data"] for one in Event.objects.filter(tag=Tag.TEXT_CHANGED)]
    versions = [one["values"]["version"] for one in said if one["what"] == "pages"]
    assert len(versions) == 2 and versions[-1] == "page-another"
    assert [one["wording"] for one in showings(move)] == versions
