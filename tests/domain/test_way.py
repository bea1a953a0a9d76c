"""Which of Microsoft's ways fits, what to ask, and how long the old account must live: a table of facts."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from novation.domain.transfer_options import Fit, Kind, Situation, advise

#: Two direct-bill accounts of two companies; everything can move.
PLAIN = Situation(source=Kind.DIRECT, target=Kind.DIRECT, region="europe", customers=3000, movable=9000)
END = datetime(2029, 3, 14, tzinfo=UTC)

TABLE: dict[str, tuple[dict[str, Any], dict[str, Fit]]] = {
    "two companies transfer customer by customer": ({}, {"A": Fit.USE, "D": Fit.NO, "E": Fit.NO}),
    "one legal entity asks for the bulk move first": ({"same_entity": True}, {"A": Fit.USE, "D": Fit.ASK}),
    "one legal entity, kinds not said": (
        {"same_entity": True, "source": Kind.UNKNOWN, "target": Kind.UNKNOWN},
        {"A": Fit.USE, "D": Fit.ASK},
    ),
    "the bulk move is for direct-bill accounts": (
        {"same_entity": True, "target": Kind.PROVIDER},
        {"A": Fit.USE, "D": Fit.NO},
    ),
    "from direct bill to a provider the relationship may be extended": (
        {"target": Kind.PROVIDER},
        {"A": Fit.USE, "E": Fit.ASK},
    ),
    "between two providers it may not": ({"source": Kind.PROVIDER, "target": Kind.PROVIDER}, {"E": Fit.NO}),
    "a reseller cannot take part": ({"target": Kind.RESELLER}, {"A": Fit.NO, "D": Fit.NO}),
    "what stays is bought anew": ({"staying": 7, "last_end": END}, {"A": Fit.USE, "C": Fit.REST}),
    "adding tenants to one account moves nobody": ({}, {"X": Fit.NO, "B": Fit.NO}),
}


@pytest.mark.parametrize(("facts", "expected"), TABLE.values(), ids=TABLE)
def test_the_ways_are_judged_by_their_table(facts: dict[str, Any], expected: dict[str, Fit]) -> None:
    judged = {way.letter: way.fit for way in advise(replace(PLAIN, **facts)).ways}
    assert {letter: judged[letter] for letter in expected} == expected


def test_the_way_to_build_on_comes_first() -> None:
    assert advise(PLAIN).main.letter == "A"
    assert advise(replace(PLAIN, same_entity=True)).ways[1].letter == "D"
    assert advise(replace(PLAIN, target=Kind.RESELLER)).main.fit is not Fit.USE


def test_what_is_not_known_becomes_a_question() -> None:
    def asks(word: str, **facts: Any) -> bool:
        return any(word in question for question in advise(replace(PLAIN, **facts)).questions)

    assert asks("still offered", same_entity=True) and not asks("still offered")
    assert asks("Is the new account a direct-bill", target=Kind.UNKNOWN) and not asks("Is the new account")
    assert asks("Which markets", region="") and not asks("Which markets")
    assert asks("Azure", azure=3) and not asks("Azure")
    assert asks("subscriptions that stay", staying=1)
    assert asks("promotion price")


def test_the_old_account_lives_to_the_last_end_of_what_stays() -> None:
    stays = replace(PLAIN, staying=12, renewing=4, extending=5, endless=1, last_end=END, unread=2)
    advice = advise(stays)
    assert advice.until == END
    said = " ".join(advice.until_why)
    for part in (
        "2 customers have not been read",
        "4 of them renew by themselves",
        "5 of them end without a renewal",
        "3 % more, or 23 % more without a monthly plan",
        "1 have no end of term",
    ):
        assert part in said
    assert advise(PLAIN).until is None


def test_the_worst_case_is_said_too() -> None:
    worst = datetime(2029, 11, 1, tzinfo=UTC)
    assert (
        "If nobody else agreed, it would be 1 November 2029."
        in advise(replace(PLAIN, staying=1, last_end=END, last_possible=worst)).until_why
    )
    assert not any(
        "nobody else" in why for why in advise(replace(PLAIN, last_end=END, last_possible=END)).until_why
    )


def test_every_sentence_is_one() -> None:
    for facts, _ in TABLE.values():
        advice = advise(replace(PLAIN, **facts))
        assert all(way.why.endswith(".") for way in advice.ways)
        assert all(question.endswith(("?", ")")) for question in advice.questions)
        assert all(why.endswith(".") for why in advice.until_why)
