"""No decision without everything that proves it, whatever was decided, by whom, and in which language."""

from __future__ import annotations

import hashlib
import random
import uuid

import pytest
from django.utils import translation

from novation.consent import services, wording
from novation.consent.forms import BINDING, KINDS
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Decision, Move
from novation.notices import secrets
from novation.notices.services import issue_code, link_for
from tests.telling import NOW, contact_of, make_move, make_programme

pytestmark = pytest.mark.django_db

LANGUAGES = ("en", "de", "fr", "es", "cs")
NAMES = (
    "Jana Žďárská",
    "محمد عبد الله",
    "Seán O'Neill",
    "李小龍",
    "Ž",
    "Anna-Maria von der Heide",
    "👩‍💻 Jo",
)


def decide_at_random(move: Move, dice: random.Random) -> None:
    link, _ = link_for(move, contact_of(move), now=NOW)
    kind = dice.choice(KINDS)
    language = dice.choice(LANGUAGES)
    draft = services.keep_choice(
        link,
        kind=kind,
        words=dice.choice(NAMES) if kind in ("question", "declined") else "",
        colleague=("Eva Malá", f"eva{move.pk}@x.example") if kind == "delegated" else ("", ""),
        now=NOW,
    )
    number = uuid.uuid4()
    content = f"<html lang={language}>{number}</html>".encode()
    with translation.override(language):
        until = wording.end_of_mandate(move, NOW) if kind == "mandate" else None
        services.keep_page(
            draft,
            page_id=number,
            content=content,
            statement=wording.statement(draft, move, "19.2.2027"),
            authority=wording.authority(move) if kind in BINDING else "",
            until=until,
            wording=wording.VERSION,
            language=language,
            now=NOW,
        )
    code = issue_code(link, now=NOW)
    person = services.Person(
        name=dice.choice(NAMES),
        function="Jednatel" if kind in BINDING else "",
        address=f"2001:db8::{dice.randrange(65536):x}",
        agent="Mozilla/5.0",
    )
    page = services.page_of(draft, number, now=NOW)
    services.confirm(draft, page=page, person=person, code=secrets.code_digits(code.pk), now=NOW)
    check(move, kind, language, content, str(link.pk))


def check(move: Move, kind: str, language: str, content: bytes, link: str) -> None:
    decision = Decision.objects.filter(move=move).latest("id")
    assert (decision.kind, decision.language, decision.level, decision.link_id) == (
        kind,
        language,
        "A1",
        link,
    )
    assert decision.shown_sha256 == hashlib.sha256(content).hexdigest()
    assert bytes(Document.objects.get(sha256=decision.shown_sha256).content) == content
    for field in ("name", "email", "statement", "wording", "address", "agent", "code_check"):
        assert getattr(decision, field), f"{field} is missing"
    assert "%(" not in decision.statement and "%(" not in decision.authority
    if kind in BINDING:
        assert decision.function and move.customer.name in decision.authority
    assert (decision.expires_at is not None) == (kind == "mandate")
    tags = set(Event.objects.filter(move_id=move.pk).values_list("tag", flat=True))
    assert {Tag.CODE_ACCEPTED, f"decision:{kind}"} <= tags


def decide_many(number: int) -> None:
    dice = random.Random(5)
    programmes = [make_programme(), make_programme(same_entity=True)]
    for index in range(number):
        move = make_move(programmes[index % 2], notice="sent", decision="asked", items=0)
        decide_at_random(move, dice)
    assert Decision.objects.count() == number


def test_no_field_is_missing_over_a_hundred_decisions() -> None:
    decide_many(100)


@pytest.mark.soak
def test_no_field_is_missing_over_ten_thousand_decisions() -> None:
    decide_many(10_000)
