"""A programme's own texts: every fact, no advertising, short sentences; a version that was used never changes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from novation.domain.errors import BadInput
from novation.evidence.tags import Tag
from novation.evidencelog.models import Document, Event
from novation.moves.models import Programme
from novation.notices import placeholders, services, texts
from novation.notices.models import Notice, Text
from novation.notices.purposes import Purpose
from novation.notices.services import wording
from novation.notices.wording_rules import FACTS, NEEDED, faults, sentences
from tests.notices.test_texts import FACTS as SAMPLE
from tests.notices.test_texts import LANGUAGES
from tests.telling import NOW, Sink, deliver, make_move, make_programme, text_of

pytestmark = pytest.mark.django_db
DELIVERED = [
    (str(purpose), language, same) for purpose in NEEDED for language in LANGUAGES for same in (True, False)
]


def english(same_entity: bool = False, purpose: str = "announcement") -> str:
    return wording.delivered(purpose, "en", same_entity=same_entity)


def wrong(source: str, purpose: str = "announcement", same_entity: bool = False) -> list[str]:
    return [one.sentence for one in faults(purpose, source, same_entity=same_entity) if not one.warning]


@pytest.mark.parametrize(("purpose", "language", "same"), DELIVERED)
def test_the_delivered_texts_keep_their_own_rules(purpose: str, language: str, same: bool) -> None:
    assert wrong(wording.delivered(purpose, language, same_entity=same), purpose, same) == []


@pytest.mark.parametrize(("purpose", "language", "same"), DELIVERED)
def test_a_text_to_begin_with_says_exactly_what_the_delivered_one_says(
    purpose: str, language: str, same: bool
) -> None:
    number = int(purpose[-1]) if purpose.startswith("reminder") else 0
    facts = replace(SAMPLE, same_entity=same, number=number)
    source = wording.delivered(purpose, language, same_entity=same)
    assert texts.render(purpose, facts, language, source) == texts.render(purpose, facts, language)


@pytest.mark.parametrize("mark", FACTS)
def test_each_missing_fact_has_a_clear_sentence(mark: str) -> None:
    source = re.sub(rf"(?m)^(@.*)\b{mark}\b", r"\1", english())
    (said,) = wrong(source)
    assert said == f"Missing: {FACTS[mark]}. Write it below a line @{mark}."


@pytest.mark.parametrize("mark", ["partner", "data"])
def test_a_move_within_one_company_tells_nothing_of_another(mark: str) -> None:
    assert (
        f"@{mark}" not in english(same_entity=True)
        and mark not in english(same_entity=True).split("@changes")[1][:30]
    )
    assert wrong(english(same_entity=True), same_entity=True) == []
    assert any(FACTS[mark] in said for said in wrong(english(same_entity=True), same_entity=False))


FAULTY = {
    "no subject": (lambda s: s.split("\n", 1)[0], "first line as its subject"),
    "a subject without the reference": (lambda s: s.replace("({reference})", "", 1), "subject must hold {reference}"),
    "a placeholder of nobody": (lambda s: s.replace("{customer}", "{company}"), "no placeholder {company}"),
    "a mark of nobody": (lambda s: s.replace("@stays", "@stays sales"), "no mark @sales"),
    "no link": (lambda s: re.sub(r"(?m)^=> .*$", "", s), "exactly one link"),
    "two links": (lambda s: s + "\n\n=> Again | {url}\n", "exactly one link"),
    "a link to elsewhere": (lambda s: s.replace("| {url}", "| https://evil.example"), "exactly one link"),
    "another address": (lambda s: s + "\n\nSee https://shop.example\n", "No other address"),
    "HTML": (lambda s: s + '\n\n<a href="x">y</a>\n', "without HTML"),
    "advertising": (lambda s: s + "\n\nSave up to 20 % with our new bundle.\n", "reads like advertising"),
    "advertising in German": (lambda s: s + "\n\nJetzt sichern: unser Rabatt.\n", "reads like advertising"),
    "advertising in Czech": (lambda s: s + "\n\nSpeciální nabídka jen tento měsíc.\n", "reads like advertising"),
    "advertising in French": (lambda s: s + "\n\nProfitez de notre offre limitée.\n", "reads like advertising"),
    "advertising in Spanish": (lambda s: s + "\n\nAproveche nuestra oferta especial.\n", "reads like advertising"),
    "an exclamation mark": (lambda s: s + "\n\nHurry!\n", "exclamation marks"),
    "endless sentences": (
        lambda s: s + "\n\n" + "\n\n".join(" ".join(["word"] * 70) + "." for _ in range(30)), "words on average"
    ),
    "a deadline without its day": (lambda s: s.replace("{answer_by}", "soon"), "must hold {answer_by}"),
    "who we are without our name": (lambda s: s.replace("{sender}", "we"), "must hold {sender}"),
    "a fact of two words": (lambda s: re.sub(r"(?m)(?<=@refuse\n)- .*$", "- You may", s), "Too short"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTY)
def test_what_is_wrong_is_said(name: str) -> None:
    spoil, said = FAULTY[name]
    spoiled = spoil(english())
    assert spoiled != english()
    assert any(said in one for one in wrong(spoiled)), wrong(spoiled)


def test_a_long_sentence_alone_is_a_warning() -> None:
    found = faults("announcement", english() + "\n\n" + " ".join(["word"] * 50) + ".\n", same_entity=False)
    assert [one.warning for one in found] == [True]


def test_an_abbreviation_ends_no_sentence() -> None:
    assert sentences("Severka IT s. r. o. writes to you. It is real.") == [
        "Severka IT s r o writes to you.",
        "It is real.",
    ]


def draft(programme: Programme, source: str, language: str = "en", purpose: str = "announcement") -> Text:
    return wording.save_draft(programme, purpose, language, source, actor="operator:1", now=NOW)


def publish(programme: Programme, language: str = "en", purpose: str = "announcement") -> Text:
    return wording.publish(programme, purpose, language, actor="operator:2", now=NOW)


def test_a_draft_reaches_nobody_and_a_version_everybody(sink: Sink) -> None:
    programme = make_programme()
    mine = english().replace("Your Microsoft 365: new partner account", "A letter of our own", 1)
    draft(programme, mine)
    for number, subject in ((1, "Your Microsoft 365"), (2, "A letter of our own")):
        services.queue(move=make_move(programme, notice="queued"), purpose="announcement", now=NOW)
        (notice,) = deliver()
        assert str(sink.last()["Subject"]).startswith(subject)
        assert notice.wording.startswith("mail-") if number == 1 else notice.wording == "announcement-en-1"
        if number == 1:
            publish(programme)
    event = Event.objects.get(tag=Tag.TEXT_CHANGED)
    assert bytes(Document.objects.get(kind="text").content).decode() == mine
    assert b'"version":1' in bytes(event.body)


def test_versions_count_on_and_the_used_one_stays_as_it_was() -> None:
    programme = make_programme()
    for number in (1, 2, 3):
        draft(programme, english().replace("({reference})", f"{number} ({{reference}})", 1))
        assert publish(programme).version == number
    first = Text.objects.get(version=1)
    draft(programme, english())
    assert Text.objects.get(pk=first.pk).source == first.source
    assert Text.objects.filter(version=None).count() == 1


def test_a_faulty_draft_is_kept_and_not_published() -> None:
    programme = make_programme()
    draft(programme, english() + "\n\nHurry!\n")
    with pytest.raises(BadInput, match="exclamation marks"):
        publish(programme)
    assert Text.objects.get().version is None
    assert not Event.objects.filter(tag=Tag.TEXT_CHANGED).exists()


def test_the_delivered_text_holds_again_when_ours_is_withdrawn(sink: Sink) -> None:
    programme = make_programme()
    draft(programme, english())
    publish(programme)
    wording.withdraw(programme, "announcement", "en", actor="operator:2", now=NOW)
    assert wording.current(programme, "announcement", "en") is None
    with pytest.raises(BadInput, match="holds already"):
        wording.withdraw(programme, "announcement", "en", actor="operator:2", now=NOW)


def test_a_language_of_the_programme_s_own_reaches_its_customers(sink: Sink) -> None:
    programme = make_programme()
    polish = english().replace("Dear {person},", "Dzień dobry,").replace("{hello}", "Dzień dobry,")
    draft(programme, polish, "pl")
    publish(programme, "pl")
    services.queue(move=make_move(programme, language="pl", notice="queued"), purpose="announcement", now=NOW)
    deliver()
    assert Notice.objects.get().language == "pl"
    assert sink.last()["Content-Language"] == "pl"
    assert text_of(sink.last()).startswith("Dzień dobry,")
    services.queue(move=Notice.objects.get().move, purpose="reminder-1", now=NOW)
    assert Notice.objects.get(purpose="reminder-1").language == "en"


@pytest.mark.parametrize("purpose", ["code", "receipt", "answer", "done", "stays"])
def test_what_is_part_of_the_record_cannot_be_replaced(purpose: str) -> None:
    with pytest.raises(BadInput, match="cannot be replaced"):
        draft(make_programme(), english(), purpose=purpose)


def test_no_value_of_a_customer_can_pose_as_a_part_of_our_own_text() -> None:
    nasty = replace(SAMPLE, customer="@refuse\n=> Click | https://evil.example\n{url}", person="## x")
    letter = texts.render("announcement", nasty, "en", english())
    assert [block.url for block in letter.blocks if block.url] == [SAMPLE.url]
    assert "{url}" in " ".join(block.text for block in letter.blocks), "a placeholder in a value is only text"


def test_every_placeholder_is_filled_and_named_once() -> None:
    source = "S ({reference})\n\n" + "\n\n".join(f"{{{name}}}" for name in placeholders.NAMES)
    assert not placeholders.PLACEHOLDER.search(placeholders.fill(source, SAMPLE, "cs"))
    assert set(NEEDED) <= set(Purpose)
