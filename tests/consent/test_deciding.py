"""The way from the personal link to a recorded decision."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from novation.consent.services import as_kept
from novation.customers.models import Contact
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Decision, Message, Move
from novation.notices.models import Notice
from novation.operations.models import Task
from tests.consent.visitor import Visitor
from tests.telling import NOW, deliver, make_move, make_programme, text_of

pytestmark = pytest.mark.django_db


def asked(**details: Any) -> Move:
    return make_move(notice="sent", decision="asked", **details)


def test_a_mandate_is_recorded_with_everything_that_proves_it(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="mandate")
    code = visitor.code()
    shown = as_kept(visitor.page.content)
    visitor.confirm(code=code, phone="+420 541 000 000")
    assert visitor.address() == "/my/receipt/"
    decision = Decision.objects.get()
    assert (decision.kind, decision.level) == ("mandate", "A1")
    assert decision.name == "Jana Žďárská" and decision.function == "Managing director"
    assert decision.phone == "+420 541 000 000"
    assert "I authorise Severka IT s.r.o. to accept" in decision.statement
    assert decision.authority == f"I may act for {move.customer.name} in this matter."
    assert bytes(Document.objects.get(sha256=decision.shown_sha256).content) == shown
    assert decision.shown_sha256 == hashlib.sha256(shown).hexdigest()
    assert decision.wording.startswith("page-") and decision.language == "en"
    assert decision.code_check.startswith("mail ") and decision.link_id
    assert decision.address == "127.0.0.1"
    assert decision.expires_at == NOW + move.programme.policy.mandate_lasts
    move.refresh_from_db()
    assert move.decision_state == "mandate" and move.due_at == NOW
    tags = list(Event.objects.filter(move_id=move.pk).order_by("seq").values_list("tag", flat=True))
    assert tags.index(Tag.CODE_ACCEPTED) < tags.index(Tag.DECISION_MANDATE)


@pytest.mark.parametrize("kind", ["self", "declined"])
def test_the_other_decisions_are_as_easy(visitor: Visitor, kind: str) -> None:
    move = asked()
    visitor.decide(move, kind)
    assert Decision.objects.get().kind == kind
    move.refresh_from_db()
    assert move.decision_state == kind


def test_a_refusal_keeps_its_reason(visitor: Visitor) -> None:
    visitor.decide(asked(), "declined", reason="We leave for another reseller.")
    assert Decision.objects.get().reason == "We leave for another reseller."


def test_a_question_stops_the_clock_and_waits_for_a_person(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="question", question="Who are you?\nAnd why?")
    visitor.submit(visitor.address(), name="Jana", code=visitor.code())
    assert visitor.address() == "/my/receipt/"
    assert Message.objects.get().text.split() == ["Who", "are", "you?", "And", "why?"]
    assert Task.objects.get().kind == "answer"
    move.refresh_from_db()
    assert move.decision_state == "question"


def test_a_question_after_the_decision_leaves_the_decision_alone(visitor: Visitor) -> None:
    move = asked()
    visitor.decide(move, "mandate")
    visitor.get("/my/ask/")
    visitor.submit("/my/decide/", question="When?")
    visitor.submit(visitor.address(), name="Jana", code=visitor.code())
    move.refresh_from_db()
    assert move.decision_state == "mandate"
    assert Message.objects.get().text == "When?"
    assert visitor.address() == "/my/status/" and "When?" in visitor.words()
    assert Decision.objects.count() == 1


def test_a_colleague_gets_a_link_of_its_own(visitor: Visitor) -> None:
    move = asked()
    visitor.arrive(move)
    visitor.choose(decision="delegated", colleague_name="Eva Malá", colleague_email="eva@strojirny.example")
    visitor.submit(visitor.address(), name="Jana Žďárská", code=visitor.code())
    deliver()
    colleague = Contact.objects.get(email="eva@strojirny.example")
    mail = next(message for to, message in visitor.sink.arrived if to == colleague.email)
    assert "Jana Žďárská passed a decision on to you" in mail["Subject"]
    other = Visitor(visitor.sink)
    visitor.sink.arrived.append((colleague.email, mail))
    other.arrive_by_mail()
    other.choose(decision="mandate")
    other.confirm(code=other.code(), name="Eva Malá")
    assert Decision.objects.first().contact == colleague  # type: ignore[union-attr]  # there is one
    move.refresh_from_db()
    assert move.decision_state == "mandate"


def test_a_decision_can_be_taken_back(visitor: Visitor) -> None:
    move = asked()
    visitor.decide(move, "mandate")
    visitor.get("/my/withdraw/")
    visitor.submit("/my/withdraw/")
    visitor.confirm(code=visitor.code())
    move.refresh_from_db()
    assert move.decision_state == "withdrawn"


def test_the_receipt_comes_by_mail_and_names_the_fingerprint(visitor: Visitor) -> None:
    visitor.decide(asked(), "mandate")
    deliver()
    receipt = text_of(visitor.sink.last())
    digest = Decision.objects.get().shown_sha256
    assert " ".join(digest[i : i + 4] for i in range(0, 20, 4)) in receipt
    assert Event.objects.filter(tag=Tag.RECEIPT_SENT).exists()


def test_none_of_the_decisions_is_chosen_beforehand(visitor: Visitor) -> None:
    visitor.arrive(asked())
    visitor.get("/my/decide/")
    assert visitor.text().count('type="radio"') == 5
    assert "checked" not in visitor.text()


def test_one_company_reads_other_sentences_than_two(visitor: Visitor) -> None:
    move = asked(programme=make_programme(same_entity=True))
    visitor.arrive(move)
    assert "your contract with us stay the same" in visitor.words()
    assert "contract partner would change" not in visitor.words()


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "cs"])
def test_every_page_and_decision_works_in_every_language(visitor: Visitor, language: str) -> None:
    move = asked(language=language)
    visitor.decide(move, "mandate")
    assert visitor.address() == "/my/receipt/"
    assert f'<html lang="{language}">' in visitor.text()
    assert Decision.objects.get().language == language
    assert set(Notice.objects.values_list("language", flat=True)) == {language}


def test_the_language_can_be_changed_on_any_page(visitor: Visitor) -> None:
    visitor.arrive(asked(language="cs"))
    visitor.get("/my/decide/?lang=fr")
    assert visitor.address() == "/my/decide/"
    assert '<html lang="fr">' in visitor.text()
    visitor.get("/my/")
    assert '<html lang="fr">' in visitor.text()


def test_an_end_of_term_that_has_passed_or_never_comes_is_no_fact(visitor: Visitor) -> None:
    """The reading may be weeks old: a term that has ended since was renewed, until a day that nobody has read."""
    move = asked(items=3)
    ends = (NOW - timedelta(days=3), NOW + timedelta(days=90), datetime(9999, 12, 14, tzinfo=UTC))
    for item, end in zip(move.items.order_by("pk"), ends, strict=True):
        item.ends = end
        item.save()
    visitor.arrive(move)
    for address in ("/my/", "/my/decide/"):
        visitor.get(address)
        assert "20 November 2026" not in visitor.words() and "9999" not in visitor.words(), address
        assert "21 February 2027" in visitor.words(), address
