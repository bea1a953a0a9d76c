"""Letters on paper: set in the customer's language, without a link; posted by a person, who says so."""

from __future__ import annotations

import re

import pytest

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.models import Event
from novation.moves.models import Move
from novation.moves.services import tasks
from novation.notices import texts
from novation.notices.models import PostalLetter
from novation.notices.purposes import Purpose
from novation.notices.services import postal_letters, wording
from novation.operations.models import Task
from tests import people
from tests.notices.test_texts import FACTS, LANGUAGES
from tests.telling import NOW, make_move, make_programme

pytestmark = pytest.mark.django_db
ADDRESS = "Příkop 4\n602 00 Brno\nČesko"


def letter(move: Move, address: str = ADDRESS, name: str = "Jana Žďárská") -> PostalLetter:
    from django.contrib.auth.models import User

    person = User.objects.filter(username="anna").first() or people.operator("anna")
    return postal_letters.make(move, name=name, address=address, person=person, now=NOW)


#: Sentences that only a mail can say, in each language.
OF_MAIL = re.compile(
    r"this e?-?mail|reply to|the page|behind the link|remind"
    r"|dieser? (?:E-)?Mail|Antwort auf|Seite hinter|auf der Seite|erinnern"
    r"|cet e-mail|réponse à|la page|derrière le lien|rappellerons"
    r"|este correo|responde a este|la página|recordaremos"
    r"|tento e-mail|tomuto e-mailu|za odkazem|na stránce|připomeneme",
    re.IGNORECASE,
)
LONG = "Vereinigte Maschinenbau- und Anlagentechnik Žďárský & Müller-Lüdenscheidt Verwaltungsgesellschaft mbH & Co. KG"


def long_letter(language: str, same_entity: bool = False) -> Move:
    """All that a letter takes from outside is as long as it gets in earnest."""
    programme = make_programme(
        sender_name="Severka Informationstechnik und Beratung Deutschland GmbH & Co. KG",
        sender_address="Kaiserin-Augusta-Allee 104–106, Aufgang C, 10553 Berlin-Charlottenburg",
        sender_email="umzug-der-partnerkonten@severka-informationstechnik.example",
        sender_phone="+49 30 123456-7890",
        person_name="Dr. Maximiliane von Hohenstein-Wartenberg",
        same_entity=same_entity,
    )
    return make_move(programme, language=language, name=LONG, person="", notice="blocked")


def pages(made: PostalLetter) -> int:
    (count,) = re.findall(rb"NPages>(\d+)<", bytes(made.document.content))
    return int(count)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("same", [True, False])
def test_a_letter_speaks_of_itself_as_a_letter_and_has_one_page(language: str, same: bool) -> None:
    move = long_letter(language, same)
    for own in (False, True):
        if own:
            draft = wording.delivered(Purpose.ANNOUNCEMENT, language, same_entity=same)
            wording.save_draft(move.programme, Purpose.ANNOUNCEMENT, language, draft, actor="t", now=NOW)
            wording.publish(move.programme, Purpose.ANNOUNCEMENT, language, actor="t", now=NOW)
        blocks = postal_letters._written(move, LONG, language, NOW).blocks
        words = "\n".join(block.text for block in blocks)
        # The delivered deadline names reminders by mail; a text of one's own says what its authors wrote.
        found = set(OF_MAIL.findall(words))
        assert found <= (
            {"remind", "erinnern", "rappellerons", "recordaremos", "připomeneme"} if own else set()
        )
        assert words.count(move.words) == 1 and move.programme.sender_email in words
        assert sum(block.kind == "h" for block in blocks) == 5
        address = "\n".join([LONG, "z. Hd. der Geschäftsleitung", "Gebäude 7", *ADDRESS.splitlines()])
        made = letter(move, address, LONG)
        assert pages(made) == 1


def test_what_only_a_mail_can_say_is_found_in_every_language() -> None:
    for language in LANGUAGES:
        mail = texts.render("announcement", FACTS, language)
        assert len([block for block in mail.blocks if OF_MAIL.search(block.text)]) >= 5, language


def test_a_text_that_is_too_long_goes_on_to_a_second_page() -> None:
    move = make_move(person="", notice="blocked")
    draft = wording.delivered(Purpose.ANNOUNCEMENT, "en", same_entity=False)
    draft = draft.replace("## What stays", "We say more about it here. " * 120 + "\n\n## What stays")
    wording.save_draft(move.programme, Purpose.ANNOUNCEMENT, "en", draft, actor="t", now=NOW)
    wording.publish(move.programme, Purpose.ANNOUNCEMENT, "en", actor="t", now=NOW)
    assert pages(letter(move)) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_set_in_every_language(language: str) -> None:
    move = make_move(language=language, person="", notice="blocked")
    words = " ".join(block.text for block in postal_letters._written(move, "Jana", language, NOW).blocks)
    assert ("your personal link" in words) is (language == "en")
    made = letter(move)
    assert made.language == language
    assert bytes(made.document.content).startswith(b"%PDF-1.7")


def test_the_words_hold_no_link_and_say_how_to_answer() -> None:
    move = make_move(person="", notice="blocked")
    written = postal_letters._written(move, "Jana Žďárská", "en", NOW)
    words = " ".join(block.text for block in written.blocks)
    assert not [block.url for block in written.blocks if block.url] and "/r/" not in words
    assert "write to zmena@severka.example or call the number on your last invoice" in words
    assert "Dear Jana Žďárská," in words and move.reference in words


def test_a_posted_letter_tells_the_customer_and_ends_the_search_for_an_address() -> None:
    from novation.domain.steps import TaskKind

    move = make_move(person="", notice="blocked")
    tasks.open_task(move, TaskKind.FIND_CONTACT, why="No contact.", now=NOW)
    made = letter(move)
    for _ in range(2):
        postal_letters.posted(made.pk, person=made.made_by, now=NOW)
    move = Move.objects.get(pk=move.pk)
    assert (move.notice_state, move.decision_state) == ("sent", "asked")
    assert Task.objects.get().state == "cancelled"
    event = Event.objects.get(tag=Tag.NOTICE_POSTED)
    assert "Brno" not in bytes(event.body).decode() and "Brno" in str(event.personal)


def test_who_was_told_meanwhile_is_not_told_anew() -> None:
    move = make_move(notice="sent", decision="mandate")
    made = letter(move)
    postal_letters.posted(made.pk, person=made.made_by, now=NOW)
    assert (Move.objects.get(pk=move.pk).notice_state, Move.objects.get(pk=move.pk).decision_state) == (
        "sent",
        "mandate",
    )


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("", ADDRESS, "needs a name"),
        ("\u202e ", ADDRESS, "needs a name"),
        ("Jana", "Brno", "two to six lines"),
        ("Jana", "\n".join("abcdefg"), "two to six lines"),
        ("Jana", "Brno\n" + "x" * 121, "longer than 120"),
        ("J" * 121, ADDRESS, "longer than 120"),
    ],
)
def test_what_cannot_be_posted_is_refused(name: str, address: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        letter(make_move(), address, name)
    assert not PostalLetter.objects.exists()


def test_typst_s_own_signs_in_a_name_are_only_text() -> None:
    made = letter(make_move(name='#panic("x") *$_[', person="", notice="blocked"), name="#{1+1} $x$ @who")
    assert bytes(made.document.content).startswith(b"%PDF")
