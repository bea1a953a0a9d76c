"""Reference numbers and call-back words."""

import re

from hypothesis import given
from hypothesis import strategies as st

from novation.domain.reference import WORDS, callback_words, reference

ID = "11111111-2222-4333-8444-555555555555"


@given(st.uuids(), st.integers(0, 5))
def test_a_reference_has_its_shape(tenant: object, attempt: int) -> None:
    assert re.fullmatch(r"ABC-\d{4}-\d{4}", reference("ABC", str(tenant), attempt))


def test_a_customer_has_the_same_reference_at_every_import() -> None:
    assert reference("ABC", ID) == reference("ABC", ID.upper())


def test_a_taken_number_gives_another() -> None:
    assert len({reference("ABC", ID, attempt) for attempt in range(20)}) == 20


def test_call_back_words_are_four_and_depend_on_the_secret() -> None:
    one, other = callback_words(b"a" * 32, ID), callback_words(b"b" * 32, ID)
    assert len(one.split()) == 4 and set(one.split()) <= set(WORDS)
    assert one == callback_words(b"a" * 32, ID.upper())
    assert one != other


def test_the_words_are_told_apart_on_the_telephone() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert all(3 < len(word) < 10 and word.isascii() and word.islower() for word in WORDS)
