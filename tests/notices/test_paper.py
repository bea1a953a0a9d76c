"""Letters on paper: set in the customer's language, without a link; posted by a person, who says so."""

from __future__ import annotations

import pytest

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.moves.models import Event, Move, Task
from novation.moves.services import tasks
from novation.notices.models import PaperLetter
from novation.notices.services import paper
from tests import people
from tests.notices.test_texts import LANGUAGES
from tests.telling import NOW, make_move

pytestmark = pytest.mark.django_db
ADDRESS = "Příkop 4\n602 00 Brno\nČesko"


def letter(move: Move, address: str = ADDRESS, name: str = "Jana Žďárská") -> PaperLetter:
    from django.contrib.auth.models import User

    person = User.objects.filter(username="anna").first() or people.operator("anna")
    return paper.make(move, name=name, address=address, person=person, now=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_set_in_every_language(language: str) -> None:
    move = make_move(language=language, person="", notice="blocked")
    words = " ".join(block.text for block in paper._written(move, "Jana", language, NOW).blocks)
    assert ("your personal link" in words) is (language == "en")
    made = letter(move)
    assert made.language == language
    assert bytes(made.document.content).startswith(b"%PDF-1.7")


def test_the_words_hold_no_link_and_say_how_to_answer() -> None:
    move = make_move(person="", notice="blocked")
    written = paper._written(move, "Jana Žďárská", "en", NOW)
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
        paper.posted(made.pk, person=made.made_by, now=NOW)
    move = Move.objects.get(pk=move.pk)
    assert (move.notice_state, move.decision_state) == ("sent", "asked")
    assert Task.objects.get().state == "cancelled"
    event = Event.objects.get(tag=Tag.NOTICE_POSTED)
    assert "Brno" not in bytes(event.body).decode() and "Brno" in str(event.personal)


def test_who_was_told_meanwhile_is_not_told_anew() -> None:
    move = make_move(notice="sent", decision="mandate")
    made = letter(move)
    paper.posted(made.pk, person=made.made_by, now=NOW)
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
    ],
)
def test_what_cannot_be_posted_is_refused(name: str, address: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        letter(make_move(), address, name)
    assert not PaperLetter.objects.exists()


def test_typst_s_own_signs_in_a_name_are_only_text() -> None:
    made = letter(make_move(name='#panic("x") *$_[', person="", notice="blocked"), name="#{1+1} $x$ @who")
    assert bytes(made.document.content).startswith(b"%PDF")
