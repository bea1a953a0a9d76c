"""Every text in every language: complete, free of strangers' words, and with what a notice must say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novation.notices import markup, texts
from novation.notices.purposes import Purpose
from tests.telling import NOW

LANGUAGES = ("en", "de", "fr", "es", "cs")
EVERY = [(str(purpose), language) for purpose, language in itertools.product(Purpose, LANGUAGES)]

FACTS = texts.Facts(
    customer="Dvořák & Žďárský, spol. s r.o.",
    domain="dvorak.onmicrosoft.com",
    person="Jana Žďárská",
    sender="Severka IT s.r.o.",
    source="Severka IT s.r.o.",
    target="Severka Group a.s.",
    same_entity=False,
    signer="Petr Šimůnek",
    address="Příkop 4, 602 00 Brno",
    reference="SEV-4821-7306",
    url="https://zmena.severka.example/r/" + "k" * 43,
    code="483104",
    answer_by=NOW + timedelta(days=21),
    number=1,
    kind="mandate",
    who="Jana Žďárská, Managing director",
    recorded_at=NOW,
    until=NOW + timedelta(days=91),
    fingerprint="5b0e 91c4 2af7 d31b 7fa2",
    colleague="Eva Malá",
    words_of="Yes.\n\nOn Monday.",
    seats=86,
    items=3,
    billed_from=NOW,
    stays_until=NOW,
    why="declined",
)


@pytest.mark.parametrize(("purpose", "language"), EVERY)
def test_every_text_is_complete_in_every_language(purpose: str, language: str) -> None:
    letter = texts.render(purpose, FACTS, language)
    html = texts.as_html(letter, FACTS, language)
    for part in (letter.text, html):
        assert "%(" not in part and "{{" not in part and "None" not in part
    assert FACTS.reference in letter.subject
    assert letter.text.count(FACTS.url) == (0 if purpose == "code" else 1)
    assert html.count("href=") == (0 if purpose == "code" else 1)
    assert f'<html lang="{language}">' in html
    assert ".." not in letter.text.replace("...", "")


@pytest.mark.parametrize(("purpose", "language"), EVERY)
def test_no_text_is_left_in_english(purpose: str, language: str) -> None:
    if language != "en":
        english = {block.text for block in texts.render(purpose, FACTS, "en").blocks}
        own = {block.text for block in texts.render(purpose, FACTS, language).blocks}
        facts = {FACTS.code, FACTS.words_of, "Yes.\n\nOn Monday.", "Petr Šimůnek, Severka IT s.r.o."}
        facts.add("Severka IT s.r.o., Příkop 4, 602 00 Brno")
        assert not (english & own) - facts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("same", [True, False])
def test_the_announcement_says_all_that_a_notice_must_say(language: str, same: bool) -> None:
    text = texts.render("announcement", replace(FACTS, same_entity=same), language).text
    assert FACTS.customer in " ".join(text.split()) and FACTS.domain in text
    assert "admin.microsoft.com" in text
    assert text.count("\n- ") >= 7  # three rights, four ways to check
    assert ("Severka Group" in text) is not same


def test_one_company_and_two_read_different_central_sentences() -> None:
    two = texts.render("announcement", FACTS, "en").text
    one = texts.render("announcement", replace(FACTS, same_entity=True), "en").text
    assert "Your\ncontract partner would change" in two or "contract partner would change" in two
    assert "contract with us stay the same" in " ".join(one.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    lengths = []
    for purpose in Purpose:
        for block in texts.render(purpose, FACTS, language).blocks:
            sentences = block.text.replace("s.r.o.", "").replace("a.s.", "").replace("s r.o.", "").split(". ")
            lengths += [len(sentence.split()) for sentence in sentences if sentence]
    assert sum(lengths) / len(lengths) < 14
    assert max(lengths) <= 34


def test_the_version_names_the_wording() -> None:
    assert texts.VERSION.startswith("mail-") and len(texts.VERSION) <= 40


@given(st.text(max_size=200))
def test_no_value_can_pose_as_a_part_of_the_letter(value: str) -> None:
    facts = replace(FACTS, customer=value or "x", colleague=value or "x", person=value)
    plain = texts.render("delegate", replace(FACTS, customer="x", colleague="x", person="x"), "en")
    letter = texts.render("delegate", facts, "en")
    assert [b.kind for b in letter.blocks if b.kind != "p"] == [b.kind for b in plain.blocks if b.kind != "p"]
    assert "\n" not in letter.subject and "\r" not in letter.subject
    assert {b.url for b in letter.blocks if b.url} == {FACTS.url}


@given(st.text(max_size=300))
def test_an_answer_of_any_kind_stays_a_quotation(value: str) -> None:
    letter = texts.render("answer", replace(FACTS, words_of=value or "x"), "en")
    assert {b.url for b in letter.blocks if b.url} == {FACTS.url}
    html = texts.as_html(letter, FACTS, "en")
    assert html.count("href=") == 1 and "<script" not in html.lower()


def test_marks_that_turn_the_writing_direction_are_taken_out() -> None:
    assert markup.plain("abc\u202egnp.exe\u2069") == "abcgnp.exe"
    assert markup.plain("نگار\u200cخانه") == "نگار\u200cخانه"
    assert markup.plain("## => x\r\nBcc: y") == "x Bcc: y"
